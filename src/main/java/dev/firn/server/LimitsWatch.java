package dev.firn.server;

import dev.firn.door.admission.Admission;
import dev.firn.server.config.ConfigException;
import dev.firn.server.config.ConfigFile;
import dev.firn.server.config.SiteConfig;
import dev.firn.token.AccessPolicy;
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

/// Puts changed `[[limits]]` and `[[rules]]` in force while a site runs. A file that cannot be used
/// leaves those that are; all other keys wait for the next start.
final class LimitsWatch implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LimitsWatch.class);
  private static final Duration EVERY = Duration.ofSeconds(3);

  private final Path file;
  private final Admission admission;
  private final AccessPolicy policy;
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("firn-limits").factory());
  private FileTime read;

  private LimitsWatch(Path file, Admission admission, AccessPolicy policy) throws IOException {
    this.file = file;
    this.admission = admission;
    this.policy = policy;
    this.read = Files.getLastModifiedTime(file);
  }

  static LimitsWatch start(Path file, Admission admission, AccessPolicy policy) throws IOException {
    LimitsWatch watch = new LimitsWatch(file, admission, policy);
    watch.thread.scheduleWithFixedDelay(
        watch::look, EVERY.toMillis(), EVERY.toMillis(), TimeUnit.MILLISECONDS);
    return watch;
  }

  private void look() {
    try {
      FileTime now = Files.getLastModifiedTime(file);
      if (!now.equals(read)) {
        read = now;
        SiteConfig changed = SiteConfig.from(ConfigFile.read(file));
        admission.replace(changed.limits());
        policy.replace(changed.rules());
        LOG.info(
            "{} limits and {} access rules are in force",
            changed.limits().size(),
            changed.rules().size());
      }
    } catch (IOException | ConfigException e) {
      LOG.warn("keeping limits and access rules: {}", e.getMessage());
    } catch (RuntimeException | Error e) { // else this would have been the last look
      LOG.error("keeping limits and access rules", e);
    }
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }
}
