package dev.firn.inference;

import java.util.Optional;

/// Types of tensor elements, by the names of the Open Inference Protocol.
public enum TensorType {
  BOOL(1),
  INT8(1),
  INT16(2),
  INT32(4),
  INT64(8),
  UINT8(1),
  UINT16(2),
  UINT32(4),
  UINT64(8),
  FP16(2),
  BF16(2),
  FP32(4),
  FP64(8),
  /// Texts, each with its length before it.
  BYTES(0);

  private final int size;

  TensorType(int size) {
    this.size = size;
  }

  /// Bytes of an element; 0 where elements differ.
  public int size() {
    return size;
  }

  public static Optional<TensorType> named(String name) {
    for (TensorType type : values()) {
      if (type.name().equals(name)) {
        return Optional.of(type);
      }
    }
    return Optional.empty();
  }
}
