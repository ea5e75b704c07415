package dev.firn.processing;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Rows of `campaign_unit`, `campaign_lease` and `campaign_worker`. The database's clock decides
/// what has expired.
final class LeaseStore {
  static final String UNIT =
      "id, campaign, seq, file_id, first, events, state, attempt, failed, lost, hindered, lease,"
          + " output, sha512, worker";

  private LeaseStore() {}

  /// A unit as the ledger has it.
  record Row(
      UUID id,
      int campaign,
      long seq,
      long file,
      long first,
      long events,
      String state,
      int attempt,
      int failed,
      int lost,
      int hindered,
      @Nullable UUID lease,
      @Nullable Long output,
      byte @Nullable [] sha512,
      @Nullable String worker) {
    Settling.Counts counts() {
      return new Settling.Counts(events, failed, lost, hindered);
    }
  }

  /// Locks units, in one order for all who do.
  static List<Row> lock(Connection connection, Collection<UUID> units) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT " + UNIT + " FROM campaign_unit WHERE id = ANY(?) ORDER BY id FOR UPDATE")) {
      select.setArray(1, connection.createArrayOf("uuid", units.toArray()));
      return rows(select);
    }
  }

  /// Locks units whose lease has ended and that nobody else is at.
  static List<Row> expired(Connection connection, int most) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT "
                + UNIT
                + " FROM campaign_unit WHERE state = 'leased' AND expires < now()"
                + " ORDER BY expires LIMIT ? FOR UPDATE SKIP LOCKED")) {
      select.setInt(1, most);
      return rows(select);
    }
  }

  static List<Row> rows(PreparedStatement statement) throws SQLException {
    List<Row> found = new ArrayList<>();
    try (ResultSet row = statement.executeQuery()) {
      while (row.next()) {
        found.add(
            new Row(
                row.getObject("id", UUID.class),
                row.getInt("campaign"),
                row.getLong("seq"),
                row.getLong("file_id"),
                row.getLong("first"),
                row.getLong("events"),
                row.getString("state"),
                row.getInt("attempt"),
                row.getInt("failed"),
                row.getInt("lost"),
                row.getInt("hindered"),
                row.getObject("lease", UUID.class),
                row.getObject("output", Long.class),
                row.getBytes("sha512"),
                row.getString("worker")));
      }
    }
    return found;
  }

  /// What a committed unit left.
  record Result(long output, byte[] sha512, byte[] names) {}

  static void done(Connection connection, UUID unit, Result result) throws SQLException {
    try (PreparedStatement update =
        connection.prepareStatement(
            "UPDATE campaign_unit SET state = 'done', output = ?, sha512 = ?, names = ?,"
                + " lease = NULL, expires = NULL, class = NULL, reason = NULL, changed = now()"
                + " WHERE id = ?")) {
      update.setLong(1, result.output());
      update.setBytes(2, result.sha512());
      update.setBytes(3, result.names());
      update.setObject(4, unit);
      update.executeUpdate();
    }
  }

  /// Puts units back that were never begun: as if they had not been given out.
  static int giveBack(Connection connection, UUID lease, Collection<UUID> units)
      throws SQLException {
    try (PreparedStatement update =
        connection.prepareStatement(
            "UPDATE campaign_unit SET state = 'ready', lease = NULL, expires = NULL, worker = NULL,"
                + " changed = now() WHERE lease = ? AND state = 'leased' AND id = ANY(?)")) {
      update.setObject(1, lease);
      update.setArray(2, connection.createArrayOf("uuid", units.toArray()));
      return update.executeUpdate();
    }
  }

  /// Ends an attempt that failed: what comes next, and why.
  static void settle(
      Connection connection, Row unit, Settling.Fault fault, Settling.Next next, String reason)
      throws SQLException {
    String state =
        switch (next) {
          case Settling.Next.Again again -> "ready";
          case Settling.Next.Halve halve -> "split";
          case Settling.Next.GiveUp giveUp -> "quarantined";
        };
    Duration pause = next instanceof Settling.Next.Again again ? again.pause() : Duration.ZERO;
    boolean byContent = fault == Settling.Fault.EVENT || fault == Settling.Fault.INPUT;
    try (PreparedStatement update =
        connection.prepareStatement(
            "UPDATE campaign_unit SET state = ?, not_before = now() + ? * interval '1 second',"
                + " failed = failed + ?, lost = lost + ?, hindered = hindered + ?, class = ?,"
                + " reason = ?, lease = NULL, expires = NULL, output = NULL, sha512 = NULL,"
                + " names = NULL, compared = false, changed = now() WHERE id = ?")) {
      update.setString(1, state);
      update.setLong(2, pause.toSeconds());
      update.setInt(3, byContent ? 1 : 0);
      update.setInt(4, fault == Settling.Fault.LOST ? 1 : 0);
      update.setInt(5, fault == Settling.Fault.AROUND ? 1 : 0);
      update.setString(6, fault.label());
      update.setString(7, reason.replace("\0", "\\0"));
      update.setObject(8, unit.id());
      update.executeUpdate();
    }
    if (next instanceof Settling.Next.Halve halve) {
      addHalf(connection, unit, unit.first(), halve.first());
      addHalf(connection, unit, unit.first() + halve.first(), unit.events() - halve.first());
    }
  }

  private static void addHalf(Connection connection, Row unit, long first, long events)
      throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement(
            "INSERT INTO campaign_unit(id, campaign, seq, file_id, first, events, state, parent)"
                + " VALUES (?, ?, ?, ?, ?, ?, 'ready', ?)")) {
      insert.setObject(1, Units.half(unit.id(), first));
      insert.setInt(2, unit.campaign());
      insert.setLong(3, unit.seq());
      insert.setLong(4, unit.file());
      insert.setLong(5, first);
      insert.setLong(6, events);
      insert.setObject(7, unit.id());
      insert.executeUpdate();
    }
  }

  /// A lease as the record has it.
  record Lease(UUID id, int campaign, String worker, String prefix, List<Long> files) {}

  static Optional<Lease> find(Connection connection, UUID lease) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT id, campaign, worker, prefix, files FROM campaign_lease WHERE id = ?")) {
      select.setObject(1, lease);
      return leases(select).stream().findFirst();
    }
  }

  static List<Lease> leases(PreparedStatement select) throws SQLException {
    List<Lease> found = new ArrayList<>();
    try (ResultSet row = select.executeQuery()) {
      while (row.next()) {
        found.add(
            new Lease(
                row.getObject(1, UUID.class),
                row.getInt(2),
                row.getString(3),
                row.getString(4),
                List.of((Long[]) row.getArray(5).getArray())));
      }
    }
    return found;
  }

  /// Renews a lease: how many units it still holds.
  static int renew(Connection connection, UUID lease, Duration life, Instant tokens)
      throws SQLException {
    try (PreparedStatement heard =
            connection.prepareStatement(
                "UPDATE campaign_lease SET heard = now(), tokens = greatest(tokens, ?)"
                    + " WHERE id = ?");
        PreparedStatement units =
            connection.prepareStatement(
                "UPDATE campaign_unit SET expires = now() + ? * interval '1 second'"
                    + " WHERE lease = ? AND state = 'leased'")) {
      heard.setObject(1, tokens.atOffset(ZoneOffset.UTC));
      heard.setObject(2, lease);
      heard.executeUpdate();
      units.setLong(1, life.toSeconds());
      units.setObject(2, lease);
      return units.executeUpdate();
    }
  }

  /// Leases whose last token has ended, that hold nothing and whose directory was not swept.
  static List<Lease> toSweep(Connection connection, int most) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT id, campaign, worker, prefix, files FROM campaign_lease l WHERE NOT swept"
                + " AND tokens < now() AND NOT EXISTS (SELECT FROM campaign_unit u"
                + " WHERE u.lease = l.id) ORDER BY tokens LIMIT ?")) {
      select.setInt(1, most);
      return leases(select);
    }
  }

  static void swept(Connection connection, UUID lease) throws SQLException {
    try (PreparedStatement update =
        connection.prepareStatement("UPDATE campaign_lease SET swept = true WHERE id = ?")) {
      update.setObject(1, lease);
      update.executeUpdate();
    }
  }

  /// Has a lease's directory, which is named by its id, swept once more: this file in it is no
  /// unit's result now.
  static void sweepAgain(Connection connection, long file) throws SQLException {
    try (PreparedStatement update =
        connection.prepareStatement(
            "UPDATE campaign_lease SET swept = false WHERE id = (SELECT right(d.path, 36)::uuid"
                + " FROM file f JOIN dir d ON d.id = f.dir_id WHERE f.id = ?)")) {
      update.setLong(1, file);
      update.executeUpdate();
    }
  }

  /// Whether a file is the result of a unit.
  static boolean isOutput(Connection connection, long file) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement("SELECT 1 FROM campaign_unit WHERE output = ?")) {
      select.setLong(1, file);
      try (ResultSet row = select.executeQuery()) {
        return row.next();
      }
    }
  }

  /// Counts how a worker's attempts ended.
  static void count(Connection connection, int campaign, String worker, int done, int failed)
      throws SQLException {
    try (PreparedStatement upsert =
        connection.prepareStatement(
            "INSERT INTO campaign_worker AS w (campaign, name, done, failed, in_a_row)"
                + " VALUES (?, ?, ?, ?, ?) ON CONFLICT (campaign, name) DO UPDATE SET"
                + " done = w.done + excluded.done, failed = w.failed + excluded.failed,"
                + " in_a_row = CASE WHEN excluded.done > 0 THEN 0"
                + " ELSE w.in_a_row + excluded.failed END, heard = now()")) {
      upsert.setInt(1, campaign);
      upsert.setString(2, worker);
      upsert.setInt(3, done);
      upsert.setInt(4, failed);
      upsert.setInt(5, failed);
      upsert.executeUpdate();
    }
  }
}
