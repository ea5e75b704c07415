package dev.firn.archive.report;

import dev.firn.catalog.Sql;
import dev.firn.catalog.report.ReportSource;
import dev.firn.database.Database;
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

/// Files that are in several bundles at one site, the largest first.
public final class BundledTwice implements ReportSource {
  private static final int AT_ONCE = 1_000;

  private final Database database;

  public BundledTwice(Database database) {
    this.database = database;
  }

  @Override
  public String kind() {
    return "bundles";
  }

  @Override
  public void look(Sink sink) throws IOException {
    Sql sql =
        new Sql()
            .add("SELECT t.site, t.bundles, t.n, f.size, d.path || '/' || f.name FROM (SELECT")
            .add(" m.file_id, b.site, count(DISTINCT b.uuid) AS n,")
            .add(" array_agg(DISTINCT b.name ORDER BY b.name) AS bundles FROM bundle_member m")
            .add(" JOIN bundle b ON b.uuid = m.bundle WHERE b.state <> 'cancelled'")
            .add(" GROUP BY 1, 2 HAVING count(DISTINCT b.uuid) > 1) t")
            .add(" JOIN file f ON f.id = t.file_id JOIN dir d ON d.id = f.dir_id")
            .add(" ORDER BY f.size * (t.n - 1) DESC, 5, 1");
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
    }
  }

  private static void found(ResultSet row, Sink sink) throws SQLException {
    ObjectNode line = JsonNodeFactory.instance.objectNode();
    line.put("kind", "in " + row.getLong(3) + " bundles").put("name", row.getString(5));
    line.put("site", row.getString(1)).put("size", row.getLong(4));
    ArrayNode bundles = line.putArray("bundles");
    Array array = Objects.requireNonNull(row.getArray(2));
    for (Object name : (Object[]) array.getArray()) {
      bundles.add(String.valueOf(name));
    }
    line.put("proposal", "nothing is lost by it; leave one out when the bundles are written anew");
    try {
      sink.found(line, row.getLong(4) * (row.getLong(3) - 1));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
