package dev.firn.transfer.rule;

import dev.firn.catalog.Catalog;
import dev.firn.catalog.CatalogFile;
import dev.firn.catalog.Replica;
import dev.firn.database.Database;
import dev.firn.database.History;
import dev.firn.database.HistoryEntry;
import dev.firn.database.HistoryPosition;
import dev.firn.database.HistoryRecord;
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
import dev.firn.transfer.rule.RuleEvaluator.Candidate;
import dev.firn.transfer.rule.RuleEvaluator.Missing;
import dev.firn.transfer.site.Place;
import dev.firn.transfer.site.Site;
import dev.firn.transfer.site.Sites;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Follows the catalog's history and asks for the copies that rules want.
///
/// New rules look once at all files there are, in the order of their numbers; new files and changed
/// copies are seen in the history. Both places are kept in the database, so that a process that was
/// away for a week goes on where it was; one process at a time does it.
public final class RuleEngine {
  private static final String NAME = "rules";
  private static final int BATCH = 500;

  private final Catalog catalog;
  private final Database database;
  private final Sites sites;
  private final TransferStore transfers;

  public RuleEngine(Database database, Catalog catalog, Sites sites, TransferStore transfers) {
    this.database = database;
    this.catalog = catalog;
    this.sites = sites;
    this.transfers = transfers;
  }

  /// Does one batch of what there is to do.
  ///
  /// @return whether there may be more
  public boolean step() {
    boolean followed = database.inTransaction(this::follow);
    boolean caughtUp = database.inTransaction(this::catchUp);
    return followed || caughtUp;
  }

  private boolean follow(Connection connection) throws SQLException {
    Optional<HistoryPosition> position = lockPosition(connection);
    if (position.isEmpty()) {
      return false;
    }
    List<HistoryRecord> news = History.after(connection, position.get(), BATCH);
    if (news.isEmpty()) {
      return false;
    }
    List<ReplicationRule> rules = Rules.inForce(connection);
    Set<Long> files = new TreeSet<>();
    for (HistoryRecord record : news) {
      if (record.entry().subjectKind().equals(Catalog.LOAD)) {
        lookAgain(connection, record.entry());
      } else if (concernsCopies(record.entry())) {
        files.add(Long.parseLong(record.entry().subjectId()));
      }
    }
    if (!rules.isEmpty()) {
      for (long file : files) {
        evaluate(connection, rules, file);
      }
    }
    keepPosition(connection, news.getLast().position());
    return news.size() == BATCH;
  }

  private static boolean concernsCopies(HistoryEntry entry) {
    return switch (entry.subjectKind()) {
      case Catalog.FILE -> entry.to() != null;
      case Catalog.REPLICA -> !ReplicaState.COPYING.label().equals(entry.to());
      default -> false;
    };
  }

  /// A load may have brought a million files: all rules catch up with them from the first.
  private static void lookAgain(Connection connection, HistoryEntry load) throws SQLException {
    try (PreparedStatement update =
        connection.prepareStatement(
            "UPDATE replication_rule SET caught_up = false, looked_at_to ="
                + " CASE WHEN caught_up THEN ? ELSE LEAST(looked_at_to, ?) END"
                + " WHERE removed IS NULL")) {
      long before = Objects.requireNonNull(load.detail()).path("first").asLong() - 1;
      update.setLong(1, before);
      update.setLong(2, before);
      update.executeUpdate();
    }
  }

  private boolean catchUp(Connection connection) throws SQLException {
    long ruleId;
    long lookedAtTo;
    try (PreparedStatement select =
            connection.prepareStatement(
                "SELECT id, looked_at_to FROM replication_rule"
                    + " WHERE NOT caught_up AND removed IS NULL ORDER BY id LIMIT 1"
                    + " FOR UPDATE SKIP LOCKED");
        ResultSet row = select.executeQuery()) {
      if (!row.next()) {
        return false;
      }
      ruleId = row.getLong(1);
      lookedAtTo = row.getLong(2);
    }
    List<ReplicationRule> rules =
        Rules.inForce(connection).stream().filter(r -> r.id() == ruleId).toList();
    List<Long> files = catalog.liveIds(connection, lookedAtTo, BATCH);
    for (long file : files) {
      evaluate(connection, rules, file);
    }
    try (PreparedStatement update =
        connection.prepareStatement(
            "UPDATE replication_rule SET looked_at_to = ?, caught_up = ? WHERE id = ?")) {
      update.setLong(1, files.isEmpty() ? lookedAtTo : files.getLast());
      update.setBoolean(2, files.size() < BATCH);
      update.setLong(3, ruleId);
      update.executeUpdate();
    }
    return true;
  }

  private void evaluate(Connection connection, List<ReplicationRule> rules, long fileId)
      throws SQLException {
    Optional<CatalogFile> found = catalog.find(connection, fileId);
    if (found.isEmpty() || !found.get().live()) {
      return;
    }
    for (Missing missing : RuleEvaluator.missing(rules, candidate(found.get()))) {
      ask(connection, found.get(), missing.rule());
    }
  }

  public static Candidate candidate(CatalogFile file) {
    Set<SiteName> there = new HashSet<>();
    for (Replica replica : file.replicas()) {
      boolean lost = replica.state() == ReplicaState.BAD && replica.bundle() == null;
      if (!lost && replica.state() != ReplicaState.DELETING) {
        there.add(replica.site());
      }
    }
    String level = file.metadata().level();
    return new Candidate(file.id(), file.name(), level == null ? "" : level, there);
  }

