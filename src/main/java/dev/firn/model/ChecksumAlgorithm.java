package dev.firn.model;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// The checksums Firn knows, with their names in RFC 3230 and RFC 9530 headers.
public enum ChecksumAlgorithm {
  ADLER32("adler32", 4),
  CRC32C("crc32c", 4),
  MD5("md5", 16),
  SHA256("sha-256", 32),
  SHA512("sha-512", 64);

  private static final Map<String, ChecksumAlgorithm> BY_NAME = byName();

  private final String headerName;
  private final String label;
  private final int length;

  ChecksumAlgorithm(String headerName, int length) {
    this.headerName = headerName;
    this.label = headerName.replace("-", "");
    this.length = length;
  }

  private static Map<String, ChecksumAlgorithm> byName() {
    Map<String, ChecksumAlgorithm> names = new HashMap<>();
    for (ChecksumAlgorithm algorithm : values()) {
      names.put(algorithm.headerName, algorithm);
      names.put(algorithm.label, algorithm);
    }
    return Map.copyOf(names);
  }

  /// The name used in `Digest` and `Repr-Digest` headers.
  public String headerName() {
    return headerName;
  }

  /// The name used in records and on the command line: `adler32`, `sha512`.
  public String label() {
    return label;
  }

  /// Length of a value in bytes.
  public int length() {
    return length;
  }

  /// Finds an algorithm by its header name or label, whatever its case.
  public static Optional<ChecksumAlgorithm> find(String name) {
    return Optional.ofNullable(BY_NAME.get(name.strip().toLowerCase(Locale.ROOT)));
  }
}
