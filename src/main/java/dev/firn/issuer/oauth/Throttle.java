package dev.firn.issuer.oauth;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/// Lets each key do something so many times at once, and once more each time `every` has passed. It
/// remembers a bounded number of keys, those that were seen last.
final class Throttle {
  private static final int MOST_KEYS = 100_000;

  private final Cache<String, Bucket> buckets =
      Caffeine.newBuilder().maximumSize(MOST_KEYS).build();
  private final int most;
  private final Duration every;
  private final InstantSource clock;

  private record Bucket(double left, Instant at) {}

  Throttle(int most, Duration every, InstantSource clock) {
    this.most = most;
    this.every = every;
    this.clock = clock;
  }

  /// @return whether it may be done now
  boolean take(String key) {
    Instant now = clock.instant();
    boolean[] taken = {false};
    buckets
        .asMap()
        .compute(
            key,
            (k, before) -> {
              double left = before == null ? most : refilled(before, now);
              taken[0] = left >= 1;
              return new Bucket(taken[0] ? left - 1 : left, now);
            });
    return taken[0];
  }

  private double refilled(Bucket bucket, Instant now) {
    double passed = (double) Duration.between(bucket.at(), now).toNanos() / every.toNanos();
    return Math.min(most, bucket.left() + Math.max(0, passed));
  }
}
