package dev.firn.catalog.season;

import dev.firn.catalog.run.PassLevel;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// What is missing of runs, decided from the counts of their files. Pure.
///
/// Parts of a subrun are numbered without holes, from 0 to the highest that any level or gaps file
/// has: every numbered level of that run should have a data file of each. Parts beyond that cannot
/// be missed by this. Passes over a level are levels of their own. A level whose files have no part
/// numbers, such as GCD, has nothing to miss.
final class Completeness {
  private Completeness() {}

  /// @param counts of all files of the runs
  static List<Run> runs(List<PartCount> counts, @Nullable Integer season) {
    Map<Integer, List<PartCount>> byRun = new TreeMap<>();
    counts.forEach(c -> byRun.computeIfAbsent(c.run(), r -> new ArrayList<>()).add(c));
    Set<String> usual = usual(byRun);
    List<Run> runs = new ArrayList<>();
    byRun.forEach((run, all) -> runs.add(run(run, season, all, usual)));
    return runs;
  }

  /// Levels and passes that more than half of the runs have.
  private static Set<String> usual(Map<Integer, List<PartCount>> runs) {
    Map<String, Integer> having = new HashMap<>();
    for (List<PartCount> counts : runs.values()) {
      counts.stream()
          .filter(c -> c.level() != null)
          .map(Completeness::passLevel)
          .map(PassLevel::label)
          .distinct()
          .forEach(level -> having.merge(level, 1, Integer::sum));
    }
    Set<String> usual = new HashSet<>();
    having.forEach((level, n) -> {
      if (2 * n > runs.size()) {
        usual.add(level);
      }
    });
    return usual;
  }

  private static Run run(
      int run, @Nullable Integer season, List<PartCount> counts, Set<String> usual) {
    long wanted = wanted(counts);
    Map<PassLevel, List<PartCount>> byLevel = new TreeMap<>();
    counts.forEach(c -> byLevel.computeIfAbsent(passLevel(c), l -> new ArrayList<>()).add(c));
    Set<String> there = byLevel.keySet().stream().map(PassLevel::label).collect(Collectors.toSet());
    List<RunLevel> levels = new ArrayList<>();
    byLevel.forEach((level, all) -> levels.add(level(level, all, wanted)));
    List<String> absent = usual.stream().filter(level -> !there.contains(level)).sorted().toList();
    return new Run(run, season, earliest(counts), latest(counts), levels, absent);
  }

  private static PassLevel passLevel(PartCount count) {
    return new PassLevel(Objects.requireNonNullElse(count.level(), ""), count.pass());
  }

  /// How many parts the levels of a run and its gaps files show, all subruns together.
  private static long wanted(List<PartCount> counts) {
    Map<Integer, Integer> highest = new HashMap<>();
    for (PartCount c : counts) {
      if (c.highest() != null) {
        highest.merge(Objects.requireNonNullElse(c.subrun(), 0), c.highest(), Math::max);
      }
    }
    return highest.values().stream().mapToLong(last -> last + 1L).sum();
  }

  private static RunLevel level(PassLevel level, List<PartCount> counts, long wanted) {
    long parts = counts.stream().mapToLong(PartCount::parts).sum();
    double livetime =
        counts.stream().map(PartCount::livetime).filter(Objects::nonNull).mapToDouble(d -> d).sum();
    boolean numbered = counts.stream().anyMatch(PartCount::numbered);
    boolean timed = counts.stream().anyMatch(c -> c.livetime() != null);
    return new RunLevel(
        level.level().isEmpty() ? null : level.level(),
        level.pass(),
        counts.stream().mapToLong(PartCount::files).sum(),
        counts.stream().mapToLong(PartCount::bytes).sum(),
        parts,
        numbered ? Math.max(0, wanted - parts) : 0,
        timed ? livetime : null);
  }

  private static @Nullable Instant earliest(List<PartCount> counts) {
    return counts.stream()
        .map(PartCount::starts)
        .filter(Objects::nonNull)
        .min(Instant::compareTo)
        .orElse(null);
  }

  private static @Nullable Instant latest(List<PartCount> counts) {
    return counts.stream()
        .map(PartCount::ends)
        .filter(Objects::nonNull)
        .max(Instant::compareTo)
        .orElse(null);
  }
}
