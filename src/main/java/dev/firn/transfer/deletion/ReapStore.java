package dev.firn.transfer.deletion;

import dev.firn.model.LogicalName;
import dev.firn.model.SiteName;
import dev.firn.transfer.queue.Rows;
import dev.firn.transfer.site.Place;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Policies, released copies and tombstones in the database.
final class ReapStore {
  private static final long LOCK = 0x6669726e72656170L;

  private ReapStore() {}

  /// Whether this transaction may decide on deletions; one at a time does, so that no two take the
  /// last two copies of a file at two sites.
  static boolean lock(Connection connection) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement("SELECT pg_try_advisory_xact_lock(?)")) {
      select.setLong(1, LOCK);
      try (ResultSet row = select.executeQuery()) {
        row.next();
        return row.getBoolean(1);
      }
    }
  }

  /// Waits until no other transaction decides on deletions, and is the one that does.
  static void await(Connection connection) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement("SELECT pg_advisory_xact_lock(?)")) {
      select.setLong(1, LOCK);
      select.executeQuery().close();
    }
  }

  static Instant now(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT now()")) {
      row.next();
      return Rows.loadInstant(row, "now");
    }
  }

  static ReapPolicy policy(Connection connection, SiteName site) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT enabled, grace_s, copies, capacity, high, low, most_files, most_bytes"
                + " FROM reap_policy WHERE site = ?")) {
      select.setString(1, site.value());
      try (ResultSet row = select.executeQuery()) {
        return row.next()
            ? new ReapPolicy(
                row.getBoolean("enabled"),
                Duration.ofSeconds(row.getLong("grace_s")),
                row.getInt("copies"),
                row.getLong("capacity"),
                row.getDouble("high"),
                row.getDouble("low"),
                row.getLong("most_files"),
                row.getLong("most_bytes"))
            : ReapPolicy.USUAL;
      }
    }
  }

  static void set(Connection connection, SiteName site, ReapPolicy policy, String who)
      throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement(
            """
            INSERT INTO reap_policy (site, enabled, grace_s, copies, capacity, high, low, most_files,
              most_bytes, set_by)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (site) DO UPDATE SET enabled = EXCLUDED.enabled, grace_s = EXCLUDED.grace_s,
              copies = EXCLUDED.copies, capacity = EXCLUDED.capacity, high = EXCLUDED.high,
              low = EXCLUDED.low, most_files = EXCLUDED.most_files,
              most_bytes = EXCLUDED.most_bytes, set_by = EXCLUDED.set_by, set_at = now()
            """)) {
      insert.setString(1, site.value());
      insert.setBoolean(2, policy.enabled());
      insert.setLong(3, policy.grace().toSeconds());
      insert.setInt(4, policy.copies());
      insert.setLong(5, policy.capacity());
      insert.setDouble(6, policy.high());
      insert.setDouble(7, policy.low());
      insert.setLong(8, policy.mostFiles());
      insert.setLong(9, policy.mostBytes());
      insert.setString(10, who);
      insert.executeUpdate();
    }
  }

  /// Files and bytes.
  record Amount(long files, long bytes) {}

  /// What was decided to go from a site in the last 24 hours.
  static Amount spent(Connection connection, SiteName site) throws SQLException {
    return amount(
        connection,
        "SELECT count(*), coalesce(sum(size), 0) FROM deletion WHERE site = ?"
            + " AND began > now() - interval '24 hours'",
        site);
  }

  /// What is decided and not gone yet.
  static Amount pending(Connection connection, SiteName site) throws SQLException {
    return amount(
        connection,
        "SELECT count(*), coalesce(sum(size), 0) FROM deletion WHERE site = ?"
            + " AND state = 'deleting'",
        site);
  }

  /// Copies that nobody asks for, whether or not they may go yet.
  static Amount released(Connection connection, SiteName site) throws SQLException {
    return amount(
        connection,
        "SELECT count(*), coalesce(sum(f.size), 0) FROM released_copy r JOIN file f"
            + " ON f.id = r.file_id WHERE r.site = ?",
        site);
  }

  private static Amount amount(Connection connection, String sql, SiteName site)
      throws SQLException {
    try (PreparedStatement select = connection.prepareStatement(sql)) {
      select.setString(1, site.value());
      try (ResultSet row = select.executeQuery()) {
        row.next();
        return new Amount(row.getLong(1), row.getLong(2));
      }
    }
  }

  /// A copy that nobody asks for since a time.
  record Released(long fileId, Instant since, String why) {
    /// Before all others.
    static final Released FIRST = new Released(0, Instant.EPOCH, "");
  }

  /// Released copies after `last` in the order of their release, at most `limit`.
  static List<Released> released(Connection connection, SiteName site, Released last, int limit)
      throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT file_id, released, why FROM released_copy WHERE site = ?"
                + " AND (released, file_id) > (?, ?) ORDER BY released, file_id LIMIT ?")) {
      select.setString(1, site.value());
      select.setObject(2, last.since().atOffset(ZoneOffset.UTC));
      select.setLong(3, last.fileId());
      select.setInt(4, limit);
      List<Released> released = new ArrayList<>();
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          released.add(
              new Released(
                  row.getLong("file_id"), Rows.loadInstant(row, "released"), row.getString("why")));
        }
      }
      return released;
    }
  }

  /// Those of these files of which a transfer that has not ended reads or writes the copy here, or
  /// writes the version that has replaced it.
  static Set<Long> inUse(Connection connection, SiteName site, Collection<Long> files)
      throws SQLException {
    Set<Long> used = moving(connection, site, files);
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT f.id FROM file f JOIN file n ON n.dir_id = f.dir_id AND n.name = f.name"
                + " AND n.state = 1 JOIN transfer t ON t.subject_kind = 'file'"
                + " AND t.subject_id = n.id::text AND t.state IN ('queued', 'active', 'unknown')"
                + " AND t.destination = ? WHERE f.id = ANY(?) AND f.state = 2")) {
      select.setString(1, site.value());
      select.setArray(2, connection.createArrayOf("bigint", files.toArray()));
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          used.add(row.getLong(1));
        }
      }
    }
    return used;
  }

  /// Those of these files of which a transfer that has not ended reads or writes the copy here.
  static Set<Long> moving(Connection connection, SiteName site, Collection<Long> files)
      throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT subject_id FROM transfer WHERE subject_kind = 'file' AND subject_id = ANY(?)"
                + " AND state IN ('queued', 'active', 'unknown') AND ? IN (source, destination)")) {
      select.setArray(
          1, connection.createArrayOf("text", files.stream().map(String::valueOf).toArray()));
      select.setString(2, site.value());
      Set<Long> used = new HashSet<>();
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          used.add(Long.parseLong(row.getString(1)));
        }
      }
      return used;
    }
  }

  /// A copy is no longer among those released: it goes, or is gone already.
  static void forget(Connection connection, SiteName site, long fileId) throws SQLException {
    try (PreparedStatement delete =
        connection.prepareStatement("DELETE FROM released_copy WHERE site = ? AND file_id = ?")) {
      delete.setString(1, site.value());
      delete.setLong(2, fileId);
      delete.executeUpdate();
    }
  }

  /// Writes a tombstone.
  static void mark(Connection connection, long fileId, Place place, long size, String why)
      throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement(
            "INSERT INTO deletion (file_id, site, path, size, why) VALUES (?, ?, ?, ?, ?)")) {
      insert.setLong(1, fileId);
      insert.setString(2, place.site().value());
      insert.setString(3, place.path().toString());
      insert.setLong(4, size);
      insert.setString(5, why);
      insert.executeUpdate();
    }
  }

  /// A deletion to be carried out now.
  ///
  /// @param attempts the number of this turn: who has an older one has lost it
  /// @param asked when the site was last asked to remove the bytes; empty when it never was
  record Due(long id, long fileId, Place place, int attempts, Optional<Instant> asked) {}

  /// Takes deletions that are due, where deleting is not switched off; nobody else does for so
  /// long.
  static List<Due> claim(Connection connection, int limit, Duration patience) throws SQLException {
    try (PreparedStatement update =
        connection.prepareStatement(
            """
            UPDATE deletion SET attempts = attempts + 1,
              not_before = now() + ? * interval '1 millisecond'
            WHERE id IN (SELECT id FROM deletion d WHERE state = 'deleting' AND not_before <= now()
                AND NOT EXISTS (SELECT FROM reap_policy p WHERE p.site = d.site AND NOT p.enabled)
              ORDER BY not_before, id LIMIT ? FOR UPDATE SKIP LOCKED)
            RETURNING id, file_id, site, path, attempts, asked
            """)) {
      update.setLong(1, patience.toMillis());
      update.setInt(2, limit);
      List<Due> due = new ArrayList<>();
      try (ResultSet row = update.executeQuery()) {
        while (row.next()) {
          due.add(
              new Due(
                  row.getLong("id"),
                  row.getLong("file_id"),
                  new Place(
                      new SiteName(row.getString("site")),
                      LogicalName.parse(row.getString("path"))),
                  row.getInt("attempts"),
                  Optional.ofNullable(Rows.instant(row, "asked"))));
        }
      }
      return due;
    }
  }

  /// Whether a rule asks for a copy anew where the old one is being deleted.
  static boolean isAwaited(Connection connection, long fileId, SiteName site) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT EXISTS (SELECT FROM copy_request WHERE file_id = ? AND site = ?"
                + " AND state <> 'cancelled')")) {
      select.setLong(1, fileId);
      select.setString(2, site.value());
      try (ResultSet row = select.executeQuery()) {
        row.next();
        return row.getBoolean(1);
      }
    }
  }

  /// The site is about to be asked to remove it.
  ///
  /// @return false when its turn is over
  static boolean ask(Connection connection, Due due) throws SQLException {
    return inTurn(connection, due, "asked = now()");
  }

  /// It is not deleted after all.
  ///
  /// @return false when its turn is over
  static boolean keep(Connection connection, Due due) throws SQLException {
    return inTurn(connection, due, "state = 'kept', ended = now(), trouble = ''");
  }

  private static boolean inTurn(Connection connection, Due due, String change) throws SQLException {
    try (PreparedStatement update =
        connection.prepareStatement(
            "UPDATE deletion SET "
                + change
                + " WHERE id = ? AND attempts = ? AND state = 'deleting'")) {
      update.setLong(1, due.id());
      update.setInt(2, due.attempts());
      return update.executeUpdate() > 0;
    }
  }

  /// @return false when it had ended already
  static boolean gone(Connection connection, long id) throws SQLException {
    try (PreparedStatement update =
        connection.prepareStatement(
            "UPDATE deletion SET state = 'gone', ended = now(), trouble = '' WHERE id = ?"
                + " AND state = 'deleting'")) {
      update.setLong(1, id);
      return update.executeUpdate() > 0;
    }
  }

  static void postpone(Connection connection, long id, Duration delay, String trouble)
      throws SQLException {
    try (PreparedStatement update =
        connection.prepareStatement(
            "UPDATE deletion SET not_before = now() + ? * interval '1 millisecond', trouble = ?"
                + " WHERE id = ?")) {
      update.setLong(1, delay.toMillis());
      update.setString(2, trouble);
      update.setLong(3, id);
      update.executeUpdate();
    }
  }

  /// What keeps the oldest deletion of a site from being done; empty when nothing does.
  static String trouble(Connection connection, SiteName site) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT trouble FROM deletion WHERE site = ? AND state = 'deleting' AND trouble <> ''"
                + " ORDER BY began LIMIT 1")) {
      select.setString(1, site.value());
      try (ResultSet row = select.executeQuery()) {
        return row.next() ? row.getString(1) : "";
      }
    }
  }
}
