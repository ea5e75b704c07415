package dev.firn.inference.protocol;

import dev.firn.inference.InferenceException;
import dev.firn.inference.InferenceException.Kind;
import dev.firn.inference.Tensor;
import dev.firn.inference.TensorType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.JsonNode;

/// Elements of tensors as JSON numbers: nested or flat when read, flat when written.
final class JsonTensors {
  private JsonTensors() {}

  /// @throws InferenceException CLIENT when the data do not fit type and shape
  static Tensor read(String name, TensorType type, List<Long> shape, JsonNode data) {
    if (type == TensorType.FP16 || type == TensorType.BF16 || type == TensorType.BYTES) {
      throw wrong(name, "elements of type " + type + " are not read from JSON");
    }
    // Before room is made: a few bytes can name a shape that no memory holds.
    long given = elements(data);
    if (given != Tensor.elements(name, shape)) {
      throw wrong(name, given + " elements, and the shape " + shape);
    }
    ByteBuffer bytes = ByteBuffer.allocate(size(name, given, type)).order(ByteOrder.LITTLE_ENDIAN);
    fill(name, type, data, bytes);
    return new Tensor(name, type, shape, bytes.flip());
  }

  private static int size(String name, long elements, TensorType type) {
    if (elements * type.size() > Integer.MAX_VALUE) {
      throw wrong(name, elements + " elements of type " + type + " are too many");
    }
    return (int) (elements * type.size());
  }

  private static long elements(JsonNode data) {
    if (!data.isArray()) {
      return data.isMissingNode() ? 0 : 1;
    }
    long count = 0;
    for (JsonNode each : data) {
      count += elements(each);
    }
    return count;
  }

  private static void fill(String name, TensorType type, JsonNode data, ByteBuffer to) {
    if (!data.isArray()) {
      if (!data.isMissingNode()) {
        put(name, type, data, to);
      }
      return;
    }
    for (JsonNode each : data) {
      fill(name, type, each, to);
    }
  }

  private static void put(String name, TensorType type, JsonNode value, ByteBuffer to) {
    switch (type) {
      case FP32 -> to.putFloat((float) real(name, value));
      case FP64 -> to.putDouble(real(name, value));
      case BOOL -> to.put((byte) (truth(name, value) ? 1 : 0));
      case INT8 -> to.put((byte) whole(name, value, Byte.MIN_VALUE, Byte.MAX_VALUE));
      case UINT8 -> to.put((byte) whole(name, value, 0, 0xff));
      case INT16 -> to.putShort((short) whole(name, value, Short.MIN_VALUE, Short.MAX_VALUE));
      case UINT16 -> to.putShort((short) whole(name, value, 0, 0xffff));
      case INT32 -> to.putInt((int) whole(name, value, Integer.MIN_VALUE, Integer.MAX_VALUE));
      case UINT32 -> to.putInt((int) whole(name, value, 0, 0xffff_ffffL));
      default -> to.putLong(whole(name, value, Long.MIN_VALUE, Long.MAX_VALUE));
    }
  }

  private static double real(String name, JsonNode value) {
    if (value.isNumber()) {
      return value.doubleValue();
    }
    // JSON has no number for these; what is written here reads them back.
    return switch (value.asString("")) {
      case "NaN" -> Double.NaN;
      case "Infinity" -> Double.POSITIVE_INFINITY;
      case "-Infinity" -> Double.NEGATIVE_INFINITY;
      default -> throw wrong(name, "an element is not a number");
    };
  }

  private static boolean truth(String name, JsonNode value) {
    if (value.isBoolean()) {
      return value.booleanValue();
    }
    return whole(name, value, 0, 1) == 1;
  }

  private static long whole(String name, JsonNode value, long least, long most) {
    if (!value.isIntegralNumber()
        || !value.canConvertToLong()
        || value.longValue() < least
        || value.longValue() > most) {
      throw wrong(name, "an element is not a whole number that fits");
    }
    return value.longValue();
  }

  private static InferenceException wrong(String name, String what) {
    return new InferenceException(Kind.CLIENT, "tensor '" + name + "': " + what);
  }

  static void write(Tensor tensor, JsonGenerator to) {
    ByteBuffer data = tensor.bytes();
    to.writeStartArray();
    while (data.hasRemaining()) {
      switch (tensor.type()) {
        case FP32 -> to.writeNumber(data.getFloat());
        case FP64 -> to.writeNumber(data.getDouble());
        case BOOL -> to.writeBoolean(data.get() != 0);
        case INT8 -> to.writeNumber(data.get());
        case UINT8 -> to.writeNumber(data.get() & 0xff);
        case INT16 -> to.writeNumber(data.getShort());
        case UINT16 -> to.writeNumber(data.getShort() & 0xffff);
        case INT32 -> to.writeNumber(data.getInt());
        case UINT32 -> to.writeNumber(data.getInt() & 0xffff_ffffL);
        case INT64, UINT64 -> to.writeNumber(data.getLong());
        default -> throw wrong(tensor.name(), "elements of type " + tensor.type() + " need binary");
      }
    }
    to.writeEndArray();
  }

  /// Whether its elements can only travel as bytes.
  static boolean needsBinary(Tensor tensor) {
    return switch (tensor.type()) {
      case FP16, BF16, BYTES -> true;
      default -> false;
    };
  }
}
