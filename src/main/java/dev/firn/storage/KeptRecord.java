package dev.firn.storage;

import dev.firn.model.Checksum;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.Checksums;
import dev.firn.model.LogicalName;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Optional;

/// What is written beside the bytes of a staged write that was kept: the first `size` of them are
/// durable and have these checksums. The form is described in `docs/formats/storage-area.md`.
record KeptRecord(LogicalName target, long size, Instant since, Checksums checksums, String note) {
  static final int MAX_BYTES = StagedWrite.NOTE_BYTES + 4096 + 512;
  private static final String FIRST_LINE = "firn-kept 2";
  private static final int LINES = 7;

  KeptRecord {
    if (note.getBytes(StandardCharsets.UTF_8).length > StagedWrite.NOTE_BYTES) {
      throw new IllegalArgumentException("a note has at most " + StagedWrite.NOTE_BYTES + " bytes");
    }
  }

  StorageArea.KeptWrite of(String id) {
    return new StorageArea.KeptWrite(id, target, size, since, note);
  }

  byte[] bytes() {
    return String.join(
            "\n",
            FIRST_LINE,
            target.toString(),
            Long.toString(size),
            since.toString(),
            checksums.load(ChecksumAlgorithm.ADLER32).hex(),
            checksums.load(ChecksumAlgorithm.CRC32C).hex(),
            note)
        .getBytes(StandardCharsets.UTF_8);
  }

  /// Reads what [#bytes()] wrote; empty for anything else: the write begins anew.
  static Optional<KeptRecord> parse(String text) {
    String[] lines = text.split("\n", LINES);
    if (lines.length != LINES || !lines[0].equals(FIRST_LINE)) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          new KeptRecord(
              LogicalName.parse(lines[1]),
              Long.parseLong(lines[2]),
              Instant.parse(lines[3]),
              Checksums.of(
                  new Checksum(ChecksumAlgorithm.ADLER32, lines[4]),
                  new Checksum(ChecksumAlgorithm.CRC32C, lines[5])),
              lines[6]));
    } catch (IllegalArgumentException | DateTimeException e) {
      return Optional.empty();
    }
  }
}
