package dev.firn.transfer.rule;

import dev.firn.catalog.Catalog;
import dev.firn.catalog.CatalogFile;
import dev.firn.catalog.Replica;
import dev.firn.catalog.dataset.Datasets;
import dev.firn.database.Database;
import dev.firn.database.History;
import dev.firn.database.HistoryEntry;
import dev.firn.database.HistoryPosition;
import dev.firn.database.HistoryRecord;
import dev.firn.model.ReplicaState;
import dev.firn.model.SiteName;
import dev.firn.transfer.queue.LinkStore;
import dev.firn.transfer.queue.TransferStore;
import dev.firn.transfer.rule.RuleEvaluator.Candidate;
import dev.firn.transfer.rule.RuleEvaluator.Missing;
import dev.firn.transfer.site.Sites;
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
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/// Follows the catalog's history and asks for the copies that rules want.
///
/// New rules look once at all files there are, in the order of their numbers; new files and changed
/// copies are seen in the history. Both places are kept in the database, so that a process that was
/// away for a week goes on where it was; one process at a time does it.
public final class RuleEngine {
  private static final String NAME = "rules";
  private static final int BATCH = 500;

  /// How often it is looked whether what waits for silent sources can be had from others.
  private static final Duration OTHER_SOURCES = Duration.ofSeconds(20);

  /// Of each rule and site.
  private static final int HELD_AT_ONCE = 100;

  private final Catalog catalog;
  private final Database database;
  private final Sites sites;
  private final TransferStore transfers;
  private final LettingGo lettingGo;
  private final OtherSources otherSources;
  private long otherSourcesAt = System.nanoTime();

  /// Which rule caught up last.
  private long lastTurn;

  /// Whether it was looked what has a way to its site by the sites of this process.
  private boolean begun;

  public RuleEngine(Database database, Catalog catalog, Sites sites, TransferStore transfers) {
    this.database = database;
    this.catalog = catalog;
    this.sites = sites;
    this.transfers = transfers;
    this.lettingGo = new LettingGo(catalog, sites, transfers);
    this.otherSources = new OtherSources(catalog, sites, transfers);
  }

