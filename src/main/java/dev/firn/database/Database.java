package dev.firn.database;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The hub's record: a pool of connections to one PostgreSQL, whose tables are brought up to date
/// when it is opened.
///
/// Work that lost a race (serialization failure, deadlock) or its connection before the commit is
/// run again. Each transaction that writes leaves its number in the row of its connection
/// (`commit_mark`); when the connection breaks during the commit, the server is asked afterwards
/// what became of that number, so that nothing is done twice or taken for done.
public final class Database implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Database.class);
  private static final int RACES = 20;

  private final HikariDataSource pool;
  private final DatabaseConfig config;
  private final WakeUps wakeUps;
  private final ClockGuard clock = new ClockGuard(this, InstantSource.system());

  private Database(Supplier<DatabaseAddress> address, DatabaseConfig config) {
    HikariConfig hikari = new HikariConfig();
    hikari.setDataSource(new CurrentAddress(address));
    hikari.setMaximumPoolSize(config.connections());
    hikari.setMinimumIdle(1);
    hikari.setAutoCommit(false);
    hikari.setPoolName("firn-database");
    hikari.setConnectionTimeout(Math.max(1_000, config.patience().toMillis()));
    hikari.setInitializationFailTimeout(Math.max(1, config.patience().toMillis()));
    hikari.setTransactionIsolation("TRANSACTION_READ_COMMITTED");
    try {
      this.pool = new HikariDataSource(hikari);
    } catch (RuntimeException e) {
      throw new DatabaseException(
          DatabaseException.Kind.UNAVAILABLE,
          "the database " + address.get() + " cannot be reached: " + rootMessage(e),
          e);
    }
    this.config = config;
    this.wakeUps = new WakeUps(address);
  }

  /// Connects, brings the tables up to date, and returns the database ready for use. The address is
  /// asked for at every new connection, because an embedded server may move.
  public static Database open(Supplier<DatabaseAddress> address, DatabaseConfig config) {
    Database database = new Database(address, config);
    try {
      database.requireVersion();
      Flyway.configure(Database.class.getClassLoader())
          .dataSource(database.pool)
          .locations("classpath:db/migration")
          .validateMigrationNaming(true)
          .load()
          .migrate();
      database.inTransaction(CommitMark::forgetOld);
      return database;
    } catch (FlywayException e) {
      database.close();
      throw new DatabaseException(
          DatabaseException.Kind.REFUSED, "the tables could not be brought up to date: " + e, e);
    } catch (RuntimeException e) {
      database.close();
      throw e;
    }
  }

  private void requireVersion() {
    int version = read(c -> c.getMetaData().getDatabaseMajorVersion());
    if (version < 15) {
      throw new DatabaseException(
          DatabaseException.Kind.REFUSED, "PostgreSQL 15 or newer is needed, not " + version);
    }
  }

  /// Runs `work` in one read-committed transaction and returns when it is durable.
  ///
  /// @throws DatabaseException `REFUSED` for a statement the server refuses, `UNAVAILABLE` when
  ///   nothing happened, `UNKNOWN` when the outcome of the commit could not be learnt
  public <T> T inTransaction(SqlWork<T> work) {
    return new Attempts(config.patience()).run(work, CommitMark::leave);
  }

  /// Runs `work` in a read-only transaction on one snapshot.
  public <T> T read(SqlWork<T> work) {
    SqlWork<T> onSnapshot =
        connection -> {
          try (Statement statement = connection.createStatement()) {
            statement.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY");
          }
          return work.run(connection);
        };
    return new Attempts(config.patience()).run(onSnapshot, connection -> Optional.empty());
  }

  /// Whether this machine's clock and the server's agree well enough to do work that tokens and
  /// leases belong to; looked at once a second at most.
  public boolean clocksAgree() {
    return clock.agrees();
  }

  /// Runs `wake` after something was committed that concerns `channel`, in this process or another,
  /// and after each time that notifications may have been missed. A hint, never the record: a
  /// listener reads what it needs from the tables, and looks now and then without being woken.
  ///
  /// `wake` is run on the listener's thread and must be quick.
  public AutoCloseable listen(String channel, Runnable wake) {
    return wakeUps.listen(channel, wake);
  }

  /// Wakes the listeners of `channel` in all processes, soon; many calls in a moment are one.
  public void wake(String channel) {
    wakeUps.wake(channel);
  }

  @Override
  public void close() {
    wakeUps.close();
    pool.close();
  }

  /// One call of [#inTransaction]: its attempts and their limits.
  private final class Attempts {
    private final long deadline;
    private int races;
    private int outages;

    Attempts(Duration patience) {
      this.deadline = System.nanoTime() + patience.toNanos();
    }

    <T> T run(SqlWork<T> work, SqlWork<Optional<CommitMark>> marking) {
      while (true) {
        try {
          Outcome<T> outcome = once(work, marking);
          if (outcome.committed()) {
            return outcome.result();
          }
        } catch (SQLException e) {
          considerRetry(e);
        }
      }
    }

    private <T> Outcome<T> once(SqlWork<T> work, SqlWork<Optional<CommitMark>> marking)
        throws SQLException {
      try (Connection connection = pool.getConnection()) {
        HistoryMark.clear();
        T result;
        Optional<CommitMark> mark;
        try {
          result = work.run(connection);
          mark = marking.run(connection);
        } catch (SQLException | RuntimeException e) {
          rollBack(connection);
          throw e;
        }
        boolean history = HistoryMark.take();
        try {
          connection.commit();
        } catch (SQLException e) {
          if (!SqlStates.connectionLost(e)) {
            rollBack(connection);
            throw e;
          }
          if (mark.isPresent() && !wasCommitted(mark.get())) {
            return new Outcome<>(false, result);
          }
        }
        if (history) {
          wakeUps.wake(History.CHANNEL);
        }
        return new Outcome<>(true, result);
      }
    }

    private void considerRetry(SQLException e) {
      boolean race = SqlStates.lostRace(e) && ++races < RACES;
      boolean outage = SqlStates.connectionLost(e) && System.nanoTime() < deadline;
      if (race) {
        pause(ThreadLocalRandom.current().nextLong(1, 4L << Math.min(races, 6)));
      } else if (outage) {
        LOG.info("the database went away, trying again: {}", e.getMessage());
        pause(Math.min(1_000, 20L << Math.min(outages++, 6)));
      } else {
        throw translated(e);
      }
    }

    /// Looks up a commit whose answer was lost, when the database is back.
    private boolean wasCommitted(CommitMark mark) {
      while (System.nanoTime() < deadline) {
        try (Connection connection = pool.getConnection()) {
          CommitMark.Fate fate = mark.fate(connection);
          if (fate != CommitMark.Fate.OPEN) {
            return fate == CommitMark.Fate.COMMITTED;
          }
        } catch (SQLException e) {
          LOG.info("cannot look up a commit's outcome yet: {}", e.getMessage());
        }
        pause(50);
      }
      throw new DatabaseException(
          DatabaseException.Kind.UNKNOWN,
          "the connection broke during a commit and its outcome could not be learnt");
    }
  }

  private record Outcome<T>(boolean committed, T result) {}

  private static void rollBack(Connection connection) {
    try {
      connection.rollback();
    } catch (SQLException e) {
      LOG.debug("rollback on a broken connection: {}", e.getMessage());
    }
  }

  private static DatabaseException translated(SQLException e) {
    DatabaseException.Kind kind =
        SqlStates.connectionLost(e)
            ? DatabaseException.Kind.UNAVAILABLE
            : DatabaseException.Kind.REFUSED;
    return new DatabaseException(kind, "database: " + e.getMessage(), e);
  }

  private static String rootMessage(Throwable e) {
    Throwable root = e;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return String.valueOf(root.getMessage());
  }

  private static void pause(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new DatabaseException(
          DatabaseException.Kind.UNAVAILABLE, "interrupted while waiting for the database", e);
    }
  }
}
