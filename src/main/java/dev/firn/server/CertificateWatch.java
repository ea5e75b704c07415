package dev.firn.server;

import dev.firn.http.HttpServer;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/// Looks once a minute whether the host certificate was renewed, so that nobody has to restart a
/// site.
final class CertificateWatch implements AutoCloseable {
  private static final Duration EVERY = Duration.ofMinutes(1);

  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("firn-certificates").factory());

  private CertificateWatch() {}

  static CertificateWatch start(HttpServer server) {
    CertificateWatch watch = new CertificateWatch();
    watch.thread.scheduleWithFixedDelay(
        server::reloadCertificates, EVERY.toSeconds(), EVERY.toSeconds(), TimeUnit.SECONDS);
    return watch;
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }
}
