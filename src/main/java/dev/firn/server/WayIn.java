package dev.firn.server;

import dev.firn.catalog.Catalog;
import dev.firn.catalog.area.AreaProgress;
import dev.firn.catalog.run.RunRoutes;
import dev.firn.catalog.run.Runs;
import dev.firn.console.ingest.IngestView;
import dev.firn.database.Database;
import dev.firn.http.Router;
import dev.firn.ingest.IngestConfig;
import dev.firn.ingest.IngestJobs;
import dev.firn.ingest.IngestRoutes;
import dev.firn.ingest.Ingestor;
import dev.firn.ingest.dropbox.DropBoxRoutes;
import dev.firn.ingest.dropbox.DropBoxes;
import dev.firn.ingest.inbox.InboxArchive;
import dev.firn.ingest.inbox.InboxRoutes;
import dev.firn.ingest.inbox.InboxTokens;
import dev.firn.ingest.inbox.Inboxes;
import dev.firn.ingest.index.IndexRoutes;
import dev.firn.ingest.index.IndexStore;
import dev.firn.ingest.names.FileNames;
import dev.firn.issuer.TokenRequest;
import dev.firn.issuer.TokenSigner;
import dev.firn.server.config.SiteConfig;
import dev.firn.storage.StorageArea;
import dev.firn.token.RequestPath;
import dev.firn.token.Right;
import java.io.IOException;
import java.time.Clock;
import java.util.List;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.Stream;

/// How data come to a hub: directories taken in by order, drop boxes, what indexers report, runs.
final class WayIn implements AutoCloseable {
  private final SiteConfig site;
  private final Database database;
  private final IngestJobs ingests;
  private final DropBoxes dropBoxes;
  private final Inboxes inboxes;

  /// What is there already.
  record Ground(Database database, Catalog catalog, StorageArea area, InboxArchive archive) {}

  WayIn(SiteConfig site, Ground ground, Clock clock) {
    Database database = ground.database();
    Catalog catalog = ground.catalog();
    StorageArea area = ground.area();
    SiteConfig.Hub config = site.hub().orElseThrow();
    this.site = site;
    this.database = database;
    IngestConfig settings = new IngestConfig(site.name(), config.ingest().quarantine(), false);
    Ingestor ingestor = new Ingestor(database, catalog, area, FileNames.shipped(), settings);
    this.ingests = new IngestJobs(database, ingestor, clock, UUID::randomUUID);
    this.dropBoxes =
        new DropBoxes(
            config.ingest().dropBoxes(),
            database,
            catalog,
            new DropBoxes.Ingesting(ingestor, area, site.name()),
            clock);
    this.inboxes =
        new Inboxes(
            database, catalog, new Inboxes.Place(area, site.name()), ground.archive(), clock);
  }

  /// Finishes what a crash interrupted, before the area is compared with the record.
  void recover() throws IOException {
    inboxes.recover();
  }

  /// What comes in, for the console.
  IngestView view(Supplier<AreaProgress> compared) {
    return new HubIngestView(
        new HubIngestView.Rooms(inboxes, new IndexStore(database), dropBoxes, ingests, compared));
  }

  IngestJobs ingests() {
    return ingests;
  }

  void addTo(Router router, Guard guard, TokenSigner signer) {
    new IngestRoutes(ingests, guard.authenticator(), guard.policy()).addTo(router);
    new IndexRoutes(database, site.name(), guard.authenticator(), guard.policy()).addTo(router);
    new DropBoxRoutes(dropBoxes, guard.authenticator(), guard.policy()).addTo(router);
    InboxTokens tokens =
        (subject, directory, life) -> {
          List<String> scopes =
              Stream.of(Right.READ, Right.CREATE, Right.MODIFY)
                  .map(right -> right.scopeName() + ":" + RequestPath.encode(directory))
                  .toList();
          return signer.sign(new TokenRequest(subject, site.url().toString(), scopes, life));
        };
    new InboxRoutes(inboxes, tokens, guard.authenticator(), guard.policy()).addTo(router);
    new RunRoutes(new Runs(database), guard.authenticator(), guard.policy()).addTo(router);
  }

  void start() {
    ingests.start();
    dropBoxes.start();
    inboxes.start();
  }

  @Override
  public void close() {
    inboxes.close();
    dropBoxes.close();
    ingests.close();
  }
}
