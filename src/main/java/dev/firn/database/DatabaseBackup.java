package dev.firn.database;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/// A copy of an embedded database while it is used: PostgreSQL's own way of a base backup, over an
/// ordinary connection and by ordinary copying.
///
/// The copy of the files is not consistent by itself; with the write-ahead log from its beginning
/// to its end, which a replication slot keeps from being recycled meanwhile, PostgreSQL makes it so
/// when it is started on it. Everything acknowledged before the backup began is in it. See
/// `docs/formats/backup.md`.
public final class DatabaseBackup {
  private static final Set<String> EMPTY =
      Set.of(
          "pg_wal",
          "pg_replslot",
          "pg_dynshmem",
          "pg_notify",
          "pg_serial",
          "pg_snapshots",
          "pg_stat_tmp",
          "pg_subtrans");
  private static final Set<String> LEFT_OUT =
      Set.of("postmaster.pid", "postmaster.opts", "pg_internal.init", "backup_label");
  private static final String CONTROL = "global/pg_control";

  /// @param files how many there are, of `bytes` together
  public record Taken(Path directory, long files, long bytes) {}

  private final Path data;
  private final Path staged;
  private final Map<String, BackupManifest.Entry> files = new LinkedHashMap<>();

  private DatabaseBackup(Path data, Path staged) {
    this.data = data;
    this.staged = staged;
  }

  /// Takes a backup of the embedded database in `directory`, which is running, as `target`, which
  /// does not exist: there is a whole backup there afterwards, or nothing.
  ///
  /// @throws DatabaseException `REFUSED` when the database does not run or the target exists
  public static Taken take(Path directory, Path target) throws IOException {
    Path data = directory.resolve("data");
    Optional<Postmaster> running = Postmaster.find(data).filter(p -> p.process(data).isPresent());
    if (running.isEmpty()) {
      throw BackupManifest.refused("the database in " + directory + " is not running");
    }
    if (Files.exists(target)) {
      throw BackupManifest.refused(target + " exists already");
    }
    String password = Files.readString(directory.resolve("password")).strip();
    String url = "jdbc:postgresql://127.0.0.1:" + running.get().port() + "/postgres";
    Path staged = target.resolveSibling(target.getFileName() + ".partial");
    PostgresBinaries.deleteTree(staged);
    Files.createDirectories(staged.toAbsolutePath().getParent());
    Files.createDirectory(
        staged, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    try (Connection connection =
        new DatabaseAddress(url, EmbeddedPostgres.USER, password).connect()) {
      DatabaseBackup backup = new DatabaseBackup(data, staged);
      BackupManifest manifest = backup.take(connection);
      PostgresDirectory.writePrivate(staged.resolve("password"), password);
      manifest.write(staged);
      PostgresBinaries.syncDirectory(staged);
      Files.move(staged, target, StandardCopyOption.ATOMIC_MOVE);
      PostgresBinaries.syncDirectory(Objects.requireNonNull(target.toAbsolutePath().getParent()));
      return new Taken(target, manifest.files().size(), manifest.bytes());
    } catch (SQLException e) {
      throw new DatabaseException(
          DatabaseException.Kind.UNAVAILABLE, "the backup was not taken: " + e.getMessage(), e);
    } finally {
      PostgresBinaries.deleteTree(staged);
    }
  }

  private BackupManifest take(Connection connection) throws IOException, SQLException {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("server", one(connection, "SHOW server_version"));
    facts.put("taken", Instant.now().toString());
    // The slot goes with this connection, also when we are killed.
    one(
        connection,
        "SELECT slot_name FROM pg_create_physical_replication_slot('firn_backup_"
            + ProcessHandle.current().pid()
            + "', true, true)");
    facts.put("history", one(connection, "SELECT coalesce(max(id), 0) FROM history"));
    String first = one(connection, "SELECT pg_walfile_name(pg_backup_start('firn', true))");
    copyTree();
    copy(CONTROL); // last: what it says is nowhere newer than the files
    String last = stop(connection);
    copyLog(first, last);
    return new BackupManifest(facts, files);
  }

  private static String one(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      row.next();
      return row.getString(1);
    }
  }

  private void copyTree() throws IOException {
    List<String> found = new ArrayList<>();
    Files.walkFileTree(
        data,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes)
              throws IOException {
            String name = data.relativize(directory).toString();
            boolean temporary = directory.getFileName().toString().startsWith("pgsql_tmp");
            if (!temporary) {
              Files.createDirectories(staged.resolve("data").resolve(name));
            }
            return temporary || EMPTY.contains(name)
                ? FileVisitResult.SKIP_SUBTREE
                : FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            String name = data.relativize(file).toString();
            String last = file.getFileName().toString();
            if (!name.equals(CONTROL)
                && !LEFT_OUT.contains(last)
                && !last.startsWith("pgsql_tmp")) {
              found.add(name);
            }
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
            if (e instanceof NoSuchFileException) {
              return FileVisitResult.CONTINUE; // a table was dropped meanwhile
            }
            throw e;
          }
        });
    for (String name : found) {
      try {
        copy(name);
      } catch (NoSuchFileException e) {
        Files.deleteIfExists(staged.resolve("data").resolve(name)); // dropped meanwhile
      }
    }
  }

  private void copy(String name) throws IOException {
    files.put(name, DigestedCopy.copy(data.resolve(name), staged.resolve("data").resolve(name)));
  }

  /// Ends the backup; its label takes the place of the control file's word on where to begin.
  private String stop(Connection connection) throws SQLException, IOException {
    try (PreparedStatement stop =
            connection.prepareStatement(
                "SELECT pg_walfile_name(lsn), labelfile FROM pg_backup_stop(false)");
        ResultSet row = stop.executeQuery()) {
      row.next();
      Path label = staged.resolve("backup_label");
      Files.write(label, row.getString(2).getBytes(StandardCharsets.UTF_8));
      String name = "backup_label";
      files.put(name, DigestedCopy.copy(label, staged.resolve("data").resolve(name)));
      Files.delete(label);
      return row.getString(1);
    }
  }

  private void copyLog(String first, String last) throws IOException {
    TreeSet<String> segments = new TreeSet<>();
    try (Stream<Path> all = Files.list(data.resolve("pg_wal"))) {
      all.map(p -> p.getFileName().toString())
          .filter(n -> n.matches("[0-9A-F]{24}") || n.endsWith(".history"))
          .filter(n -> n.compareTo(first) >= 0 && n.compareTo(last) <= 0 || n.endsWith(".history"))
          .forEach(segments::add);
    }
    if (!segments.contains(first) || !segments.contains(last)) {
      throw BackupManifest.refused("the write-ahead log of the backup is not whole");
    }
    for (String segment : segments) {
      copy("pg_wal/" + segment);
    }
  }
}
