package dev.firn.processing.worker;

import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/// Keeps a lease alive on a thread of its own, and its token fresh.
final class Heartbeat implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Heartbeat.class);

  private final HubApi hub;
  private final String lease;
  private final Duration every;
  private final CountDownLatch closing = new CountDownLatch(1);
  private final Thread thread;
  private volatile String token;
  private volatile boolean alive = true;
  private volatile int taken;

  private Heartbeat(HubApi hub, JsonNode granted) {
    this.hub = hub;
    this.lease = granted.path("lease").asString();
    this.token = granted.path("token").asString();
    this.every = Duration.ofSeconds(granted.path("lease_seconds").asLong()).dividedBy(3);
    this.thread = Thread.ofPlatform().daemon().name("lease-heartbeat").unstarted(this::beat);
  }

  static Heartbeat start(HubApi hub, JsonNode granted) {
    Heartbeat heart = new Heartbeat(hub, granted);
    heart.thread.start();
    return heart;
  }

  private void beat() {
    try {
      while (!closing.await(every.toMillis(), TimeUnit.MILLISECONDS)) {
        int before = taken;
        JsonNode answer = hub.post("/leases/" + lease + "/heartbeat", Map.of());
        token = answer.path("token").asString();
        boolean holds = answer.path("held").asInt() > 0 || taken != before;
        alive = holds && answer.path("stop").asString().isEmpty();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException | RuntimeException e) {
      LOG.info("lease {} is not renewed: {}", lease, e.getMessage());
      alive = false;
    }
  }

  String lease() {
    return lease;
  }

  /// Says that the lease holds new units. One thread calls it.
  @SuppressWarnings("NonAtomicVolatileUpdate") // only that thread writes it
  void tookMore() {
    taken++;
    alive = true;
  }

  /// The lease's token of the moment.
  Supplier<String> token() {
    return () -> token;
  }

  /// Whether the lease still holds units and nobody asked to stop, as far as is known.
  boolean isAlive() {
    return alive;
  }

  @Override
  public void close() throws InterruptedException {
    closing.countDown();
    thread.interrupt();
    thread.join();
  }
}
