package dev.firn.inference.protocol;

import dev.firn.inference.InferenceException;
import dev.firn.inference.InferenceException.Kind;
import dev.firn.inference.TensorType;
import dev.firn.inference.wire.ProtoReader;
import java.nio.ByteBuffer;

/// `InferTensorContents`: elements as repeated numbers, each type's in its own field.
final class GrpcContents {
  private static final int FP32 = 6;
  private static final int FP64 = 7;

  private GrpcContents() {}

  static void add(int field, ProtoReader reader, TensorType type, ByteBuffer to) {
    if (field != fieldOf(type)) {
      throw new InferenceException(
          Kind.CLIENT, "contents of field " + field + " cannot be elements of type " + type);
    }
    if (field == FP32 || field == FP64) {
      // Packed little-endian already; one that is not packed comes as many fields.
      ByteBuffer values = reader.fixed();
      require(values.remaining(), to);
      to.put(values);
      return;
    }
    reader.numbers(number -> {
      require(type.size(), to);
      switch (type.size()) {
        case 1 -> to.put((byte) number);
        case 2 -> to.putShort((short) number);
        case 4 -> to.putInt((int) number);
        default -> to.putLong(number);
      }
    });
  }

  private static void require(long bytes, ByteBuffer to) {
    if (bytes > to.remaining()) {
      throw new InferenceException(Kind.CLIENT, "more contents than the shape has elements");
    }
  }

  private static int fieldOf(TensorType type) {
    return switch (type) {
      case BOOL -> 1;
      case INT8, INT16, INT32 -> 2;
      case INT64 -> 3;
      case UINT8, UINT16, UINT32 -> 4;
      case UINT64 -> 5;
      case FP32 -> FP32;
      case FP64 -> FP64;
      default -> -1;
    };
  }
}
