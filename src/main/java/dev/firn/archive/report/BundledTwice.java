package dev.firn.archive.report;

import dev.firn.catalog.Sql;
import dev.firn.catalog.report.QuerySource;
import dev.firn.database.Database;
import java.io.IOException;
import java.sql.ResultSet;
import java.sql.SQLException;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Files that are in several bundles at one site, the largest first.
public final class BundledTwice extends QuerySource {
  public BundledTwice(Database database) {
    super(database);
  }

  @Override
  public String kind() {
    return "bundles";
  }

  @Override
  protected Sql statement() {
    return new Sql()
        .add("SELECT t.site, t.bundles, t.n, f.size, d.path || '/' || f.name FROM (SELECT")
        .add(" m.file_id, b.site, count(DISTINCT b.uuid) AS n,")
        .add(" array_agg(DISTINCT b.name ORDER BY b.name) AS bundles FROM bundle_member m")
        .add(" JOIN bundle b ON b.uuid = m.bundle WHERE b.state <> 'cancelled'")
        .add(" GROUP BY 1, 2 HAVING count(DISTINCT b.uuid) > 1) t")
        .add(" JOIN file f ON f.id = t.file_id JOIN dir d ON d.id = f.dir_id")
        .add(" ORDER BY f.size * (t.n - 1) DESC, 5, 1");
  }

  @Override
  protected void found(ResultSet row, Sink sink) throws SQLException, IOException {
    ObjectNode line = JsonNodeFactory.instance.objectNode();
    line.put("kind", "in " + row.getLong(3) + " bundles").put("name", row.getString(5));
    line.put("site", row.getString(1)).put("size", row.getLong(4));
    addAll(line.putArray("bundles"), row, 2);
    line.put("proposal", "nothing is lost by it; leave one out when the bundles are written anew");
    sink.found(line, row.getLong(4) * (row.getLong(3) - 1));
  }
}