  /// Writes the request down, once; one that was done before and whose copy is lost is opened
  /// again.
  private void ask(Connection connection, CatalogFile file, ReplicationRule rule)
      throws SQLException {
    long request;
    try (PreparedStatement insert =
        connection.prepareStatement(
            """
            INSERT INTO copy_request AS r (file_id, rule_id, site, bundled, why)
            VALUES (?, ?, ?, ?, ?)
            ON CONFLICT (file_id, site) WHERE state <> 'cancelled' DO UPDATE
              SET state = 'open', since = now(), bundle = NULL,
                why = CASE r.state WHEN 'done' THEN 'the copy was lost'
                  WHEN 'failed' THEN 'another source may do' ELSE r.why END,
                transfer_id = NULL, via = NULL, bundled = EXCLUDED.bundled, rule_id = EXCLUDED.rule_id
              WHERE r.state = 'done' OR (r.state = 'open' AND NOT r.bundled)
                OR (r.state = 'failed' AND NOT r.bundled AND EXISTS (SELECT FROM transfer t
                  WHERE t.id = r.transfer_id AND NOT t.source = ANY(?)))
            RETURNING id
            """)) {
      insert.setLong(1, file.id());
      insert.setLong(2, rule.id());
      insert.setString(3, rule.wanted().site().value());
      insert.setBoolean(4, rule.wanted().bundled());
      insert.setString(
          5,
          rule.wanted().bundled()
              ? "waits for the archive to pack it"
              : "waits for a transfer to be queued");
      insert.setArray(6, connection.createArrayOf("text", sources(file)));
      try (ResultSet row = insert.executeQuery()) {
        if (!row.next()) {
          return; // asked for already
        }
        request = row.getLong(1);
      }
    }
    String why = "rule " + rule.id() + ": " + rule.wanted().sentence();
    History.record(
        connection,
        new HistoryEntry(CopyRequests.KIND, Long.toString(request), "rules", why, null, "open"));
    if (!rule.wanted().bundled()) {
      queue(connection, file, rule, request);
    }
  }

  /// Sites with a copy to copy from. A request whose transfer failed is taken up again when that
  /// transfer's source is not among them any more.
  private static Object[] sources(CatalogFile file) {
    return file.replicas().stream()
        .filter(r -> r.state() == ReplicaState.AVAILABLE && r.bundle() == null)
        .map(r -> r.site().value())
        .toArray();
  }

  private void queue(Connection connection, CatalogFile file, ReplicationRule rule, long request)
      throws SQLException {
    SiteName site = rule.wanted().site();
    Policies policies = LinkStore.policies(connection, LinkPolicy.fixed(1));
    Optional<Leg> leg =
        Routes.first(
            file.replicas().stream()
                .filter(r -> r.state() == ReplicaState.AVAILABLE && r.bundle() == null)
                .flatMap(r -> sites.find(r.site()).stream())
                .map(RuleEngine::stop)
                .toList(),
            site,
            sites.list().stream().map(RuleEngine::stop).toList(),
            link -> policies.of(link).blocked());
    if (leg.isEmpty()) {
      wait(connection, request, "no site has an available copy that can be brought there");
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
            rule.wanted().priority(),
            file.replicaAt(via).isPresent());
    long transfer = transfers.queue(connection, order, "rules", "rule " + rule.id());
    String why =
        leg.get().direct()
            ? "transfer " + transfer + " is to make it"
            : "%s and %s cannot talk: transfer %d takes it to %s on its way"
                .formatted(source.site(), site, transfer, via);
    assign(connection, request, new Assigned(transfer, leg.get().direct() ? null : via, why));
  }

  private static Stop stop(Site site) {
    return new Stop(site.name(), site.nearline());
  }

  private static void wait(Connection connection, long request, String why) throws SQLException {
    try (PreparedStatement update =
        connection.prepareStatement(
            "UPDATE copy_request SET why = ?, since = now() WHERE id = ?")) {
      update.setString(1, why);
      update.setLong(2, request);
      update.executeUpdate();
    }
  }

  private record Assigned(long transfer, @Nullable SiteName via, String why) {}

  private static void assign(Connection connection, long request, Assigned to) throws SQLException {
    try (PreparedStatement update =
        connection.prepareStatement(
            "UPDATE copy_request SET state = 'assigned', why = ?, since = now(), transfer_id = ?,"
                + " via = ? WHERE id = ?")) {
      update.setString(1, to.why());
      update.setLong(2, to.transfer());
      update.setString(3, to.via() == null ? null : to.via().value());
      update.setLong(4, request);
      update.executeUpdate();
    }
    History.record(
        connection,
        new HistoryEntry(
            CopyRequests.KIND, Long.toString(request), "rules", to.why(), "open", "assigned"));
  }

  /// Where the history was read to; empty when another process reads it now.
  private static Optional<HistoryPosition> lockPosition(Connection connection) throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement(
            "INSERT INTO history_follower (name, tx, id) VALUES (?, 0, 0) ON CONFLICT DO NOTHING")) {
      insert.setString(1, NAME);
      insert.executeUpdate();
    }
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT tx, id FROM history_follower WHERE name = ? FOR UPDATE SKIP LOCKED")) {
      select.setString(1, NAME);
      try (ResultSet row = select.executeQuery()) {
        return row.next()
            ? Optional.of(new HistoryPosition(row.getLong(1), row.getLong(2)))
            : Optional.empty();
      }
    }
  }

  private static void keepPosition(Connection connection, HistoryPosition position)
      throws SQLException {
    try (PreparedStatement update =
        connection.prepareStatement("UPDATE history_follower SET tx = ?, id = ? WHERE name = ?")) {
      update.setLong(1, position.transaction());
      update.setLong(2, position.id());
      update.setString(3, NAME);
      update.executeUpdate();
    }
  }
}
