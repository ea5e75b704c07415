package dev.firn.server.simulation;

import dev.firn.transfer.rule.ReplicationRule;
import dev.firn.transfer.rule.ReplicationRule.Wanted;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// The rules of the simulated hub, oldest first, and the datasets that their queries name.
final class SimRules {
  private final List<ReplicationRule> inForce = new ArrayList<>();
  private final Map<Long, String> accounts = new HashMap<>();
  private final Map<Long, Set<Integer>> datasets = new HashMap<>();
  private long last;

  SimRules(List<ReplicationRule> first) {
    first.forEach(this::add);
  }

  List<ReplicationRule> inForce() {
    return inForce;
  }

  long nextId() {
    return last + 1;
  }

  void add(ReplicationRule rule) {
    inForce.add(rule);
    accounts.put(rule.id(), rule.account());
    last = Math.max(last, rule.id());
  }

  /// The same rule with another lifetime.
  void change(ReplicationRule rule, Instant expires) {
    ReplicationRule.Handling how = rule.wanted().how();
    Wanted wanted =
        new Wanted(
            rule.wanted().what(),
            rule.wanted().where(),
            new ReplicationRule.Handling(how.priority(), how.activity(), expires, how.standing()));
    inForce.set(
        inForce.indexOf(rule),
        new ReplicationRule(
            rule.id(), wanted, rule.account(), rule.createdBy(), rule.created(), rule.onlyTo()));
  }

  void end(ReplicationRule rule) {
    inForce.remove(rule);
    datasets.remove(rule.id());
  }

  /// Those whose lifetime is over.
  List<ReplicationRule> over(Instant now) {
    List<ReplicationRule> over = new ArrayList<>();
    for (ReplicationRule rule : inForce) {
      Instant expires = rule.wanted().how().expires();
      if (expires != null && !now.isBefore(expires)) {
        over.add(rule);
      }
    }
    return over;
  }

  /// Who is charged for a rule's copies, in force or not.
  String account(long rule) {
    return accounts.getOrDefault(rule, "");
  }

  /// Files become members of the dataset that a rule's query names.
  void grow(ReplicationRule rule, List<SimFile> files) {
    Set<Integer> members = datasets.computeIfAbsent(rule.id(), d -> new HashSet<>());
    files.forEach(f -> members.add(f.id));
  }

  /// The numbers of the rules whose queries find a file.
  Set<Long> queries(SimFile file) {
    if (datasets.isEmpty()) {
      return Set.of();
    }
    Set<Long> found = new HashSet<>();
    datasets.forEach((rule, members) -> {
      if (members.contains(file.id)) {
        found.add(rule);
      }
    });
    return found;
  }
}
