package dev.firn.transfer.queue;

import java.time.Duration;
import java.util.Optional;

/// How soon something is tried again, and when it is given up. Pure.
///
/// @param first delay before the first retry; it doubles with each further one
/// @param longest no delay is longer
public record RetryPolicy(Duration first, Duration longest) {
  private static final int MOST_DOUBLINGS = 20;

  /// How many attempts of this class are made before the transfer has failed; classes that are
  /// nobody's fault but time's never end a transfer.
  public static int attemptsOf(FailureClass failure) {
    return switch (failure) {
      case UNREACHABLE, CAPACITY, KEYS, KEPT -> Integer.MAX_VALUE;
      case UNHEARD -> 20;
      case REMOTE -> 10;
      case DENIED -> 4;
      case CHECKSUM -> 3;
      case SOURCE, OCCUPIED, REFUSED -> 1;
    };
  }

  /// The delay before the next attempt, or empty when there is none.
  ///
  /// @param attempts of this class in a row, at least 1
  /// @param jitter in [0, 1): spreads the delay over its upper half
  public Optional<Duration> next(FailureClass failure, int attempts, double jitter) {
    return attempts >= attemptsOf(failure)
        ? Optional.empty()
        : Optional.of(delay(attempts, jitter));
  }

  /// The delay after `attempts` vain ones.
  public Duration delay(int attempts, double jitter) {
    int doublings = Math.clamp(attempts - 1L, 0, MOST_DOUBLINGS);
    double nanos =
        Math.min((double) longest.toNanos(), (double) first.toNanos() * (1L << doublings));
    return Duration.ofNanos((long) (nanos * (0.5 + jitter / 2)));
  }
}
