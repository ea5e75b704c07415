package dev.firn.catalog;

import dev.firn.catalog.Lineage.Edge;
import dev.firn.catalog.Lineage.Node;
import dev.firn.model.LogicalName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/// Reads what was made from what, up and down, step by step and each file once.
final class LineageStore {
  private final FileRows rows;

  LineageStore(FileRows rows) {
    this.rows = rows;
  }

  /// @param depth how many steps in each direction
  /// @param most how many files at most
  Lineage of(Connection connection, CatalogFile file, int depth, int most) throws SQLException {
    Map<Long, Integer> distances = new LinkedHashMap<>();
    distances.put(file.id(), 0);
    boolean whole = follow(connection, distances, file.id(), depth, -1, most);
    whole &= follow(connection, distances, file.id(), depth, 1, most);
    Map<Long, Node> nodes = nodes(connection, distances);
    return new Lineage(
        List.copyOf(nodes.values()),
        edges(connection, nodes),
        awaited(connection, file.id()),
        whole);
  }

  private static boolean follow(
      Connection connection,
      Map<Long, Integer> distances,
      long from,
      int depth,
      int direction,
      int most)
      throws SQLException {
    String sql =
        direction < 0
            ? "SELECT DISTINCT parent FROM provenance WHERE child = ANY(?) ORDER BY 1 LIMIT ?"
            : "SELECT DISTINCT child FROM provenance WHERE parent = ANY(?) ORDER BY 1 LIMIT ?";
    List<Long> step = List.of(from);
    for (int distance = 1; !step.isEmpty(); distance++) {
      if (distance > depth) {
        return false;
      }
      List<Long> next = new ArrayList<>();
      try (PreparedStatement select = connection.prepareStatement(sql)) {
        select.setArray(1, connection.createArrayOf("bigint", step.toArray()));
        select.setInt(2, most + 1);
        try (ResultSet row = select.executeQuery()) {
          while (row.next()) {
            long id = row.getLong(1);
            if (!distances.containsKey(id)) {
              if (distances.size() >= most) {
                return false;
              }
              distances.put(id, direction * distance);
              next.add(id);
            }
          }
        }
      }
      step = next;
    }
    return true;
  }

  private Map<Long, Node> nodes(Connection connection, Map<Long, Integer> distances)
      throws SQLException {
    Map<Long, Node> found = new HashMap<>();
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT f.id, f.uuid, d.path, f.name, f.size, f.state"
                + FileRows.FROM
                + "WHERE f.id = ANY(?)")) {
      select.setArray(1, connection.createArrayOf("bigint", distances.keySet().toArray()));
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          long id = row.getLong(1);
          UUID brought = row.getObject(2, UUID.class);
          found.put(
              id,
              new Node(
                  brought == null ? rows.uuids().of(id) : brought,
                  Directories.name(row.getString(3)).child(row.getString(4)),
                  row.getLong(5),
                  row.getShort(6) == FileRows.LIVE,
                  distances.getOrDefault(id, 0)));
        }
      }
    }
    Map<Long, Node> inOrder = new LinkedHashMap<>();
    for (long id : distances.keySet()) {
      Node node = found.get(id);
      if (node != null) {
        inOrder.put(id, node);
      }
    }
    return inOrder;
  }

  private static List<Edge> edges(Connection connection, Map<Long, Node> nodes)
      throws SQLException {
    List<Edge> edges = new ArrayList<>();
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT child, parent FROM provenance WHERE child = ANY(?) AND parent = ANY(?)"
                + " ORDER BY child, parent")) {
      Object[] ids = nodes.keySet().toArray();
      select.setArray(1, connection.createArrayOf("bigint", ids));
      select.setArray(2, connection.createArrayOf("bigint", ids));
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          Node child = nodes.get(row.getLong(1));
          Node parent = nodes.get(row.getLong(2));
          if (child != null && parent != null) {
            edges.add(new Edge(child.uuid(), parent.uuid()));
          }
        }
      }
    }
    return edges;
  }

  private static List<LogicalName> awaited(Connection connection, long child) throws SQLException {
    List<LogicalName> names = new ArrayList<>();
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT directory, name FROM provenance_awaited WHERE child = ? ORDER BY 1, 2")) {
      select.setLong(1, child);
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          names.add(Directories.name(row.getString(1)).child(row.getString(2)));
        }
      }
    }
    return names;
  }
}
