package dev.firn.ingest.index;

import dev.firn.database.Database;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/// The table `index_pass` of `V80__runs_and_indexing.sql`.
public final class IndexStore {
  private static final String COUNTS =
      "site, root, state, seen, seen_bytes, total, total_bytes, known, read, read_bytes, created,"
          + " same, conflicts, damaged, unclassified, passed";

  private final Database database;

  public IndexStore(Database database) {
    this.database = database;
  }

  /// A pass, and when its indexer was heard of last.
  public record Row(UUID id, String who, Instant started, Instant updated, IndexReport report) {}

  void put(UUID id, IndexReport report, String who) {
    database.inTransaction(c -> {
      try (PreparedStatement put =
          c.prepareStatement(
              "INSERT INTO index_pass(id, who, "
                  + COUNTS
                  + ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
                  + " ON CONFLICT (id) DO UPDATE SET ("
                  + COUNTS
                  + ", updated) = (excluded."
                  + COUNTS.replace(", ", ", excluded.")
                  + ", now())")) {
        put.setObject(1, id);
        put.setString(2, who);
        put.setString(3, report.site());
        put.setString(4, report.root());
        put.setString(5, report.state());
        put.setLong(6, report.seen());
        put.setLong(7, report.seenBytes());
        put.setObject(8, report.total(), Types.BIGINT);
        put.setObject(9, report.totalBytes(), Types.BIGINT);
        put.setLong(10, report.known());
        put.setLong(11, report.read());
        put.setLong(12, report.readBytes());
        put.setLong(13, report.created());
        put.setLong(14, report.same());
        put.setLong(15, report.conflicts());
        put.setLong(16, report.damaged());
        put.setLong(17, report.unclassified());
        put.setLong(18, report.passed());
        return put.executeUpdate();
      }
    });
  }

  /// The passes that reported last.
  public List<Row> latest(int limit) {
    return database.read(c -> {
      try (PreparedStatement select =
          c.prepareStatement(
              "SELECT id, who, started, updated, "
                  + COUNTS
                  + " FROM index_pass ORDER BY updated DESC LIMIT ?")) {
        select.setInt(1, limit);
        List<Row> rows = new ArrayList<>();
        try (ResultSet row = select.executeQuery()) {
          while (row.next()) {
            rows.add(
                new Row(
                    row.getObject(1, UUID.class),
                    row.getString(2),
                    row.getTimestamp(3).toInstant(),
                    row.getTimestamp(4).toInstant(),
                    report(row)));
          }
        }
        return rows;
      }
    });
  }

  private static IndexReport report(ResultSet row) throws SQLException {
    return new IndexReport(
        row.getString(5),
        row.getString(6),
        row.getString(7),
        row.getLong(8),
        row.getLong(9),
        row.getObject(10, Long.class),
        row.getObject(11, Long.class),
        row.getLong(12),
        row.getLong(13),
        row.getLong(14),
        row.getLong(15),
        row.getLong(16),
        row.getLong(17),
        row.getLong(18),
        row.getLong(19),
        row.getLong(20));
  }
}
