package dev.firn.server;

import dev.firn.archive.Archivist;
import dev.firn.archive.recall.RecallDesk;
import dev.firn.archive.recall.RecallEngine;
import dev.firn.archive.recall.RecallOrders;
import dev.firn.archive.recall.RecallRoutes;
import dev.firn.archive.tape.TapeRoutes;
import dev.firn.catalog.Catalog;
import dev.firn.database.Database;
import dev.firn.door.admission.Admission;
import dev.firn.http.Router;
import dev.firn.server.config.SiteConfig;
import dev.firn.storage.StorageArea;
import dev.firn.transfer.site.Sites;
import java.util.UUID;

/// What brings archived files back to a hub: its orders, its engine, and the tape REST API at its
/// own door.
final class Recalls implements AutoCloseable {
  private final SiteConfig site;
  private final Catalog catalog;
  private final Archivist archivist;
  private final RecallOrders orders;
  private final RecallEngine engine;

  /// What a hub has already.
  record Rooms(
      Database database, Catalog catalog, Sites sites, StorageArea area, Archivist archivist) {}

  /// @param owner names this process in leases
  Recalls(SiteConfig site, SiteConfig.Hub config, Rooms rooms, String owner) {
    this.site = site;
    this.catalog = rooms.catalog;
    this.archivist = rooms.archivist;
    this.orders =
        new RecallOrders(
            rooms.database, catalog, archivist.recall(), site.name(), UUID::randomUUID);
    RecallEngine.Means means =
        new RecallEngine.Means(
            rooms.database,
            catalog,
            rooms.area,
            rooms.sites,
            archivist.recall(),
            archivist.staging(),
            site.name());
    this.engine = new RecallEngine(means, owner, config.transfers().lease());
  }

  void addTo(Router router, Guard guard, Admission admission) {
    new RecallRoutes(orders, guard.authenticator(), guard.policy()).addTo(router);
    RecallDesk desk = new RecallDesk(orders, catalog, archivist.recall(), site.name());
    new TapeRoutes(site.name().value(), site::url, desk, guard.access(), admission).addTo(router);
  }

  void start() {
    engine.start();
  }

  @Override
  public void close() {
    engine.close();
  }
}
