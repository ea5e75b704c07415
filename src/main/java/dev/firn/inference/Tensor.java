package dev.firn.inference;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/// Numbers in rows, as they travel: little-endian, the last dimension fastest, nothing between.
///
/// @param data from position to limit the elements; never moved by readers here, who duplicate it
public record Tensor(String name, TensorType type, List<Long> shape, ByteBuffer data) {
  private static final long MOST_ELEMENTS = 1L << 28;

  /// @throws InferenceException CLIENT when the bytes do not fit the shape
  public Tensor {
    shape = List.copyOf(shape);
    long count = elements(name, shape);
    if (type != TensorType.BYTES && count * type.size() != data.remaining()) {
      throw new InferenceException(
          InferenceException.Kind.CLIENT,
          "tensor '%s' %s%s needs %d bytes, not %d"
              .formatted(name, type, shape, count * type.size(), data.remaining()));
    }
    data = data.slice().order(ByteOrder.LITTLE_ENDIAN);
  }

  /// How many elements a shape has.
  ///
  /// @throws InferenceException CLIENT when a length is negative or there are too many
  public static long elements(String name, List<Long> shape) {
    long count = 1;
    for (long length : shape) {
      if (length < 0 || length > MOST_ELEMENTS || (count *= length) > MOST_ELEMENTS) {
        throw new InferenceException(
            InferenceException.Kind.CLIENT, "tensor '" + name + "' cannot have the shape " + shape);
      }
    }
    return count;
  }

  public static Tensor floats(String name, List<Long> shape, float... values) {
    ByteBuffer data =
        ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    data.asFloatBuffer().put(values);
    return new Tensor(name, TensorType.FP32, shape, data);
  }

  /// Length of the first dimension: how many events it is about.
  public long rows() {
    return shape.isEmpty() ? 1 : shape.getFirst();
  }

  public long elements() {
    return elements(name, shape);
  }

  /// The bytes, for a reader of its own.
  public ByteBuffer bytes() {
    return data.duplicate().order(ByteOrder.LITTLE_ENDIAN);
  }

  /// Its elements as floats.
  ///
  /// @throws IllegalStateException when they are of another type than FP32
  public float[] floats() {
    if (type != TensorType.FP32) {
      throw new IllegalStateException("tensor " + name + " is " + type);
    }
    float[] values = new float[data.remaining() / Float.BYTES];
    bytes().asFloatBuffer().get(values);
    return values;
  }

  public TensorSpec spec() {
    return new TensorSpec(name, type, shape);
  }

  @Override
  public String toString() {
    return spec().toString();
  }
}
