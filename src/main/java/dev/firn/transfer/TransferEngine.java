package dev.firn.transfer;

import dev.firn.catalog.Catalog;
import dev.firn.database.Database;
import dev.firn.database.DatabaseException;
import dev.firn.database.History;
import dev.firn.http.HttpFetcher;
import dev.firn.model.SiteName;
import dev.firn.transfer.execution.CopyRun;
import dev.firn.transfer.execution.HttpDestinations;
import dev.firn.transfer.execution.Mover;
import dev.firn.transfer.execution.ThirdPartyCopy;
import dev.firn.transfer.execution.TransferTokens;
import dev.firn.transfer.link.TransferScheduler;
import dev.firn.transfer.link.TransferScheduler.LinkView;
import dev.firn.transfer.link.TransferScheduler.Plan;
import dev.firn.transfer.link.TransferScheduler.View;
import dev.firn.transfer.queue.Claim;
import dev.firn.transfer.queue.FailureClass;
import dev.firn.transfer.queue.Queue;
import dev.firn.transfer.queue.Settlement;
import dev.firn.transfer.queue.Settlement.Trouble;
import dev.firn.transfer.queue.TransferStore;
import dev.firn.transfer.queue.TransferStore.Heard;
import dev.firn.transfer.rule.RuleEngine;
import dev.firn.transfer.site.Sites;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Makes transfers happen: follows the rules, claims what may start, moves it, settles it.
///
/// Any number of engines may work on one database; each is a name under which leases are held. One
/// that stops or dies leaves its transfers to the others: a stopped one hands them back as unknown,
/// a dead one's leases end.
public final class TransferEngine implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(TransferEngine.class);
  private static final Duration LONGEST_NAP = Duration.ofSeconds(1);

  private final String owner;
  private final Database database;
  private final Sites sites;
  private final TransferStore store;
  private final TransferConfig config;
  private final TransferScheduler scheduler;
  private final RuleEngine rules;
  private final Mover mover;
  private final ExecutorService movers;
  private final Map<Long, Held> held = new ConcurrentHashMap<>();
  private final List<Thread> threads = new ArrayList<>();
  private final Semaphore planWake = new Semaphore(0);
  private final Semaphore ruleWake = new Semaphore(0);
  private final Semaphore keepWake = new Semaphore(0);
  private volatile boolean closing;
  private @Nullable AutoCloseable listener;

  /// What an engine speaks to sites with.
  ///
  /// @param random spreads delays
  public record Outward(HttpFetcher http, TransferTokens tokens, RandomGenerator random) {}

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
    this.sites = transfers.sites();
    this.store = transfers.store();
    this.config = config;
    this.scheduler = new TransferScheduler(config.perLink());
    this.rules = new RuleEngine(database, catalog, sites, store);
    this.mover =
        new Mover(
            sites,
            new HttpDestinations(outward.http(), outward.tokens(), config.silence()),
            new ThirdPartyCopy(outward.http(), outward.tokens(), config.silence()),
            config.retries(),
            outward.random()::nextDouble);
    this.movers =
        Executors.newFixedThreadPool(
            config.movers(), Thread.ofPlatform().daemon().name("mover-", 0).factory());
  }

  /// Starts the threads.
  public synchronized TransferEngine start() {
    listener =
        database.listen(
            History.CHANNEL,
            () -> {
              planWake.release();
              ruleWake.release();
            });
    threads.add(loop("transfer-planner", planWake, this::plan));
    threads.add(loop("transfer-rules", ruleWake, this::followRules));
    threads.add(loop("transfer-leases", keepWake, this::keep));
    return this;
  }

  private Thread loop(String name, Semaphore wake, Runnable turn) {
    return Thread.ofPlatform().daemon().name(name).start(() -> loop(wake, turn));
  }

  private void loop(Semaphore wake, Runnable turn) {
    Duration third = config.lease().dividedBy(3);
    long nap = Math.min(LONGEST_NAP.toMillis(), third.toMillis());
    while (!closing) {
      try {
        turn.run();
      } catch (DatabaseException e) {
        LOG.warn("transfers wait for the database: {}", e.getMessage());
      } catch (RuntimeException e) {
        LOG.error("a turn of {} failed", Thread.currentThread().getName(), e);
      }
      try {
        if (wake.tryAcquire(nap, TimeUnit.MILLISECONDS)) {
          wake.drainPermits();
        }
      } catch (InterruptedException e) {
        return; // close() interrupts
      }
    }
  }

  private void followRules() {
    while (!closing && rules.step()) {
      planWake.release();
    }
  }

  /// Claims what may start now and hands it to the movers.
  private void plan() {
    int slots = config.movers() - held.size();
    if (slots <= 0) {
      return;
    }
    List<Claim> claims = database.inTransaction(c -> claim(c, slots));
    for (Claim claim : claims) {
      Held one = new Held(claim);
      held.put(claim.id(), one);
      movers.execute(() -> move(one));
    }
  }

  private List<Claim> claim(Connection connection, int slots) throws SQLException {
    if (!Queue.lock(connection)) {
      return List.of();
    }
    store.expire(connection);
    List<Claim> claims =
        new ArrayList<>(store.claimUnknown(connection, owner, config.lease(), slots));
    int left = slots - claims.size();
    if (left > 0) {
      List<LinkView> links = Queue.links(connection, sites, config.perLink());
      Plan plan =
          scheduler.plan(new View(links, Queue.pauses(connection), left), Queue.now(connection));
      if (!plan.start().isEmpty()) {
        claims.addAll(store.claimQueued(connection, owner, config.lease(), plan.start()));
      }
    }
    return claims;
  }

  private void move(Held one) {
    try {
      Mover.Result result =
          mover.execute(one.claim, failure -> attempts(one.claim, failure), one.run);
      boolean counted = database.inTransaction(c -> settle(c, one.claim, result));
      if (!counted) {
        LOG.info("transfer {}: the lease was lost, its new holder decides", one.claim.id());
      }
    } catch (DatabaseException e) {
      LOG.warn("transfer {} is left to its lease: {}", one.claim.id(), e.getMessage());
    } catch (RuntimeException e) {
      LOG.error("transfer {} is left to its lease", one.claim.id(), e);
    } finally {
      held.remove(one.claim.id());
      planWake.release();
    }
  }

  private int attempts(Claim claim, FailureClass failure) {
    return database.read(c -> TransferStore.attempts(c, claim.id(), failure));
  }

  private boolean settle(Connection connection, Claim claim, Mover.Result result)
      throws SQLException {
    boolean counted = store.settle(connection, claim, result.settlement(), result.account());
    Queue.answered(connection, result.answered());
    Trouble trouble =
        switch (result.settlement()) {
          case Settlement.Retry retry -> retry.trouble();
          case Settlement.Unknown unknown -> unknown.trouble();
          case Settlement.Done _, Settlement.Failed _ -> null;
        };
    if (trouble != null && trouble.failure() == FailureClass.UNREACHABLE) {
      SiteName silent = trouble.site();
      if (silent != null) {
        Queue.pause(connection, silent, trouble.reason(), config.retries());
      }
    }
    return counted;
  }

  /// Extends the leases of what is held and writes progress down.
  private void keep() {
    List<Heard> news = new ArrayList<>();
    for (Held one : held.values()) {
      long now = System.nanoTime();
      long bytes = one.run.bytes();
      if (bytes > one.lastBytes) {
        one.rate = Math.round((bytes - one.lastBytes) * 1e9 / Math.max(1, now - one.lastNanos));
        one.lastBytes = bytes;
        one.lastNanos = now;
      }
      news.add(new Heard(one.claim.id(), one.claim.number(), bytes, one.rate));
    }
    if (news.isEmpty()) {
      return;
    }
    List<Long> lost = database.inTransaction(c -> store.extend(c, config.lease(), news));
    for (long id : lost) {
      Held one = held.get(id);
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
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (Exception e) {
      throw new IllegalStateException("transfers do not stop cleanly", e);
    }
  }
}
