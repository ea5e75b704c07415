package dev.firn.storage;

import dev.firn.model.Checksum;
import dev.firn.model.LogicalName;

/// How a publication ended.
public sealed interface PublishOutcome {
  /// There was nothing at the name; now the file is.
  record Created(StoredObject object) implements PublishOutcome {}

  /// The file took another's place.
  record Replaced(StoredObject object) implements PublishOutcome {}

  /// There is something at the name and it may not be replaced: the mode is `CREATE_NEW`, or a
  /// directory is in the way.
  record Exists(LogicalName name, boolean directory) implements PublishOutcome {}

  /// The bytes are not those that were expected.
  record ChecksumMismatch(Checksum expected, Checksum actual) implements PublishOutcome {}

  /// The directory of the name is not there and was not to be made, or something above the name is
  /// a file (`notDirectory`).
  record NoParent(LogicalName name, boolean notDirectory) implements PublishOutcome {}
}
