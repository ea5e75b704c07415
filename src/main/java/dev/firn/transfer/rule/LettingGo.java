package dev.firn.transfer.rule;

import dev.firn.catalog.Catalog;
import dev.firn.catalog.CatalogFile;
import dev.firn.catalog.Cause;
import dev.firn.catalog.Replica;
import dev.firn.model.ReplicaState;
import dev.firn.transfer.queue.TransferStore;
import dev.firn.transfer.rule.RuleEvaluator.Candidate;
import dev.firn.transfer.site.Sites;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Undoes what rules asked for that are no longer in force, and ends rules whose lifetime is over.
///
/// What another rule wants at the same place becomes that rule's. Else a copy that is not begun is
/// not made, one on its way is waited for, and one that is there is released: the reaper may take
/// it when its grace is over. Copies in bundles stay in their bundles.
final class LettingGo {
  private static final int BATCH = 500;
  private static final String ENDED = "its rule is no longer in force";
  private static final String REPLACED = "another version has taken its name";

  private final TransferStore transfers;
  private final Catalog catalog;
  private final Sites sites;

  LettingGo(Catalog catalog, Sites sites, TransferStore transfers) {
    this.transfers = transfers;
    this.catalog = catalog;
    this.sites = sites;
  }

  /// Removes rules whose lifetime is over.
  int expire(Connection connection) throws SQLException {
    List<Long> over = new ArrayList<>();
    try (PreparedStatement select =
            connection.prepareStatement(
                "SELECT id FROM replication_rule WHERE removed IS NULL AND expires <= now()"
                    + " ORDER BY id FOR UPDATE SKIP LOCKED");
        ResultSet row = select.executeQuery()) {
      while (row.next()) {
        over.add(row.getLong(1));
      }
    }
    for (long id : over) {
      RuleStore.remove(connection, id, "rules", "its lifetime is over");
    }
    return over.size();
  }

  /// Lets go of one batch of what a removed rule asked for.
  ///
  /// @return whether there may be more
  boolean step(Connection connection) throws SQLException {
    Optional<Long> rule = lockNext(connection);
    if (rule.isEmpty()) {
      return false;
    }
    List<CopyRequest> requests = CopyRequests.toLetGo(connection, rule.get(), BATCH);
    List<ReplicationRule> inForce = RuleStore.inForce(connection);
    if (!requests.isEmpty()) {
      Queries queries =
          Queries.of(
              connection, catalog, inForce, requests.stream().map(CopyRequest::fileId).toList());
      for (CopyRequest request : requests) {
        letGo(connection, request, inForce, queries);
      }
    }
    if (requests.size() == BATCH) {
      return true;
    }
    try (PreparedStatement update =
        connection.prepareStatement(
            "UPDATE replication_rule r SET let_go = true WHERE id = ? AND NOT EXISTS (SELECT FROM"
                + " copy_request q WHERE q.rule_id = r.id AND q.state <> 'cancelled')")) {
      update.setLong(1, rule.get());
      return update.executeUpdate() > 0;
    }
  }

  /// One of which something can be undone now; copies on their way are waited for.
  private static Optional<Long> lockNext(Connection connection) throws SQLException {
    try (PreparedStatement select =
            connection.prepareStatement(
                """
                SELECT r.id FROM replication_rule r
                WHERE r.removed IS NOT NULL AND NOT r.let_go AND (
                  EXISTS (SELECT FROM copy_request WHERE rule_id = r.id AND %s)
                  OR NOT EXISTS (SELECT FROM copy_request q WHERE q.rule_id = r.id
                    AND q.state <> 'cancelled'))
                ORDER BY r.id LIMIT 1 FOR UPDATE SKIP LOCKED
                """
                    .formatted(CopyRequests.UNDOABLE));
        ResultSet row = select.executeQuery()) {
      return row.next() ? Optional.of(row.getLong(1)) : Optional.empty();
    }
  }

  private void letGo(
      Connection connection, CopyRequest request, List<ReplicationRule> inForce, Queries queries)
      throws SQLException {
    Optional<CatalogFile> file = catalog.find(connection, request.fileId());
    if (file.isPresent() && file.get().live()) {
      Candidate candidate = RuleEngine.candidate(file.get(), queries.of(request.fileId()));
      Optional<ReplicationRule> heir =
          RuleEvaluator.heir(
              inForce,
              candidate,
              new RuleEvaluator.Left(request.site(), request.bundled()),
              RuleEngine.verifiedAt(file.get()),
              sites.list());
      if (heir.isPresent()) {
        CopyRequests.handOver(connection, request, heir.get().id());
        return;
      }
    }
    if (request.transfer().isPresent()
        && request.state() == CopyRequest.State.ASSIGNED
        && !takenBack(connection, request.transfer().getAsLong(), request.id(), ENDED)) {
      return; // it has begun meanwhile, and is waited for
    }
    CopyRequests.cancel(connection, request, ENDED);
    ReplicaState there =
        file.flatMap(f -> f.replicaAt(request.site()))
            .filter(r -> r.bundle() == null)
            .map(Replica::state)
            .orElse(null);
    if (request.state().leaves(there) && !request.bundled()) {
      ReleasedCopies.release(
          connection,
          request.fileId(),
          request.site(),
          new Cause("rules", "rule " + request.ruleId() + " has ended"));
    }
  }

  /// Rules ask for what names mean now: what is not begun of a version that was replaced is not
  /// made.
  void replaced(Connection connection, List<CopyRequest> requests) throws SQLException {
    for (CopyRequest request : requests) {
      boolean waits =
          request.state() == CopyRequest.State.HELD || request.state() == CopyRequest.State.OPEN;
      boolean queued =
          request.state() == CopyRequest.State.ASSIGNED
              && request.transfer().isPresent()
              && takenBack(connection, request.transfer().getAsLong(), request.id(), REPLACED);
      if (waits || queued) {
        CopyRequests.cancel(connection, request, REPLACED);
      }
    }
  }

  /// @return false when the transfer is no longer queued; one that others wait for stays
  private boolean takenBack(Connection connection, long transfer, long request, String why)
      throws SQLException {
    return othersWaitFor(connection, transfer, request)
        || transfers.cancel(connection, transfer, "rules", why);
  }

  /// Whether other requests wait for the same transfer.
  private static boolean othersWaitFor(Connection connection, long transfer, long request)
      throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT EXISTS (SELECT FROM copy_request WHERE transfer_id = ? AND id <> ?"
                + " AND state = 'assigned')")) {
      select.setLong(1, transfer);
      select.setLong(2, request);
      try (ResultSet row = select.executeQuery()) {
        row.next();
        return row.getBoolean(1);
      }
    }
  }
}
