package dev.firn.storage;

import dev.firn.model.Checksum;
import dev.firn.model.ChecksumAlgorithm;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/// Java's message digests by the name Firn knows them by.
public final class Hashes {
  private static final int BLOCK = 1 << 18;

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

  /// The checksum of bytes, by an algorithm as of [#of].
  public static Checksum checksum(ChecksumAlgorithm algorithm, byte[] bytes) {
    return Checksum.of(algorithm, of(algorithm).digest(bytes));
  }

  /// The checksum of a file's bytes, by an algorithm as of [#of].
  public static Checksum checksum(ChecksumAlgorithm algorithm, Path file) throws IOException {
    MessageDigest digest = of(algorithm);
    byte[] block = new byte[BLOCK];
    try (InputStream in = Files.newInputStream(file)) {
      for (int n = in.read(block); n >= 0; n = in.read(block)) {
        digest.update(block, 0, n);
      }
    }
    return Checksum.of(algorithm, digest.digest());
  }
}
