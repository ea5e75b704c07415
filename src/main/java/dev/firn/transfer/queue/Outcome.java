package dev.firn.transfer.queue;

import dev.firn.model.SiteName;
import java.util.Set;

/// What carrying a claim out came to.
///
/// @param answered sites that were spoken to, so that a pause of theirs ends
public record Outcome(Settlement settlement, Account account, Set<SiteName> answered) {
  /// What was done, for the log of attempts.
  ///
  /// @param action `pull`, `push` or `look`
  /// @param bytes that arrived, as far as known
  /// @param touched whether bytes of ours may be at the destination
  public record Account(String action, long bytes, boolean touched) {}
}
