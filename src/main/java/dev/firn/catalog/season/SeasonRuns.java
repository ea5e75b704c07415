package dev.firn.catalog.season;

import dev.firn.catalog.Sql;
import dev.firn.catalog.run.DataFile;
import dev.firn.catalog.run.PassLevel;
import dev.firn.catalog.run.Runs;
import dev.firn.database.Database;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Runs, read from the files that are in the catalog now.
public final class SeasonRuns {
  private static final String LIMIT = "SET LOCAL statement_timeout = 20000";

  private final Database database;

  public SeasonRuns(Database database) {
    this.database = database;
  }

  /// Seasons that have files with a run number, newest first.
  public List<Integer> seasons() {
    // From one season to the next below it: an index is asked as many times as there are seasons.
    Sql sql =
        new Sql()
            .add("WITH RECURSIVE s(season) AS ((SELECT max(season) FROM file WHERE season IS NOT")
            .add(" NULL) UNION ALL SELECT (SELECT max(f.season) FROM file f WHERE f.season <")
            .add(" s.season) FROM s WHERE s.season IS NOT NULL)")
            .add(" SELECT s.season FROM s WHERE s.season IS NOT NULL AND EXISTS (SELECT FROM file")
            .add(" f WHERE f.season = s.season AND f.state = 1 AND f.run IS NOT NULL)");
    return database.read(c -> {
      List<Integer> seasons = new ArrayList<>();
      try (PreparedStatement select = sql.prepare(c);
          ResultSet row = select.executeQuery()) {
        while (row.next()) {
          seasons.add(row.getInt(1));
        }
      }
      return seasons;
    });
  }

  /// All runs of a season, in the order of their numbers.
  public List<Run> ofSeason(int season) {
    return database.read(c -> Completeness.runs(counts(c, "f.season = ?", season), season));
  }

  /// One run; which levels its season has besides is not asked. Empty when no file has it.
  public Optional<Run> find(int run) {
    return database.read(c -> {
      List<PartCount> counts = counts(c, "f.run = ?", run);
      return Completeness.runs(counts, season(c, run)).stream().findFirst();
    });
  }

  /// What good-run lists say of a run, in one line; empty when none names it.
  public Optional<String> verdict(int run) {
    return new Runs(database).why(run);
  }

  /// Parts that a level of a run lacks and that its other levels or gaps files show, in order, at
  /// most `most`.
  ///
  /// @param run one whose levels are known
  public List<Missing> missing(int run, int most) {
    Sql sql =
        new Sql()
            .add("WITH numbered AS MATERIALIZED (SELECT f.level, " + PassLevel.SQL + " AS pass,")
            .add(" coalesce(f.subrun, 0) AS s,")
            .add(" f.part AS p, bool_or(" + DataFile.SQL + ") AS data FROM file f")
            .add(
                " WHERE f.run = ? AND f.state = 1 AND f.part IS NOT NULL GROUP BY 1, 2, 3, 4),",
                run)
            .add(" span AS (SELECT s, max(p) AS high FROM (SELECT s, p FROM numbered WHERE data")
            .add(" UNION ALL SELECT subrun, part FROM run_part WHERE run = ?) a GROUP BY s),", run)
            .add(" levels AS (SELECT DISTINCT level, pass FROM numbered)")
            .add(
                " SELECT w.name, levels.pass, span.s, n FROM levels CROSS JOIN span CROSS JOIN LATERAL")
            .add(" generate_series(0, span.high) n LEFT JOIN level w ON w.id = levels.level")
            .add(" WHERE NOT EXISTS (SELECT FROM numbered d WHERE d.data AND")
            .add(" d.level = levels.level AND d.pass = levels.pass AND d.s = span.s AND d.p = n)")
            .add(" ORDER BY w.name, levels.pass, span.s, n LIMIT ?", most);
    return database.read(c -> {
      List<Missing> missing = new ArrayList<>();
      limit(c);
      try (PreparedStatement select = sql.prepare(c);
          ResultSet row = select.executeQuery()) {
        while (row.next()) {
          missing.add(
              new Missing(row.getString(1), row.getString(2), row.getInt(3), row.getInt(4)));
        }
      }
      return missing;
    });
  }

  /// A part that a level of a run lacks.
  ///
  /// @param level null where it is not known
  /// @param pass which pass of it; empty where names tell none
  public record Missing(@Nullable String level, String pass, int subrun, int part) {
    /// For people: `L2`, `L2 pass2a`.
    public String label() {
      return new PassLevel(level == null ? "unknown" : level, pass).label();
    }
  }

  private static List<PartCount> counts(Connection connection, String which, int value)
      throws SQLException {
    Sql sql =
        new Sql()
            .add("SELECT c.*, greatest(c.last, (SELECT max(p.part) FROM run_part p WHERE")
            .add(" p.run = c.run AND p.subrun = coalesce(c.subrun, 0))) FROM (")
            .add(
                "SELECT n.run, w.name, n.pass, n.subrun, sum(n.files)::bigint, sum(n.bytes)::bigint,")
            .add(" bool_or(n.part IS NOT NULL), count(n.part) FILTER (WHERE n.data),")
            .add(" min(n.starts), max(n.ends), sum(n.livetime),")
            .add(" max(n.part) FILTER (WHERE n.data) AS last FROM (SELECT f.run, f.level, ")
            .add(
                PassLevel.SQL
                    + " AS pass, f.subrun, f.part, bool_or("
                    + DataFile.SQL
                    + ") AS data, count(*) files,")
            .add(" sum(f.size) bytes, min(f.starts) starts, max(f.ends) ends,")
            .add(" sum(f.livetime) FILTER (WHERE " + DataFile.SQL + ") livetime")
            .add(" FROM file f WHERE " + which, value)
            .add(" AND f.state = 1 AND f.run IS NOT NULL GROUP BY 1, 2, 3, 4, 5) n")
            .add(" LEFT JOIN level w ON w.id = n.level GROUP BY 1, 2, 3, 4) c");
    limit(connection);
    List<PartCount> counts = new ArrayList<>();
    try (PreparedStatement select = sql.prepare(connection);
        ResultSet row = select.executeQuery()) {
      while (row.next()) {
        counts.add(count(row));
      }
    }
    return counts;
  }

  private static PartCount count(ResultSet row) throws SQLException {
    return new PartCount(
        row.getInt(1),
        row.getString(2),
        row.getString(3),
        row.getObject(4, Integer.class),
        row.getLong(5),
        row.getLong(6),
        row.getBoolean(7),
        row.getLong(8),
        row.getObject(13, Integer.class),
        moment(row, 9),
        moment(row, 10),
        row.getObject(11, Double.class));
  }

  private static @Nullable Instant moment(ResultSet row, int column) throws SQLException {
    OffsetDateTime at = row.getObject(column, OffsetDateTime.class);
    return at == null ? null : at.toInstant();
  }

  private static @Nullable Integer season(Connection connection, int run) throws SQLException {
    Sql sql =
        new Sql().add("SELECT max(f.season) FROM file f WHERE f.run = ? AND f.state = 1", run);
    try (PreparedStatement select = sql.prepare(connection);
        ResultSet row = select.executeQuery()) {
      row.next();
      return row.getObject(1, Integer.class);
    }
  }

  private static void limit(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(LIMIT);
    }
  }
}
