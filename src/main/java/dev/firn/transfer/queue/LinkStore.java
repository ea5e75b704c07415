package dev.firn.transfer.queue;

import dev.firn.database.History;
import dev.firn.database.HistoryEntry;
import dev.firn.model.SiteName;
import dev.firn.transfer.link.Concurrency;
import dev.firn.transfer.link.Concurrency.Level;
import dev.firn.transfer.link.Concurrency.Seen;
import dev.firn.transfer.link.Downtime;
import dev.firn.transfer.link.Link;
import dev.firn.transfer.link.LinkCalendar;
import dev.firn.transfer.link.LinkPolicy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// What operators said of links and sites, and what was found out about them.
public final class LinkStore {
  /// The history's kind of changes to links: their subject is `madison to nersc`.
  public static final String KIND = "link";

  /// What a link becomes, in its history, when an operator says what it may do.
  public static final String SET = "policy set";

  /// The history's kind of downtimes.
  public static final String DOWNTIME = "downtime";

  /// Stands for any site in a policy.
  public static final String ANY = "*";

  private LinkStore() {}

  /// Policies as set, by source and destination, either of which may be [#ANY].
  public record Policies(Map<List<String>, LinkPolicy> set, LinkPolicy usual) {
    /// The most exact word on a link.
    public LinkPolicy of(Link link) {
      String from = link.source().value();
      String to = link.destination().value();
      for (List<String> key :
          List.of(List.of(from, to), List.of(from, ANY), List.of(ANY, to), List.of(ANY, ANY))) {
        LinkPolicy policy = set.get(key);
        if (policy != null) {
          return policy;
        }
      }
      return usual;
    }
  }

  public static Policies policies(Connection connection, LinkPolicy usual) throws SQLException {
    Map<List<String>, LinkPolicy> set = new HashMap<>();
    try (PreparedStatement select =
            connection.prepareStatement(
                "SELECT source, destination, blocked, start_transfers, most_transfers,"
                    + " bytes_per_second, files_per_second, shares, calendar FROM link_policy");
        ResultSet row = select.executeQuery()) {
      while (row.next()) {
        set.put(
            List.of(row.getString("source"), row.getString("destination")),
            new LinkPolicy(
                row.getBoolean("blocked"),
                row.getInt("start_transfers"),
                row.getInt("most_transfers"),
                row.getLong("bytes_per_second"),
                row.getDouble("files_per_second"),
                LinkPolicy.parseShares(row.getString("shares")),
                LinkCalendar.parse(row.getString("calendar"))));
      }
    }
    return new Policies(set, usual);
  }

  /// Sets what a link may do; `source` and `destination` may be [#ANY].
  public static void set(
      Connection connection, String source, String destination, LinkPolicy policy, String who)
      throws SQLException {
    String shares = shares(policy);
    try (PreparedStatement insert =
        connection.prepareStatement(
            """
            INSERT INTO link_policy (source, destination, blocked, start_transfers, most_transfers,
              bytes_per_second, files_per_second, shares, calendar, set_by)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (source, destination) DO UPDATE SET blocked = EXCLUDED.blocked,
              start_transfers = EXCLUDED.start_transfers, most_transfers = EXCLUDED.most_transfers,
              bytes_per_second = EXCLUDED.bytes_per_second,
              files_per_second = EXCLUDED.files_per_second, shares = EXCLUDED.shares,
              calendar = EXCLUDED.calendar, set_by = EXCLUDED.set_by, set_at = now()
            """)) {
      insert.setString(1, source);
      insert.setString(2, destination);
      insert.setBoolean(3, policy.blocked());
      insert.setInt(4, policy.start());
      insert.setInt(5, policy.most());
      insert.setLong(6, policy.bytesPerSecond());
      insert.setDouble(7, policy.filesPerSecond());
      insert.setString(8, shares);
      insert.setString(9, policy.calendar().text());
      insert.setString(10, who);
      insert.executeUpdate();
    }
    History.record(
        connection,
        new HistoryEntry(KIND, source + " to " + destination, who, describe(policy), null, SET));
  }

  private static String shares(LinkPolicy policy) {
    return String.join(
        ", ",
        new TreeMap<>(policy.shares())
            .entrySet().stream().map(e -> e.getKey() + "=" + e.getValue()).toList());
  }

  private static String describe(LinkPolicy policy) {
    return (policy.blocked() ? "blocked; " : "")
        + policy.start()
        + " to "
        + policy.most()
        + " transfers, "
        + policy.bytesPerSecond()
        + " bytes/s, "
        + policy.filesPerSecond()
        + " files/s (0: no limit), shares '"
        + shares(policy)
        + "', calendar '"
        + policy.calendar().text()
        + "'";
  }

  /// Levels that were found out, by link.
  public static Map<Link, Level> levels(Connection connection) throws SQLException {
    Map<Link, Level> levels = new HashMap<>();
    try (PreparedStatement select =
            connection.prepareStatement(
                "SELECT source, destination, allowed, rate, decided, rationale FROM link_level");
        ResultSet row = select.executeQuery()) {
      while (row.next()) {
        levels.put(
            link(row),
            new Level(
                row.getInt("allowed"),
                row.getDouble("rate"),
                Rows.loadInstant(row, "decided"),
                row.getString("rationale")));
      }
    }
    return levels;
  }

  /// The link that a row with columns `source` and `destination` names.
  public static Link link(ResultSet row) throws SQLException {
    return new Link(
        new SiteName(row.getString("source")), new SiteName(row.getString("destination")));
  }

