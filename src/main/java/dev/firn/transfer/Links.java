package dev.firn.transfer;

import dev.firn.database.Database;
import dev.firn.database.History;
import dev.firn.database.HistoryRecord;
import dev.firn.transfer.link.Downtime;
import dev.firn.transfer.link.Hold;
import dev.firn.transfer.link.Link;
import dev.firn.transfer.link.LinkPolicy;
import dev.firn.transfer.link.TransferScheduler;
import dev.firn.transfer.link.TransferScheduler.LinkView;
import dev.firn.transfer.link.TransferScheduler.View;
import dev.firn.transfer.queue.LinkStore;
import dev.firn.transfer.queue.Queue;
import dev.firn.transfer.site.Sites;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The links between the known sites: what they may do, what they do now, what waits for them and
/// why, and when their sites rest.
public final class Links {
  /// Waiting transfers are counted up to here.
  public static final int COUNTED = 10_000;

  private final Database database;
  private final Sites sites;
  private final LinkPolicy usual;

  public Links(Transfers transfers, TransferConfig config) {
    this.database = transfers.database();
    this.sites = transfers.sites();
    this.usual = config.links();
  }

  public Sites sites() {
    return sites;
  }

  /// A link as it is now.
  ///
  /// @param waiting queued transfers by activity, each at most [#COUNTED]
  /// @param held why nothing more starts; null when something may
  public record Now(LinkView view, Map<String, Long> waiting, @Nullable Hold held) {
    public Link link() {
      return view.link();
    }

    public long waits() {
      return waiting.values().stream().mapToLong(n -> n).sum();
    }
  }

  /// Every link on which something moves or waits, or of which an operator or the scheduler said
  /// something.
  public List<Now> list() {
    return database.read(c -> {
      Instant now = Queue.now(c);
      Map<Link, Map<String, Long>> waiting = waiting(c);
      List<LinkView> views = Queue.views(c, Queue.all(sites), usual, 64);
      View view = new View(views, Queue.pauses(c), LinkStore.downtimes(c, now), Integer.MAX_VALUE);
      Map<Link, Hold> held = new TransferScheduler().plan(view, now).held();
      List<Now> all = new ArrayList<>();
      for (LinkView one : views) {
        Map<String, Long> waits = waiting.getOrDefault(one.link(), Map.of());
        boolean quiet = waits.isEmpty() && one.traffic().active() == 0;
        if (!quiet || !one.policy().equals(usual) || !one.level().decided().equals(Instant.EPOCH)) {
          all.add(new Now(one, waits, held.get(one.link())));
        }
      }
      return all;
    });
  }

  private Map<Link, Map<String, Long>> waiting(Connection connection) throws SQLException {
    Map<Link, Map<String, Long>> waiting = new java.util.HashMap<>();
    List<Link> all = Queue.all(sites);
    try (PreparedStatement select =
        connection.prepareStatement(
            """
            SELECT link.source, link.destination, a.name, n.waiting
            FROM unnest(?::text[], ?::text[]) AS link(source, destination)
            CROSS JOIN transfer_activity a
            CROSS JOIN LATERAL (
              SELECT count(*) AS waiting FROM (
                SELECT FROM (
                  SELECT source, destination, activity FROM transfer
                  WHERE state = 'queued' AND due
                  UNION ALL
                  SELECT source, destination, activity FROM transfer
                  WHERE state = 'queued' AND NOT due) t
                WHERE t.source = link.source COLLATE "C"
                  AND t.destination = link.destination COLLATE "C" AND t.activity = a.name
                LIMIT ?) first_few) n
            WHERE n.waiting > 0
            """)) {
      select.setArray(
          1, connection.createArrayOf("text", all.stream().map(l -> l.source().value()).toArray()));
      select.setArray(
          2,
          connection.createArrayOf(
              "text", all.stream().map(l -> l.destination().value()).toArray()));
      select.setInt(3, COUNTED);
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          waiting
              .computeIfAbsent(LinkStore.link(row), l -> new TreeMap<>())
              .put(row.getString("name"), row.getLong("waiting"));
        }
      }
    }
    return waiting;
  }

  /// What was said and found out about a link, newest first: each change of its number of transfers
  /// with its reason.
  public List<HistoryRecord> changes(String source, String destination, int limit) {
    String subject = source + " to " + destination;
    return database.read(c -> History.of(c, List.of(LinkStore.KIND), subject, 0, limit));
  }

  /// What a link may do now by policy.
  public LinkPolicy policy(Link link) {
    return database.read(c -> LinkStore.policies(c, usual).of(link));
  }

  /// Sets what a link may do; either end may be `*` for any site.
  public void set(String source, String destination, LinkPolicy policy, String who) {
    database.inTransaction(c -> {
      LinkStore.set(c, source, destination, policy, who);
      return 0;
    });
  }

  /// Downtimes that have not ended, the soonest first.
  public List<Downtime> downtimes() {
    return database.read(c -> LinkStore.downtimes(c, Queue.now(c)));
  }

  /// Plans a downtime.
  ///
  /// @return it, with its number
  /// @throws IllegalArgumentException when its site is not known
  public Downtime add(Downtime downtime) {
    sites.load(downtime.site());
    return database.inTransaction(c -> LinkStore.add(c, downtime));
  }

  /// Ends a downtime or takes it back.
  ///
  /// @return whether there was one
  public boolean removeDowntime(long id, String who) {
    return database.inTransaction(c -> LinkStore.remove(c, id, who));
  }
}
