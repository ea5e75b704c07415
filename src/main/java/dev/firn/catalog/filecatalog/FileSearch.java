package dev.firn.catalog.filecatalog;

import dev.firn.catalog.Catalog;
import dev.firn.catalog.CatalogFile;
import dev.firn.catalog.Sql;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import tools.jackson.databind.node.ObjectNode;

/// Runs queries in the way the protocol wants them: by number of the first and of the most.
final class FileSearch {
  private final Catalog catalog;

  FileSearch(Catalog catalog) {
    this.catalog = catalog;
  }

  /// Which part of the answer.
  record Window(long start, int limit, long maxMillis) {}

  List<ObjectNode> find(Connection c, Sql condition, Window window, List<String> keys)
      throws SQLException {
    limitTime(c, window.maxMillis());
    List<Long> ids = new ArrayList<>();
    Sql select =
        new Sql()
            .add("SELECT f.id FROM file f WHERE f.state IN (1, 2) AND ")
            .add(condition)
            .add(" ORDER BY f.id OFFSET ? LIMIT ?", window.start(), window.limit());
    try (PreparedStatement statement = select.prepare(c);
        ResultSet row = statement.executeQuery()) {
      while (row.next()) {
        ids.add(row.getLong(1));
      }
    }
    Map<Long, Document.Beside> beside = DumpStore.beside(c, ids);
    List<ObjectNode> found = new ArrayList<>();
    for (CatalogFile file : catalog.find(c, ids)) {
      Document.Beside own = Objects.requireNonNull(beside.get(file.id()));
      found.add(Projection.of(Document.of(file, own), keys));
    }
    return found;
  }

  long count(Connection c, Sql condition, long maxMillis) throws SQLException {
    limitTime(c, maxMillis);
    Sql select =
        new Sql().add("SELECT count(*) FROM file f WHERE f.state IN (1, 2) AND ").add(condition);
    try (PreparedStatement statement = select.prepare(c);
        ResultSet row = statement.executeQuery()) {
      row.next();
      return row.getLong(1);
    }
  }

  static void limitTime(Connection c, long millis) throws SQLException {
    try (Statement statement = c.createStatement()) {
      statement.execute("SET LOCAL statement_timeout = " + millis);
    }
  }
}
