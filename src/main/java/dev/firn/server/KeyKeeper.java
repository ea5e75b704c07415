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
    attempt(
        "rotating the signing keys", () -> signer.rotateIfDue(issuer.keysTakenBack()::contains));
    attempt(
        "renewing the operator's token",
        () -> operator.renewIfDue(clock.instant(), issuer::accepts));
    if (clock.instant().isAfter(forgetAt)) {
      attempt("forgetting old logins", this::forget);
    }
  }

  private boolean forget() {
    issuer.forgetOld();
    forgetAt = clock.instant().plus(FORGETTING);
    return true;
  }

  @FunctionalInterface
  private interface Work {
    boolean done() throws IOException;
  }

  /// What fails leaves the others; an error would have been the thread's last.
  private static void attempt(String what, Work work) {
    try {
      if (work.done()) {
        LOG.debug("{}: done", what);
      }
    } catch (IOException | RuntimeException | Error e) {
      LOG.error("{} failed; it is tried again in 30 s", what, e);
    }
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }
}
