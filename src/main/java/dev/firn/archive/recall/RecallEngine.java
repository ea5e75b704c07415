package dev.firn.archive.recall;

import dev.firn.archive.Bundle;
import dev.firn.archive.Recall;
import dev.firn.archive.recall.RecallFile.State;
import dev.firn.archive.recall.RecallStore.Group;
import dev.firn.archive.tape.Staging;
import dev.firn.catalog.Catalog;
import dev.firn.catalog.CatalogFile;
import dev.firn.catalog.NewFile;
import dev.firn.catalog.RegisterOutcome;
import dev.firn.catalog.ReplicaChange;
import dev.firn.database.Database;
import dev.firn.http.RemoteException;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.Checksums;
import dev.firn.model.ReplicaState;
import dev.firn.model.SiteName;
import dev.firn.storage.PublishMode;
import dev.firn.storage.PublishOutcome;
import dev.firn.storage.StageOptions;
import dev.firn.storage.StagedWrite;
import dev.firn.storage.StorageArea;
import dev.firn.storage.StorageException;
import dev.firn.storage.StoredObject;
import dev.firn.transfer.site.Site;
import dev.firn.transfer.site.Sites;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Brings back what recalls ask for, one bundle at a time.
public final class RecallEngine implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RecallEngine.class);
  private static final String WHO = "recall";
  private static final int GROUPS = 200;
  private static final int FILES = 1000;
  private static final int ATTEMPTS = 8;
  private static final Duration LATER = Duration.ofSeconds(30);
  private static final Duration IDLE = Duration.ofMillis(500);

  /// What the engine works with.
  ///
  /// @param hub the site whose area files are brought to
  public record Means(
      Database database,
      Catalog catalog,
      StorageArea area,
      Sites sites,
      Recall recall,
      Staging staging,
      SiteName hub) {}

  private final Means means;
  private final RecallStore store;
  private final Duration lease;
  private volatile boolean running;
  private @Nullable Thread thread;

  /// @param holder names this process in leases, unlike any other
  public RecallEngine(Means means, String holder, Duration lease) {
    this.means = means;
    this.store = new RecallStore(means.database(), holder);
    this.lease = lease;
  }

  public synchronized RecallEngine start() {
    running = true;
    thread = Thread.ofPlatform().name("archive-recall").daemon().start(this::loop);
    return this;
  }

  private void loop() {
    while (running) {
      boolean worked = false;
      try {
        worked = means.database().clocksAgree() && step();
      } catch (RuntimeException | Error e) {
        LOG.warn("recalls stopped; will be taken up again", e);
      }
      try {
        if (!worked) {
          Thread.sleep(IDLE);
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

  /// Brings the files of one bundle; false when there is nothing that can be read now. For tests
  /// and for tools that do not start the thread.
  public boolean step() {
    Map<SiteName, List<Group>> bySite = new LinkedHashMap<>();
    List<Group> waiting = store.waiting(GROUPS);
    waiting.forEach(g -> bySite.computeIfAbsent(g.site(), s -> new ArrayList<>()).add(g));
    Map<Group, Staging.Fate> fates = new LinkedHashMap<>();
    bySite.forEach((site, groups) -> fates.putAll(prepare(site, groups)));
    for (Group group : waiting) {
      Staging.Fate fate = fates.get(group);
      if (fate != null && (fate.ready() || fate.trouble() != null)) {
        List<RecallFile> files = store.claim(group.bundle(), lease, FILES);
        if (!files.isEmpty()) {
          work(group, files, fate);
          return true;
        }
      }
    }
    return false;
  }

  private Map<Group, Staging.Fate> prepare(SiteName name, List<Group> groups) {
    Map<Group, Staging.Fate> fates = new LinkedHashMap<>();
    Optional<Site> site = means.sites().find(name);
    if (site.isEmpty()) {
      groups.forEach(g -> fates.put(g, new Staging.Fate(false, "this hub knows no site " + name)));
      return fates;
    }
    try {
      var said =
          means
              .staging()
              .prepare(site.get(), groups.stream().map(Group::bundleName).distinct().toList());
      groups.forEach(g -> fates.put(g, said.get(g.bundleName())));
    } catch (IOException e) {
      LOG.warn("recalls from {} wait: {}", name, e.getMessage());
      store.postpone(name, LATER, "waits for " + name + ": " + e.getMessage());
    }
    return fates;
  }

  private void work(Group group, List<RecallFile> files, Staging.Fate fate) {
    Optional<Site> site = means.sites().find(group.site());
    Runnable alive = heartbeat(group);
    for (RecallFile file : files) {
      if (!store.hold(file, lease)) {
        continue; // cancelled, or somebody else's by now
      }
      alive.run();
      if (site.isEmpty()) {
        elsewhere(file, group, String.valueOf(fate.trouble()));
      } else if (fate.trouble() != null) {
        elsewhere(file, group, "cannot be brought from tape: " + fate.trouble());
      } else {
        bring(file, group, site.get(), alive);
      }
    }
    if (site.isPresent() && !store.wanted(group.bundle())) {
      means.staging().done(site.get(), List.of(group.bundleName()));
    }
  }

  /// Holds all that is claimed of a bundle, run as often as one likes: also while a long file
  /// comes.
  private Runnable heartbeat(Group group) {
    long[] next = {System.nanoTime() + lease.toNanos() / 3};
    return () -> {
      if (System.nanoTime() - next[0] >= 0) {
        store.keep(group.bundle(), lease);
        next[0] = System.nanoTime() + lease.toNanos() / 3;
      }
    };
  }

  private void bring(RecallFile file, Group group, Site site, Runnable alive) {
    try {
      Optional<CatalogFile> known = means.catalog().find(file.fileId());
      Optional<Recall.Location> location =
          known.flatMap(f -> means.recall().find(f, group.bundle()));
      if (known.isEmpty() || location.isEmpty()) {
        elsewhere(file, group, "its copy at " + group.site() + " is not sound any more");
        return;
      }
      bring(file, known.get(), location.get(), alive);
    } catch (Recall.WrongBytesException e) {
      suspect(file, group, String.valueOf(e.getMessage()));
      elsewhere(file, group, String.valueOf(e.getMessage()));
    } catch (UncheckedIOException e) {
      retry(file, group, site, Objects.requireNonNull(e.getCause()));
    } catch (IOException e) {
      retry(file, group, site, e);
    }
  }

  private void bring(RecallFile file, CatalogFile known, Recall.Location from, Runnable alive)
      throws IOException {
    Optional<StoredObject> there = means.area().find(file.target());
    boolean replace = there.isPresent();
    if (there.isPresent() && isContent(known, there.get())) {
      record(file, known, false, "was there already");
      return;
    }
    if (there.isPresent() && (there.get().directory() || !mayReplace(file))) {
      fail(file, "something else is at " + file.target() + "; it was left alone");
      return;
    }
    if (means.area().usage().free() < known.size()) {
      store.waits(file, LATER, "waits for space at " + means.hub());
      return;
    }
    StageOptions options =
        StageOptions.DEFAULT.withAlgorithms(EnumSet.of(ChecksumAlgorithm.SHA512));
    try (StagedWrite staged = means.area().stage(file.target(), options)) {
      means
          .recall()
          .fetch(
              from,
              bytes -> {
                alive.run();
                staged.write(bytes);
              });
      PublishOutcome outcome =
          staged.publish(replace ? PublishMode.REPLACE : PublishMode.CREATE_NEW, known.checksums());
      if (outcome instanceof PublishOutcome.Created || outcome instanceof PublishOutcome.Replaced) {
        record(file, known, replace, "from bundle " + from.bundle() + " at " + from.site());
      } else if (isThere(known, file)) { // somebody else has brought it meanwhile
        record(file, known, false, "was there already");
      } else {
        fail(file, "could not be stored: " + outcome);
      }
    }
  }

  private boolean isThere(CatalogFile known, RecallFile file) throws IOException {
    Optional<StoredObject> there = means.area().find(file.target());
    return there.isPresent() && isContent(known, there.get());
  }

  private boolean mayReplace(RecallFile file) {
    return store.find(file.recall()).map(RecallOrder::replace).orElse(false);
  }

  private boolean isContent(CatalogFile known, StoredObject there) throws IOException {
    if (there.directory() || there.size() != known.size()) {
      return false;
    }
    Checksums sums = means.area().checksums(there.name(), EnumSet.of(ChecksumAlgorithm.SHA512));
    return sums.firstDifference(known.checksums()).isEmpty();
  }

  /// The bytes are there; now the catalog says so, and the recall.
  private void record(RecallFile file, CatalogFile known, boolean replaced, String how) {
    NewFile stored = new NewFile(file.target(), known.size(), known.checksums(), known.metadata());
    RegisterOutcome outcome = means.catalog().stored(stored, replaced, means.hub(), WHO);
    if (outcome instanceof RegisterOutcome.Conflict conflict) {
      fail(file, file.target() + " is " + conflict.reason());
      return;
    }
    end(file, State.DONE, how);
  }

  private void fail(RecallFile file, String why) {
    LOG.warn("recall of {}: {}", file.name(), why);
    end(file, State.FAILED, why);
  }

  private void end(RecallFile file, State state, String why) {
    store.database().inTransaction(c -> store.end(c, file, state, why));
  }

  /// Tries the copy in another bundle, or gives up.
  private void elsewhere(RecallFile file, Group group, String why) {
    Optional<Bundle> other =
        means.catalog().find(file.fileId()).stream()
            .flatMap(f -> means.recall().holders(f).stream())
            .filter(b -> !b.uuid().equals(group.bundle()))
            .findFirst();
    if (other.isEmpty() || file.attempts() >= ATTEMPTS) {
      fail(file, why);
      return;
    }
    Bundle bundle = other.get();
    store.later(file, Duration.ZERO, why, new Group(bundle.site(), bundle.uuid(), bundle.name()));
  }

  private void suspect(RecallFile file, Group group, String why) {
    store
        .database()
        .inTransaction(c -> {
          means
              .catalog()
              .setReplica(
                  c, ReplicaChange.to(file.fileId(), group.site(), ReplicaState.SUSPECT), WHO, why);
          return true;
        });
  }

  private void retry(RecallFile file, Group group, Site site, IOException e) {
    if (e instanceof RemoteException remote && remote.status() == 409) {
      // It left the disk between being brought there and being read.
      means.staging().forget(site, List.of(group.bundleName()));
    }
    boolean full =
        e instanceof StorageException storage && storage.kind() == StorageException.Kind.CAPACITY;
    String why = String.valueOf(e.getMessage());
    Duration pause = LATER.multipliedBy(1L << Math.min(6, file.attempts()));
    if (full) {
      store.waits(file, pause, why);
    } else if (file.attempts() + 1 >= ATTEMPTS) {
      elsewhere(file, group, why);
    } else {
      store.later(file, pause, why, null);
    }
  }

  @Override
  public synchronized void close() {
    running = false;
    if (thread == null) {
      return;
    }
    thread.interrupt();
    try {
      thread.join(TimeUnit.SECONDS.toMillis(20));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
