package dev.firn.archive;

import dev.firn.model.SiteName;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Audits sites beside each other, so that one that is slow or hangs keeps no other from being
/// read: one round at a time at a site, so many sites at once, and the longest waiting first.
///
/// One thread looks which sites there are; as many as there are lanes read.
final class AuditLanes implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(AuditLanes.class);
  private static final int LANES = 8;
  private static final Duration PAUSE = Duration.ofSeconds(10);
  private static final long GRACE_SECONDS = 20;

  private final Auditor auditor;
  private final BooleanSupplier may;
  private final Runnable heard;
  private final Set<SiteName> under = ConcurrentHashMap.newKeySet();
  private final ExecutorService lanes =
      Executors.newFixedThreadPool(
          LANES, Thread.ofPlatform().name("archive-auditor-", 0).daemon().factory());
  private final Thread thread;

  /// @param may asked before each round
  /// @param heard told after each round in which something was read
  AuditLanes(Auditor auditor, BooleanSupplier may, Runnable heard) {
    this.auditor = auditor;
    this.may = may;
    this.heard = heard;
    this.thread = Thread.ofPlatform().name("archive-auditor").daemon().start(this::loop);
  }

  private void loop() {
    try {
      while (true) {
        look();
        Thread.sleep(PAUSE);
      }
    } catch (InterruptedException | RejectedExecutionException e) {
      return; // closed
    }
  }

  private void look() {
    try {
      auditor.sites().stream().filter(under::add).forEach(this::enter);
    } catch (RejectedExecutionException e) {
      throw e;
    } catch (RuntimeException | Error e) {
      LOG.warn("it is not known which sites are audited; will be tried again", e);
    }
  }

  private void enter(SiteName site) {
    lanes.execute(() -> round(site));
  }

  /// A site at which something was read takes its place behind those that wait; any other waits for
  /// the next look.
  private void round(SiteName site) {
    boolean more = false;
    try {
      more = may.getAsBoolean() && auditor.round(site) > 0;
      if (more) {
        heard.run();
      }
    } catch (RuntimeException | Error e) {
      LOG.warn("audits at {} stopped; will be taken up again", site, e);
    } finally {
      under.remove(site);
    }
    if (more) {
      again(site);
    }
  }

  private void again(SiteName site) {
    try {
      if (under.add(site)) {
        enter(site);
      }
    } catch (RejectedExecutionException e) {
      under.remove(site); // closed
    }
  }

  /// Stops; what was being read is read again when its lease ends.
  @Override
  public void close() {
    lanes.shutdownNow();
    Threads.end(thread);
    try {
      if (!lanes.awaitTermination(GRACE_SECONDS, TimeUnit.SECONDS)) {
        LOG.warn("audits of {} have not stopped", under);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
