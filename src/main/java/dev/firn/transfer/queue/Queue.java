package dev.firn.transfer.queue;

import dev.firn.model.SiteName;
import dev.firn.transfer.link.TransferScheduler.Candidate;
import dev.firn.transfer.link.TransferScheduler.Link;
import dev.firn.transfer.link.TransferScheduler.LinkView;
import dev.firn.transfer.link.TransferScheduler.Pause;
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

  /// Links between the known sites that have something to start, with their best candidates.
  public static List<LinkView> links(Connection connection, Sites sites, int perLink)
      throws SQLException {
    Map<Link, List<Candidate>> ready = new LinkedHashMap<>();
    List<String> sources = new ArrayList<>();
    List<String> destinations = new ArrayList<>();
    for (Site from : sites.list()) {
      for (Site to : sites.list()) {
        if (!from.equals(to)) {
          sources.add(from.name().value());
          destinations.add(to.name().value());
        }
      }
    }
    try (PreparedStatement select =
        connection.prepareStatement(
            """
            SELECT link.source, link.destination, best.id, best.priority
            FROM unnest(?::text[], ?::text[]) AS link(source, destination)
            CROSS JOIN LATERAL (
              SELECT id, priority FROM transfer t
              WHERE t.state = 'queued' AND t.source = link.source COLLATE "C"
                AND t.destination = link.destination COLLATE "C" AND t.not_before <= now()
              ORDER BY priority DESC, id LIMIT ?) best
            """)) {
      select.setArray(1, connection.createArrayOf("text", sources.toArray()));
      select.setArray(2, connection.createArrayOf("text", destinations.toArray()));
      select.setInt(3, perLink);
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          ready
              .computeIfAbsent(link(row), l -> new ArrayList<>())
              .add(new Candidate(row.getLong("id"), row.getInt("priority")));
        }
      }
    }
    Map<Link, Integer> active = active(connection);
    List<LinkView> views = new ArrayList<>();
    ready.forEach(
        (link, best) -> views.add(new LinkView(link, active.getOrDefault(link, 0), best)));
    active.forEach((link, count) -> {
      if (!ready.containsKey(link)) {
        views.add(new LinkView(link, count, List.of()));
      }
    });
    return views;
  }

  public static Map<Link, Integer> active(Connection connection) throws SQLException {
    Map<Link, Integer> active = new HashMap<>();
    try (PreparedStatement select =
            connection.prepareStatement(
                "SELECT source, destination, count(*) FROM transfer WHERE state = 'active'"
                    + " GROUP BY source, destination");
        ResultSet row = select.executeQuery()) {
      while (row.next()) {
        active.put(link(row), row.getInt(3));
      }
    }
    return active;
  }

  private static Link link(ResultSet row) throws SQLException {
    return new Link(
        new SiteName(row.getString("source")), new SiteName(row.getString("destination")));
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
