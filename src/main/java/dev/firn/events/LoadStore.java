package dev.firn.events;

import dev.firn.catalog.CatalogQueries;
import dev.firn.model.LogicalName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Rows of `event_file` and `event_batch`.
final class LoadStore {
  private static final String BATCHES =
      """
      SELECT id, events_file, pulses_file, events, pulses, first_run, last_run, first_subrun,
        last_subrun, first_event, last_event FROM event_batch
      """;

  private LoadStore() {}

  /// Counts of a pass's files and rows.
  ///
  /// @param waiting those in hand counted
  record Totals(long waiting, long inHand, long done, long failed, long events, long pulses) {}

  /// A file that did not become columns, and why.
  record Failure(long file, String reason) {}

  /// One committed batch: data files by logical name and the events in them.
  record Batch(UUID id, String events, String pulses, Range range) {}

  /// Rows of a batch and where to look for an event; null where no event has a name.
  record Range(
      long events,
      long pulses,
      @Nullable Long firstRun,
      @Nullable Long lastRun,
      @Nullable Long firstSubrun,
      @Nullable Long lastSubrun,
      @Nullable Long firstEvent,
      @Nullable Long lastEvent) {}

  /// Files that a query finds; never the tables themselves, which lie in the area and are in the
  /// catalog too.
  ///
  /// @param above only files with greater ids
  /// @param tables directory of the tables
  static long add(
      Connection connection, int pass, CatalogQueries.Ids ids, long above, LogicalName tables)
      throws SQLException {
    String before =
        "INSERT INTO event_file(pass, file_id, run, state) SELECT "
            + pass
            + ", f.id, f.run, 'waiting' FROM (";
    String after =
        ") found(id) JOIN file f ON f.id = found.id JOIN dir d ON d.id = f.dir_id WHERE f.id > "
            + above
            + " AND NOT starts_with(d.path || '/', "
            + literal(connection, tables + "/")
            + ") ON CONFLICT DO NOTHING";
    try (PreparedStatement insert = ids.prepare(connection, before, after)) {
      return insert.executeLargeUpdate();
    }
  }

