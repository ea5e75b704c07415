package dev.firn.model;

import java.util.Locale;

/// What the catalog says of one copy at one site.
public enum ReplicaState {
  /// Bytes are on their way; nothing may rely on them.
  COPYING,
  /// Whole and, as far as anybody knows, right.
  AVAILABLE,
  /// Something disagreed; kept, not used as a source, waiting for a look.
  SUSPECT,
  /// Known to be wrong or lost by reading it.
  BAD,
  /// Being removed.
  DELETING;

  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  public static ReplicaState ofLabel(String label) {
    return valueOf(label.toUpperCase(Locale.ROOT));
  }
}
