package dev.firn.i3;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;

/// Writes one blob: a portable binary archive that holds one object, as IceTray would.
///
/// A class is described when it is first met; tracked objects are numbered from 0.
public final class ArchiveWriter {
  private byte[] bytes = new byte[256];
  private int length;
  private long objects;
  private final Set<String> described = new HashSet<>();

  /// Begins a blob with a tracked object of class `className`; its members follow.
  public ArchiveWriter(String className, int version) {
    u8(0).u8(1); // a shared pointer: not tracked, version 1
    i16(2); // shared pointer and I3FrameObject are classes 0 and 1
    string(className);
    object(className, version);
  }

  /// What stands before a tracked object of class `name`.
  public ArchiveWriter object(String name, int version) {
    if (described.add(name)) {
      u8(1).u8(version);
    }
    return u32(objects++);
  }

  /// The number the next tracked object gets.
  public long nextObject() {
    return objects;
  }

  /// What stands before an object of a class that is not tracked (containers, pairs).
  public ArchiveWriter untracked(String name, int version) {
    return described.add(name) ? u8(0).u8(version) : this;
  }

  public ArchiveWriter frameObjectBase() {
    return object("I3FrameObject", 0);
  }

  public ArchiveWriter u8(int value) {
    grow(1);
    bytes[length++] = (byte) value;
    return this;
  }

  public ArchiveWriter i16(int value) {
    return u8(value).u8(value >> 8);
  }

  public ArchiveWriter i32(int value) {
    return i16(value).i16(value >> 16);
  }

  public ArchiveWriter u32(long value) {
    if (value < 0 || value > 0xffffffffL) {
      throw new IllegalArgumentException("not an unsigned 32-bit number: " + value);
    }
    return i32((int) value);
  }

  public ArchiveWriter i64(long value) {
    return i32((int) value).i32((int) (value >> 32));
  }

  public ArchiveWriter f32(float value) {
    return i32(Float.floatToRawIntBits(value));
  }

  public ArchiveWriter f64(double value) {
    return i64(Double.doubleToRawLongBits(value));
  }

  public ArchiveWriter string(String value) {
    byte[] text = value.getBytes(StandardCharsets.UTF_8);
    u32(text.length);
    grow(text.length);
    System.arraycopy(text, 0, bytes, length, text.length);
    length += text.length;
    return this;
  }

  public FrameObject toObject(String key, String type) {
    return new FrameObject(key, type, Arrays.copyOf(bytes, length));
  }

  private void grow(int more) {
    if (length + more > bytes.length) {
      bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, length + more));
    }
  }
}
