package dev.firn.catalog;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/// Puts in place of a dataset's name in a query what it stands for: members, another query, or the
/// parts of a container.
final class DatasetNames {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._:/@+-]{0,199}");
  private static final int DEEPEST = 10;

  private DatasetNames() {}

  /// @throws IllegalArgumentException when no dataset can be called so
  static String required(String name) {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "a dataset's name begins with a letter or digit and has letters, digits and '._:/@+-', at"
              + " most 200");
    }
    return name;
  }

  /// @throws CatalogException `not-found` for a dataset that is not there, `bad-dataset` for
  ///   datasets that stand for each other in a circle
  static Condition resolved(Connection connection, Condition condition) throws SQLException {
    return resolved(connection, condition, 0);
  }

  private static Condition resolved(Connection connection, Condition condition, int depth)
      throws SQLException {
    return switch (condition) {
      case Condition.And and -> new Condition.And(all(connection, and.all(), depth));
      case Condition.Or or -> new Condition.Or(all(connection, or.any(), depth));
      case Condition.Not not -> new Condition.Not(resolved(connection, not.condition(), depth));
      case Condition.InDataset in -> dataset(connection, in.name(), depth);
      default -> condition;
    };
  }

  private static List<Condition> all(Connection connection, List<Condition> conditions, int depth)
      throws SQLException {
    List<Condition> resolved = new ArrayList<>();
    for (Condition condition : conditions) {
      resolved.add(resolved(connection, condition, depth));
    }
    return resolved;
  }

  private static Condition dataset(Connection connection, String name, int depth)
      throws SQLException {
    if (depth == DEEPEST) {
      throw new CatalogException(
          "bad-dataset", "datasets stand for datasets deeper than " + DEEPEST + ", at " + name);
    }
    try (PreparedStatement select =
        connection.prepareStatement("SELECT id, kind, query FROM dataset WHERE name = ?")) {
      select.setString(1, name);
      try (ResultSet row = select.executeQuery()) {
        if (!row.next()) {
          throw CatalogException.notFound("dataset " + name);
        }
        int id = row.getInt(1);
        return switch (row.getString(2)) {
          case "query" ->
              resolved(connection, FileQuery.parse(row.getString(3)).condition(), depth + 1);
          case "container" -> container(connection, id, depth);
          default -> new Condition.Members(List.of(id));
        };
      }
    }
  }

  /// Sets and snapshots together are one list of members.
  private static Condition container(Connection connection, int id, int depth) throws SQLException {
    List<Integer> members = new ArrayList<>();
    List<Condition> others = new ArrayList<>();
    for (String part : parts(connection, id)) {
      Condition condition = dataset(connection, part, depth + 1);
      if (condition instanceof Condition.Members of) {
        members.addAll(of.datasets());
      } else {
        others.add(condition);
      }
    }
    if (!members.isEmpty() || others.isEmpty()) {
      others.addFirst(new Condition.Members(members));
    }
    return others.size() == 1 ? others.getFirst() : new Condition.Or(others);
  }

  private static List<String> parts(Connection connection, int container) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT d.name FROM dataset_part p JOIN dataset d ON d.id = p.part"
                + " WHERE p.container = ? ORDER BY d.name")) {
      select.setInt(1, container);
      List<String> names = new ArrayList<>();
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          names.add(row.getString(1));
        }
      }
      return names;
    }
  }
}
