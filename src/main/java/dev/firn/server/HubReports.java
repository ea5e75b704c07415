package dev.firn.server;

import dev.firn.archive.RemoteCopy;
import dev.firn.archive.report.BundledTwice;
import dev.firn.archive.report.SiteConsistency;
import dev.firn.catalog.report.CatalogReports;
import dev.firn.catalog.report.ReportSource;
import dev.firn.catalog.report.Reports;
import dev.firn.catalog.truth.SiteCheck;
import dev.firn.database.Database;
import dev.firn.server.config.SiteConfig;
import dev.firn.transfer.site.Sites;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The standing reports of a hub, on a thread of their own: a look may take minutes, a walk hours.
final class HubReports implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(HubReports.class);
  private static final Duration LOOK = Duration.ofMinutes(5);

  private final Reports reports;
  private final Duration every;
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("firn-reports").factory());

  HubReports(
      SiteConfig.Reports config, Database database, Sites sites, RemoteCopy remote, Clock clock) {
    Path temporary = Path.of(System.getProperty("java.io.tmpdir"));
    SiteCheck check = new SiteCheck(database, temporary);
    List<ReportSource> sources = new ArrayList<>(CatalogReports.of(database));
    sources.add(new BundledTwice(database));
    for (SiteConfig.Walk walk : config.walk()) {
      sources.add(
          new SiteConsistency(
              sites.load(walk.site()), walk.area(), remote, check, temporary, clock));
    }
    this.reports = new Reports(database, sources, clock);
    this.every = config.every();
  }

  Reports reports() {
    return reports;
  }

  void start() {
    thread.scheduleWithFixedDelay(this::take, 1, LOOK.toMinutes(), TimeUnit.MINUTES);
  }

  private void take() {
    try {
      reports.takeDue(every);
    } catch (RuntimeException e) {
      LOG.warn("reports were not taken; that is tried again", e);
    }
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }
}
