package dev.firn.processing;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;

/// Rows of `campaign`, `campaign_input` and `campaign_lack`.
final class CampaignStore {
  private static final int AT_ONCE = 10_000;
  private static final String SELECT =
      "SELECT c.id, c.name, c.state, p.name AS pass, c.query, d.name AS snapshot, c.good_runs,"
          + " c.gcd, c.command, c.unit_events, c.lease_seconds, c.limit_seconds, c.expected, c.who,"
          + " c.created, c.trouble FROM campaign c JOIN event_pass p ON p.id = c.pass"
          + " JOIN dataset d ON d.id = c.snapshot ";

  private CampaignStore() {}

  static Optional<Campaign> find(Connection connection, String name) throws SQLException {
    try (PreparedStatement select = connection.prepareStatement(SELECT + "WHERE c.name = ?")) {
      select.setString(1, name);
      return campaigns(select).stream().findFirst();
    }
  }

  static List<Campaign> list(Connection connection) throws SQLException {
    try (PreparedStatement select = connection.prepareStatement(SELECT + "ORDER BY c.id DESC")) {
      return campaigns(select);
    }
  }

  private static List<Campaign> campaigns(PreparedStatement select) throws SQLException {
    List<Campaign> found = new ArrayList<>();
    try (ResultSet row = select.executeQuery()) {
      while (row.next()) {
        found.add(
            new Campaign(
                row.getInt("id"),
                row.getString("name"),
                Campaign.State.ofLabel(row.getString("state")),
                row.getString("pass"),
                row.getString("query"),
                row.getString("snapshot"),
                row.getString("good_runs"),
                row.getString("gcd"),
                row.getString("command"),
                row.getInt("unit_events"),
                Duration.ofSeconds(row.getInt("lease_seconds")),
                Duration.ofSeconds(row.getInt("limit_seconds")),
                row.getLong("expected"),
                row.getString("who"),
                row.getObject("created", OffsetDateTime.class).toInstant(),
                row.getString("trouble")));
      }
    }
    return found;
  }

  /// What a new campaign is.
  record New(
      String name,
      int pass,
      String query,
      int snapshot,
      String goodRuns,
      Campaigns.Wish wish,
      long expected,
      String who) {}

  static int insert(Connection connection, New campaign) throws SQLException {
    Campaigns.Wish wish = campaign.wish();
    try (PreparedStatement insert =
        connection.prepareStatement(
            "INSERT INTO campaign(name, state, pass, query, snapshot, good_runs, gcd, command,"
                + " unit_events, lease_seconds, limit_seconds, expected, who)"
                + " VALUES (?, 'planned', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id")) {
      insert.setString(1, campaign.name());
      insert.setInt(2, campaign.pass());
      insert.setString(3, campaign.query());
      insert.setInt(4, campaign.snapshot());
      insert.setString(5, campaign.goodRuns());
      insert.setString(6, wish.gcd());
      insert.setString(7, wish.command());
      insert.setInt(8, wish.unitEvents());
      insert.setLong(9, wish.lease().toSeconds());
      insert.setLong(10, wish.limit().toSeconds());
      insert.setLong(11, campaign.expected());
      insert.setString(12, campaign.who());
      try (ResultSet row = insert.executeQuery()) {
        row.next();
        return row.getInt(1);
      }
    }
  }

  /// Removes a plan that never ran.
  static boolean discard(Connection connection, int campaign) throws SQLException {
    try (PreparedStatement delete =
        connection.prepareStatement("DELETE FROM campaign WHERE id = ? AND state = 'planned'")) {
      delete.setInt(1, campaign);
      return delete.executeUpdate() == 1;
    }
  }

