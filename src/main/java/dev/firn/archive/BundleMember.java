package dev.firn.archive;

import dev.firn.model.Checksum;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.LogicalName;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.UUID;

/// One file that goes into a bundle.
///
/// @param uuid the file's identity in the catalog
/// @param path its name in the bundle: relative, segments joined by `/`
/// @param size in bytes
/// @param sha512 what the catalog says the bytes are
/// @param record the file's catalog record as it stands in the manifest: one line of JSON
public record BundleMember(UUID uuid, String path, long size, Checksum sha512, String record) {
  private static final int MAX_PATH_BYTES = 4096;

  /// @throws IllegalArgumentException when the path is not a sound relative path, the checksum is
  ///   of another kind or the record is more than one line
  public BundleMember {
    checkPath(path);
    if (size < 0) {
      throw new IllegalArgumentException("a size is not negative");
    }
    if (sha512.algorithm() != ChecksumAlgorithm.SHA512) {
      throw new IllegalArgumentException("a member is known by its sha512");
    }
    if (record.indexOf('\n') >= 0 || record.indexOf('\r') >= 0) {
      throw new IllegalArgumentException("a manifest record is one line");
    }
  }

  /// The name's segments; refuses absolute names, empty, `.` and `..` segments and control
  /// characters by the rules of [LogicalName].
  static void checkPath(String path) {
    if (path.getBytes(StandardCharsets.UTF_8).length > MAX_PATH_BYTES) {
      throw new IllegalArgumentException("member path is longer than " + MAX_PATH_BYTES + " bytes");
    }
    LogicalName checked = new LogicalName(List.of(path.split("/", -1)));
    if (checked.isRoot()) {
      throw new IllegalArgumentException("member path is empty");
    }
  }
}
