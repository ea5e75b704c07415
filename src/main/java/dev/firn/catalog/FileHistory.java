package dev.firn.catalog;

import dev.firn.database.History;
import dev.firn.database.HistoryRecord;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/// What happened to one file: its own entries and its copies', and the load it came with.
final class FileHistory {
  private FileHistory() {}

  /// Newest first, older than entry `before` (0: newest), at most `limit`.
  static List<HistoryRecord> of(Connection connection, long fileId, long before, int limit)
      throws SQLException {
    List<HistoryRecord> found =
        new ArrayList<>(
            History.of(
                connection,
                List.of(Catalog.FILE, Catalog.REPLICA),
                Long.toString(fileId),
                before,
                limit));
    if (found.size() < limit) { // the load comes before all else that happened to the file
      OptionalInt load = load(connection, fileId);
      if (load.isPresent()) {
        found.addAll(
            History.of(
                connection,
                List.of(Catalog.LOAD),
                Integer.toString(load.getAsInt()),
                before,
                limit - found.size()));
      }
    }
    return found;
  }

  private static OptionalInt load(Connection connection, long fileId) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement("SELECT load FROM file WHERE id = ? AND load IS NOT NULL")) {
      select.setLong(1, fileId);
      try (ResultSet row = select.executeQuery()) {
        return row.next() ? OptionalInt.of(row.getInt(1)) : OptionalInt.empty();
      }
    }
  }
}
