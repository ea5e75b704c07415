package dev.firn.database;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/// Puts a backup back as an embedded database, and looks whether it is one.
public final class DatabaseRestore {
  /// @param files live files on record; `history` the newest entry of history
  public record Restored(long files, long history) {}

  private DatabaseRestore() {}

  /// Makes the database of `config` from a backup: every file compared with its checksum, the
  /// server started on it, and its totals compared with a count.
  ///
  /// @throws DatabaseException `REFUSED` when there is a database already, when the backup is
  ///   damaged, or when the database that came of it is not what the backup says
  public static Restored restore(Path backup, EmbeddedPostgresConfig config) throws IOException {
    BackupManifest manifest = BackupManifest.read(backup);
    Path root = config.directory().toAbsolutePath().normalize();
    if (Files.exists(root.resolve("data"))) {
      throw BackupManifest.refused("there is a database in " + root + " already");
    }
    Files.createDirectories(root);
    Files.setPosixFilePermissions(root, PosixFilePermissions.fromString("rwx--x--x"));
    Path bin =
        config.programs().isPresent()
            ? config.programs().get()
            : PostgresBinaries.unpack(config.binaries());
    Path data = root.resolve("data");
    Path staged = root.resolve("data.new");
    DroppedPrivileges privileges = DroppedPrivileges.choose(data, root, bin.resolve("postgres"));
    PostgresBinaries.deleteTree(staged);
    try {
      copy(backup, manifest, staged);
      giveAway(staged, privileges);
      String password = Files.readString(backup.resolve("password")).strip();
      PostgresDirectory.writePrivate(root.resolve("password"), password);
      Files.move(staged, data, StandardCopyOption.ATOMIC_MOVE);
      PostgresBinaries.syncDirectory(root);
    } finally {
      PostgresBinaries.deleteTree(staged);
    }
    try (EmbeddedPostgres server = EmbeddedPostgres.start(config)) {
      return check(server, manifest);
    }
  }

  private static void copy(Path backup, BackupManifest manifest, Path staged) throws IOException {
    Files.createDirectories(staged);
    try (Stream<Path> all = Files.walk(backup.resolve("data"))) {
      for (Path directory : all.filter(Files::isDirectory).toList()) {
        Path relative = backup.resolve("data").relativize(directory);
        Files.createDirectories(staged.resolve(relative.toString()));
      }
    }
    for (Map.Entry<String, BackupManifest.Entry> file : manifest.files().entrySet()) {
      String name = file.getKey();
      BackupManifest.Entry copied =
          DigestedCopy.copy(backup.resolve("data").resolve(name), staged.resolve(name));
      if (!copied.equals(file.getValue())) {
        throw BackupManifest.refused("the backup is damaged: " + name + " is not what was written");
      }
    }
  }

  private static void giveAway(Path staged, DroppedPrivileges privileges) throws IOException {
    try (Stream<Path> all = Files.walk(staged)) {
      for (Path path : all.toList()) {
        String mode = Files.isDirectory(path) ? "rwx------" : "rw-------";
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(mode));
        privileges.giveAway(path);
      }
    }
  }

  /// Reads what the totals say, what there is, and the newest of history.
  private static Restored check(EmbeddedPostgres server, BackupManifest manifest) {
    String kept =
        "SELECT coalesce(sum(files), 0) FROM (SELECT * FROM volume UNION ALL SELECT * FROM"
            + " volume_delta) v WHERE site = 0 AND state = 1";
    List<String> questions =
        List.of(
            kept,
            "SELECT count(*) FROM file WHERE state = 1",
            "SELECT coalesce(max(id), 0) FROM history");
    long[] answers = new long[questions.size()];
    try (Connection connection = server.address().connect();
        Statement statement = connection.createStatement()) {
      for (int i = 0; i < answers.length; i++) {
        try (ResultSet row = statement.executeQuery(questions.get(i))) {
          row.next();
          answers[i] = row.getLong(1);
        }
      }
      // The area has gone on since: the hub compares all of it before it answers.
      statement.execute(
          "DO $$ BEGIN IF to_regclass('area_start') IS NOT NULL THEN DELETE FROM area_start;"
              + " END IF; END $$");
    } catch (SQLException e) {
      throw new DatabaseException(
          DatabaseException.Kind.REFUSED,
          "what was restored does not answer: " + e.getMessage(),
          e);
    }
    long promised =
        Long.parseLong(Objects.requireNonNullElse(manifest.facts().get("history"), "0"));
    if (answers[0] != answers[1] || answers[2] < promised) {
      throw BackupManifest.refused(
          "what was restored is not what was kept: totals say %d files, there are %d; history ends"
                  .formatted(answers[0], answers[1])
              + " at %d, the backup began after %d".formatted(answers[2], promised));
    }
    return new Restored(answers[1], answers[2]);
  }
}
