package dev.firn.transfer;

import dev.firn.catalog.Catalog;
import dev.firn.database.Database;
import dev.firn.database.History;
import dev.firn.model.TransferState;
import dev.firn.transfer.queue.Attempt;
import dev.firn.transfer.queue.Attempts;
import dev.firn.transfer.queue.Transfer;
import dev.firn.transfer.queue.TransferRequest;
import dev.firn.transfer.queue.TransferStore;
import dev.firn.transfer.site.Sites;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The transfers on record: asked for, looked at, cancelled and revived.
///
/// Whoever waits for an outcome reads [#find(long)] when woken by [History#CHANNEL] or now and
/// then; a change of state is a history entry of kind `transfer`.
public final class Transfers {
  private final Database database;
  private final Sites sites;
  private final TransferStore store;

  /// @param catalog is told of the copies of files
  /// @param sites only transfers between these are accepted
  public Transfers(Database database, Catalog catalog, Sites sites) {
    this.database = database;
    this.sites = sites;
    this.store = new TransferStore(new CatalogReplicas(catalog, InstantSource.system()));
  }

  TransferStore store() {
    return store;
  }

  Database database() {
    return database;
  }

  Sites sites() {
    return sites;
  }

  /// Asks for a copy. The same subject to the same place is one transfer as long as it has not
  /// ended; asking again only raises its priority.
  ///
  /// @return its number
  /// @throws IllegalArgumentException when a site is not known
  public long queue(TransferRequest request, String who, String why) {
    return database.inTransaction(c -> queue(c, request, who, why));
  }

  /// [#queue(TransferRequest, String, String)] in the transaction of the caller.
  public long queue(Connection connection, TransferRequest request, String who, String why)
      throws SQLException {
    sites.load(request.from().site());
    sites.load(request.to().site());
    return store.queue(connection, request, who, why);
  }

  public Optional<Transfer> find(long id) {
    return database.read(c -> TransferStore.find(c, id));
  }

  /// The newest transfers below number `before` (0 for the newest of all), at most `limit`.
  ///
  /// @param state null for any
  public List<Transfer> list(@Nullable TransferState state, long before, int limit) {
    return database.read(c -> TransferStore.list(c, state, before, limit));
  }

  /// What was tried for a transfer, oldest first, the last `limit` of it.
  public List<Attempt> attempts(long id, int limit) {
    return database.read(c -> Attempts.list(c, id, limit));
  }

  /// Takes a transfer back that has not been started or waits for another attempt.
  ///
  /// @return whether it was queued and is cancelled now
  public boolean cancel(long id, String who, String why) {
    return database.inTransaction(c -> store.cancel(c, id, who, why));
  }

  /// Queues a failed transfer again, or lets one that waits be tried at once. What was tried before
  /// stays on record and counts no longer towards giving up: whoever asks has mended something.
  ///
  /// @return whether there was one to queue or hurry
  public boolean retry(long id, String who, String why) {
    return database.inTransaction(c -> {
      boolean hurried =
          change(
              c,
              id,
              "UPDATE transfer SET not_before = now(), due = true WHERE id = ?"
                  + " AND state IN ('queued', 'unknown')");
      boolean revived =
          change(
              c,
              id,
              "UPDATE transfer SET state = 'queued', not_before = now(), due = true, finished = NULL"
                  + " WHERE id = ? AND state = 'failed' AND NOT EXISTS (SELECT FROM transfer o"
                  + " WHERE o.subject_kind = transfer.subject_kind"
                  + " AND o.subject_id = transfer.subject_id"
                  + " AND o.destination = transfer.destination"
                  + " AND o.state IN ('queued', 'active', 'unknown'))");
      if (hurried || revived) {
        Attempts.countAnew(c, id);
      }
      if (revived) {
        History.record(
            c, TransferStore.entry(id, who, why, TransferState.FAILED, TransferState.QUEUED));
        store.revived(c, id, why);
      }
      return hurried || revived;
    });
  }

  private static boolean change(Connection connection, long id, String sql) throws SQLException {
    try (PreparedStatement update = connection.prepareStatement(sql)) {
      update.setLong(1, id);
      return update.executeUpdate() > 0;
    }
  }
}
