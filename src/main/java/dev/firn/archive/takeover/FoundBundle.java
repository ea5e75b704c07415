package dev.firn.archive.takeover;

import dev.firn.catalog.FileMetadata;
import dev.firn.model.Checksum;
import dev.firn.model.Checksums;
import dev.firn.model.LogicalName;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// A bundle as it was found at a site, before the record knows of it.
///
/// @param name its path at the site
/// @param checksums what the site or a list of checksums claims; nothing was read
/// @param manifest 3, 2 or 1, 0 for none
/// @param uuid of its name or its manifest; empty when neither has one
/// @param members empty when it cannot be read
record FoundBundle(
    LogicalName name,
    long size,
    Checksums checksums,
    int manifest,
    Optional<UUID> uuid,
    List<FoundMember> members,
    List<Finding> findings) {

  FoundBundle {
    members = List.copyOf(members);
    findings = List.copyOf(findings);
  }

  /// One that could not be looked into, which the next takeover tries again.
  static FoundBundle unreadable(LogicalName name, long size, String why) {
    Finding finding =
        new Finding(Finding.Kind.UNREADABLE_BUNDLE, name.toString(), name.toString(), why);
    return new FoundBundle(
        name, size, Checksums.NONE, 0, Optional.empty(), List.of(), List.of(finding));
  }

  boolean readable() {
    return findings.stream().noneMatch(f -> f.kind() == Finding.Kind.UNREADABLE_BUNDLE);
  }

  /// A file in a bundle.
  ///
  /// @param path inside the bundle
  /// @param name where the file belongs; null when nothing says so for certain
  /// @param guess where it belongs by the folder that its bundle lies in; null when that says
  ///   nothing
  /// @param deflated the bytes that it takes up where it is deflated; else -1
  /// @param uuid the manifest's; null when it has none that is one
  record FoundMember(
      String path,
      @Nullable LogicalName name,
      @Nullable LogicalName guess,
      @Nullable UUID uuid,
      long size,
      Checksum sha512,
      FileMetadata metadata,
      long headerOffset,
      long crc32,
      long deflated) {}
}
