package dev.firn.server;

import dev.firn.issuer.TokenFile;
import dev.firn.issuer.TokenSigner;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps the operator's token fresh, the signing keys rotated, and logins that have run out
/// forgotten while the hub runs.
final class KeyKeeper implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(KeyKeeper.class);

  private static final Duration FORGETTING = Duration.ofMinutes(10);

  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("firn-tokens").factory());
  private final TokenSigner signer;
  private final TokenFile operator;
  private final HubIssuer issuer;
  private final Clock clock;
  private Instant forgetAt = Instant.MIN;

  private KeyKeeper(TokenSigner signer, TokenFile operator, HubIssuer issuer, Clock clock) {
    this.signer = signer;
    this.operator = operator;
    this.issuer = issuer;
    this.clock = clock;
  }

  /// Writes the operator's token before returning.
  static KeyKeeper start(TokenSigner signer, TokenFile operator, HubIssuer issuer, Clock clock)
      throws IOException {
    operator.renewIfDue(clock.instant());
    KeyKeeper keeper = new KeyKeeper(signer, operator, issuer, clock);
    keeper.thread.scheduleWithFixedDelay(keeper::look, 30, 30, TimeUnit.SECONDS);
    return keeper;
  }

  private void look() {
    try {
      signer.rotateIfDue();
      operator.renewIfDue(clock.instant());
      if (clock.instant().isAfter(forgetAt)) {
        issuer.forgetOld();
        forgetAt = clock.instant().plus(FORGETTING);
      }
    } catch (IOException | RuntimeException e) {
      LOG.error("tokens and keys could not be renewed; trying again in 30 s", e);
    }
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }
}
