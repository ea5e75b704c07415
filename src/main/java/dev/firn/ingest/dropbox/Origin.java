package dev.firn.ingest.dropbox;

import dev.firn.model.Checksum;
import dev.firn.model.ChecksumAlgorithm;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/// What sidecars say of a file's checksums: `NAME.sha512`, `NAME.md5sum`, ... with `HEX` or `HEX
/// NAME` in them.
///
/// @param files the sidecars themselves
record Origin(List<Checksum> checksums, List<Path> files) {
  private static final Map<String, ChecksumAlgorithm> SUFFIXES =
      Collections.unmodifiableSortedMap(
          new TreeMap<>(
              Map.of(
                  ".sha512", ChecksumAlgorithm.SHA512,
                  ".sha512sum", ChecksumAlgorithm.SHA512,
                  ".sha256", ChecksumAlgorithm.SHA256,
                  ".md5", ChecksumAlgorithm.MD5,
                  ".md5sum", ChecksumAlgorithm.MD5,
                  ".adler32", ChecksumAlgorithm.ADLER32)));
  private static final int LONGEST = 64 * 1024;

  static boolean isSidecar(String name) {
    return SUFFIXES.keySet().stream().anyMatch(name::endsWith);
  }

  /// @throws IllegalArgumentException when a sidecar holds no checksum of its kind
  static Origin of(Path file) throws IOException {
    List<Checksum> checksums = new ArrayList<>();
    List<Path> files = new ArrayList<>();
    for (Map.Entry<String, ChecksumAlgorithm> kind : SUFFIXES.entrySet()) {
      Path sidecar = file.resolveSibling(file.getFileName() + kind.getKey());
      try {
        if (Files.size(sidecar) > LONGEST) {
          throw new IllegalArgumentException(sidecar.getFileName() + " is no checksum");
        }
        String text = Files.readString(sidecar, StandardCharsets.ISO_8859_1);
        checksums.add(read(kind.getValue(), text, sidecar, file));
        files.add(sidecar);
      } catch (NoSuchFileException e) {
        continue; // not of this kind
      }
    }
    return new Origin(List.copyOf(checksums), List.copyOf(files));
  }

  private static Checksum read(ChecksumAlgorithm algorithm, String text, Path sidecar, Path file) {
    String name = String.valueOf(file.getFileName());
    String[] found = {""};
    text.lines()
        .map(String::strip)
        .filter(line -> !line.isEmpty() && !line.startsWith("#"))
        .forEach(line -> {
          String[] words = line.split("\\s+", 2);
          String of = words.length > 1 ? words[1].replaceFirst("^\\*", "") : name;
          if (found[0].isEmpty() && (of.equals(name) || of.endsWith("/" + name))) {
            found[0] = words[0];
          }
        });
    try {
      return new Checksum(algorithm, found[0].toLowerCase(Locale.ROOT));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          sidecar.getFileName() + " has no " + algorithm.label() + " of " + name, e);
    }
  }

  /// For comparing with what was said before: `md5:... sha512:...`.
  String text() {
    return String.join(
        " ", checksums.stream().map(c -> c.algorithm().label() + ":" + c.hex()).toList());
  }
}
