package dev.firn.processing;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/// What giving units out reads and writes, for many workers in one statement each.
final class GrantStore {
  /// What the database's clock and the hub's may differ by.
  private static final Duration SLACK = Duration.ofMinutes(1);

  private GrantStore() {}

  /// One place for a unit.
  record Slot(UUID lease, String worker) {}

  /// Gives the next units that are ready to leases, one for each slot, in order. Each is a new
  /// attempt.
  static List<LeaseStore.Row> claim(Connection connection, Campaign campaign, List<Slot> slots)
      throws SQLException {
    try (PreparedStatement claim =
        connection.prepareStatement(
            """
            WITH chosen AS (
              SELECT id AS chosen, row_number() OVER (ORDER BY seq, first) AS n FROM (
                SELECT id, seq, first FROM campaign_unit
                WHERE campaign = ? AND state = 'ready' AND not_before <= now()
                ORDER BY seq, first LIMIT ? FOR UPDATE SKIP LOCKED) AS locked
            ), slots AS (
              SELECT * FROM unnest(?, ?) WITH ORDINALITY AS slot(holder, who, n)
            )
            UPDATE campaign_unit SET state = 'leased', attempt = attempt + 1, lease = holder,
              worker = who, expires = now() + ? * interval '1 second', changed = now()
            FROM chosen JOIN slots USING (n) WHERE id = chosen RETURNING %s
            """
                .formatted(LeaseStore.UNIT))) {
      claim.setInt(1, campaign.id());
      claim.setInt(2, slots.size());
      claim.setArray(
          3, connection.createArrayOf("uuid", slots.stream().map(Slot::lease).toArray()));
      claim.setArray(
          4, connection.createArrayOf("text", slots.stream().map(Slot::worker).toArray()));
      claim.setLong(5, campaign.lease().toSeconds());
      return LeaseStore.rows(claim);
    }
  }

  /// Puts units of one lease under another that the same worker holds.
  static void move(Connection connection, UUID from, UUID to, Collection<UUID> units)
      throws SQLException {
    try (PreparedStatement update =
        connection.prepareStatement(
            "UPDATE campaign_unit SET lease = ? WHERE lease = ? AND id = ANY(?)")) {
      update.setObject(1, to);
      update.setObject(2, from);
      update.setArray(3, connection.createArrayOf("uuid", units.toArray()));
      update.executeUpdate();
    }
  }

  /// Those of some leases whose token outlives what is given to them now.
  static Map<UUID, LeaseStore.Lease> lasting(
      Connection connection, Campaign campaign, Collection<UUID> leases) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT id, campaign, worker, prefix, files FROM campaign_lease WHERE id = ANY(?)"
                + " AND campaign = ? AND NOT swept AND tokens > now() + ? * interval '1 second'")) {
      select.setArray(1, connection.createArrayOf("uuid", leases.toArray()));
      select.setInt(2, campaign.id());
      select.setLong(3, campaign.lease().plus(SLACK).toSeconds());
      Map<UUID, LeaseStore.Lease> found = new HashMap<>();
      LeaseStore.leases(select).forEach(lease -> found.put(lease.id(), lease));
      return found;
    }
  }

  /// @param life of the token that is signed for each of them hereafter
  static void insert(Connection connection, List<LeaseStore.Lease> leases, Duration life)
      throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement(
            "INSERT INTO campaign_lease(id, campaign, worker, prefix, files, tokens)"
                + " VALUES (?, ?, ?, ?, ?, now() + ? * interval '1 second')")) {
      for (LeaseStore.Lease lease : leases) {
        insert.setObject(1, lease.id());
        insert.setInt(2, lease.campaign());
        insert.setString(3, lease.worker());
        insert.setString(4, lease.prefix());
        insert.setArray(5, connection.createArrayOf("bigint", lease.files().toArray()));
        insert.setLong(6, life.plus(SLACK).toSeconds());
        insert.addBatch();
      }
      insert.executeBatch();
    }
  }

  /// Those of some workers of whose attempts at least `most` failed since one succeeded.
  static Set<String> failing(
      Connection connection, Campaign campaign, Collection<String> workers, int most)
      throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT name FROM campaign_worker WHERE campaign = ? AND name = ANY(?)"
                + " AND in_a_row >= ?")) {
      select.setInt(1, campaign.id());
      select.setArray(2, connection.createArrayOf("text", workers.toArray()));
      select.setInt(3, most);
      Set<String> found = new HashSet<>();
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          found.add(row.getString(1));
        }
      }
      return found;
    }
  }
}
