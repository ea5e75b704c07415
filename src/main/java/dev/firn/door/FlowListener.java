package dev.firn.door;

import dev.firn.model.LogicalName;
import java.net.URI;
import java.util.Optional;

/// Told when a third-party copy begins and ends to move bytes, for whoever marks or accounts for
/// flows. Called on the thread that moves them; it must not block and must not throw.
@FunctionalInterface
public interface FlowListener {
  /// Listens to nothing.
  FlowListener NONE = flow -> bytes -> {};

  /// A flow begins.
  Ended started(Flow flow);

  /// @param pull whether this server receives
  /// @param peer the other side as the client named it, without a query
  /// @param tag what it is for, when the client said so
  record Flow(boolean pull, URI peer, LogicalName name, Optional<SciTag> tag) {}

  /// The end of one flow.
  @FunctionalInterface
  interface Ended {
    /// @param bytes of the file that are here or there now, also those of an earlier attempt
    void ended(long bytes);
  }
}
