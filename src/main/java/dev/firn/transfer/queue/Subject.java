package dev.firn.transfer.queue;

import java.util.UUID;

/// What a transfer moves, as its owner knows it.
public sealed interface Subject {
  /// A file of the catalog; its replica at the destination follows the transfer's states.
  record OfFile(long fileId) implements Subject {}

  /// A bundle of the archive, which reads the transfer's state itself.
  record OfBundle(UUID bundle) implements Subject {}

  static Subject file(long fileId) {
    return new OfFile(fileId);
  }

  static Subject bundle(UUID bundle) {
    return new OfBundle(bundle);
  }

  /// `file` or `bundle`.
  default String kind() {
    return switch (this) {
      case OfFile _ -> "file";
      case OfBundle _ -> "bundle";
    };
  }

  /// The number or UUID, as text.
  default String id() {
    return switch (this) {
      case OfFile file -> Long.toString(file.fileId());
      case OfBundle bundle -> bundle.bundle().toString();
    };
  }

  /// @throws IllegalArgumentException when `kind` is neither
  static Subject of(String kind, String id) {
    return switch (kind) {
      case "file" -> file(Long.parseLong(id));
      case "bundle" -> bundle(UUID.fromString(id));
      default -> throw new IllegalArgumentException("not a subject of transfers: " + kind);
    };
  }
}
