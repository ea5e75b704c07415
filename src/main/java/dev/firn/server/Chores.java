package dev.firn.server;

import dev.firn.catalog.Catalog;
import dev.firn.catalog.usage.Accounting;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
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
  private static final Duration WRITE_DOWN = Duration.ofHours(1);

  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("firn-chores").factory());

  private Chores() {}

  static Chores start(Catalog catalog, Accounting accounting) {
    Chores chores = new Chores();
    chores.thread.scheduleWithFixedDelay(
        () -> fold(catalog), EVERY.toSeconds(), EVERY.toSeconds(), TimeUnit.SECONDS);
    chores.thread.scheduleWithFixedDelay(
        () -> settle(catalog), SETTLE.toSeconds(), SETTLE.toSeconds(), TimeUnit.SECONDS);
    chores.thread.scheduleWithFixedDelay(
        () -> writeDown(accounting), 1, WRITE_DOWN.toMinutes(), TimeUnit.MINUTES);
    return chores;
  }

  private static void writeDown(Accounting accounting) {
    try {
      accounting.writeDown(LocalDate.now(ZoneOffset.UTC));
    } catch (RuntimeException e) {
      LOG.warn("what there is today was not written down; that is tried again", e);
    }
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
