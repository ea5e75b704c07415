package dev.firn.archive;

import dev.firn.archive.tape.Staging;
import dev.firn.archive.tape.TapeClient;
import dev.firn.catalog.Catalog;
import dev.firn.catalog.CatalogFile;
import dev.firn.database.Database;
import dev.firn.database.History;
import dev.firn.database.HistoryRecord;
import dev.firn.http.HttpFetcher;
import dev.firn.model.LogicalName;
import dev.firn.storage.StorageArea;
import dev.firn.transfer.Transfers;
import dev.firn.transfer.execution.TransferTokens;
import dev.firn.transfer.site.Sites;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The archive's engine: closes bundles, packs them, sends them, takes custody of them and removes
/// what was staged.
///
/// Every step is claimed under a lease, can be repeated after a crash, and ends in one transaction.
/// One thread closes bundles; a few work on them; sites are audited beside each other
/// ([AuditLanes]). All state is in the database, so that several processes may run one each.
public final class Archivist implements AutoCloseable {
  static final String WHO = "archivist";
  private static final Logger LOG = LoggerFactory.getLogger(Archivist.class);
  private static final long IDLE_MILLIS = 500;

  /// History is written all the time, and hardly any of it is for the archive: who is woken waits
  /// so long for more of it.
  private static final long GATHERING_MILLIS = 100;

  private static final long REST_MILLIS = 60_000;
  private static final Duration REPORTED = Duration.ofDays(365);
  private static final Duration AFTER_TROUBLE = Duration.ofSeconds(5);

  /// What the archivist works with.
  ///
  /// @param area the hub's own, where members lie and bundles are staged
  /// @param http reads archives' copies
  public record Means(
      Database database,
      Catalog catalog,
      StorageArea area,
      Transfers transfers,
      Sites sites,
      TransferTokens tokens,
      HttpFetcher http) {}

  private final ArchivistConfig config;
  private final Clock clock;
  private final Database database;
  private final Catalog catalog;
  private final ArchiveStore store;
  private final Collector collector;
  private final BundleWork work;
  private final Delivery delivery;
  private final Staging staging;
  private final BundleSource source;
  private final CustodyDesk desk;
  private final Mending mending;
  private final Fixity fixity;
  private final Recall recall;
  private final AuditStore audits;
  private final Auditor auditor;
  private final AtomicBoolean flush = new AtomicBoolean();
  private final Semaphore collectorWake = new Semaphore(0);
  private final Semaphore workerWake = new Semaphore(0);
  private final List<Thread> threads = new ArrayList<>();
  private volatile boolean running;
  private @Nullable AuditLanes lanes;
  private @Nullable AutoCloseable listening;

  /// @param holder names this process in leases, unlike any other
  /// @param ids where bundles' UUIDs come from
  public Archivist(
      Means means, ArchivistConfig config, Clock clock, String holder, Supplier<UUID> ids) {
    this.config = config;
    this.clock = clock;
    this.database = means.database();
    this.catalog = means.catalog();
    this.store = new ArchiveStore(means.database(), holder);
    RemoteCopy remote = new RemoteCopy(means.http(), means.tokens());
    this.collector = new Collector(store, means.catalog(), config, clock, ids);
    TapeClient tape = new TapeClient(means.http(), means.tokens());
    this.staging = new Staging(database, tape, config.lease().dividedBy(12));
    this.source = new BundleSource(means.sites(), remote, staging);
    this.recall = new Recall(store, means.catalog(), means.sites(), remote);
    MemberSources members =
        new MemberSources(means.catalog(), means.area(), config.hub(), recall, source);
    this.work = new BundleWork(store, means.catalog(), means.area(), members, config);
    this.delivery = new Delivery(store, work, means.transfers(), config);
    CopyJudge judge = new CopyJudge(store, source, tape);
    this.desk = new CustodyDesk(store, means.catalog(), judge, config, clock);
    this.mending = new Mending(store, means.catalog(), means.transfers(), source, config.hub());
    this.fixity = new Fixity(store, desk, mending, config.lease());
    this.audits = new AuditStore(means.database());
    this.auditor = new Auditor(audits, fixity, config, clock);
  }

  Fixity fixity() {
    return fixity;
  }

  /// Reads members out of archived bundles.
  public Recall recall() {
    return recall;
  }

  BundleSource source() {
    return source;
  }

  /// Orders bundles at nearline sites from tape.
  public Staging staging() {
    return staging;
  }

  AuditStore audits() {
    return audits;
  }

  /// Reads what is due once. For tests and for tools that do not start the threads.
  int audit() {
    return auditor.round();
  }

  ArchiveStore store() {
    return store;
  }

  /// A bundle by its UUID.
  public Optional<Bundle> find(UUID uuid) {
    return store.find(uuid);
  }

  Optional<CatalogFile> file(LogicalName name) {
    return catalog.find(name);
  }

  /// What happened to a bundle, newest first.
  public List<HistoryRecord> history(UUID uuid) {
    return store.history(uuid);
  }

  /// The newest bundles, at most `limit`.
  public List<Bundle> list(int limit) {
    return store.list(null, null, limit);
  }

