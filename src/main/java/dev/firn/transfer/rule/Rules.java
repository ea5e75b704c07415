package dev.firn.transfer.rule;

import dev.firn.catalog.Catalog;
import dev.firn.catalog.CatalogFile;
import dev.firn.database.Database;
import dev.firn.database.History;
import dev.firn.database.HistoryEntry;
import dev.firn.model.SiteName;
import dev.firn.transfer.queue.Rows;
import dev.firn.transfer.rule.ReplicationRule.Wanted;
import dev.firn.transfer.site.Sites;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The replication rules in force.
public final class Rules {
  public static final String KIND = "rule";
  private static final int BATCH = 500;

  private final Database database;
  private final Catalog catalog;
  private final Sites sites;

  public Rules(Database database, Catalog catalog, Sites sites) {
    this.database = database;
    this.catalog = catalog;
    this.sites = sites;
  }

  /// @param fresh whether the rule is new; false when one that says the same was in force
  public record Added(ReplicationRule rule, boolean fresh) {}

  /// Adds a rule, for the files there are and those to come. Adding it twice is one rule.
  ///
  /// @throws IllegalArgumentException when its site is not known
  public Added add(Wanted wanted, String who) {
    sites.load(wanted.site());
    return database.inTransaction(c -> {
      boolean fresh;
      try (PreparedStatement insert =
          c.prepareStatement(
              "INSERT INTO replication_rule"
                  + " (pattern, level, site, bundled, priority, created_by)"
                  + " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING")) {
        insert.setString(1, wanted.pattern().toString());
        insert.setString(2, wanted.level());
        insert.setString(3, wanted.site().value());
        insert.setBoolean(4, wanted.bundled());
        insert.setInt(5, wanted.priority());
        insert.setString(6, who);
        fresh = insert.executeUpdate() > 0;
      }
      ReplicationRule rule =
          inForce(c).stream()
              .filter(r -> saysTheSame(r.wanted(), wanted))
              .findFirst()
              .orElseThrow();
      if (fresh) {
        record(c, rule, who, wanted.sentence(), null, "in force");
      }
      return new Added(rule, fresh);
    });
  }

  private static boolean saysTheSame(Wanted a, Wanted b) {
    return a.pattern().equals(b.pattern())
        && a.level().equals(b.level())
        && a.site().equals(b.site())
        && a.bundled() == b.bundled();
  }

  /// Takes a rule back. Copies that nobody has begun to make are no longer asked for; those that
  /// exist stay.
  ///
  /// @return whether it was in force
  public boolean remove(long id, String who) {
    return database.inTransaction(c -> {
      Optional<ReplicationRule> rule = inForce(c).stream().filter(r -> r.id() == id).findFirst();
      if (rule.isEmpty()) {
        return false;
      }
      try (PreparedStatement update =
          c.prepareStatement(
              "UPDATE replication_rule SET removed = now() WHERE id = ? AND removed IS NULL")) {
        update.setLong(1, id);
        update.executeUpdate();
      }
      try (PreparedStatement update =
          c.prepareStatement(
              "UPDATE copy_request SET state = 'cancelled', since = now(),"
                  + " why = 'the rule was removed' WHERE rule_id = ? AND state = 'open'")) {
        update.setLong(1, id);
        update.executeUpdate();
      }
      record(c, rule.get(), who, "removed", "in force", null);
      return true;
    });
  }

  private static void record(
      Connection connection,
      ReplicationRule rule,
      String who,
      String why,
      @org.jspecify.annotations.Nullable String from,
      @org.jspecify.annotations.Nullable String to)
      throws SQLException {
    History.record(
        connection, new HistoryEntry(KIND, Long.toString(rule.id()), who, why, from, to));
  }

  /// The rules in force, oldest first.
  public List<ReplicationRule> list() {
    return database.read(Rules::inForce);
  }

  public static List<ReplicationRule> inForce(Connection connection) throws SQLException {
    List<ReplicationRule> rules = new ArrayList<>();
    try (PreparedStatement select =
            connection.prepareStatement(
                "SELECT id, pattern, level, site, bundled, priority, created_by, created"
                    + " FROM replication_rule WHERE removed IS NULL ORDER BY id");
        ResultSet row = select.executeQuery()) {
      while (row.next()) {
        Wanted wanted =
            new Wanted(
                NamePattern.parse(row.getString("pattern")),
                row.getString("level"),
                new SiteName(row.getString("site")),
                row.getBoolean("bundled"),
                row.getInt("priority"));
        rules.add(
            new ReplicationRule(
                row.getLong("id"),
                wanted,
                row.getString("created_by"),
                Rows.loadInstant(row, "created")));
      }
    }
    return rules;
  }

  /// How many copies each rule asked for, by the states of [CopyRequest.State].
  public Map<Long, Map<String, Long>> progress() {
    return database.read(c -> {
      Map<Long, Map<String, Long>> counts = new HashMap<>();
      try (PreparedStatement select =
              c.prepareStatement(
                  "SELECT rule_id, state, count(*) FROM copy_request GROUP BY 1, 2");
          ResultSet row = select.executeQuery()) {
        while (row.next()) {
          counts
              .computeIfAbsent(row.getLong(1), id -> new HashMap<>())
              .put(row.getString(2), row.getLong(3));
        }
      }
      return counts;
    });
  }

  /// What a rule would ask for now.
  ///
  /// @param files copies to make
  /// @param bytes of them together
  /// @param there matching files that have a copy there already
  public record Estimate(long files, long bytes, long there) {}

  /// Counts what a rule would do, changing nothing.
  public Estimate estimate(Wanted wanted) {
    sites.load(wanted.site());
    long files = 0;
    long bytes = 0;
    long there = 0;
    long after = 0;
    while (true) {
      long from = after;
      List<CatalogFile> batch = database.read(c -> batch(c, from));
      if (batch.isEmpty()) {
        return new Estimate(files, bytes, there);
      }
      for (CatalogFile file : batch) {
        RuleEvaluator.Candidate candidate = RuleEngine.candidate(file);
        if (RuleEvaluator.matches(wanted, candidate)) {
          boolean has = candidate.there().contains(wanted.site());
          there += has ? 1 : 0;
          files += has ? 0 : 1;
          bytes += has ? 0 : file.size();
        }
        after = file.id();
      }
    }
  }

  private List<CatalogFile> batch(Connection connection, long after) throws SQLException {
    List<CatalogFile> files = new ArrayList<>();
    for (long id : catalog.liveIds(connection, after, BATCH)) {
      catalog.find(connection, id).ifPresent(files::add);
    }
    return files;
  }
}
