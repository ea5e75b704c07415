package dev.firn.ingest.dropbox;

import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Says that it is time to look again: when the system tells of a change, and in any case after a
/// while, because file systems over a network tell of nothing that other machines do.
final class Watch implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Watch.class);

  /// Changes come in crowds: those of this time are looked at together.
  private static final long CROWD_MILLIS = 100;

  private final @Nullable WatchService service;
  private final Map<Path, WatchKey> keys = new HashMap<>();
  private boolean failed;

  Watch(Path directory) {
    WatchService found = null;
    try {
      found = directory.getFileSystem().newWatchService();
    } catch (IOException | UnsupportedOperationException e) {
      LOG.info("changes in {} are found by looking: {}", directory, e.getMessage());
    }
    this.service = found;
  }

  boolean notified() {
    return service != null && !failed;
  }

  /// Watches these directories and no others.
  void over(List<Path> directories) {
    WatchService to = service;
    if (to == null) {
      return;
    }
    for (Path directory : directories) {
      if (!keys.containsKey(directory)) {
        try {
          keys.put(
              directory,
              directory.register(
                  to,
                  StandardWatchEventKinds.ENTRY_CREATE,
                  StandardWatchEventKinds.ENTRY_MODIFY,
                  StandardWatchEventKinds.ENTRY_DELETE));
        } catch (IOException e) {
          if (!failed) {
            LOG.info("changes in {} are found by looking: {}", directory, e.getMessage());
          }
          failed = true;
        }
      }
    }
    HashSet<Path> gone = new HashSet<>(keys.keySet());
    gone.removeAll(directories);
    for (Path directory : gone) {
      WatchKey key = keys.remove(directory);
      if (key != null) {
        key.cancel();
      }
    }
  }

  /// Waits for a change, at most so long.
  void await(Duration most) throws InterruptedException {
    WatchService from = service;
    if (from == null) {
      Thread.sleep(most);
      return;
    }
    try {
      WatchKey key = from.poll(most.toMillis(), TimeUnit.MILLISECONDS);
      if (key != null) {
        Thread.sleep(CROWD_MILLIS);
        for (WatchKey one = key; one != null; one = from.poll()) {
          one.pollEvents();
          one.reset();
        }
      }
    } catch (ClosedWatchServiceException e) {
      throw new InterruptedException("the watch was closed");
    }
  }

  @Override
  public void close() throws IOException {
    WatchService open = service;
    if (open != null) {
      open.close();
    }
  }
}
