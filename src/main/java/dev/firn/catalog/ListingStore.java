package dev.firn.catalog;

import dev.firn.model.LogicalName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Lists directories.
final class ListingStore {
  static final String FILES =
      "SELECT "
          + FileRows.COLUMNS
          + FileRows.FROM
          + "WHERE f.dir_id = ? AND f.state = 1 AND f.name > ? ORDER BY f.name LIMIT ?";

  static final String DIRECTORIES =
      "SELECT d.path FROM dir d WHERE d.parent_id = ? AND EXISTS (SELECT FROM dir b JOIN file f"
          + " ON f.dir_id = b.id AND f.state = 1"
          + " WHERE b.path >= d.path AND b.path < d.path || '0'"
          + " AND (b.path = d.path OR b.path >= d.path || '/')) ORDER BY d.path";

  private final Directories directories;
  private final FileRows rows;

  ListingStore(Directories directories, FileRows rows) {
    this.directories = directories;
    this.rows = rows;
  }

  Listing list(Connection connection, LogicalName directory, String after, int size)
      throws SQLException {
    Optional<Integer> id = directories.find(connection, directory);
    if (id.isEmpty()) {
      return new Listing(List.of(), new FilePage(List.of(), null));
    }
    List<LogicalName> below = after.isEmpty() ? below(connection, id.get()) : List.of();
    try (PreparedStatement select = connection.prepareStatement(FILES)) {
      select.setInt(1, id.get());
      select.setString(2, after);
      select.setInt(3, size);
      List<CatalogFile> files = rows.list(connection, select);
      String next = files.size() < size ? null : files.getLast().name().lastSegment();
      return new Listing(below, new FilePage(files, next));
    }
  }

  private static List<LogicalName> below(Connection connection, int directory) throws SQLException {
    List<LogicalName> found = new ArrayList<>();
    try (PreparedStatement select = connection.prepareStatement(DIRECTORIES)) {
      select.setInt(1, directory);
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          found.add(Directories.name(row.getString(1)));
        }
      }
    }
    return found;
  }
}
