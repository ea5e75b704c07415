package dev.firn.model;

import java.util.Locale;

/// The life of one transfer.
///
/// ```
/// queued ──► active ──► done
///   ▲  │        ├─────► failed
///   │  │        └─────► unknown ──► done | failed | queued   (by looking, never by assuming)
///   │  └─► cancelled      │
///   └─────────────────────┘
/// ```
public enum TransferState {
  QUEUED,
  ACTIVE,
  DONE,
  FAILED,
  /// The outcome was not heard: settled by HEAD and checksum at the destination.
  UNKNOWN,
  CANCELLED;

  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  public static TransferState ofLabel(String label) {
    return valueOf(label.toUpperCase(Locale.ROOT));
  }
}
