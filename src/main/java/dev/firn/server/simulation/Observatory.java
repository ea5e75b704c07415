package dev.firn.server.simulation;

import static dev.firn.transfer.rule.SiteExpression.parse;

import dev.firn.model.ReplicaState;
import dev.firn.server.simulation.SimFile.Copy;
import dev.firn.server.simulation.SimFile.Level;
import dev.firn.transfer.rule.NamePattern;
import dev.firn.transfer.rule.ReplicationRule;
import dev.firn.transfer.rule.ReplicationRule.Grouping;
import dev.firn.transfer.rule.ReplicationRule.Placing;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.OptionalLong;

/// What the simulated observatory writes, and the rules that it has from the first day.
///
/// Every eight hours a run ends: 1 TB a day of raw files, 170 GB and 90 GB of processed ones. Raw
/// files are to be bundled at two archives by one rule; processed ones are bundled at a third and
/// copied one by one to one of two mirrors, a file or a directory at a time.
final class Observatory {
  private static final Duration RUN = Duration.ofHours(8);
  private static final int HUB = 0;

  private final SimWorld world;
  private final SimCatalog catalog;
  private final SimReaper reaper;
  private boolean over;

  Observatory(SimWorld world, SimCatalog catalog, SimReaper reaper) {
    this.world = world;
    this.catalog = catalog;
    this.reaper = reaper;
    world.agenda.every(RUN, this::runEnds);
  }

  static List<ReplicationRule> rules(Instant start) {
    return List.of(
        rule(1, start, Level.RAW, new Placing(parse("nersc | tacc"), 2, Grouping.NONE, true)),
        rule(2, start, Level.DST, new Placing(parse("desy"), 1, Grouping.NONE, true)),
        rule(3, start, Level.FILT, new Placing(parse("tape & desy"), 1, Grouping.NONE, true)),
        rule(4, start, Level.DST, new Placing(parse("mirror | spare"), 1, Grouping.NONE, false)),
        rule(
            5,
            start,
            Level.FILT,
            new Placing(parse("mirror | spare"), 1, Grouping.DIRECTORY, false)));
  }

  private static ReplicationRule rule(long id, Instant start, Level level, Placing where) {
    ReplicationRule.Wanted wanted =
        new ReplicationRule.Wanted(
            new ReplicationRule.Selection(NamePattern.parse("/data/exp/**"), level.label, ""),
            where,
            ReplicationRule.Handling.USUAL);
    return new ReplicationRule(id, wanted, "operator", "operator", start, OptionalLong.empty());
  }

  /// The detector writes no more.
  void stop() {
    over = true;
  }

  private void runEnds() {
    if (over) {
      return;
    }
    if (world.sites.get(HUB).full(world.agenda.instant(), 500_000_000_000L)) {
      world.agenda.in(Duration.ofHours(1), this::runEnds); // they wait at the detector
      return;
    }
    take(Level.RAW, 227, 1_468_000_000L);
    take(Level.DST, 38, 1_491_000_000L);
    take(Level.FILT, 20, 1_500_000_000L);
  }

  private void take(Level level, int count, long size) {
    for (int i = 0; i < count; i++) {
      take(
          new SimFile(
              catalog.files().size(),
              level,
              size + world.random.nextInt(1_000_000),
              world.agenda.instant(),
              world.sites.size()));
    }
  }

  private void take(SimFile file) {
    Copy here = new Copy(ReplicaState.AVAILABLE);
    here.verified = world.agenda.instant();
    file.copies[HUB] = here;
    world.write(catalog.place(file, HUB, null), file.size, true, true);
    catalog.add(file);
    if (file.level == Level.RAW) {
      reaper.watch(file);
    }
  }
}
