package dev.firn.archive;

import dev.firn.model.ByteSize;
import dev.firn.model.LogicalName;
import dev.firn.model.SiteName;
import java.time.Duration;
import java.util.Map;

/// How a hub archives.
///
/// @param hub the hub's own site, where bundles are staged
/// @param prefix under which bundles are named: `<prefix>/<site>/<uuid>.zip`
/// @param lease how long a worker that says nothing is believed to be alive
/// @param attempts how often a bundle is sent before it is quarantined
/// @param workers bundles worked on at a time
/// @param care how archives' copies are looked after
/// @param careAt the same for archives that have it differently
public record ArchivistConfig(
    SiteName hub,
    LogicalName prefix,
    Bundling bundling,
    Duration lease,
    int attempts,
    int workers,
    ArchiveCare care,
    Map<SiteName, ArchiveCare> careAt) {
  public ArchivistConfig {
    careAt = Map.copyOf(careAt);
  }

  /// How large bundles are and how many are staged.
  ///
  /// @param target the size they should have
  /// @param mostPercent no bundle of several files is larger than this many hundredths of that
  /// @param maxAge how long a file waits for others before its bundle is closed below that size
  /// @param quota bytes that may be staged for one archive, packed or to be packed; 0 for no limit
  public record Bundling(ByteSize target, int mostPercent, Duration maxAge, ByteSize quota) {
    /// 100 GiB, as the observatory's archives ask for, up to 1.2 of it; a day's patience.
    public static final Bundling DEFAULT =
        new Bundling(ByteSize.parse("100 GiB"), 120, Duration.ofDays(1), new ByteSize(0));

    public Bundling {
      if (mostPercent < 100 || target.bytes() < 1) {
        throw new IllegalArgumentException("a bundle may be as large as it should be");
      }
    }
  }

  public static ArchivistConfig of(SiteName hub) {
    return new ArchivistConfig(
        hub,
        LogicalName.parse("/data/archive"),
        Bundling.DEFAULT,
        Duration.ofSeconds(60),
        5,
        2,
        ArchiveCare.USUAL,
        Map.of());
  }

  /// How the copies at a site are looked after.
  ArchiveCare careOf(SiteName site) {
    return careAt.getOrDefault(site, care);
  }

  boolean audits() {
    return care.audits() || careAt.values().stream().anyMatch(ArchiveCare::audits);
  }

  public ArchivistConfig withBundling(Bundling other) {
    return new ArchivistConfig(hub, prefix, other, lease, attempts, workers, care, careAt);
  }

  public ArchivistConfig withTarget(ByteSize size) {
    return withBundling(new Bundling(size, bundling.mostPercent, bundling.maxAge, bundling.quota));
  }

  public ArchivistConfig withMaxAge(Duration age) {
    return withBundling(new Bundling(bundling.target, bundling.mostPercent, age, bundling.quota));
  }

  public ArchivistConfig withLease(Duration duration) {
    return new ArchivistConfig(hub, prefix, bundling, duration, attempts, workers, care, careAt);
  }

  public ArchivistConfig withCare(ArchiveCare usual, Map<SiteName, ArchiveCare> others) {
    return new ArchivistConfig(hub, prefix, bundling, lease, attempts, workers, usual, others);
  }
}
