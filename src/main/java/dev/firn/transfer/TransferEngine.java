package dev.firn.transfer;

import dev.firn.catalog.Catalog;
import dev.firn.database.Database;
import dev.firn.database.DatabaseException;
import dev.firn.database.History;
import dev.firn.door.OwnFiles;
import dev.firn.http.HttpFetcher;
import dev.firn.transfer.execution.Copies;
import dev.firn.transfer.execution.CopyRun;
import dev.firn.transfer.execution.Dispatch;
import dev.firn.transfer.execution.HttpDestinations;
import dev.firn.transfer.execution.Mover;
import dev.firn.transfer.execution.SmallFiles;
import dev.firn.transfer.execution.ThirdPartyCopy;
import dev.firn.transfer.execution.TransferTokens;
import dev.firn.transfer.queue.Claim;
import dev.firn.transfer.queue.LinkStore;
import dev.firn.transfer.queue.PostgresBook;
import dev.firn.transfer.queue.TransferBook;
import dev.firn.transfer.queue.TransferBook.Holder;
import dev.firn.transfer.queue.TransferBook.Settled;
import dev.firn.transfer.queue.TransferStore.Heard;
import dev.firn.transfer.rule.RuleEngine;
import dev.firn.transfer.site.Sites;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Makes transfers happen: follows the rules, claims what may start, moves it, settles it.
///
/// One thread writes outcomes down, as many in one transaction as have come in meanwhile.
///
/// Any number of engines may work on one database; each is a name under which leases are held. One
/// that stops or dies leaves its transfers to the others: a stopped one hands them back as unknown,
/// a dead one's leases end. One whose clock is off claims nothing.
public final class TransferEngine implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(TransferEngine.class);
  private static final Duration LONGEST_NAP = Duration.ofSeconds(1);

  /// How often it is looked at how many transfers at a time a link carries.
  private static final Duration ADAPT = Duration.ofSeconds(60);

  private static final int SETTLED_AT_ONCE = 256;

  /// A thread that is woken waits so long for more of the same, which then costs one transaction
  /// together: hundreds of small files end in a second, and a turn of the planner is twenty
  /// statements however few it starts.
  private static final Duration GATHERING = Duration.ofMillis(20);

  /// History is written all the time, and hardly any of it is for the rules.
  private static final Duration GATHERING_HISTORY = Duration.ofMillis(100);

  private final String owner;
  private final Database database;
  private final TransferConfig config;
  private final RuleEngine rules;
  private final TransferBook book;
  private final Dispatch dispatch;
  private final ExecutorService movers;
  private final Map<Long, Held> held = new ConcurrentHashMap<>();
  private final List<Thread> threads = new ArrayList<>();
  private final Semaphore planWake = new Semaphore(0);
  private final Semaphore ruleWake = new Semaphore(0);
  private final Semaphore keepWake = new Semaphore(0);
  private final Semaphore settleWake = new Semaphore(0);
  private final BlockingQueue<Settled> outcomes = new LinkedBlockingQueue<>();
  private long adapted = System.nanoTime();
  private volatile boolean closing;
  private @Nullable AutoCloseable listener;

  /// What an engine speaks to sites with.
  ///
  /// @param own what this process may send itself; none where it has no door of its own
  /// @param random spreads delays
  public record Outward(
      HttpFetcher http, TransferTokens tokens, Optional<OwnFiles> own, RandomGenerator random) {
    /// Without files of its own.
    public Outward(HttpFetcher http, TransferTokens tokens, RandomGenerator random) {
      this(http, tokens, Optional.empty(), random);
    }
  }

  /// A claim in the hands of this process.
  private static final class Held {
    final Claim claim;
    final CopyRun run = new CopyRun();
    long lastBytes;
    long lastNanos = System.nanoTime();
    long rate;

    Held(Claim claim) {
      this.claim = claim;
    }
  }

  /// @param owner this process's name in leases, unlike that of any other, earlier ones included
  public TransferEngine(
      String owner, Transfers transfers, Catalog catalog, Outward outward, TransferConfig config) {
    this.owner = owner;
    this.database = transfers.database();
    this.config = config;
    Sites sites = transfers.sites();
    this.rules = new RuleEngine(database, catalog, sites, transfers.store());
    this.book = new PostgresBook(database, transfers.store(), sites, config.links());
    Mover mover =
        new Mover(
            sites,
            new HttpDestinations(outward.http(), outward.tokens(), config.silence()),
            copies(outward, config.silence()),
            config.retries(),
            outward.random()::nextDouble);
    this.dispatch = new Dispatch(book, mover, config.retries());
    this.movers =
        Executors.newFixedThreadPool(
            config.movers(), Thread.ofPlatform().daemon().name("mover-", 0).factory());
  }

  private static Copies copies(Outward outward, Duration silence) {
    HttpFetcher http = outward.http();
    TransferTokens tokens = outward.tokens();
    Copies bySites = new ThirdPartyCopy(http, tokens, silence);
    return outward
        .own()
        .<Copies>map(own -> new SmallFiles(own, bySites, http, tokens, silence))
        .orElse(bySites);
  }

  /// Starts the threads.
  public synchronized TransferEngine start() {
    listener = database.listen(History.CHANNEL, ruleWake::release);
    threads.add(loop("transfer-planner", planWake, GATHERING, this::plan));
    threads.add(loop("transfer-settler", settleWake, GATHERING, this::settle));
    threads.add(loop("transfer-rules", ruleWake, GATHERING_HISTORY, this::followHistory));
    threads.add(loop("transfer-leases", keepWake, Duration.ZERO, this::keep));
    return this;
  }

  private Thread loop(String name, Semaphore wake, Duration gathering, Runnable turn) {
    return Thread.ofPlatform().daemon().name(name).start(() -> loop(wake, gathering, turn));
  }

  private void loop(Semaphore wake, Duration gathering, Runnable turn) {
    Duration third = config.lease().dividedBy(3);
    long nap = Math.min(LONGEST_NAP.toMillis(), third.toMillis());
    while (!closing) {
      try {
        turn.run();
      } catch (DatabaseException e) {
        LOG.warn("transfers wait for the database: {}", e.getMessage());
      } catch (RuntimeException | Error e) {
        LOG.error("a turn of {} failed", Thread.currentThread().getName(), e);
      }
      try {
        if (wake.tryAcquire(nap, TimeUnit.MILLISECONDS)) {
          Thread.sleep(gathering);
          wake.drainPermits();
        }
      } catch (InterruptedException e) {
        return; // close() interrupts
      }
    }
  }

  private void followHistory() {
    while (!closing && rules.step()) {
      planWake.release();
    }
    planWake.release(); // what was written may be a transfer that somebody queued
  }

  /// Claims what may start now and hands it to the movers; as many again ahead, so that no mover
  /// waits for the next plan while others' outcomes are written down.
  private void plan() {
    int slots = 2 * config.movers() - held.size();
    if (slots > 0 && database.clocksAgree()) {
      for (Claim claim : dispatch.claim(new Holder(owner, config.lease()), slots)) {
        Held one = new Held(claim);
        Held before = held.put(claim.id(), one);
        if (before != null) {
          before.run.cancel("the lease was lost"); // and this process has the transfer again
        }
        movers.execute(() -> move(one));
      }
    }
    long now = System.nanoTime();
    if (now - adapted >= ADAPT.toNanos()) {
      adapted = now;
      database
          .inTransaction(c -> LinkStore.adapt(c, config.links(), ADAPT))
          .forEach(change -> LOG.info("link {}", change));
    }
  }

  private void move(Held one) {
    try {
      outcomes.add(new Settled(one.claim, dispatch.carryOut(one.claim, one.run)));
      settleWake.release();
    } catch (DatabaseException e) {
      LOG.warn("transfer {} is left to its lease: {}", one.claim.id(), e.getMessage());
      forget(one.claim);
    } catch (RuntimeException | Error e) {
      LOG.error("transfer {} is left to its lease", one.claim.id(), e);
      forget(one.claim);
    }
  }

  /// Writes down what came in, many in one transaction when many came.
  private void settle() {
    List<Settled> batch = new ArrayList<>();
    while (outcomes.drainTo(batch, SETTLED_AT_ONCE) > 0) {
      try {
        settle(batch);
      } catch (RuntimeException e) {
        // One may spoil it for the others: each by itself.
        LOG.warn("{} outcomes are written down one by one: {}", batch.size(), e.getMessage());
        batch.forEach(one -> settleAlone(one));
      }
      batch.forEach(one -> forget(one.claim()));
      batch.clear();
      planWake.release();
    }
  }

  /// A claim is in the hands of this process no longer; a newer one on its transfer may be.
  private void forget(Claim claim) {
    Held one = held.get(claim.id());
    if (one != null && one.claim.number() == claim.number()) {
      held.remove(claim.id(), one);
    }
  }

  private void settle(List<Settled> batch) {
    List<Boolean> counted = dispatch.settle(batch);
    for (int i = 0; i < batch.size(); i++) {
      if (!counted.get(i)) {
        LOG.info(
            "transfer {}: the lease was lost, its new holder decides", batch.get(i).claim().id());
      }
    }
  }

  private void settleAlone(Settled one) {
    try {
      settle(List.of(one));
    } catch (DatabaseException e) {
      LOG.warn("transfer {} is left to its lease: {}", one.claim().id(), e.getMessage());
    } catch (RuntimeException e) {
      LOG.error("transfer {} is left to its lease", one.claim().id(), e);
    }
  }

  /// Extends the leases of what is held and writes progress down.
  private void keep() {
    List<Heard> news = new ArrayList<>();
    Map<Long, Held> asked = new HashMap<>();
    for (Held one : held.values()) {
      long now = System.nanoTime();
      long bytes = one.run.bytes();
      if (bytes > one.lastBytes) {
        one.rate = Math.round((bytes - one.lastBytes) * 1e9 / Math.max(1, now - one.lastNanos));
        one.lastBytes = bytes;
        one.lastNanos = now;
      }
      asked.put(one.claim.id(), one);
      news.add(new Heard(one.claim.id(), one.claim.number(), bytes, one.rate));
    }
    if (news.isEmpty()) {
      return;
    }
    for (long id : book.extend(config.lease(), news)) {
      Held one = asked.get(id);
      if (one != null) {
        one.run.cancel("the lease was lost");
      }
    }
  }

  /// Stops: copies under way are given up and handed back as unknown, to be looked at by whoever
  /// comes next.
  @Override
  public synchronized void close() {
    closing = true;
    threads.forEach(Thread::interrupt);
    try {
      if (listener != null) {
        listener.close();
      }
      for (Thread thread : threads) {
        thread.join();
      }
      movers.shutdown();
      held.values().forEach(one -> one.run.cancel("this hub was stopped"));
      if (!movers.awaitTermination(20, TimeUnit.SECONDS)) {
        LOG.warn("{} transfers are left to their leases", held.size());
        movers.shutdownNow();
      }
      settle();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (Exception e) {
      throw new IllegalStateException("transfers do not stop cleanly", e);
    }
  }
}
