package dev.firn.i3;

/// How an `.i3` stream is packed, told by its first bytes and never by a name.
public enum Compression {
  PLAIN("plain"),
  GZIP("gzip"),
  BZIP2("bzip2"),
  ZSTD("zstd");

  private final String label;

  Compression(String label) {
    this.label = label;
  }

  public String label() {
    return label;
  }

  static Compression of(byte[] head, int length) {
    if (length >= 2 && (head[0] & 0xff) == 0x1f && (head[1] & 0xff) == 0x8b) {
      return GZIP;
    }
    if (length >= 4 && head[0] == 'B' && head[1] == 'Z' && head[2] == 'h' && isDigit(head[3])) {
      return BZIP2;
    }
    if (length >= 4 && isZstd(head)) {
      return ZSTD;
    }
    return PLAIN;
  }

  private static boolean isDigit(byte b) {
    return b >= '1' && b <= '9';
  }

  /// A frame's magic number (RFC 8878, 3.1.1) or that of a skippable frame (3.1.2).
  private static boolean isZstd(byte[] head) {
    int magic =
        (head[0] & 0xff) | (head[1] & 0xff) << 8 | (head[2] & 0xff) << 16 | (head[3] & 0xff) << 24;
    return magic == 0xfd2fb528 || (magic & 0xfffffff0) == 0x184d2a50;
  }
}
