package dev.firn.catalog.usage;

import dev.firn.catalog.CatalogException;
import dev.firn.catalog.Cause;
import dev.firn.catalog.FileTotal;
import dev.firn.catalog.Sql;
import dev.firn.database.Database;
import dev.firn.database.History;
import dev.firn.database.HistoryEntry;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Accounting by owner, working group, year, level and site, and quotas.
public final class Accounting {
  /// History's kind of subject for what happens to a quota; its id is `owner/NAME`, and the like.
  public static final String QUOTA = "quota";

  private static final String KEPT = "(SELECT * FROM volume UNION ALL SELECT * FROM volume_delta)";
  private static final int MOST_ROWS = 100_000;

  /// By what is counted. Live files are counted once each, but by site, where each copy counts.
  public enum Key {
    OWNER("owner", "owner"),
    GROUP("working_group", "working_group"),
    YEAR("season", null),
    LEVEL("level", "level"),
    SITE("site", "site");

    private final String column;
    private final @Nullable String words;

    Key(String column, @Nullable String words) {
      this.column = column;
      this.words = words;
    }

    public String label() {
      return name().toLowerCase(Locale.ROOT);
    }

    public static Optional<Key> ofLabel(String label) {
      return Arrays.stream(values()).filter(k -> k.label().equals(label)).findFirst();
    }

    private String shown() {
      return words == null
          ? "nullif(v." + column + ", 0)::text"
          : "(SELECT w.name FROM " + words + " w WHERE w.id = v." + column + ")";
    }

    /// Of files those that are live; copies count in whatever state.
    private String states() {
      return this == SITE ? "" : " AND v.state = 1";
    }

    private String rows() {
      return this == SITE ? "v.site <> 0" : "v.site = 0";
    }
  }

  /// @param value null for what is not known
  public record Amount(@Nullable String value, FileTotal total) {}

  /// What something had at the end of a day, in UTC.
  ///
  /// @param value null for what is not known
  public record DayAmount(LocalDate day, @Nullable String value, FileTotal total) {}

  private final Database database;

  public Accounting(Database database) {
    this.database = database;
  }

  /// What there is now, the largest first.
  public List<Amount> now(Key key) {
    Sql sql =
        new Sql()
            .add("SELECT " + key.shown() + ", sum(v.files)::bigint, sum(v.bytes)::bigint")
            .add(" FROM " + KEPT + " v WHERE " + key.rows() + key.states())
            .add(" GROUP BY 1 HAVING sum(v.files) <> 0 ORDER BY 3 DESC, 1 LIMIT ?", MOST_ROWS);
    return database.read(c -> {
      List<Amount> amounts = new ArrayList<>();
      try (PreparedStatement select = sql.prepare(c);
          ResultSet row = select.executeQuery()) {
        while (row.next()) {
          amounts.add(new Amount(row.getString(1), new FileTotal(row.getLong(2), row.getLong(3))));
        }
      }
      return amounts;
    });
  }

  /// What there was at the end of each day from `since` on, day after day.
  public List<DayAmount> overTime(Key key, LocalDate since) {
    Sql sql =
        new Sql()
            .add("SELECT v.day, " + key.shown() + ", sum(v.files)::bigint, sum(v.bytes)::bigint")
            .add(" FROM volume_day v WHERE v.day >= ?", since)
            .add(" AND " + key.rows() + " GROUP BY 1, 2 ORDER BY 1, 2 LIMIT ?", MOST_ROWS);
    return database.read(c -> {
      List<DayAmount> amounts = new ArrayList<>();
      try (PreparedStatement select = sql.prepare(c);
          ResultSet row = select.executeQuery()) {
        while (row.next()) {
          FileTotal total = new FileTotal(row.getLong(3), row.getLong(4));
          amounts.add(new DayAmount(row.getObject(1, LocalDate.class), row.getString(2), total));
        }
      }
      return amounts;
    });
  }

