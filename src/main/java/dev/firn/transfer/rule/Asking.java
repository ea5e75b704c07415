package dev.firn.transfer.rule;

import dev.firn.catalog.CatalogFile;
import dev.firn.catalog.Replica;
import dev.firn.database.History;
import dev.firn.database.HistoryEntry;
import dev.firn.model.ReplicaState;
import dev.firn.model.SiteName;
import dev.firn.transfer.link.LinkPolicy;
import dev.firn.transfer.link.Routes;
import dev.firn.transfer.link.Routes.Leg;
import dev.firn.transfer.link.Routes.Stop;
import dev.firn.transfer.queue.LinkStore;
import dev.firn.transfer.queue.LinkStore.Policies;
import dev.firn.transfer.queue.Subject;
import dev.firn.transfer.queue.TransferRequest;
import dev.firn.transfer.queue.TransferStore;
import dev.firn.transfer.rule.RuleEvaluator.Missing;
import dev.firn.transfer.site.Place;
import dev.firn.transfer.site.Site;
import dev.firn.transfer.site.Sites;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Writes requests for missing copies down, and has transfers make the unbundled ones. For one
/// transaction: what links may do and what quotas leave is read once, and [#finish()] ends it.
final class Asking {
  private final Connection connection;
  private final Sites sites;
  private final TransferStore transfers;
  private final Policies policies;
  private final Quotas.Room room;

  /// What was changed so far, for the history.
  private final List<HistoryEntry> news = new ArrayList<>();

  Asking(Connection connection, Sites sites, TransferStore transfers) throws SQLException {
    this.connection = connection;
    this.sites = sites;
    this.transfers = transfers;
    this.policies = LinkStore.policies(connection, LinkPolicy.fixed(1));
    this.room = Quotas.room(connection);
  }

  /// Asks for a copy, once; one that was done before and whose copy is lost is asked for again, and
  /// one that failed when there is another source.
  ///
  /// @param had whether there was one before, which its account is charged for still
  void ask(CatalogFile file, Missing missing, boolean had) throws SQLException {
    ReplicationRule rule = missing.rule();
    boolean bundled = rule.wanted().bundled();
    Optional<String> held =
        had ? Optional.empty() : room.take(rule.account(), missing.site(), file.size());
    long request;
    try (PreparedStatement insert =
        connection.prepareStatement(
            """
            INSERT INTO copy_request AS r (file_id, rule_id, site, bundled, state, why)
            VALUES (?, ?, ?, ?, ?, ?)
            ON CONFLICT (file_id, site) WHERE state <> 'cancelled' DO UPDATE
              SET state = EXCLUDED.state, since = now(), bundle = NULL, transfer_id = NULL,
                via = NULL, bundled = EXCLUDED.bundled, rule_id = EXCLUDED.rule_id,
                why = CASE WHEN EXCLUDED.state = 'held' THEN EXCLUDED.why
                  WHEN r.state = 'done' THEN 'the copy was lost' ELSE 'another source may do' END
              WHERE r.state = 'done' OR (r.state = 'failed' AND NOT r.bundled AND EXISTS (
                SELECT FROM transfer t WHERE t.id = r.transfer_id AND NOT t.source = ANY(?)))
            RETURNING id
            """)) {
      insert.setLong(1, file.id());
      insert.setLong(2, rule.id());
      insert.setString(3, missing.site().value());
      insert.setBoolean(4, bundled);
      insert.setString(5, held.isPresent() ? "held" : "open");
      insert.setString(
          6,
          held.orElse(
              bundled ? "waits for the archive to pack it" : "waits for a transfer to be queued"));
      insert.setArray(7, connection.createArrayOf("text", sources(file)));
      try (ResultSet row = insert.executeQuery()) {
        if (!row.next()) {
          return; // asked for already
        }
        request = row.getLong(1);
      }
    }
    String why =
        "rule " + rule.id() + ": " + rule.wanted().sentence() + held.map(h -> "; " + h).orElse("");
    record(request, why, null, held.isPresent() ? "held" : "open");
    if (!bundled && held.isEmpty()) {
      queue(file, rule, request, missing.site());
    }
  }

