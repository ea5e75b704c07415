package dev.firn.transfer.queue;

import dev.firn.database.Columns;
import dev.firn.database.History;
import dev.firn.database.HistoryEntry;
import dev.firn.model.TransferState;
import dev.firn.transfer.queue.Outcome.Account;
import dev.firn.transfer.queue.ReplicaBook.Arrival;
import dev.firn.transfer.queue.Settlement.Trouble;
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
import org.jspecify.annotations.Nullable;

/// Writes down what became of claims: as many statements for a hundred of them as for one, so that
/// small files cost little. One transaction of the caller's.
final class Settling {
  private final Connection connection;
  private final ReplicaBook replicas;

  Settling(Connection connection, ReplicaBook replicas) {
    this.connection = connection;
    this.replicas = replicas;
  }

  /// A claim that is not lost, and its transfer's state until now.
  private record Counted(Settled settled, TransferState from) {
    Claim claim() {
      return settled.claim();
    }

    Settlement settlement() {
      return settled.outcome().settlement();
    }

    TransferState to() {
      return switch (settlement()) {
        case Settlement.Done _ -> TransferState.DONE;
        case Settlement.Retry _ -> TransferState.QUEUED;
        case Settlement.Failed _ -> TransferState.FAILED;
        case Settlement.Unknown _ -> TransferState.UNKNOWN;
      };
    }

    @Nullable Trouble trouble() {
      return switch (settlement()) {
        case Settlement.Done _ -> null;
        case Settlement.Retry retry -> retry.trouble();
        case Settlement.Failed failed -> failed.trouble();
        case Settlement.Unknown unknown -> unknown.trouble();
      };
    }

    Account account() {
      return settled.outcome().account();
    }

    /// As an attempt says it.
    String outcome() {
      return settlement() instanceof Settlement.Retry ? "retry" : to().label();
    }

    /// By what it was verified; null when it was not.
    @Nullable String how() {
      return settlement() instanceof Settlement.Done done ? done.how() : null;
    }

    String failure() {
      Trouble trouble = trouble();
      return trouble == null ? "" : trouble.failure().label();
    }

    /// The trouble's reason; empty when there was none.
    String reason() {
      Trouble trouble = trouble();
      return trouble == null ? "" : trouble.reason();
    }

    String why() {
      return settlement() instanceof Settlement.Done done
          ? "verified at the destination: " + done.how()
          : reason();
    }

    Duration delay() {
      return switch (settlement()) {
        case Settlement.Retry retry -> retry.delay();
        case Settlement.Unknown unknown -> unknown.delay();
        case Settlement.Done _, Settlement.Failed _ -> Duration.ZERO;
      };
    }
  }

  List<Boolean> settle(List<Settled> all) throws SQLException {
    Map<Settled, TransferState> locked = lock(all);
    List<Counted> counted =
        all.stream()
            .filter(locked::containsKey)
            .map(s -> new Counted(s, locked.getOrDefault(s, TransferState.ACTIVE)))
            .toList();
    if (!counted.isEmpty()) {
      update(counted);
      log(counted);
      history(counted);
      tellReplicas(counted);
    }
    return all.stream().map(locked::containsKey).toList();
  }

