package dev.firn.events.query;

import dev.firn.columnar.Column;
import dev.firn.columnar.Row;
import dev.firn.columnar.TableSchema;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;

/// Runs questions; at most a few at a time.
public final class Queries implements AutoCloseable {
  private static final int AT_A_TIME = 4;
  private static final String MEMORY = "1GB";

  private final Duration limit;
  private final Semaphore free = new Semaphore(AT_A_TIME);
  private final ScheduledExecutorService ending =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().name("query-limit").daemon().factory());

  /// @param limit how long one question may take
  public Queries(Duration limit) {
    this.limit = limit;
  }

  /// A table that a question may name `SCHEMA.NAME`.
  ///
  /// @param files Parquet files that have its rows
  /// @param placed whether it has two more columns: `data_file`, the name of the file a row lies
  ///   in, and `data_row`, its place there from 0
  public record View(String schema, TableSchema table, List<Path> files, boolean placed) {
    public View {
      files = List.copyOf(files);
    }
  }

  /// What a question may name.
  ///
  /// @param standard the schema whose tables need no prefix; empty for none
  /// @param own statements of Firn's own that make further tables
  public record Tables(List<View> views, String standard, List<String> own) {
    public Tables {
      views = List.copyOf(views);
      own = List.copyOf(own);
    }

    /// The tables of one schema, without prefix.
    public static Tables of(List<View> views) {
      return new Tables(views, views.getFirst().schema(), List.of());
    }
  }

  /// Takes an answer.
  public interface Answer {
    /// The columns, before the first row.
    void begin(TableSchema schema) throws IOException;

    /// One row, which is filled anew afterwards.
    void row(Row row) throws IOException;
  }

  /// Runs one SELECT.
  ///
  /// @throws QueryFailure when it is not a SELECT, is wrong, or exceeds a limit
  public void run(String sql, Tables tables, Answer answer) throws IOException {
    if (!free.tryAcquire()) {
      throw new QueryFailure(AT_A_TIME + " other queries are running: try again later", true);
    }
    AtomicBoolean late = new AtomicBoolean();
    try (Connection duck = DriverManager.getConnection("jdbc:duckdb:", settings())) {
      prepare(duck, tables);
      String parsed = parsed(duck, sql);
      try (Statement statement = duck.createStatement()) {
        ScheduledFuture<?> end =
            ending.schedule(() -> cancel(statement, late), limit.toMillis(), TimeUnit.MILLISECONDS);
        try (ResultSet rows =
            statement.executeQuery(
                "SELECT * FROM json_execute_serialized_sql(" + quoted(parsed) + ")")) {
          Answers.send(rows, answer);
        } finally {
          end.cancel(false);
        }
      }
    } catch (SQLException e) {
      if (late.get()) {
        throw new QueryFailure("it took longer than " + limit.toSeconds() + " s", true);
      }
      String message = firstLine(e);
      throw new QueryFailure(message, message.startsWith("Out of Memory"));
    } finally {
      free.release();
    }
  }

  private static Properties settings() {
    Properties settings = new Properties();
    settings.setProperty("autoinstall_known_extensions", "false");
    settings.setProperty("autoload_known_extensions", "false");
    settings.setProperty("jdbc_stream_results", "true");
    settings.setProperty("threads", "2");
    settings.setProperty("memory_limit", MEMORY);
    settings.setProperty("max_temp_directory_size", "0B");
    return settings;
  }

  private static void prepare(Connection duck, Tables tables) throws SQLException {
    List<View> views = tables.views();
    try (Statement statement = duck.createStatement()) {
      statement.execute("SET TimeZone = 'UTC'");
      List<String> paths =
          views.stream().flatMap(v -> v.files().stream()).map(p -> quoted(p.toString())).toList();
      statement.execute("SET allowed_paths = [" + String.join(", ", paths) + "]");
      for (View view : views) {
        String schema = named(view.schema());
        statement.execute("CREATE SCHEMA IF NOT EXISTS " + schema);
        statement.execute(
            "CREATE VIEW " + schema + "." + named(view.table().name()) + " AS " + select(view));
        if (view.schema().equals(tables.standard())) {
          String table = named(view.table().name());
          statement.execute("CREATE VIEW " + table + " AS SELECT * FROM " + schema + "." + table);
        }
      }
      for (String own : tables.own()) {
        statement.execute(own);
      }
      statement.execute("SET enable_external_access = false");
      statement.execute("SET lock_configuration = true");
    }
  }

  /// Files written before a column was added have none of it: every column is named, and those that
  /// are in no file are null.
  private static String select(View view) {
    if (view.files().isEmpty()) {
      return view.table().columns().stream()
          .map(c -> "NULL::" + type(c) + " AS " + named(c.name()))
          .collect(
              Collectors.joining(
                  ", ",
                  "SELECT ",
                  (view.placed() ? ", NULL::VARCHAR AS data_file, NULL::BIGINT AS data_row" : "")
                      + " WHERE false"));
    }
    String files =
        view.files().stream().map(p -> quoted(p.toString())).collect(Collectors.joining(", "));
    List<String> schema = new ArrayList<>();
    for (int i = 0; i < view.table().columns().size(); i++) {
      Column column = view.table().columns().get(i);
      schema.add(
          "%d: {name: %s, type: %s, default_value: NULL}"
              .formatted(view.table().ids().get(i), quoted(column.name()), quoted(type(column))));
    }
    String place =
        view.placed() ? ", parse_filename(filename) AS data_file, file_row_number AS data_row" : "";
    return "SELECT *"
        + place
        + " FROM read_parquet(["
        + files
        + "], schema = MAP {"
        + String.join(", ", schema)
        + "})";
  }

  private static String type(Column column) {
    return switch (column.type()) {
      case BOOLEAN -> "BOOLEAN";
      case INT -> "INTEGER";
      case LONG -> "BIGINT";
      case FLOAT -> "FLOAT";
      case DOUBLE -> "DOUBLE";
      case TEXT -> "VARCHAR";
      case TIMESTAMP -> "TIMESTAMP WITH TIME ZONE";
    };
  }

  /// What DuckDB's own parser makes of the text: it serializes nothing but SELECT.
  private static String parsed(Connection duck, String sql) throws SQLException {
    if (sql.indexOf('\0') >= 0) {
      throw new QueryFailure("a query has no NUL", false);
    }
    try (Statement statement = duck.createStatement();
        ResultSet row = statement.executeQuery("SELECT json_serialize_sql(" + quoted(sql) + ")")) {
      row.next();
      String json = row.getString(1);
      if (json.startsWith("{\"error\":true")) {
        throw new QueryFailure(Answers.message(json), false);
      }
      return json;
    }
  }

  private static void cancel(Statement statement, AtomicBoolean late) {
    late.set(true);
    try {
      statement.cancel();
    } catch (SQLException e) {
      throw new IllegalStateException("a query could not be ended", e);
    }
  }

  private static String quoted(String text) {
    return "'" + text.replace("'", "''") + "'";
  }

  private static String named(String text) {
    return "\"" + text.replace("\"", "\"\"") + "\"";
  }

  private static String firstLine(SQLException e) {
    return String.valueOf(e.getMessage()).lines().findFirst().orElse("the query failed");
  }

  @Override
  public void close() {
    ending.shutdownNow();
  }
}
