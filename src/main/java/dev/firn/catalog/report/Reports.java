package dev.firn.catalog.report;

import dev.firn.catalog.CatalogException;
import dev.firn.catalog.Sql;
import dev.firn.database.Database;
import dev.firn.database.History;
import dev.firn.database.HistoryEntry;
import dev.firn.http.Json;
import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// The reports that are kept, and when they are taken again.
public final class Reports {
  /// History's kind of subject; its id is the report's kind, and its scope after a blank.
  public static final String REPORT = "report";

  private static final Logger LOG = LoggerFactory.getLogger(Reports.class);
  private static final int MOST_LINES = 10_000;
  private static final Duration RETRY = Duration.ofHours(1);

  private final Database database;
  private final List<ReportSource> sources;
  private final Clock clock;

  public Reports(Database database, List<ReportSource> sources, Clock clock) {
    this.database = database;
    this.sources = List.copyOf(sources);
    this.clock = clock;
  }

  /// All reports there are, also those that were never taken.
  public List<Report> list() {
    List<Report> known = database.read(c -> read(c));
    List<Report> all = new ArrayList<>();
    for (ReportSource source : sources) {
      all.add(
          known.stream()
              .filter(r -> is(r, source))
              .findFirst()
              .orElse(new Report(source.kind(), source.scope(), null, Duration.ZERO, 0, 0, null)));
    }
    return all;
  }

  private static boolean is(Report report, ReportSource source) {
    return report.kind().equals(source.kind()) && report.scope().equals(source.scope());
  }

  /// @throws CatalogException `not-found`
  public Report load(String kind, String scope) {
    return list().stream()
        .filter(r -> r.kind().equals(kind) && r.scope().equals(scope))
        .findFirst()
        .orElseThrow(
            () -> CatalogException.of("not-found", "there is no report on " + kind + named(scope)));
  }

  private static String named(String scope) {
    return scope.isEmpty() ? "" : " " + scope;
  }

  /// A line of a report.
  ///
  /// @param number its place, from 1
  public record Line(int number, JsonNode line) {}

  /// The lines after number `after`, at most `limit`.
  public List<Line> lines(String kind, String scope, int after, int limit) {
    Sql sql =
        new Sql()
            .add("SELECT number, line::text FROM report_line WHERE kind = ?", kind)
            .add(" AND scope = ? AND number > ? ORDER BY number LIMIT ?", scope, after, limit);
    return database.read(c -> {
      List<Line> lines = new ArrayList<>();
      try (PreparedStatement select = sql.prepare(c);
          ResultSet row = select.executeQuery()) {
        while (row.next()) {
          lines.add(new Line(row.getInt(1), Json.mapper().readTree(row.getString(2))));
        }
      }
      return lines;
    });
  }

  /// Takes those reports whose last look began longer than `every` ago, and that nobody else is
  /// taking. A look that fails is tried again after an hour. Returns how many were taken.
  public int takeDue(Duration every) {
    int taken = 0;
    for (ReportSource source : sources) {
      if (claim(source, every)) {
        try {
          take(source);
          taken++;
        } catch (IOException | RuntimeException e) {
          LOG.warn("the report on {}{} was not taken", source.kind(), named(source.scope()), e);
          postpone(source, every);
        }
      }
    }
    return taken;
  }

  private boolean claim(ReportSource source, Duration every) {
    Instant now = clock.instant();
    return database.inTransaction(c ->
        new Sql()
            .add(
                "INSERT INTO report(kind, scope, claimed) VALUES (?, ?, ?)",
                source.kind(),
                source.scope(),
                now)
            .add(" ON CONFLICT (kind, scope) DO UPDATE SET claimed = excluded.claimed")
            .add(" WHERE report.claimed IS NULL OR report.claimed <= ?", now.minus(every))
            .run(c))
        > 0;
  }

  private void postpone(ReportSource source, Duration every) {
    Duration wait = RETRY.compareTo(every) < 0 ? RETRY : every;
    Instant claimed = clock.instant().minus(every).plus(wait);
    database.inTransaction(c ->
        new Sql()
            .add("UPDATE report SET claimed = ? WHERE kind = ?", claimed, source.kind())
            .add(" AND scope = ?", source.scope())
            .run(c));
  }

  /// Takes a report now.
  ///
  /// @throws CatalogException `not-found`, and whatever the look fails with
  public Report take(String kind, String scope) throws IOException {
    Optional<ReportSource> source =
        sources.stream().filter(s -> s.kind().equals(kind) && s.scope().equals(scope)).findFirst();
    if (source.isEmpty()) {
      return load(kind, scope); // which says that there is none
    }
    take(source.get());
    return load(kind, scope);
  }

