package dev.firn.server;

import dev.firn.catalog.Catalog;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Small periodic work on the record, none of which anything waits for.
final class Chores implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Chores.class);
  private static final Duration EVERY = Duration.ofSeconds(5);
  private static final Duration SETTLE = Duration.ofMinutes(5);

  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("firn-chores").factory());

  private Chores() {}

  static Chores start(Catalog catalog) {
    Chores chores = new Chores();
    chores.thread.scheduleWithFixedDelay(
        () -> fold(catalog), EVERY.toSeconds(), EVERY.toSeconds(), TimeUnit.SECONDS);
    chores.thread.scheduleWithFixedDelay(
        () -> settle(catalog), SETTLE.toSeconds(), SETTLE.toSeconds(), TimeUnit.SECONDS);
    return chores;
  }

  private static void settle(Catalog catalog) {
    try {
      catalog.settleProvenance();
    } catch (RuntimeException e) {
      LOG.warn("files were not tied to parents that came after them; that is tried again", e);
    }
  }

  private static void fold(Catalog catalog) {
    try {
      catalog.foldSummaries();
    } catch (RuntimeException e) {
      LOG.warn("summaries were not folded; they stay right and grow slower to read", e);
    }
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }
}
