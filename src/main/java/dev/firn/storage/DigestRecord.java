package dev.firn.storage;

import dev.firn.model.Checksum;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.Checksums;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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
    if (!lines[0].equals(FIRST_LINE)) {
      return Optional.empty();
    }
    Map<String, String> values = new HashMap<>();
    List<Checksum> checksums = new ArrayList<>();
    try {
      for (String line : lines) {
        String[] words = line.split(" ", 2);
        if (words.length == 2) {
          values.put(words[0], words[1]);
          ChecksumAlgorithm.find(words[0])
              .ifPresent(algorithm -> checksums.add(new Checksum(algorithm, words[1])));
        }
      }
      return Optional.of(
          new DigestRecord(
              Long.parseLong(values.getOrDefault("size", "")),
              Instant.parse(values.getOrDefault("modified", "")),
              values.getOrDefault("etag", ""),
              Checksums.of(checksums)));
    } catch (IllegalArgumentException | DateTimeException e) {
      return Optional.empty(); // damaged: the same as none, the digests are computed again
    }
  }
}
