package dev.firn.transfer.rule;

import dev.firn.catalog.Catalog;
import dev.firn.catalog.CatalogFile;
import dev.firn.catalog.FileQuery;
import dev.firn.catalog.QueryException;
import dev.firn.database.Database;
import dev.firn.model.SiteName;
import dev.firn.transfer.link.Link;
import dev.firn.transfer.queue.LinkStore;
import dev.firn.transfer.queue.LinkStore.Policies;
import dev.firn.transfer.rule.ReplicationRule.Wanted;
import dev.firn.transfer.rule.RuleEvaluator.Candidate;
import dev.firn.transfer.rule.RuleEvaluator.Missing;
import dev.firn.transfer.site.Site;
import dev.firn.transfer.site.Sites;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Says what a rule would ask for, how long that takes and what it costs, changing nothing.
public final class RuleEstimates {
  private final Database database;
  private final Catalog catalog;
  private final Sites sites;
  private final Rules rules;

  public RuleEstimates(Database database, Catalog catalog, Sites sites, Rules rules) {
    this.database = database;
    this.catalog = catalog;
    this.sites = sites;
    this.rules = rules;
  }

  /// @param matching files that the rule is for now
  /// @param copies to make
  /// @param there copies that are there already, or on their way
  /// @param sites what goes where
  public record Estimate(long matching, long copies, long bytes, long there, List<AtSite> sites) {
    /// The longest of its sites; null when one is not known.
    public @Nullable Duration time() {
      Duration longest = Duration.ZERO;
      for (AtSite at : sites) {
        Duration time = at.time();
        if (time == null) {
          return null;
        }
        longest = time.compareTo(longest) > 0 ? time : longest;
      }
      return longest;
    }
  }

  /// @param time to bring it there when the links carry what they carried lately; null when nothing
  ///   is known of them
  /// @param basis on what the time rests, in words
  /// @param cost of keeping it, when the site has a `cost` attribute
  public record AtSite(
      SiteName site,
      long copies,
      long bytes,
      @Nullable Duration time,
      String basis,
      OptionalDouble cost) {}

  /// @throws IllegalArgumentException as [Rules#add(Wanted, String, String)]
  public Estimate estimate(Wanted wanted) {
    rules.require(wanted);
    Counting counting = new Counting(wanted, database.read(c -> Ways.load(c, sites)));
    catalog.queries().stream(query(wanted), counting::add);
    Map<Link, Double> rates = database.read(RuleEstimates::rates);
    List<AtSite> at = new ArrayList<>();
    counting.sums.forEach(
        (site, sum) -> at.add(atSite(site, sum, counting.ways.policies(), rates)));
    return new Estimate(
        counting.matching,
        at.stream().mapToLong(AtSite::copies).sum(),
        at.stream().mapToLong(AtSite::bytes).sum(),
        counting.there,
        at);
  }

  /// As much of the rule as the catalog can ask by itself; [RuleEvaluator] has the last word.
  private static FileQuery query(Wanted wanted) {
    String pattern = wanted.what().pattern().toString();
    String query = wanted.what().query();
    List<String> parts = new ArrayList<>();
    if (!query.isEmpty()) {
      parts.add("(" + query + ")");
    }
    if (!pattern.equals("/**") && pattern.indexOf('"') < 0) {
      parts.add("name ~ \"" + pattern + "\"");
    }
    try {
      return FileQuery.parse(String.join(" and ", parts));
    } catch (QueryException e) {
      return FileQuery.parse(query); // a pattern that a query cannot say, or both are too long
    }
  }

  private static final class Sum {
    long copies;
    long bytes;
    final Map<Link, Long> perLink = new HashMap<>();
    long nowhere;
  }

  /// Adds up what files would be asked for.
  private final class Counting {
    final Ways ways;
    final ReplicationRule rule;
    final Map<SiteName, Sum> sums = new TreeMap<>();
    long matching;
    long there;

    Counting(Wanted wanted, Ways ways) {
      this.ways = ways;
      this.rule = new ReplicationRule(0, wanted, "", "", Instant.EPOCH, OptionalLong.empty());
    }

    void add(CatalogFile file) {
      Candidate candidate = RuleEngine.candidate(file, Set.of(rule.id()));
      if (!RuleEvaluator.matches(rule, candidate)) {
        return;
      }
      matching++;
      List<Missing> missing = RuleEvaluator.missing(List.of(rule), candidate, sites.list());
      there += rule.wanted().where().copies() - missing.size();
      for (Missing one : missing) {
        Sum sum = sums.computeIfAbsent(one.site(), s -> new Sum());
        sum.copies++;
        sum.bytes += file.size();
        ways.leg(file, one.site())
            .ifPresentOrElse(
                leg ->
                    sum.perLink.merge(
                        new Link(leg.from(), leg.via()), file.size(), (a, b) -> a + b),
                () -> sum.nowhere++);
      }
    }
  }

  private AtSite atSite(SiteName site, Sum sum, Policies policies, Map<Link, Double> rates) {
    OptionalDouble price =
        sites.find(site).map(Site::costPerTerabyte).orElse(OptionalDouble.empty());
    OptionalDouble cost =
        price.isPresent()
            ? OptionalDouble.of(price.getAsDouble() * sum.bytes / 1e12)
            : OptionalDouble.empty();
    double longest = 0;
    List<String> basis = new ArrayList<>();
    boolean known = sum.nowhere == 0;
    if (sum.nowhere > 0) {
      basis.add(sum.nowhere + " files have no copy that can be brought there now");
    }
    for (Map.Entry<Link, Long> one : sum.perLink.entrySet()) {
      double measured = rates.getOrDefault(one.getKey(), 0.0);
      double rate = measured > 0 ? measured : policies.of(one.getKey()).bytesPerSecond();
      if (rate > 0) {
        longest = Math.max(longest, one.getValue() / rate);
        basis.add(one.getKey() + (measured > 0 ? " at the rate it had lately" : " at its limit"));
      } else {
        known = false;
        basis.add(one.getKey() + " has not carried anything yet");
      }
    }
    Duration time = known ? Duration.ofSeconds((long) Math.ceil(longest)) : null;
    return new AtSite(site, sum.copies, sum.bytes, time, String.join("; ", basis), cost);
  }

  /// What links carried lately, in bytes per second.
  private static Map<Link, Double> rates(Connection connection) throws SQLException {
    Map<Link, Double> rates = new HashMap<>();
    try (PreparedStatement select =
            connection.prepareStatement(
                "SELECT source, destination, rate FROM link_level WHERE rate > 0");
        ResultSet row = select.executeQuery()) {
      while (row.next()) {
        rates.put(LinkStore.link(row), row.getDouble("rate"));
      }
    }
    return rates;
  }
}
