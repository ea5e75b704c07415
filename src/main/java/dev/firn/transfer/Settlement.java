package dev.firn.transfer;

import dev.firn.model.SiteName;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// What became of a claim.
sealed interface Settlement {
  /// Verified at the destination.
  ///
  /// @param seen by what, and with which checksums
  record Done(Destination.Finding.Right seen) implements Settlement {
    /// As in [Transfer.Verification].
    String how() {
      return seen.how();
    }
  }

  /// Not there, and known not to be: tried again.
  record Retry(Trouble trouble, Duration delay) implements Settlement {}

  /// Given up.
  record Failed(Trouble trouble) implements Settlement {}

  /// Whether it is there is not known: looked at after `delay`.
  record Unknown(Trouble trouble, Duration delay) implements Settlement {}

  /// What went wrong, where.
  ///
  /// @param site the site to blame when it cannot be reached; else null
  record Trouble(FailureClass failure, String reason, @Nullable SiteName site) {
    Trouble(FailureClass failure, String reason) {
      this(failure, reason, null);
    }
  }
}
