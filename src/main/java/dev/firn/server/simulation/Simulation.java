package dev.firn.server.simulation;

import dev.firn.model.ReplicaState;
import dev.firn.model.SiteName;
import dev.firn.model.TransferState;
import dev.firn.server.simulation.SimFile.Copy;
import dev.firn.server.simulation.SimRequests.Request;
import dev.firn.transfer.Explanation;
import dev.firn.transfer.deletion.ReapPolicy;
import dev.firn.transfer.execution.Destinations;
import dev.firn.transfer.execution.Dispatch;
import dev.firn.transfer.execution.Mover;
import dev.firn.transfer.link.LinkPolicy;
import dev.firn.transfer.queue.FailureClass;
import dev.firn.transfer.queue.RetryPolicy;
import dev.firn.transfer.queue.Subject;
import dev.firn.transfer.queue.Transfer;
import dev.firn.transfer.rule.CopyRequest;
import dev.firn.transfer.site.Site;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Some years of an observatory, from a seed.
///
/// An [Observatory] writes files, rules ask for copies of them, a [SimOperator] looks after it all,
/// and [Weather] befalls it. Raw files leave the hub's disk when two archives have them.
final class Simulation {
  private static final Instant START = Instant.parse("2026-12-01T00:00:00Z");
  private static final Duration REST = Duration.ofDays(120);
  private static final SiteName MIRROR = new SiteName("mirror");
  private static final SiteName SPARE = new SiteName("spare");
  private static final SiteName HPC = new SiteName("hpc");

  private final Plan plan;
  private final Agenda agenda = new Agenda(START);
  private final SimWorld world;
  private final MemoryBook book;
  private final SimCatalog catalog;
  private final SimArchive archive;
  private final SimReaper reaper;
  private final Promises promises;
  private final Weather weather;
  private final Observatory observatory;
  private final SimOperator operator;
  private final Analysts analysts;
  private final SimReleases releases;
  private final List<SimHub> hubs = new ArrayList<>();
  private final List<Long> ended = new ArrayList<>();
  private final List<Explanation> worst = new ArrayList<>();
  private Consumer<Explanation> reader = e -> {};
  private Duration hubClockOff = Duration.ZERO;
  private Duration recordClockOff = Duration.ZERO;
  private final SimQuotas quotas = new SimQuotas();
  private int lastDay;
  private long transfers;
  private long attempts;
  private final boolean letsGoOfStops;
  private boolean resting;

  /// @param badness how much worse than usual the weather is
  record Plan(long seed, Duration length, double badness) {}

  /// What came of it.
  ///
  /// @param held the most files that a quota held back at a time
  /// @param ended rules whose lifetime was over, or that were removed
  /// @param released copies deleted that nobody asked for any more
  record Report(
      long seed,
      double years,
      int files,
      long bytes,
      int bundles,
      long transfers,
      long attempts,
      long deleted,
      int repairs,
      int lost,
      long audited,
      int explained,
      int held,
      String disasters,
      long steps,
      long checks,
      int ended,
      long released) {}

  /// A part of the hub that a test replaces by a bad one, to see the promises break.
  interface Sabotage {
    default Destinations destinations(Destinations honest) {
      return honest;
    }

    default int verifiedCopiesNeeded() {
      return 2;
    }

    /// Whether it is looked at what rules lack before raw files leave the hub.
    default boolean asksRulesAtHub() {
      return true;
    }

    /// Whether the reaper of copies that nobody asks for looks at what rules lack.
    default boolean asksRules() {
      return true;
    }

    /// Whether what is brought to a site only to be copied on is let go of.
    default boolean letsGoOfStops() {
      return true;
    }
  }

  Simulation(Plan plan) {
    this(plan, new Sabotage() {});
  }