  /// Starts the threads.
  public synchronized void start() {
    running = true;
    listening = database.listen(History.CHANNEL, this::wake);
    threads.add(Thread.ofPlatform().name("archive-collector").daemon().start(this::collectorLoop));
    for (int i = 0; i < config.workers(); i++) {
      threads.add(Thread.ofPlatform().name("archive-worker-" + i).daemon().start(this::workerLoop));
    }
    if (config.audits()) {
      lanes = new AuditLanes(auditor, database::clocksAgree, this::wake);
    }
  }

  CustodyReport report() {
    Instant now = clock.instant();
    Instant since = now.minus(REPORTED);
    return new CustodyReport(now, since, config::careOf, audits.report(since));
  }

  /// How audits stand, and what waits in quarantine, at most `limit` bundles.
  public ArchiveStanding standing(int limit) {
    return ArchiveStanding.of(report(), store, limit);
  }

  /// Under which bundles are named.
  LogicalName prefix() {
    return config.prefix();
  }

  /// Takes a bundle out of quarantine, to go on where it stood.
  ///
  /// @return whether it was in quarantine
  public boolean resume(UUID uuid, String who) {
    boolean resumed = store.resume(uuid, config.lease(), who);
    wake();
    return resumed;
  }

  void wakeUp() {
    wake();
  }

  /// Closes bundles of all that waits, however little it is.
  public void flush() {
    flush.set(true);
    wake();
  }

  private void wake() {
    if (collectorWake.availablePermits() == 0) {
      collectorWake.release();
    }
    if (workerWake.availablePermits() < config.workers()) {
      workerWake.release(config.workers());
    }
  }

  private void collectorLoop() {
    while (running) {
      boolean all = flush.getAndSet(false);
      long begun = System.nanoTime();
      try {
        if (database.clocksAgree() && collector.collect(all) > 0) {
          wake();
        }
      } catch (RuntimeException | Error e) {
        LOG.warn("bundles could not be closed; will be tried again", e);
        if (all) {
          flush.set(true);
        }
      }
      // Where very much waits, looking takes long: half of the time is left to others.
      long took = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun);
      pause(collectorWake, took > IDLE_MILLIS ? Math.min(took, REST_MILLIS) : 0);
    }
  }

  private void workerLoop() {
    while (running) {
      try {
        if (!database.clocksAgree() || !step()) {
          pause(workerWake);
        }
      } catch (RuntimeException | Error e) {
        LOG.warn("the archive's work stopped; will be taken up again", e);
        pause(workerWake);
      }
    }
  }

  private void pause(Semaphore wake) {
    pause(wake, 0);
  }

  private void pause(Semaphore wake, long atLeastMillis) {
    try {
      Thread.sleep(atLeastMillis);
      if (wake.tryAcquire(IDLE_MILLIS, TimeUnit.MILLISECONDS)) {
        Thread.sleep(GATHERING_MILLIS);
        wake.drainPermits();
      }
    } catch (InterruptedException e) {
      running = false;
      Thread.currentThread().interrupt();
    }
  }

  /// Closes what is due now. For tests and for tools that do not start the threads.
  int collect(boolean all) {
    return collector.collect(all);
  }

  /// Takes one bundle one step further; false when there is nothing to do.
  boolean step() {
    Optional<Bundle> claimed = store.claim(config.lease());
    claimed.ifPresent(this::step);
    return claimed.isPresent();
  }

  private void step(Bundle bundle) {
    Heartbeat alive = new Heartbeat(store, bundle.uuid(), config.lease());
    try {
      switch (bundle.state()) {
        case CLOSED -> work.pack(bundle, alive);
        case PACKED -> delivery.send(bundle);
        case TRANSFERRING -> delivery.follow(bundle);
        case VERIFYING -> desk.take(bundle, bytes -> alive.run());
        case VERIFIED -> work.unstage(bundle);
        case DAMAGED -> mending.begin(bundle, WHO);
        case UNREAD, QUARANTINED, CANCELLED -> store.release(bundle, AFTER_TROUBLE, null);
      }
    } catch (LeaseLostException e) {
      LOG.info("{}", e.getMessage());
    } catch (IOException e) {
      LOG.warn("bundle {} waits: {}", bundle.uuid(), e.getMessage());
      store.release(bundle, AFTER_TROUBLE, String.valueOf(e.getMessage()));
    } catch (RuntimeException e) { // an Error leaves it to its lease, as a crash does
      LOG.warn("bundle {} waits: {}", bundle.uuid(), e.getMessage(), e);
      store.release(bundle, AFTER_TROUBLE, String.valueOf(e.getMessage()));
    }
  }

  /// Stops the threads; what they were doing is taken up again when its lease ends.
  @Override
  public synchronized void close() {
    running = false;
    threads.forEach(Thread::interrupt);
    if (lanes != null) {
      lanes.close();
    }
    for (Thread thread : threads) {
      try {
        thread.join(TimeUnit.SECONDS.toMillis(20));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    if (listening != null) {
      try {
        listening.close();
      } catch (Exception e) {
        LOG.debug("listening could not be ended: {}", e.getMessage());
      }
    }
  }
}
