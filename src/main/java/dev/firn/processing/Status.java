package dev.firn.processing;

import java.util.List;
import java.util.Map;

/// Where a campaign stands, from one look at the ledger.
///
/// In events: `expected` was counted when the campaign was planned; the others are added up from
/// the ledger now. `missing` waits for a worker.
///
/// @param excluded by the plan and in quarantine
/// @param quarantined events that no attempt could process; part of `excluded`
/// @param reasons events excluded, by why
/// @param units by their state
/// @param lacks what good runs have not got, of which nobody can say how many events it has
/// @param folded events that are rows of the pass
public record Status(
    Campaign campaign,
    long expected,
    long done,
    long running,
    long excluded,
    long missing,
    long quarantined,
    long folded,
    long files,
    long excludedFiles,
    Map<String, Long> reasons,
    Map<String, Long> units,
    List<Lack> lacks) {
  public Status {
    lacks = List.copyOf(lacks);
  }

  /// What a run lacks.
  public record Lack(int run, String what) {}

  /// Whether expected = done + running + excluded + missing. Anything else is a defect of Firn.
  public boolean holds() {
    return expected == done + running + excluded + missing;
  }
}
