package dev.firn.cli;

import dev.firn.http.HttpFetcher.Response;
import dev.firn.model.Checksum;
import dev.firn.model.ChecksumAlgorithm;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.zip.Adler32;

/// Checks bytes that cross the wire with the one checksum every site of the field knows.
final class Adler32Check {
  private static final int BLOCK = 1 << 18;

  private Adler32Check() {}

  /// A finished download; `verified` says whether the far side named a checksum to compare with.
  record Download(long size, Checksum adler32, boolean verified) {}

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

  /// Writes the body beside `file` and gives it its name only when it is whole and right.
  ///
  /// @throws IOException when the body is cut or its checksum is not the one the far side names
  static Download download(Response response, Path file) throws IOException {
    Path part = file.resolveSibling("." + file.getFileName() + ".part");
    Adler32 sum = new Adler32();
    long size = 0;
    try {
      try (InputStream in = response.body();
          OutputStream out = Files.newOutputStream(part)) {
        byte[] block = new byte[BLOCK];
        for (int n = in.read(block); n >= 0; n = in.read(block)) {
          sum.update(block, 0, n);
          out.write(block, 0, n);
          size += n;
        }
      }
      Checksum got = Checksum.of(ChecksumAlgorithm.ADLER32, sum.getValue());
      Optional<Checksum> said = response.header("Digest").flatMap(Adler32Check::adler32);
      if (said.isPresent() && !said.get().equals(got)) {
        throw new IOException(
            file
                + ": what arrived has adler32 "
                + got.hex()
                + ", the door says "
                + said.get().hex());
      }
      Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      return new Download(size, got, said.isPresent());
    } finally {
      Files.deleteIfExists(part);
    }
  }

  private static Optional<Checksum> adler32(String digest) {
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
