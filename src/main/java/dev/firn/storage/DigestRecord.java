package dev.firn.storage;

import dev.firn.model.Checksum;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.Checksums;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// What is kept with a file: its checksums, and by what to tell that they are still of its bytes.
/// The text form is described in `docs/formats/storage-area.md`.
record DigestRecord(long size, Instant modified, String etag, Checksums checksums) {
  private static final String FIRST_LINE = "firn-digests 1";

  /// The record with which a file is described that has none.
  static DigestRecord none(Disk.Entry entry) {
    Instant m = entry.modified();
    String etag =
        Long.toHexString(entry.size())
            + "-"
            + Long.toHexString(m.getEpochSecond())
            + "."
            + Integer.toHexString(m.getNano())
            + "-"
            + Long.toHexString(entry.inode());
    return new DigestRecord(entry.size(), m, etag, Checksums.NONE);
  }

  /// Whether the file still is as it was when this was recorded.
  boolean current(Disk.Entry entry) {
    return entry.size() == size && entry.modified().equals(modified);
  }

  /// This record with the checksums of `more` added.
  DigestRecord with(Checksums more) {
    return new DigestRecord(size, modified, etag, Digester.join(checksums, more));
  }

  byte[] bytes() {
    StringBuilder out = new StringBuilder(FIRST_LINE);
    out.append("\nsize ").append(size);
    out.append("\nmodified ").append(modified);
    out.append("\netag ").append(etag).append('\n');
    for (Checksum c : checksums.values().values()) {
      out.append(c.algorithm().label()).append(' ').append(c.hex()).append('\n');
    }
    return out.toString().getBytes(StandardCharsets.UTF_8);
  }

  /// Reads what [#bytes()] wrote; empty for anything else. Lines it does not know are passed over.
  static Optional<DigestRecord> parse(byte[] bytes) {
    String[] lines = new String(bytes, StandardCharsets.UTF_8).split("\n");
    if (lines.length == 0 || !lines[0].equals(FIRST_LINE)) {
      return Optional.empty();
    }
    String size = "";
    String modified = "";
    String etag = "";
    List<Checksum> checksums = new ArrayList<>();
    try {
      for (String line : lines) {
        int space = line.indexOf(' ');
        if (space < 0) {
          continue;
        }
        String value = line.substring(space + 1);
        String name = line.substring(0, space);
        switch (name) {
          case "size" -> size = value;
          case "modified" -> modified = value;
          case "etag" -> etag = value;
          default ->
              ChecksumAlgorithm.find(name)
                  .ifPresent(algorithm -> checksums.add(new Checksum(algorithm, value)));
        }
      }
      return Optional.of(
          new DigestRecord(Long.parseLong(size), instant(modified), etag, Checksums.of(checksums)));
    } catch (IllegalArgumentException | DateTimeException e) {
      return Optional.empty(); // damaged: the same as none, the digests are computed again
    }
  }

  /// An instant as [#bytes()] wrote it. One is read with every file that is: the formatter takes
  /// ten times as long.
  private static Instant instant(String text) {
    int length = text.length();
    boolean plain = length > 20 && length <= 30 && text.charAt(19) == '.' && text.charAt(10) == 'T';
    if (!plain || text.charAt(length - 1) != 'Z') {
      return Instant.parse(text); // to the second, or of a year with other than four digits
    }
    int nanos = number(text, 20, length - 1);
    for (int digits = length - 21; digits < 9; digits++) {
      nanos *= 10;
    }
    return LocalDateTime.of(
            number(text, 0, 4),
            number(text, 5, 7),
            number(text, 8, 10),
            number(text, 11, 13),
            number(text, 14, 16),
            number(text, 17, 19),
            nanos)
        .toInstant(ZoneOffset.UTC);
  }

  private static int number(String text, int from, int to) {
    return Integer.parseInt(text, from, to, 10);
  }
}
