package dev.firn.ingest.inbox;

import dev.firn.model.LogicalName;
import dev.firn.model.SiteName;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Optional;

/// What an inbox asks of the archive.
public interface InboxArchive {
  /// Why what lies below a name cannot be archived at a site; empty when it can.
  Optional<String> refusal(LogicalName directory, SiteName site);

  /// Asks, in the caller's transaction, for all files below a directory at a site.
  void request(Connection connection, LogicalName directory, SiteName site, String who)
      throws SQLException;
}
