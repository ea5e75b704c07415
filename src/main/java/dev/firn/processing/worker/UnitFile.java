package dev.firn.processing.worker;

import com.github.luben.zstd.ZstdOutputStream;
import dev.firn.i3.Frame;
import dev.firn.i3.FrameObject;
import dev.firn.i3.FrameReader;
import dev.firn.i3.FrameWriter;
import dev.firn.i3.I3Exception;
import dev.firn.i3.Readout;
import dev.firn.i3.ReadoutReader;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Cuts a unit's events out of a file, and makes a result of what came back.
///
/// Units of one file mostly come in order, so the file stays open where the last unit ended. One
/// thread uses it.
final class UnitFile implements AutoCloseable {
  private final Path file;
  private final List<Frame> gcd;
  private @Nullable InputStream stream;
  private @Nullable FrameReader frames;
  private @Nullable ReadoutReader readouts;
  private long position;

  /// @param gcd a file whose S, G, C and D frames stand in for those of `file`
  UnitFile(Path file, Path gcd) throws IOException {
    this.file = file;
    this.gcd = parents(gcd);
  }

  Path file() {
    return file;
  }

  private static List<Frame> parents(Path gcd) throws IOException {
    List<Frame> found = new ArrayList<>();
    try (InputStream in = new BufferedInputStream(Files.newInputStream(gcd));
        FrameReader reader = FrameReader.strict(in)) {
      for (Optional<Frame> f = reader.next(); f.isPresent(); f = reader.next()) {
        if ("SGCD".indexOf(f.get().stop()) >= 0) {
          found.add(f.get());
        }
      }
    }
    return found;
  }

  /// Writes the events at `first` and after into `to`, below the frames of the GCD.
  ///
  /// @param last whether the file must end with them
  /// @return the events' names: sha256 over a line `RUN/SUBRUN/EVENT` each, in hex
  /// @throws I3Exception when the file has other events than that, or is damaged
  String cut(long first, long events, boolean last, Path to) throws IOException {
    if (readouts == null || first < position) {
      open();
    }
    ReadoutReader reader = Objects.requireNonNull(readouts);
    MessageDigest names = sha256();
    boolean whole = false;
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(to), 1 << 16)) {
      FrameWriter writer = new FrameWriter(out);
      for (Frame frame : gcd) {
        write(writer, frame);
      }
      while (position < first + events) {
        Optional<Readout> readout = reader.next();
        if (readout.isEmpty()) {
          throw new I3Exception(0, 0, "the file has " + position + " events and no more");
        }
        if (position++ >= first) {
          for (Frame frame : readout.get().frames()) {
            write(writer, frame);
          }
          addName(names, readout.get());
        }
      }
      if (last && reader.next().isPresent()) {
        throw new I3Exception(0, 0, "the file has more than " + (first + events) + " events");
      }
      whole = true;
    } finally {
      if (!whole) {
        close();
      }
    }
    return hex(names);
  }

  private void open() throws IOException {
    close();
    InputStream in = new BufferedInputStream(Files.newInputStream(file), 1 << 16);
    stream = in;
    FrameReader reader = FrameReader.strict(in);
    frames = reader;
    readouts = new ReadoutReader(reader);
    position = 0;
  }

  private static void write(FrameWriter writer, Frame frame) throws IOException {
    try {
      writer.write(frame);
    } catch (IllegalArgumentException e) {
      throw new I3Exception(frame.index(), frame.offset(), String.valueOf(e.getMessage()));
    }
  }

  /// What a command's output holds.
  ///
  /// @param names as [#cut] gives them
  record Result(long events, String names) {}

  /// Reads what a command wrote and packs its events into `to`. Parent frames that are those the
  /// command was given are left out, as the record says which GCD they came from; others stay.
  ///
  /// @throws I3Exception when it is not a sound file of events
  Result pack(Path output, Path to) throws IOException {
    MessageDigest names = sha256();
    long events = 0;
    try (InputStream in = new BufferedInputStream(Files.newInputStream(output), 1 << 16);
        FrameReader reader = FrameReader.strict(in);
        OutputStream out =
            new BufferedOutputStream(new ZstdOutputStream(Files.newOutputStream(to), 3), 1 << 16)) {
      FrameWriter writer = new FrameWriter(out);
      ReadoutReader results = new ReadoutReader(reader);
      List<Frame> written = new ArrayList<>();
      for (Optional<Readout> r = results.next(); r.isPresent(); r = results.next()) {
        for (Frame parent : r.get().parents()) {
          if (!written.contains(parent) && gcd.stream().noneMatch(g -> same(g, parent))) {
            write(writer, parent);
            written.add(parent);
          }
        }
        for (Frame frame : r.get().frames()) {
          write(writer, frame);
        }
        addName(names, r.get());
        events++;
      }
    }
    return new Result(events, hex(names));
  }

  private static boolean same(Frame one, Frame other) {
    if (one.stop() != other.stop() || one.objects().size() != other.objects().size()) {
      return false;
    }
    for (FrameObject object : one.objects()) {
      Optional<FrameObject> there = other.find(object.key());
      if (there.isEmpty() || !Arrays.equals(there.get().blob(), object.blob())) {
        return false;
      }
    }
    return true;
  }

  private static void addName(MessageDigest names, Readout readout) throws I3Exception {
    names.update((readout.name() + "\n").getBytes(StandardCharsets.US_ASCII));
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every Java has it
    }
  }

  private static String hex(MessageDigest digest) {
    return HexFormat.of().formatHex(digest.digest());
  }

  @Override
  public void close() throws IOException {
    FrameReader open = frames;
    InputStream under = stream;
    frames = null;
    stream = null;
    readouts = null;
    if (open != null) {
      open.close();
    }
    if (under != null) {
      under.close();
    }
  }
}
