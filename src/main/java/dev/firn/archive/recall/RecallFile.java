package dev.firn.archive.recall;

import dev.firn.model.LogicalName;
import dev.firn.model.SiteName;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// One file of a recall.
///
/// @param target where it goes at the hub
/// @param site the archive it comes from; null when none has it
/// @param bundle the bundle it is read from
/// @param reason why it waits or has failed, or how it came to be there
/// @param attempts how often it was tried without success
record RecallFile(
    UUID recall,
    int ordinal,
    long fileId,
    LogicalName name,
    LogicalName target,
    long size,
    @Nullable SiteName site,
    @Nullable UUID bundle,
    @Nullable LogicalName bundleName,
    State state,
    @Nullable String reason,
    int attempts,
    @Nullable Instant started,
    @Nullable Instant finished) {

  enum State {
    WAITING,
    DONE,
    FAILED,
    CANCELLED
  }
}
