package dev.firn.i3;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;

/// Writes frames in the version they say, 2 to 6: one that was read comes out as the same bytes.
///
/// Blobs go out as they are, so an object of an unknown class passes unchanged. The stream given is
/// written to in large pieces and never flushed or closed.
public final class FrameWriter {
  /// The current version.
  static final int VERSION = 6;

  private static final byte[] TAG = {'[', 'i', '3', ']'};

  private final OutputStream out;
  private long written;

  public FrameWriter(OutputStream out) {
    this.out = out;
  }

  /// Bytes written so far, which is the offset of the next frame.
  public long offset() {
    return written;
  }

  /// Writes `frame` with its objects in their order; where it came from plays no part.
  ///
  /// @throws IllegalArgumentException when two objects have one key, a name is too long or empty,
  ///   an object has no bytes, the stop is not one byte, or there is no such version
  public void write(Frame frame) throws IOException {
    check(frame);
    switch (frame.version()) {
      case 2, 3 -> writeOld(frame, preamble(frame));
      case 4 -> writeSized(frame, preamble(frame));
      default -> writeChecked(frame);
    }
  }

  private void writeChecked(Frame frame) throws IOException {
    FrameCrc crc = FrameCrc.forVersion(frame.version());
    put(buffer(10).put(TAG).putInt(frame.version()).put((byte) 0).put((byte) 0));
    byte[] stop = {(byte) frame.stop()};
    crc.update(stop, 0, 1);
    put(stop, 1);
    objects(
        frame,
        (bytes, length) -> {
          crc.update(bytes, 0, length);
          put(bytes, length);
        });
    put(buffer(4).putInt((int) crc.value()));
  }

  private void writeSized(Frame frame, FramePreamble preamble) throws IOException {
    FrameCrc crc = FrameCrc.forVersion(4);
    byte[] before = preamble.all();
    crc.update(before, 0, before.length);
    long[] size = {before.length};
    objects(
        frame,
        (bytes, length) -> {
          crc.update(bytes, 0, length);
          size[0] += length;
        });
    put(buffer(20).put(TAG).putInt(4).putLong(size[0]).putInt((int) crc.value()));
    put(before, before.length);
    objects(frame, this::put);
  }

  private void writeOld(Frame frame, FramePreamble preamble) throws IOException {
    FrameCrc crc = FrameCrc.forVersion(3);
    ByteBuffer version = buffer(4).putInt(frame.version());
    crc.update(version.array(), 0, 4);
    crc.update(preamble.words(), 0, preamble.words().length);
    put(version);
    put(preamble.all(), preamble.all().length);
    objects(
        frame,
        (bytes, length) -> {
          crc.update(bytes, 0, length);
          put(bytes, length);
        });
    if (frame.version() == 3) {
      // of the numbers: the version, those of the preamble, how many objects, three of each
      long numbers = 2L + preamble.numbers() + 3L * frame.objects().size();
      put(buffer(12).putLong(4 * numbers).putInt((int) crc.value()));
    }
  }

  private static FramePreamble preamble(Frame frame) {
    FramePreamble preamble = frame.preamble();
    return preamble == null ? FramePreamble.of(frame.version(), frame.stop()) : preamble;
  }

  private static void check(Frame frame) {
    if (frame.version() < 2 || frame.version() > VERSION) {
      throw new IllegalArgumentException("frame version " + frame.version() + " is not known");
    }
    if (frame.stop() > 0xff) {
      throw new IllegalArgumentException("a stop is one byte");
    }
    Set<String> keys = new HashSet<>();
    for (FrameObject object : frame.objects()) {
      String key = object.key();
      if (key.isEmpty() || key.length() > FrameParser.MAX_NAME) {
        throw new IllegalArgumentException("a key has 1 to " + FrameParser.MAX_NAME + " bytes");
      }
      if (!keys.add(key)) {
        throw new IllegalArgumentException("two objects have the key " + key);
      }
      if (object.type().length() > FrameParser.MAX_NAME) {
        throw new IllegalArgumentException("object " + key + " has too long a type");
      }
      if (object.size() == 0 && frame.version() > 3) {
        throw new IllegalArgumentException("object " + key + " has no bytes");
      }
    }
  }

  @FunctionalInterface
  private interface Pieces {
    void take(byte[] bytes, int length) throws IOException;
  }

  /// The number of objects and all that is in them, piece by piece.
  private static void objects(Frame frame, Pieces pieces) throws IOException {
    pieces.take(buffer(4).putInt(frame.objects().size()).array(), 4);
    for (FrameObject object : frame.objects()) {
      byte[] key = object.key().getBytes(StandardCharsets.ISO_8859_1);
      byte[] type = object.type().getBytes(StandardCharsets.ISO_8859_1);
      ByteBuffer names = buffer(12 + key.length + type.length);
      names.putInt(key.length).put(key).putInt(type.length).put(type).putInt(object.size());
      pieces.take(names.array(), names.position());
      pieces.take(object.blob(), object.size());
    }
  }

  private void put(ByteBuffer bytes) throws IOException {
    put(bytes.array(), bytes.position());
  }

  private void put(byte[] bytes, int length) throws IOException {
    out.write(bytes, 0, length);
    written += length;
  }

  private static ByteBuffer buffer(int size) {
    return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
  }
}
