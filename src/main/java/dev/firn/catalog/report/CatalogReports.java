package dev.firn.catalog.report;

import dev.firn.database.Database;
import java.util.List;

/// The reports that the catalog takes by itself.
public final class CatalogReports {
  private CatalogReports() {}

  /// Duplicates, gaps and exceeded quotas.
  public static List<ReportSource> of(Database database) {
    return List.of(new Duplicates(database), new Gaps(database), new OverQuota(database));
  }
}
