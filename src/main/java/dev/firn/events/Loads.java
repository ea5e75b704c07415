package dev.firn.events;

import dev.firn.catalog.Catalog;
import dev.firn.catalog.CatalogException;
import dev.firn.catalog.CatalogFile;
import dev.firn.catalog.FileQuery;
import dev.firn.catalog.QueryException;
import dev.firn.database.Database;
import dev.firn.database.DatabaseException;
import dev.firn.database.History;
import dev.firn.model.LogicalName;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Makes files into columns, batch by batch on one thread, for as long as any wait: those that were
/// asked for, and those that a pass's standing rule finds.
///
/// What waits is in the record, so a load of years goes on after a restart where it was, and
/// several hubs' processes may share it.
public final class Loads implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Loads.class);
  private static final String WHO = "events";
  private static final Duration LEASE = Duration.ofMinutes(30);

  /// History is written all the time, and hardly any of it is for a pass.
  private static final Duration GATHERING = Duration.ofMillis(100);

  private static final Duration LOOK = Duration.ofSeconds(30);
  private static final Duration LOOK_AT_ALL = Duration.ofHours(1);
  private static final int BATCH = 64;
  private static final long BATCH_BYTES = 2L << 30;
  private static final int RATED = 20;

  /// Ids are given before files are committed: those registered a moment before the newest are
  /// looked at again.
  private static final long OVERLAP = 10_000;

  private final Database database;
  private final Catalog catalog;
  private final Passes passes;
  private final Loader loader;
  private final InstantSource clock;
  private final Path work;
  private final String owner;
  private final Semaphore awake = new Semaphore(0);
  private final CountDownLatch ended = new CountDownLatch(1);
  private final Deque<Done> recent = new ArrayDeque<>();
  private final Map<String, Instant> lookedAtAll = new HashMap<>();
  private volatile boolean closing;
  private @Nullable AutoCloseable listening;
  private @Nullable WorkFolder folder;
  private @Nullable Thread worker;

  private record Done(
      int pass, Instant began, Instant ended, int files, long events, long pulses) {}

  /// @param work directory for files that are being written
  /// @param owner a name no other process has
  public Loads(
      Database database,
      Catalog catalog,
      Passes passes,
      Path work,
      String owner,
      InstantSource clock) {
    this.database = database;
    this.catalog = catalog;
    this.passes = passes;
    this.loader = new Loader(database, catalog, passes, work, Loader.Steps.NONE);
    this.work = work;
    this.owner = owner;
    this.clock = clock;
  }

  /// How fast it went of late, a second of work: time given to other passes counts too, as passes
  /// that load take turns. Zeros when nothing was done since the start.
  public record Rate(double files, double events, double pulses) {}

  /// Where a pass stands.
  ///
  /// @param waiting files still to come
  /// @param inHand those of them that are being read now
  /// @param remaining how long they take at the rate of late; null when that is not known
  public record Progress(
      long waiting,
      long inHand,
      long done,
      long failed,
      long events,
      long pulses,
      Rate rate,
      @Nullable Duration remaining) {}

  public void start() {
    try {
      folder = WorkFolder.take(work, owner);
      folder.before().ifPresent(this::releaseOf);
    } catch (IOException e) {
      LOG.warn("what an earlier process left in {} could not be removed: {}", work, e.getMessage());
    }
    listening = database.listen(History.CHANNEL, awake::release);
    worker = Thread.ofPlatform().name("events").daemon().start(this::work);
  }

  /// Asks for files; those that are columns of the pass already, or are asked for, are passed over.
  ///
  /// @return how many are new
  public long add(Pass pass, FileQuery query) {
    long added = database.inTransaction(connection -> add(connection, pass, query, 0));
    awake.release();
    return added;
  }

  private long add(Connection connection, Pass pass, FileQuery query, long above)
      throws SQLException {
    LogicalName tables = passes.tables().files().root();
    return LoadStore.add(
        connection, pass.id(), catalog.queries().ids(connection, query), above, tables);
  }

  /// @throws EventsException `not-found` when the catalog does not know one of them
  public long add(Pass pass, List<LogicalName> names) {
    List<Long> ids = new ArrayList<>();
    for (LogicalName name : names) {
      ids.add(
          catalog
              .find(name)
              .orElseThrow(() -> new EventsException("not-found", "the catalog has no " + name))
              .id());
    }
    long added = database.inTransaction(connection -> LoadStore.add(connection, pass.id(), ids));
    awake.release();
    return added;
  }

  /// Tries those again that failed.
  public long retry(Pass pass) {
    long again = database.inTransaction(connection -> LoadStore.retry(connection, pass.id()));
    awake.release();
    return again;
  }

  public Progress progress(Pass pass) {
    LoadStore.Totals totals = database.read(connection -> LoadStore.totals(connection, pass.id()));
    Rate rate = rate(pass);
    Duration remaining =
        rate.files() > 0 ? Duration.ofSeconds(Math.round(totals.waiting() / rate.files())) : null;
    return new Progress(
        totals.waiting(),
        totals.inHand(),
        totals.done(),
        totals.failed(),
        totals.events(),
        totals.pulses(),
        rate,
        remaining);
  }

  /// Files that did not become columns, newest first.
  List<LoadStore.Failure> failures(Pass pass, int most) {
    return database.read(connection -> LoadStore.failures(connection, pass.id(), most));
  }

  private synchronized Rate rate(Pass pass) {
    double seconds = 0;
    double files = 0;
    double events = 0;
    double pulses = 0;
    for (Done done : recent) {
      seconds += Math.max(1, Duration.between(done.began, done.ended).toMillis()) / 1000.0;
      if (done.pass == pass.id()) {
        files += done.files;
        events += done.events;
        pulses += done.pulses;
      }
    }
    return seconds == 0
        ? new Rate(0, 0, 0)
        : new Rate(files / seconds, events / seconds, pulses / seconds);
  }

  private synchronized void note(Done done) {
    recent.addLast(done);
    if (recent.size() > RATED) {
      recent.removeFirst();
    }
  }

  private void work() {
    try {
      while (!closing) {
        boolean any = false;
        try {
          for (Pass pass : passes.list()) {
            any |= lookAndLoad(pass);
          }
        } catch (RuntimeException e) {
          LOG.warn("passes could not be listed; trying again in {} s", LOOK.toSeconds(), e);
        }
        if (!any && !closing && awake.tryAcquire(LOOK.toMillis(), TimeUnit.MILLISECONDS)) {
          Thread.sleep(GATHERING);
          awake.drainPermits();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      ended.countDown();
    }
  }

  /// False also when it did not go well: other passes have their turn.
  private boolean lookAndLoad(Pass pass) {
    try {
      String rule = pass.rule();
      if (rule != null) {
        applyRule(pass, rule);
      }
      return !closing && loadOne(pass);
    } catch (IOException | RuntimeException e) {
      LOG.warn("columns of {} could not be made; they are tried again", pass.name(), e);
      return false;
    }
  }

  private void applyRule(Pass pass, String rule) {
    Instant now = clock.instant();
    Instant last = lookedAtAll.getOrDefault(pass.name() + " " + rule, Instant.MIN);
    boolean all = last.equals(Instant.MIN) || last.plus(LOOK_AT_ALL).isBefore(now);
    try {
      FileQuery query = FileQuery.parse(rule);
      database.inTransaction(connection -> {
        long from = all ? 0 : LoadStore.looked(connection, pass.id()) - OVERLAP;
        long added = add(connection, pass, query, from);
        LoadStore.setLooked(connection, pass.id(), rule);
        return added;
      });
    } catch (QueryException | CatalogException e) {
      LOG.warn("the rule of pass {} finds nothing: {}", pass.name(), e.getMessage());
    }
    if (all) {
      lookedAtAll.put(pass.name() + " " + rule, now);
    }
  }

  /// One batch; false when none waits.
  boolean loadOne(Pass pass) throws IOException {
    List<Long> claimed =
        database.inTransaction(
            connection -> LoadStore.claim(connection, pass.id(), owner, LEASE, BATCH));
    if (claimed.isEmpty()) {
      return false;
    }
    Instant began = clock.instant();
    try {
      List<CatalogFile> files = new ArrayList<>();
      long bytes = 0;
      for (long id : claimed) {
        CatalogFile file = catalog.find(id).orElse(null);
        if (file == null) {
          fail(pass, new LoadStore.Failure(id, "it is no longer in the catalog"));
        } else if (files.isEmpty() || bytes + file.size() <= BATCH_BYTES) {
          bytes += file.size();
          files.add(file);
        }
      }
      if (!files.isEmpty()) {
        Loader.Outcome outcome = loader.load(pass, files, WHO);
        outcome.failed().forEach(failure -> fail(pass, failure));
        note(
            new Done(
                pass.id(),
                began,
                clock.instant(),
                outcome.loaded() + outcome.failed().size(),
                outcome.events(),
                outcome.pulses()));
      }
    } finally {
      release(pass, claimed);
    }
    return true;
  }

  private void fail(Pass pass, LoadStore.Failure failure) {
    LOG.warn(
        "file {} did not become columns of {}: {}", failure.file(), pass.name(), failure.reason());
    database.inTransaction(connection -> {
      LoadStore.fail(connection, pass.id(), failure.file(), failure.reason());
      return true;
    });
  }

  /// What a process that is no more had in hand need not wait for the end of its lease.
  private void releaseOf(String before) {
    long files = database.inTransaction(connection -> LoadStore.releaseOf(connection, before));
    if (files > 0) {
      LOG.info("{} files that were in hand when the hub ended are taken up again", files);
    }
  }

  /// What is not settled may be taken by anyone.
  private void release(Pass pass, List<Long> files) {
    try {
      database.inTransaction(connection -> {
        LoadStore.release(connection, pass.id(), files);
        return true;
      });
    } catch (DatabaseException e) {
      LOG.info("claimed files are free again when their lease ends: {}", e.getMessage());
    }
  }

  /// Ends after the batch in hand, if that takes less than a minute.
  @Override
  public void close() {
    closing = true;
    awake.release();
    Thread running = worker;
    AutoCloseable listener = listening;
    try {
      if (listener != null) {
        listener.close();
      }
      WorkFolder held = folder;
      if (running != null && !ended.await(60, TimeUnit.SECONDS)) {
        running.interrupt();
        LOG.warn("a batch of columns did not end within 60 s and is given up");
      }
      if (held != null) {
        held.close();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (Exception e) {
      LOG.info("the listener of the event tables did not close: {}", e.getMessage());
    }
  }
}
