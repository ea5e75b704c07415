package dev.firn.events;

import dev.firn.http.Json;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Reads one event of each pass as a hub starts, in the way of a request: who asks first does not
/// wait until the readers of tables are loaded and the files found, and tables that cannot be read
/// are in the log before anybody asks.
public final class FirstLook implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(FirstLook.class);

  private final Passes passes;
  private final EventFinder finder;
  private final Reading reading;
  private final Thread thread =
      Thread.ofPlatform().daemon().name("firn-first-look").unstarted(this::look);

  public FirstLook(EventRoutes.Means means) {
    this.passes = means.passes();
    this.finder = new EventFinder(means.database(), passes.tables().files().area());
    this.reading = new Reading(means);
  }

  /// Looks on a thread of its own, which ends by itself.
  public void start() {
    thread.start();
  }

  /// Waits until it has looked.
  @Override
  public void close() {
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /// How many passes have an event that can be read.
  int look() {
    int read = 0;
    try {
      for (Pass pass : passes.list()) {
        read += reads(pass) ? 1 : 0;
      }
    } catch (RuntimeException e) {
      LOG.warn("the passes cannot be listed: {}", e.getMessage());
    }
    return read;
  }

  private boolean reads(Pass pass) {
    try {
      Optional<EventFinder.Wanted> newest = finder.newest(pass);
      if (newest.isEmpty()) {
        return false;
      }
      Map<String, Object> event = reading.event(pass, newest.get(), true);
      LOG.debug(
          "pass {}: event {} of run {} has {} bytes as JSON",
          pass.name(),
          newest.get().event(),
          newest.get().run(),
          Json.bytes(event).length);
      return true;
    } catch (IOException | RuntimeException e) {
      LOG.warn("pass {}: its newest events cannot be read: {}", pass.name(), e.getMessage());
      return false;
    }
  }
}
