package dev.firn.i3;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Reads a whole stream once: every frame, every checksum, every event header, nothing held but
/// counts and the names of the events.
///
/// Works on any stream, so that a file can be scanned while it is copied and digested: give it a
/// stream that writes aside what is read from it. A sound stream is read to its very end; after
/// damage the caller reads on if it wants the rest.
public final class I3Scan {
  /// Names of events remembered to count each once.
  private static final int MAX_REMEMBERED = 4_000_000;

  private final SortedMap<Character, Long> stops = new TreeMap<>();
  private final SortedMap<Integer, Long> versions = new TreeMap<>();
  private final long[] checksums = new long[FrameChecksum.values().length];
  private final List<I3Report.Problem> problems = new ArrayList<>();
  private final EventNameSet seen = new EventNameSet();
  private long events;
  private boolean afterQ;
  private @Nullable EventHeader ofQ; // of the last Q frame, until a P frame says better
  private @Nullable EventHeader first;
  private @Nullable EventHeader last;

  private I3Scan() {}

  /// Scans to the end, or to where no frame can be made out any more.
  ///
  /// @throws IOException when the source itself fails; damage is in the report
  public static I3Report scan(InputStream in) throws IOException {
    return new I3Scan().run(in);
  }

  private I3Report run(InputStream in) throws IOException {
    Unpacked stream = Unpacked.open(in);
    ByteSource source = new ByteSource(stream);
    try (InputStream decompressor = stream.bytes()) {
      FrameParser parser = new FrameParser(source);
      HeaderCatcher header = new HeaderCatcher();
      for (FrameHead head = parser.next(header); head != null; head = parser.next(header)) {
        note(head, header.take());
      }
      if (parser.index() == 0) {
        problem(0, 0, stream.tar() ? "the tar holds no .i3 member" : "holds no frame");
      }
      numberOfQ();
    } catch (I3Exception e) {
      numberOfQ();
      problem(e.frame(), e.offset(), e.reason());
    }
    return new I3Report(
        stream.compression(),
        stream.tar(),
        source.offset(),
        stops,
        versions,
        checksums[FrameChecksum.VERIFIED.ordinal()],
        checksums[FrameChecksum.MISMATCH.ordinal()],
        checksums[FrameChecksum.NONE.ordinal()],
        events,
        Optional.ofNullable(first),
        Optional.ofNullable(last),
        problems);
  }

  private void note(FrameHead head, byte @Nullable [] headerBlob) {
    stops.merge(head.stop(), 1L, Long::sum);
    versions.merge(head.version(), 1L, Long::sum);
    checksums[head.checksum().ordinal()]++;
    if (head.checksum() == FrameChecksum.MISMATCH) {
      problem(head.index(), head.offset(), I3Report.MISMATCH);
      return;
    }
    if (head.stop() != 'Q' && head.stop() != 'P') {
      return;
    }
    if (head.stop() == 'Q' || headerBlob == null) {
      numberOfQ(); // no P frame followed, or this one has the number of its Q frame
    }
    if (headerBlob == null) {
      countUnnumbered(head.stop());
      return;
    }
    try {
      count(head.stop(), EventHeader.decode(headerBlob));
    } catch (I3Exception e) {
      problem(head.index(), head.offset(), e.reason());
    }
  }

  private void countUnnumbered(char stop) {
    if (stop == 'Q' || !afterQ) {
      events++;
    }
    afterQ |= stop == 'Q';
  }

  private void count(char stop, EventHeader header) {
    if ((stop == 'Q' || !afterQ) && isNew(header)) {
      events++;
    }
    afterQ |= stop == 'Q';
    if (stop == 'Q') {
      ofQ = header;
    } else {
      ofQ = null;
      number(header);
    }
  }

  private boolean isNew(EventHeader header) {
    return seen.size() >= MAX_REMEMBERED
        || seen.add((int) header.run(), (int) header.subrun(), (int) header.event());
  }

  private void numberOfQ() {
    if (ofQ != null) {
      number(ofQ);
      ofQ = null;
    }
  }

  private void number(EventHeader header) {
    if (first == null || before(header, first)) {
      first = header;
    }
    if (last == null || before(last, header)) {
      last = header;
    }
  }

  private static boolean before(EventHeader a, EventHeader b) {
    return a.run() != b.run() ? a.run() < b.run() : a.event() < b.event();
  }

  private void problem(long frame, long offset, String reason) {
    if (problems.size() < I3Report.MAX_PROBLEMS) {
      problems.add(new I3Report.Problem(frame, offset, reason));
    }
  }
}
