package dev.firn.ingest.inbox;

import dev.firn.model.LogicalName;
import dev.firn.model.SiteName;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// An inbox.
///
/// @param goal the name its content will have, or has
/// @param size bytes, as was estimated
/// @param archive the site whose archive its content goes to; null for none
/// @param state `open`, `locked`, `moving`, `published`, `expired`
/// @param reason why publishing was given up the last time
/// @param files how many were published
public record Inbox(
    UUID id,
    String owner,
    LogicalName goal,
    long size,
    @Nullable SiteName archive,
    String state,
    @Nullable String reason,
    Instant created,
    Instant expires,
    @Nullable Long files,
    @Nullable Long bytes) {
  boolean is(String wanted) {
    return state.equals(wanted);
  }
}
