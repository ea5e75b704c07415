package dev.firn.door.admission;

import dev.firn.http.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;

/// Keeps a door's [Traffic] in a file, so that its hour, day and month outlive a restart.
///
/// Written every minute and when the door closes. It is an account to look at and no record: a file
/// that cannot be read is begun anew, and a crash loses a minute.
public final class TrafficFile implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(TrafficFile.class);
  private static final Duration EVERY = Duration.ofMinutes(1);

  private final Traffic traffic;
  private final Path file;
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("firn-traffic").factory());

  private TrafficFile(Traffic traffic, Path file) {
    this.traffic = traffic;
    this.file = file;
  }

  /// What the file holds.
  private record Content(List<Traffic.Step> steps) {
    Content {
      steps = List.copyOf(steps);
    }
  }

  /// Adds what the file holds to `traffic` and keeps it there from now on.
  public static TrafficFile keep(Traffic traffic, Path file) {
    TrafficFile kept = new TrafficFile(traffic, file);
    if (Files.exists(file)) {
      kept.read();
    }
    kept.thread.scheduleWithFixedDelay(
        kept::write, EVERY.toMillis(), EVERY.toMillis(), TimeUnit.MILLISECONDS);
    return kept;
  }

  private void read() {
    try {
      traffic.restore(Json.mapper().readValue(Files.readAllBytes(file), Content.class).steps());
    } catch (IOException | JacksonException e) {
      log.warn("beginning a new account of traffic: {} cannot be read: {}", file, e.getMessage());
    }
  }

  private void write() {
    Path next = file.resolveSibling(file.getFileName() + ".new");
    try {
      Files.write(next, Json.bytes(new Content(traffic.kept())));
      Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException | RuntimeException e) {
      log.warn("the account of traffic was not kept in {}: {}", file, e.toString());
    }
  }

  @Override
  public void close() {
    thread.shutdownNow();
    write();
  }
}
