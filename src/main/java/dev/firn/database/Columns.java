package dev.firn.database;

import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Collection;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Sets many rows as the parameters of one statement, each of which is a column that `unnest` makes
/// rows of again: `FROM unnest(?::bigint[], ?::text[]) AS row(id, why)`.
///
/// A batch of statements costs the server as much as so many statements; those on tables with
/// statement triggers run the triggers as often.
public final class Columns<T> {
  private final PreparedStatement statement;
  private final Collection<T> rows;
  private int index;

  /// @param statement whose first parameters are set
  public Columns(PreparedStatement statement, Collection<T> rows) {
    this(statement, rows, 0);
  }

  /// @param before how many parameters come before
  public Columns(PreparedStatement statement, Collection<T> rows, int before) {
    this.statement = statement;
    this.rows = rows;
    this.index = before;
  }

  /// Sets the next parameter.
  ///
  /// @param type of one value, as the database calls it
  public Columns<T> add(String type, Function<T, ? extends @Nullable Object> value)
      throws SQLException {
    Object[] values = new Object[rows.size()];
    int i = 0;
    for (T row : rows) {
      values[i++] = value.apply(row);
    }
    statement.setArray(++index, statement.getConnection().createArrayOf(type, values));
    return this;
  }
}
