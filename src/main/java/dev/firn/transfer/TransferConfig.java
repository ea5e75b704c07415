package dev.firn.transfer;

import dev.firn.transfer.link.LinkPolicy;
import dev.firn.transfer.queue.RetryPolicy;
import java.time.Duration;

/// How transfers are run.
///
/// @param perLink transfers at a time from one site to another, over all processes, to begin with
/// @param movers transfers at a time in this process
/// @param lease how long a claim outlives its holder
/// @param firstDelay before the first retry, and before an unknown outcome is looked at
/// @param longestDelay no delay is longer
/// @param silence longest time without a word from a far side
public record TransferConfig(
    int perLink,
    int movers,
    Duration lease,
    Duration firstDelay,
    Duration longestDelay,
    Duration silence) {
  public static final TransferConfig DEFAULT =
      new TransferConfig(
          4,
          32,
          Duration.ofSeconds(60),
          Duration.ofSeconds(30),
          Duration.ofMinutes(15),
          Duration.ofSeconds(60));

  public TransferConfig {
    if (perLink < 1 || movers < 1) {
      throw new IllegalArgumentException("at least one transfer at a time");
    }
    if (lease.compareTo(Duration.ofMillis(100)) < 0) {
      throw new IllegalArgumentException("a lease lasts at least 100 ms: " + lease);
    }
  }

  public TransferConfig withPerLink(int value) {
    return new TransferConfig(value, movers, lease, firstDelay, longestDelay, silence);
  }

  public TransferConfig withMovers(int value) {
    return new TransferConfig(perLink, value, lease, firstDelay, longestDelay, silence);
  }

  public TransferConfig withLease(Duration value) {
    return new TransferConfig(perLink, movers, value, firstDelay, longestDelay, silence);
  }

  public TransferConfig withFirstDelay(Duration value) {
    return new TransferConfig(perLink, movers, lease, value, longestDelay, silence);
  }

  public TransferConfig withSilence(Duration value) {
    return new TransferConfig(perLink, movers, lease, firstDelay, longestDelay, value);
  }

  /// What links may do of which no operator said anything: they begin with [#perLink] transfers at
  /// a time and may come to four times as many.
  LinkPolicy links() {
    return LinkPolicy.adaptive(perLink, Math.multiplyExact(perLink, 4));
  }

  /// How long to wait before something that did not succeed is tried again.
  public RetryPolicy retries() {
    return new RetryPolicy(firstDelay, longestDelay);
  }
}
