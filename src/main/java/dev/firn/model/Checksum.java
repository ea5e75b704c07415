package dev.firn.model;

import java.util.Base64;
import java.util.HexFormat;
import java.util.Locale;

/// A checksum value; `hex` is lower case and zero-padded to the algorithm's full length.
public record Checksum(ChecksumAlgorithm algorithm, String hex) {
  /// @throws IllegalArgumentException when the value is not hexadecimal or of the wrong length
  public Checksum {
    hex = lowerCase(hex);
    if (hex.length() != 2 * algorithm.length()) {
      throw new IllegalArgumentException(
          algorithm.label()
              + " has "
              + 2 * algorithm.length()
              + " hex digits, not "
              + hex.length());
    }
  }

  /// @throws IllegalArgumentException when there is anything but hexadecimal digits
  private static String lowerCase(String hex) {
    boolean upper = false;
    for (int i = 0; i < hex.length(); i++) { // checksums are made by the million
      char c = hex.charAt(i);
      if (!HexFormat.isHexDigit(c)) {
        throw new IllegalArgumentException("not a hexadecimal digit at index " + i);
      }
      upper |= c <= 'F' && c >= 'A';
    }
    return upper ? hex.toLowerCase(Locale.ROOT) : hex;
  }

  public static Checksum of(ChecksumAlgorithm algorithm, byte[] value) {
    return new Checksum(algorithm, HexFormat.of().formatHex(value));
  }

  /// A 32-bit checksum from the low half of `value`.
  public static Checksum of(ChecksumAlgorithm algorithm, long value) {
    return new Checksum(algorithm, HexFormat.of().toHexDigits(value, 8));
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
