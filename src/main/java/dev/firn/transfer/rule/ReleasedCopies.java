package dev.firn.transfer.rule;

import dev.firn.catalog.Cause;
import dev.firn.database.History;
import dev.firn.database.HistoryEntry;
import dev.firn.model.SiteName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;

/// Copies that nobody asks for any more: the reaper may take them when their grace is over.
public final class ReleasedCopies {
  private ReleasedCopies() {}

  /// Lets one go from now; one that was let go before keeps its time.
  public static void release(Connection connection, long fileId, SiteName site, Cause cause)
      throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement(
            "INSERT INTO released_copy (file_id, site, why) VALUES (?, ?, ?)"
                + " ON CONFLICT DO NOTHING")) {
      insert.setLong(1, fileId);
      insert.setString(2, site.value());
      insert.setString(3, cause.why());
      if (insert.executeUpdate() > 0) {
        History.record(
            connection,
            new HistoryEntry(
                "released-copy",
                fileId + " at " + site,
                cause.who(),
                cause.why(),
                null,
                "released"));
      }
    }
  }
}
