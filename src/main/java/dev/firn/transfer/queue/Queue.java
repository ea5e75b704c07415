package dev.firn.transfer.queue;

import dev.firn.model.SiteName;
import dev.firn.transfer.link.Concurrency.Level;
import dev.firn.transfer.link.Link;
import dev.firn.transfer.link.LinkPolicy;
import dev.firn.transfer.link.TransferScheduler;
import dev.firn.transfer.link.TransferScheduler.Candidate;
import dev.firn.transfer.link.TransferScheduler.LinkView;
import dev.firn.transfer.link.TransferScheduler.Pause;
import dev.firn.transfer.link.TransferScheduler.Traffic;
import dev.firn.transfer.queue.LinkStore.Policies;
import dev.firn.transfer.site.Site;
import dev.firn.transfer.site.Sites;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What the scheduler sees of the database: a few candidates of each link, however long the queue.
public final class Queue {
  /// Planning is done by one process at a time, so that limits hold over all of them.
  private static final long PLANNING_LOCK = 0x4669726e_54505031L;

  private static final int LINED_UP_AT_ONCE = 100;

  private Queue() {}

  /// Whether this transaction may plan.
  public static boolean lock(Connection connection) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement("SELECT pg_try_advisory_xact_lock(?)")) {
      select.setLong(1, PLANNING_LOCK);
      try (ResultSet row = select.executeQuery()) {
        row.next();
        return row.getBoolean(1);
      }
    }
  }

  public static Instant now(Connection connection) throws SQLException {
    try (PreparedStatement select = connection.prepareStatement("SELECT now()");
        ResultSet row = select.executeQuery()) {
      row.next();
      return row.getObject(1, OffsetDateTime.class).toInstant();
    }
  }

  /// Links between the known sites that have something to start or something that runs, with the
  /// best candidates of each activity.
  public static List<LinkView> links(
      Connection connection, Sites sites, LinkPolicy usual, int slots) throws SQLException {
    return links(connection, all(sites), usual, slots);
  }

  /// Every ordered pair of sites.
  public static List<Link> all(Sites sites) {
    List<Link> all = new ArrayList<>();
    for (Site from : sites.list()) {
      for (Site to : sites.list()) {
        if (!from.equals(to)) {
          all.add(new Link(from.name(), to.name()));
        }
      }
    }
    return all;
  }

  /// Those of some links that have something to start or something that runs.
  public static List<LinkView> links(
      Connection connection, List<Link> some, LinkPolicy usual, int slots) throws SQLException {
    return views(connection, some, usual, slots).stream()
        .filter(v -> !v.ready().isEmpty() || !v.traffic().equals(Traffic.NONE))
        .toList();
  }

  /// All of some links, with the best candidates of each activity.
  public static List<LinkView> views(
      Connection connection, List<Link> some, LinkPolicy usual, int slots) throws SQLException {
    Policies policies = LinkStore.policies(connection, usual);
    Map<Link, Level> levels = LinkStore.levels(connection);
    Map<Link, Traffic> traffic = traffic(connection);
    List<LinkView> empty = new ArrayList<>();
    for (Link link : some) {
      LinkPolicy policy = policies.of(link);
      empty.add(
          new LinkView(
              link,
              policy,
              levels.getOrDefault(link, Level.first(policy)),
              traffic.getOrDefault(link, Traffic.NONE),
              List.of()));
    }
    Map<Link, List<Candidate>> ready = ready(connection, empty, slots);
    return empty.stream().map(v -> v.with(ready.getOrDefault(v.link(), List.of()))).toList();
  }

  /// Of each line as many as its link could start and one more, which says that something waits.
  private static Map<Link, List<Candidate>> ready(
      Connection connection, List<LinkView> links, int slots) throws SQLException {
    Map<Link, List<Candidate>> ready = new LinkedHashMap<>();
    try (PreparedStatement select =
        connection.prepareStatement(
            """
            SELECT link.source, link.destination, a.name AS activity, best.id, best.priority,
              best.size
            FROM unnest(?::text[], ?::text[], ?::int[]) AS link(source, destination, room)
            CROSS JOIN transfer_activity a
            CROSS JOIN LATERAL (
              SELECT id, priority, size FROM transfer t
              WHERE t.state = 'queued' AND t.due AND t.source = link.source COLLATE "C"
                AND t.destination = link.destination COLLATE "C" AND t.activity = a.name
              ORDER BY priority DESC, id LIMIT link.room) best
            """)) {
      ends(select, links.stream().map(LinkView::link).toList());
      select.setArray(
          3,
          connection.createArrayOf(
              "int", links.stream().map(v -> Math.clamp(v.room() + 1, 1, slots)).toArray()));
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          ready
              .computeIfAbsent(LinkStore.link(row), l -> new ArrayList<>())
              .add(
                  new Candidate(
                      row.getLong("id"),
                      row.getInt("priority"),
                      row.getString("activity"),
                      row.getLong("size")));
        }
      }
    }
    return ready;
  }

  /// The first two parameters of a statement that goes by links.
  private static void ends(PreparedStatement statement, List<Link> links) throws SQLException {
    Connection connection = statement.getConnection();
    statement.setArray(
        1, connection.createArrayOf("text", links.stream().map(l -> l.source().value()).toArray()));
    statement.setArray(
        2,
        connection.createArrayOf(
            "text", links.stream().map(l -> l.destination().value()).toArray()));
  }

  /// Puts transfers in line whose time for another attempt has come: the first of each, so that a
  /// site that comes back after a week holds no planning pass up.
  public static void lineUp(Connection connection, List<Link> links) throws SQLException {
    try (PreparedStatement update =
        connection.prepareStatement(
            """
            UPDATE transfer SET due = true WHERE id IN (
              SELECT id FROM transfer WHERE state = 'queued' AND id = ANY(ARRAY(
                SELECT late.id
                FROM unnest(?::text[], ?::text[]) AS link(source, destination)
                CROSS JOIN transfer_activity a
                CROSS JOIN LATERAL (
                  SELECT id FROM transfer t
                  WHERE t.state = 'queued' AND NOT t.due AND t.source = link.source COLLATE "C"
                    AND t.destination = link.destination COLLATE "C" AND t.activity = a.name
                    AND t.not_before <= now()
                  ORDER BY t.not_before LIMIT ?) late))
              FOR UPDATE SKIP LOCKED)
            """)) {
      ends(update, links);
      update.setInt(3, LINED_UP_AT_ONCE);
      update.executeUpdate();
    }
  }

  /// What moves now, by link.
  public static Map<Link, Traffic> traffic(Connection connection) throws SQLException {
    Map<Link, Map<String, Integer>> running = new HashMap<>();
    Map<Link, Long> rates = new HashMap<>();
    try (PreparedStatement select =
            connection.prepareStatement(
                "SELECT source, destination, activity, count(*) AS running,"
                    + " sum(bytes_per_second) AS rate FROM transfer WHERE state = 'active'"
                    + " GROUP BY source, destination, activity");
        ResultSet row = select.executeQuery()) {
      while (row.next()) {
        Link link = LinkStore.link(row);
        running
            .computeIfAbsent(link, l -> new HashMap<>())
            .put(row.getString("activity"), row.getInt("running"));
        rates.merge(link, row.getLong("rate"), Long::sum);
      }
    }
    Map<Link, Integer> lately = startedLately(connection);
    Map<Link, Traffic> traffic = new HashMap<>();
    running.forEach((link, by) ->
        traffic.put(
            link,
            new Traffic(
                by.values().stream().mapToInt(n -> n).sum(),
                by,
                rates.getOrDefault(link, 0L),
                lately.getOrDefault(link, 0))));
    lately.forEach(
        (link, started) -> traffic.putIfAbsent(link, new Traffic(0, Map.of(), 0, started)));
    return traffic;
  }

  /// Those that run still, and those that have ended; counted only where somebody limits it.
  private static Map<Link, Integer> startedLately(Connection connection) throws SQLException {
    Map<Link, Integer> lately = new HashMap<>();
    try (PreparedStatement select =
        connection.prepareStatement(
            """
            SELECT source, destination, count(*) AS started FROM (
              SELECT t.source, t.destination
              FROM transfer_attempt a JOIN transfer t ON t.id = a.transfer_id
              WHERE a.ended > now() - ? * interval '1 millisecond'
                AND a.started > now() - ? * interval '1 millisecond' AND a.action <> 'look'
              UNION ALL
              SELECT source, destination FROM transfer
              WHERE state = 'active' AND started > now() - ? * interval '1 millisecond') lately
            WHERE EXISTS (SELECT FROM link_policy WHERE files_per_second > 0)
            GROUP BY 1, 2
            """)) {
      for (int i = 1; i <= 3; i++) {
        select.setLong(i, TransferScheduler.LATELY.toMillis());
      }
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          lately.put(LinkStore.link(row), row.getInt("started"));
        }
      }
    }
    return lately;
  }

  public static List<Pause> pauses(Connection connection) throws SQLException {
    List<Pause> pauses = new ArrayList<>();
    try (PreparedStatement select =
            connection.prepareStatement(
                "SELECT site, failures, since, retry_at, why FROM transfer_site_pause"
                    + " ORDER BY site");
        ResultSet row = select.executeQuery()) {
      while (row.next()) {
        pauses.add(
            new Pause(
                new SiteName(row.getString("site")),
                row.getInt("failures"),
                Rows.loadInstant(row, "since"),
                Rows.loadInstant(row, "retry_at"),
                row.getString("why")));
      }
    }
    return pauses;
  }

  /// A site did not answer: nothing starts there for a while, twice as long each time in a row.
  /// Many transfers failing at once count as one.
  public static void pause(Connection connection, SiteName site, String why, RetryPolicy retries)
      throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement(
            """
            INSERT INTO transfer_site_pause AS p (site, failures, retry_at, why)
            VALUES (?, 1, now() + ? * interval '1 millisecond', ?)
            ON CONFLICT (site) DO UPDATE SET failures = p.failures + 1, why = EXCLUDED.why,
              retry_at = now() + LEAST(?, ? * power(2, LEAST(p.failures, 20)))
                * interval '1 millisecond'
            WHERE p.retry_at <= now()
            """)) {
      Duration first = retries.first();
      insert.setString(1, site.value());
      insert.setLong(2, first.toMillis());
      insert.setString(3, why);
      insert.setLong(4, retries.longest().toMillis());
      insert.setLong(5, first.toMillis());
      insert.executeUpdate();
    }
  }

  /// Sites that were spoken to are paused no longer.
  public static void answered(Connection connection, Collection<SiteName> sites)
      throws SQLException {
    if (sites.isEmpty()) {
      return;
    }
    try (PreparedStatement delete =
        connection.prepareStatement("DELETE FROM transfer_site_pause WHERE site = ANY(?)")) {
      delete.setArray(
          1, connection.createArrayOf("text", sites.stream().map(SiteName::value).toArray()));
      delete.executeUpdate();
    }
  }
}