  static void addInputs(Connection connection, int campaign, List<Readiness.Verdict> verdicts)
      throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement(
            "INSERT INTO campaign_input(campaign, file_id, run, events, gcd_file, excluded)"
                + " VALUES (?, ?, ?, ?, ?, ?)")) {
      int batched = 0;
      for (Readiness.Verdict verdict : verdicts) {
        insert.setInt(1, campaign);
        insert.setLong(2, verdict.input().file());
        insert.setObject(3, verdict.input().run());
        insert.setLong(4, verdict.events());
        insert.setObject(5, verdict.gcd());
        insert.setString(6, verdict.excluded());
        insert.addBatch();
        if (++batched % AT_ONCE == 0) {
          insert.executeBatch();
        }
      }
      insert.executeBatch();
    }
  }

  static void addLacks(Connection connection, int campaign, List<Readiness.Lack> lacks)
      throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement(
            "INSERT INTO campaign_lack(campaign, run, what) VALUES (?, ?, ?)")) {
      for (Readiness.Lack lack : lacks) {
        insert.setInt(1, campaign);
        insert.setInt(2, lack.run());
        insert.setString(3, lack.what());
        insert.addBatch();
      }
      insert.executeBatch();
    }
  }

  static List<Readiness.Lack> lacks(Connection connection, int campaign) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT run, what FROM campaign_lack WHERE campaign = ? ORDER BY run, what")) {
      select.setInt(1, campaign);
      List<Readiness.Lack> found = new ArrayList<>();
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          found.add(new Readiness.Lack(row.getInt(1), row.getString(2)));
        }
      }
      return found;
    }
  }

  static void addUnits(Connection connection, int campaign, List<Units.Unit> units)
      throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement(
            "INSERT INTO campaign_unit(id, campaign, seq, file_id, first, events, state)"
                + " SELECT u.id, ?, u.seq, u.file_id, u.first, u.events, 'ready' FROM unnest("
                + "?::uuid[], ?::bigint[], ?::bigint[], ?::bigint[], ?::bigint[])"
                + " AS u(id, seq, file_id, first, events)")) {
      for (int from = 0; from < units.size(); from += AT_ONCE) {
        List<Units.Unit> some = units.subList(from, Math.min(units.size(), from + AT_ONCE));
        UUID[] ids = some.stream().map(Units.Unit::id).toArray(UUID[]::new);
        insert.setInt(1, campaign);
        insert.setArray(2, connection.createArrayOf("uuid", ids));
        longs(connection, insert, 3, some.stream().map(Units.Unit::seq).toArray(Long[]::new));
        longs(connection, insert, 4, some.stream().map(Units.Unit::file).toArray(Long[]::new));
        longs(connection, insert, 5, some.stream().map(Units.Unit::first).toArray(Long[]::new));
        longs(connection, insert, 6, some.stream().map(Units.Unit::events).toArray(Long[]::new));
        insert.executeUpdate();
      }
    }
  }

  private static void longs(Connection c, PreparedStatement to, int at, Long[] values)
      throws SQLException {
    to.setArray(at, c.createArrayOf("bigint", values));
  }

  /// Changes the state when it is one of `from`.
  static boolean setState(
      Connection connection, int campaign, List<Campaign.State> from, Campaign.State to)
      throws SQLException {
    try (PreparedStatement update =
        connection.prepareStatement(
            "UPDATE campaign SET state = ?, changed = now(), trouble = ''"
                + " WHERE id = ? AND state = ANY(?)")) {
      update.setString(1, to.label());
      update.setInt(2, campaign);
      Object[] labels = from.stream().map(Campaign.State::label).toArray();
      update.setArray(3, connection.createArrayOf("text", labels));
      return update.executeUpdate() == 1;
    }
  }

  static void setTrouble(Connection connection, int campaign, String trouble) throws SQLException {
    try (PreparedStatement update =
        connection.prepareStatement("UPDATE campaign SET trouble = ? WHERE id = ?")) {
      update.setString(1, trouble.replace("\0", "\\0"));
      update.setInt(2, campaign);
      update.executeUpdate();
    }
  }

  /// Events and units by the state of units.
  record Sum(long units, long events) {}

  static Map<String, Sum> sums(Connection connection, int campaign) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT state, count(*), sum(events)::bigint FROM campaign_unit"
                + " WHERE campaign = ? GROUP BY state")) {
      select.setInt(1, campaign);
      Map<String, Sum> sums = new TreeMap<>();
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          sums.put(row.getString(1), new Sum(row.getLong(2), row.getLong(3)));
        }
      }
      return sums;
    }
  }

  /// Events of excluded files, files, and the files that are in.
  record InputSum(long excludedEvents, long excludedFiles, long files) {}

  static InputSum inputs(Connection connection, int campaign) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT coalesce(sum(events) FILTER (WHERE excluded IS NOT NULL), 0)::bigint,"
                + " count(*) FILTER (WHERE excluded IS NOT NULL), count(*)"
                + " FROM campaign_input WHERE campaign = ?")) {
      select.setInt(1, campaign);
      try (ResultSet row = select.executeQuery()) {
        row.next();
        return new InputSum(row.getLong(1), row.getLong(2), row.getLong(3) - row.getLong(2));
      }
    }
  }

  /// Which campaign under way reads a file, as an input or with one.
  static Optional<String> reader(Connection connection, long fileId) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT c.name FROM campaign c WHERE c.state IN ('planned', 'running', 'folding')"
                + " AND EXISTS (SELECT FROM campaign_input i WHERE i.campaign = c.id"
                + " AND i.excluded IS NULL AND (i.file_id = ? OR i.gcd_file = ?)) LIMIT 1")) {
      select.setLong(1, fileId);
      select.setLong(2, fileId);
      try (ResultSet row = select.executeQuery()) {
        return row.next() ? Optional.of(row.getString(1)) : Optional.empty();
      }
    }
  }
}
