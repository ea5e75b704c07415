package dev.firn.server;

import dev.firn.archive.ArchiveCare;
import dev.firn.archive.ArchiveRoutes;
import dev.firn.archive.Archivist;
import dev.firn.archive.ArchivistConfig;
import dev.firn.archive.RemoteCopy;
import dev.firn.archive.request.ArchiveRequestRoutes;
import dev.firn.archive.request.ArchiveRequests;
import dev.firn.archive.request.RequestConfig;
import dev.firn.archive.takeover.Takeover;
import dev.firn.archive.takeover.TakeoverRoutes;
import dev.firn.catalog.Catalog;
import dev.firn.database.Database;
import dev.firn.door.admission.Admission;
import dev.firn.http.HttpFetcher;
import dev.firn.http.Router;
import dev.firn.ingest.inbox.InboxArchive;
import dev.firn.ingest.names.FileNames;
import dev.firn.model.LogicalName;
import dev.firn.model.SiteName;
import dev.firn.server.config.SiteConfig;
import dev.firn.storage.StorageArea;
import dev.firn.transfer.Transfers;
import dev.firn.transfer.execution.TransferTokens;
import dev.firn.transfer.site.Sites;
import java.time.Clock;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;

/// A hub's archive: bundles, requests for them, bundles that others packed, and the way back.
final class HubArchive {
  private final SiteConfig site;
  private final SiteConfig.Hub config;
  private final Parts parts;
  private final LogicalName prefix;
  private final Archivist archivist;
  private final ArchiveRequests requests;
  private final Recalls recalls;
  private final Takeover takeover;

  /// What a hub has already.
  record Parts(
      Database database, Catalog catalog, Sites sites, StorageArea area, Transfers transfers) {}

  /// What is spoken to sites with, and how.
  ///
  /// @param owner the name under which this process holds leases
  record Outward(String owner, HttpFetcher client, TransferTokens tokens) {}

  HubArchive(SiteConfig site, SiteConfig.Hub config, Parts parts, Outward outward, Clock clock) {
    this.site = site;
    this.config = config;
    this.parts = parts;
    this.prefix = site.door().area().child("archive");
    this.archivist = archivist(outward, clock);
    SiteConfig.Archive archive = config.archive();
    this.requests =
        new ArchiveRequests(
            parts.database,
            parts.catalog,
            site.name(),
            prefix,
            new RequestConfig(
                archive.requestPaths(), archive.requestLeast(), archive.bundleSize()));
    Recalls.Rooms rooms =
        new Recalls.Rooms(parts.database, parts.catalog, parts.sites, parts.area, archivist);
    this.recalls = new Recalls(site, config, rooms, outward.owner);
    this.takeover =
        new Takeover(
            parts.database,
            parts.catalog,
            new Takeover.Archives(
                parts.sites, new RemoteCopy(outward.client, outward.tokens), archivist.staging()),
            FileNames.shipped()::metadata,
            clock);
  }

  private Archivist archivist(Outward outward, Clock clock) {
    ArchivistConfig settings =
        ArchivistConfig.of(site.name())
            .withBundling(bundling())
            .withCare(config.archive().care(), careAt())
            .withLease(config.transfers().lease());
    Archivist.Means means =
        new Archivist.Means(
            parts.database,
            parts.catalog,
            parts.area,
            parts.transfers,
            parts.sites,
            outward.tokens,
            outward.client);
    return new Archivist(means, settings, clock, outward.owner, UUID::randomUUID);
  }

  private Map<SiteName, ArchiveCare> careAt() {
    return config.remotes().stream()
        .collect(Collectors.toMap(SiteConfig.Remote::name, SiteConfig.Remote::care));
  }

  private ArchivistConfig.Bundling bundling() {
    SiteConfig.Archive archive = config.archive();
    return new ArchivistConfig.Bundling(
        archive.bundleSize(),
        archive.bundleMostPercent(),
        archive.bundleAge(),
        archive.stagingQuota());
  }

  /// Below which bundles are staged.
  LogicalName prefix() {
    return prefix;
  }

  Archivist archivist() {
    return archivist;
  }

  InboxArchive inboxes() {
    return new HubInboxArchive(requests, parts.sites, site.name());
  }

  void addTo(Router router, Guard guard, Admission admission) {
    new ArchiveRoutes(archivist, guard.authenticator(), guard.policy()).addTo(router);
    new ArchiveRequestRoutes(requests, parts.sites, guard.authenticator(), guard.policy())
        .addTo(router);
    recalls.addTo(router, guard, admission);
    new TakeoverRoutes(takeover, parts.database, guard.authenticator(), guard.policy())
        .addTo(router);
  }

  /// Starts what works by itself; closing it stops it.
  void start(Cleanup started) {
    archivist.start();
    started.add(archivist);
    recalls.start();
    started.add(recalls);
  }
}
