package dev.firn.storage;

import dev.firn.model.Checksum;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.Checksums;
import dev.firn.storage.ObjectStore.Found;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The digest record of a file as metadata of its object: `x-amz-meta-firn-etag` and so on. The
/// form is described in `docs/formats/storage-area.md`.
final class S3Metadata {
  private static final String PREFIX = "firn-";
  private static final String ETAG = PREFIX + "etag";
  private static final String MODIFIED = PREFIX + "modified";
  private static final String SIZE = PREFIX + "size";

  private S3Metadata() {}

  static Map<String, String> of(DigestRecord record) {
    Map<String, String> metadata = new LinkedHashMap<>();
    metadata.put(ETAG, record.etag());
    metadata.put(MODIFIED, record.modified().toString());
    metadata.put(SIZE, Long.toString(record.size()));
    for (Checksum checksum : record.checksums().values().values()) {
      metadata.put(PREFIX + checksum.algorithm().label(), checksum.hex());
    }
    return metadata;
  }

  /// The record of an object; of one that Firn did not write, what the store knows.
  static DigestRecord read(Found found) {
    Map<String, String> metadata = found.metadata();
    DigestRecord foreign =
        new DigestRecord(found.size(), found.modified(), found.tag(), Checksums.NONE);
    if (!Long.toString(found.size()).equals(metadata.get(SIZE)) || !metadata.containsKey(ETAG)) {
      return foreign;
    }
    try {
      List<Checksum> checksums = new ArrayList<>();
      for (ChecksumAlgorithm algorithm : ChecksumAlgorithm.values()) {
        String hex = metadata.get(PREFIX + algorithm.label());
        if (hex != null) {
          checksums.add(new Checksum(algorithm, hex));
        }
      }
      return new DigestRecord(
          found.size(),
          Instant.parse(metadata.getOrDefault(MODIFIED, "")),
          metadata.getOrDefault(ETAG, ""),
          Checksums.of(checksums));
    } catch (IllegalArgumentException | DateTimeException e) {
      return foreign;
    }
  }

  /// Whether the object is the one written under this entity tag.
  static boolean isOf(Found found, String etag) {
    return etag.equals(found.metadata().get(ETAG));
  }
}