  /// Looks at how links fared since they were looked at last, at least `over` ago, and adapts.
  ///
  /// @return the rationales of the changes that were made
  public static List<String> adapt(Connection connection, LinkPolicy usual, Duration over)
      throws SQLException {
    Instant now = Queue.now(connection);
    Map<Link, Seen> seen = seen(connection, over);
    Map<Link, Level> levels = levels(connection);
    Policies policies = policies(connection, usual);
    List<String> changes = new ArrayList<>();
    for (Map.Entry<Link, Seen> entry : seen.entrySet()) {
      Link link = entry.getKey();
      LinkPolicy policy = policies.of(link);
      Level before = levels.getOrDefault(link, Level.first(policy));
      Level after = Concurrency.next(before, entry.getValue(), policy, now);
      if (keep(connection, link, after, over) && after.allowed() != before.allowed()) {
        changes.add(link + ": " + after.rationale());
        History.record(
            connection,
            new HistoryEntry(
                KIND,
                link.toString(),
                "scheduler",
                after.rationale(),
                Integer.toString(before.allowed()),
                Integer.toString(after.allowed())));
      }
    }
    return changes;
  }

  private static Map<Link, Seen> seen(Connection connection, Duration over) throws SQLException {
    Map<Link, Seen> seen = new HashMap<>();
    try (PreparedStatement select =
        connection.prepareStatement(
            """
            SELECT t.source, t.destination,
              count(*) FILTER (WHERE a.outcome = 'done') AS done,
              count(*) FILTER (WHERE a.failure_class IN
                ('remote', 'checksum', 'unheard', 'capacity')) AS failed,
              COALESCE(sum(a.bytes), 0) AS bytes,
              EXISTS (SELECT FROM transfer q WHERE q.state = 'queued' AND q.due
                AND q.source = t.source AND q.destination = t.destination) AS waiting
            FROM transfer_attempt a JOIN transfer t ON t.id = a.transfer_id
            WHERE a.ended > now() - ? * interval '1 millisecond'
            GROUP BY t.source, t.destination
            """)) {
      select.setLong(1, over.toMillis());
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          seen.put(
              link(row),
              new Seen(
                  row.getInt("done"),
                  row.getInt("failed"),
                  row.getLong("bytes"),
                  over,
                  row.getBoolean("waiting")));
        }
      }
    }
    return seen;
  }

  /// @return false when another process looked at the link meanwhile
  private static boolean keep(Connection connection, Link link, Level level, Duration over)
      throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement(
            """
            INSERT INTO link_level AS l (source, destination, allowed, rate, decided, rationale)
            VALUES (?, ?, ?, ?, ?, ?)
            ON CONFLICT (source, destination) DO UPDATE SET allowed = EXCLUDED.allowed,
              rate = EXCLUDED.rate, decided = EXCLUDED.decided, rationale = EXCLUDED.rationale,
              looked = now()
            WHERE l.looked <= now() - ? * interval '1 millisecond'
            """)) {
      insert.setString(1, link.source().value());
      insert.setString(2, link.destination().value());
      insert.setInt(3, level.allowed());
      insert.setDouble(4, level.rate());
      insert.setObject(5, level.decided().atOffset(ZoneOffset.UTC));
      insert.setString(6, level.rationale());
      insert.setLong(7, over.toMillis() * 9 / 10);
      return insert.executeUpdate() > 0;
    }
  }

  /// Downtimes that have not ended, the soonest first.
  public static List<Downtime> downtimes(Connection connection, Instant now) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT id, site, begins, ends, why, created_by FROM site_downtime"
                + " WHERE removed IS NULL AND ends > ? ORDER BY begins, id")) {
      select.setObject(1, now.atOffset(ZoneOffset.UTC));
      List<Downtime> downtimes = new ArrayList<>();
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          downtimes.add(
              new Downtime(
                  row.getLong("id"),
                  new SiteName(row.getString("site")),
                  Rows.loadInstant(row, "begins"),
                  Rows.loadInstant(row, "ends"),
                  row.getString("why"),
                  row.getString("created_by")));
        }
      }
      return downtimes;
    }
  }

  /// Plans a downtime; its own number is ignored.
  ///
  /// @return it, with its number
  public static Downtime add(Connection connection, Downtime downtime) throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement(
            "INSERT INTO site_downtime (site, begins, ends, why, created_by)"
                + " VALUES (?, ?, ?, ?, ?) RETURNING id")) {
      insert.setString(1, downtime.site().value());
      insert.setObject(2, OffsetDateTime.ofInstant(downtime.from(), ZoneOffset.UTC));
      insert.setObject(3, OffsetDateTime.ofInstant(downtime.until(), ZoneOffset.UTC));
      insert.setString(4, downtime.why());
      insert.setString(5, downtime.createdBy());
      try (ResultSet row = insert.executeQuery()) {
        row.next();
        long id = row.getLong(1);
        String why = downtime.site() + " until " + downtime.until() + ": " + downtime.why();
        History.record(
            connection,
            new HistoryEntry(
                DOWNTIME, Long.toString(id), downtime.createdBy(), why, null, "planned"));
        return new Downtime(
            id,
            downtime.site(),
            downtime.from(),
            downtime.until(),
            downtime.why(),
            downtime.createdBy());
      }
    }
  }

  /// Ends or takes a downtime back.
  ///
  /// @return whether there was one
  public static boolean remove(Connection connection, long id, String who) throws SQLException {
    try (PreparedStatement update =
        connection.prepareStatement(
            "UPDATE site_downtime SET removed = now() WHERE id = ? AND removed IS NULL")) {
      update.setLong(1, id);
      boolean was = update.executeUpdate() > 0;
      if (was) {
        History.record(
            connection,
            new HistoryEntry(DOWNTIME, Long.toString(id), who, "taken back", "planned", null));
      }
      return was;
    }
  }
}
