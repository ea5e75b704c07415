package dev.firn.database;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A commit that was lost with a crash is not taken for done because another transaction got its
/// number and committed.
@Tag("slow")
class CommitMarkTest {
  private static final int ROUNDS = 20;
  private static final int NUMBERS = 50;

  @TempDir Path directory;
  private EmbeddedPostgres postgres;

  @Test
  void aNumberThatIsGivenOutAgainIsNotTakenForOurs() throws Exception {
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx--x--x"));
    EmbeddedPostgresConfig config =
        EmbeddedPostgresConfig.in(directory.resolve("postgres"))
            .withBinaries(TestDatabase.binaries());
    try (EmbeddedPostgres server = EmbeddedPostgres.start(config);
        StatementProxy proxy = new StatementProxy(server);
        Database database =
            Database.open(() -> address(proxy), new DatabaseConfig(2, Duration.ofSeconds(60)))) {
      postgres = server;
      database.inTransaction(c -> execute(c, "CREATE TABLE counter AS SELECT 0 AS n"));
      boolean again = false;
      for (int round = 1; round <= ROUNDS && !again; round++) {
        again = givenOutAgain(proxy, database);
        String counted = database.read(c -> ask(c, "SELECT n FROM counter"));
        assertThat(counted).isEqualTo(Integer.toString(round));
      }
      assertThat(again).as("a number was given out again, else nothing was tried").isTrue();
    }
  }

  /// Loses a commit; whether the number of it was given out again before it was asked for.
  private boolean givenOutAgain(StatementProxy proxy, Database database) {
    List<String> ours = new ArrayList<>();
    Set<String> others = new HashSet<>();
    proxy.set(new StatementProxy.Trap(StatementProxy.COMMIT, 1, false, () -> crashAndUse(others)));
    database.inTransaction(c -> {
      execute(c, "UPDATE counter SET n = n + 1");
      return ours.add(ask(c, "SELECT pg_current_xact_id()"));
    });
    assertThat(ours).as("the work was done again").hasSize(2);
    return others.contains(ours.getFirst());
  }

  /// Nobody connects while the server crashes and its numbers are used.
  private synchronized DatabaseAddress address(StatementProxy proxy) {
    return proxy.get();
  }

  private synchronized void crashAndUse(Set<String> numbers) {
    ProcessHandle postmaster = ProcessHandle.of(postgres.pid()).orElseThrow();
    List<ProcessHandle> all = new ArrayList<>(postmaster.descendants().toList());
    all.addFirst(postmaster);
    all.forEach(ProcessHandle::destroyForcibly);
    all.forEach(process -> process.onExit().join());
    try (Connection connection = connect()) {
      for (int i = 0; i < NUMBERS; i++) {
        numbers.add(ask(connection, "SELECT pg_current_xact_id()"));
      }
    } catch (SQLException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private Connection connect() throws InterruptedException {
    while (true) {
      try {
        return postgres.address().connect();
      } catch (SQLException e) {
        TimeUnit.MILLISECONDS.sleep(5); // being started again
      }
    }
  }

  private static String ask(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      row.next();
      return row.getString(1);
    }
  }

  private static boolean execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      return statement.execute(sql);
    }
  }
}
