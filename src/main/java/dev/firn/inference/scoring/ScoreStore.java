package dev.firn.inference.scoring;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Rows of `score_table` and `score_batch`.
final class ScoreStore {
  private ScoreStore() {}

  /// Records which file of a model a table is made by, unless one is recorded.
  static void table(Connection connection, String name, String model, String version, String digest)
      throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement(
            "INSERT INTO score_table(name, model, version, digest) VALUES (?, ?, ?, ?)"
                + " ON CONFLICT DO NOTHING")) {
      insert.setString(1, name);
      insert.setString(2, model);
      insert.setString(3, version);
      insert.setString(4, digest);
      insert.executeUpdate();
    }
  }

  /// All tables there are, the newest first.
  static List<ScoreTable> tables(Connection connection) throws SQLException {
    String sql =
        "SELECT t.name, t.model, t.version, t.digest, coalesce(sum(b.rows), 0)::bigint,"
            + " coalesce(sum(b.unscored), 0)::bigint FROM score_table t"
            + " LEFT JOIN score_batch b USING (name)"
            + " GROUP BY t.name, t.model, t.version, t.digest, t.created ORDER BY t.created DESC";
    try (PreparedStatement select = connection.prepareStatement(sql);
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
  }

  /// The digest of the model's file that a table is made by.
  static Optional<String> digest(Connection connection, String name) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement("SELECT digest FROM score_table WHERE name = ?")) {
      select.setString(1, name);
      try (ResultSet row = select.executeQuery()) {
        return row.next() ? Optional.of(row.getString(1)) : Optional.empty();
      }
    }
  }

  /// Data files of events whose rows have their scores.
  static Set<String> done(Connection connection, String name) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement("SELECT events_file FROM score_batch WHERE name = ?")) {
      select.setString(1, name);
      Set<String> done = new HashSet<>();
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          done.add(row.getString(1));
        }
      }
      return done;
    }
  }

  /// @return false when somebody else committed it meanwhile
  static boolean commit(Connection connection, String name, String file, long rows, long unscored)
      throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement(
            "INSERT INTO score_batch(name, events_file, rows, unscored) VALUES (?, ?, ?, ?)"
                + " ON CONFLICT DO NOTHING")) {
      insert.setString(1, name);
      insert.setString(2, file);
      insert.setLong(3, rows);
      insert.setLong(4, unscored);
      return insert.executeUpdate() == 1;
    }
  }
}
