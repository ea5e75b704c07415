package dev.firn.transfer.queue;

import dev.firn.database.Columns;
import dev.firn.database.History;
import dev.firn.database.HistoryEntry;
import dev.firn.model.TransferState;
import dev.firn.transfer.queue.TransferBook.Settled;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// The life of transfers in the database: queued, claimed under a lease, held, settled.
///
/// All times are the database's, so that processes with different clocks agree on leases. A claim
/// is settled only by its own number: one that was lost changes nothing.
public final class TransferStore {
  public static final String KIND = "transfer";

  private final ReplicaBook replicas;
  private final Set<String> known = ConcurrentHashMap.newKeySet();

  public TransferStore(ReplicaBook replicas) {
    this.replicas = replicas;
  }

  ReplicaBook replicas() {
    return replicas;
  }

  /// Queues a copy, or finds the one of the same subject to the same place that has not ended.
  public long queue(Connection connection, TransferRequest request, String who, String why)
      throws SQLException {
    List<HistoryEntry> news = new ArrayList<>();
    long id = queue(connection, List.of(new Wanted(request, why)), who, news).getFirst();
    History.record(connection, news);
    return id;
  }

  /// The same for many, in one statement.
  ///
  /// @param news takes their history, which the caller writes down
  /// @return the number of each
  public List<Long> queue(
      Connection connection, List<Wanted> all, String who, List<HistoryEntry> news)
      throws SQLException {
    Map<List<String>, Wanted> once = new LinkedHashMap<>();
    for (Wanted one : all) {
      know(connection, one.request().activity());
      once.merge(one.key(), one, Wanted::moreUrgent);
    }
    Map<List<String>, Long> ids = new HashMap<>();
    try (PreparedStatement insert =
        connection.prepareStatement(
            """
            INSERT INTO transfer (subject_kind, subject_id, source, source_path, destination,
              destination_path, size, checksums, priority, overwrite, activity, why)
            SELECT * FROM unnest(?::text[], ?::text[], ?::text[], ?::text[], ?::text[], ?::text[],
              ?::bigint[], ?::text[], ?::smallint[], ?::boolean[], ?::text[], ?::text[])
            ON CONFLICT (subject_kind, subject_id, destination, destination_path)
              WHERE state IN ('queued', 'active', 'unknown')
            DO UPDATE SET priority = GREATEST(transfer.priority, EXCLUDED.priority)
            RETURNING id, xmax = 0 AS fresh, subject_kind, subject_id, destination,
              destination_path, why
            """)) {
      new Columns<>(insert, once.values())
          .add("text", w -> w.request().subject().kind())
          .add("text", w -> w.request().subject().id())
          .add("text", w -> w.request().from().site().value())
          .add("text", w -> w.request().from().path().toString())
          .add("text", w -> w.request().to().site().value())
          .add("text", w -> w.request().to().path().toString())
          .add("bigint", w -> w.request().size())
          .add("text", w -> Rows.text(w.request().checksums()))
          .add("smallint", w -> w.request().priority())
          .add("boolean", w -> w.request().overwrite())
          .add("text", w -> w.request().activity())
          .add("text", Wanted::why);
      try (ResultSet row = insert.executeQuery()) {
        while (row.next()) {
          long id = row.getLong("id");
          ids.put(
              List.of(
                  row.getString("subject_kind"),
                  row.getString("subject_id"),
                  row.getString("destination"),
                  row.getString("destination_path")),
              id);
          if (row.getBoolean("fresh")) {
            news.add(entry(id, who, row.getString("why"), null, TransferState.QUEUED));
          }
        }
      }
    }
    return all.stream().map(one -> Objects.requireNonNull(ids.get(one.key()))).toList();
  }

  /// The scheduler looks for candidates by the activities there are.
  private void know(Connection connection, String activity) throws SQLException {
    if (known.contains(activity)) {
      return;
    }
    boolean there;
    try (PreparedStatement select =
        connection.prepareStatement("SELECT FROM transfer_activity WHERE name = ?")) {
      select.setString(1, activity);
      try (ResultSet row = select.executeQuery()) {
        there = row.next();
      }
    }
    if (there) {
      known.add(activity); // committed by another transaction: it stays
      return;
    }
    try (PreparedStatement insert =
        connection.prepareStatement(
            "INSERT INTO transfer_activity VALUES (?) ON CONFLICT DO NOTHING")) {
      insert.setString(1, activity);
      insert.executeUpdate();
    }
  }

