package dev.firn.door;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What a door does by itself, on one thread of its own: nobody waits for it, and when it fails it
/// is tried again.
final class Background implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Background.class);

  private final ScheduledExecutorService thread;

  /// @param name of the thread
  Background(String name) {
    thread =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name(name).factory());
  }

  @FunctionalInterface
  interface Work {
    void run() throws IOException;
  }

  /// Does `work` again and again, with pauses of `pause`.
  void every(Duration pause, String what, Work work) {
    thread.scheduleWithFixedDelay(
        () -> attempt(what, work), pause.toMillis(), pause.toMillis(), TimeUnit.MILLISECONDS);
  }

  private static void attempt(String what, Work work) {
    try {
      work.run();
    } catch (IOException | RuntimeException | Error e) { // else it would have been the last time
      log.warn("{} failed and is tried again: {}", what, e.toString());
    }
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }
}
