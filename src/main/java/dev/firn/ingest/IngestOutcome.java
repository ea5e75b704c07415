package dev.firn.ingest;

import dev.firn.model.LogicalName;

/// What became of one source file; `source` is its path on the hub.
public sealed interface IngestOutcome {
  String source();

  /// The bytes are in the area, and the catalog knows them.
  ///
  /// @param size in bytes
  record Taken(String source, LogicalName name, long size) implements IngestOutcome {}

  /// The very bytes were there, or were refused, before; nothing changed.
  record AlreadyThere(String source, LogicalName name) implements IngestOutcome {}

  /// A damaged `.i3` file: refused, kept aside.
  ///
  /// @param frame the first damaged frame, counted from 0
  /// @param offset where it begins in the uncompressed stream, in bytes
  record Quarantined(String source, LogicalName name, String reason, long frame, long offset)
      implements IngestOutcome {}

  /// The name is taken by other bytes; nothing changed.
  record Conflict(String source, LogicalName name, String reason) implements IngestOutcome {}

  /// Not a file that can be taken: a symbolic link, a pipe, an impossible name, not readable, or
  /// changing while it was read.
  record Skipped(String source, String reason) implements IngestOutcome {}

  /// `taken`, `already`, `quarantined`, `conflict`, `skipped`.
  default String kind() {
    return switch (this) {
      case Taken _ -> "taken";
      case AlreadyThere _ -> "already";
      case Quarantined _ -> "quarantined";
      case Conflict _ -> "conflict";
      case Skipped _ -> "skipped";
    };
  }
}
