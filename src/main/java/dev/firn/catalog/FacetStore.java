package dev.firn.catalog;

import dev.firn.catalog.Grouping.Group;
import dev.firn.catalog.Grouping.Key;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Adds up a query's files by several keys in one reading of them, or of the kept totals.
final class FacetStore {
  private static final List<Key> KEYS =
      List.of(Key.SEASON, Key.LEVEL, Key.TYPE, Key.OWNER, Key.GROUP);
  private static final int ALL = (1 << KEYS.size()) - 1;

  private FacetStore() {}

  static Facets of(Connection connection, Condition condition) throws SQLException {
    FileTotal total = new FileTotal(0, 0);
    Map<Key, List<Group>> groups = new EnumMap<>(Key.class);
    KEYS.forEach(key -> groups.put(key, new ArrayList<>()));
    try (PreparedStatement select = sql(condition).prepare(connection);
        ResultSet row = select.executeQuery()) {
      while (row.next()) {
        FileTotal part = new FileTotal(row.getLong("files"), row.getLong("bytes"));
        // GROUPING has a bit for each column, the first the highest, that this row is not by.
        int by = Integer.numberOfLeadingZeros(ALL ^ row.getInt("mask")) - (32 - KEYS.size());
        if (by == KEYS.size()) {
          total = part;
        } else {
          List<@Nullable String> value = Arrays.asList(row.getString(by + 1));
          Objects.requireNonNull(groups.get(KEYS.get(by))).add(new Group(value, part));
        }
      }
    }
    groups
        .values()
        .forEach(
            g -> g.sort(Comparator.comparingLong((Group one) -> one.total().files()).reversed()));
    return new Facets(total, groups);
  }

  static Sql sql(Condition condition) {
    Sql sql = new Sql().add("SELECT ");
    List<String> columns = new ArrayList<>();
    for (Key key : KEYS) {
      String column = key.column.substring(key.column.indexOf('.') + 1);
      columns.add("g." + column);
      sql.add(
          key.words == null
              ? "g." + column + "::text, "
              : "(SELECT w.name FROM " + key.words + " w WHERE w.id = g." + column + "), ");
    }
    String all = String.join(", ", columns);
    sql.add("g.mask, coalesce(g.files, 0)::bigint AS files, coalesce(g.bytes, 0)::bigint AS bytes");
    sql.add(" FROM (SELECT " + all + ", GROUPING(" + all + ") AS mask, ");
    boolean kept = KeptTotals.answer(condition);
    sql.add("sum(g.files) AS files, sum(g.bytes) AS bytes FROM (SELECT ");
    sql.add(
        all.replace("g.", "f.") + (kept ? ", f.files, f.bytes" : ", 1 AS files, f.size AS bytes"));
    sql.add(kept ? KeptTotals.among(condition) : QueryStore.among(condition));
    sql.add(") g GROUP BY GROUPING SETS ((), (" + String.join("), (", columns) + "))) g");
    return sql.add(" WHERE g.files <> 0 OR g.mask = " + ALL);
  }
}
