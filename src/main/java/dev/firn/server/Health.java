package dev.firn.server;

import dev.firn.database.Database;
import dev.firn.model.ByteSize;
import dev.firn.storage.StorageArea;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What is wrong with this process and what it stands on, in words.
///
/// Each check has a thread of its own, which looks every few seconds: asking costs nothing and
/// waits for nothing, and a check that does not come back is a trouble itself.
final class Health implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Health.class);
  private static final Duration EVERY = Duration.ofSeconds(5);
  private static final Duration PATIENCE = Duration.ofSeconds(15);
  private static final Duration RENEWAL = Duration.ofDays(14);

  private final Map<String, Watched> checks = new LinkedHashMap<>();
  private final CountDownLatch closing = new CountDownLatch(1);
  private final List<Thread> threads = new ArrayList<>();

  /// @param serious whether the site cannot do its work; else it soon may not
  record Trouble(boolean serious, String what) {}

  /// Looks once.
  @FunctionalInterface
  interface Check {
    /// What is wrong; empty when nothing is. What it throws is serious.
    Optional<Trouble> look() throws Exception;
  }

  /// A check with what it found last.
  private static final class Watched {
    final Check check;
    private Optional<Trouble> found = Optional.empty();
    private long begun;
    private boolean looking;

    Watched(Check check) {
      this.check = check;
    }

    synchronized void begin() {
      begun = System.nanoTime();
      looking = true;
    }

    /// @return what was found before
    synchronized Optional<Trouble> end(Optional<Trouble> now) {
      Optional<Trouble> before = found;
      found = now;
      looking = false;
      return before;
    }

    synchronized Optional<Trouble> trouble() {
      Duration since = Duration.ofNanos(looking ? System.nanoTime() - begun : 0);
      return since.compareTo(PATIENCE) < 0
          ? found
          : Optional.of(
              new Trouble(true, "has not answered for %d s".formatted(since.toSeconds())));
    }
  }

  /// Adds a check; before [#start()].
  Health watch(String name, Check check) {
    checks.put(name, new Watched(check));
    return this;
  }

  /// Whether the area answers, and has room.
  Health watchStorage(StorageArea area) {
    return watch(
        "storage",
        () -> {
          StorageArea.Usage usage = area.usage();
          return usage.total() > 0 && usage.free() < usage.total() / 100
              ? Optional.of(
                  new Trouble(
                      usage.free() == 0, "has " + new ByteSize(usage.free()) + " free, below 1 %"))
              : Optional.empty();
        });
  }

  /// Whether the host certificate in use is good for some time.
  Health watchCertificate(Supplier<Instant> ends, InstantSource clock) {
    return watch(
        "certificate",
        () -> {
          Instant now = clock.instant();
          Instant end = ends.get();
          if (now.isAfter(end)) {
            return Optional.of(new Trouble(true, "expired on " + end));
          }
          Duration left = Duration.between(now, end);
          return left.compareTo(RENEWAL) < 0
              ? Optional.of(
                  new Trouble(false, "expires on %s, in %d days".formatted(end, left.toDays())))
              : Optional.empty();
        });
  }

  /// Whether the record answers, and its clock is ours.
  Health watch(Database database) {
    watch("database", () -> database.read(_ -> Optional.empty()));
    return watch(
        "clock",
        () ->
            database.clocksAgree()
                ? Optional.empty()
                : Optional.of(
                    new Trouble(
                        true,
                        "is not the database's: work is left to other hubs until it is set")));
  }

  Health start() {
    checks.forEach((name, watched) ->
        threads.add(
            Thread.ofPlatform().daemon().name("health-" + name).start(() -> loop(name, watched))));
    return this;
  }

  private void loop(String name, Watched watched) {
    try {
      do {
        watched.begin();
        Optional<Trouble> now = look(watched.check);
        if (closing.getCount() == 0) {
          return; // what it looked at may be gone
        }
        Optional<Trouble> before = watched.end(now);
        if (now.isPresent() && before.isEmpty()) {
          LOG.warn("trouble: {}: {}", name, now.get().what());
        } else if (now.isEmpty() && before.isPresent()) {
          LOG.info("no trouble any more: {}", name);
        }
      } while (!closing.await(EVERY.toMillis(), TimeUnit.MILLISECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static Optional<Trouble> look(Check check) {
    try {
      return check.look();
    } catch (Exception e) {
      return Optional.of(new Trouble(true, String.valueOf(e.getMessage())));
    }
  }

  Set<String> names() {
    return checks.keySet();
  }

  /// What is wrong now, by the name of its check.
  Map<String, Trouble> troubles() {
    Map<String, Trouble> troubles = new LinkedHashMap<>();
    checks.forEach(
        (name, watched) -> watched.trouble().ifPresent(trouble -> troubles.put(name, trouble)));
    return troubles;
  }

  /// Stops looking; does not wait for a check that hangs.
  @Override
  public void close() {
    closing.countDown();
    threads.forEach(Thread::interrupt);
  }
}
