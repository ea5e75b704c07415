package dev.firn.staging;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/// NumPy's file format, version 1.0, for a table of floats.
final class Npy {
  private static final int ALIGNMENT = 64;

  private Npy() {}

  /// @param values row by row
  static byte[] floats(float[] values, int columns) {
    int rows = columns == 0 ? 0 : values.length / columns;
    String head =
        "{'descr': '<f4', 'fortran_order': False, 'shape': (%d, %d), }".formatted(rows, columns);
    int length = (10 + head.length() + 1 + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    ByteBuffer out = ByteBuffer.allocate(length + values.length * 4).order(ByteOrder.LITTLE_ENDIAN);
    out.put((byte) 0x93).put("NUMPY".getBytes(StandardCharsets.US_ASCII));
    out.put((byte) 1).put((byte) 0).putShort((short) (length - 10));
    out.put(head.getBytes(StandardCharsets.US_ASCII));
    while (out.position() < length - 1) {
      out.put((byte) ' ');
    }
    out.put((byte) '\n');
    out.asFloatBuffer().put(values);
    return out.array();
  }
}
