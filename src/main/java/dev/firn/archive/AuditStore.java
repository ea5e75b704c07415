package dev.firn.archive;

import dev.firn.database.Database;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/// Custody and the readings it rests on.
final class AuditStore {
  private AuditStore() {}

  /// One full reading of an archived copy.
  ///
  /// @param kind `custody`, `fixity` or `repair`
  /// @param verdict `agrees`, `differs`, `missing` or `unreadable`
  record Reading(
      Bundle bundle, Instant at, String kind, String verdict, long bytes, String detail) {}

  static void record(Connection connection, Reading reading) throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement(
            "INSERT INTO audit(bundle, site, at, kind, verdict, bytes, detail)"
                + " VALUES (?, ?, ?, ?, ?, ?, ?)")) {
      insert.setObject(1, reading.bundle.uuid());
      insert.setString(2, reading.bundle.site().value());
      insert.setTimestamp(3, Timestamp.from(reading.at));
      insert.setString(4, reading.kind);
      insert.setString(5, reading.verdict);
      insert.setLong(6, reading.bytes);
      insert.setString(7, reading.detail);
      insert.executeUpdate();
    }
  }

  /// Writes down that an archive has accepted a bundle, or was read again.
  static void accept(Connection connection, Bundle bundle, String how, Instant at)
      throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement(
            "INSERT INTO custody(bundle, site, accepted, how, last_read) VALUES (?, ?, ?, ?, ?)"
                + " ON CONFLICT (bundle) DO UPDATE SET last_read = excluded.last_read,"
                + " how = excluded.how, reads = custody.reads + 1")) {
      insert.setObject(1, bundle.uuid());
      insert.setString(2, bundle.site().value());
      insert.setTimestamp(3, Timestamp.from(at));
      insert.setString(4, how);
      insert.setTimestamp(5, Timestamp.from(at));
      insert.executeUpdate();
    }
  }

  /// A bundle in custody, as shown.
  record Custody(
      UUID bundle,
      String site,
      String name,
      String state,
      long files,
      long bytes,
      Instant accepted,
      Instant lastRead,
      long reads,
      String how) {}

  static List<Custody> custody(Database database, int limit) {
    return database.read(c -> {
      try (PreparedStatement select =
          c.prepareStatement(
              "SELECT b.uuid, b.site, b.name, b.state, b.file_count, b.size, c.accepted,"
                  + " c.last_read, c.reads, c.how FROM custody c JOIN bundle b"
                  + " ON b.uuid = c.bundle ORDER BY b.created DESC, b.uuid LIMIT ?")) {
        select.setInt(1, limit);
        List<Custody> all = new ArrayList<>();
        try (ResultSet row = select.executeQuery()) {
          while (row.next()) {
            all.add(
                new Custody(
                    row.getObject(1, UUID.class),
                    row.getString(2),
                    row.getString(3),
                    row.getString(4),
                    row.getLong(5),
                    row.getLong(6),
                    row.getTimestamp(7).toInstant(),
                    row.getTimestamp(8).toInstant(),
                    row.getLong(9),
                    row.getString(10)));
          }
        }
        return all;
      }
    });
  }
}
