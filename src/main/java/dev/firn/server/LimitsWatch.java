package dev.firn.server;

import dev.firn.door.admission.Admission;
import dev.firn.server.config.ConfigException;
import dev.firn.server.config.ConfigFile;
import dev.firn.server.config.SiteConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Puts changed `[[limits]]` in force while a site runs. A file that cannot be used leaves those
/// that are; all other keys wait for the next start.
final class LimitsWatch implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LimitsWatch.class);
  private static final Duration EVERY = Duration.ofSeconds(3);

  private final Path file;
  private final Admission admission;
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("firn-limits").factory());
  private FileTime read;

  private LimitsWatch(Path file, Admission admission) throws IOException {
    this.file = file;
    this.admission = admission;
    this.read = Files.getLastModifiedTime(file);
  }

  static LimitsWatch start(Path file, Admission admission) throws IOException {
    LimitsWatch watch = new LimitsWatch(file, admission);
    watch.thread.scheduleWithFixedDelay(
        watch::look, EVERY.toMillis(), EVERY.toMillis(), TimeUnit.MILLISECONDS);
    return watch;
  }

  private void look() {
    try {
      FileTime now = Files.getLastModifiedTime(file);
      if (!now.equals(read)) {
        read = now;
        admission.replace(SiteConfig.from(ConfigFile.read(file)).limits());
        LOG.info("{} limits are in force", admission.limits().size());
      }
    } catch (IOException | ConfigException e) {
      LOG.warn("keeping the limits: {}", e.getMessage());
    }
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }
}
