package dev.firn.i3;

import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;

/// Reads which events a stream holds, in their order: of every frame its checksum, of every event
/// the header of its first frame, and nothing else is held.
///
/// What an event is and how it is called is as [ReadoutReader] and [Readout#name()] have it. One
/// thread uses it. Closing it frees the decompressor; the stream it reads is the caller's.
public final class EventNames implements AutoCloseable {
  private final Unpacked stream;
  private final FrameParser parser;
  private final HeaderCatcher header = new HeaderCatcher();
  private boolean afterQ;

  private EventNames(Unpacked stream) {
    this.stream = stream;
    this.parser = new FrameParser(new ByteSource(stream));
  }

  /// Reads `in`: plain, gzip, bzip2, zstd, or one of these around a tar.
  public static EventNames of(InputStream in) throws IOException {
    return new EventNames(Unpacked.open(in));
  }

  /// The name of the next event; empty at the end of the stream.
  ///
  /// @throws I3Exception at a damaged frame, a damaged header, or what is no frame
  public Optional<String> next() throws IOException {
    for (FrameHead head = parser.next(header); head != null; head = parser.next(header)) {
      byte[] blob = header.take();
      if (head.checksum() == FrameChecksum.MISMATCH) {
        throw new I3Exception(head.index(), head.offset(), I3Report.MISMATCH);
      }
      boolean begins = head.stop() == 'Q' || (head.stop() == 'P' && !afterQ);
      afterQ |= head.stop() == 'Q';
      if (begins) {
        return Optional.of(blob == null ? Readout.NAMELESS : EventHeader.decode(blob).eventName());
      }
    }
    return Optional.empty();
  }

  @Override
  public void close() throws IOException {
    stream.bytes().close();
  }
}
