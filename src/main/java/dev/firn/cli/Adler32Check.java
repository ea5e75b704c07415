package dev.firn.cli;

import dev.firn.model.Checksum;
import dev.firn.model.ChecksumAlgorithm;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.zip.Adler32;

/// Checks bytes that cross the wire with the one checksum every site of the field knows.
final class Adler32Check {
  private static final int BLOCK = 1 << 18;

  private Adler32Check() {}

  static Checksum ofFile(Path file) throws IOException {
    Adler32 sum = new Adler32();
    try (InputStream in = Files.newInputStream(file)) {
      byte[] block = new byte[BLOCK];
      for (int n = in.read(block); n >= 0; n = in.read(block)) {
        sum.update(block, 0, n);
      }
    }
    return Checksum.of(ChecksumAlgorithm.ADLER32, sum.getValue());
  }

  /// The adler32 in a `Digest` header.
  static Optional<Checksum> adler32(String digest) {
    for (String item : digest.split(",")) {
      String[] pair = item.strip().split("=", 2);
      if (pair.length == 2
          && pair[0].equalsIgnoreCase("adler32")
          && pair[1].matches("[0-9a-fA-F]{8}")) {
        return Optional.of(new Checksum(ChecksumAlgorithm.ADLER32, pair[1]));
      }
    }
    return Optional.empty();
  }

  /// Adds the values of an RFC 3230 `Digest` header in hexadecimal.
  static void addDigests(String digest, Map<String, Object> facts) {
    for (String item : digest.split(",")) {
      String[] pair = item.strip().split("=", 2);
      ChecksumAlgorithm.find(pair[0])
          .filter(a -> pair.length == 2)
          .ifPresent(a -> facts.put(a.label(), a.length() == 4 ? pair[1] : hex(pair[1])));
    }
  }

  private static String hex(String base64) {
    try {
      return HexFormat.of().formatHex(Base64.getDecoder().decode(base64));
    } catch (IllegalArgumentException e) {
      return base64;
    }
  }
}
