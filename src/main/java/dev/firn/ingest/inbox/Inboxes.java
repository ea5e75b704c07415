package dev.firn.ingest.inbox;

import dev.firn.catalog.Catalog;
import dev.firn.catalog.CatalogFile;
import dev.firn.catalog.Verification;
import dev.firn.catalog.VerifyOutcome;
import dev.firn.database.Database;
import dev.firn.database.History;
import dev.firn.database.HistoryRecord;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.Checksums;
import dev.firn.model.LogicalName;
import dev.firn.model.SiteName;
import dev.firn.storage.Change;
import dev.firn.storage.PublishMode;
import dev.firn.storage.StorageArea;
import dev.firn.storage.StoredObject;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The inboxes of a hub.
public final class Inboxes implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Inboxes.class);
  private static final Duration LOOK = Duration.ofSeconds(30);
  private static final String WHO = "inbox";

  private final InboxStore store;
  private final Database database;
  private final Catalog catalog;
  private final StorageArea area;
  private final SiteName site;
  private final InboxArchive archive;
  private final Clock clock;
  private final ScheduledExecutorService worker =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("inboxes").factory());

  /// Where inboxes are.
  ///
  /// @param area the hub's own; inboxes lie in its directory `inbox`
  /// @param site the hub's own
  public record Place(StorageArea area, SiteName site) {}

  public Inboxes(
      Database database, Catalog catalog, Place place, InboxArchive archive, Clock clock) {
    this.store = new InboxStore(database);
    this.database = database;
    this.catalog = catalog;
    this.area = place.area();
    this.site = place.site();
    this.archive = archive;
    this.clock = clock;
  }

  /// The latest first.
  public List<Inbox> latest(int limit) {
    return store.list(limit);
  }

  public Optional<Inbox> find(UUID id) {
    return store.find(id);
  }

  /// What happened to an inbox, newest first.
  public List<HistoryRecord> history(UUID id, int limit) {
    return database.read(c -> History.of(c, List.of("inbox"), id.toString(), 0, limit));
  }

  /// Files that lie in an inbox that is not published, the first that are found.
  public List<StoredObject> content(Inbox inbox, int limit) throws IOException {
    LogicalName directory = inbox.is("open") ? directory(inbox) : locked(inbox);
    List<StoredObject> content = new ArrayList<>();
    if (!inbox.is("published") && area.find(directory).isPresent()) {
      eachFile(
          directory,
          file -> {
            if (content.size() < limit) {
              content.add(file);
            }
          });
    }
    return content;
  }

  /// Where the owner of an inbox writes.
  public LogicalName directory(Inbox inbox) {
    return area.prefix().child("inbox").child(inbox.id().toString());
  }

  /// Where nobody can, while it is being published.
  private LogicalName locked(Inbox inbox) {
    return area.prefix().child("inbox").child("locked").child(inbox.id().toString());
  }

  InboxArchive archive() {
    return archive;
  }

  InboxStore store() {
    return store;
  }

  LogicalName prefix() {
    return area.prefix();
  }

  /// What is asked for.
  ///
  /// @param goal the name the content will have
  /// @param size bytes, about
  /// @param archive where it is to be archived once it is published; null for nowhere
  record Wanted(LogicalName goal, long size, Duration lifetime, @Nullable SiteName archive) {}

  /// Opens an inbox; empty when its final name is taken, or has an inbox already.
  Optional<Inbox> open(String owner, Wanted wanted) throws IOException {
    LogicalName goal = wanted.goal;
    if (area.find(goal).isPresent()) {
      return Optional.empty();
    }
    Instant now = clock.instant();
    Inbox inbox =
        new Inbox(
            UUID.randomUUID(),
            owner,
            goal,
            wanted.size,
            wanted.archive,
            "open",
            null,
            now,
            now.plus(wanted.lifetime),
            null,
            null);
    if (!store.open(inbox)) {
      return Optional.empty();
    }
    area.makeDirectory(directory(inbox), true);
    return Optional.of(inbox);
  }

  /// Locks an inbox and has it published soon; false when it is not open.
  boolean publish(Inbox inbox, String who) {
    if (!store.change(inbox, "open", "locked", who, null)) {
      return false;
    }
    worker.execute(() -> attempt(inbox.id()));
    return true;
  }

  /// Ends an open inbox; what is in it goes. False when it is not open.
  boolean expire(Inbox inbox, String who, String why) throws IOException {
    if (!store.change(inbox, "open", "expired", who, why)) {
      return false;
    }
    remove(inbox);
    return true;
  }

  /// The record goes first: it never points at bytes that are not there.
  private void remove(Inbox inbox) throws IOException {
    catalog.removed(directory(inbox), site, WHO);
    area.delete(directory(inbox), true);
  }

  /// Finishes what a crash interrupted after its rename, before anybody compares the area with the
  /// record.
  public void recover() throws IOException {
    for (Inbox inbox : store.under("locked")) {
      if (area.find(locked(inbox)).isPresent()) {
        catalog.moved(directory(inbox), locked(inbox), site, WHO);
      }
    }
    for (Inbox inbox : store.under("moving")) {
      move(inbox);
    }
  }

  /// Goes on with what is locked, and ends what is overdue, from now on.
  public void start() {
    worker.scheduleWithFixedDelay(this::look, 0, LOOK.toSeconds(), TimeUnit.SECONDS);
  }

  /// Goes on with what waits to be published or failed on its way, ends what is overdue, and
  /// removes what is left of those that ended.
  void look() {
    try {
      store.under("moving").forEach(inbox -> attempt(inbox.id()));
      store.under("locked").forEach(inbox -> attempt(inbox.id()));
    } catch (RuntimeException e) {
      LOG.warn("inboxes were not looked for; that is tried again", e);
    }
    expireOverdue();
    removeLeft();
  }

  /// A kill may have come before the bytes went, and a token opens its directory up to an hour
  /// longer.
  private void removeLeft() {
    try {
      List<LogicalName> there = new ArrayList<>();
      LogicalName all = area.prefix().child("inbox");
      if (area.find(all).isPresent()) {
        area.list(all, (StoredObject object) -> there.add(object.name()));
      }
      for (LogicalName directory : there) {
        Optional<Inbox> inbox = of(directory);
        if (inbox.isPresent() && (inbox.get().is("published") || inbox.get().is("expired"))) {
          remove(inbox.get());
        }
      }
    } catch (IOException | RuntimeException e) {
      LOG.warn("what is left of ended inboxes was not removed; that is tried again", e);
    }
  }

  private Optional<Inbox> of(LogicalName directory) {
    try {
      return store.find(UUID.fromString(directory.lastSegment()));
    } catch (IllegalArgumentException e) {
      return Optional.empty(); // no inbox's
    }
  }

  private void expireOverdue() {
    try {
      for (Inbox inbox : store.overdue(clock.instant())) {
        expire(inbox, WHO, "its time is over");
      }
    } catch (IOException | RuntimeException e) {
      LOG.warn("inboxes were not expired; that is tried again", e);
    }
  }

  private void attempt(UUID id) {
    try {
      Optional<Inbox> inbox = store.find(id);
      if (inbox.isPresent() && inbox.get().is("locked")) {
        publishLocked(inbox.get());
      } else if (inbox.isPresent() && inbox.get().is("moving")) {
        move(inbox.get());
      }
    } catch (IOException | RuntimeException e) {
      LOG.warn("inbox {} is not published yet; that is tried again soon", id, e);
    }
  }

  /// Every step finds out what was done before.
  void publishLocked(Inbox inbox) throws IOException {
    LogicalName locked = locked(inbox);
    if (area.find(locked).isEmpty()) {
      area.makeDirectory(locked.parent(), true);
      Change change = area.move(directory(inbox), locked, PublishMode.CREATE_NEW);
      if (change == Change.MISSING) {
        giveUp(inbox, "its directory is gone");
        return;
      }
    }
    // Also after a crash between the rename and this: the same again changes nothing.
    catalog.moved(directory(inbox), locked, site, WHO);
    Optional<String> wrong = verify(inbox, locked);
    if (wrong.isEmpty() && area.find(inbox.goal()).isPresent()) {
      wrong = Optional.of("there is something called " + inbox.goal() + " by now");
    }
    if (wrong.isPresent()) {
      unlock(inbox, wrong.get());
      return;
    }
    area.makeDirectory(inbox.goal().parent(), true);
    store.change(inbox, "locked", "moving", WHO, null);
    move(inbox);
  }

  private void move(Inbox inbox) throws IOException {
    LogicalName locked = locked(inbox);
    if (area.find(locked).isPresent()) {
      Change change = area.move(locked, inbox.goal(), PublishMode.CREATE_NEW);
      if (change != Change.CREATED) {
        store.change(inbox, "moving", "locked", WHO, null);
        unlock(inbox, inbox.goal() + " could not be made: " + change);
        return;
      }
    }
    database.inTransaction(c -> {
      catalog.moved(c, locked, inbox.goal(), site, inbox.owner());
      if (inbox.archive() != null) {
        archive.request(c, inbox.goal(), inbox.archive(), inbox.owner());
      }
      return InboxStore.change(c, inbox, "moving", "published", new InboxStore.Cause(WHO, null));
    });
    if (area.find(directory(inbox)).isPresent()) {
      remove(inbox); // what came late, through an upload that had begun
    }
    LOG.info("inbox {} of {} is published as {}", inbox.id(), inbox.owner(), inbox.goal());
  }

  private void unlock(Inbox inbox, String why) throws IOException {
    LogicalName locked = locked(inbox);
    if (area.find(locked).isPresent()) {
      // What came late, through an upload that had begun, lies there again: it goes.
      if (area.find(directory(inbox)).isPresent()) {
        remove(inbox);
      }
      area.move(locked, directory(inbox), PublishMode.CREATE_NEW);
    }
    catalog.moved(locked, directory(inbox), site, WHO);
    giveUp(inbox, why);
  }

  private void giveUp(Inbox inbox, String why) {
    store.change(inbox, "locked", "open", WHO, why);
    LOG.warn("inbox {} was not published: {}", inbox.id(), why);
  }

  /// Reads every file and compares it with the record; says what is wrong.
  private Optional<String> verify(Inbox inbox, LogicalName locked) throws IOException {
    List<LogicalName> files = new ArrayList<>();
    eachFile(locked, file -> files.add(file.name()));
    if (files.isEmpty()) {
      return Optional.of("it is empty");
    }
    long bytes = 0;
    for (LogicalName name : files) {
      Optional<CatalogFile> file = catalog.find(name);
      if (file.isEmpty()) {
        return Optional.of(name.lastSegment() + " is not registered");
      }
      Checksums seen = area.reread(name, EnumSet.of(ChecksumAlgorithm.SHA512));
      long size = area.find(name).orElseThrow().size();
      Verification verification =
          new Verification(file.get().id(), site, size, seen, "read back", clock.instant());
      VerifyOutcome outcome = database.inTransaction(c -> catalog.verify(c, verification, WHO));
      if (!(outcome instanceof VerifyOutcome.Verified)) {
        return Optional.of(name.lastSegment() + " is not what was uploaded");
      }
      bytes += size;
    }
    store.counted(inbox, files.size(), bytes);
    return Optional.empty();
  }

  private void eachFile(LogicalName directory, Consumer<StoredObject> visitor) throws IOException {
    List<LogicalName> below = new ArrayList<>();
    area.list(
        directory,
        (StoredObject object) -> {
          if (object.directory()) {
            below.add(object.name());
          } else {
            visitor.accept(object);
          }
        });
    for (LogicalName name : below) {
      eachFile(name, visitor);
    }
  }

  @Override
  public void close() {
    worker.shutdownNow();
    try {
      if (!worker.awaitTermination(30, TimeUnit.SECONDS)) {
        LOG.warn("an inbox is still being published; the next start goes on");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