  /// Whether a copy that was held has room now; then it is open.
  boolean let(CatalogFile file, ReplicationRule rule, CopyRequest request) throws SQLException {
    if (room.take(rule.account(), request.site(), file.size()).isPresent()) {
      return false;
    }
    try (PreparedStatement update =
        connection.prepareStatement(
            "UPDATE copy_request SET state = 'open', since = now(), why = ? WHERE id = ?")) {
      update.setString(1, "the quota of account " + rule.account() + " has room");
      update.setLong(2, request.id());
      update.executeUpdate();
    }
    record(request.id(), "the quota has room", "held", "open");
    if (!request.bundled()) {
      queue(file, rule, request.id(), request.site());
    }
    return true;
  }

  private void record(long request, String why, @Nullable String from, String to) {
    news.add(new HistoryEntry(CopyRequests.KIND, Long.toString(request), "rules", why, from, to));
  }

  /// Writes the history of all that was asked down.
  void finish() throws SQLException {
    History.record(connection, news);
    news.clear();
  }

  /// Sites with a copy to copy from. A request whose transfer failed is taken up again when that
  /// transfer's source is not among them any more.
  private static Object[] sources(CatalogFile file) {
    return file.replicas().stream().filter(Asking::isSource).map(r -> r.site().value()).toArray();
  }

  private static boolean isSource(Replica replica) {
    return replica.state() == ReplicaState.AVAILABLE && replica.bundle() == null;
  }

  /// Has a transfer make an open, unbundled copy, or bring it a step nearer.
  void queue(CatalogFile file, ReplicationRule rule, long request, SiteName site)
      throws SQLException {
    Optional<Leg> leg = leg(file, site, sites, policies);
    if (leg.isEmpty()) {
      wait(request, "no site has an available copy that can be brought there");
      return;
    }
    SiteName via = leg.get().via();
    Replica source = file.replicaAt(leg.get().from()).orElseThrow();
    TransferRequest order =
        new TransferRequest(
            Subject.file(file.id()),
            new Place(source.site(), source.path()),
            new Place(via, file.name()),
            file.size(),
            file.checksums(),
            rule.wanted().how().priority(),
            file.replicaAt(via).isPresent(),
            rule.wanted().how().activity());
    long transfer = transfers.queue(connection, order, "rules", "rule " + rule.id(), news);
    String why =
        leg.get().direct()
            ? "transfer " + transfer + " is to make it"
            : "%s and %s cannot talk: transfer %d takes it to %s on its way"
                .formatted(source.site(), site, transfer, via);
    assign(request, transfer, leg.get().direct() ? null : via, why);
  }

  /// The first step of a file's way to a site; empty when there is none.
  static Optional<Leg> leg(CatalogFile file, SiteName to, Sites sites, Policies policies) {
    return Routes.first(
        file.replicas().stream()
            .filter(Asking::isSource)
            .flatMap(r -> sites.find(r.site()).stream())
            .map(Asking::stop)
            .toList(),
        to,
        sites.list().stream().map(Asking::stop).toList(),
        link -> policies.of(link).blocked());
  }

  private static Stop stop(Site site) {
    return new Stop(site.name(), site.nearline());
  }

  private void wait(long request, String why) throws SQLException {
    try (PreparedStatement update =
        connection.prepareStatement("UPDATE copy_request SET why = ? WHERE id = ?")) {
      update.setString(1, why);
      update.setLong(2, request);
      update.executeUpdate();
    }
  }

  private void assign(long request, long transfer, @Nullable SiteName via, String why)
      throws SQLException {
    try (PreparedStatement update =
        connection.prepareStatement(
            "UPDATE copy_request SET state = 'assigned', why = ?, since = now(), transfer_id = ?,"
                + " via = ? WHERE id = ?")) {
      update.setString(1, why);
      update.setLong(2, transfer);
      update.setString(3, via == null ? null : via.value());
      update.setLong(4, request);
      update.executeUpdate();
    }
    record(request, why, "open", "assigned");
  }
}
