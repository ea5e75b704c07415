import dev.firn.database.DatabaseBackup;
import dev.firn.database.DatabaseRestore;
import dev.firn.database.EmbeddedPostgres;
import dev.firn.database.EmbeddedPostgresConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.Map;

/// A database backed up while it is open, restored into a second one that is read whole, and dumped
/// by `pg_dump` where the server's own programs have one.
///
/// @param programs where those are, or nothing
/// @param figures what was measured is put there
record CatalogBackup(
    EmbeddedPostgres postgres, Path folder, String programs, Map<String, Object> figures) {
  /// A number that every row of files and copies has its part in.
  private static final String CONTENT =
      "SELECT (SELECT count(*) || ' ' || sum(hashtextextended(f::text, 0)) FROM file f) || ' '"
          + " || (SELECT count(*) || ' ' || sum(hashtextextended(r::text, 0)) FROM replica r)";

  void run() throws Exception {
    Path target = folder.resolve("backup");
    Cataloguing.Usage before = Cataloguing.Usage.now(postgres);
    DatabaseBackup.Taken taken = DatabaseBackup.take(folder.resolve("postgres"), target);
    Cataloguing.Usage used = Cataloguing.Usage.now(postgres).minus(before);
    figures.put("backup_s", used.wall());
    figures.put("backup_bytes", taken.bytes());
    System.out.printf(
        "backup: %.1f s, %,d bytes, %.1f s of CPU%n", used.wall(), taken.bytes(), used.cpu());
    restore(target);
    dump();
  }

  private void restore(Path backup) throws Exception {
    Path second = folder.resolve("second");
    EmbeddedPostgresConfig config = EmbeddedPostgresConfig.in(second);
    if (!programs.isEmpty()) {
      config = config.withPrograms(Path.of(programs));
    }
    double begin = System.nanoTime() / 1e9;
    DatabaseRestore.restore(backup, config);
    double took = System.nanoTime() / 1e9 - begin;
    Shell.removeTree(backup);
    figures.put("restore_s", took);
    String kept = content(postgres);
    try (EmbeddedPostgres server = EmbeddedPostgres.start(config)) {
      String restored = content(server);
      if (!restored.equals(kept)) {
        throw new IllegalStateException("restored " + restored + ", not " + kept);
      }
    }
    System.out.printf("restored in %.1f s; each row of files and copies equal%n", took);
    Shell.removeTree(second);
  }

  private static String content(EmbeddedPostgres server) throws Exception {
    var address = server.address();
    try (Connection connection =
            DriverManager.getConnection(address.jdbcUrl(), address.user(), address.password());
        Statement ask = connection.createStatement();
        ResultSet row = ask.executeQuery(CONTENT)) {
      row.next();
      return row.getString(1);
    }
  }

  private void dump() throws Exception {
    Path program = Path.of(programs, "pg_dump");
    if (!Files.isExecutable(program)) {
      System.out.println("pg_dump: none of this server's version (--programs)");
      return;
    }
    var address = postgres.address();
    String url = address.jdbcUrl().replaceFirst("jdbc:", "").replaceFirst("\\?.*", "");
    Path file = folder.resolve("dump");
    ProcessBuilder command =
        new ProcessBuilder(
            program.toString(), "-Fc", "-U", address.user(), "-f", file.toString(), "-d", url);
    command.environment().put("PGPASSWORD", address.password());
    command.inheritIO();
    double begin = System.nanoTime() / 1e9;
    if (command.start().waitFor() != 0) {
      throw new IllegalStateException("pg_dump failed");
    }
    double took = System.nanoTime() / 1e9 - begin;
    figures.put("pg_dump_s", took);
    figures.put("pg_dump_bytes", Files.size(file));
    System.out.printf("pg_dump -Fc: %.1f s, %,d bytes%n", took, Files.size(file));
    Files.delete(file);
  }
}
