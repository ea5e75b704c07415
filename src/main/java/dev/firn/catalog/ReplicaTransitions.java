package dev.firn.catalog;

import dev.firn.model.ReplicaState;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Which state of a copy may follow which.
///
/// ```
/// (none) ─► copying ─► available ─► suspect ─► bad ─► copying (being repaired)
///   └────────────────►    │  ▲         │        │
///                         │  └─────────┴────────┘  only by a verification
///                         ▼
///        deleting ─► (none)         from every state
/// ```
///
/// From `deleting` back to `available` leads only [CopyVerification#takeBack], which the reaper
/// asks for when the bytes are the last good ones.
final class ReplicaTransitions {
  private static final Map<ReplicaState, Set<ReplicaState>> ALLOWED =
      Map.of(
          ReplicaState.COPYING,
          EnumSet.of(ReplicaState.AVAILABLE, ReplicaState.BAD, ReplicaState.DELETING),
          ReplicaState.AVAILABLE,
          EnumSet.of(ReplicaState.SUSPECT, ReplicaState.BAD, ReplicaState.DELETING),
          ReplicaState.SUSPECT,
          EnumSet.of(ReplicaState.BAD, ReplicaState.COPYING, ReplicaState.DELETING),
          ReplicaState.BAD,
          EnumSet.of(ReplicaState.COPYING, ReplicaState.DELETING),
          ReplicaState.DELETING,
          EnumSet.noneOf(ReplicaState.class));

  private ReplicaTransitions() {}

  /// Whether a copy may go from one state to another without its bytes having been looked at; null
  /// is the absence of a copy.
  static boolean allowed(@Nullable ReplicaState from, @Nullable ReplicaState to) {
    if (from == null) {
      return to == ReplicaState.COPYING || to == ReplicaState.AVAILABLE;
    }
    if (to == null) {
      // A transfer that brought nothing leaves nothing; else bytes go before their record does.
      return from == ReplicaState.DELETING || from == ReplicaState.COPYING;
    }
    return from == to || ALLOWED.getOrDefault(from, Set.of()).contains(to);
  }

  /// Whether a copy whose bytes were read and agreed may become available from here.
  static boolean verifiable(ReplicaState from) {
    return from != ReplicaState.DELETING;
  }
}
