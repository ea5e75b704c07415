package dev.firn.transfer.rule;

import dev.firn.model.LogicalName;
import dev.firn.model.SiteName;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// Decides which copies of a file are missing. Pure.
public final class RuleEvaluator {
  private RuleEvaluator() {}

  /// What rules look at in a file.
  ///
  /// @param level empty when it has none
  /// @param there sites that hold or are getting it, as a file or in a bundle
  public record Candidate(long id, LogicalName name, String level, Set<SiteName> there) {}

  /// A copy to ask for.
  public record Missing(long fileId, ReplicationRule rule) {}

  public static boolean matches(ReplicationRule.Wanted wanted, Candidate file) {
    return (wanted.level().isEmpty() || wanted.level().equalsIgnoreCase(file.level()))
        && wanted.pattern().matches(file.name());
  }

  /// At most one for each site, by the first rule that wants it there.
  public static List<Missing> missing(Collection<ReplicationRule> rules, Candidate file) {
    List<Missing> missing = new ArrayList<>();
    Set<SiteName> asked = new HashSet<>(file.there());
    for (ReplicationRule rule : rules) {
      ReplicationRule.Wanted wanted = rule.wanted();
      if (matches(wanted, file) && asked.add(wanted.site())) {
        missing.add(new Missing(file.id(), rule));
      }
    }
    return missing;
  }
}
