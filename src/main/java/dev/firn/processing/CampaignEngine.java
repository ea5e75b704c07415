package dev.firn.processing;

import dev.firn.catalog.Catalog;
import dev.firn.catalog.CatalogFile;
import dev.firn.database.Database;
import dev.firn.database.DatabaseException;
import dev.firn.events.Folding;
import dev.firn.events.Pass;
import dev.firn.events.Passes;
import dev.firn.model.LogicalName;
import dev.firn.model.SiteName;
import dev.firn.storage.StorageArea;
import dev.firn.storage.StorageException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What of campaigns happens by itself: on one thread leases end; on another results are compared
/// with what went in and become rows of the pass, and what late workers left is removed. A long
/// fold so keeps no unit from the next worker.
///
/// Each step may be broken off anywhere and done again, also by several hubs' processes at once.
public final class CampaignEngine implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(CampaignEngine.class);
  private static final String WHO = "campaigns";
  private static final int SWEPT_AT_ONCE = 50;

  private final Means means;
  private final Campaigns campaigns;
  private final Folding folding;
  private final Comparison comparison;
  private final long pauseMillis;
  private final CountDownLatch closing = new CountDownLatch(1);
  private final CountDownLatch ended = new CountDownLatch(2);
  private final List<Thread> threads = new ArrayList<>();

  /// What the engine works with.
  public record Means(
      Database database, Catalog catalog, Passes passes, StorageArea area, SiteName site) {}

  /// @param pauseMillis between looks
  public CampaignEngine(Means means, Campaigns campaigns, Folding folding, long pauseMillis) {
    this.means = means;
    this.campaigns = campaigns;
    this.folding = folding;
    this.comparison = new Comparison(means.database(), means.catalog(), means.area());
    this.pauseMillis = pauseMillis;
  }

  public void start() {
    threads.add(daemon("campaigns").start(() -> work(this::advance)));
    threads.add(daemon("campaign-leases").start(() -> work(this::expire)));
  }

  private static Thread.Builder daemon(String name) {
    return Thread.ofPlatform().name(name).daemon();
  }

  @FunctionalInterface
  private interface Step {
    void take() throws IOException;
  }

  private void work(Step step) {
    try {
      do {
        try {
          step.take();
        } catch (IOException | RuntimeException | Error e) { // else no lease ends any more
          LOG.warn("campaigns did not go on; trying again", e);
        }
      } while (!closing.await(pauseMillis, TimeUnit.MILLISECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      ended.countDown();
    }
  }

  /// One look at everything.
  void step() throws IOException {
    expire();
    advance();
  }

  private void expire() {
    while (campaigns.leases().expire() == Leases.MOST_UNITS) {
      // more have ended than one transaction takes
    }
  }

  private void advance() throws IOException {
    for (Campaign campaign : campaigns.list()) {
      try {
        if (campaign.state() == Campaign.State.RUNNING) {
          beginFolding(campaign);
        } else if (campaign.state() == Campaign.State.FOLDING) {
          fold(campaign);
        }
      } catch (IOException | RuntimeException | Error e) { // the others go on
        LOG.warn("campaign {} did not go on; trying again", campaign.name(), e);
      }
    }
    sweep();
  }

  private void beginFolding(Campaign campaign) {
    means
        .database()
        .inTransaction(c -> {
          boolean settled = Ledger.settled(c, campaign.id());
          if (settled) {
            List<Campaign.State> from = List.of(Campaign.State.RUNNING);
            CampaignStore.setState(c, campaign.id(), from, Campaign.State.FOLDING);
          }
          return settled;
        });
  }

  private void fold(Campaign campaign) throws IOException {
    try {
      if (compareResults(campaign)) {
        foldResults(campaign);
      }
    } catch (IOException | RuntimeException e) {
      trouble(campaign, "its results cannot be folded: " + e.getMessage());
      throw e;
    }
  }

  /// Returns whether all that is done is what it should be; what is not waits for a worker again.
  private boolean compareResults(Campaign campaign) throws IOException {
    Optional<Long> next = Optional.of(0L);
    while (next.isPresent()) {
      if (closing.getCount() == 0) {
        return false;
      }
      next = comparison.step(campaign, next.get());
    }
    return means
        .database()
        .inTransaction(c -> {
          boolean settled = Ledger.settled(c, campaign.id());
          if (!settled) {
            List<Campaign.State> from = List.of(Campaign.State.FOLDING);
            CampaignStore.setState(c, campaign.id(), from, Campaign.State.RUNNING);
          }
          return settled;
        });
  }

  private void foldResults(Campaign campaign) throws IOException {
    List<Ledger.Committed> units = means.database().read(c -> Ledger.unfolded(c, campaign.id()));
    List<CatalogFile> outputs = new ArrayList<>();
    StringBuilder ids = new StringBuilder(campaign.name());
    for (Ledger.Committed unit : units) {
      Optional<CatalogFile> output = means.catalog().find(unit.output());
      outputs.add(
          output.orElseThrow(
              () -> new IOException("file " + unit.output() + " is not in the catalog any more")));
      ids.append(' ').append(unit.unit());
    }
    Pass pass = means.passes().load(campaign.pass());
    String mark =
        UUID.nameUUIDFromBytes(ids.toString().getBytes(StandardCharsets.UTF_8)).toString();
    Map<Long, String> bad = folding.fold(pass, outputs, mark, "campaign " + campaign.name());
    settle(campaign, units, bad);
  }

  private void settle(Campaign campaign, List<Ledger.Committed> units, Map<Long, String> bad) {
    means
        .database()
        .inTransaction(c -> {
          List<Campaign.State> from = List.of(Campaign.State.FOLDING);
          if (!bad.isEmpty()) {
            for (Ledger.Committed unit : units) {
              String why = bad.get(unit.output());
              if (why != null) {
                Ledger.reject(
                    c,
                    unit,
                    new Comparison.Rejected(
                        Settling.Fault.EVENT, "its result cannot be read: " + why));
              }
            }
            return CampaignStore.setState(c, campaign.id(), from, Campaign.State.RUNNING);
          }
          Ledger.folded(c, campaign.id(), units);
          boolean turned = CampaignStore.setState(c, campaign.id(), from, Campaign.State.FOLDED);
          if (turned) {
            String why = units.size() + " units are rows of " + campaign.pass();
            Campaigns.record(c, campaign.name(), WHO, why, "folding", "folded");
          }
          return turned;
        });
  }

  private void trouble(Campaign campaign, String why) {
    try {
      means
          .database()
          .inTransaction(c -> {
            CampaignStore.setTrouble(c, campaign.id(), why);
            return true;
          });
    } catch (DatabaseException e) {
      LOG.info("the trouble of a campaign could not be noted: {}", e.getMessage());
    }
  }

  /// Removes what lies below the prefix of a lease that is over and is no unit's result.
  private void sweep() throws IOException {
    List<LeaseStore.Lease> over = means.database().read(c -> LeaseStore.toSweep(c, SWEPT_AT_ONCE));
    for (LeaseStore.Lease lease : over) {
      LogicalName prefix = LogicalName.parse(lease.prefix());
      for (LogicalName file : files(prefix)) {
        if (!isResult(file)) { // a result is never in a directory of its own
          means.catalog().removed(file, means.site(), WHO);
          means.area().delete(file, true);
        }
      }
      means
          .database()
          .inTransaction(c -> {
            LeaseStore.swept(c, lease.id());
            return true;
          });
    }
  }

  private List<LogicalName> files(LogicalName prefix) throws IOException {
    List<LogicalName> found = new ArrayList<>();
    try {
      means.area().list(prefix, entry -> found.add(entry.name()));
    } catch (StorageException e) {
      if (e.kind() != StorageException.Kind.MISSING) {
        throw e;
      }
    }
    return found;
  }

  private boolean isResult(LogicalName file) {
    Optional<CatalogFile> known = means.catalog().find(file);
    return known.isPresent()
        && means.database().read(c -> LeaseStore.isOutput(c, known.get().id()));
  }

  /// Ends after the step in hand, if that takes less than a minute.
  @Override
  public void close() {
    closing.countDown();
    try {
      if (!threads.isEmpty() && !ended.await(60, TimeUnit.SECONDS)) {
        threads.forEach(Thread::interrupt);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
