package dev.firn.transfer.rule;

import dev.firn.catalog.Cause;
import dev.firn.database.History;
import dev.firn.database.HistoryEntry;
import dev.firn.model.SiteName;
import dev.firn.transfer.rule.CopyRequest.State;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/// Copies that are made only to be copied on, because two sites cannot talk.
final class StopsOnTheWay {
  private StopsOnTheWay() {}

  /// The file is at the stop: the request is open again, and the rules ask for the next step. The
  /// copy at the stop is released, but for one that was on record there before, or that this
  /// transfer makes for another request. A request that waits for another transfer to the stop does
  /// not keep it: were that let go, nobody would ever delete what lies there.
  ///
  /// @param transfers numbers of those that are done
  static void reached(Connection connection, Array transfers) throws SQLException {
    List<HistoryEntry> entries = new ArrayList<>();
    try (PreparedStatement update =
        connection.prepareStatement(
            """
            UPDATE copy_request r SET state = 'open', since = now(), transfer_id = NULL, via = NULL,
              why = 'the file is at ' || s.via || ' on its way'
            FROM (SELECT q.id, q.via, q.via_kept OR EXISTS (SELECT FROM copy_request o
                WHERE o.file_id = q.file_id AND o.site = q.via AND (o.state = 'done'
                  OR (o.state = 'assigned' AND o.transfer_id = q.transfer_id))) AS stays
              FROM copy_request q WHERE q.transfer_id = ANY(?)
                AND q.via IS NOT NULL AND q.state = 'assigned'
              FOR UPDATE) s
            WHERE r.id = s.id RETURNING r.id, r.file_id, r.site, s.via, s.stays
            """)) {
      update.setArray(1, transfers);
      try (ResultSet row = update.executeQuery()) {
        while (row.next()) {
          entries.add(
              new HistoryEntry(
                  CopyRequests.KIND,
                  Long.toString(row.getLong("id")),
                  "transfer",
                  "a stop on its way is reached",
                  State.ASSIGNED.label(),
                  State.OPEN.label()));
          if (!row.getBoolean("stays")) {
            ReleasedCopies.release(
                connection,
                row.getLong("file_id"),
                new SiteName(row.getString("via")),
                new Cause("rules", "it was a stop on the way to " + row.getString("site")));
          }
        }
      }
    }
    History.record(connection, entries);
  }
}
