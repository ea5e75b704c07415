package dev.firn.catalog;

import dev.firn.model.SiteName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;

/// Totals from what the triggers kept; nothing is counted.
final class SummaryStore {
  private static final String ALL = "(SELECT * FROM volume UNION ALL SELECT * FROM volume_delta) v";

  private final Words words;

  SummaryStore(Words words) {
    this.words = words;
  }

  Summary read(Connection connection) throws SQLException {
    List<Summary.Level> levels = levels(connection, "site = 0 AND state = 1");
    long files = levels.stream().mapToLong(l -> l.total().files()).sum();
    long bytes = levels.stream().mapToLong(l -> l.total().bytes()).sum();
    return new Summary(new FileTotal(files, bytes), copies(connection), levels);
  }

  private List<Summary.Copies> copies(Connection connection) throws SQLException {
    List<Summary.Copies> found = new ArrayList<>();
    try (PreparedStatement select =
            connection.prepareStatement(
                "SELECT site, state, verified, sum(files)::bigint, sum(bytes)::bigint FROM "
                    + ALL
                    + " WHERE site <> 0 GROUP BY site, state, verified HAVING sum(files) <> 0");
        ResultSet row = select.executeQuery()) {
      while (row.next()) {
        String site =
            Objects.requireNonNull(words.site().word(connection, row.getShort(1)), "site");
        found.add(
            new Summary.Copies(
                new SiteName(site),
                FileRows.state(row.getShort(2)),
                row.getBoolean(3),
                new FileTotal(row.getLong(4), row.getLong(5))));
      }
    }
    found.sort(
        Comparator.comparing(Summary.Copies::site)
            .thenComparing(Summary.Copies::state)
            .thenComparing(Summary.Copies::verified));
    return found;
  }

  /// All copies at a site, of whatever version and in whatever state.
  List<Summary.Level> levelsAt(Connection connection, SiteName site) throws SQLException {
    Short known = words.site().known(connection, site.value());
    return known == null ? List.of() : levels(connection, "site = " + known);
  }

  private List<Summary.Level> levels(Connection connection, String which) throws SQLException {
    List<Summary.Level> found = new ArrayList<>();
    try (PreparedStatement select =
            connection.prepareStatement(
                "SELECT season, level, sum(files)::bigint, sum(bytes)::bigint FROM "
                    + ALL
                    + " WHERE "
                    + which
                    + " GROUP BY season, level"
                    + " HAVING sum(files) <> 0 ORDER BY season, level");
        ResultSet row = select.executeQuery()) {
      while (row.next()) {
        int season = row.getInt(1);
        found.add(
            new Summary.Level(
                season == 0 ? null : season,
                words.level().word(connection, row.getShort(2)),
                new FileTotal(row.getLong(3), row.getLong(4))));
      }
    }
    return found;
  }

  /// Adds differences up, at most `most` of them; returns how many there were.
  static int fold(Connection connection, int most) throws SQLException {
    String sql =
        """
        WITH gone AS (
          DELETE FROM volume_delta WHERE ctid = ANY (ARRAY(
            SELECT ctid FROM volume_delta LIMIT ? FOR UPDATE SKIP LOCKED)) RETURNING *
        ), added AS (
          INSERT INTO volume AS v
          SELECT site, state, verified, season, level, data_type, sum(files), sum(bytes),
            owner, working_group FROM gone
          GROUP BY 1, 2, 3, 4, 5, 6, 9, 10 ORDER BY 1, 2, 3, 4, 5, 6, 9, 10
          ON CONFLICT (site, state, verified, season, level, data_type, owner, working_group)
          DO UPDATE
          SET files = v.files + excluded.files, bytes = v.bytes + excluded.bytes
        ) SELECT count(*) FROM gone
        """;
    try (PreparedStatement fold = connection.prepareStatement(sql)) {
      fold.setInt(1, most);
      try (ResultSet row = fold.executeQuery()) {
        row.next();
        return row.getInt(1);
      }
    }
  }
}
