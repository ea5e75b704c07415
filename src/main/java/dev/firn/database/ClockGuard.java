package dev.firn.database;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Compares this machine's clock with the database's, by which leases are counted.
///
/// A process whose clock is off signs tokens that nobody takes, and takes certificates for expired:
/// it is to leave work to others until its clock is right.
final class ClockGuard {
  /// Doors forgive a minute.
  static final Duration TOLERANCE = Duration.ofSeconds(45);

  private static final Logger LOG = LoggerFactory.getLogger(ClockGuard.class);
  private static final long EVERY = Duration.ofSeconds(1).toNanos();

  private final Database database;
  private final InstantSource clock;
  private long looked = System.nanoTime() - EVERY;
  private boolean agrees = true;

  ClockGuard(Database database, InstantSource clock) {
    this.database = database;
    this.clock = clock;
  }

  /// Whether the two agree well enough; looked at once a second at most.
  synchronized boolean agrees() {
    long now = System.nanoTime();
    if (now - looked < EVERY) {
      return agrees;
    }
    Duration off = off();
    boolean before = agrees;
    agrees = off.abs().compareTo(TOLERANCE) <= 0;
    looked = now;
    if (before && !agrees) {
      LOG.error(
          "this machine's clock is {} {} the database's: it leaves transfers, archiving and deleting"
              + " to other hubs until it is set",
          off.abs(),
          off.isNegative() ? "behind" : "ahead of");
    } else if (!before && agrees) {
      LOG.warn("this machine's clock agrees with the database's again: it takes work");
    }
    return agrees;
  }

  /// How far this clock is ahead, to within the time that asking took.
  private Duration off() {
    return database.read(c -> {
      try (PreparedStatement select = c.prepareStatement("SELECT clock_timestamp()");
          ResultSet row = select.executeQuery()) {
        row.next();
        Instant there = row.getTimestamp(1).toInstant();
        return Duration.between(there, clock.instant());
      }
    });
  }
}
