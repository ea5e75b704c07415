package dev.firn.catalog;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/// A piece of SQL with the values of its question marks: text and values grow together, so that no
/// value ever becomes text.
public final class Sql {
  private final StringBuilder text = new StringBuilder();
  private final List<Object> values = new ArrayList<>();

  public Sql add(String sql, Object... more) {
    text.append(sql);
    values.addAll(List.of(more));
    return this;
  }

  public Sql add(Sql other) {
    text.append(other.text);
    values.addAll(other.values);
    return this;
  }

  /// All pieces with `between` between them, in parentheses.
  public static Sql join(Collection<Sql> pieces, String between) {
    Sql joined = new Sql().add("(");
    boolean first = true;
    for (Sql piece : pieces) {
      joined.add(first ? "" : between).add(piece);
      first = false;
    }
    return joined.add(")");
  }

  public PreparedStatement prepare(Connection connection) throws SQLException {
    PreparedStatement statement = connection.prepareStatement(text.toString());
    try {
      for (int i = 0; i < values.size(); i++) {
        if (values.get(i) instanceof Instant instant) {
          statement.setTimestamp(i + 1, Timestamp.from(instant));
        } else if (values.get(i) instanceof Object[] array) {
          statement.setArray(i + 1, connection.createArrayOf("bigint", array));
        } else {
          statement.setObject(i + 1, values.get(i));
        }
      }
      return statement;
    } catch (SQLException e) {
      statement.close();
      throw e;
    }
  }

  /// Runs a statement that changes something. Returns how many rows it did.
  public int run(Connection connection) throws SQLException {
    try (PreparedStatement statement = prepare(connection)) {
      return statement.executeUpdate();
    }
  }

  @Override
  public String toString() {
    return text.toString();
  }
}
