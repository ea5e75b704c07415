package dev.firn.catalog.season;

import dev.firn.catalog.Sql;
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

  /// Numbers that a level of a run lacks and that its other levels show, in order, at most `most`.
  ///
  /// @param run one whose levels are known
  public List<Missing> missing(int run, int most) {
    Sql sql =
        new Sql()
            .add("WITH part AS MATERIALIZED (SELECT DISTINCT f.level, coalesce(f.subrun, 0) AS s,")
            .add(" f.part AS p FROM file f WHERE f.run = ? AND f.state = 1", run)
            .add(" AND f.part IS NOT NULL), span AS (SELECT s, least(min(p), 1) AS low,")
            .add(" max(p) AS high FROM part GROUP BY s), levels AS (SELECT DISTINCT level FROM")
            .add(" part) SELECT w.name, span.s, n FROM levels CROSS JOIN span CROSS JOIN LATERAL")
            .add(" generate_series(span.low, span.high) n LEFT JOIN level w ON w.id =")
            .add(" levels.level WHERE NOT EXISTS (SELECT FROM part WHERE part.level =")
            .add(" levels.level AND part.s = span.s AND part.p = n)")
            .add(" ORDER BY w.name, span.s, n LIMIT ?", most);
    return database.read(c -> {
      List<Missing> missing = new ArrayList<>();
      limit(c);
      try (PreparedStatement select = sql.prepare(c);
          ResultSet row = select.executeQuery()) {
        while (row.next()) {
          missing.add(new Missing(row.getString(1), row.getInt(2), row.getInt(3)));
        }
      }
      return missing;
    });
  }

  /// A part that a level of a run lacks.
  ///
  /// @param level null where it is not known
  public record Missing(@Nullable String level, int subrun, int part) {}

  private static List<PartCount> counts(Connection connection, String which, int value)
      throws SQLException {
    Sql sql =
        new Sql()
            .add("SELECT n.run, w.name, n.subrun, sum(n.files)::bigint, sum(n.bytes)::bigint,")
            .add(" count(n.part), min(n.part), max(n.part), min(n.starts), max(n.ends),")
            .add(" sum(n.livetime) FROM (SELECT f.run, f.level, f.subrun, f.part, count(*) files,")
            .add(" sum(f.size) bytes, min(f.starts) starts, max(f.ends) ends,")
            .add(" sum(f.livetime) livetime FROM file f WHERE " + which, value)
            .add(" AND f.state = 1 AND f.run IS NOT NULL GROUP BY 1, 2, 3, 4) n")
            .add(" LEFT JOIN level w ON w.id = n.level GROUP BY 1, 2, 3");
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
        row.getObject(3, Integer.class),
        row.getLong(4),
        row.getLong(5),
        row.getLong(6),
        row.getObject(7, Integer.class),
        row.getObject(8, Integer.class),
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
