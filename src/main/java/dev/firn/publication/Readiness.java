package dev.firn.publication;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/// What a snapshot lacks to be shown to the world; see [Finding#KINDS].
final class Readiness {
  private static final int EXAMPLES = 5;

  private static final String UNVERIFIED =
      """
      SELECT d.path || '/' || f.name FROM dataset_file m JOIN file f ON f.id = m.file_id
        JOIN dir d ON d.id = f.dir_id
      WHERE m.dataset_id = ? AND NOT EXISTS (
        SELECT FROM replica r
        WHERE r.file_id = f.id AND r.state = 2 AND r.verified IS NOT NULL)
      ORDER BY 1
      """;

  private static final String REPLACED =
      """
      SELECT d.path || '/' || f.name FROM dataset_file m JOIN file f ON f.id = m.file_id
        JOIN dir d ON d.id = f.dir_id
      WHERE m.dataset_id = ? AND f.state <> 1 ORDER BY 1
      """;

  private static final String DUPLICATES =
      """
      SELECT string_agg(d.path || '/' || f.name, ' = ' ORDER BY d.path, f.name)
      FROM dataset_file m JOIN file f ON f.id = m.file_id JOIN dir d ON d.id = f.dir_id
      WHERE m.dataset_id = ? GROUP BY f.sha512 HAVING count(*) > 1 ORDER BY 1
      """;

  /// Numbering begins at 0 or 1 by family, so that only what lacks between two parts is a gap.
  private static final String GAPS =
      """
      WITH numbered AS (
        SELECT DISTINCT f.run, f.level, f.subrun, f.part, coalesce(f.part, f.subrun) AS n,
          CASE WHEN f.part IS NULL THEN NULL ELSE f.subrun END AS within
        FROM dataset_file m JOIN file f ON f.id = m.file_id
        WHERE m.dataset_id = ? AND f.run IS NOT NULL AND coalesce(f.part, f.subrun) IS NOT NULL),
      beside AS (
        SELECT run, level, within, part, n,
          lag(n) OVER (PARTITION BY run, level, within, part IS NULL ORDER BY n) AS before
        FROM numbered)
      SELECT 'run ' || run || coalesce(' ' || (SELECT name FROM level l WHERE l.id = b.level), '')
        || coalesce(' subrun ' || within, '') || ': '
        || CASE WHEN part IS NULL THEN 'subrun ' ELSE 'part ' END
        || CASE WHEN n - before = 2 THEN (before + 1)::text
                ELSE (before + 1) || ' to ' || (n - 1) END
      FROM beside b WHERE n - before > 1 ORDER BY run, level, within, n
      """;

  private Readiness() {}

  static List<Finding> of(Connection connection, int dataset) throws SQLException {
    List<Finding> found = new ArrayList<>();
    add(found, "unverified", connection, UNVERIFIED, dataset);
    add(found, "replaced", connection, REPLACED, dataset);
    add(found, "duplicates", connection, DUPLICATES, dataset);
    add(found, "gaps", connection, GAPS, dataset);
    return found;
  }

  private static void add(
      List<Finding> to, String kind, Connection connection, String sql, int dataset)
      throws SQLException {
    List<String> examples = new ArrayList<>();
    long count = 0;
    try (PreparedStatement select = connection.prepareStatement(sql)) {
      select.setInt(1, dataset);
      select.setFetchSize(1_000);
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          if (++count <= EXAMPLES) {
            examples.add(row.getString(1));
          }
        }
      }
    }
    if (count > 0) {
      to.add(new Finding(kind, count, examples));
    }
  }
}
