package dev.firn.i3;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Writes frames in version 6, the current one: keys sorted, CRC-32C at the end.
///
/// Blobs go out as they are, so an object of an unknown class passes unchanged. The stream given is
/// written to in large pieces and never flushed or closed.
public final class FrameWriter {
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

  /// Writes the stop and the objects of `frame`; where it came from plays no part.
  ///
  /// @throws IllegalArgumentException when two objects have one key, a name is too long or empty,
  ///   an object has no bytes, or the stop is not one byte
  public void write(Frame frame) throws IOException {
    List<FrameObject> objects =
        frame.objects().stream().sorted(Comparator.comparing(FrameObject::key)).toList();
    check(frame.stop(), objects);
    FrameCrc crc = FrameCrc.forVersion(VERSION);
    put(buffer(10).put(TAG).putInt(VERSION).put((byte) 0).put((byte) 0), null);
    put(buffer(5).put((byte) frame.stop()).putInt(objects.size()), crc);
    for (FrameObject object : objects) {
      byte[] key = object.key().getBytes(StandardCharsets.ISO_8859_1);
      byte[] type = object.type().getBytes(StandardCharsets.ISO_8859_1);
      ByteBuffer names = buffer(12 + key.length + type.length);
      names.putInt(key.length).put(key).putInt(type.length).put(type).putInt(object.size());
      put(names, crc);
      crc.update(object.blob(), 0, object.size());
      out.write(object.blob());
      written += object.size();
    }
    put(buffer(4).putInt((int) crc.value()), null);
  }

  private static void check(char stop, List<FrameObject> objects) {
    if (stop > 0xff) {
      throw new IllegalArgumentException("a stop is one byte");
    }
    String before = "";
    for (FrameObject object : objects) {
      String key = object.key();
      if (key.isEmpty() || key.length() > FrameParser.MAX_NAME) {
        throw new IllegalArgumentException("a key has 1 to " + FrameParser.MAX_NAME + " bytes");
      }
      if (key.equals(before)) {
        throw new IllegalArgumentException("two objects have the key " + key);
      }
      if (object.size() == 0 || object.type().length() > FrameParser.MAX_NAME) {
        throw new IllegalArgumentException("object " + key + " has no bytes or too long a type");
      }
      before = key;
    }
  }

  private void put(ByteBuffer bytes, @Nullable FrameCrc crc) throws IOException {
    if (crc != null) {
      crc.update(bytes.array(), 0, bytes.position());
    }
    out.write(bytes.array(), 0, bytes.position());
    written += bytes.position();
  }

  private static ByteBuffer buffer(int size) {
    return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
  }
}
