package dev.firn.catalog;

import dev.firn.catalog.Grouping.Group;
import dev.firn.catalog.Grouping.Key;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Totals of groups. Of all files they are read from what is kept; of a query's files, added up.
final class GroupStore {
  private static final int MOST_GROUPS = 100_000;

  private GroupStore() {}

  static List<Group> groups(Connection connection, Condition condition, Grouping grouping)
      throws SQLException {
    Sql sql = isKept(condition, grouping) ? kept(condition, grouping) : added(condition, grouping);
    List<Group> groups = new ArrayList<>();
    int n = grouping.keys().size();
    try (PreparedStatement select = sql.prepare(connection);
        ResultSet row = select.executeQuery()) {
      while (row.next()) {
        List<@Nullable String> values = new ArrayList<>();
        for (int i = 1; i <= n; i++) {
          values.add(row.getString(i));
        }
        groups.add(new Group(values, new FileTotal(row.getLong(n + 1), row.getLong(n + 2))));
        if (groups.size() > MOST_GROUPS) {
          throw new CatalogException(
              "too-many-groups", "there are more than " + MOST_GROUPS + " groups");
        }
      }
    }
    return groups;
  }

  private static boolean isKept(Condition condition, Grouping grouping) {
    return KeptTotals.answer(condition) && grouping.keys().stream().allMatch(k -> k.kept != null);
  }

  private static Sql kept(Condition condition, Grouping grouping) {
    List<String> columns = grouping.keys().stream().map(k -> shown(k, "f." + k.kept)).toList();
    return new Sql()
        .add(
            "SELECT " + String.join(", ", columns) + ", sum(f.files)::bigint, sum(f.bytes)::bigint")
        .add(KeptTotals.among(condition))
        .add(by(grouping) + " HAVING sum(f.files) <> 0 ORDER BY " + numbers(grouping));
  }

  private static Sql added(Condition condition, Grouping grouping) {
    List<String> columns = grouping.keys().stream().map(k -> shown(k, k.column)).toList();
    String copies = grouping.bySite() ? " JOIN replica r ON r.file_id = f.id" : "";
    return new Sql()
        .add("SELECT " + String.join(", ", columns) + ", count(*), sum(f.size)::bigint FROM")
        .add(" (SELECT f.*")
        .add(QueryStore.among(condition))
        .add(") f" + copies + by(grouping) + " ORDER BY " + numbers(grouping));
  }

  private static String shown(Key key, String column) {
    return key.words == null
        ? column
        : "(SELECT w.name FROM "
            + Objects.requireNonNull(key.words)
            + " w WHERE w.id = "
            + column
            + ")";
  }

  private static String by(Grouping grouping) {
    return " GROUP BY " + numbers(grouping);
  }

  private static String numbers(Grouping grouping) {
    return java.util.stream.IntStream.rangeClosed(1, grouping.keys().size())
        .mapToObj(Integer::toString)
        .collect(Collectors.joining(", "));
  }
}
