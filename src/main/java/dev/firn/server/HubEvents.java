package dev.firn.server;

import dev.firn.catalog.Catalog;
import dev.firn.columnar.iceberg.IcebergTables;
import dev.firn.columnar.iceberg.TableFiles;
import dev.firn.database.Database;
import dev.firn.events.EventLook;
import dev.firn.events.EventRoutes;
import dev.firn.events.FirstLook;
import dev.firn.events.IcebergRoutes;
import dev.firn.events.Loads;
import dev.firn.events.Passes;
import dev.firn.events.query.Queries;
import dev.firn.http.Router;
import dev.firn.model.LogicalName;
import dev.firn.server.config.SiteConfig;
import dev.firn.storage.StorageArea;
import dev.firn.token.AccessPolicy;
import dev.firn.token.Authenticator;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Optional;

/// The event tables of a hub.
final class HubEvents implements AutoCloseable {
  private final LogicalName root;
  private final EventRoutes.Means means;
  private final FirstLook firstLook;

  HubEvents(SiteConfig site, SiteConfig.Hub config, Parts parts, String owner) {
    this.root = config.events().tables();
    IcebergTables tables =
        new IcebergTables(parts.database(), new TableFiles(parts.area(), site.url(), root));
    Passes passes = new Passes(parts.database(), parts.catalog(), tables, site.name());
    Loads loads =
        new Loads(
            parts.database(),
            parts.catalog(),
            passes,
            config.events().work(),
            owner,
            Clock.systemUTC());
    Queries queries = new Queries(config.events().queryLimit());
    Optional<Path> storage =
        site.s3().isPresent() ? Optional.empty() : Optional.of(site.door().storage());
    this.means =
        new EventRoutes.Means(parts.database(), parts.catalog(), passes, loads, queries, storage);
    this.firstLook = new FirstLook(means);
  }

  /// What a hub has already.
  record Parts(Database database, Catalog catalog, StorageArea area) {}

  /// Whether a name lies among the tables, where a file is recorded by the commit that needs it.
  boolean holds(LogicalName name) {
    return name.startsWith(root);
  }

  void addTo(Router router, Authenticator authenticator, AccessPolicy policy) {
    new EventRoutes(means, authenticator, policy).addTo(router);
    new IcebergRoutes(means.passes(), authenticator, policy).addTo(router);
  }

  Passes passes() {
    return means.passes();
  }

  /// What other rooms make of the rows of passes.
  EventRoutes.Means means() {
    return means;
  }

  /// What the console's pages show.
  EventLook look() {
    return new EventLook(means);
  }

  void start() {
    means.loads().start();
    firstLook.start();
  }

  @Override
  public void close() {
    firstLook.close();
    means.loads().close();
    means.queries().close();
  }
}
