package dev.firn.archive;

import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/// The life of a bundle. The table `bundle_transition` holds the same and its trigger refuses the
/// rest.
///
/// ```
/// closed ──► packed ──► transferring ──► verifying ──► verified ──► damaged
///   ▲  ▲        │ ▲            │             │ │                      │
///   │  └────────┘ └────────────┴─────────────┘ │                      │
///   └──────────────────────────────────────────┴──────────────────────┘
/// damaged ──► transferring ──► damaged (another archive's copy is sent)
/// unread ──► verified | damaged (taken over from elsewhere; an audit reads it)
/// any but verified ──► quarantined ──► closed | packed | unread | damaged (an operator resumes)
/// ```
public enum BundleState {
  /// Its members are chosen; nothing is written yet, or it is to be written again.
  CLOSED,
  /// Its bytes are staged at the hub and every member agreed with the catalog.
  PACKED,
  /// On its way.
  TRANSFERRING,
  /// The archive has it; it is being read back.
  VERIFYING,
  /// Taken over as others left it; not read in full yet.
  UNREAD,
  /// In custody: read back in full and right.
  VERIFIED,
  /// An audit found other bytes, or none.
  DAMAGED,
  /// Waiting for an operator, with a reason and the state it was in.
  QUARANTINED,
  CANCELLED;

  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  public static BundleState ofLabel(String label) {
    return valueOf(label.toUpperCase(Locale.ROOT));
  }

  /// The states that may come next.
  public Set<BundleState> next() {
    return switch (this) {
      case CLOSED -> EnumSet.of(PACKED, QUARANTINED, CANCELLED);
      case PACKED -> EnumSet.of(TRANSFERRING, CLOSED, QUARANTINED);
      case TRANSFERRING -> EnumSet.of(VERIFYING, PACKED, DAMAGED, QUARANTINED);
      case VERIFYING -> EnumSet.of(VERIFIED, PACKED, CLOSED, DAMAGED, QUARANTINED);
      case UNREAD -> EnumSet.of(VERIFIED, DAMAGED, QUARANTINED);
      case VERIFIED -> EnumSet.of(DAMAGED);
      case DAMAGED -> EnumSet.of(CLOSED, TRANSFERRING, VERIFIED, QUARANTINED);
      case QUARANTINED -> EnumSet.of(CLOSED, PACKED, UNREAD, DAMAGED, CANCELLED);
      case CANCELLED -> EnumSet.noneOf(BundleState.class);
    };
  }
}
