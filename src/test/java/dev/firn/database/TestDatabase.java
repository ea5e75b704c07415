package dev.firn.database;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/// A fresh database with all tables, on a real PostgreSQL that all tests of this process share.
///
/// ```java
/// try (TestDatabase test = TestDatabase.create()) {
///   Database database = test.database();
/// }
/// ```
public final class TestDatabase implements AutoCloseable {
  /// Debian's programs of the oldest PostgreSQL that we work with.
  public static final Path DEBIAN_15 = Path.of("/usr/lib/postgresql/15/bin");

  private static final String TEMPLATE = "with_tables";
  private static final AtomicInteger NEXT = new AtomicInteger();
  private static EmbeddedPostgres shared;
  private static EmbeddedPostgres debian;

  private final EmbeddedPostgres server;
  private final String name;
  private final Database database;

  private TestDatabase(EmbeddedPostgres server) throws SQLException {
    this.server = server;
    this.name = "test" + NEXT.incrementAndGet();
    execute("CREATE DATABASE " + name + " TEMPLATE " + TEMPLATE);
    this.database =
        Database.open(
            () -> server.address().withDatabase(name),
            new DatabaseConfig(16, Duration.ofSeconds(30)));
  }

  /// On the embedded server.
  public static TestDatabase create() {
    return on(false);
  }

  /// On Debian's PostgreSQL 15, which must be installed.
  public static TestDatabase createOnDebian15() {
    return on(true);
  }

  private static synchronized TestDatabase on(boolean oldest) {
    try {
      if (oldest) {
        debian = debian == null ? startServer(Optional.of(DEBIAN_15)) : debian;
        return new TestDatabase(debian);
      }
      shared = shared == null ? startServer(Optional.empty()) : shared;
      return new TestDatabase(shared);
    } catch (IOException | SQLException e) {
      throw new IllegalStateException("no test database: " + e.getMessage(), e);
    }
  }

  /// Where tests unpack PostgreSQL's programs, once for all of them.
  public static Path binaries() {
    return Path.of("target", "test-postgres").toAbsolutePath();
  }

  private static EmbeddedPostgres startServer(Optional<Path> programs) throws IOException {
    Path directory = Files.createTempDirectory("firn-test-db-");
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx--x--x"));
    // Not durable: these tests end with their server. Those about crashes start their own.
    EmbeddedPostgresConfig config =
        new EmbeddedPostgresConfig(
            directory.resolve("postgres"),
            binaries(),
            programs,
            Map.of("fsync", "off", "full_page_writes", "off", "max_connections", "200"),
            Duration.ofSeconds(60));
    EmbeddedPostgres server = EmbeddedPostgres.start(config);
    try (Connection connection = server.address().connect();
        Statement statement = connection.createStatement()) {
      statement.execute("CREATE DATABASE " + TEMPLATE);
    } catch (SQLException e) {
      throw new IOException(e);
    }
    Database.open(() -> server.address().withDatabase(TEMPLATE), DatabaseConfig.DEFAULT).close();
    Runtime.getRuntime().addShutdownHook(new Thread(() -> discard(server, directory)));
    return server;
  }

  private static void discard(EmbeddedPostgres server, Path directory) {
    try {
      server.close();
      PostgresBinaries.deleteTree(directory);
    } catch (IOException e) {
      System.err.println("test database in " + directory + " stays behind: " + e.getMessage());
    }
  }

  public Database database() {
    return database;
  }

  /// For a second `Database` on the same tables, or a connection past it.
  public DatabaseAddress address() {
    return server.address().withDatabase(name);
  }

  /// Whether connections are taken; those there are, are cut when not.
  public void accept(boolean connections) {
    try {
      execute("ALTER DATABASE " + name + " ALLOW_CONNECTIONS " + connections);
      if (!connections) {
        execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '%s'"
                .formatted(name));
      }
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private void execute(String sql) throws SQLException {
    try (Connection connection = server.address().connect();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  @Override
  public void close() {
    database.close();
    try {
      execute("DROP DATABASE " + name + " WITH (FORCE)");
    } catch (SQLException e) {
      throw new IllegalStateException("cannot drop " + name, e);
    }
  }
}
