package dev.firn.inference.scoring;

import dev.firn.database.Database;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.util.ArrayList;
import java.util.List;

/// The scores that one version of a model gave to a pass.
///
/// @param name of the table, `pass3.scores_tracks_v1`
/// @param digest of the model's file, `sha256:...`
/// @param rows events, those without scores counted
/// @param unscored events whose features are not known
public record ScoreTable(
    String name, String model, String version, String digest, long rows, long unscored) {

  /// All there are, the newest first.
  public static List<ScoreTable> list(Database database) {
    return database.read(c -> {
      String sql =
          "SELECT t.name, t.model, t.version, t.digest, coalesce(sum(b.rows), 0)::bigint,"
              + " coalesce(sum(b.unscored), 0)::bigint FROM score_table t"
              + " LEFT JOIN score_batch b USING (name)"
              + " GROUP BY t.name, t.model, t.version, t.digest, t.created ORDER BY t.created DESC";
      try (PreparedStatement select = c.prepareStatement(sql);
          ResultSet row = select.executeQuery()) {
        List<ScoreTable> found = new ArrayList<>();
        while (row.next()) {
          found.add(
              new ScoreTable(
                  row.getString(1),
                  row.getString(2),
                  row.getString(3),
                  row.getString(4),
                  row.getLong(5),
                  row.getLong(6)));
        }
        return found;
      }
    });
  }
}
