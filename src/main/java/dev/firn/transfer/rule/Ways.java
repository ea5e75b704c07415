package dev.firn.transfer.rule;

import dev.firn.catalog.CatalogFile;
import dev.firn.catalog.Replica;
import dev.firn.model.ReplicaState;
import dev.firn.model.SiteName;
import dev.firn.transfer.link.LinkPolicy;
import dev.firn.transfer.link.Routes;
import dev.firn.transfer.link.Routes.Leg;
import dev.firn.transfer.link.Routes.Stop;
import dev.firn.transfer.queue.LinkStore;
import dev.firn.transfer.queue.LinkStore.Policies;
import dev.firn.transfer.queue.Queue;
import dev.firn.transfer.site.Site;
import dev.firn.transfer.site.Sites;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/// The ways that files can take between sites now, as far as the record knows.
///
/// @param down sites that have a downtime now, or do not answer
record Ways(Sites sites, Policies policies, Set<SiteName> down) {
  static Ways load(Connection connection, Sites sites) throws SQLException {
    Instant now = Queue.now(connection);
    Set<SiteName> down = new HashSet<>();
    LinkStore.downtimes(connection, now).stream()
        .filter(d -> d.holds(now))
        .forEach(d -> down.add(d.site()));
    Queue.pauses(connection).forEach(p -> down.add(p.site()));
    return new Ways(sites, LinkStore.policies(connection, LinkPolicy.fixed(1)), Set.copyOf(down));
  }

  /// Whether a copy is there to copy from.
  static boolean isSource(Replica replica) {
    return replica.state() == ReplicaState.AVAILABLE && replica.bundle() == null;
  }

  /// The first step of a file's way to a site; empty when there is none.
  Optional<Leg> leg(CatalogFile file, SiteName to) {
    return leg(file, to, Set.of());
  }

  /// The same from other sources than some.
  Optional<Leg> leg(CatalogFile file, SiteName to, Set<SiteName> without) {
    return Routes.first(
        file.replicas().stream()
            .filter(r -> isSource(r) && !without.contains(r.site()))
            .flatMap(r -> sites.find(r.site()).stream())
            .map(this::stop)
            .toList(),
        to,
        sites.list().stream().filter(s -> mayStop(file, s)).map(this::stop).toList(),
        link -> policies.of(link).blocked());
  }

  /// Whether a file can be taken to a site to be copied on: what a bundle holds there is no source,
  /// and what is being deleted does not come back.
  private static boolean mayStop(CatalogFile file, Site site) {
    return file.replicaAt(site.name())
        .filter(r -> r.bundle() != null || r.state() == ReplicaState.DELETING)
        .isEmpty();
  }

  private Stop stop(Site site) {
    return new Stop(site.name(), site.nearline(), down.contains(site.name()));
  }
}
