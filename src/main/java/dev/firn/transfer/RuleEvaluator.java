package dev.firn.transfer;

import dev.firn.model.LogicalName;
import dev.firn.model.SiteName;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// Decides which copies of a file are missing. Pure.
final class RuleEvaluator {
  private RuleEvaluator() {}

  /// What rules look at in a file.
  ///
  /// @param level empty when it has none
  /// @param wholeAt sites that hold or are getting it as a file of its own
  /// @param bundledAt sites that hold or are getting it in a bundle
  record Candidate(
      long id, LogicalName name, String level, Set<SiteName> wholeAt, Set<SiteName> bundledAt) {}

  /// A copy to ask for.
  record Missing(long fileId, ReplicationRule rule) {}

  static boolean matches(ReplicationRule.Wanted wanted, Candidate file) {
    return (wanted.level().isEmpty() || wanted.level().equalsIgnoreCase(file.level()))
        && wanted.pattern().matches(file.name());
  }

  /// At most one for each site and form, by the first rule that wants it.
  static List<Missing> missing(Collection<ReplicationRule> rules, Candidate file) {
    List<Missing> missing = new ArrayList<>();
    Set<String> asked = new HashSet<>();
    for (ReplicationRule rule : rules) {
      ReplicationRule.Wanted wanted = rule.wanted();
      Set<SiteName> there = wanted.bundled() ? file.bundledAt() : file.wholeAt();
      if (!there.contains(wanted.site())
          && matches(wanted, file)
          && asked.add(wanted.site() + " " + wanted.bundled())) {
        missing.add(new Missing(file.id(), rule));
      }
    }
    return missing;
  }
}
