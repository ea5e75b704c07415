package dev.firn.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.server.Health.Trouble;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HealthTest {
  private static final Instant NOW = Instant.parse("2026-11-28T03:00:00Z");

  private final CountDownLatch hanging = new CountDownLatch(1);
  private final Health health = new Health();

  @AfterEach
  void close() {
    hanging.countDown();
    health.close();
  }

  @Test
  void saysWhatIsWrongAndWhetherItIsSerious() {
    health
        .watch("fine", Optional::empty)
        .watch("low", () -> Optional.of(new Trouble(false, "has little left")))
        .watch(
            "gone",
            () -> {
              throw new IOException("no answer");
            })
        .start();
    assertThat(troubles(2))
        .containsOnly(
            Map.entry("low", new Trouble(false, "has little left")),
            Map.entry("gone", new Trouble(true, "no answer")));
    assertThat(health.names()).containsExactly("fine", "low", "gone");
  }

  @Test
  void aCheckThatHangsKeepsNobodyWaitingAndIsATroubleItself() {
    health
        .watch(
            "hung",
            () -> {
              hanging.await();
              return Optional.empty();
            })
        .watch("low", () -> Optional.of(new Trouble(false, "has little left")))
        .start();
    assertThat(troubles(1)).containsKey("low");
    assertThat(troubles(2).get("hung"))
        .satisfies(t -> assertThat(t.serious()).isTrue())
        .satisfies(t -> assertThat(t.what()).startsWith("has not answered for "));
  }

  @Test
  void whatWasPutRightIsNoTroubleAnyMore() {
    Health own = new Health();
    boolean[] broken = {true};
    own.watch("it", () -> broken[0] ? Optional.of(new Trouble(true, "broke")) : Optional.empty());
    try (own) {
      own.start();
      await(own, 1);
      broken[0] = false;
      await(own, 0);
    }
  }

  @Test
  void aCertificateIsToBeRenewedInTime() {
    assertThat(certificate(Duration.ofDays(60))).isEmpty();
    assertThat(certificate(Duration.ofDays(3)))
        .contains(new Trouble(false, "expires on 2026-12-01T03:00:00Z, in 3 days"));
    assertThat(certificate(Duration.ofDays(-1)))
        .contains(new Trouble(true, "expired on 2026-11-27T03:00:00Z"));
  }

  private static Optional<Trouble> certificate(Duration left) {
    try (Health own = new Health()) {
      own.watchCertificate(() -> NOW.plus(left), () -> NOW).start();
      await(own, left.toDays() > 14 ? 0 : 1);
      return Optional.ofNullable(own.troubles().get("certificate"));
    }
  }

  private Map<String, Trouble> troubles(int count) {
    return await(health, count);
  }

  private static Map<String, Trouble> await(Health health, int count) {
    long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    while (health.troubles().size() != count && System.nanoTime() < end) {
      try {
        Thread.sleep(20);
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
    assertThat(health.troubles()).hasSize(count);
    return health.troubles();
  }
}
