package dev.firn.catalog;

import dev.firn.model.Checksum;

/// What comparing a copy's bytes with the catalog gave; the copy's state says the same afterwards.
public sealed interface VerifyOutcome {
  /// All checksums that could be compared agree; the copy is available and verified.
  record Verified(Replica replica) implements VerifyOutcome {}

  /// A checksum or the size differs; the copy is bad.
  record Mismatch(Replica replica, String known, String found) implements VerifyOutcome {}

  /// What was read has no checksum in common with the catalog's that is strong enough.
  record NotComparable(Checksum wanted) implements VerifyOutcome {}
}
