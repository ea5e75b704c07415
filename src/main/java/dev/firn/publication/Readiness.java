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

  private Readiness() {}

  static List<Finding> of(Connection connection, int dataset) throws SQLException {
    List<Finding> found = new ArrayList<>();
    add(found, "unverified", connection, UNVERIFIED, dataset);
    add(found, "replaced", connection, REPLACED, dataset);
    add(found, "duplicates", connection, DUPLICATES, dataset);
    List<String> gaps = Gaps.of(connection, dataset);
    if (!gaps.isEmpty()) {
      found.add(new Finding("gaps", gaps.size(), gaps.subList(0, Math.min(EXAMPLES, gaps.size()))));
    }
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
