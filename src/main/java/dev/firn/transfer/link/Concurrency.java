package dev.firn.transfer.link;

import dev.firn.model.ByteSize;
import java.time.Duration;
import java.time.Instant;

/// Finds out how many transfers at a time a link carries best, step by step, and says why at each.
/// Pure.
///
/// One more as long as that brought more, or as long as it is fewer than at first and all goes
/// well; one fewer when transfers fail or the rate falls; nothing changes on evidence that is too
/// thin.
public final class Concurrency {
  /// Less than this share of success is too little.
  private static final double SOUND = 0.97;

  /// How much of a new rate the running mean takes in.
  private static final double NEWS = 0.3;

  private static final double BETTER = 1.05;
  private static final double WORSE = 0.7;
  private static final int LEAST_EVIDENCE = 3;

  private Concurrency() {}

  /// @param allowed transfers at a time
  /// @param rate running mean of bytes per second; 0 before the first look
  /// @param rationale why it is this many, in words
  public record Level(int allowed, double rate, Instant decided, String rationale) {
    public static Level first(LinkPolicy policy) {
      return new Level(
          policy.start(), 0, Instant.EPOCH, "it begins with " + policy.start() + " at a time");
    }
  }

  /// What happened on the link since the last decision.
  ///
  /// @param failed attempts that the link or its sites are to blame for
  /// @param waiting whether more would have started
  public record Seen(int done, int failed, long bytes, Duration over, boolean waiting) {}

  public static Level next(Level level, Seen seen, LinkPolicy policy, Instant now) {
    int allowed = Math.clamp(level.allowed(), 1, policy.most());
    int ended = seen.done() + seen.failed();
    if (ended < LEAST_EVIDENCE || seen.over().isZero()) {
      return stay(level, allowed, level.rate(), now);
    }
    double rate = seen.bytes() * 1000.0 / seen.over().toMillis();
    double mean = level.rate() == 0 ? rate : level.rate() + NEWS * (rate - level.rate());
    double success = (double) seen.done() / ended;
    if (success < SOUND && allowed > 1) {
      return new Level(
          allowed - 1,
          mean,
          now,
          "%d to %d: only %d of %d succeeded".formatted(allowed, allowed - 1, seen.done(), ended));
    }
    if (!seen.waiting()) {
      return stay(level, allowed, mean, now);
    }
    if (success >= SOUND && allowed < policy.start()) {
      return new Level(
          allowed + 1,
          mean,
          now,
          "%d to %d: all goes well again and more waits".formatted(allowed, allowed + 1));
    }
    if (level.rate() > 0 && rate < WORSE * level.rate() && allowed > policy.start()) {
      return new Level(
          allowed - 1,
          mean,
          now,
          "%d to %d: %s/s is less than the %s/s before"
              .formatted(allowed, allowed - 1, size(rate), size(level.rate())));
    }
    if (success >= SOUND
        && allowed < policy.most()
        && (level.rate() == 0 || rate > BETTER * level.rate())) {
      return new Level(
          allowed + 1,
          mean,
          now,
          level.rate() == 0
              ? "%d to %d: all goes well and more waits".formatted(allowed, allowed + 1)
              : "%d to %d: %s/s is more than the %s/s before"
                  .formatted(allowed, allowed + 1, size(rate), size(level.rate())));
    }
    return stay(level, allowed, mean, now);
  }

  private static Level stay(Level level, int allowed, double rate, Instant now) {
    return new Level(allowed, rate, now, level.rationale());
  }

  private static ByteSize size(double bytes) {
    return new ByteSize(Math.round(bytes));
  }
}
