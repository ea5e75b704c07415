package dev.firn.storage;

import dev.firn.model.ChecksumAlgorithm;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/// Java's message digests by the name Firn knows them by.
public final class Hashes {
  private Hashes() {}

  /// A new digest, for MD5 and the SHA family.
  ///
  /// @throws IllegalArgumentException for adler32 and crc32c, which are no message digests
  public static MessageDigest of(ChecksumAlgorithm algorithm) {
    try {
      return MessageDigest.getInstance(algorithm.headerName());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalArgumentException(algorithm.label() + " is no message digest", e);
    }
  }
}
