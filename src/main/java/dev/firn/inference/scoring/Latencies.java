package dev.firn.inference.scoring;

import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAccumulator;

/// Times that something took, kept to three percent in bounded memory.
public final class Latencies {
  /// Each doubling has this many steps.
  private static final int STEPS = 32;

  private final AtomicLongArray counts = new AtomicLongArray(64 * STEPS);
  private final LongAccumulator longest = new LongAccumulator(Math::max, 0);

  public void add(long nanos, long times) {
    long time = Math.max(1, nanos);
    int doublings = 63 - Long.numberOfLeadingZeros(time);
    long rest = time - (1L << doublings);
    int step = (int) (doublings >= 5 ? rest >>> (doublings - 5) : rest << (5 - doublings));
    counts.addAndGet(doublings * STEPS + step, times);
    longest.accumulate(time);
  }

  public long count() {
    long sum = 0;
    for (int i = 0; i < counts.length(); i++) {
      sum += counts.get(i);
    }
    return sum;
  }

  public double longestMillis() {
    return longest.get() / 1e6;
  }

  /// The time that this share of all did not exceed, in milliseconds; 0 when there were none.
  public double millis(double share) {
    long wanted = (long) Math.ceil(count() * share);
    long sum = 0;
    for (int i = 0; i < counts.length() && wanted > 0; i++) {
      sum += counts.get(i);
      if (sum >= wanted) {
        double start = Math.scalb(1.0, i / STEPS);
        return Math.min(longest.get(), start * (1 + (i % STEPS + 1.0) / STEPS)) / 1e6;
      }
    }
    return 0;
  }
}
