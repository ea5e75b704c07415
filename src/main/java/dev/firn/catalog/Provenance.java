package dev.firn.catalog;

import dev.firn.model.LogicalName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;

/// Rows of `provenance`: what was made from what. A parent may be named before it is registered.
final class Provenance {
  private Provenance() {}

  /// Records that `child` was made from files of these names; those that are not known yet are
  /// waited for.
  static void name(Connection connection, long child, List<LogicalName> parents)
      throws SQLException {
    if (parents.isEmpty()) {
      return;
    }
    try (PreparedStatement insert =
        connection.prepareStatement(
            """
            WITH named AS (
              SELECT n.directory, n.name, f.id
              FROM unnest(?::text[], ?::text[]) AS n(directory, name)
                LEFT JOIN dir d ON d.path = n.directory
                LEFT JOIN file f ON f.dir_id = d.id AND f.name = n.name AND f.state = 1
            ), known AS (
              INSERT INTO provenance(child, parent)
              SELECT DISTINCT ?::bigint, id FROM named WHERE id IS NOT NULL AND id <> ?
              ON CONFLICT DO NOTHING
            )
            INSERT INTO provenance_awaited(directory, name, child)
            SELECT directory, name, ? FROM named WHERE id IS NULL ON CONFLICT DO NOTHING
            """)) {
      Object[] folders = parents.stream().map(p -> Directories.path(p.parent())).toArray();
      Object[] names = parents.stream().map(LogicalName::lastSegment).toArray();
      insert.setArray(1, connection.createArrayOf("text", folders));
      insert.setArray(2, connection.createArrayOf("text", names));
      insert.setLong(3, child);
      insert.setLong(4, child);
      insert.setLong(5, child);
      insert.executeUpdate();
    }
  }

  /// Ties children to parents that were named before they came. Returns how many ties were made.
  static int settle(Connection connection) throws SQLException {
    try (PreparedStatement settle =
        connection.prepareStatement(
            """
            WITH come AS (
              DELETE FROM provenance_awaited a USING dir d, file f
              WHERE d.path = a.directory AND f.dir_id = d.id AND f.name = a.name AND f.state = 1
              RETURNING a.child, f.id
            )
            INSERT INTO provenance(child, parent)
            SELECT DISTINCT child, id FROM come WHERE child <> id ON CONFLICT DO NOTHING
            """)) {
      return settle.executeUpdate();
    }
  }
}