  private static String literal(Connection connection, String text) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      return statement.enquoteLiteral(text);
    }
  }

  static long add(Connection connection, int pass, Collection<Long> files) throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement(
            "INSERT INTO event_file(pass, file_id, run, state) SELECT ?, f.id, f.run, 'waiting'"
                + " FROM file f WHERE f.id = ANY(?) ON CONFLICT DO NOTHING")) {
      insert.setInt(1, pass);
      insert.setArray(2, connection.createArrayOf("bigint", files.toArray()));
      return insert.executeLargeUpdate();
    }
  }

  static long retry(Connection connection, int pass) throws SQLException {
    try (PreparedStatement update =
        connection.prepareStatement(
            "UPDATE event_file SET state = 'waiting', reason = NULL, changed = now()"
                + " WHERE pass = ? AND state = 'failed'")) {
      update.setInt(1, pass);
      return update.executeLargeUpdate();
    }
  }

  /// Takes the next files of one run that wait and that nobody is at.
  static List<Long> claim(Connection connection, int pass, String owner, Duration lease, int most)
      throws SQLException {
    try (PreparedStatement claim =
        connection.prepareStatement(
            """
            WITH first AS (
              SELECT run FROM event_file
              WHERE pass = ? AND state = 'waiting' AND (lease IS NULL OR lease < now())
              ORDER BY run, file_id LIMIT 1
            ), chosen AS (
              SELECT e.file_id FROM event_file e, first
              WHERE e.pass = ? AND e.state = 'waiting' AND (e.lease IS NULL OR e.lease < now())
                AND e.run IS NOT DISTINCT FROM first.run
              ORDER BY e.file_id LIMIT ? FOR UPDATE OF e SKIP LOCKED
            )
            UPDATE event_file t SET owner = ?, lease = now() + ? * interval '1 second'
            FROM chosen c WHERE t.pass = ? AND t.file_id = c.file_id RETURNING t.file_id
            """)) {
      claim.setInt(1, pass);
      claim.setInt(2, pass);
      claim.setInt(3, most);
      claim.setString(4, owner);
      claim.setLong(5, lease.toSeconds());
      claim.setInt(6, pass);
      List<Long> files = new ArrayList<>();
      try (ResultSet row = claim.executeQuery()) {
        while (row.next()) {
          files.add(row.getLong(1));
        }
      }
      files.sort(null);
      return files;
    }
  }

  static void release(Connection connection, int pass, Collection<Long> files) throws SQLException {
    try (PreparedStatement update =
        connection.prepareStatement(
            "UPDATE event_file SET owner = NULL, lease = NULL"
                + " WHERE pass = ? AND file_id = ANY(?) AND state = 'waiting'")) {
      update.setInt(1, pass);
      update.setArray(2, connection.createArrayOf("bigint", files.toArray()));
      update.executeUpdate();
    }
  }

  /// Lets others take what a process that is no more had claimed, and says how many files it was.
  static long releaseOf(Connection connection, String owner) throws SQLException {
    try (PreparedStatement update =
        connection.prepareStatement(
            "UPDATE event_file SET owner = NULL, lease = NULL WHERE owner = ?"
                + " AND state = 'waiting'")) {
      update.setString(1, owner);
      return update.executeLargeUpdate();
    }
  }

  static void fail(Connection connection, int pass, long file, String reason) throws SQLException {
    try (PreparedStatement update =
        connection.prepareStatement(
            "UPDATE event_file SET state = 'failed', reason = ?, owner = NULL, lease = NULL,"
                + " changed = now() WHERE pass = ? AND file_id = ? AND state = 'waiting'")) {
      update.setString(1, reason.replace("\0", "\\0"));
      update.setInt(2, pass);
      update.setLong(3, file);
      update.executeUpdate();
    }
  }

  static boolean committed(Connection connection, UUID batch) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement("SELECT 1 FROM event_batch WHERE id = ?")) {
      select.setObject(1, batch);
      try (ResultSet row = select.executeQuery()) {
        return row.next();
      }
    }
  }

  /// Those of `files` that are rows of a pass already.
  static List<Long> done(Connection connection, int pass, Collection<Long> files)
      throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT file_id FROM event_file WHERE pass = ? AND file_id = ANY(?)"
                + " AND state = 'done'")) {
      select.setInt(1, pass);
      select.setArray(2, connection.createArrayOf("bigint", files.toArray()));
      List<Long> found = new ArrayList<>();
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          found.add(row.getLong(1));
        }
      }
      return found;
    }
  }

  /// Records a batch and that its files are done by it.
  ///
  /// @return false when another batch has one of the files, or this one is there already
  static boolean commit(Connection connection, int pass, Batch batch, Map<Long, FileRows> files)
      throws SQLException {
    try (PreparedStatement insert =
            connection.prepareStatement(
                "INSERT INTO event_batch(id, pass, events_file, pulses_file, events, pulses,"
                    + " first_run, last_run, first_subrun, last_subrun, first_event, last_event)"
                    + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING");
        PreparedStatement done =
            connection.prepareStatement(
                "UPDATE event_file SET state = 'done', batch = ?, events = ?, pulses = ?,"
                    + " reason = NULL, owner = NULL, lease = NULL, changed = now()"
                    + " WHERE pass = ? AND file_id = ? AND state <> 'done'")) {
      Range range = batch.range();
      insert.setObject(1, batch.id());
      insert.setInt(2, pass);
      insert.setString(3, batch.events());
      insert.setString(4, batch.pulses());
      insert.setLong(5, range.events());
      insert.setLong(6, range.pulses());
      insert.setObject(7, range.firstRun());
      insert.setObject(8, range.lastRun());
      insert.setObject(9, range.firstSubrun());
      insert.setObject(10, range.lastSubrun());
      insert.setObject(11, range.firstEvent());
      insert.setObject(12, range.lastEvent());
      boolean all = insert.executeUpdate() == 1;
      for (Map.Entry<Long, FileRows> file : files.entrySet()) {
        done.setObject(1, batch.id());
        done.setLong(2, file.getValue().events());
        done.setLong(3, file.getValue().pulses());
        done.setInt(4, pass);
        done.setLong(5, file.getKey());
        all &= done.executeUpdate() == 1;
      }
      return all;
    }
  }

  /// Rows one file gave.
  record FileRows(long events, long pulses) {}

  static Totals totals(Connection connection, int pass) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            """
            SELECT count(*) FILTER (WHERE state = 'waiting'),
              count(*) FILTER (WHERE state = 'waiting' AND lease >= now()),
              count(*) FILTER (WHERE state = 'done'), count(*) FILTER (WHERE state = 'failed'),
              coalesce(sum(events), 0)::bigint, coalesce(sum(pulses), 0)::bigint
            FROM event_file WHERE pass = ?
            """)) {
      select.setInt(1, pass);
      try (ResultSet row = select.executeQuery()) {
        row.next();
        return new Totals(
            row.getLong(1),
            row.getLong(2),
            row.getLong(3),
            row.getLong(4),
            row.getLong(5),
            row.getLong(6));
      }
    }
  }

  static List<Failure> failures(Connection connection, int pass, int most) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT file_id, reason FROM event_file WHERE pass = ? AND state = 'failed'"
                + " ORDER BY changed DESC LIMIT ?")) {
      select.setInt(1, pass);
      select.setInt(2, most);
      List<Failure> found = new ArrayList<>();
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          found.add(new Failure(row.getLong(1), row.getString(2)));
        }
      }
      return found;
    }
  }

  /// Batches that may hold an event; with an event number below 0, those that hold some of the run;
  /// with a subrun below 0, whatever the subrun.
  static List<Batch> holding(Connection connection, int pass, long run, long subrun, long event)
      throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            BATCHES
                + """
                WHERE pass = ? AND first_run <= ? AND last_run >= ?
                  AND (? < 0 OR first_subrun IS NULL OR (first_subrun <= ? AND last_subrun >= ?))
                  AND (? < 0 OR (first_event <= ? AND last_event >= ?))
                ORDER BY first_subrun, first_event, id
                """)) {
      select.setInt(1, pass);
      for (int i = 0; i < 2; i++) {
        select.setLong(2 + i, run);
      }
      for (int i = 0; i < 3; i++) {
        select.setLong(4 + i, subrun);
        select.setLong(7 + i, event);
      }
      return batches(select);
    }
  }

  /// The batch that was committed last.
  static Optional<Batch> newest(Connection connection, int pass) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            BATCHES + "WHERE pass = ? AND events > 0 ORDER BY committed DESC LIMIT 1")) {
      select.setInt(1, pass);
      return batches(select).stream().findFirst();
    }
  }

  private static List<Batch> batches(PreparedStatement select) throws SQLException {
    List<Batch> found = new ArrayList<>();
    try (ResultSet row = select.executeQuery()) {
      while (row.next()) {
        Range range =
            new Range(
                row.getLong(4),
                row.getLong(5),
                row.getObject(6, Long.class),
                row.getObject(7, Long.class),
                row.getObject(8, Long.class),
                row.getObject(9, Long.class),
                row.getObject(10, Long.class),
                row.getObject(11, Long.class));
        found.add(
            new Batch(row.getObject(1, UUID.class), row.getString(2), row.getString(3), range));
      }
    }
    return found;
  }

  static long looked(Connection connection, int pass) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement("SELECT looked FROM event_pass WHERE id = ?")) {
      select.setInt(1, pass);
      try (ResultSet row = select.executeQuery()) {
        return row.next() ? row.getLong(1) : 0;
      }
    }
  }

  static void setLooked(Connection connection, int pass, String rule) throws SQLException {
    try (PreparedStatement update =
        connection.prepareStatement(
            "UPDATE event_pass SET looked = coalesce((SELECT max(id) FROM file), 0)"
                + " WHERE id = ? AND rule = ?")) {
      update.setInt(1, pass);
      update.setString(2, rule);
      update.executeUpdate();
    }
  }
}
