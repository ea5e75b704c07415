package dev.firn.archive;

import dev.firn.model.LogicalName;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// Decides which waiting files become bundles now. Pure.
///
/// Files go in the order of their names, so that what belongs together lies together; the bundles
/// of one decision have nearly the same size.
public final class Packing {
  private Packing() {}

  /// A file that waits.
  public record Waiting(long request, long fileId, LogicalName name, long size, Instant since) {}

  /// When bundles are closed.
  ///
  /// @param target bytes a bundle should hold
  /// @param most bytes that no bundle of several files holds more than
  /// @param flush close everything now
  public record Limits(long target, long most, Duration maxAge, boolean flush) {}

  /// The bundles to close now. What is in none of them waits on.
  public static List<List<Waiting>> plan(List<Waiting> waiting, Limits limits, Instant now) {
    if (waiting.isEmpty()) {
      return List.of();
    }
    List<Waiting> sorted = new ArrayList<>(waiting);
    sorted.sort(Comparator.comparing(Waiting::name));
    long total = sorted.stream().mapToLong(Waiting::size).sum();
    boolean due =
        limits.flush
            || sorted.stream()
                .anyMatch(w -> Duration.between(w.since, now).compareTo(limits.maxAge) >= 0);
    double most = limits.most;
    if (due) {
      long bins = Math.max(1, Math.round((double) total / limits.target));
      while ((double) total / bins > most) {
        bins++;
      }
      return capped(even(sorted, total, bins), most);
    }
    long full = total / limits.target;
    if (full == 0) {
      return List.of();
    }
    if ((double) total / full <= most) {
      return capped(even(sorted, total, full), most);
    }
    return capped(even(firstOf(sorted, full * limits.target), full * limits.target, full), most);
  }

  /// The first files that together have at least `bytes`.
  private static List<Waiting> firstOf(List<Waiting> sorted, long bytes) {
    long sum = 0;
    int count = 0;
    while (count < sorted.size() && sum < bytes) {
      sum += sorted.get(count++).size;
    }
    return sorted.subList(0, count);
  }

  /// Cuts the files into `bins` runs of nearly the same size.
  private static List<List<Waiting>> even(List<Waiting> sorted, long total, long bins) {
    List<List<Waiting>> all = new ArrayList<>();
    List<Waiting> current = new ArrayList<>();
    long sum = 0;
    for (Waiting file : sorted) {
      double middle = sum + file.size / 2.0;
      long bin = total == 0 ? 0 : Math.min(bins - 1, (long) (middle * bins / total));
      if (bin >= all.size() + 1 && !current.isEmpty()) {
        all.add(current);
        current = new ArrayList<>();
      }
      current.add(file);
      sum += file.size;
    }
    all.add(current);
    return all;
  }

  /// Large files can make a run too long; it is cut again.
  private static List<List<Waiting>> capped(List<List<Waiting>> bins, double most) {
    List<List<Waiting>> all = new ArrayList<>();
    for (List<Waiting> bin : bins) {
      List<Waiting> current = new ArrayList<>();
      long sum = 0;
      for (Waiting file : bin) {
        if (!current.isEmpty() && sum + file.size > most) {
          all.add(current);
          current = new ArrayList<>();
          sum = 0;
        }
        current.add(file);
        sum += file.size;
      }
      all.add(current);
    }
    return all;
  }

  /// The deepest directory that all of these files lie in.
  static LogicalName commonDirectory(List<Waiting> files) {
    LogicalName common = files.getFirst().name.parent();
    for (Waiting file : files) {
      while (!file.name.startsWith(common)) {
        common = common.parent();
      }
    }
    return common;
  }
}
