package dev.firn.i3;

import java.util.zip.CRC32;
import java.util.zip.CRC32C;

/// A frame's running checksum: CRC-32 in versions 3 and 4, CRC-16 in version 5, CRC-32C in version
/// 6.
sealed interface FrameCrc {
  void update(byte[] bytes, int from, int length);

  /// The value as it is stored in the frame, unsigned.
  long value();

  /// The right one for frame version 3 to 6.
  static FrameCrc forVersion(int version) {
    return switch (version) {
      case 3, 4 -> new Crc32();
      case 5 -> new Crc16();
      default -> new Crc32c();
    };
  }

  /// CRC-32 as zlib has it.
  final class Crc32 implements FrameCrc {
    private final CRC32 crc = new CRC32();

    @Override
    public void update(byte[] bytes, int from, int length) {
      crc.update(bytes, from, length);
    }

    @Override
    public long value() {
      return crc.getValue();
    }
  }

  /// CRC-32C (Castagnoli) with the register started at 0 and no final inversion, as IceTray has it.
  ///
  /// The library's CRC-32C starts at all ones and inverts at the end; four bytes of ones bring its
  /// register to 0.
  final class Crc32c implements FrameCrc {
    private static final byte[] ONES = {-1, -1, -1, -1};
    private final CRC32C crc = new CRC32C();

    Crc32c() {
      crc.update(ONES, 0, ONES.length);
    }

    @Override
    public void update(byte[] bytes, int from, int length) {
      crc.update(bytes, from, length);
    }

    @Override
    public long value() {
      return ~crc.getValue() & 0xffffffffL;
    }
  }

  /// CRC-16/CCITT: polynomial 0x1021, started at 0xFFFF, not reflected, not inverted.
  final class Crc16 implements FrameCrc {
    private static final int[] TABLE = table();
    private int register = 0xffff;

    @Override
    public void update(byte[] bytes, int from, int length) {
      int r = register;
      for (int i = from; i < from + length; i++) {
        r = (r << 8 & 0xffff) ^ TABLE[(r >>> 8 ^ bytes[i]) & 0xff];
      }
      register = r;
    }

    @Override
    public long value() {
      return register;
    }

    private static int[] table() {
      int[] table = new int[256];
      for (int i = 0; i < 256; i++) {
        int r = i << 8;
        for (int bit = 0; bit < 8; bit++) {
          r = (r & 0x8000) != 0 ? r << 1 ^ 0x1021 : r << 1;
        }
        table[i] = r & 0xffff;
      }
      return table;
    }
  }
}
