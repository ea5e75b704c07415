package dev.firn.events;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Rows of `event_pass`.
final class PassStore {
  private static final String SELECT =
      "SELECT id, name, pulses, columns, rule, releases, is_current FROM event_pass ";

  private PassStore() {}

  static Optional<Pass> find(Connection connection, String name) throws SQLException {
    return passes(connection, SELECT + "WHERE name = ?", name).stream().findFirst();
  }

  static Optional<Pass> current(Connection connection) throws SQLException {
    return passes(connection, SELECT + "WHERE is_current", null).stream().findFirst();
  }

  static List<Pass> list(Connection connection) throws SQLException {
    return passes(connection, SELECT + "ORDER BY name", null);
  }

  private static List<Pass> passes(Connection connection, String sql, @Nullable String name)
      throws SQLException {
    try (PreparedStatement select = connection.prepareStatement(sql)) {
      if (name != null) {
        select.setString(1, name);
      }
      List<Pass> found = new ArrayList<>();
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          found.add(
              new Pass(
                  row.getInt(1),
                  row.getString(2),
                  row.getString(3),
                  row.getString(4),
                  row.getString(5),
                  row.getInt(6),
                  row.getBoolean(7)));
        }
      }
      return found;
    }
  }

  static void insert(Connection connection, String name, String pulses, String columns)
      throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement(
            "INSERT INTO event_pass(name, pulses, columns) VALUES (?, ?, ?)")) {
      insert.setString(1, name);
      insert.setString(2, pulses);
      insert.setString(3, columns);
      insert.executeUpdate();
    }
  }

  static void setColumns(Connection connection, int pass, String columns) throws SQLException {
    try (PreparedStatement update =
        connection.prepareStatement("UPDATE event_pass SET columns = ? WHERE id = ?")) {
      update.setString(1, columns);
      update.setInt(2, pass);
      update.executeUpdate();
    }
  }

  /// The rule looks at all files again.
  static void setRule(Connection connection, int pass, @Nullable String rule) throws SQLException {
    try (PreparedStatement update =
        connection.prepareStatement("UPDATE event_pass SET rule = ?, looked = 0 WHERE id = ?")) {
      update.setString(1, rule);
      update.setInt(2, pass);
      update.executeUpdate();
    }
  }

  /// Counts a release, if nobody else did since, and makes the pass the current one.
  static boolean promote(Connection connection, Pass pass) throws SQLException {
    try (PreparedStatement others =
            connection.prepareStatement(
                "UPDATE event_pass SET is_current = false WHERE is_current AND id <> ?");
        PreparedStatement update =
            connection.prepareStatement(
                "UPDATE event_pass SET releases = releases + 1, is_current = true"
                    + " WHERE id = ? AND releases = ?")) {
      others.setInt(1, pass.id());
      others.executeUpdate();
      update.setInt(1, pass.id());
      update.setInt(2, pass.releases());
      return update.executeUpdate() == 1;
    }
  }
}
