package dev.firn.model;

import java.util.Locale;
import java.util.Optional;

/// The checksums Firn knows, with their names in RFC 3230 and RFC 9530 headers.
public enum ChecksumAlgorithm {
  ADLER32("adler32", 4),
  CRC32C("crc32c", 4),
  MD5("md5", 16),
  SHA256("sha-256", 32),
  SHA512("sha-512", 64);

  private final String headerName;
  private final int length;

  ChecksumAlgorithm(String headerName, int length) {
    this.headerName = headerName;
    this.length = length;
  }

  /// The name used in `Digest` and `Repr-Digest` headers.
  public String headerName() {
    return headerName;
  }

  /// The name used in records and on the command line: `adler32`, `sha512`.
  public String label() {
    return headerName.replace("-", "");
  }

  /// Length of a value in bytes.
  public int length() {
    return length;
  }

  /// Finds an algorithm by its header name or label, whatever its case.
  public static Optional<ChecksumAlgorithm> find(String name) {
    String wanted = name.strip().toLowerCase(Locale.ROOT);
    for (ChecksumAlgorithm algorithm : values()) {
      if (algorithm.headerName.equals(wanted) || algorithm.label().equals(wanted)) {
        return Optional.of(algorithm);
      }
    }
    return Optional.empty();
  }
}