  /// The states of the transfers of those claims that are not lost.
  private Map<Settled, TransferState> lock(List<Settled> all) throws SQLException {
    Map<Long, Settled> byId = new HashMap<>();
    all.forEach(s -> byId.put(s.claim().id(), s));
    Map<Settled, TransferState> locked = new LinkedHashMap<>();
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT id, claim, lease_owner, state FROM transfer WHERE id = ANY(?)"
                + " AND state IN ('active', 'unknown') ORDER BY id FOR UPDATE")) {
      select.setArray(1, connection.createArrayOf("bigint", byId.keySet().toArray()));
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          Settled settled = byId.get(row.getLong("id"));
          if (settled != null
              && settled.claim().number() == row.getLong("claim")
              && settled.claim().owner().equals(row.getString("lease_owner"))) {
            locked.put(settled, TransferState.ofLabel(row.getString("state")));
          }
        }
      }
    }
    return locked;
  }

  private void update(List<Counted> all) throws SQLException {
    try (PreparedStatement update =
        connection.prepareStatement(
            """
            UPDATE transfer t SET state = s.state, lease_owner = NULL, lease_until = NULL,
              not_before = now() + s.delay * interval '1 millisecond', due = s.delay = 0,
              touched = t.touched OR s.touched,
              bytes_done = CASE WHEN s.state = 'done' THEN size
                ELSE GREATEST(bytes_done, s.bytes) END,
              bytes_per_second = 0,
              failure_class = s.failure, failure_reason = s.reason,
              finished = CASE WHEN s.state IN ('done', 'failed') THEN now() END,
              verified = CASE WHEN s.state = 'done' THEN now() END, verified_how = s.how
            FROM unnest(?::bigint[], ?::text[], ?::bigint[], ?::boolean[], ?::bigint[], ?::text[],
              ?::text[], ?::text[]) AS s(id, state, delay, touched, bytes, failure, reason, how)
            WHERE t.id = s.id
            """)) {
      new Columns<>(update, all)
          .add("bigint", one -> one.claim().id())
          .add("text", one -> one.to().label())
          .add("bigint", one -> one.delay().toMillis())
          .add("boolean", one -> one.account().touched())
          .add("bigint", one -> one.account().bytes())
          .add("text", Counted::failure)
          .add("text", Counted::reason)
          .add("text", Counted::how);
      update.executeUpdate();
    }
  }

  private void log(List<Counted> all) throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement(
            """
            INSERT INTO transfer_attempt
              (transfer_id, action, owner, started, outcome, failure_class, reason, bytes)
            SELECT t.id, s.action, s.owner, COALESCE(t.started, t.queued), s.outcome, s.failure,
              s.reason, s.bytes
            FROM unnest(?::bigint[], ?::text[], ?::text[], ?::text[], ?::text[], ?::text[],
              ?::bigint[]) AS s(id, action, owner, outcome, failure, reason, bytes)
              JOIN transfer t ON t.id = s.id
            """)) {
      new Columns<>(insert, all)
          .add("bigint", one -> one.claim().id())
          .add("text", one -> one.account().action())
          .add("text", one -> one.claim().owner())
          .add("text", Counted::outcome)
          .add("text", Counted::failure)
          .add("text", one -> one.how() == null ? one.reason() : one.how())
          .add("bigint", one -> one.account().bytes());
      insert.executeUpdate();
    }
  }

  private void history(List<Counted> all) throws SQLException {
    List<HistoryEntry> entries = new ArrayList<>();
    for (Counted one : all) {
      if (one.from() != one.to()) {
        entries.add(
            TransferStore.entry(
                one.claim().id(), one.claim().owner(), one.why(), one.from(), one.to()));
      }
    }
    History.record(connection, entries);
  }

  private void tellReplicas(List<Counted> all) throws SQLException {
    List<Arrival> arrivals = new ArrayList<>();
    Map<Long, String> done = new LinkedHashMap<>();
    Map<Long, String> failed = new LinkedHashMap<>();
    for (Counted one : all) {
      Transfer transfer = one.claim().transfer();
      switch (one.settlement()) {
        case Settlement.Done arrived -> {
          arrivals.add(new Arrival(transfer, arrived));
          done.put(transfer.id(), one.why());
        }
        case Settlement.Failed lost -> {
          replicas.gone(connection, transfer, one.why());
          if (lost.trouble().failure() == FailureClass.SOURCE) {
            replicas.sourceSuspect(connection, transfer, one.why());
          }
          failed.put(transfer.id(), one.why());
        }
        case Settlement.Retry _, Settlement.Unknown _ -> {
          // The copy stays `copying` as long as the transfer has not ended.
        }
      }
    }
    if (!done.isEmpty()) {
      replicas.arrived(connection, arrivals);
      replicas.followed(connection, done, TransferState.DONE);
    }
    if (!failed.isEmpty()) {
      replicas.followed(connection, failed, TransferState.FAILED);
    }
  }
}