  Simulation(Plan plan, Sabotage sabotage) {
    this.plan = plan;
    Random random = new Random(plan.seed());
    double days = plan.length().toHours() / 24.0;
    long disk = (long) (1e12 * Math.min(1000, 5 + days * 0.4) + 0.3e12 * days);
    this.world =
        new SimWorld(
            agenda,
            random,
            new Random(~plan.seed()),
            List.of(
                new SimSite("madison", Site.Kind.FIRN, false, disk),
                new SimSite("nersc", Site.Kind.WEBDAV, true, Long.MAX_VALUE / 4),
                new SimSite("tacc", Site.Kind.FIRN, true, Long.MAX_VALUE / 4),
                new SimSite("desy", Site.Kind.WEBDAV, true, Long.MAX_VALUE / 4),
                new SimSite("mirror", Site.Kind.FIRN, false, Long.MAX_VALUE / 4),
                new SimSite("spare", Site.Kind.WEBDAV, false, Long.MAX_VALUE / 4),
                new SimSite("hpc", Site.Kind.WEBDAV, false, Long.MAX_VALUE / 4)));
    for (SiteName site : List.of(MIRROR, SPARE)) {
      quotas.set(new SimQuotas.Key("operator", site), 400_000_000_000L);
      quotas.set(new SimQuotas.Key("students", site), 300_000_000_000L);
    }
    quotas.set(new SimQuotas.Key("students", HPC), 300_000_000_000L);
    this.book =
        new MemoryBook(
            () -> agenda.instant().plus(recordClockOff), LinkPolicy.adaptive(4, 12), this::changed);
    SimRules rules = new SimRules(Observatory.rules(START));
    this.catalog = new SimCatalog(world, book, rules, new SimRequests(world, book, rules, quotas));
    this.reaper =
        new SimReaper(
            world,
            book,
            catalog,
            Duration.ofHours(Math.min(24 * 120, plan.length().toHours() / 8)),
            sabotage.verifiedCopiesNeeded(),
            sabotage.asksRulesAtHub());
    this.archive =
        new SimArchive(world, book, catalog, reaper, () -> agenda.instant().plus(hubClockOff));
    this.promises = new Promises(world, book, catalog, quotas);
    RetryPolicy retries = new RetryPolicy(Duration.ofMinutes(1), Duration.ofHours(2));
    this.releases = new SimReleases(world, book, catalog, retries, sabotage.asksRules());
    releases.set(MIRROR, policy(Duration.ofHours(30), 0, 400, 400_000_000_000L));
    releases.set(SPARE, policy(Duration.ofHours(20), 2_000_000_000_000L, 2_000, 1L << 50));
    releases.set(HPC, policy(Duration.ofHours(6), 0, 150, 1L << 50));
    Mover mover =
        new Mover(world.known, sabotage.destinations(world), world, retries, random::nextDouble);
    Dispatch dispatch = new Dispatch(book, mover, retries);
    hubs.add(new SimHub("hub-a", world, book, dispatch));
    hubs.add(new SimHub("hub-b", world, book, dispatch));
    this.operator = new SimOperator(world, book, catalog, archive, quotas);
    this.analysts = new Analysts(world, book, catalog);
    this.letsGoOfStops = sabotage.letsGoOfStops();
    this.weather = new Weather(world, plan.badness(), this::befalls);
    this.observatory = new Observatory(world, catalog, reaper);
    agenda.every(Duration.ofHours(6), () -> archive.collect(resting));
    agenda.every(Duration.ofHours(1), this::hour);
    // What was let go stays for days: looking at all of it is most of the work.
    agenda.every(Duration.ofHours(12), releases::decide);
    agenda.every(Duration.ofHours(4), releases::turn);
    agenda.every(Duration.ofDays(1), this::day);
    agenda.every(Duration.ofDays(7), this::week);
    // In long runs not every day: the queues of an outage of weeks are long.
    agenda.every(Duration.ofHours(plan.length().toDays() > 400 ? 24 * 7 + 5 : 17), this::explain);
  }

  /// What the hub tells its catalog and its archive of a transfer.
  private void changed(
      Transfer transfer, @Nullable TransferState from, TransferState to, String why) {
    promises.changed(transfer, from, to);
    if (to == TransferState.ACTIVE) {
      attempts++;
    }
    if (to == TransferState.DONE) {
      transfers++;
    }
    if (to == TransferState.DONE || to == TransferState.CANCELLED) {
      ended.add(transfer.id());
    }
    if (to == TransferState.FAILED) {
      operator.failed(transfer.id());
    }
    switch (transfer.request().subject()) {
      case Subject.OfFile(long id) -> fileMoved(catalog.file((int) id), transfer, to);
      case Subject.OfBundle(var uuid) -> {
        if (to == TransferState.DONE) {
          archive.custody(archive.bundle(uuid.getLeastSignificantBits()));
        }
      }
    }
  }

