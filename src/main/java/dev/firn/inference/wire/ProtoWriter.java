package dev.firn.inference.wire;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/// Writes the wire format of protocol buffers.
public final class ProtoWriter {
  private byte[] out = new byte[256];
  private int size;

  private void room(int more) {
    if (out.length - size < more) {
      out = Arrays.copyOf(out, Math.max(out.length * 2, size + more));
    }
  }

  private ProtoWriter varint(long value) {
    room(10);
    long left = value;
    while ((left & ~0x7fL) != 0) {
      out[size++] = (byte) (left | 0x80);
      left >>>= 7;
    }
    out[size++] = (byte) left;
    return this;
  }

  public ProtoWriter number(int field, long value) {
    return varint(((long) field) << 3).varint(value);
  }

  /// A truth value; false is left out, as the default.
  public ProtoWriter flag(int field, boolean value) {
    return value ? number(field, 1) : this;
  }

  public ProtoWriter bytes(int field, ByteBuffer value) {
    int length = value.remaining();
    varint(((long) field) << 3 | 2).varint(length).room(length);
    value.duplicate().get(out, size, length);
    size += length;
    return this;
  }

  /// A text; an empty one is left out, as the default.
  public ProtoWriter text(int field, String value) {
    return value.isEmpty()
        ? this
        : bytes(field, ByteBuffer.wrap(value.getBytes(StandardCharsets.UTF_8)));
  }

  public ProtoWriter message(int field, ProtoWriter value) {
    return bytes(field, value.buffer());
  }

  /// A packed list.
  public ProtoWriter numbers(int field, List<Long> values) {
    if (values.isEmpty()) {
      return this;
    }
    ProtoWriter packed = new ProtoWriter();
    values.forEach(packed::varint);
    return message(field, packed);
  }

  /// What was written, without a copy.
  public ByteBuffer buffer() {
    return ByteBuffer.wrap(out, 0, size).order(ByteOrder.LITTLE_ENDIAN);
  }
}
