package dev.firn.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class DatabaseTest {
  private TestDatabase test;
  private Database database;

  @BeforeEach
  void open() {
    test = TestDatabase.create();
    database = test.database();
    database.inTransaction(c -> execute(c, "CREATE TABLE counter(id int PRIMARY KEY, n int)"));
    database.inTransaction(c -> execute(c, "INSERT INTO counter VALUES (1, 0), (2, 0)"));
  }

  @AfterEach
  void close() {
    test.close();
  }

  @Test
  void failedWorkLeavesNothingBehind() {
    assertThatThrownBy(() ->
            database.inTransaction(c -> {
              execute(c, "UPDATE counter SET n = 5");
              throw new IllegalStateException("no");
            }))
        .isInstanceOf(IllegalStateException.class);
    assertThat(sum()).isZero();
  }

  @Test
  void refusedStatementIsReportedAsRefused() {
    assertThatThrownBy(
            () -> database.inTransaction(c -> execute(c, "INSERT INTO counter VALUES (1, 0)")))
        .isInstanceOfSatisfying(
            DatabaseException.class,
            e -> assertThat(e.kind()).isEqualTo(DatabaseException.Kind.REFUSED));
  }

  @Test
  void readRefusesToWrite() {
    assertThatThrownBy(() -> database.read(c -> execute(c, "UPDATE counter SET n = 1")))
        .isInstanceOf(DatabaseException.class)
        .hasMessageContaining("read-only");
  }

  @Test
  void deadlockedTransactionsBothSucceed() throws Exception {
    CountDownLatch bothHoldOne = new CountDownLatch(2);
    try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
      List<Future<Boolean>> results = new ArrayList<>();
      for (int[] order : new int[][] {{1, 2}, {2, 1}}) {
        results.add(
            threads.submit(() ->
                database.inTransaction(c -> {
                  execute(c, "UPDATE counter SET n = n + 1 WHERE id = " + order[0]);
                  bothHoldOne.countDown();
                  awaitUninterrupted(bothHoldOne);
                  return execute(c, "UPDATE counter SET n = n + 1 WHERE id = " + order[1]);
                })));
      }
      for (Future<Boolean> result : results) {
        result.get(60, TimeUnit.SECONDS);
      }
    }
    assertThat(sum()).isEqualTo(4);
  }

  @Test
  void killedConnectionBeforeCommitIsTriedAgain() {
    int[] runs = {0};
    database.inTransaction(c -> {
      execute(c, "UPDATE counter SET n = n + 1 WHERE id = 1");
      if (runs[0]++ == 0) {
        terminate(c);
      }
      return execute(c, "UPDATE counter SET n = n + 1 WHERE id = 2");
    });
    assertThat(runs[0]).isEqualTo(2);
    assertThat(sum()).isEqualTo(2);
  }

  @Test
  void listenersAreWokenAfterHistoryIsCommittedHereAndElsewhere() throws Exception {
    CountDownLatch here = new CountDownLatch(2);
    CountDownLatch elsewhere = new CountDownLatch(2);
    try (Database other =
            Database.open(test::address, new DatabaseConfig(2, Duration.ofSeconds(10)));
        AutoCloseable a = database.listen(History.CHANNEL, here::countDown);
        AutoCloseable b = other.listen(History.CHANNEL, elsewhere::countDown)) {
      while (here.getCount() > 1 || elsewhere.getCount() > 1) {
        Thread.onSpinWait(); // the first call of each says that it listens
        Thread.yield();
      }
      database.inTransaction(c -> {
        History.record(c, new HistoryEntry("test", "1", "me", "to see", null, "seen"));
        return true;
      });
      assertThat(here.await(30, TimeUnit.SECONDS)).isTrue();
      assertThat(elsewhere.await(30, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void followerMissesNoEntryOfATransactionThatCommitsLate() throws Exception {
    try (Connection slow = test.address().connect()) {
      slow.setAutoCommit(false);
      History.record(slow, entry("slow"));
      database.inTransaction(c -> {
        History.record(c, entry("quick"));
        return true;
      });
      List<HistoryRecord> before = database.read(c -> History.after(c, HistoryPosition.START, 10));
      assertThat(before).isEmpty();
      slow.commit();
    }
    List<HistoryRecord> after = database.read(c -> History.after(c, HistoryPosition.START, 10));
    assertThat(after).extracting(r -> r.entry().subjectId()).containsExactly("slow", "quick");
    HistoryPosition first = after.getFirst().position();
    List<HistoryRecord> rest = database.read(c -> History.after(c, first, 10));
    assertThat(rest).extracting(r -> r.entry().subjectId()).containsExactly("quick");
  }

  @Test
  void followerFarBehindReadsNoMoreThanItAsksFor() {
    List<HistoryEntry> week = new ArrayList<>();
    for (int i = 0; i < 2_000; i++) {
      week.add(new HistoryEntry("test", "file-" + i, "me", "to see", null, "seen"));
    }
    for (int i = 0; i < 5; i++) {
      database.inTransaction(c -> {
        History.record(c, week);
        return true;
      });
    }
    long read =
        database.read(c -> {
          long before = rowsRead(c);
          assertThat(History.after(c, HistoryPosition.START, 10)).hasSize(10);
          return rowsRead(c) - before;
        });
    assertThat(read).isBetween(10L, 100L);
  }

  /// How many rows of the history this transaction has read.
  private static long rowsRead(Connection connection) throws SQLException {
    try (Statement ask = connection.createStatement();
        ResultSet row =
            ask.executeQuery(
                "SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_xact_user_tables"
                    + " WHERE relname = 'history'")) {
      row.next();
      return row.getLong(1);
    }
  }

  @Test
  void historyKeepsHostileTextWithoutBreaking() {
    String hostile = "'; DROP TABLE history; --\0 and \u2028 \uD83E\uDDCA";
    database.inTransaction(c -> {
      History.record(c, new HistoryEntry("test", "x", hostile, "w".repeat(10_000), null, null));
      return true;
    });
    HistoryRecord kept = database.read(c -> History.of(c, List.of("test"), "x", 0, 5)).getFirst();
    assertThat(kept.entry().who()).isEqualTo(hostile.replace("\0", "\\0"));
    assertThat(kept.entry().why()).hasSize(2_000);
  }

  private static HistoryEntry entry(String id) {
    return new HistoryEntry("test", id, "me", "to see", null, "seen");
  }

  private void terminate(Connection connection) throws SQLException {
    int pid;
    try (Statement s = connection.createStatement();
        ResultSet row = s.executeQuery("SELECT pg_backend_pid()")) {
      row.next();
      pid = row.getInt(1);
    }
    try (Connection killer = test.address().connect();
        PreparedStatement kill = killer.prepareStatement("SELECT pg_terminate_backend(?, 10000)")) {
      kill.setInt(1, pid);
      kill.execute();
    }
  }

  private int sum() {
    return database.read(c -> {
      try (Statement s = c.createStatement();
          ResultSet row = s.executeQuery("SELECT sum(n) FROM counter")) {
        row.next();
        return row.getInt(1);
      }
    });
  }

  private static boolean execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
      return true;
    }
  }

  private static void awaitUninterrupted(CountDownLatch latch) {
    try {
      latch.await(20, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
