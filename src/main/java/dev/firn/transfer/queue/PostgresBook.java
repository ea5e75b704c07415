package dev.firn.transfer.queue;

import dev.firn.database.Database;
import dev.firn.database.History;
import dev.firn.model.SiteName;
import dev.firn.model.TransferState;
import dev.firn.transfer.link.LinkPolicy;
import dev.firn.transfer.link.TransferScheduler.Plan;
import dev.firn.transfer.link.TransferScheduler.View;
import dev.firn.transfer.queue.Settlement.Trouble;
import dev.firn.transfer.site.Sites;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/// The hub's record of transfers, shared by all its processes.
public final class PostgresBook implements TransferBook {
  private final Database database;
  private final TransferStore store;
  private final Sites sites;
  private final LinkPolicy usual;

  /// @param usual what links may do of which no operator said anything
  public PostgresBook(Database database, TransferStore store, Sites sites, LinkPolicy usual) {
    this.database = database;
    this.store = store;
    this.sites = sites;
    this.usual = usual;
  }

  @Override
  public List<Claim> claim(Holder holder, int slots, Planner planner) {
    return database.inTransaction(c -> claim(c, holder, slots, planner));
  }

  private List<Claim> claim(Connection connection, Holder holder, int slots, Planner planner)
      throws SQLException {
    if (!Queue.lock(connection)) {
      return List.of();
    }
    store.expire(connection);
    List<Claim> claims =
        new ArrayList<>(store.claimUnknown(connection, holder.owner(), holder.lease(), slots));
    int left = slots - claims.size();
    if (left > 0) {
      Instant now = Queue.now(connection);
      Queue.lineUp(connection, Queue.all(sites));
      View view = view(connection, left, now);
      Plan plan = planner.plan(view, now);
      if (!plan.start().isEmpty()) {
        claims.addAll(store.claimQueued(connection, holder.owner(), holder.lease(), plan.start()));
      }
    }
    return claims;
  }

  /// What the scheduler sees now.
  public View view(Connection connection, int slots, Instant now) throws SQLException {
    return new View(
        Queue.links(connection, sites, usual, slots),
        Queue.pauses(connection),
        LinkStore.downtimes(connection, now),
        slots);
  }

  @Override
  public List<Long> extend(Duration lease, List<TransferStore.Heard> held) {
    return database.inTransaction(c -> store.extend(c, lease, held));
  }

  @Override
  public int attempts(long id, FailureClass failure) {
    return database.read(c -> Attempts.count(c, id, failure));
  }

  @Override
  public List<Older> older(Claim claim) {
    return database.read(c -> store.replicas().older(c, claim.transfer()));
  }

  @Override
  public Optional<String> letGo(Claim claim, List<Older> found) {
    return database.inTransaction(c -> letGo(c, claim, found));
  }

  private Optional<String> letGo(Connection connection, Claim claim, List<Older> found)
      throws SQLException {
    if (!holds(connection, claim)) {
      return Optional.of("the lease was lost");
    }
    Set<Long> ids = found.stream().map(Older::fileId).collect(Collectors.toSet());
    Optional<String> kept = store.replicas().letGo(connection, claim.transfer(), ids);
    if (kept.isEmpty()) {
      long replaced = found.getLast().fileId();
      try (PreparedStatement update =
          connection.prepareStatement("UPDATE transfer SET replaces = ? WHERE id = ?")) {
        update.setLong(1, replaced);
        update.setLong(2, claim.id());
        update.executeUpdate();
      }
      String why = "replaces the older version there, file " + replaced;
      TransferState active = TransferState.ACTIVE;
      History.record(
          connection, TransferStore.entry(claim.id(), claim.owner(), why, active, active));
    }
    return kept;
  }

  /// Whether nobody else has taken the transfer over; nobody does before the transaction ends.
  private static boolean holds(Connection connection, Claim claim) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT FROM transfer WHERE id = ? AND claim = ? AND lease_owner = ?"
                + " AND state = 'active' FOR UPDATE")) {
      select.setLong(1, claim.id());
      select.setLong(2, claim.number());
      select.setString(3, claim.owner());
      try (ResultSet row = select.executeQuery()) {
        return row.next();
      }
    }
  }

  @Override
  public List<Boolean> settle(List<Settled> settled, RetryPolicy retries) {
    return database.inTransaction(c -> {
      List<Boolean> counted = store.settle(c, settled);
      Set<SiteName> answered = new TreeSet<>();
      Map<SiteName, String> silent = new LinkedHashMap<>();
      for (Settled one : settled) {
        Outcome outcome = one.outcome();
        answered.addAll(outcome.answered());
        unreachable(outcome.settlement())
            .ifPresent(trouble -> {
              if (trouble.site() != null) {
                silent.put(trouble.site(), trouble.reason());
              }
            });
      }
      Queue.answered(c, answered);
      for (Map.Entry<SiteName, String> one : silent.entrySet()) {
        Queue.pause(c, one.getKey(), one.getValue(), retries);
      }
      return counted;
    });
  }

  /// The trouble of a settlement that says that a site could not be reached.
  public static Optional<Trouble> unreachable(Settlement settlement) {
    Trouble trouble =
        switch (settlement) {
          case Settlement.Retry retry -> retry.trouble();
          case Settlement.Unknown unknown -> unknown.trouble();
          case Settlement.Done _, Settlement.Failed _ -> null;
        };
    return Optional.ofNullable(trouble).filter(t -> t.failure() == FailureClass.UNREACHABLE);
  }

  @Override
  public long queue(TransferRequest request, String who, String why) {
    return database.inTransaction(c -> store.queue(c, request, who, why));
  }

  @Override
  public Optional<Transfer> find(long id) {
    return database.read(c -> TransferStore.find(c, id));
  }

  @Override
  public List<Attempt> tried(long id, int limit) {
    return database.read(c -> Attempts.list(c, id, limit));
  }
}
