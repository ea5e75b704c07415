package dev.firn.inference.scoring;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashSet;
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
