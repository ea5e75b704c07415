package dev.firn.ingest.dropbox;

import dev.firn.database.Database;
import dev.firn.database.History;
import dev.firn.database.HistoryEntry;
import java.math.BigDecimal;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The table of `V81__drop_boxes.sql`.
final class DropBoxStore {
  private final Database database;

  DropBoxStore(Database database) {
    this.database = database;
  }

  /// A file that came in, or was refused.
  ///
  /// @param path below the box
  /// @param modified nanoseconds since 1970
  record Row(
      long id,
      String path,
      long size,
      long modified,
      String origin,
      @Nullable String name,
      @Nullable String sha512,
      String state,
      @Nullable String reason,
      Instant at) {}

  /// What became of this very file.
  Optional<String> state(String box, String path, long size, long modified, String origin) {
    return database.read(c -> {
      try (PreparedStatement select =
          c.prepareStatement(
              "SELECT state FROM dropbox_file WHERE box = ? AND md5(path) = md5(?) AND path = ?"
                  + " AND size = ? AND modified = ? AND md5(origin) = md5(?)")) {
        select.setString(1, box);
        select.setString(2, path);
        select.setString(3, path);
        select.setLong(4, size);
        select.setBigDecimal(5, BigDecimal.valueOf(modified));
        select.setString(6, origin);
        try (ResultSet row = select.executeQuery()) {
          return row.next() ? Optional.of(row.getString(1)) : Optional.empty();
        }
      }
    });
  }

  /// Writes what became of a file, and its history.
  void put(String box, Row file) {
    database.inTransaction(c -> {
      try (PreparedStatement insert =
          c.prepareStatement(
              "INSERT INTO dropbox_file(box, path, size, modified, origin, name, sha512, state,"
                  + " reason) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
                  + " ON CONFLICT (box, md5(path), size, modified, md5(origin)) DO UPDATE SET"
                  + " name = excluded.name, sha512 = excluded.sha512, state = excluded.state,"
                  + " reason = excluded.reason, at = now()")) {
        insert.setString(1, box);
        insert.setString(2, file.path);
        insert.setLong(3, file.size);
        insert.setBigDecimal(4, BigDecimal.valueOf(file.modified));
        insert.setString(5, file.origin);
        insert.setString(6, file.name);
        insert.setString(7, file.sha512);
        insert.setString(8, file.state);
        insert.setString(9, file.reason);
        insert.executeUpdate();
      }
      if (!file.state.equals("taken")) {
        String why = file.reason == null ? file.path : file.path + ": " + file.reason;
        History.record(c, new HistoryEntry("dropbox", box, box, why, null, file.state));
      }
      return true;
    });
  }

  /// A file goes from `taken` to another state.
  void settle(String box, Row file, String state, String why) {
    database.inTransaction(c -> {
      try (PreparedStatement update =
          c.prepareStatement(
              "UPDATE dropbox_file SET state = ?, reason = ?, at = now() WHERE id = ?"
                  + " AND state = 'taken'")) {
        update.setString(1, state);
        update.setString(2, why);
        update.setLong(3, file.id);
        if (update.executeUpdate() > 0) {
          History.record(
              c, new HistoryEntry("dropbox", box, box, file.path + ": " + why, "taken", state));
        }
      }
      return true;
    });
  }

  /// Files of a box in a state, above `after`, in the order they came.
  List<Row> in(String box, String state, long after, int limit) {
    return database.read(c -> {
      try (PreparedStatement select =
          c.prepareStatement(
              "SELECT id, path, size, modified, origin, name, sha512, state, reason, at"
                  + " FROM dropbox_file WHERE box = ? AND state = ? AND id > ?"
                  + " ORDER BY id LIMIT ?")) {
        select.setString(1, box);
        select.setString(2, state);
        select.setLong(3, after);
        select.setInt(4, limit);
        List<Row> rows = new ArrayList<>();
        try (ResultSet row = select.executeQuery()) {
          while (row.next()) {
            rows.add(row(row));
          }
        }
        return rows;
      }
    });
  }

  private static Row row(ResultSet row) throws SQLException {
    return new Row(
        row.getLong(1),
        row.getString(2),
        row.getLong(3),
        row.getBigDecimal(4).longValueExact(),
        row.getString(5),
        row.getString(6),
        row.getString(7),
        row.getString(8),
        row.getString(9),
        row.getTimestamp(10).toInstant());
  }

  /// How many files of a box are in which state.
  Map<String, Long> counts(String box) {
    return database.read(c -> {
      try (PreparedStatement select =
          c.prepareStatement(
              "SELECT state, count(*) FROM dropbox_file WHERE box = ? GROUP BY state")) {
        select.setString(1, box);
        Map<String, Long> counts = new TreeMap<>();
        try (ResultSet row = select.executeQuery()) {
          while (row.next()) {
            counts.put(row.getString(1), row.getLong(2));
          }
        }
        return counts;
      }
    });
  }
}
