package dev.firn.database;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/// How an embedded PostgreSQL is run.
///
/// @param directory the directory that is its own: data, password, log; created if absent
/// @param binaries where the programs that travel with Firn are unpacked; may be shared by many
/// @param programs use these programs instead (`/usr/lib/postgresql/15/bin`)
/// @param settings settings of `postgresql.conf` on top of ours
/// @param startLimit how long a start may take, recovery after a crash included
public record EmbeddedPostgresConfig(
    Path directory,
    Path binaries,
    Optional<Path> programs,
    Map<String, String> settings,
    Duration startLimit) {

  public EmbeddedPostgresConfig {
    settings = Map.copyOf(settings);
  }

  /// Everything below one directory.
  public static EmbeddedPostgresConfig in(Path directory) {
    return new EmbeddedPostgresConfig(
        directory,
        directory.resolve("programs"),
        Optional.empty(),
        Map.of(),
        Duration.ofMinutes(10));
  }

  public EmbeddedPostgresConfig withBinaries(Path shared) {
    return new EmbeddedPostgresConfig(directory, shared, programs, settings, startLimit);
  }

  public EmbeddedPostgresConfig withPrograms(Path bin) {
    return new EmbeddedPostgresConfig(directory, binaries, Optional.of(bin), settings, startLimit);
  }

  public EmbeddedPostgresConfig withSettings(Map<String, String> more) {
    return new EmbeddedPostgresConfig(directory, binaries, programs, more, startLimit);
  }
}
