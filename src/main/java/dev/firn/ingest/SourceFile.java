package dev.firn.ingest;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/// A file in a drop directory as it was when it was looked at.
///
/// @param relative its segments below the drop directory
/// @param modified nanoseconds since 1970
record SourceFile(Path path, List<String> relative, long size, long modified) {
  static SourceFile of(Path root, Path path, BasicFileAttributes attributes) {
    return of(root, path, attributes.size(), nanos(attributes));
  }

  static SourceFile of(Path root, Path path, long size, long modified) {
    List<String> relative = new ArrayList<>();
    root.relativize(path).forEach(segment -> relative.add(segment.toString()));
    return new SourceFile(path, List.copyOf(relative), size, modified);
  }

  /// Names the path in the table of sources.
  UUID key() {
    return UUID.nameUUIDFromBytes(path.toString().getBytes(StandardCharsets.UTF_8));
  }

  /// Whether the file at the path is still the one that was looked at.
  boolean unchanged() throws IOException {
    BasicFileAttributes now =
        Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    return now.isRegularFile() && now.size() == size && nanos(now) == modified;
  }

  private static long nanos(BasicFileAttributes attributes) {
    Instant time = attributes.lastModifiedTime().toInstant();
    return Math.addExact(Math.multiplyExact(time.getEpochSecond(), 1_000_000_000L), time.getNano());
  }
}
