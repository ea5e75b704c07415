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
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// The same content under several live names, what wastes most first. Empty files are left out:
/// they are all the same.
final class Duplicates implements ReportSource {
  private static final int NAMES = 20;
  private static final int AT_ONCE = 1_000;

  private final Database database;

  Duplicates(Database database) {
    this.database = database;
  }

  @Override
  public String kind() {
    return "duplicates";
  }

  /// One reading of the table by the short key of its content; what that brings together is
  /// compared in full.
  @Override
  public void look(Sink sink) throws IOException {
    Sql sql =
        new Sql()
            .add("WITH twice AS MATERIALIZED (SELECT checksum_key FROM file WHERE state = 1")
            .add(" AND size > 0 GROUP BY checksum_key HAVING count(*) > 1)")
            .add(" SELECT encode(f.sha512, 'hex'), f.size, count(*),")
            .add(" (array_agg(d.path || '/' || f.name ORDER BY d.path, f.name))[1:?]", NAMES)
            .add(" FROM twice t JOIN file f ON f.checksum_key = t.checksum_key AND f.state = 1")
            .add(" JOIN dir d ON d.id = f.dir_id GROUP BY f.sha512, f.size HAVING count(*) > 1")
            .add(" ORDER BY f.size * (count(*) - 1) DESC, f.sha512");
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
        }
        return true;
      });
    } catch (UncheckedIOException e) {
      throw e.getCause();
    } catch (DatabaseException e) {
      if (e.isOutOfTime()) {
        throw new IOException("looking for duplicates took over an hour", e);
      }
      throw e;
    }
  }

  private static void found(ResultSet row, Sink sink) throws SQLException {
    long size = row.getLong(2);
    long files = row.getLong(3);
    ObjectNode line = JsonNodeFactory.instance.objectNode();
    line.put("sha512", row.getString(1)).put("size", size).put("files", files);
    ArrayNode names = line.putArray("names");
    Array array = Objects.requireNonNull(row.getArray(4));
    for (Object name : (Object[]) array.getArray()) {
      names.add(String.valueOf(name));
    }
    line.put("proposal", "keep one name and remove the others, unless both are wanted");
    try {
      sink.found(line, size * (files - 1));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