  private void fileMoved(SimFile file, Transfer transfer, TransferState to) {
    int site = world.number(transfer.request().to().site());
    Copy copy = file.at(site);
    switch (to) {
      case ACTIVE -> {
        if (copy == null || copy.state == ReplicaState.BAD) {
          file.copies[site] = new Copy(ReplicaState.COPYING);
        }
      }
      case DONE -> {
        Copy arrived = new Copy(ReplicaState.AVAILABLE);
        arrived.verified = agenda.instant().plus(hubClockOff);
        file.copies[site] = arrived;
        catalog.touch(file);
        catalog.changed(file);
      }
      case FAILED -> {
        if (copy != null && copy.state == ReplicaState.COPYING) {
          file.copies[site] = null;
        }
        Copy source = file.at(world.number(transfer.request().from().site()));
        boolean blamed = transfer.lastError().failureClass().equals(FailureClass.SOURCE.label());
        if (blamed && source != null && source.state == ReplicaState.AVAILABLE) {
          source.state = ReplicaState.SUSPECT;
        }
        catalog.changed(file); // its copy is gone: news
      }
      case CANCELLED -> {
        if (copy != null && copy.state == ReplicaState.COPYING) {
          file.copies[site] = null;
          catalog.changed(file);
        }
      }
      case QUEUED, UNKNOWN -> {
        // the copy stays as it is
      }
    }
    for (Request request : catalog.requests().follow(transfer, file, to)) {
      Request other = catalog.requests().find(request.file, site);
      boolean stays = request.viaKept || (other != null && other.state == CopyRequest.State.DONE);
      if (!stays && letsGoOfStops) {
        releases.release(request.file, site);
      }
    }
  }

  private void befalls(Weather.Kind kind) {
    if (kind == Weather.Kind.HUB_CRASH) {
      hubs.get(world.random.nextInt(hubs.size()))
          .crash(Duration.ofMinutes(1 + world.random.nextInt(2 * 24 * 60)));
    } else if (kind == Weather.Kind.DOWNTIME) {
      operator.announce();
    } else if (kind == Weather.Kind.RULE) {
      analysts.want();
    } else if (kind == Weather.Kind.CHANGED_RULE) {
      analysts.change();
    } else if (kind == Weather.Kind.CLOSED_LINK) {
      analysts.close();
    } else if (world.random.nextBoolean()) {
      hubClockOff = Duration.ofMinutes(world.random.nextInt(2 * 24 * 60) - 24L * 60);
    } else {
      recordClockOff = Duration.ofMinutes(world.random.nextInt(4 * 60) - 120L);
    }
  }

  /// What the hub's rules do all the time.
  private void hour() {
    analysts.expire();
    catalog
        .requests()
        .letGo(catalog)
        .forEach(request -> releases.release(request.file, request.site));
  }

  private static ReapPolicy policy(Duration grace, long capacity, long files, long bytes) {
    return new ReapPolicy(true, grace, 1, capacity, 0.5, 0.4, files, bytes);
  }

  private void day() {
    lastDay++;
    reaper.pass();
    archive.audit(11_000_000_000_000L);
    operator.scrub();
    promises.day();
    catalog.giveRoom();
    catalog.unplaced().forEach(archive::bringBack);
    if (resting || lastDay % 7 == 0) {
      operator.monday();
    }
  }

  private void explain() {
    List<Explanation> now = promises.explained();
    now.forEach(reader);
    if (now.size() > worst.size()) {
      worst.clear();
      worst.addAll(now);
    }
  }

  private void week() {
    promises.week(Duration.ofDays(3 * 365));
  }

  private void afterStep() {
    promises.step();
    ended.forEach(book::forget);
    ended.clear();
  }

  /// Lives through it.
  ///
  /// @throws PromiseBroken when a promise did not hold
  Report run() {
    agenda.run(START.plus(plan.length()), this::afterStep);
    weather.clear();
    resting = true;
    recordClockOff = Duration.ZERO;
    observatory.stop();
    operator.rest();
    analysts.rest();
    agenda.run(START.plus(plan.length()).plus(REST), this::afterStep);
    promises.atRest(archive, releases);
    return new Report(
        plan.seed(),
        plan.length().toHours() / 24.0 / 365.25,
        catalog.files().size(),
        catalog.files().stream().mapToLong(f -> f.size).sum(),
        archive.count(),
        transfers,
        attempts,
        reaper.deleted(),
        archive.repairs(),
        catalog.lost().size(),
        archive.audited(),
        worst.size(),
        operator.mostHeld(),
        weather.count().toString(),
        agenda.steps(),
        promises.checks() + releases.promises().checks(),
        analysts.ended(),
        releases.deleted());
  }

  /// Has every explanation of every look at what waits read by `reader`.
  Simulation readBy(Consumer<Explanation> reader) {
    this.reader = reader;
    return this;
  }

  /// The explanations of the week in which most waited.
  List<Explanation> worstWeek() {
    return worst;
  }

  /// Each change of a link's concurrency, in words.
  List<String> rationales() {
    return book.rationales();
  }
}
