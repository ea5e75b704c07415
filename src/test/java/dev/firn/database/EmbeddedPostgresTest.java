package dev.firn.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("slow")
class EmbeddedPostgresTest {
  private Path directory;
  private EmbeddedPostgresConfig config;

  @BeforeEach
  void makeDirectory() throws IOException {
    directory = Files.createTempDirectory("firn-embedded-");
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx--x--x"));
    config =
        EmbeddedPostgresConfig.in(directory.resolve("postgres"))
            .withBinaries(TestDatabase.binaries());
  }

  @AfterEach
  void removeDirectory() throws IOException {
    PostgresBinaries.deleteTree(directory);
  }

  private static String ask(DatabaseAddress address, String sql) throws SQLException {
    try (Connection connection = address.connect();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      row.next();
      return row.getString(1);
    }
  }

  @Test
  void startsDurableChecksummedAndForOurselvesOnly() throws Exception {
    try (EmbeddedPostgres postgres = EmbeddedPostgres.start(config)) {
      DatabaseAddress address = postgres.address();
      assertThat(ask(address, "SHOW fsync")).isEqualTo("on");
      assertThat(ask(address, "SHOW synchronous_commit")).isEqualTo("on");
      assertThat(ask(address, "SHOW full_page_writes")).isEqualTo("on");
      assertThat(ask(address, "SHOW data_checksums")).isEqualTo("on");
      assertThat(ask(address, "SHOW wal_level")).isEqualTo("replica");
      assertThat(ask(address, "SHOW listen_addresses")).isEqualTo("127.0.0.1");
      assertThat(ask(address, "SHOW server_encoding")).isEqualTo("UTF8");
      DatabaseAddress wrong =
          new DatabaseAddress(address.jdbcUrl(), address.user(), "not the password");
      assertThatThrownBy(wrong::connect).hasMessageContaining("password authentication failed");
      assertThat(address.toString()).doesNotContain(address.password());
      Path password = directory.resolve("postgres/password");
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(password)))
          .isEqualTo("rw-------");
      assertThat(Files.getAttribute(Path.of("/proc/" + postgres.pid()), "unix:uid"))
          .as("root in the namespace of the machine is refused by PostgreSQL itself")
          .isNotNull();
    }
  }

  @Test
  void keepsWhatWasWrittenAcrossStopAndStart() throws Exception {
    long first;
    try (EmbeddedPostgres postgres = EmbeddedPostgres.start(config)) {
      first = postgres.pid();
      write(postgres.address(), "CREATE TABLE kept AS SELECT 5 AS n");
    }
    assertThat(ProcessHandle.of(first)).isEmpty();
    try (EmbeddedPostgres postgres = EmbeddedPostgres.start(config)) {
      assertThat(ask(postgres.address(), "SELECT n FROM kept")).isEqualTo("5");
    }
  }

  private static void write(DatabaseAddress address, String sql) throws SQLException {
    try (Connection connection = address.connect();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  @Test
  void attachesToTheServerThatADeadFirnLeftRunning() throws Exception {
    Process firn = abandonedFirn();
    long left = Long.parseLong(readLine(firn));
    firn.destroyForcibly().waitFor();
    assertThat(ProcessHandle.of(left)).isPresent();
    try (EmbeddedPostgres postgres = EmbeddedPostgres.start(config)) {
      assertThat(postgres.pid()).isEqualTo(left);
      assertThat(ask(postgres.address(), "SELECT 1")).isEqualTo("1");
    }
    assertThat(ProcessHandle.of(left).filter(ProcessHandle::isAlive)).isEmpty();
  }

  /// A process of its own that starts the server, says its process id and waits to be killed.
  private Process abandonedFirn() throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("java.class.path"),
            Abandoned.class.getName(),
            config.directory().toString(),
            config.binaries().toString())
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  private static String readLine(Process process) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int c = process.getInputStream().read(); c > 0 && c != '\n'; ) {
      line.append((char) c);
      c = process.getInputStream().read();
    }
    return line.toString();
  }

  static final class Abandoned {
    public static void main(String[] args) throws Exception {
      EmbeddedPostgres postgres =
          EmbeddedPostgres.start(
              EmbeddedPostgresConfig.in(Path.of(args[0])).withBinaries(Path.of(args[1])));
      System.out.println(postgres.pid());
      System.out.flush();
      System.in.read(); // the parent never writes: this ends when it is killed
    }
  }

  @Test
  void startsAgainAfterTheServerWasKilledAndDatabaseGoesOn() throws Exception {
    try (EmbeddedPostgres postgres = EmbeddedPostgres.start(config);
        Database database = Database.open(postgres, DatabaseConfig.DEFAULT)) {
      for (int round = 1; round <= 3; round++) {
        int n = round;
        database.inTransaction(c -> {
          History.record(c, new HistoryEntry("test", "" + n, "me", "to see", null, "x"));
          return true;
        });
        ProcessHandle killed = living(postgres);
        killed.destroyForcibly();
        killed.onExit().join();
        List<HistoryRecord> kept = database.read(c -> History.latest(c, 0, 10));
        assertThat(kept).hasSize(round);
      }
    }
  }

  /// The server that runs now: after a kill, the next one, once it is known.
  private static ProcessHandle living(EmbeddedPostgres postgres) {
    Optional<ProcessHandle> now = ProcessHandle.of(postgres.pid());
    while (now.isEmpty()) {
      Thread.onSpinWait();
      now = ProcessHandle.of(postgres.pid());
    }
    return now.get();
  }

  @Test
  void aSecondFirnOnTheSameDirectoryIsRefused() throws Exception {
    try (EmbeddedPostgres postgres = EmbeddedPostgres.start(config)) {
      assertThat(postgres.pid()).isPositive();
      assertThatThrownBy(() -> EmbeddedPostgres.start(config))
          .isInstanceOf(DatabaseException.class)
          .hasMessageContaining("another Firn already uses");
    }
  }

  @Test
  void unpackingAtTheSameTimeGivesOneWholeTree() throws Exception {
    Path shared = directory.resolve("shared");
    List<Future<Path>> results = new ArrayList<>();
    try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
      for (int i = 0; i < 4; i++) {
        results.add(threads.submit(() -> PostgresBinaries.unpack(shared)));
      }
      for (Future<Path> result : results) {
        assertThat(result.get(120, TimeUnit.SECONDS).resolve("postgres")).isExecutable();
      }
    }
    try (Stream<Path> left = Files.list(shared)) {
      assertThat(left).hasSize(1);
    }
  }

  @Test
  void aStaleLockFileOfAnotherProcessDoesNotStopTheStart() throws Exception {
    try (EmbeddedPostgres postgres = EmbeddedPostgres.start(config)) {
      assertThat(postgres.pid()).isPositive();
    }
    // As after a power cut: the file names a process that is somebody else today.
    Path data = directory.resolve("postgres/data");
    Files.writeString(
        data.resolve("postmaster.pid"),
        ProcessHandle.current().pid() + "\n" + data + "\n1\n5432\n\n127.0.0.1\n1 1\nready\n");
    try (EmbeddedPostgres postgres = EmbeddedPostgres.start(config)) {
      assertThat(ask(postgres.address(), "SELECT 1")).isEqualTo("1");
    }
  }

  @Test
  void aBrokenDirectorySaysWhyInOneLine() throws Exception {
    try (EmbeddedPostgres postgres = EmbeddedPostgres.start(config)) {
      assertThat(postgres.pid()).isPositive();
    }
    Files.delete(directory.resolve("postgres/data/global/pg_control"));
    assertThatThrownBy(() -> EmbeddedPostgres.start(config))
        .isInstanceOf(DatabaseException.class)
        .hasMessageContaining("pg_control")
        .satisfies(e -> assertThat(e.getMessage()).doesNotContain("\n"));
  }

  @Test
  void rootWithoutAReachableDirectoryRunsInANamespace() throws Exception {
    if ((Integer) Files.getAttribute(Path.of("/proc/self"), "unix:uid") != 0) {
      return; // nothing to drop
    }
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
    try (EmbeddedPostgres postgres = EmbeddedPostgres.start(config)) {
      assertThat(ask(postgres.address(), "SELECT 1")).isEqualTo("1");
      assertThat(Files.getAttribute(directory.resolve("postgres/data"), "unix:uid")).isEqualTo(0);
    }
  }
}
