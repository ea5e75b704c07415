package dev.firn.server;

import dev.firn.catalog.Catalog;
import dev.firn.catalog.dataset.Datasets;
import dev.firn.catalog.report.Reports;
import dev.firn.catalog.season.SeasonRuns;
import dev.firn.catalog.usage.Accounting;
import dev.firn.console.catalog.CatalogPages;
import dev.firn.database.Database;
import dev.firn.model.LogicalName;
import dev.firn.storage.ChannelStream;
import dev.firn.storage.ReadChannel;
import dev.firn.storage.StorageArea;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;

/// What the catalog's pages of a hub read from.
final class HubPages {
  private HubPages() {}

  static CatalogPages of(Database database, Catalog catalog, StorageArea area, Reports reports) {
    return new CatalogPages(
        new CatalogPages.Rooms(
            catalog,
            new Datasets(database, catalog),
            new SeasonRuns(database),
            new Accounting(database),
            reports,
            name -> open(area, name)));
  }

  private static Optional<InputStream> open(StorageArea area, LogicalName name) throws IOException {
    if (!name.startsWith(area.prefix()) || area.find(name).filter(o -> !o.directory()).isEmpty()) {
      return Optional.empty();
    }
    ReadChannel channel = area.open(name);
    return Optional.of(
        new FilterInputStream(new ChannelStream(channel)) {
          @Override
          public void close() throws IOException {
            channel.close();
          }
        });
  }
}
