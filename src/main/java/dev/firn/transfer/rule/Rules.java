package dev.firn.transfer.rule;

import dev.firn.catalog.Catalog;
import dev.firn.catalog.CatalogException;
import dev.firn.catalog.FileQuery;
import dev.firn.catalog.QueryException;
import dev.firn.database.Database;
import dev.firn.model.SiteName;
import dev.firn.transfer.rule.ReplicationRule.Wanted;
import dev.firn.transfer.rule.RuleStore.Change;
import dev.firn.transfer.site.Sites;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/// The replication rules in force.
public final class Rules {
  public static final String KIND = "rule";

  private final Database database;
  private final Catalog catalog;
  private final Sites sites;

  public Rules(Database database, Catalog catalog, Sites sites) {
    this.database = database;
    this.catalog = catalog;
    this.sites = sites;
  }

  /// @param fresh whether the rule is new; false when one that wants the same was in force
  public record Added(ReplicationRule rule, boolean fresh) {}

  /// Adds a rule of its author's own account.
  public Added add(Wanted wanted, String who) {
    return add(wanted, who, who);
  }

  /// Adds a rule. Adding it twice is one rule; its priority, activity and lifetime are then as said
  /// last, and what somebody has cancelled of it is asked for again.
  ///
  /// @throws IllegalArgumentException when it cannot be true: a site or attribute is not known,
  ///   fewer sites than copies match, the query is not understood, its lifetime is over
  public Added add(Wanted wanted, String account, String who) {
    require(wanted);
    return database.inTransaction(c -> {
      OptionalLong fresh = RuleStore.insert(c, wanted, account, who);
      if (fresh.isPresent()) {
        Change change = new Change(who, wanted.sentence(), null, "in force");
        RuleStore.record(c, fresh.getAsLong(), change);
        return new Added(RuleStore.find(c, fresh.getAsLong()).orElseThrow(), true);
      }
      ReplicationRule there =
          RuleStore.inForce(c).stream()
              .filter(r -> r.account().equals(account) && r.wanted().sameAs(wanted))
              .findFirst()
              .orElseThrow();
      RuleStore.askAgain(c, there.id());
      if (!there.wanted().how().equals(wanted.how())) {
        RuleStore.change(c, there.id(), wanted.how());
        String why = "priority, activity or lifetime changed: " + wanted.how();
        RuleStore.record(c, there.id(), new Change(who, why, "in force", "in force"));
      }
      return new Added(there.with(wanted.how()), false);
    });
  }

  /// @throws IllegalArgumentException when no site is called so
  public void requireSite(SiteName site) {
    sites.load(site);
  }

  /// @throws IllegalArgumentException as [#add(Wanted, String, String)]
  void require(Wanted wanted) {
    SiteExpression at = wanted.where().at();
    Set<String> unknown = at.unknownWords(sites.list());
    if (!unknown.isEmpty()) {
      throw new IllegalArgumentException(
          "no site is called so or has this attribute: " + String.join(", ", unknown));
    }
    Set<SiteName> matching = at.among(sites.list());
    if (matching.size() < wanted.where().copies()) {
      throw new IllegalArgumentException(
          "%d copies at %s cannot be: it means %d sites %s"
              .formatted(wanted.where().copies(), at, matching.size(), matching));
    }
    try {
      FileQuery query = FileQuery.parse(wanted.what().query());
      database.read(c -> {
        catalog.queries().requireResolvable(c, query);
        return 0;
      });
    } catch (QueryException | CatalogException e) {
      throw new IllegalArgumentException("the query: " + e.getMessage(), e);
    }
    Instant expires = wanted.how().expires();
    if (expires != null && expires.isBefore(Instant.now())) {
      throw new IllegalArgumentException("its lifetime is over already: " + expires);
    }
  }

  /// Takes a rule back: see [LettingGo] for what becomes of its copies.
  ///
  /// @return whether it was in force
  public boolean remove(long id, String who) {
    return database.inTransaction(c -> RuleStore.remove(c, id, who, "removed"));
  }

  /// The rules in force, oldest first.
  public List<ReplicationRule> list() {
    return database.read(RuleStore::inForce);
  }

  /// A rule, also one that is no longer in force.
  public Optional<ReplicationRule> find(long id) {
    return database.read(c -> RuleStore.find(c, id));
  }

  /// The rules in force, for the transaction of the caller.
  public static List<ReplicationRule> inForce(Connection connection) throws SQLException {
    return RuleStore.inForce(connection);
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
}
