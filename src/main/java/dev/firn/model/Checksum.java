package dev.firn.model;

import java.util.Base64;
import java.util.HexFormat;
import java.util.Locale;

/// A checksum value; `hex` is lower case and zero-padded to the algorithm's full length.
public record Checksum(ChecksumAlgorithm algorithm, String hex) {
  /// @throws IllegalArgumentException when the value is not hexadecimal or of the wrong length
  public Checksum {
    hex = hex.toLowerCase(Locale.ROOT);
    if (hex.length() != 2 * algorithm.length()) {
      throw new IllegalArgumentException(
          algorithm.label()
              + " has "
              + 2 * algorithm.length()
              + " hex digits, not "
              + hex.length());
    }
    HexFormat.of().parseHex(hex);
  }

  public static Checksum of(ChecksumAlgorithm algorithm, byte[] value) {
    return new Checksum(algorithm, HexFormat.of().formatHex(value));
  }

  /// A 32-bit checksum from the low half of `value`.
  public static Checksum of(ChecksumAlgorithm algorithm, long value) {
    return new Checksum(algorithm, String.format("%08x", value & 0xffffffffL));
  }

  public byte[] bytes() {
    return HexFormat.of().parseHex(hex);
  }

  public String base64() {
    return Base64.getEncoder().encodeToString(bytes());
  }

  @Override
  public String toString() {
    return algorithm.label() + ":" + hex;
  }
}
