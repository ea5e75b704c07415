package dev.firn.publication;

import dev.firn.catalog.run.DataFile;
import dev.firn.catalog.run.Runs;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/// What a snapshot has not got of what the catalog knows that there is, as `firn run missing` has
/// it: parts of its runs that any level or a gaps file speaks of, the first and the last among
/// them; and good runs of its seasons, by their lists.
///
/// Numbering begins at 0 or 1 by family, so that a part 0 is missing only where somebody speaks of
/// it. Files that are numbered by subruns alone, as simulation is, are compared with the other
/// files of their run and level.
final class Gaps {
  /// By run, level and subrun, the numbers that the snapshot has.
  private static final String PARTS =
      """
      SELECT DISTINCT f.run, coalesce((SELECT l.name FROM level l WHERE l.id = f.level), ''),
        coalesce(f.subrun, 0), f.part
      FROM dataset_file m JOIN file f ON f.id = m.file_id
      WHERE m.dataset_id = ? AND f.run IS NOT NULL AND f.part IS NOT NULL
      """
          + " AND "
          + DataFile.SQL
          + " ORDER BY 1, 2, 3, 4";

  private static final String SUBRUNS =
      """
      WITH mine AS (
        SELECT DISTINCT f.run, f.level, f.subrun
        FROM dataset_file m JOIN file f ON f.id = m.file_id
        WHERE m.dataset_id = ? AND f.run IS NOT NULL AND f.part IS NULL AND f.subrun IS NOT NULL),
      reach AS (
        SELECT s.run, s.level, least(s.least, k.least, 1) AS least, greatest(s.most, k.most) AS most
        FROM (SELECT run, level, min(subrun) AS least, max(subrun) AS most
              FROM mine GROUP BY run, level) s,
          LATERAL (SELECT min(f.subrun) AS least, max(f.subrun) AS most FROM file f
            WHERE f.run = s.run AND f.level IS NOT DISTINCT FROM s.level AND f.part IS NULL
              AND f.state = 1) k),
      edged AS (
        SELECT run, level, subrun FROM mine
        UNION SELECT run, level, least - 1 FROM reach UNION SELECT run, level, most + 1 FROM reach),
      beside AS (
        SELECT run, level, subrun,
          lag(subrun) OVER (PARTITION BY run, level ORDER BY subrun) AS before
        FROM edged)
      SELECT 'run ' || run || coalesce(' ' || (SELECT name FROM level l WHERE l.id = b.level), '')
        || ': subrun '
        || CASE WHEN subrun - before = 2 THEN (before + 1)::text
                ELSE (before + 1) || ' to ' || (subrun - 1) END
      FROM beside b WHERE subrun - before > 1 ORDER BY run, level, subrun
      """;

  private static final String SEASONS =
      """
      SELECT DISTINCT f.season, coalesce((SELECT l.name FROM level l WHERE l.id = f.level), ''),
        f.run
      FROM dataset_file m JOIN file f ON f.id = m.file_id
      WHERE m.dataset_id = ? AND f.run IS NOT NULL AND f.season IS NOT NULL ORDER BY 1, 2
      """;

  private Gaps() {}

  /// A run's files of one level.
  private record Row(int run, String level) implements Comparable<Row> {
    @Override
    public int compareTo(Row other) {
      return run != other.run ? Integer.compare(run, other.run) : level.compareTo(other.level);
    }

    String words() {
      return "run " + run + (level.isEmpty() ? "" : " " + level);
    }
  }

  /// One line a gap, in the order of runs.
  static List<String> of(Connection connection, int dataset) throws SQLException {
    List<String> gaps = new ArrayList<>(parts(connection, dataset));
    try (PreparedStatement select = connection.prepareStatement(SUBRUNS)) {
      select.setInt(1, dataset);
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          gaps.add(row.getString(1));
        }
      }
    }
    gaps.addAll(runs(connection, dataset));
    return gaps;
  }

  private static List<String> parts(Connection connection, int dataset) throws SQLException {
    Map<Row, TreeMap<Integer, SortedSet<Integer>>> mine = new TreeMap<>();
    try (PreparedStatement select = connection.prepareStatement(PARTS)) {
      select.setInt(1, dataset);
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          mine.computeIfAbsent(new Row(row.getInt(1), row.getString(2)), r -> new TreeMap<>())
              .computeIfAbsent(row.getInt(3), s -> new TreeSet<>())
              .add(row.getInt(4));
        }
      }
    }
    List<String> gaps = new ArrayList<>();
    for (Map.Entry<Row, TreeMap<Integer, SortedSet<Integer>>> of : mine.entrySet()) {
      Runs.expected(connection, of.getKey().run())
          .forEach((subrun, expected) -> {
            SortedSet<Integer> missing = new TreeSet<>(expected);
            missing.removeAll(of.getValue().getOrDefault(subrun, new TreeSet<>()));
            String within = subrun == 0 ? "" : " subrun " + subrun;
            ranges(missing)
                .forEach(range -> gaps.add(of.getKey().words() + within + ": part " + range));
          });
    }
    return gaps;
  }

  /// Numbers that follow one another are one gap: `5`, `7 to 9`.
  private static List<String> ranges(SortedSet<Integer> numbers) {
    List<String> ranges = new ArrayList<>();
    int first = 0;
    int last = 0;
    for (int number : numbers) {
      if (ranges.isEmpty() || number != last + 1) {
        first = number;
        ranges.add(String.valueOf(number));
      } else {
        ranges.set(ranges.size() - 1, first + " to " + number);
      }
      last = number;
    }
    return ranges;
  }

  /// Good runs of the snapshot's seasons of which it has nothing at its levels.
  private static List<String> runs(Connection connection, int dataset) throws SQLException {
    Map<Integer, TreeMap<String, SortedSet<Integer>>> seasons = new TreeMap<>();
    try (PreparedStatement select = connection.prepareStatement(SEASONS)) {
      select.setInt(1, dataset);
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          seasons
              .computeIfAbsent(row.getInt(1), s -> new TreeMap<>())
              .computeIfAbsent(row.getString(2), l -> new TreeSet<>())
              .add(row.getInt(3));
        }
      }
    }
    List<String> gaps = new ArrayList<>();
    for (Map.Entry<Integer, TreeMap<String, SortedSet<Integer>>> season : seasons.entrySet()) {
      List<Integer> good = Runs.good(connection, season.getKey());
      season
          .getValue()
          .forEach((level, there) ->
              good.stream()
                  .filter(run -> !there.contains(run))
                  .forEach(run -> gaps.add(new Row(run, level).words() + ": all of it")));
    }
    return gaps;
  }
}
