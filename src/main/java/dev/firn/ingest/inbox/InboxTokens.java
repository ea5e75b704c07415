package dev.firn.ingest.inbox;

import dev.firn.model.LogicalName;
import java.time.Duration;

/// Signs tokens that open one inbox.
@FunctionalInterface
public interface InboxTokens {
  /// A token to read and write at and below `directory` for so long.
  String token(String subject, LogicalName directory, Duration life);
}
