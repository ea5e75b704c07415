package dev.firn.transfer.rule;

import dev.firn.model.ReplicaState;
import dev.firn.model.SiteName;
import java.time.Instant;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// A copy that a rule asks for and that is not there yet.
///
/// @param fileId the catalog's number of the file
/// @param bundled whether the archive shall make it, in a bundle
/// @param why what was said at the last change of state
/// @param bundle the bundle it was packed into; null before that and when not bundled
/// @param transfer the transfer that makes an unbundled copy, or takes it a step nearer
/// @param via the stop that this transfer takes it to; null when it is the copy itself
public record CopyRequest(
    long id,
    long fileId,
    long ruleId,
    SiteName site,
    boolean bundled,
    State state,
    String why,
    Instant since,
    @Nullable UUID bundle,
    OptionalLong transfer,
    @Nullable SiteName via) {
  /// The life of a request: `held` for want of quota, `open`, `assigned` to a bundle or transfer,
  /// `done`, `failed`, `cancelled`.
  public enum State {
    HELD,
    OPEN,
    ASSIGNED,
    DONE,
    FAILED,
    CANCELLED;

    public String label() {
      return name().toLowerCase(Locale.ROOT);
    }

    /// Whether a copy is let go of when nobody asks for it any more: one that was made, and a bad
    /// one that was to be made anew.
    ///
    /// @param there what is on record at its place; null when nothing is
    public boolean leaves(@Nullable ReplicaState there) {
      return this == DONE || there == ReplicaState.BAD;
    }

    public static State ofLabel(String label) {
      return valueOf(label.toUpperCase(Locale.ROOT));
    }
  }
}