  private void take(ReportSource source) throws IOException {
    Instant begun = clock.instant();
    Gathered gathered = new Gathered();
    try {
      source.look(gathered);
    } catch (IOException | RuntimeException e) {
      trouble(source, String.valueOf(e.getMessage()));
      throw e;
    }
    Duration took = Duration.between(begun, clock.instant());
    database.inTransaction(c -> {
      long before = before(c, source);
      new Sql()
          .add("INSERT INTO report(kind, scope, claimed, taken, seconds, found, bytes)")
          .add(" VALUES (?, ?, ?, ?,", source.kind(), source.scope(), begun, begun)
          .add(" ?, ?, ?)", took.toMillis() / 1e3, gathered.found, gathered.bytes)
          .add(" ON CONFLICT (kind, scope) DO UPDATE SET claimed = excluded.claimed,")
          .add(" taken = excluded.taken, seconds = excluded.seconds, found = excluded.found,")
          .add(" bytes = excluded.bytes, trouble = NULL")
          .run(c);
      keep(c, source, gathered.lines);
      if (before != gathered.found) {
        String id = source.kind() + named(source.scope());
        String now = Long.toString(gathered.found);
        @Nullable String was = before < 0 ? null : Long.toString(before);
        History.record(c, new HistoryEntry(REPORT, id, "firn", "looked again", was, now));
      }
      return true;
    });
  }

  private void trouble(ReportSource source, String why) {
    String text = why.replace("\0", "").substring(0, Math.min(500, why.length()));
    database.inTransaction(c ->
        new Sql()
            .add(
                "INSERT INTO report(kind, scope, trouble) VALUES (?, ?, ?)",
                source.kind(),
                source.scope(),
                text)
            .add(" ON CONFLICT (kind, scope) DO UPDATE SET trouble = excluded.trouble")
            .run(c));
  }

  /// How many were found by the look before; -1 when there was none.
  private static long before(Connection connection, ReportSource source) throws SQLException {
    Sql sql =
        new Sql()
            .add(
                "SELECT found FROM report WHERE kind = ? AND scope = ?",
                source.kind(),
                source.scope())
            .add(" AND taken IS NOT NULL FOR UPDATE");
    try (PreparedStatement select = sql.prepare(connection);
        ResultSet row = select.executeQuery()) {
      return row.next() ? row.getLong(1) : -1;
    }
  }

  private static void keep(Connection connection, ReportSource source, List<String> lines)
      throws SQLException {
    new Sql()
        .add("DELETE FROM report_line WHERE kind = ? AND scope = ?", source.kind(), source.scope())
        .run(connection);
    try (PreparedStatement insert =
        connection.prepareStatement(
            "INSERT INTO report_line(kind, scope, number, line) VALUES (?, ?, ?, ?::jsonb)")) {
      for (int i = 0; i < lines.size(); i++) {
        insert.setString(1, source.kind());
        insert.setString(2, source.scope());
        insert.setInt(3, i + 1);
        insert.setString(4, lines.get(i));
        insert.addBatch();
      }
      insert.executeBatch();
    }
  }

  private static List<Report> read(Connection connection) throws SQLException {
    Sql sql =
        new Sql().add("SELECT kind, scope, taken, seconds, found, bytes, trouble FROM report");
    List<Report> found = new ArrayList<>();
    try (PreparedStatement select = sql.prepare(connection);
        ResultSet row = select.executeQuery()) {
      while (row.next()) {
        OffsetDateTime taken = row.getObject(3, OffsetDateTime.class);
        found.add(
            new Report(
                Objects.requireNonNull(row.getString(1)),
                Objects.requireNonNull(row.getString(2)),
                taken == null ? null : taken.toInstant(),
                Duration.ofMillis(Math.round(row.getDouble(4) * 1e3)),
                row.getLong(5),
                row.getLong(6),
                row.getString(7)));
      }
    }
    return found;
  }

  private static final class Gathered implements ReportSource.Sink {
    private final List<String> lines = new ArrayList<>();
    private long found;
    private long bytes;

    @Override
    public void found(ObjectNode line, long more) {
      found++;
      bytes += more;
      if (!full()) {
        lines.add(line.toString());
      }
    }

    @Override
    public boolean full() {
      return lines.size() >= MOST_LINES;
    }
  }
}
