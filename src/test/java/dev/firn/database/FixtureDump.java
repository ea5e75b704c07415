package dev.firn.database;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyManager;

/// What all tables of a database hold, as text that a database of the same version takes: kept of
/// each version, for the tests that bring it forward.
///
/// ```
/// version 179
/// table account (name, password, ...) 3
/// alice	$argon2id$...
/// sequence file_id 1201
/// ```
///
/// Written of a hub that runs, by `java -cp target/test-classes:target/classes:target/lib/*
/// dev.firn.database.FixtureDump JDBC-URL USER PASSWORD FILE`.
public final class FixtureDump {
  private FixtureDump() {}

  public static void main(String[] args) throws IOException, SQLException {
    try (Connection connection = DriverManager.getConnection(args[0], args[1], args[2]);
        OutputStream out = new GZIPOutputStream(Files.newOutputStream(Path.of(args[3])))) {
      write(connection, out);
    }
  }

  private static void write(Connection connection, OutputStream out)
      throws IOException, SQLException {
    line(out, "version " + one(connection, newestVersion()));
    CopyManager copies = connection.unwrap(PGConnection.class).getCopyAPI();
    for (Map.Entry<String, String> table : tables(connection).entrySet()) {
      ByteArrayOutputStream rows = new ByteArrayOutputStream();
      long count =
          copies.copyOut(
              "COPY %s (%s) TO STDOUT".formatted(table.getKey(), table.getValue()), rows);
      if (count > 0) {
        line(out, "table %s (%s) %d".formatted(table.getKey(), table.getValue(), count));
        rows.writeTo(out);
      }
    }
    for (String sequence : names(connection, "SELECT sequencename FROM pg_sequences")) {
      String value = one(connection, "SELECT last_value FROM " + sequence);
      line(out, "sequence " + sequence + " " + value);
    }
  }

  private static String newestVersion() {
    return "SELECT version FROM flyway_schema_history WHERE version IS NOT NULL AND success"
        + " ORDER BY string_to_array(version, '.')::int[] DESC LIMIT 1";
  }

  private static void line(OutputStream out, String text) throws IOException {
    out.write((text + "\n").getBytes(StandardCharsets.UTF_8));
  }

  /// Tables with the columns that are written and not made.
  private static Map<String, String> tables(Connection connection) throws SQLException {
    Map<String, String> tables = new LinkedHashMap<>();
    try (Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                """
                SELECT t.relname, string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum)
                FROM pg_class t JOIN pg_attribute a ON a.attrelid = t.oid
                WHERE t.relkind = 'r' AND t.relnamespace = 'public'::regnamespace
                  AND t.relname NOT LIKE 'flyway%' AND a.attnum > 0 AND NOT a.attisdropped
                  AND a.attgenerated = ''
                GROUP BY t.relname ORDER BY t.relname
                """)) {
      while (row.next()) {
        tables.put(row.getString(1), row.getString(2));
      }
    }
    return tables;
  }

  private static List<String> names(Connection connection, String sql) throws SQLException {
    List<String> names = new ArrayList<>();
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      while (row.next()) {
        names.add(row.getString(1));
      }
    }
    return names;
  }

  private static String one(Connection connection, String sql) throws SQLException {
    return names(connection, sql).getFirst();
  }

  /// The version of a fixture.
  public static String version(InputStream fixture) throws IOException {
    return new Lines(new GZIPInputStream(fixture)).next().substring("version ".length());
  }

  /// Fills a database of the fixture's version: what its migrations wrote themselves goes first.
  ///
  /// @return how many rows each table has
  public static Map<String, Long> load(InputStream fixture, Connection connection)
      throws IOException, SQLException {
    Map<String, Long> counts = new LinkedHashMap<>();
    CopyManager copies = connection.unwrap(PGConnection.class).getCopyAPI();
    Lines lines = new Lines(new GZIPInputStream(fixture));
    try (Statement statement = connection.createStatement()) {
      // Neither triggers nor references: the rows are as they were.
      statement.execute("SET session_replication_role = replica");
      statement.execute("TRUNCATE " + String.join(", ", tables(connection).keySet()) + " CASCADE");
      lines.next();
      for (String line = lines.next(); !line.isEmpty(); line = lines.next()) {
        String[] words = line.split(" ");
        if (words[0].equals("sequence")) {
          statement.execute("SELECT setval('%s', %s)".formatted(words[1], words[2]));
          continue;
        }
        long count = Long.parseLong(words[words.length - 1]);
        String columns = line.substring(line.indexOf('('), line.indexOf(')') + 1);
        StringBuilder rows = new StringBuilder();
        for (long i = 0; i < count; i++) {
          rows.append(lines.next()).append('\n');
        }
        copies.copyIn(
            "COPY " + words[1] + " " + columns + " FROM STDIN",
            new ByteArrayInputStream(rows.toString().getBytes(StandardCharsets.UTF_8)));
        counts.put(words[1], count);
      }
      statement.execute("SET session_replication_role = origin");
    }
    return counts;
  }

  /// Ends at line feeds alone, as rows do; the end is an empty line.
  private static final class Lines {
    private final String text;
    private int at;

    Lines(InputStream in) throws IOException {
      this.text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }

    String next() {
      int end = text.indexOf('\n', at);
      String line = end < 0 ? "" : text.substring(at, end);
      at = end < 0 ? at : end + 1;
      return line;
    }
  }
}
