package dev.firn.server.simulation;

import dev.firn.model.LogicalName;
import dev.firn.server.simulation.SimSite.Blob;
import dev.firn.transfer.site.Place;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;

/// Disasters and what people do, from a seed: each kind comes at random times, so many a year.
final class Weather {
  /// A kind of event and how often a year it comes, over all sites.
  enum Kind {
    OUTAGE(24),
    REFUSED_TOKENS(12),
    FULL_DISK(8),
    SLOW_LINK(20),
    ROT(60),
    LOST_TAPE(5),
    DOWNTIME(24),
    HUB_CRASH(40),
    CLOCK_JUMP(15),
    RULE(50),
    CHANGED_RULE(60),
    CLOSED_LINK(24);

    final double yearly;

    Kind(double yearly) {
      this.yearly = yearly;
    }
  }

  private final SimWorld world;
  private final Random random;
  private final double factor;
  private final Consumer<Kind> hubs;
  private final Map<Kind, Integer> count = new EnumMap<>(Kind.class);
  private boolean over;

  /// @param factor how much worse than usual
  /// @param hubs is told of what befalls the hubs, and of what people do
  Weather(SimWorld world, double factor, Consumer<Kind> hubs) {
    this.world = world;
    this.random = world.random;
    this.factor = factor;
    this.hubs = hubs;
    for (Kind kind : Kind.values()) {
      next(kind);
    }
  }

  private void next(Kind kind) {
    double years = -Math.log(1 - random.nextDouble()) / (kind.yearly * factor);
    Duration pause = Duration.ofSeconds(Math.round(years * 365.25 * 86_400));
    world.agenda.in(
        pause,
        () -> {
          if (!over) {
            strike(kind);
            next(kind);
          }
        });
  }

  private void strike(Kind kind) {
    count.merge(kind, 1, Integer::sum);
    Instant now = world.agenda.instant();
    // The first site is the hub's own: its crashes are the hub's.
    SimSite site = world.sites.get(1 + random.nextInt(world.sites.size() - 1));
    switch (kind) {
      case OUTAGE -> site.downUntil = now.plus(spell(Duration.ofHours(1), Duration.ofDays(21)));
      case REFUSED_TOKENS ->
          site.deniedUntil = now.plus(spell(Duration.ofMinutes(5), Duration.ofHours(30)));
      case FULL_DISK ->
          world.sites.get(random.nextInt(world.sites.size())).fullUntil =
              now.plus(spell(Duration.ofHours(2), Duration.ofDays(10)));
      case SLOW_LINK -> {
        site.slowUntil = now.plus(spell(Duration.ofHours(6), Duration.ofDays(14)));
        site.slowness = 0.02 + 0.4 * random.nextDouble();
      }
      case ROT -> rot(world.sites.get(random.nextInt(world.sites.size())));
      case LOST_TAPE -> {
        for (int i = random.nextInt(8); i >= 0; i--) {
          lose(site);
        }
      }
      case DOWNTIME, HUB_CRASH, CLOCK_JUMP, RULE, CHANGED_RULE, CLOSED_LINK -> hubs.accept(kind);
    }
  }

  /// Short spells are common, long ones rare.
  private Duration spell(Duration least, Duration most) {
    double share = Math.pow(random.nextDouble(), 4);
    return least.plusMillis((long) (share * most.minus(least).toMillis()));
  }

  private void rot(SimSite site) {
    LogicalName name = site.any(random);
    Blob blob = name == null ? null : site.find(name);
    if (name != null && blob != null && blob.good()) {
      blob.rotten = true;
      world.hide(new Place(site.name(), name));
    }
  }

  private void lose(SimSite site) {
    LogicalName name = site.site.nearline() ? site.any(random) : null;
    if (name != null && site.remove(name)) {
      world.hide(new Place(site.name(), name));
    }
  }

  /// No more of it, and what lasts ends now.
  void clear() {
    over = true;
    for (SimSite site : world.sites) {
      site.downUntil = Instant.MIN;
      site.deniedUntil = Instant.MIN;
      site.fullUntil = Instant.MIN;
      site.slowUntil = Instant.MIN;
    }
  }

  Map<Kind, Integer> count() {
    return count;
  }
}
