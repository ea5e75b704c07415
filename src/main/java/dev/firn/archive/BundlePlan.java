package dev.firn.archive;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/// Everything that decides a bundle's bytes, apart from the members' own.
///
/// Two plans that are equal give bundles that are equal byte for byte, today and in twenty years.
///
/// @param created the manifest's `create_timestamp` and every entry's time, cut to seconds
/// @param members in the order in which they are packed
public record BundlePlan(UUID uuid, Instant created, List<BundleMember> members) {
  /// The manifest's version that is written.
  public static final int MANIFEST_VERSION = 3;

  private static final DateTimeFormatter TIMESTAMP =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss").withZone(ZoneOffset.UTC);

  /// @throws IllegalArgumentException when there is no member or two share a path
  public BundlePlan {
    created = created.truncatedTo(ChronoUnit.SECONDS);
    members = List.copyOf(members);
    if (members.isEmpty()) {
      throw new IllegalArgumentException("a bundle holds at least one file");
    }
    Set<String> paths = new HashSet<>();
    paths.add(manifestName(uuid));
    for (BundleMember member : members) {
      if (!paths.add(member.path())) {
        throw new IllegalArgumentException("two members are called " + member.path());
      }
    }
  }

  /// `<uuid>.zip`
  public String fileName() {
    return uuid + ".zip";
  }

  /// `<uuid>.metadata.ndjson`, the first entry.
  public static String manifestName(UUID uuid) {
    return uuid + ".metadata.ndjson";
  }

  /// The manifest's first line, without its line feed.
  public String manifestHeader() {
    return manifestHeader(uuid, created, members.size());
  }

  static String manifestHeader(UUID uuid, Instant created, long files) {
    return "{\"uuid\": \"%s\", \"component\": \"bundler\", \"version\": %d, \"create_timestamp\": \"%s\", \"file_count\": %d}"
        .formatted(uuid, MANIFEST_VERSION, TIMESTAMP.format(created), files);
  }

  /// Length in bytes of the whole manifest.
  long manifestSize() {
    long size = lineSize(manifestHeader());
    for (BundleMember member : members) {
      size += lineSize(member.record());
    }
    return size;
  }

  /// Length in bytes of the bundle this plan gives, known before a member is read.
  public long bundleSize() {
    long size = StoredZipWriter.entrySize(manifestName(uuid), manifestSize());
    for (BundleMember member : members) {
      size += StoredZipWriter.entrySize(member.path(), member.size());
    }
    return size + StoredZipWriter.TRAILER;
  }

  private static long lineSize(String line) {
    return line.getBytes(StandardCharsets.UTF_8).length + 1L;
  }
}
