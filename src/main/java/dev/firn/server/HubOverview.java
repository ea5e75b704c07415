package dev.firn.server;

import dev.firn.archive.Archivist;
import dev.firn.archive.Bundle;
import dev.firn.catalog.Catalog;
import dev.firn.catalog.Summary;
import dev.firn.console.ConsoleRoutes;
import dev.firn.console.Overview;
import dev.firn.ingest.IngestJobs;
import dev.firn.model.SiteName;
import dev.firn.model.TransferState;
import dev.firn.transfer.Transfers;
import dev.firn.transfer.queue.Transfer;
import dev.firn.transfer.site.Site;
import dev.firn.transfer.site.Sites;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/// Gathers the console's picture from the rooms below; every part of it is bounded.
final class HubOverview implements ConsoleRoutes.Source {
  /// The archive records its bundles in the catalog too; they are shown by themselves.
  private static final String BUNDLES = "bundle";

  private static final int MOST_TRANSFERS = 50;
  private static final int MOST_BUNDLES = 200;
  private static final int MOST_REFUSALS = 100;

  /// The rooms that are looked into.
  record Rooms(Catalog catalog, Transfers transfers, Archivist archivist, IngestJobs ingests) {}

  private final SiteName hub;
  private final Sites sites;
  private final Rooms rooms;
  private final Health health;
  private final InstantSource clock;

  HubOverview(SiteName hub, Sites sites, Rooms rooms, Health health, InstantSource clock) {
    this.hub = hub;
    this.sites = sites;
    this.rooms = rooms;
    this.health = health;
    this.clock = clock;
  }

  SiteName hub() {
    return hub;
  }

  @Override
  public Overview look() {
    Summary summary = rooms.catalog().summary();
    return new Overview(
        hub.value(),
        clock.instant(),
        health.troubles().entrySet().stream()
            .map(t -> new Overview.Trouble(t.getKey(), t.getValue().what()))
            .toList(),
        sites(summary),
        levels(summary),
        transfers(),
        rooms.archivist().list(MOST_BUNDLES).stream().map(HubOverview::custody).toList(),
        rooms.ingests().refusals(MOST_REFUSALS).stream()
            .map(r -> new Overview.Refusal(r.source(), r.reason(), r.at()))
            .toList());
  }

  /// Those that are configured, then others that the catalog has copies at.
  private List<Overview.Site> sites(Summary summary) {
    List<Overview.Site> all =
        new ArrayList<>(sites.list().stream().map(s -> site(s, summary)).toList());
    Set<SiteName> others = new TreeSet<>();
    summary.copies().forEach(copies -> others.add(copies.site()));
    sites.list().forEach(site -> others.remove(site.name()));
    for (SiteName other : others) {
      all.add(site(other, "", "not configured", summary));
    }
    return all;
  }

  private Overview.Site site(Site site, Summary summary) {
    String kind =
        site.name().equals(hub) ? "hub" : site.nearline() ? "nearline" : site.kind().label();
    return site(site.name(), site.url().toString(), kind, summary);
  }

  private static Overview.Site site(SiteName name, String url, String kind, Summary summary) {
    List<Overview.States> all = states(name, summary);
    return new Overview.Site(
        name.value(),
        url,
        kind,
        all.stream().mapToLong(Overview.States::files).sum(),
        all.stream().mapToLong(Overview.States::bytes).sum(),
        all);
  }

  private static List<Overview.States> states(SiteName site, Summary summary) {
    Map<String, Overview.States> states = new TreeMap<>();
    for (Summary.Copies copies : summary.copies()) {
      if (copies.site().equals(site)) {
        String state = copies.state().label();
        long files = copies.total().files();
        long verified = copies.verified() ? files : 0;
        states.merge(
            state,
            new Overview.States(state, files, copies.total().bytes(), verified),
            (a, b) ->
                new Overview.States(
                    state,
                    a.files() + b.files(),
                    a.bytes() + b.bytes(),
                    a.verified() + b.verified()));
      }
    }
    return List.copyOf(states.values());
  }

  private static List<Overview.Level> levels(Summary summary) {
    Map<String, Overview.Level> levels = new TreeMap<>();
    for (Summary.Level level : summary.levels()) {
      if (BUNDLES.equals(level.level())) {
        continue;
      }
      String name = level.level() == null ? "unknown" : level.level();
      levels.merge(
          name,
          new Overview.Level(name, level.total().files(), level.total().bytes()),
          (a, b) -> new Overview.Level(name, a.files() + b.files(), a.bytes() + b.bytes()));
    }
    return List.copyOf(levels.values());
  }

  /// Those that run, then those in doubt, then those that wait.
  private List<Overview.Movement> transfers() {
    List<Overview.Movement> movements = new ArrayList<>();
    for (TransferState state :
        List.of(TransferState.ACTIVE, TransferState.UNKNOWN, TransferState.QUEUED)) {
      for (Transfer t : rooms.transfers().list(state, 0, MOST_TRANSFERS)) {
        movements.add(
            new Overview.Movement(
                Long.toString(t.id()),
                t.request().to().path().toString(),
                t.request().from().site().value(),
                t.request().to().site().value(),
                t.state().label(),
                t.progress().bytes(),
                t.request().size(),
                state == TransferState.ACTIVE ? t.progress().bytesPerSecond() : 0,
                t.why()));
      }
    }
    return movements;
  }

  private static Overview.Custody custody(Bundle bundle) {
    String reason = bundle.reason();
    return new Overview.Custody(
        bundle.uuid().toString(),
        bundle.site().value(),
        bundle.fileCount(),
        Math.max(bundle.size(), bundle.memberBytes()),
        bundle.state().label(),
        bundle.verified(),
        reason != null ? reason : bundle.verified() == null ? "" : "read back: adler32, sha512");
  }
}
