import dev.firn.catalog.BulkLoad;
import dev.firn.catalog.Catalog;
import dev.firn.catalog.Cause;
import dev.firn.database.Database;
import dev.firn.database.DatabaseAddress;
import dev.firn.database.DatabaseConfig;
import dev.firn.database.EmbeddedPostgres;
import dev.firn.database.EmbeddedPostgresConfig;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;

/// What it would save to keep once a directory the metadata that all its files share: bytes a file of
/// the catalog's own table, of the same rows with only what is each file's own beside a table of what
/// is shared, and of the same rows without free metadata. Same columns, same indexes, same order.
final class Sharing {
  private final long files;
  private Connection connection;

  Sharing(Bench.Options options) {
    this.files = options.number("files", 300_000);
  }

  void run() throws Exception {
    Path folder = Files.createTempDirectory("firn-bench-sharing");
    folder.toFile().setExecutable(true, false);
    folder.toFile().setReadable(true, false);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> Shell.removeTree(folder)));
    try (EmbeddedPostgres server =
            EmbeddedPostgres.start(EmbeddedPostgresConfig.in(folder.resolve("postgres")));
        Database database = Database.open(server, new DatabaseConfig(2, Duration.ofSeconds(60)));
        InputStream lines = CatalogFiles.lines(0, files);
        Connection own = connect(server.get())) {
      connection = own;
      new BulkLoad(new Catalog(database)).load(lines, new Cause("bench", "load"), line -> {});
      share();
      make("whole_file", "f.metadata");
      make("own_file", "coalesce(f.metadata - s.keys, f.metadata)");
      make("bare_file", "NULL::jsonb");
      double whole = size("whole_file");
      double split = size("own_file") + size("shared");
      System.out.printf(
          "%,d files in %s directories, %s bytes of free metadata a file%n",
          files,
          text("SELECT count(*) FROM dir"),
          text("SELECT round(avg(pg_column_size(metadata))) FROM file"));
      System.out.printf(
          "bytes a file of the table with its indexes: as it is %.0f, shared by directory %.0f"
              + " (%.1f of it shared), without free metadata %.0f%n",
          whole, split, size("shared"), size("bare_file"));
      System.out.printf(
          "{%s,\"sharing\":{\"files\":%d,\"whole\":%.0f,\"shared\":%.0f,\"without\":%.0f}}%n",
          Shell.machine(), files, whole, split, size("bare_file"));
    }
  }

  private static Connection connect(DatabaseAddress address) throws SQLException {
    return DriverManager.getConnection(address.jdbcUrl(), address.user(), address.password());
  }

  /// Keys that have one value in all files of a directory.
  private void share() throws SQLException {
    sql(
        """
        CREATE TABLE shared AS
        SELECT dir_id, array_agg(key) AS keys, jsonb_object_agg(key, value) AS metadata FROM (
          SELECT f.dir_id, e.key, (array_agg(e.value))[1] AS value
          FROM file f JOIN (SELECT dir_id, count(*) AS n FROM file GROUP BY 1) d USING (dir_id)
            CROSS JOIN LATERAL jsonb_each(f.metadata) e
          GROUP BY f.dir_id, e.key, d.n
          HAVING count(*) = d.n AND min(e.value::text) = max(e.value::text)) k
        GROUP BY dir_id
        """);
    sql("CREATE UNIQUE INDEX ON shared (dir_id)");
    sql("CREATE INDEX ON shared USING gin (metadata jsonb_path_ops)");
  }

  private void make(String table, String metadata) throws SQLException {
    sql("CREATE TABLE " + table + " (LIKE file INCLUDING DEFAULTS INCLUDING INDEXES)");
    String columns =
        text(
            "SELECT string_agg(CASE attname WHEN 'metadata' THEN '<>' ELSE 'f.' || attname END, ', '"
                + " ORDER BY attnum) FROM pg_attribute WHERE attrelid = 'file'::regclass"
                + " AND attnum > 0 AND NOT attisdropped");
    sql(
        "INSERT INTO "
            + table
            + " SELECT "
            + columns.replace("<>", metadata)
            + " FROM file f LEFT JOIN shared s ON s.dir_id = f.dir_id ORDER BY f.id");
    sql("VACUUM ANALYZE " + table);
  }

  private double size(String table) throws SQLException {
    return Double.parseDouble(text("SELECT pg_total_relation_size('" + table + "')")) / files;
  }

  private void sql(String statement) throws SQLException {
    try (Statement run = connection.createStatement()) {
      run.execute(statement);
    }
  }

  private String text(String query) throws SQLException {
    try (Statement ask = connection.createStatement();
        ResultSet row = ask.executeQuery(query)) {
      row.next();
      return row.getString(1);
    }
  }
}
