package dev.firn.catalog;

import dev.firn.model.LogicalName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Rows of `provenance`: what was made from what. A parent may be named before it is registered.
final class Provenance {
  private Provenance() {}

  /// A file and the name of one it was made from.
  record Tie(long child, LogicalName parent) {}

  static List<Tie> ties(long child, List<LogicalName> parents) {
    return parents.stream().map(parent -> new Tie(child, parent)).toList();
  }

  /// Records ties to parents that are known.
  static void tie(Connection connection, long child, Collection<Long> parents) throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement(
            "INSERT INTO provenance(child, parent) SELECT ?, unnest(?::bigint[])"
                + " ON CONFLICT DO NOTHING")) {
      insert.setLong(1, child);
      insert.setArray(2, connection.createArrayOf("bigint", parents.toArray()));
      insert.executeUpdate();
    }
  }

  /// Records ties; parents that are not known yet are waited for.
  static void name(Connection connection, List<Tie> ties) throws SQLException {
    if (ties.isEmpty()) {
      return;
    }
    try (PreparedStatement insert =
        connection.prepareStatement(
            """
            WITH named AS (
              SELECT n.child, n.directory, n.name, f.id
              FROM unnest(?::bigint[], ?::text[], ?::text[]) AS n(child, directory, name)
                LEFT JOIN dir d ON d.path = n.directory
                LEFT JOIN file f ON f.dir_id = d.id AND f.name = n.name AND f.state = 1
            ), known AS (
              INSERT INTO provenance(child, parent)
              SELECT DISTINCT child, id FROM named WHERE id <> child ON CONFLICT DO NOTHING
            )
            INSERT INTO provenance_awaited(directory, name, child)
            SELECT directory, name, child FROM named WHERE id IS NULL ON CONFLICT DO NOTHING
            """)) {
      Object[] children = ties.stream().map(Tie::child).toArray();
      Object[] folders = ties.stream().map(t -> Directories.path(t.parent().parent())).toArray();
      Object[] names = ties.stream().map(t -> t.parent().lastSegment()).toArray();
      insert.setArray(1, connection.createArrayOf("bigint", children));
      insert.setArray(2, connection.createArrayOf("text", folders));
      insert.setArray(3, connection.createArrayOf("text", names));
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

  /// Names of what each of these files was made from.
  static Map<Long, List<LogicalName>> parents(Connection c, Collection<Long> ids)
      throws SQLException {
    Map<Long, List<LogicalName>> parents = new HashMap<>();
    try (PreparedStatement select =
        c.prepareStatement(
            "SELECT p.child, d.path || '/' || f.name FROM provenance p"
                + " JOIN file f ON f.id = p.parent JOIN dir d ON d.id = f.dir_id"
                + " WHERE p.child = ANY(?)"
                + " UNION SELECT a.child, a.directory || '/' || a.name FROM provenance_awaited a"
                + " WHERE a.child = ANY(?) ORDER BY 1, 2")) {
      select.setArray(1, c.createArrayOf("bigint", ids.toArray()));
      select.setArray(2, c.createArrayOf("bigint", ids.toArray()));
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          parents
              .computeIfAbsent(row.getLong(1), id -> new ArrayList<>())
              .add(LogicalName.parse(row.getString(2)));
        }
      }
    }
    return parents;
  }
}
