package dev.firn.archive;

import dev.firn.model.ByteSize;
import dev.firn.model.LogicalName;
import dev.firn.model.SiteName;
import java.time.Duration;

/// How a hub archives.
///
/// @param hub the hub's own site, where bundles are staged
/// @param prefix under which bundles are named: `<prefix>/<site>/<uuid>.zip`
/// @param target the size bundles should have
/// @param maxAge how long a file waits for others before its bundle is closed below that size
/// @param lease how long a worker that says nothing is believed to be alive
/// @param attempts how often a bundle is sent before it is quarantined
/// @param workers bundles worked on at a time
/// @param auditPerDay bytes that are read again at each archive in 24 hours; 0 for none
/// @param auditEvery how long an archived copy is trusted after it was read in full
public record ArchivistConfig(
    SiteName hub,
    LogicalName prefix,
    ByteSize target,
    Duration maxAge,
    Duration lease,
    int attempts,
    int workers,
    ByteSize auditPerDay,
    Duration auditEvery) {
  /// 100 GiB, as the observatory's archives ask for; a day's patience.
  public static ArchivistConfig of(SiteName hub) {
    return new ArchivistConfig(
        hub,
        LogicalName.parse("/data/archive"),
        ByteSize.parse("100 GiB"),
        Duration.ofDays(1),
        Duration.ofSeconds(60),
        5,
        2,
        new ByteSize(0),
        Duration.ofDays(365));
  }

  public ArchivistConfig withTarget(ByteSize size) {
    return new ArchivistConfig(
        hub, prefix, size, maxAge, lease, attempts, workers, auditPerDay, auditEvery);
  }

  public ArchivistConfig withMaxAge(Duration age) {
    return new ArchivistConfig(
        hub, prefix, target, age, lease, attempts, workers, auditPerDay, auditEvery);
  }

  public ArchivistConfig withLease(Duration duration) {
    return new ArchivistConfig(
        hub, prefix, target, maxAge, duration, attempts, workers, auditPerDay, auditEvery);
  }

  public ArchivistConfig withAudits(ByteSize perDay, Duration every) {
    return new ArchivistConfig(
        hub, prefix, target, maxAge, lease, attempts, workers, perDay, every);
  }
}
