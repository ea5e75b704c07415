package dev.firn.events;

import dev.firn.catalog.Catalog;
import dev.firn.catalog.CatalogFile;
import dev.firn.events.query.Queries;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Looks at the events of one run of a pass, event by event: what is there twice, what is missing
/// inside a file's range, and what the catalog knows that the rows do not bear out.
final class PassCheck {
  /// Unsplit and each splitter's own numbering are told apart: an event with two parts of one
  /// splitter is no duplicate.
  private static final String DUPLICATES =
      """
      SELECT event, sub_event, sub_event_stream, count(*) AS times,
        string_agg(DISTINCT file_id::VARCHAR, ' ') AS files
      FROM events WHERE run = %d
      GROUP BY event, sub_event, sub_event_stream HAVING count(*) > 1
      ORDER BY event LIMIT %d
      """;

  private static final String GAPS =
      """
      SELECT file_id, before + 1 AS first_missing, event - 1 AS last_missing FROM (
        SELECT file_id, event, lag(event) OVER (PARTITION BY file_id ORDER BY event) AS before
        FROM (SELECT DISTINCT file_id, event FROM events WHERE run = %d))
      WHERE event > before + 1 ORDER BY first_missing LIMIT %d
      """;

  private static final String FILES =
      """
      SELECT file_id, count(DISTINCT event) AS events, min(event) AS first, max(event) AS last,
        sum(livetime_share) AS livetime
      FROM events WHERE run = %d GROUP BY file_id ORDER BY first
      """;

  private final Queries queries;
  private final Catalog catalog;
  private final int most;

  PassCheck(Queries queries, Catalog catalog, int most) {
    this.queries = queries;
    this.catalog = catalog;
    this.most = most;
  }

  /// What was found of a run: lists of the same shape as its tables, JSON-ready.
  ///
  /// @param different files whose first or last event, or number of events, the catalog knows
  ///   otherwise
  /// @param livetime of the run's files that the catalog knows, in seconds
  record Findings(
      long files,
      long events,
      List<Map<String, Object>> duplicates,
      List<Map<String, Object>> gaps,
      List<Map<String, Object>> different,
      double livetime,
      List<Map<String, Object>> withoutLivetime) {
    boolean clean() {
      return duplicates.isEmpty() && gaps.isEmpty() && different.isEmpty();
    }
  }

  private static long number(Map<String, Object> row, String column) {
    return (Long) Objects.requireNonNull(row.get(column), column);
  }

  Findings check(Queries.Tables tables, long run) throws IOException {
    List<Map<String, Object>> files = ask(FILES.formatted(run), tables);
    List<Map<String, Object>> different = new ArrayList<>();
    List<Map<String, Object>> without = new ArrayList<>();
    double livetime = 0;
    long events = 0;
    for (Map<String, Object> row : files) {
      events += number(row, "events");
      CatalogFile file = catalog.find(number(row, "file_id")).orElse(null);
      if (file == null) {
        different.add(Map.of("file_id", row.get("file_id"), "why", "not in the catalog"));
        continue;
      }
      Double known = file.metadata().livetime();
      if (known == null) {
        without.add(Map.of("file", file.name().toString()));
      } else {
        livetime += known;
      }
      compare(different, file, "first event", file.metadata().firstEvent(), row.get("first"));
      compare(different, file, "last event", file.metadata().lastEvent(), row.get("last"));
      compare(different, file, "events", file.metadata().eventCount(), row.get("events"));
    }
    return new Findings(
        files.size(),
        events,
        ask(DUPLICATES.formatted(run, most), tables),
        ask(GAPS.formatted(run, most), tables),
        different,
        livetime,
        without);
  }

  private static void compare(
      List<Map<String, Object>> into,
      CatalogFile file,
      String what,
      @Nullable Long known,
      @Nullable Object seen) {
    if (known != null && seen != null && !known.equals(seen)) {
      into.add(
          Map.of(
              "file",
              file.name().toString(),
              "why",
              what + " is " + seen + ", and " + known + " in the catalog"));
    }
  }

  private List<Map<String, Object>> ask(String sql, Queries.Tables tables) throws IOException {
    EventLook.Gathered rows = new EventLook.Gathered();
    queries.run(sql, tables, rows);
    return rows.all;
  }
}
