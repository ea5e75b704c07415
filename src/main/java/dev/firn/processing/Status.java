package dev.firn.processing;

import java.time.Instant;
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

  /// Events that are not done: positions of a file, and why.
  ///
  /// @param state `ready`, `leased`, `quarantined`, or `excluded` for a whole file
  /// @param worker who is at them; empty when nobody is
  public record Gap(
      String file, long first, long events, String state, String worker, String why) {}

  /// The first of the gaps, and how many more there are.
  public record Gaps(List<Gap> gaps, long more) {
    public Gaps {
      gaps = List.copyOf(gaps);
    }
  }

  /// How a worker fares.
  ///
  /// @param done units committed
  /// @param failed attempts that failed
  /// @param units that it holds now
  /// @param heard when it last took, renewed or delivered anything
  public record Hand(String name, long done, long failed, long units, Instant heard) {}

  /// Whether expected = done + running + excluded + missing. Anything else is a defect of Firn.
  public boolean holds() {
    return expected == done + running + excluded + missing;
  }
}