  /// Writes down what there is as the amounts of `day`, in the place of what was written before; to
  /// be called a few times a day, so that the last time is near the day's end.
  public void writeDown(LocalDate day) {
    database.inTransaction(c -> {
      // Two processes at once would each remove what is there and both write.
      new Sql().add("LOCK TABLE volume_day IN SHARE ROW EXCLUSIVE MODE").run(c);
      new Sql().add("DELETE FROM volume_day WHERE day = ?", day).run(c);
      return new Sql()
          .add(
              "INSERT INTO volume_day(day, site, season, level, owner, working_group, files, bytes)")
          .add(" SELECT ?, site, season, level, owner, working_group,", day)
          .add(" sum(files), sum(bytes) FROM " + KEPT + " v WHERE site <> 0 OR state = 1")
          .add(" GROUP BY 2, 3, 4, 5, 6 HAVING sum(files) <> 0")
          .run(c);
    });
  }

  /// All quotas with what is used of them, those that are exceeded first.
  public List<Quota> quotas() {
    Sql sql = new Sql();
    for (Key key : Key.values()) {
      String which =
          key.words == null
              ? " ON v." + key.column + "::text = q.name"
              : " ON v."
                  + key.column
                  + " = (SELECT w.id FROM "
                  + key.words
                  + " w WHERE w.name = q.name)";
      sql.add(key == Key.OWNER ? "" : " UNION ALL ")
          .add("SELECT q.kind, q.name, q.bytes, coalesce(sum(v.files), 0)::bigint,")
          .add(" coalesce(sum(v.bytes), 0)::bigint AS used FROM quota q LEFT JOIN " + KEPT + " v")
          .add(which + " AND " + key.rows() + key.states())
          .add(" WHERE q.kind = ? GROUP BY 1, 2, 3", key.label());
    }
    sql.add(" ORDER BY 1, 2");
    return database.read(c -> {
      List<Quota> quotas = new ArrayList<>();
      try (PreparedStatement select = sql.prepare(c);
          ResultSet row = select.executeQuery()) {
        while (row.next()) {
          FileTotal used = new FileTotal(row.getLong(4), row.getLong(5));
          Quota.Kind kind = Quota.Kind.ofLabel(row.getString(1)).orElseThrow();
          quotas.add(new Quota(kind, row.getString(2), row.getLong(3), used));
        }
      }
      quotas.sort((a, b) -> Boolean.compare(b.exceeded(), a.exceeded()));
      return quotas;
    });
  }

  /// Sets how much somebody may have; the same again changes nothing.
  ///
  /// @throws CatalogException `invalid-quota`
  public void setQuota(Quota.Kind kind, String name, long bytes, Cause cause) {
    if (bytes < 0 || name.isEmpty() || name.length() > 64 || name.indexOf('\0') >= 0) {
      throw CatalogException.of(
          "invalid-quota", "a quota has a name of at most 64 characters and is not negative");
    }
    database.inTransaction(c -> {
      @Nullable String before = known(c, kind, name);
      String after = Long.toString(bytes);
      if (after.equals(before)) {
        return false;
      }
      new Sql()
          .add("INSERT INTO quota(kind, name, bytes) VALUES (?, ?, ?)", kind.label(), name, bytes)
          .add(" ON CONFLICT (kind, name) DO UPDATE SET bytes = excluded.bytes")
          .run(c);
      record(c, kind.label() + "/" + name, cause, before, after);
      return true;
    });
  }

  /// @return whether there was one
  public boolean removeQuota(Quota.Kind kind, String name, Cause cause) {
    return database.inTransaction(c -> {
      @Nullable String before = known(c, kind, name);
      if (before == null) {
        return false;
      }
      new Sql().add("DELETE FROM quota WHERE kind = ? AND name = ?", kind.label(), name).run(c);
      record(c, kind.label() + "/" + name, cause, before, null);
      return true;
    });
  }

  private static @Nullable String known(Connection connection, Quota.Kind kind, String name)
      throws SQLException {
    Sql sql =
        new Sql()
            .add("SELECT bytes FROM quota WHERE kind = ? AND name = ? ", kind.label(), name)
            .add("FOR UPDATE");
    try (PreparedStatement select = sql.prepare(connection);
        ResultSet row = select.executeQuery()) {
      return row.next() ? Long.toString(row.getLong(1)) : null;
    }
  }

  private static void record(
      Connection connection, String id, Cause cause, @Nullable String from, @Nullable String to)
      throws SQLException {
    History.record(
        connection, new HistoryEntry(QUOTA, id, cause.who(), cause.why(), from, to, null));
  }
}
