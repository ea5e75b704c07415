package dev.firn.transfer.deletion;

import java.time.Duration;

/// How much of what nobody wants any more is deleted at a site.
///
/// @param enabled whether anything is; what was decided before waits as well
/// @param grace how long a released copy stays in any case
/// @param copies how many verified copies elsewhere there must be, rules or not
/// @param capacity with `high` and `low`, shares of it: nothing goes below the high mark, and no
///   more than brings the site down to the low one; 0 for no marks
/// @param mostFiles at most so many in 24 hours
/// @param mostBytes at most so many in 24 hours
public record ReapPolicy(
    boolean enabled,
    Duration grace,
    int copies,
    long capacity,
    double high,
    double low,
    long mostFiles,
    long mostBytes) {
  /// Ten thousand years: one that is much longer has no end that can be reckoned.
  private static final Duration LONGEST_GRACE = Duration.ofDays(3_652_425);

  public static final ReapPolicy USUAL =
      new ReapPolicy(true, Duration.ofDays(14), 1, 0, 0.9, 0.8, 100_000, 50_000_000_000_000L);

  public ReapPolicy {
    if (grace.compareTo(LONGEST_GRACE) > 0) {
      throw new IllegalArgumentException("a grace is at most ten thousand years");
    }
    if (grace.isNegative() || copies < 1 || capacity < 0 || mostFiles < 0 || mostBytes < 0) {
      throw new IllegalArgumentException(
          "grace and limits are not negative, and at least one other copy is verified");
    }
    if (!(0 <= low && low <= high && high <= 1)) {
      throw new IllegalArgumentException("water marks are shares: 0 <= low <= high <= 1");
    }
  }

  /// @param freed what this pass has freed: once it began above the high mark, it goes on to the
  ///   low
  public Reaping.Fill fill(long used, long freed) {
    return capacity == 0
        ? Reaping.Fill.NO_MARKS
        : new Reaping.Fill(used - freed, capacity, freed > 0 ? low : high, low);
  }

  public Reaping.Limits limits(long files, long bytes) {
    return new Reaping.Limits(
        grace, Math.max(0, mostFiles - files), Math.max(0, mostBytes - bytes));
  }
}
