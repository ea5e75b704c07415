package dev.firn.events;

import dev.firn.columnar.Column;
import dev.firn.columnar.TableSchema;
import dev.firn.events.query.Queries;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// What another processing made of the same events: rows that only one pass has, columns that
/// differ, and events whose pulses do.
final class PassDifference {
  /// Where a row comes from, which two passes never share.
  private static final Set<String> OWN =
      Set.of(
          "frame",
          "first_pulse_row",
          "last_pulse_row",
          "file_id",
          "pulse_file",
          "livetime_share",
          "run",
          "subrun",
          "event",
          "sub_event",
          "sub_event_stream");

  private static final String KEY = "run, subrun, event, sub_event, sub_event_stream";

  private static final String ROWS =
      """
      SELECT count(*) FILTER (WHERE b.n IS NULL) AS only_first,
        count(*) FILTER (WHERE a.n IS NULL) AS only_second,
        count(*) FILTER (WHERE a.n IS NOT NULL AND b.n IS NOT NULL) AS both,
        coalesce(sum(a.n - 1), 0)::BIGINT AS doubles_first,
        coalesce(sum(b.n - 1), 0)::BIGINT AS doubles_second
      FROM (SELECT %1$s, count(*) AS n FROM %2$s.events GROUP BY ALL) a
        FULL JOIN (SELECT %1$s, count(*) AS n FROM %3$s.events GROUP BY ALL) b USING (%1$s)
      """;

  /// Pulses of each part as a set: their order in a frame says nothing. Two splitters may have made
  /// parts of one number, whose pulses only their rows keep apart, and equal ones too: a sum of
  /// hashes counts those, of which an exclusive or would leave nothing.
  private static final String OF_PARTS =
      """
      SELECT e.run, e.subrun, e.event, e.sub_event, e.sub_event_stream, count(*) AS n,
          sum(p.charge::DOUBLE) AS q,
          sum(hash(p.string, p.om, p.pmt, p.time, p.charge, p.width, p.flags)) AS h
        FROM %1$s.events e JOIN %1$s.pulses p ON p.run = e.run AND p.subrun = e.subrun
          AND p.event = e.event AND p.sub_event = e.sub_event AND p.data_file = e.pulse_file
          AND p.data_row BETWEEN e.first_pulse_row AND e.last_pulse_row
        GROUP BY ALL
      """;

  private static final String PULSES =
      """
      SELECT count(*) AS different, avg(b.q / a.q) FILTER (WHERE a.q > 0) AS charge_ratio
      FROM (%2$s) a JOIN (%3$s) b USING (%1$s) WHERE a.n <> b.n OR a.h <> b.h
      """;

  private final Queries queries;
  private final PassViews views;

  PassDifference(Queries queries, PassViews views) {
    this.queries = queries;
    this.views = views;
  }

  /// Counts of rows, and per column of rows in which it differs; JSON-ready.
  Map<String, Object> between(Pass first, Pass second) throws IOException {
    List<Queries.View> both = new ArrayList<>(views.of(first, first.branch()));
    List<Queries.View> other = views.of(second, second.branch());
    String a = quoted(both.getFirst().schema());
    String b = quoted(other.getFirst().schema());
    List<String> columns = shared(both.getFirst().table(), other.getFirst().table());
    both.addAll(other);
    Queries.Tables tables = Queries.Tables.of(both);
    Map<String, Object> view = new LinkedHashMap<>();
    view.put("first", first.name());
    view.put("second", second.name());
    view.putAll(one(ROWS.formatted(KEY, a, b), tables));
    Map<String, Object> pulses =
        one(PULSES.formatted(KEY, OF_PARTS.formatted(a), OF_PARTS.formatted(b)), tables);
    view.put("pulses_different", pulses.getOrDefault("different", 0L));
    if (pulses.containsKey("charge_ratio")) {
      view.put("charge_ratio", pulses.get("charge_ratio"));
    }
    Map<String, Object> changed = new TreeMap<>();
    if (!columns.isEmpty()) {
      one(differing(columns, a, b), tables)
          .forEach((column, rows) -> {
            if (rows instanceof Long n && n > 0) {
              changed.put(column, rows);
            }
          });
    }
    view.put("columns_different", changed);
    return view;
  }

  private static List<String> shared(TableSchema one, TableSchema other) {
    List<String> there = other.columns().stream().map(Column::name).toList();
    return one.columns().stream()
        .map(Column::name)
        .filter(name -> there.contains(name) && !OWN.contains(name))
        .toList();
  }

  private static String differing(List<String> columns, String a, String b) {
    StringBuilder sql = new StringBuilder("SELECT ");
    for (String column : columns) {
      String name = quoted(column);
      sql.append(
          "count(*) FILTER (WHERE a.%1$s IS DISTINCT FROM b.%1$s) AS %1$s, ".formatted(name));
    }
    return sql.substring(0, sql.length() - 2)
        + " FROM %s.events a JOIN %s.events b USING (%s)".formatted(a, b, KEY);
  }

  private Map<String, Object> one(String sql, Queries.Tables tables) throws IOException {
    EventLook.Gathered rows = new EventLook.Gathered();
    queries.run(sql, tables, rows);
    return rows.all.getFirst();
  }

  private static String quoted(String name) {
    return "\"" + name.replace("\"", "\"\"") + "\"";
  }
}
