package dev.firn.transfer.deletion;

import dev.firn.catalog.Catalog;
import dev.firn.catalog.CatalogException;
import dev.firn.catalog.CatalogFile;
import dev.firn.catalog.Replica;
import dev.firn.catalog.ReplicaChange;
import dev.firn.catalog.Verification;
import dev.firn.database.Database;
import dev.firn.database.DatabaseException;
import dev.firn.database.History;
import dev.firn.database.HistoryEntry;
import dev.firn.model.ReplicaState;
import dev.firn.model.SiteName;
import dev.firn.transfer.deletion.ReapStore.Amount;
import dev.firn.transfer.deletion.ReapStore.Released;
import dev.firn.transfer.execution.Destinations;
import dev.firn.transfer.execution.Destinations.Expected;
import dev.firn.transfer.execution.Destinations.Finding;
import dev.firn.transfer.queue.RetryPolicy;
import dev.firn.transfer.rule.Needs;
import dev.firn.transfer.site.Place;
import dev.firn.transfer.site.Site;
import dev.firn.transfer.site.Sites;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Deletes copies that nobody asks for any more, when their grace is over: never below the verified
/// copies that rules want, and never more than a site's policy says.
///
/// A deletion is decided in one transaction, which writes the tombstone and makes the copy
/// `deleting`, and is carried out afterwards, again and again until the site says that nothing is
/// there. Before each attempt it is looked whether enough other copies are verified still.
public final class Reaper implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Reaper.class);
  static final String WHO = "reaper";
  private static final int BATCH = 500;
  private static final int AT_ONCE = 50;

  /// After so many times it is decided again what goes: sites that are slow are not waited for.
  private static final int TURNS = 20;

  private static final int NAMED = 100;
  private static final int CONFIRMED = 200;
  private static final Duration TURN = Duration.ofSeconds(30);

  private final Database database;
  private final Catalog catalog;
  private final Sites sites;
  private final Means means;
  private final Deletions deletions;
  private final Unreplaced unreplaced;
  private final CountDownLatch closing = new CountDownLatch(1);
  private @Nullable Thread thread;

  /// What it speaks to sites with.
  public record Means(Removals removals, Destinations destinations, RetryPolicy retries) {}

  public Reaper(Database database, Catalog catalog, Sites sites, Means means) {
    this.database = database;
    this.catalog = catalog;
    this.sites = sites;
    this.means = means;
    this.deletions = new Deletions(database, catalog, sites, means);
    this.unreplaced = new Unreplaced(database, catalog, sites, means.destinations());
  }

  /// What a pass over a site decided, or would decide.
  ///
  /// @param looked released copies that were looked at
  /// @param kept how many were kept for which reason
  /// @param named the names of the first of those that go
  public record Pass(
      SiteName site,
      long looked,
      long files,
      long bytes,
      Map<Reaping.Kept, Integer> kept,
      List<String> named) {}

  /// How a site stands.
  public record Standing(
      SiteName site,
      ReapPolicy policy,
      Amount released,
      Amount pending,
      Amount spent,
      String trouble) {}

  /// Starts its thread.
  public synchronized Reaper start() {
    thread = Thread.ofPlatform().daemon().name("reaper").start(this::loop);
    return this;
  }

  private void loop() {
    try {
      do {
        try {
          if (database.clocksAgree()) {
            turn();
          }
        } catch (DatabaseException e) {
          LOG.warn("the reaper waits for the database: {}", e.getMessage());
        } catch (RuntimeException | Error e) {
          LOG.error("a turn of the reaper failed", e);
        }
      } while (!closing.await(TURN.toMillis(), TimeUnit.MILLISECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void turn() {
    for (Site site : sites.list()) {
      try {
        pass(site.name(), false);
      } catch (DatabaseException e) {
        throw e;
      } catch (RuntimeException e) {
        LOG.error("what goes from {} cannot be decided; other sites' turn comes", site.name(), e);
      }
    }
    for (int i = 0; i < TURNS && closing.getCount() > 0 && carryOut() == AT_ONCE; i++) {
      // there may be more
    }
  }

  /// Every known site.
  public List<Standing> standing() {
    return database.read(c -> {
      List<Standing> all = new ArrayList<>();
      for (Site site : sites.list()) {
        all.add(
            new Standing(
                site.name(),
                ReapStore.policy(c, site.name()),
                ReapStore.released(c, site.name()),
                ReapStore.pending(c, site.name()),
                ReapStore.spent(c, site.name()),
                ReapStore.trouble(c, site.name())));
      }
      return all;
    });
  }

  public ReapPolicy policy(SiteName site) {
    return database.read(c -> ReapStore.policy(c, site));
  }

  /// @throws IllegalArgumentException when the site is not known
  public void set(SiteName site, ReapPolicy policy, String who) {
    sites.load(site);
    database.inTransaction(c -> {
      ReapStore.set(c, site, policy, who);
      History.record(
          c, new HistoryEntry("reap-policy", site.value(), who, policy.toString(), null, "set"));
      return 0;
    });
  }

  /// Decides what goes from a site now.
  ///
  /// @param dryRun whether nothing is changed
  /// @throws IllegalArgumentException when the site is not known
  public Pass pass(SiteName site, boolean dryRun) {
    sites.load(site);
    Tally tally = new Tally(site, dryRun);
    ReapPolicy policy = policy(site);
    if (policy.enabled() || dryRun) {
      long used = policy.capacity() == 0 ? 0 : used(site);
      while (database.inTransaction(c -> decide(c, policy, used, tally))) {
        // one batch after the other, until all were looked at or no more may go
      }
      if (!dryRun) {
        confirm(tally);
      }
    }
    return new Pass(
        site, tally.looked, tally.files, tally.bytes, tally.kept, List.copyOf(tally.named));
  }

  private long used(SiteName site) {
    return catalog.summary().copies().stream()
        .filter(c -> c.site().equals(site) && c.state() != ReplicaState.DELETING)
        .mapToLong(c -> c.total().bytes())
        .sum();
  }

  /// What one pass has come to so far.
  private static final class Tally {
    final SiteName site;
    final boolean dryRun;
    final Map<Reaping.Kept, Integer> kept = new EnumMap<>(Reaping.Kept.class);
    final List<String> named = new ArrayList<>();
    final List<CatalogFile> unsure = new ArrayList<>();
    Released last = Released.FIRST;
    long looked;
    long files;
    long bytes;

    Tally(SiteName site, boolean dryRun) {
      this.site = site;
      this.dryRun = dryRun;
    }
  }

  /// @return whether there may be more to decide
  private boolean decide(Connection connection, ReapPolicy policy, long used, Tally tally)
      throws SQLException {
    if (!tally.dryRun && !ReapStore.lock(connection)) {
      return false; // another hub decides now
    }
    Instant now = ReapStore.now(connection);
    Amount spent = ReapStore.spent(connection, tally.site);
    // What this pass decided is among what was spent, unless it only looks.
    long files = spent.files() + (tally.dryRun ? tally.files : 0);
    long bytes = spent.bytes() + (tally.dryRun ? tally.bytes : 0);
    List<Released> released = ReapStore.released(connection, tally.site, tally.last, BATCH);
    if (released.isEmpty()) {
      return false;
    }
    Batch batch = look(connection, policy, tally, released);
    Reaping.Plan plan =
        Reaping.plan(
            batch.copies, policy.fill(used, tally.bytes), policy.limits(files, bytes), now);
    plan.kept().forEach((why, count) -> tally.kept.merge(why, count, Integer::sum));
    for (Reaping.Copy copy : plan.delete()) {
      CatalogFile file = Objects.requireNonNull(batch.files.get(copy.fileId()));
      tally.files++;
      tally.bytes += copy.size();
      if (tally.named.size() < NAMED) {
        tally.named.add(file.name().toString());
      }
      if (!tally.dryRun) {
        mark(connection, file, tally.site, batch.why.get(copy.fileId()));
      }
    }
    for (Reaping.Copy copy : batch.copies) {
      boolean graceOver = !copy.released().plus(policy.grace()).isAfter(now);
      boolean few = copy.wantedBy().isPresent() || copy.others() < copy.needed();
      if (graceOver && few && tally.unsure.size() < CONFIRMED) {
        tally.unsure.add(batch.files.get(copy.fileId()));
      }
    }
    tally.looked += released.size();
    tally.last = released.getLast();
    boolean noMore =
        plan.kept().containsKey(Reaping.Kept.LIMIT) || plan.kept().containsKey(Reaping.Kept.ROOM);
    return released.size() == BATCH && !noMore;
  }

  private static final class Batch {
    final List<Reaping.Copy> copies = new ArrayList<>();
    final Map<Long, CatalogFile> files = new HashMap<>();
    final Map<Long, String> why = new HashMap<>();
  }

  private Batch look(Connection connection, ReapPolicy policy, Tally tally, List<Released> released)
      throws SQLException {
    List<Long> ids = released.stream().map(Released::fileId).toList();
    Needs needs = Needs.of(connection, catalog, sites, ids);
    Set<Long> inUse = ReapStore.inUse(connection, tally.site, ids);
    Batch batch = new Batch();
    for (Released one : released) {
      Optional<CatalogFile> file = catalog.find(connection, one.fileId());
      Optional<Replica> replica =
          file.flatMap(f -> f.replicaAt(tally.site))
              .filter(r -> r.bundle() == null && r.state() != ReplicaState.DELETING);
      if (replica.isEmpty()) {
        if (!tally.dryRun) {
          ReapStore.forget(connection, tally.site, one.fileId()); // it is gone already
        }
        continue;
      }
      batch.files.put(one.fileId(), file.get());
      batch.why.put(one.fileId(), one.why());
      batch.copies.add(
          new Reaping.Copy(
              one.fileId(),
              file.get().size(),
              one.since(),
              file.get().live() ? needs.by(file.get(), tally.site) : Optional.empty(),
              Needs.verifiedElsewhere(file.get(), tally.site).size(),
              policy.copies(),
              inUse.contains(one.fileId())));
    }
    return batch;
  }

  private void mark(Connection connection, CatalogFile file, SiteName site, @Nullable String why)
      throws SQLException {
    Replica replica = file.replicaAt(site).orElseThrow();
    String reason = why == null ? "nobody asks for it" : why;
    catalog.setReplica(
        connection, ReplicaChange.to(file.id(), site, ReplicaState.DELETING), WHO, reason);
    ReapStore.mark(connection, file.id(), new Place(site, replica.path()), file.size(), reason);
    ReapStore.forget(connection, site, file.id());
    Deletions.record(connection, file.id(), site, new Deletions.Step(reason, null, "deleting"));
  }

  /// Copies elsewhere that were never verified may be the ones that are missing: their sites are
  /// asked.
  private void confirm(Tally tally) {
    for (CatalogFile file : tally.unsure) {
      for (Replica replica : file.replicas()) {
        boolean candidate =
            !replica.site().equals(tally.site)
                && replica.state() == ReplicaState.AVAILABLE
                && replica.verified() == null
                && replica.bundle() == null;
        Optional<Site> site = sites.find(replica.site());
        if (candidate && site.isPresent() && closing.getCount() > 0) {
          confirm(file, replica, site.get());
        }
      }
    }
  }

  private void confirm(CatalogFile file, Replica replica, Site site) {
    Place place = new Place(site.name(), replica.path());
    Finding finding =
        means.destinations().glance(site, place, new Expected(file.size(), file.checksums()));
    if (finding instanceof Finding.Right right && !right.compared().values().isEmpty()) {
      Verification seen =
          new Verification(
              file.id(), site.name(), file.size(), right.compared(), right.by(), Instant.now());
      try {
        database.inTransaction(c -> catalog.verify(c, seen, WHO));
      } catch (CatalogException e) {
        LOG.info("{} stays as it is on record: {}", place, e.getMessage());
      }
    } else {
      LOG.info("{} is not confirmed: {}", place, finding);
    }
  }

  /// Carries deletions out that are due, and looks at what transfers were to overwrite and have
  /// not.
  ///
  /// @return how many were tried
  public int carryOut() {
    unreplaced.look(AT_ONCE);
    return deletions.carryOut(AT_ONCE);
  }

  @Override
  public synchronized void close() {
    closing.countDown();
    try {
      if (thread != null) {
        thread.join();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
