package dev.firn.i3;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Reads a stream frame by frame, holding one frame at a time.
///
/// A strict reader refuses a frame whose checksum disagrees; a lenient one hands it out marked
/// [FrameChecksum#MISMATCH] and goes on, which is possible as long as the lengths in it are sound.
/// One thread uses a reader. Closing it frees the decompressor; the stream it reads is the
/// caller's.
public final class FrameReader implements AutoCloseable {
  private final Unpacked stream;
  private final FrameParser parser;
  private final boolean strict;

  private FrameReader(InputStream in, boolean strict) throws IOException {
    stream = Unpacked.open(in);
    parser = new FrameParser(new ByteSource(stream));
    this.strict = strict;
  }

  /// Reads `in` (plain, gzip, bzip2, zstd, or one of these around a tar) and believes no frame
  /// whose checksum disagrees.
  public static FrameReader strict(InputStream in) throws IOException {
    return new FrameReader(in, true);
  }

  /// Reads `in` and hands out frames whose checksum disagrees as well.
  public static FrameReader lenient(InputStream in) throws IOException {
    return new FrameReader(in, false);
  }

  public Compression compression() {
    return stream.compression();
  }

  /// The next frame; empty at the end of the stream.
  ///
  /// @throws I3Exception when there is something else than a frame; nothing more can be read then
  public Optional<Frame> next() throws IOException {
    Objects objects = new Objects();
    FrameHead head = parser.next(objects);
    if (head == null) {
      return Optional.empty();
    }
    if (objects.held > HeldMemory.FRAME) {
      throw new I3Exception(
          head.index(),
          head.offset(),
          "the frame does not fit: it takes " + objects.held + " bytes");
    }
    if (strict && head.checksum() == FrameChecksum.MISMATCH) {
      throw new I3Exception(head.index(), head.offset(), I3Report.MISMATCH);
    }
    return Optional.of(
        new Frame(
            head.index(),
            head.offset(),
            head.version(),
            head.stop(),
            head.checksum(),
            objects.list,
            head.preamble()));
  }

  @Override
  public void close() throws IOException {
    stream.bytes().close();
  }

  private static final class Objects implements SlotVisitor {
    private final List<FrameObject> list = new ArrayList<>();
    private long held;

    @Override
    public boolean keeps(String key, String type, int size) {
      held += FrameObject.held(key, type, size);
      return held <= HeldMemory.FRAME;
    }

    @Override
    public void object(String key, String type, int size, byte @Nullable [] blob) {
      if (blob != null) {
        list.add(new FrameObject(key, type, blob));
      }
    }
  }
}
