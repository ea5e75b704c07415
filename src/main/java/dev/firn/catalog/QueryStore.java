package dev.firn.catalog;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Objects;

/// Runs queries, page by page.
final class QueryStore {
  private final FileRows rows;
  private final Duration limit;

  /// @param limit how long one statement may take before the database ends it
  QueryStore(FileRows rows, Duration limit) {
    this.rows = rows;
    this.limit = limit;
  }

  FilePage page(Connection connection, FileQuery query, PageToken after, int size)
      throws SQLException {
    QueryPlan plan = QueryPlan.of(DatasetNames.resolved(connection, query.condition()));
    limitTime(connection);
    keepOrder(connection);
    try (PreparedStatement select = page(plan, after, size).prepare(connection)) {
      List<CatalogFile> files = rows.list(connection, select);
      String next = files.size() < size ? null : token(connection, plan, files.getLast()).encoded();
      return new FilePage(files, next);
    }
  }

  static Sql page(QueryPlan plan, PageToken after, int size) {
    Sql rest = QueryCompiler.compile(plan.rest());
    String select = "SELECT " + FileRows.COLUMNS;
    return switch (plan.order()) {
      case SET ->
          // The set is found before it is sorted: a LIMIT would lead the planner into walking the
          // primary key in the hope of meeting enough files soon. A page is cut before its rows are
          // read: joined with a set that is thought large they would be met by walking that key
          // too.
          new Sql()
              .add("WITH hit AS MATERIALIZED (SELECT f.id FROM file f WHERE f.state = 1 AND ")
              .add(rest)
              .add("), page AS MATERIALIZED (SELECT id FROM hit WHERE id > ?", after.id())
              .add(" ORDER BY id LIMIT ?) ", size)
              .add(select + " FROM page JOIN file f ON f.id = page.id")
              .add(" JOIN dir d ON d.id = f.dir_id ORDER BY f.id");
      case RUN ->
          new Sql()
              .add(select + FileRows.FROM + "WHERE f.state = 1 AND f.run IS NOT NULL AND ")
              .add(rest)
              .add(" AND (f.run, f.id) > (?, ?)", after.firstNumber(), after.id())
              .add(" ORDER BY f.run, f.id LIMIT ?", size);
      case SEASON ->
          new Sql()
              .add(select + FileRows.FROM + "WHERE f.state = 1 AND f.season IS NOT NULL AND ")
              .add(rest)
              .add(
                  " AND (f.season, f.level, f.id) > (?, ?, ?)",
                  after.firstNumber(),
                  after.secondNumber(),
                  after.id())
              .add(" ORDER BY f.season, f.level, f.id LIMIT ?", size);
      case NAME -> alongNames(Objects.requireNonNull(plan.glob()), rest, after, size);
      case MEMBERS ->
          // A member is one whatever became of it since: a snapshot keeps what was superseded.
          new Sql()
              .add(
                  "SELECT DISTINCT ON (f.id) " + FileRows.COLUMNS + " FROM unnest(?::bigint[]) s",
                  (Object) plan.datasets().stream().map(Integer::longValue).toArray())
              .add(" CROSS JOIN LATERAL (SELECT f.* FROM dataset_file m JOIN file f")
              .add(" ON f.id = m.file_id WHERE m.dataset_id = s AND m.file_id > ?", after.id())
              .add(" AND ")
              .add(rest)
              .add(" ORDER BY m.file_id LIMIT ?) f JOIN dir d ON d.id = f.dir_id", size)
              .add(" ORDER BY f.id LIMIT ?", size);
      case WALK ->
          new Sql()
              .add(select + FileRows.FROM + "WHERE f.state = 1 AND f.id > ? AND ", after.id())
              .add(rest)
              .add(" ORDER BY f.id LIMIT ?", size);
    };
  }

  /// Directory after directory, in each by name, from the middle of the directory where the last
  /// page ended: also in a directory of a million names a page reads a page.
  private static Sql alongNames(Glob glob, Sql rest, PageToken after, int size) {
    return new Sql()
        .add("SELECT " + FileRows.COLUMNS + " FROM dir d CROSS JOIN LATERAL (SELECT * FROM file f")
        .add(" WHERE f.dir_id = d.id AND f.state = 1")
        .add(" AND f.name > CASE WHEN d.path = ? THEN ? ELSE '' END", after.first(), after.second())
        .add(QueryCompiler.lastSegment(glob))
        .add(" AND ")
        .add(rest)
        .add(" ORDER BY f.name LIMIT ?) f WHERE d.path >= ? AND ", size, after.first())
        .add(QueryCompiler.directory(glob, "d"))
        .add(" ORDER BY d.path, f.name LIMIT ?", size);
  }

  private PageToken token(Connection connection, QueryPlan plan, CatalogFile last)
      throws SQLException {
    return switch (plan.order()) {
      case SET, MEMBERS, WALK -> new PageToken("", "", last.id());
      case RUN -> new PageToken(String.valueOf(last.metadata().run()), "", last.id());
      case NAME ->
          new PageToken(
              Directories.path(last.name().parent()), last.name().lastSegment(), last.id());
      case SEASON ->
          new PageToken(
              String.valueOf(last.metadata().season()),
              Short.toString(rows.levelNumber(connection, last)),
              last.id());
    };
  }

  /// How many files a query finds, and their bytes.
  FileTotal total(Connection connection, FileQuery query) throws SQLException {
    limitTime(connection);
    Condition condition = DatasetNames.resolved(connection, query.condition());
    Sql total = KeptTotals.answer(condition) ? keptTotal(condition) : total(condition);
    try (PreparedStatement select = total.prepare(connection);
        ResultSet row = select.executeQuery()) {
      row.next();
      return new FileTotal(row.getLong(1), row.getLong(2));
    }
  }

  private static Sql keptTotal(Condition condition) {
    return new Sql()
        .add("SELECT coalesce(sum(f.files), 0)::bigint, coalesce(sum(f.bytes), 0)::bigint")
        .add(KeptTotals.among(condition));
  }

  static Sql total(Condition condition) {
    return new Sql().add("SELECT count(*), coalesce(sum(f.size), 0)::bigint").add(among(condition));
  }

  /// The files of a condition, to be added up.
  static Sql among(Condition condition) {
    return new Sql()
        .add(" FROM file f WHERE ")
        .add(QueryPlan.of(condition).order() == QueryPlan.Order.MEMBERS ? "" : "f.state = 1 AND ")
        .add(QueryCompiler.compile(condition));
  }

  /// What the database would do for a first page.
  QueryExplanation explain(Connection connection, FileQuery query) throws SQLException {
    QueryPlan plan = QueryPlan.of(DatasetNames.resolved(connection, query.condition()));
    keepOrder(connection);
    Sql explain = new Sql().add("EXPLAIN ").add(page(plan, PageToken.START, 1_000));
    StringBuilder text = new StringBuilder();
    try (PreparedStatement select = explain.prepare(connection);
        ResultSet row = select.executeQuery()) {
      while (row.next()) {
        text.append(row.getString(1)).append('\n');
      }
    }
    return new QueryExplanation(
        plan.order() != QueryPlan.Order.WALK, plan.order().reason, text.toString());
  }

  /// A page is read in the order of its index. Where little is expected to fit, the planner would
  /// rather read and sort the whole table, for every page again.
  static void keepOrder(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("SET LOCAL enable_seqscan = off");
    }
  }

  void limitTime(Connection connection) throws SQLException {
    limitTime(connection, limit);
  }

  static void limitTime(Connection connection, Duration limit) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("SET LOCAL statement_timeout = " + limit.toMillis());
    }
  }
}
