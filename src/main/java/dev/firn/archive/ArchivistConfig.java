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
public record ArchivistConfig(
    SiteName hub,
    LogicalName prefix,
    ByteSize target,
    Duration maxAge,
    Duration lease,
    int attempts,
    int workers) {
  /// 100 GiB, as the observatory's archives ask for; a day's patience.
  public static ArchivistConfig of(SiteName hub) {
    return new ArchivistConfig(
        hub,
        LogicalName.parse("/data/archive"),
        ByteSize.parse("100 GiB"),
        Duration.ofDays(1),
        Duration.ofSeconds(60),
        5,
        2);
  }

  public ArchivistConfig withTarget(ByteSize size) {
    return new ArchivistConfig(hub, prefix, size, maxAge, lease, attempts, workers);
  }

  public ArchivistConfig withMaxAge(Duration age) {
    return new ArchivistConfig(hub, prefix, target, age, lease, attempts, workers);
  }

  public ArchivistConfig withLease(Duration duration) {
    return new ArchivistConfig(hub, prefix, target, maxAge, duration, attempts, workers);
  }
}
