package dev.firn.transfer.rule;

import dev.firn.database.History;
import dev.firn.database.HistoryEntry;
import dev.firn.transfer.queue.Rows;
import dev.firn.transfer.rule.ReplicationRule.Grouping;
import dev.firn.transfer.rule.ReplicationRule.Handling;
import dev.firn.transfer.rule.ReplicationRule.Placing;
import dev.firn.transfer.rule.ReplicationRule.Selection;
import dev.firn.transfer.rule.ReplicationRule.Wanted;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/// Rules in the database.
final class RuleStore {
  private static final String SELECT =
      "SELECT id, pattern, level, query, site, copies, grouping, bundled, priority, activity, expires,"
          + " only_to, account, created_by, created FROM replication_rule WHERE ";

  private RuleStore() {}

  /// Those in force, oldest first.
  static List<ReplicationRule> inForce(Connection connection) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(SELECT + "removed IS NULL ORDER BY id")) {
      return rows(select);
    }
  }

  static Optional<ReplicationRule> find(Connection connection, long id) throws SQLException {
    try (PreparedStatement select = connection.prepareStatement(SELECT + "id = ?")) {
      select.setLong(1, id);
      return rows(select).stream().findFirst();
    }
  }

  private static List<ReplicationRule> rows(PreparedStatement select) throws SQLException {
    List<ReplicationRule> rules = new ArrayList<>();
    try (ResultSet row = select.executeQuery()) {
      while (row.next()) {
        long last = row.getLong("only_to");
        OptionalLong onlyTo = row.wasNull() ? OptionalLong.empty() : OptionalLong.of(last);
        rules.add(
            new ReplicationRule(
                row.getLong("id"),
                wanted(row, onlyTo.isEmpty()),
                row.getString("account"),
                row.getString("created_by"),
                Rows.loadInstant(row, "created"),
                onlyTo));
      }
    }
    return rules;
  }

  private static Wanted wanted(ResultSet row, boolean standing) throws SQLException {
    return new Wanted(
        new Selection(
            NamePattern.parse(row.getString("pattern")),
            row.getString("level"),
            row.getString("query")),
        new Placing(
            SiteExpression.parse(row.getString("site")),
            row.getInt("copies"),
            Grouping.ofLabel(row.getString("grouping")),
            row.getBoolean("bundled")),
        new Handling(
            row.getInt("priority"),
            row.getString("activity"),
            Rows.instant(row, "expires"),
            standing));
  }

  /// @return its number; empty when one that says the same is in force
  static OptionalLong insert(Connection connection, Wanted wanted, String account, String who)
      throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement(
            """
            INSERT INTO replication_rule (pattern, level, query, site, copies, grouping, bundled,
              priority, activity, expires, only_to, account, created_by)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?,
              CASE WHEN ? THEN NULL ELSE (SELECT coalesce(max(id), 0) FROM file) END, ?, ?)
            ON CONFLICT DO NOTHING RETURNING id
            """)) {
      insert.setString(1, wanted.what().pattern().toString());
      insert.setString(2, wanted.what().level());
      insert.setString(3, wanted.what().query());
      insert.setString(4, wanted.where().at().toString());
      insert.setInt(5, wanted.where().copies());
      insert.setString(6, wanted.where().grouping().label());
      insert.setBoolean(7, wanted.where().bundled());
      insert.setInt(8, wanted.how().priority());
      insert.setString(9, wanted.how().activity());
      insert.setObject(10, at(wanted.how().expires()));
      insert.setBoolean(11, wanted.how().standing());
      insert.setString(12, account);
      insert.setString(13, who);
      try (ResultSet row = insert.executeQuery()) {
        return row.next() ? OptionalLong.of(row.getLong(1)) : OptionalLong.empty();
      }
    }
  }

  static void change(Connection connection, long id, Handling how) throws SQLException {
    try (PreparedStatement update =
        connection.prepareStatement(
            "UPDATE replication_rule SET priority = ?, activity = ?, expires = ? WHERE id = ?")) {
      update.setInt(1, how.priority());
      update.setString(2, how.activity());
      update.setObject(3, at(how.expires()));
      update.setLong(4, id);
      update.executeUpdate();
    }
  }

  /// What somebody has cancelled of a rule is asked for again.
  static void askAgain(Connection connection, long id) throws SQLException {
    try (PreparedStatement update =
        connection.prepareStatement(
            """
            UPDATE replication_rule r SET caught_up = false,
              looked_at_to = CASE WHEN r.caught_up THEN q.first - 1
                ELSE LEAST(r.looked_at_to, q.first - 1) END
            FROM (SELECT min(file_id) AS first FROM copy_request c WHERE rule_id = ? AND %s) q
            WHERE r.id = ? AND q.first IS NOT NULL
            """
                .formatted(CopyRequests.CANCELLED))) {
      update.setLong(1, id);
      update.setLong(2, id);
      update.executeUpdate();
    }
  }

  private static @Nullable Object at(@Nullable Instant instant) {
    return instant == null ? null : instant.atOffset(ZoneOffset.UTC);
  }

  /// @return whether it was in force
  static boolean remove(Connection connection, long id, String who, String why)
      throws SQLException {
    try (PreparedStatement update =
        connection.prepareStatement(
            "UPDATE replication_rule SET removed = now() WHERE id = ? AND removed IS NULL")) {
      update.setLong(1, id);
      boolean was = update.executeUpdate() > 0;
      if (was) {
        record(connection, id, new Change(who, why, "in force", null));
      }
      return was;
    }
  }

  /// A change of a rule: by whom and why, from and to which state.
  record Change(String who, String why, @Nullable String from, @Nullable String to) {}

  static void record(Connection connection, long id, Change change) throws SQLException {
    History.record(
        connection,
        new HistoryEntry(
            Rules.KIND, Long.toString(id), change.who(), change.why(), change.from(), change.to()));
  }
}
