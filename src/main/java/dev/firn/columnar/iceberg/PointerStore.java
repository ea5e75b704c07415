package dev.firn.columnar.iceberg;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Rows of `iceberg_table`: which metadata file a table is now.
final class PointerStore {
  private PointerStore() {}

  static Optional<String> find(Connection connection, TableName name) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT metadata FROM iceberg_table WHERE namespace = ? AND name = ?")) {
      select.setString(1, name.namespace());
      select.setString(2, name.table());
      try (ResultSet row = select.executeQuery()) {
        return row.next() ? Optional.of(row.getString(1)) : Optional.empty();
      }
    }
  }

  /// Compare and set: from `before` (null: no such table) to `after`.
  static boolean swap(Connection connection, TableName name, @Nullable String before, String after)
      throws SQLException {
    String sql =
        before == null
            ? "INSERT INTO iceberg_table(metadata, namespace, name) VALUES (?, ?, ?)"
                + " ON CONFLICT DO NOTHING"
            : "UPDATE iceberg_table SET metadata = ?, changed = now()"
                + " WHERE namespace = ? AND name = ? AND metadata = ?";
    try (PreparedStatement change = connection.prepareStatement(sql)) {
      change.setString(1, after);
      change.setString(2, name.namespace());
      change.setString(3, name.table());
      if (before != null) {
        change.setString(4, before);
      }
      return change.executeUpdate() == 1;
    }
  }

  static List<String> namespaces(Connection connection) throws SQLException {
    return texts(connection, "SELECT DISTINCT namespace FROM iceberg_table ORDER BY 1");
  }

  static List<TableName> list(Connection connection, String namespace) throws SQLException {
    return texts(
            connection, "SELECT name FROM iceberg_table WHERE namespace = ? ORDER BY 1", namespace)
        .stream()
        .map(table -> new TableName(namespace, table))
        .toList();
  }

  private static List<String> texts(Connection connection, String sql, String... parameters)
      throws SQLException {
    try (PreparedStatement select = connection.prepareStatement(sql)) {
      for (int i = 0; i < parameters.length; i++) {
        select.setString(i + 1, parameters[i]);
      }
      List<String> found = new ArrayList<>();
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          found.add(row.getString(1));
        }
      }
      return found;
    }
  }
}
