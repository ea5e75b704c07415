package dev.firn.events;

import dev.firn.catalog.Catalog;
import dev.firn.catalog.CatalogFile;
import dev.firn.catalog.run.Runs;
import dev.firn.events.query.Queries;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Looks at the events of one run of a pass, event by event: what is there twice, what is missing
/// inside a file's range, and what the catalog knows that the rows do not bear out.
final class PassCheck {
  /// An event that two files have, whatever parts splitters made of it there; and within one file
  /// the same part of an event twice. Simulation counts anew in every subrun, so a number that
  /// comes again in another subrun is the same event only if it began at the same tick.
  private static final String DUPLICATES =
      """
      SELECT event, max(greatest(times, of_subrun, of_moment)) AS times,
        string_agg(DISTINCT file_id::VARCHAR, ' ' ORDER BY file_id::VARCHAR) AS files
      FROM (SELECT event, file_id,
          count(*) OVER (PARTITION BY event, subrun, sub_event, sub_event_stream, file_id) AS times,
          count(DISTINCT file_id) OVER (PARTITION BY event, subrun) AS of_subrun,
          count(DISTINCT file_id) OVER (PARTITION BY event, start_year, start_ticks) AS of_moment
        FROM events WHERE run = %d AND event IS NOT NULL)
      WHERE times > 1 OR of_subrun > 1 OR of_moment > 1
      GROUP BY event ORDER BY event LIMIT %d
      """;

  private static final String GAPS =
      """
      SELECT file_id, subrun, before + 1 AS first_missing, event - 1 AS last_missing FROM (
        SELECT file_id, subrun, event,
          lag(event) OVER (PARTITION BY file_id, subrun ORDER BY event) AS before
        FROM (SELECT DISTINCT file_id, subrun, event FROM events WHERE run = %d))
      WHERE event > before + 1 ORDER BY first_missing, subrun LIMIT %d
      """;

  private static final String FILES =
      """
      SELECT file_id, count(DISTINCT (subrun, event)) AS events, min(event) AS first,
        max(event) AS last, sum(livetime_share) AS livetime
      FROM events WHERE run = %d GROUP BY file_id ORDER BY first
      """;

  private static final double LIVETIME_DIFFERENCE = 1; // s

  private final Queries queries;
  private final Catalog catalog;
  private final Runs runs;
  private final int most;

  PassCheck(Queries queries, Catalog catalog, Runs runs, int most) {
    this.queries = queries;
    this.catalog = catalog;
    this.runs = runs;
    this.most = most;
  }

  /// What was found of a run: lists of the same shape as its tables, JSON-ready.
  ///
  /// @param different files whose first or last event, or number of events, the catalog knows
  ///   otherwise
  /// @param livetime of the run's files that the catalog knows, in seconds
  /// @param listed what the newest good-run list says of the run
  record Findings(
      long files,
      long events,
      List<Map<String, Object>> duplicates,
      List<Map<String, Object>> gaps,
      List<Map<String, Object>> different,
      double livetime,
      Optional<Runs.Listed> listed,
      List<Map<String, Object>> withoutLivetime) {
    /// A difference that is more than the rounding of a list.
    boolean livetimeDiffers() {
      return listed.isPresent()
          && listed.get().seconds().isPresent()
          && Math.abs(listed.get().seconds().getAsDouble() - livetime) > LIVETIME_DIFFERENCE;
    }

    boolean clean() {
      return duplicates.isEmpty() && gaps.isEmpty() && different.isEmpty() && !livetimeDiffers();
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
        String gone = "file " + row.get("file_id");
        different.add(
            Map.of("file", gone, "file_id", row.get("file_id"), "why", "not in the catalog"));
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
        run <= Integer.MAX_VALUE ? runs.listed((int) run) : Optional.empty(),
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
