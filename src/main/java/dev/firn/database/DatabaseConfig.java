package dev.firn.database;

import java.time.Duration;

/// How a [Database] is used.
///
/// @param connections the most connections held at a time
/// @param patience how long a transaction waits for a server that is away before it gives up
public record DatabaseConfig(int connections, Duration patience) {
  public static final DatabaseConfig DEFAULT = new DatabaseConfig(16, Duration.ofSeconds(30));

  public DatabaseConfig {
    if (connections < 2) {
      throw new IllegalArgumentException("a database needs at least 2 connections");
    }
  }
}
