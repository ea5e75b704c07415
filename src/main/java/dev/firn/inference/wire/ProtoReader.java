package dev.firn.inference.wire;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.function.LongConsumer;

/// Reads the wire format of protocol buffers, one message field by field and without copies.
///
/// Bytes that are not a message are an `IllegalArgumentException`.
public final class ProtoReader {
  private static final int VARINT = 0;
  private static final int FIXED64 = 1;
  private static final int LENGTH = 2;
  private static final int FIXED32 = 5;

  private final ByteBuffer in;
  private int type;

  public ProtoReader(ByteBuffer message) {
    this.in = message.slice().order(ByteOrder.LITTLE_ENDIAN);
  }

  /// Sees a field of a message.
  @FunctionalInterface
  public interface Field {
    /// @param reader stands at the field's value, to be read once or not at all
    void read(int number, ProtoReader reader);
  }

  /// Shows every field in order.
  public void each(Field visitor) {
    while (in.hasRemaining()) {
      long key = varint();
      int number = (int) (key >>> 3);
      type = (int) (key & 7);
      if (number <= 0) {
        throw new IllegalArgumentException("a field without a number");
      }
      int start = in.position();
      skip();
      int end = in.position();
      int limit = in.limit();
      in.position(start).limit(end);
      visitor.read(number, this);
      in.limit(limit).position(end);
    }
  }

  private void skip() {
    switch (type) {
      case VARINT -> varint();
      case FIXED64 -> advance(8);
      case FIXED32 -> advance(4);
      case LENGTH -> advance(varint());
      default -> throw new IllegalArgumentException("wire type " + type + " is not read");
    }
  }

  private void advance(long count) {
    if (count < 0 || count > in.remaining()) {
      throw new IllegalArgumentException("a field is longer than its message");
    }
    in.position(in.position() + (int) count);
  }

  private long varint() {
    long value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (!in.hasRemaining()) {
        throw new IllegalArgumentException("a number is cut off");
      }
      byte b = in.get();
      value |= (b & 0x7fL) << shift;
      if (b >= 0) {
        return value;
      }
    }
    throw new IllegalArgumentException("a number is too long");
  }

  private void require(int wanted) {
    if (type != wanted) {
      throw new IllegalArgumentException("a field has wire type " + type + ", not " + wanted);
    }
  }

  /// A number or truth value.
  public long number() {
    require(VARINT);
    return varint();
  }

  public double real() {
    require(FIXED64);
    return in.getDouble();
  }

  /// A field's bytes, which are those of the message.
  public ByteBuffer bytes() {
    require(LENGTH);
    varint();
    return in.slice().order(ByteOrder.LITTLE_ENDIAN);
  }

  /// The bytes of one fixed-width number or of a packed list of them.
  public ByteBuffer fixed() {
    return type == LENGTH ? bytes() : in.slice().order(ByteOrder.LITTLE_ENDIAN);
  }

  public String text() {
    return StandardCharsets.UTF_8.decode(bytes()).toString();
  }

  public ProtoReader message() {
    return new ProtoReader(bytes());
  }

  /// Shows one number, or each of a packed list.
  public void numbers(LongConsumer to) {
    if (type == VARINT) {
      to.accept(varint());
      return;
    }
    ProtoReader packed = new ProtoReader(bytes());
    while (packed.in.hasRemaining()) {
      to.accept(packed.varint());
    }
  }
}