  public static HistoryEntry entry(
      long id, String who, String why, @Nullable TransferState from, TransferState to) {
    return new HistoryEntry(
        KIND, Long.toString(id), who, why, from == null ? null : from.label(), to.label());
  }

  public static Optional<Transfer> find(Connection connection, long id) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement("SELECT " + Rows.COLUMNS + " FROM transfer WHERE id = ?")) {
      select.setLong(1, id);
      try (ResultSet row = select.executeQuery()) {
        return row.next() ? Optional.of(Rows.transfer(row)) : Optional.empty();
      }
    }
  }

  /// The newest transfers below number `before` (0 for the newest of all), at most `limit`.
  ///
  /// @param state null for any
  public static List<Transfer> list(
      Connection connection, @Nullable TransferState state, long before, int limit)
      throws SQLException {
    String where = state == null ? "" : "state = ? AND ";
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT "
                + Rows.COLUMNS
                + " FROM transfer WHERE "
                + where
                + "id < ? ORDER BY id DESC LIMIT ?")) {
      int i = 0;
      if (state != null) {
        select.setString(++i, state.label());
      }
      select.setLong(++i, before == 0 ? Long.MAX_VALUE : before);
      select.setInt(++i, limit);
      try (ResultSet rows = select.executeQuery()) {
        return Rows.transfers(rows);
      }
    }
  }

  /// Turns claims whose lease ended into unknown outcomes, to be looked at.
  ///
  /// @return how many there were
  public int expire(Connection connection) throws SQLException {
    List<HistoryEntry> entries = new ArrayList<>();
    try (PreparedStatement update =
            connection.prepareStatement(
                """
                WITH lost AS (
                  SELECT id, lease_owner FROM transfer WHERE state = 'active' AND lease_until < now()
                  FOR UPDATE SKIP LOCKED),
                logged AS (
                  INSERT INTO transfer_attempt
                    (transfer_id, action, owner, started, outcome, failure_class, reason, bytes)
                  SELECT t.id, 'copy', lost.lease_owner, COALESCE(t.started, t.queued), 'unknown',
                    'unheard', 'the process that held it stopped', t.bytes_done
                  FROM transfer t JOIN lost USING (id))
                UPDATE transfer t SET state = 'unknown', lease_owner = NULL, lease_until = NULL,
                  claim = claim + 1, not_before = now(), touched = true, bytes_per_second = 0,
                  failure_class = 'unheard',
                  failure_reason = 'the process that held it (' || lost.lease_owner || ') stopped'
                FROM lost WHERE t.id = lost.id RETURNING t.id, t.failure_reason
                """);
        ResultSet row = update.executeQuery()) {
      while (row.next()) {
        entries.add(
            entry(
                row.getLong(1),
                "transfer",
                row.getString(2),
                TransferState.ACTIVE,
                TransferState.UNKNOWN));
      }
    }
    History.record(connection, entries);
    return entries.size();
  }

  /// Claims unknown outcomes that are due, for looking.
  public List<Claim> claimUnknown(Connection connection, String owner, Duration lease, int limit)
      throws SQLException {
    try (PreparedStatement update =
        connection.prepareStatement(
            """
            UPDATE transfer SET lease_owner = ?, lease_until = now() + ? * interval '1 millisecond',
              claim = claim + 1, started = now(), heard = now()
            WHERE id IN (
              SELECT id FROM transfer WHERE state = 'unknown' AND not_before <= now()
                AND (lease_owner IS NULL OR lease_until < now())
                AND destination NOT IN
                  (SELECT site FROM transfer_site_pause WHERE retry_at > now())
              ORDER BY not_before LIMIT ? FOR UPDATE SKIP LOCKED)
            RETURNING %s
            """
                .formatted(Rows.COLUMNS))) {
      update.setString(1, owner);
      update.setLong(2, lease.toMillis());
      update.setInt(3, limit);
      return claims(update, owner, true);
    }
  }

  /// Claims those of `ids` that are still queued.
  public List<Claim> claimQueued(
      Connection connection, String owner, Duration lease, List<Long> ids) throws SQLException {
    try (PreparedStatement update =
        connection.prepareStatement(
            """
            UPDATE transfer SET state = 'active', lease_owner = ?,
              lease_until = now() + ? * interval '1 millisecond', claim = claim + 1,
              attempts = attempts + 1, started = now(), heard = now(), bytes_done = 0,
              bytes_per_second = 0
            WHERE id IN (SELECT id FROM transfer WHERE id = ANY(?) AND state = 'queued'
              FOR UPDATE SKIP LOCKED)
            RETURNING %s
            """
                .formatted(Rows.COLUMNS))) {
      update.setString(1, owner);
      update.setLong(2, lease.toMillis());
      update.setArray(3, connection.createArrayOf("bigint", ids.toArray()));
      List<Claim> claims = claims(update, owner, false);
      List<HistoryEntry> entries = new ArrayList<>();
      for (Claim claim : claims) {
        String why = "attempt " + claim.transfer().attempts();
        entries.add(entry(claim.id(), owner, why, TransferState.QUEUED, TransferState.ACTIVE));
      }
      History.record(connection, entries);
      replicas.copying(connection, claims.stream().map(Claim::transfer).toList());
      return claims;
    }
  }

  private static List<Claim> claims(PreparedStatement update, String owner, boolean look)
      throws SQLException {
    List<Claim> claims = new ArrayList<>();
    try (ResultSet row = update.executeQuery()) {
      while (row.next()) {
        claims.add(
            new Claim(
                Rows.transfer(row), row.getLong("claim"), owner, look, row.getBoolean("touched")));
      }
    }
    return claims;
  }

  /// What the holders of claims have heard since.
  public record Heard(long id, long claim, long bytes, long bytesPerSecond) {}

  /// Extends leases and writes progress down.
  ///
  /// @return the ids of those that are lost
  public List<Long> extend(Connection connection, Duration lease, List<Heard> held)
      throws SQLException {
    Map<Long, Long> kept = new HashMap<>();
    try (PreparedStatement update =
        connection.prepareStatement(
            """
            WITH h AS (
              SELECT * FROM unnest(?::bigint[], ?::bigint[], ?::bigint[], ?::bigint[])
                AS h(id, claim, bytes, rate)),
            held AS ( -- in the order in which those are locked that are settled
              SELECT id FROM transfer WHERE id IN (SELECT id FROM h) ORDER BY id FOR UPDATE)
            UPDATE transfer t SET lease_until = now() + ? * interval '1 millisecond',
              heard = CASE WHEN bytes_done < h.bytes THEN now() ELSE heard END,
              bytes_done = GREATEST(bytes_done, h.bytes), bytes_per_second = h.rate
            FROM h JOIN held USING (id)
            WHERE t.id = h.id AND t.claim = h.claim AND lease_owner IS NOT NULL
            RETURNING t.id, t.claim
            """)) {
      new Columns<>(update, held)
          .add("bigint", Heard::id)
          .add("bigint", Heard::claim)
          .add("bigint", Heard::bytes)
          .add("bigint", Heard::bytesPerSecond);
      update.setLong(5, lease.toMillis());
      try (ResultSet row = update.executeQuery()) {
        while (row.next()) {
          kept.put(row.getLong("id"), row.getLong("claim"));
        }
      }
    }
    return held.stream()
        .filter(one -> !Long.valueOf(one.claim()).equals(kept.get(one.id())))
        .map(Heard::id)
        .toList();
  }

  /// Ends claims, with their history and the copies' states, but for those that are lost.
  ///
  /// @return for each whether it counted
  public List<Boolean> settle(Connection connection, List<Settled> all) throws SQLException {
    return new Settling(connection, replicas).settle(all);
  }

  /// A transfer ended without a copy.
  public void ended(Connection connection, Transfer transfer, TransferState to, String why)
      throws SQLException {
    replicas.gone(connection, transfer, why);
    replicas.followed(connection, Map.of(transfer.id(), why), to);
  }

  /// Takes a transfer back that has not been started or waits for another attempt.
  ///
  /// @return whether it was queued and is cancelled now
  public boolean cancel(Connection connection, long id, String who, String why)
      throws SQLException {
    try (PreparedStatement update =
        connection.prepareStatement(
            "UPDATE transfer SET state = 'cancelled', finished = now(), claim = claim + 1"
                + " WHERE id = ? AND state = 'queued'")) {
      update.setLong(1, id);
      if (update.executeUpdate() == 0) {
        return false;
      }
    }
    History.record(connection, entry(id, who, why, TransferState.QUEUED, TransferState.CANCELLED));
    ended(connection, find(connection, id).orElseThrow(), TransferState.CANCELLED, why);
    return true;
  }

  /// A transfer that had failed is queued again.
  public void revived(Connection connection, long id, String why) throws SQLException {
    replicas.followed(connection, Map.of(id, why), TransferState.QUEUED);
  }
}
