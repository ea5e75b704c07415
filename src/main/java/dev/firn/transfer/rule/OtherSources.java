package dev.firn.transfer.rule;

import static java.util.stream.Collectors.toSet;

import dev.firn.catalog.Catalog;
import dev.firn.catalog.CatalogFile;
import dev.firn.model.SiteName;
import dev.firn.transfer.link.Routes.Leg;
import dev.firn.transfer.link.TransferScheduler.Pause;
import dev.firn.transfer.queue.Queue;
import dev.firn.transfer.queue.TransferStore;
import dev.firn.transfer.rule.Asking.Way;
import dev.firn.transfer.site.Site;
import dev.firn.transfer.site.Sites;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/// Copies that wait for a source that has not answered for long are made from another that has the
/// file and answers: a site may be away for ever.
final class OtherSources {
  /// Shorter spells are waited for.
  static final Duration PATIENCE = Duration.ofHours(1);

  private static final int AT_ONCE = 500;

  private final Catalog catalog;
  private final Sites sites;
  private final TransferStore transfers;

  /// Up to which transfer it was looked.
  private long last;

  OtherSources(Catalog catalog, Sites sites, TransferStore transfers) {
    this.catalog = catalog;
    this.sites = sites;
    this.transfers = transfers;
  }

  /// A copy whose transfer is queued and begins at a silent source.
  private record Waiting(
      long request, long file, long rule, SiteName site, Old transfer, SiteName from) {}

  /// @param touched whether it may have left something at its destination
  private record Old(long id, SiteName to, boolean touched) {}

  /// Looks at the next few that wait, in the order of their transfers, and begins anew at the end.
  ///
  /// @return whether there may be more
  boolean step(Connection connection) throws SQLException {
    List<Waiting> waiting = waiting(connection);
    last = waiting.size() < AT_ONCE ? 0 : waiting.getLast().transfer().id();
    Map<Waiting, Leg> others = others(connection, waiting);
    if (others.isEmpty()) {
      return last > 0;
    }
    for (Map.Entry<Waiting, Leg> one : others.entrySet()) {
      takeBack(connection, one.getKey(), one.getValue());
    }
    Map<Long, CatalogFile> files = files(connection, others.keySet()); // as they are after that
    Map<Long, ReplicationRule> rules = rules(connection);
    Asking asking = new Asking(connection, sites, transfers);
    others.forEach((one, leg) ->
        asking.queue(
            Objects.requireNonNull(files.get(one.file())),
            Objects.requireNonNull(rules.get(one.rule())),
            one.request(),
            one.site(),
            new Way(leg, left(one.transfer(), leg))));
    asking.finish();
    return last > 0;
  }

  /// The ways from sources that answer, of those that there is one for.
  private Map<Waiting, Leg> others(Connection connection, List<Waiting> waiting)
      throws SQLException {
    Map<Waiting, Leg> others = new LinkedHashMap<>();
    if (waiting.isEmpty()) {
      return others;
    }
    Ways ways = Ways.load(connection, sites);
    Set<SiteName> silent = Queue.pauses(connection).stream().map(Pause::site).collect(toSet());
    Map<Long, CatalogFile> files = files(connection, waiting);
    Map<Long, ReplicationRule> rules = rules(connection);
    for (Waiting one : waiting) {
      CatalogFile file = files.get(one.file());
      if (file != null && rules.containsKey(one.rule())) {
        ways.leg(file, one.site(), silent)
            .filter(leg -> !ways.down().contains(leg.from()))
            .ifPresent(leg -> others.put(one, leg));
      }
    }
    return others;
  }

  private Map<Long, CatalogFile> files(Connection connection, Collection<Waiting> waiting)
      throws SQLException {
    Map<Long, CatalogFile> files = new HashMap<>();
    catalog
        .find(connection, waiting.stream().map(Waiting::file).distinct().toList())
        .forEach(f -> files.put(f.id(), f));
    return files;
  }

  private static Map<Long, ReplicationRule> rules(Connection connection) throws SQLException {
    Map<Long, ReplicationRule> rules = new HashMap<>();
    RuleStore.inForce(connection).forEach(r -> rules.put(r.id(), r));
    return rules;
  }

  /// Whether what lies at the end of a way is what the transfer left that is taken back: a Firn
  /// door publishes whole files only.
  private boolean left(Old transfer, Leg leg) {
    return transfer.touched()
        && leg.via().equals(transfer.to())
        && sites.load(transfer.to()).kind() != Site.Kind.FIRN;
  }

  /// Only those whose transfer nobody else waits for: the others' way may be another.
  private List<Waiting> waiting(Connection connection) throws SQLException {
    List<Waiting> waiting = new ArrayList<>();
    try (PreparedStatement select =
        connection.prepareStatement(
            """
            SELECT q.id, q.file_id, q.rule_id, q.site, t.id AS transfer, t.source, t.destination,
              t.touched
            FROM transfer_site_pause p
              JOIN transfer t ON t.source = p.site AND t.state = 'queued'
              JOIN copy_request q ON q.transfer_id = t.id AND q.state = 'assigned'
            WHERE p.since < now() - ? * interval '1 millisecond' AND t.id > ?
              AND NOT EXISTS (SELECT FROM copy_request o WHERE o.transfer_id = t.id
                AND o.id <> q.id AND o.state = 'assigned')
            ORDER BY t.id LIMIT ? FOR UPDATE OF t, q SKIP LOCKED
            """)) {
      select.setLong(1, PATIENCE.toMillis());
      select.setLong(2, last);
      select.setInt(3, AT_ONCE);
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          waiting.add(
              new Waiting(
                  row.getLong("id"),
                  row.getLong("file_id"),
                  row.getLong("rule_id"),
                  new SiteName(row.getString("site")),
                  new Old(
                      row.getLong("transfer"),
                      new SiteName(row.getString("destination")),
                      row.getBoolean("touched")),
                  new SiteName(row.getString("source"))));
        }
      }
    }
    return waiting;
  }

  private void takeBack(Connection connection, Waiting one, Leg leg) throws SQLException {
    String why =
        "%s has not answered for long, and %s has the file".formatted(one.from(), leg.from());
    CopyRequests.reopen(connection, one.request(), why);
    transfers.cancel(connection, one.transfer().id(), "rules", why);
  }
}
