package dev.firn.events;

import dev.firn.columnar.Column;
import dev.firn.columnar.Row;
import dev.firn.columnar.TableSchema;
import dev.firn.events.query.Queries;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/// What pages show of events: plain data, ready for JSON.
public final class EventLook {
  /// A hundred steps, of a second at least: simulated events may all have one time.
  private static final String RATE =
      """
      WITH e AS (SELECT epoch(start_utc) AS t FROM events WHERE run = %d AND start_utc IS NOT NULL),
        r AS (SELECT min(t) AS first, greatest((max(t) - min(t)) / 100, 1) AS step FROM e)
      SELECT x, count(*) / any_value(step) AS y FROM (
        SELECT r.first + r.step * least(floor((e.t - r.first) / r.step), 99) AS x, r.step FROM e, r)
      GROUP BY x ORDER BY x
      """;

  /// Pulses of a run, part by part: two splitters may make parts of one number, which lie in
  /// different ranges of rows.
  private static final String PARTS =
      """
      events e JOIN pulses p ON p.run = e.run AND p.subrun = e.subrun AND p.event = e.event
        AND p.sub_event = e.sub_event AND p.data_file = e.pulse_file
        AND p.data_row BETWEEN e.first_pulse_row AND e.last_pulse_row
        WHERE e.run = %1$d AND p.run = %1$d GROUP BY e.file_id, e.frame
      """;

  /// Logarithmic bins, ten a decade.
  private static final String MULTIPLICITY =
      """
      SELECT 10 ** (floor(log10(n) * 10) / 10) AS x, count(*) AS y FROM (
        SELECT count(DISTINCT (p.string, p.om)) AS n FROM %s) GROUP BY ALL ORDER BY x
      """
          .formatted(PARTS);

  private static final String CHARGE =
      """
      SELECT 10 ** (floor(log10(q) * 10) / 10) AS x, count(*) AS y FROM (
        SELECT sum(p.charge::DOUBLE) AS q FROM %s HAVING q > 0) GROUP BY ALL ORDER BY x
      """
          .formatted(PARTS);

  private static final String EVENTS =
      """
      SELECT subrun, event, count(*) AS parts, count(DISTINCT file_id) AS files,
        sum(pulses)::BIGINT AS pulses, strftime(min(start_utc), '%%Y-%%m-%%d %%H:%%M:%%S.%%g') AS start
      FROM events WHERE run = %d AND (subrun, event) > (%d, %d)
      GROUP BY subrun, event ORDER BY subrun, event LIMIT 200
      """;

  private static final String RUNS =
      "SELECT run, count(*) AS events FROM events WHERE run IS NOT NULL GROUP BY run ORDER BY run"
          + " LIMIT 1000";

  private final Passes passes;
  private final Loads loads;
  private final Reading reading;
  private final PassViews views;
  private final Queries queries;
  private final Geometry geometry;

  public EventLook(EventRoutes.Means means) {
    this.passes = means.passes();
    this.loads = means.loads();
    this.reading = new Reading(means);
    this.views = new PassViews(passes, means.storage());
    this.queries = means.queries();
    this.geometry = new Geometry(means.database(), passes.tables().files().area());
  }

  public List<Pass> passes() {
    return passes.list();
  }

  /// How many of a pass's files are columns, how many are to come, and for how long still.
  public Loads.Progress progress(Pass pass) {
    return loads.progress(pass);
  }

  /// The parts of an event with their pulses.
  ///
  /// @param subrun empty for every subrun that has an event of this number
  /// @throws EventsException `not-found`
  public Map<String, Object> event(String pass, long run, OptionalLong subrun, long event)
      throws IOException {
    return reading.event(passes.load(pass), new EventFinder.Wanted(run, subrun, event), true);
  }

  /// Where the modules are, column by column.
  public Map<String, Object> geometry() {
    return geometry.view();
  }

  /// Runs of a pass and their events, the first thousand.
  public List<Map<String, Object>> runs(String pass) throws IOException {
    return ask(passes.load(pass), RUNS);
  }

  /// Events of a run after one of them in the order of subruns and numbers, two hundred at most.
  public List<Map<String, Object>> events(String pass, long run, long subrun, long after)
      throws IOException {
    return ask(passes.load(pass), EVENTS.formatted(run, subrun, after));
  }

  /// Curves of a run: `rate` (Hz over seconds since 1970), `charge` and `multiplicity` (events in
  /// logarithmic bins), each with `x` and `y`.
  public Map<String, Object> run(String name, long run) throws IOException {
    Pass pass = passes.load(name);
    Map<String, Object> curves = new LinkedHashMap<>();
    curves.put("rate", curve(ask(pass, RATE.formatted(run))));
    curves.put("charge", curve(ask(pass, CHARGE.formatted(run))));
    curves.put("multiplicity", curve(ask(pass, MULTIPLICITY.formatted(run))));
    return curves;
  }

  private static Map<String, Object> curve(List<Map<String, Object>> points) {
    return Map.of(
        "x", points.stream().map(p -> p.get("x")).toList(),
        "y", points.stream().map(p -> p.get("y")).toList());
  }

  /// What is staged counts too: a pass is looked at before it is promoted.
  private List<Map<String, Object>> ask(Pass pass, String sql) throws IOException {
    Gathered rows = new Gathered();
    queries.run(sql, Queries.Tables.of(views.of(pass, pass.branch())), rows);
    return rows.all;
  }

  /// Keeps a small answer.
  static final class Gathered implements Queries.Answer {
    final List<Map<String, Object>> all = new ArrayList<>();
    private List<Column> columns = List.of();

    @Override
    public void begin(TableSchema answer) {
      columns = answer.columns();
    }

    @Override
    public void row(Row row) {
      Map<String, Object> values = new LinkedHashMap<>();
      for (int i = 0; i < columns.size(); i++) {
        Object value = row.value(i);
        if (value != null) {
          values.put(columns.get(i).name(), value);
        }
      }
      all.add(values);
    }
  }
}
