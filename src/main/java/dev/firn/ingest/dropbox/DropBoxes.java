package dev.firn.ingest.dropbox;

import dev.firn.catalog.Catalog;
import dev.firn.database.Database;
import dev.firn.database.DatabaseException;
import dev.firn.ingest.Ingestor;
import dev.firn.model.SiteName;
import dev.firn.storage.StorageArea;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The drop boxes of a hub, at work from [#start] to [#close].
public final class DropBoxes implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(DropBoxes.class);
  private static final int AT_A_TIME = 4;
  private static final int PAGE = 500;
  private static final int PAGES = 4;
  private static final int EXAMPLES = 50;
  private static final Duration PURGE_EVERY = Duration.ofSeconds(2);
  private static final Duration SOON = Duration.ofMillis(200);

  private final List<Box> boxes = new ArrayList<>();
  private final DropBoxStore store;
  private final ExecutorService takers =
      Executors.newFixedThreadPool(
          AT_A_TIME, Thread.ofPlatform().daemon().name("dropbox-take-", 0).factory());

  public DropBoxes(
      List<DropBox> boxes, Database database, Catalog catalog, Ingesting ingesting, Clock clock) {
    this.store = new DropBoxStore(database);
    BoxWork.Means means =
        new BoxWork.Means(database, catalog, ingesting.area, ingesting.ingestor, ingesting.site);
    for (DropBox box : boxes) {
      this.boxes.add(new Box(box, new BoxWork(box, means, clock), clock));
    }
  }

  /// Where files go, and how.
  ///
  /// @param area the hub's own, into which files are taken
  /// @param site the hub's own
  public record Ingesting(Ingestor ingestor, StorageArea area, SiteName site) {}

  public void start() {
    boxes.forEach(Box::start);
  }

  /// A box, how it was when it was last looked at, and how many of its files ended how.
  ///
  /// @param counts by state: taken, purged, kept, refused, changed
  public record Standing(DropBox box, BoxStatus status, Map<String, Long> counts) {}

  public List<Standing> standing() {
    return boxes.stream()
        .map(b -> new Standing(b.box, b.status, store.counts(b.box.name())))
        .toList();
  }

  List<DropBox> configured() {
    return boxes.stream().map(b -> b.box).toList();
  }

  BoxStatus status(String name) {
    return boxes.stream()
        .filter(b -> b.box.name().equals(name))
        .map(b -> b.status)
        .findFirst()
        .orElse(BoxStatus.NEVER);
  }

  DropBoxStore store() {
    return store;
  }

  @Override
  public void close() {
    boxes.forEach(Box::stop);
    takers.shutdownNow();
  }

  /// One box and its thread.
  private final class Box {
    private final DropBox box;
    private final BoxWork work;
    private final Clock clock;
    private final Look look;
    private final Thread thread;
    private final Map<Path, String> done = new HashMap<>();

    /// Why sources stay that something is wrong with, by their paths.
    private final SortedMap<String, String> stuck = new TreeMap<>();

    private volatile BoxStatus status = BoxStatus.NEVER;
    private Instant purged = Instant.EPOCH;
    private long next;

    Box(DropBox box, BoxWork work, Clock clock) {
      this.box = box;
      this.work = work;
      this.clock = clock;
      this.look = new Look(box);
      this.thread = Thread.ofPlatform().daemon().name("dropbox-" + box.name()).unstarted(this::run);
    }

    void start() {
      thread.start();
    }

    void stop() {
      if (!thread.isAlive()) {
        return;
      }
      thread.interrupt();
      try {
        thread.join(Duration.ofSeconds(30));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    private void run() {
      try (Watch watch = new Watch(box.directory())) {
        while (!Thread.currentThread().isInterrupted()) {
          watch.await(once(watch));
        }
      } catch (InterruptedException e) {
        LOG.debug("drop box {} stops", box.name());
      } catch (IOException e) {
        LOG.info("the watch over {} was not closed: {}", box.directory(), e.getMessage());
      }
    }

    /// Looks, takes and purges once; returns when to look again at the latest.
    private Duration once(Watch watch) throws InterruptedException {
      try {
        Look.Sight sight = look.at(clock.instant(), this::known);
        watch.over(sight.directories());
        status = status(sight, watch.notified());
        take(sight.ready());
        if (due()) {
          purge();
        }
        boolean soon = !sight.waiting().isEmpty() && box.settle().compareTo(box.poll()) < 0;
        Duration settle = box.settle().compareTo(SOON) < 0 ? SOON : box.settle();
        return soon ? settle : min(box.poll(), PURGE_EVERY);
      } catch (IOException | RuntimeException e) {
        LOG.warn("drop box {} is tried again", box.name(), e);
        BoxStatus last = status;
        status =
            new BoxStatus(
                last.looked(),
                String.valueOf(e.getMessage()),
                last.waiting(),
                last.examples(),
                last.oldest(),
                last.notified());
        return min(box.poll(), PURGE_EVERY);
      }
    }

    private static Duration min(Duration a, Duration b) {
      return a.compareTo(b) < 0 ? a : b;
    }

    private BoxStatus status(Look.Sight sight, boolean notified) {
      Map<String, String> examples = new LinkedHashMap<>();
      sight.waiting().entrySet().stream()
          .sorted(Map.Entry.comparingByKey())
          .limit(EXAMPLES)
          .forEach(e -> examples.put(work.path(e.getKey()), e.getValue()));
      return new BoxStatus(
          clock.instant(),
          stuck.isEmpty() ? null : stuck.size() + " sources stay; " + stuck.get(stuck.firstKey()),
          sight.waiting().size() + sight.ready().size(),
          examples,
          sight.oldest().orElse(null),
          notified);
    }

    private boolean due() {
      return !purged.plus(PURGE_EVERY).isAfter(clock.instant());
    }

    private boolean known(Path file, long size, long modified, Origin origin) {
      String key = size + " " + modified + " " + origin.text();
      if (key.equals(done.get(file))) {
        return true;
      }
      boolean known = work.known(file, size, modified, origin);
      if (known) {
        done.put(file, key);
      }
      return known;
    }

    private void take(List<Look.Ready> ready) throws IOException, InterruptedException {
      List<Future<?>> taking = new ArrayList<>();
      for (Look.Ready one : ready) {
        taking.add(
            takers.submit(() -> {
              work.take(one);
              return null;
            }));
      }
      IOException failure = null;
      for (Future<?> future : taking) {
        try {
          future.get();
        } catch (ExecutionException e) {
          failure = new IOException("a file could not be taken: " + e.getCause(), e.getCause());
        }
      }
      if (failure != null) {
        throw failure;
      }
    }

    /// Some of the files that wait for their copies, in turn.
    private void purge() {
      for (int pages = 0; pages < PAGES && !Thread.currentThread().isInterrupted(); pages++) {
        List<DropBoxStore.Row> page = work.in("taken", next, PAGE);
        page.forEach(this::purge);
        next = page.size() == PAGE ? page.getLast().id() : 0;
        if (next == 0) {
          break;
        }
      }
      purged = clock.instant();
    }

    /// One file's trouble is not that of the others behind it.
    private void purge(DropBoxStore.Row row) {
      try {
        if (work.purge(row).isEmpty()) {
          done.remove(box.directory().resolve(row.path()));
        }
        stuck.remove(row.path());
      } catch (DatabaseException e) {
        throw e;
      } catch (IOException | RuntimeException e) {
        String why = row.path() + ": " + e.getMessage();
        if (!why.equals(stuck.put(row.path(), why))) {
          LOG.warn("drop box {} does not remove a source yet: {}", box.name(), why);
        }
      }
    }
  }
}
