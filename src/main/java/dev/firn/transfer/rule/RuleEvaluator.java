package dev.firn.transfer.rule;

import dev.firn.model.LogicalName;
import dev.firn.model.SiteName;
import dev.firn.transfer.rule.ReplicationRule.Grouping;
import dev.firn.transfer.site.Site;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Decides which copies of a file are missing, and which are needed. Pure.
public final class RuleEvaluator {
  private RuleEvaluator() {}

  /// What rules look at in a file.
  ///
  /// @param level empty when it has none
  /// @param there sites that hold or are getting it, as a file or in a bundle
  /// @param queries numbers of the rules whose queries find it
  public record Candidate(
      long id, LogicalName name, String level, Set<SiteName> there, Set<Long> queries) {
    /// Of a file that no query was asked about.
    public Candidate(long id, LogicalName name, String level, Set<SiteName> there) {
      this(id, name, level, there, Set.of());
    }
  }

  /// A copy to ask for.
  public record Missing(long fileId, ReplicationRule rule, SiteName site) {}

  public static boolean matches(ReplicationRule rule, Candidate file) {
    ReplicationRule.Selection what = rule.wanted().what();
    return (what.level().isEmpty() || what.level().equalsIgnoreCase(file.level()))
        && what.pattern().matches(file.name())
        && (what.query().isEmpty() || file.queries().contains(rule.id()))
        && (rule.onlyTo().isEmpty() || file.id() <= rule.onlyTo().getAsLong());
  }

  /// At most one for each site, by the first rule that wants it there. What one rule asked for
  /// counts for the next.
  public static List<Missing> missing(
      Collection<ReplicationRule> rules, Candidate file, Collection<Site> sites) {
    List<Missing> missing = new ArrayList<>();
    Set<SiteName> there = new HashSet<>(file.there());
    for (ReplicationRule rule : rules) {
      if (matches(rule, file)) {
        for (SiteName site : chosen(rule, file, there, sites)) {
          if (there.add(site)) {
            missing.add(new Missing(file.id(), rule, site));
          }
        }
      }
    }
    return missing;
  }

  /// Whether a rule would be less true without the copy at `site`: it means that site, and fewer
  /// than its number of others are among `verified`.
  ///
  /// @param verified sites with a verified copy
  public static boolean needs(
      ReplicationRule rule,
      Candidate file,
      SiteName site,
      Set<SiteName> verified,
      Collection<Site> sites) {
    if (!matches(rule, file)) {
      return false;
    }
    ReplicationRule.Placing where = rule.wanted().where();
    if (where.grouping() != Grouping.NONE) {
      return chosen(rule, file, file.there(), sites).contains(site);
    }
    boolean meant = false;
    int others = 0;
    for (Site one : sites) {
      boolean here = one.name().equals(site);
      if ((here || verified.contains(one.name())) && where.at().matches(one)) {
        meant |= here;
        others += here ? 0 : 1;
      }
    }
    return meant && others < where.copies();
  }

  /// The first rule for a file that does not have all its copies among `verified`; empty when none
  /// needs more.
  public static Optional<ReplicationRule> lacking(
      Collection<ReplicationRule> rules,
      Candidate file,
      Set<SiteName> verified,
      Collection<Site> sites) {
    return rules.stream().filter(r -> !hasAll(r, file, verified, sites)).findFirst();
  }

  private static boolean hasAll(
      ReplicationRule rule, Candidate file, Set<SiteName> verified, Collection<Site> sites) {
    if (!matches(rule, file)) {
      return true;
    }
    ReplicationRule.Placing where = rule.wanted().where();
    int copies = 0;
    for (Site site : sites) { // asked of each file and rule: what is dear comes last
      if (verified.contains(site.name()) && where.at().matches(site)) {
        copies++;
      }
    }
    return copies >= where.copies();
  }

  /// A copy whose rule has ended.
  public record Left(SiteName site, boolean bundled) {}

  /// The rule whose copy it is from now on: the first that would be less true without it; empty
  /// when nobody asks for it any more.
  ///
  /// @param verified sites with a verified copy
  public static Optional<ReplicationRule> heir(
      Collection<ReplicationRule> rules,
      Candidate file,
      Left left,
      Set<SiteName> verified,
      Collection<Site> sites) {
    return rules.stream()
        .filter(r -> r.wanted().bundled() == left.bundled())
        .filter(r -> needs(r, file, left.site(), verified, sites))
        .findFirst();
  }

  /// Where the copies of a rule lie: where the file is already, if it may choose for each file, and
  /// then in an order that belongs to the file, its directory or the rule.
  private static List<SiteName> chosen(
      ReplicationRule rule, Candidate file, Set<SiteName> there, Collection<Site> sites) {
    ReplicationRule.Placing where = rule.wanted().where();
    String group =
        rule.id()
            + switch (where.grouping()) {
              case NONE -> " " + file.name();
              case DIRECTORY -> " " + file.name().parent();
              case RULE -> "";
            };
    Comparator<SiteName> order =
        Comparator.<SiteName>comparingLong(site -> rank(group + " " + site))
            .thenComparing(Comparator.naturalOrder());
    if (where.grouping() == Grouping.NONE) {
      order =
          Comparator.<SiteName, Boolean>comparing(site -> !there.contains(site))
              .thenComparing(order);
    }
    return where.at().among(sites).stream().sorted(order).limit(where.copies()).toList();
  }

  /// A number that looks random and is always the same for a text (FNV-1a, and a mixing at the
  /// end).
  private static long rank(String text) {
    long hash = 0xcbf29ce484222325L;
    for (int i = 0; i < text.length(); i++) {
      hash = (hash ^ text.charAt(i)) * 0x100000001b3L;
    }
    hash = (hash ^ (hash >>> 33)) * 0xff51afd7ed558ccdL;
    return hash ^ (hash >>> 33);
  }
}
