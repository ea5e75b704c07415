package dev.firn.archive;

import dev.firn.model.ByteSize;
import dev.firn.model.LogicalName;
import dev.firn.model.SiteName;
import java.time.Duration;

/// How a hub archives.
///
/// @param hub the hub's own site, where bundles are staged
/// @param prefix under which bundles are named: `<prefix>/<site>/<uuid>.zip`
/// @param lease how long a worker that says nothing is believed to be alive
/// @param attempts how often a bundle is sent before it is quarantined
/// @param workers bundles worked on at a time
/// @param auditPerDay bytes that are read again at each archive in 24 hours; 0 for none
/// @param auditEvery how long an archived copy is trusted after it was read in full
public record ArchivistConfig(
    SiteName hub,
    LogicalName prefix,
    Bundling bundling,
    Duration lease,
    int attempts,
    int workers,
    ByteSize auditPerDay,
    Duration auditEvery) {
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
        new ByteSize(0),
        Duration.ofDays(365));
  }

  public ArchivistConfig withBundling(Bundling other) {
    return new ArchivistConfig(
        hub, prefix, other, lease, attempts, workers, auditPerDay, auditEvery);
  }

  public ArchivistConfig withTarget(ByteSize size) {
    return withBundling(new Bundling(size, bundling.mostPercent, bundling.maxAge, bundling.quota));
  }

  public ArchivistConfig withMaxAge(Duration age) {
    return withBundling(new Bundling(bundling.target, bundling.mostPercent, age, bundling.quota));
  }

  public ArchivistConfig withLease(Duration duration) {
    return new ArchivistConfig(
        hub, prefix, bundling, duration, attempts, workers, auditPerDay, auditEvery);
  }

  public ArchivistConfig withAudits(ByteSize perDay, Duration every) {
    return new ArchivistConfig(hub, prefix, bundling, lease, attempts, workers, perDay, every);
  }
}
