package dev.firn.catalog.area;

import dev.firn.catalog.Consistency;
import dev.firn.catalog.FileMetadata;
import dev.firn.database.Database;
import dev.firn.database.DatabaseException;
import dev.firn.model.LogicalName;
import dev.firn.model.SiteName;
import dev.firn.storage.StorageArea;
import dev.firn.storage.journal.ChangeJournal;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps the record of a hub's own area true.
///
/// What may be untrue after a crash is little and noted in the area's [ChangeJournal]: [#begin]
/// settles that before anything is answered. Everything else, such as files that somebody took away
/// by hand, is found by a comparison of all directories, which [#start] begins beside the work or
/// goes on with. Changes whose record never came, because the database was away, are settled half a
/// minute later.
public final class AreaComparison implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(AreaComparison.class);
  private static final String WHO = "found at start";
  private static final Duration LOOK_EVERY = Duration.ofSeconds(10);
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Duration AGAIN = Duration.ofMinutes(1);

  private final Consistency consistency;
  private final AreaSettling settling;
  private final PassStore store;
  private final ChangeJournal journal;
  private final LogicalName top;
  private final Path startFile;
  private final Clock clock;
  private final Supplier<UUID> ids;
  private final ScheduledExecutorService settler = thread("firn-area-settle");
  private final ScheduledExecutorService comparer = thread("firn-area-compare");
  private volatile @Nullable AreaPass pass;

  /// What is compared, and what was noted of its changes.
  ///
  /// @param startFile beside the area; tells whether this is the record that it had last
  public record Place(SiteName site, StorageArea area, ChangeJournal journal, Path startFile) {}

  /// The record.
  ///
  /// @param passedOver names of files that need no record, such as bundles being staged
  /// @param describe what the name says about a file
  public record Record(
      Database database,
      Consistency consistency,
      Predicate<LogicalName> passedOver,
      Function<LogicalName, FileMetadata> describe) {}

  public AreaComparison(Place place, Record record, Clock clock, Supplier<UUID> ids) {
    this.consistency = record.consistency();
    this.settling =
        new AreaSettling(
            consistency,
            place.area(),
            new AreaSettling.Rules(record.passedOver(), record.describe()));
    this.store = new PassStore(record.database(), place.site());
    this.journal = place.journal();
    this.top = place.area().prefix();
    this.startFile = place.startFile();
    this.clock = clock;
    this.ids = ids;
  }

  private static ScheduledExecutorService thread(String name) {
    ScheduledThreadPoolExecutor thread =
        new ScheduledThreadPoolExecutor(1, Thread.ofPlatform().daemon().name(name).factory());
    thread.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    return thread;
  }

  /// Makes the record true of what a crash left unfinished; of everything, when this is not the
  /// record that the area had last. Returns when both may be used.
  public void begin() throws IOException {
    boolean settled;
    try {
      settled = isTheLast() ? settleLeft() : compareAll();
    } catch (IOException e) {
      LOG.error("{} could not be compared with the record: {}", top, e.getMessage());
      settled = false; // the comparison beside the work begins again
    }
    if (settled) {
      journal.forget();
    }
    UUID start = ids.get();
    store.started(start);
    write(start);
  }

  private boolean compareAll() throws IOException {
    store.forget();
    long records = consistency.records();
    if (records > 0) {
      LOG.warn(
          "this is not the record that {} had at the last start, or there was none: all of it is"
              + " compared before anything is answered",
          top);
      newPass(records, Duration.ZERO).run();
    }
    return true;
  }

  private boolean isTheLast() throws IOException {
    if (!Files.exists(startFile)) {
      return false;
    }
    String text = Files.readString(startFile, StandardCharsets.US_ASCII).strip();
    return store.lastStart().map(UUID::toString).filter(text::equals).isPresent();
  }

  private void write(UUID start) throws IOException {
    Path temporary = startFile.resolveSibling(startFile.getFileName() + ".new");
    Files.writeString(temporary, start + "\n", StandardCharsets.US_ASCII);
    Files.move(temporary, startFile, StandardCopyOption.ATOMIC_MOVE);
  }

  private boolean settleLeft() throws IOException {
    ChangeJournal.Left left;
    try {
      left = journal.left();
    } catch (IOException e) {
      LOG.error("the notes of changes are damaged: {}", e.getMessage());
      return compareAll();
    }
    for (LogicalName name : left.names()) {
      settling.settleTree(name, WHO);
    }
    for (LogicalName directory : left.directories()) {
      // Of one that is not there the pass judges, which sees how much of the area is not.
      if (settling.isThere(directory)) {
        settling.settleFiles(directory, WHO);
      }
    }
    if (!left.names().isEmpty() || !left.directories().isEmpty()) {
      LOG.info(
          "{} changes that the last process left, and {} directories, were compared with the"
              + " record",
          left.names().size(),
          left.directories().size());
    }
    return true;
  }

  private AreaPass newPass(long records, Duration grace) {
    PassStore.Pass counts = store.open(records);
    AreaPass made =
        new AreaPass(
            settling, store, counts, new AreaPass.Setting(top, journal, grace, WHO), clock);
    pass = made;
    return made;
  }

  /// Begins to compare all, or goes on with it, and to settle what is noted from now on.
  public void start() {
    long every = LOOK_EVERY.toMillis();
    settler.scheduleWithFixedDelay(this::settleWaiting, every, every, TimeUnit.MILLISECONDS);
    comparer.execute(this::compare);
  }

  private void compare() {
    try {
      AreaPass now = pass;
      if (now == null) {
        now = newPass(consistency.records(), AreaPass.GRACE);
      }
      if (!now.isEnded()) {
        now.run();
      }
    } catch (IOException | DatabaseException e) {
      if (!comparer.isShutdown()) {
        LOG.error("{} could not be compared with the record; that is tried again", top, e);
        pass = null; // what was counted since it was written down counts again
        comparer.schedule(this::compare, AGAIN.toSeconds(), TimeUnit.SECONDS);
      }
    }
  }

  private void settleWaiting() {
    try {
      Instant before = clock.instant().minus(PATIENCE);
      List<ChangeJournal.Waiting> waiting = journal.waiting(before);
      for (ChangeJournal.Waiting one : waiting) {
        settling.settleTree(one.name(), "found beside the work");
        journal.agrees(one);
      }
      journal.tidy();
    } catch (IOException | RuntimeException e) {
      LOG.warn("changes without a record could not be settled; that is tried again", e);
    }
  }

  public AreaProgress progress() {
    int unsettled = journal.size();
    return Optional.ofNullable(pass)
        .map(p -> p.progress(unsettled))
        .orElseGet(() -> new AreaProgress(null, null, null, 0, 0, 0, 0, 0, 0, 0, unsettled));
  }

  /// Stops; the next start goes on.
  @Override
  public void close() {
    Optional.ofNullable(pass).ifPresent(AreaPass::stop);
    settler.shutdown();
    comparer.shutdown();
    try {
      if (!comparer.awaitTermination(30, TimeUnit.SECONDS)
          || !settler.awaitTermination(30, TimeUnit.SECONDS)) {
        LOG.warn("the comparison of {} is in the middle of something", top);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
