package dev.firn.catalog.report;

import dev.firn.catalog.Sql;
import dev.firn.database.Database;
import dev.firn.database.DatabaseException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.Array;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Objects;
import tools.jackson.databind.node.ArrayNode;

/// What one statement finds over the whole catalog, which may take it an hour.
public abstract class QuerySource implements ReportSource {
  private static final int AT_ONCE = 1_000;

  private final Database database;

  protected QuerySource(Database database) {
    this.database = database;
  }

  protected abstract Sql statement();

  /// Tells `sink` of one row.
  protected abstract void found(ResultSet row, Sink sink) throws SQLException, IOException;

  @Override
  public final void look(Sink sink) throws IOException {
    Sql sql = statement();
    try {
      database.read(c -> {
        new Sql().add("SET LOCAL statement_timeout = '1h'").run(c);
        try (PreparedStatement select = sql.prepare(c)) {
          select.setFetchSize(AT_ONCE);
          try (ResultSet row = select.executeQuery()) {
            while (row.next()) {
              found(row, sink);
            }
          }
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
        return true;
      });
    } catch (UncheckedIOException e) {
      throw e.getCause();
    } catch (DatabaseException e) {
      if (e.isOutOfTime()) {
        throw new IOException("looking for " + kind() + " took over an hour", e);
      }
      throw e;
    }
  }

  /// The texts of an array column, added to `names`.
  protected static void addAll(ArrayNode names, ResultSet row, int column) throws SQLException {
    Array array = Objects.requireNonNull(row.getArray(column));
    for (Object name : (Object[]) array.getArray()) {
      names.add(String.valueOf(name));
    }
  }
}
