package dev.firn.catalog;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.firn.model.LogicalName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;

/// Rows of `dir`: they never change and never go, so committed ones are remembered.
final class Directories {
  private final Cache<LogicalName, Integer> known =
      Caffeine.newBuilder().maximumSize(100_000).build();

  /// How a directory is written in the table: the root is the empty path.
  static String path(LogicalName directory) {
    return directory.isRoot() ? "" : directory.toString();
  }

  static LogicalName name(String path) {
    return path.isEmpty() ? LogicalName.ROOT : LogicalName.parse(path);
  }

  Optional<Integer> find(Connection connection, LogicalName directory) throws SQLException {
    Integer id = known.getIfPresent(directory);
    if (id != null) {
      return Optional.of(id);
    }
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT id, age(xmin) <= 0 AS fresh" + " FROM dir WHERE path = ?")) {
      select.setString(1, path(directory));
      try (ResultSet row = select.executeQuery()) {
        if (!row.next()) {
          return Optional.empty();
        }
        int found = row.getInt("id");
        if (!row.getBoolean("fresh")) {
          known.put(directory, found);
        }
        return Optional.of(found);
      }
    }
  }

  /// The directory's row, made with those above it where they are missing.
  int require(Connection connection, LogicalName directory) throws SQLException {
    Optional<Integer> found = find(connection, directory);
    while (found.isEmpty()) {
      int parent = require(connection, directory.parent());
      try (PreparedStatement insert =
          connection.prepareStatement(
              "INSERT INTO dir(parent_id, path) VALUES (?, ?) ON CONFLICT (path) DO NOTHING")) {
        insert.setInt(1, parent);
        insert.setString(2, path(directory));
        insert.executeUpdate();
      }
      found = find(connection, directory);
    }
    return found.get();
  }
}