  /// Does one batch of what there is to do.
  ///
  /// @return whether there may be more
  public boolean step() {
    if (!begun) {
      database.inTransaction(RuleEngine::lookAgainAtStranded);
      begun = true;
    }
    database.inTransaction(lettingGo::expire);
    boolean more = database.inTransaction(lettingGo::step);
    if (System.nanoTime() - otherSourcesAt >= 0) {
      otherSourcesAt = System.nanoTime() + OTHER_SOURCES.toNanos();
      more |= database.inTransaction(otherSources::step);
    }
    more |= database.inTransaction(this::giveRoom);
    more |= database.inTransaction(this::follow);
    more |= database.inTransaction(this::catchUp);
    return more;
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
    Set<Long> files = new TreeSet<>();
    for (HistoryRecord record : news) {
      switch (record.entry().subjectKind()) {
        case Catalog.LOAD -> lookAgain(connection, record.entry());
        case Datasets.KIND -> lookAgainAtQueries(connection);
        case LinkStore.KIND -> {
          if (LinkStore.SET.equals(record.entry().to())) {
            lookAgainAtStranded(connection);
          }
        }
        default -> {
          if (concernsCopies(record.entry())) {
            files.add(Long.parseLong(record.entry().subjectId()));
          }
        }
      }
    }
    evaluate(connection, RuleStore.inForce(connection), files);
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

  /// A dataset has changed: rules whose queries name datasets look at all files again, those that
  /// are on their way through them when they have come to the end.
  private static void lookAgainAtQueries(Connection connection) throws SQLException {
    try (PreparedStatement update =
        connection.prepareStatement(
            "UPDATE replication_rule SET caught_up = false,"
                + " look_again = look_again OR (NOT caught_up AND looked_at_to > 0),"
                + " looked_at_to = CASE WHEN caught_up THEN 0 ELSE looked_at_to END"
                + " WHERE removed IS NULL AND query ILIKE '%dataset%'")) {
      update.executeUpdate();
    }
  }

  /// Links were opened or closed, or sites are others than before: what had no way to its site may
  /// have one now.
  private static int lookAgainAtStranded(Connection connection) throws SQLException {
    try (PreparedStatement update =
        connection.prepareStatement(
            """
            UPDATE replication_rule r SET caught_up = false,
              looked_at_to = CASE WHEN r.caught_up THEN q.first - 1
                ELSE LEAST(r.looked_at_to, q.first - 1) END
            FROM (SELECT rule_id, min(file_id) AS first FROM copy_request
              WHERE state = 'open' AND NOT bundled GROUP BY rule_id) q
            WHERE q.rule_id = r.id AND r.removed IS NULL
            """)) {
      return update.executeUpdate();
    }
  }

  /// One batch of one rule; the rules that are behind take turns.
  private boolean catchUp(Connection connection) throws SQLException {
    long ruleId;
    long lookedAtTo;
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT id, looked_at_to FROM replication_rule"
                + " WHERE NOT caught_up AND removed IS NULL ORDER BY id <= ?, id LIMIT 1"
                + " FOR UPDATE SKIP LOCKED")) {
      select.setLong(1, lastTurn);
      try (ResultSet row = select.executeQuery()) {
        if (!row.next()) {
          return false;
        }
        ruleId = row.getLong(1);
        lookedAtTo = row.getLong(2);
      }
    }
    lastTurn = ruleId;
    List<ReplicationRule> rules =
        RuleStore.inForce(connection).stream().filter(r -> r.id() == ruleId).toList();
    List<Long> files = catalog.liveIds(connection, lookedAtTo, BATCH);
    evaluate(connection, rules, files);
    boolean end = files.size() < BATCH;
    try (PreparedStatement update =
        connection.prepareStatement(
            "UPDATE replication_rule SET caught_up = ? AND NOT look_again,"
                + " looked_at_to = CASE WHEN ? AND look_again THEN 0 ELSE ? END,"
                + " look_again = look_again AND NOT ? WHERE id = ?")) {
      update.setBoolean(1, end);
      update.setBoolean(2, end);
      update.setLong(3, files.isEmpty() ? lookedAtTo : files.getLast());
      update.setBoolean(4, end);
      update.setLong(5, ruleId);
      update.executeUpdate();
    }
    return true;
  }

  private void evaluate(
      Connection connection, List<ReplicationRule> rules, Collection<Long> fileIds)
      throws SQLException {
    if (rules.isEmpty() || fileIds.isEmpty()) {
      return;
    }
    Queries queries = Queries.of(connection, catalog, rules, fileIds);
    Asking asking = new Asking(connection, sites, transfers);
    Map<Long, List<CopyRequest>> inForce = CopyRequests.inForce(connection, fileIds);
    for (CatalogFile file : catalog.find(connection, fileIds)) {
      if (file.live()) {
        Candidate candidate = candidate(file, queries.of(file.id()));
        evaluate(asking, rules, candidate, file, inForce.getOrDefault(file.id(), List.of()));
      } else {
        lettingGo.replaced(connection, inForce.getOrDefault(file.id(), List.of()));
      }
    }
    asking.finish();
  }

  private void evaluate(
      Asking asking,
      List<ReplicationRule> rules,
      Candidate file,
      CatalogFile found,
      List<CopyRequest> inForce)
      throws SQLException {
    Set<SiteName> asked = new HashSet<>(file.there());
    Map<SiteName, CopyRequest> before = new HashMap<>();
    for (CopyRequest request : inForce) {
      before.put(request.site(), request);
      switch (request.state()) {
        case HELD, ASSIGNED -> asked.add(request.site());
        case OPEN -> {
          asked.add(request.site());
          if (!request.bundled()) {
            Optional<ReplicationRule> rule =
                rules.stream().filter(r -> r.id() == request.ruleId()).findFirst();
            if (rule.isPresent()) {
              asking.queue(found, rule.get(), request.id(), request.site());
            }
          }
        }
        case DONE, FAILED, CANCELLED -> {
          // asks for nothing
        }
      }
    }
    Candidate candidate =
        new Candidate(file.id(), file.name(), file.level(), asked, file.queries());
    for (Missing missing : RuleEvaluator.missing(rules, candidate, sites.list())) {
      CopyRequest there = before.get(missing.site());
      String payer =
          rules.stream()
              .filter(r -> there != null && r.id() == there.ruleId())
              .map(ReplicationRule::account)
              .findFirst()
              .orElse("");
      asking.ask(found, missing, there, payer);
    }
  }

  /// Opens requests that were held for want of quota and have room now.
  private boolean giveRoom(Connection connection) throws SQLException {
    List<CopyRequest> held = CopyRequests.lockHeld(connection, sites.list(), HELD_AT_ONCE);
    if (held.isEmpty()) {
      return false;
    }
    List<ReplicationRule> rules = RuleStore.inForce(connection);
    Map<Long, CatalogFile> files = new HashMap<>();
    catalog
        .find(connection, held.stream().map(CopyRequest::fileId).distinct().toList())
        .forEach(f -> files.put(f.id(), f));
    Asking asking = new Asking(connection, sites, transfers);
    int opened = 0;
    for (CopyRequest request : held) {
      Optional<ReplicationRule> rule =
          rules.stream().filter(r -> r.id() == request.ruleId()).findFirst();
      CatalogFile file = files.get(request.fileId());
      if (rule.isPresent() && file != null && asking.let(file, rule.get(), request)) {
        opened++;
      }
    }
    asking.finish();
    return opened > 0;
  }

  static Candidate candidate(CatalogFile file, Set<Long> queries) {
    Set<SiteName> there = new HashSet<>();
    for (Replica replica : file.replicas()) {
      boolean lost = replica.state() == ReplicaState.BAD && replica.bundle() == null;
      if (!lost && replica.state() != ReplicaState.DELETING) {
        there.add(replica.site());
      }
    }
    String level = file.metadata().level();
    return new Candidate(file.id(), file.name(), level == null ? "" : level, there, queries);
  }

  /// The sites where a file has a verified copy.
  static Set<SiteName> verifiedAt(CatalogFile file) {
    Set<SiteName> verified = new HashSet<>();
    for (Replica replica : file.replicas()) {
      if (replica.state() == ReplicaState.AVAILABLE && replica.verified() != null) {
        verified.add(replica.site());
      }
    }
    return verified;
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
