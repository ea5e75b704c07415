package dev.firn.transfer.rule;

import dev.firn.catalog.Catalog;
import dev.firn.catalog.CatalogFile;
import dev.firn.model.SiteName;
import dev.firn.transfer.rule.RuleEvaluator.Candidate;
import dev.firn.transfer.site.Sites;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Whether the rules in force can do without copies of some files. For one transaction.
public final class Needs {
  private final List<ReplicationRule> rules;
  private final Queries queries;
  private final Sites sites;

  private Needs(List<ReplicationRule> rules, Queries queries, Sites sites) {
    this.rules = rules;
    this.queries = queries;
    this.sites = sites;
  }

  public static Needs of(
      Connection connection, Catalog catalog, Sites sites, Collection<Long> files)
      throws SQLException {
    List<ReplicationRule> rules = RuleStore.inForce(connection);
    return new Needs(rules, Queries.of(connection, catalog, rules, files), sites);
  }

  /// The sites other than `site` where a file has a verified copy.
  public static Set<SiteName> verifiedElsewhere(CatalogFile file, SiteName site) {
    Set<SiteName> others = new HashSet<>(RuleEngine.verifiedAt(file));
    others.remove(site);
    return others;
  }

  /// The first rule for this file that does not have all its copies, verified, at sites other than
  /// this one; in words. Even where the rule does not want this very copy, others may be made of
  /// it.
  public Optional<String> by(CatalogFile file, SiteName site) {
    Candidate candidate = RuleEngine.candidate(file, queries.of(file.id()));
    Set<SiteName> others = verifiedElsewhere(file, site);
    return RuleEvaluator.lacking(rules, candidate, others, sites.list())
        .map(r -> "rule " + r.id() + ": " + r.wanted().sentence());
  }
}
