package dev.firn.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Backups of a database that is written to all the while, restored into a second one.
@Tag("slow")
class DatabaseBackupTest {
  private Path directory;
  private EmbeddedPostgresConfig config;

  @BeforeEach
  void makeDirectory() throws IOException {
    directory = Files.createTempDirectory("firn-backup-");
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx--x--x"));
    config = config("first");
  }

  private EmbeddedPostgresConfig config(String name) {
    return EmbeddedPostgresConfig.in(directory.resolve(name)).withBinaries(TestDatabase.binaries());
  }

  @AfterEach
  void removeDirectory() throws IOException {
    PostgresBinaries.deleteTree(directory);
  }

  private static void write(Database database, long number) {
    database.inTransaction(c -> {
      History.record(
          c, new HistoryEntry("test", Long.toString(number), "me", "to see", null, "there", null));
      return null;
    });
  }

  @Test
  void whatWasAcknowledgedBeforeABackupBeganIsInWhatIsRestored() throws Exception {
    Path backup = directory.resolve("backup");
    AtomicLong acknowledged = new AtomicLong();
    long before;
    try (EmbeddedPostgres server = EmbeddedPostgres.start(config);
        Database database = Database.open(server, new DatabaseConfig(8, Duration.ofSeconds(60)))) {
      for (int i = 0; i < 200; i++) {
        write(database, acknowledged.incrementAndGet());
      }
      AtomicBoolean done = new AtomicBoolean();
      Thread writer =
          new Thread(() -> {
            while (!done.get()) {
              write(database, acknowledged.incrementAndGet());
            }
          });
      writer.start();
      before = acknowledged.get() - 1;
      DatabaseBackup.Taken taken = DatabaseBackup.take(config.directory(), backup);
      done.set(true);
      writer.join();
      assertThat(taken.bytes()).isGreaterThan(10_000_000);
      assertThatThrownBy(() -> DatabaseBackup.take(config.directory(), backup))
          .hasMessageContaining("exists already");
    }
    EmbeddedPostgresConfig second = config("second");
    assertThat(DatabaseRestore.restore(backup, second).history()).isGreaterThanOrEqualTo(before);
    try (EmbeddedPostgres server = EmbeddedPostgres.start(second);
        Database database = Database.open(server, new DatabaseConfig(8, Duration.ofSeconds(60)))) {
      assertThat(holes(database)).isZero();
      write(database, 1); // and it goes on
    }
    assertThatThrownBy(() -> DatabaseRestore.restore(backup, second))
        .hasMessageContaining("a database in");
  }

  /// Entries that are missing below the newest: what was acknowledged later came after all others.
  private static long holes(Database database) {
    return database.read(c -> {
      try (var select =
              c.prepareStatement(
                  "SELECT max(subject_id::bigint) - count(*) FROM history WHERE subject_kind ="
                      + " 'test'");
          var row = select.executeQuery()) {
        row.next();
        return row.getLong(1);
      }
    });
  }

  @Test
  void aDamagedBackupIsRefusedAndLeavesNothing() throws Exception {
    Path backup = directory.resolve("backup");
    try (EmbeddedPostgres server = EmbeddedPostgres.start(config);
        Database database = Database.open(server, new DatabaseConfig(8, Duration.ofSeconds(60)))) {
      write(database, 1);
      DatabaseBackup.take(config.directory(), backup);
    }
    try (Stream<Path> all = Files.walk(backup.resolve("data/base"))) {
      Path largest =
          all.filter(Files::isRegularFile)
              .max((a, b) -> Long.compare(a.toFile().length(), b.toFile().length()))
              .orElseThrow();
      byte[] bytes = Files.readAllBytes(largest);
      bytes[bytes.length / 2] ^= 1;
      Files.write(largest, bytes, StandardOpenOption.TRUNCATE_EXISTING);
    }
    EmbeddedPostgresConfig second = config("second");
    assertThatThrownBy(() -> DatabaseRestore.restore(backup, second))
        .hasMessageContaining("the backup is damaged");
    assertThat(second.directory().resolve("data")).doesNotExist();
    Files.delete(backup.resolve("manifest"));
    assertThatThrownBy(() -> DatabaseRestore.restore(backup, second))
        .hasMessageContaining("no manifest");
  }

  @Test
  void aDatabaseThatDoesNotRunIsNotCopied() throws IOException, SQLException {
    EmbeddedPostgres.start(config).close();
    Path backup = directory.resolve("backup");
    assertThatThrownBy(() -> DatabaseBackup.take(config.directory(), backup))
        .hasMessageContaining("is not running");
    assertThat(backup).doesNotExist();
  }
}
