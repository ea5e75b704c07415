package dev.firn.catalog.report;

import dev.firn.catalog.Sql;
import dev.firn.database.Database;
import java.io.IOException;
import java.sql.ResultSet;
import java.sql.SQLException;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// The same content under several live names, what wastes most first. Empty files are left out:
/// they are all the same.
final class Duplicates extends QuerySource {
  private static final int NAMES = 20;

  Duplicates(Database database) {
    super(database);
  }

  @Override
  public String kind() {
    return "duplicates";
  }

  /// One reading of the table by the short key of its content; what that brings together is
  /// compared in full.
  @Override
  protected Sql statement() {
    return new Sql()
        .add("WITH twice AS MATERIALIZED (SELECT checksum_key FROM file WHERE state = 1")
        .add(" AND size > 0 GROUP BY checksum_key HAVING count(*) > 1)")
        .add(" SELECT encode(f.sha512, 'hex'), f.size, count(*),")
        .add(" (array_agg(d.path || '/' || f.name ORDER BY d.path, f.name))[1:?]", NAMES)
        .add(" FROM twice t JOIN file f ON f.checksum_key = t.checksum_key AND f.state = 1")
        .add(" JOIN dir d ON d.id = f.dir_id GROUP BY f.sha512, f.size HAVING count(*) > 1")
        .add(" ORDER BY f.size * (count(*) - 1) DESC, f.sha512");
  }

  @Override
  protected void found(ResultSet row, Sink sink) throws SQLException, IOException {
    long size = row.getLong(2);
    long files = row.getLong(3);
    ObjectNode line = JsonNodeFactory.instance.objectNode();
    line.put("sha512", row.getString(1)).put("size", size).put("files", files);
    addAll(line.putArray("names"), row, 4);
    line.put("proposal", "keep one name and remove the others, unless both are wanted");
    sink.found(line, size * (files - 1));
  }
}
