package dev.firn.transfer.deletion;

import dev.firn.catalog.Catalog;
import dev.firn.catalog.CatalogFile;
import dev.firn.catalog.Replica;
import dev.firn.catalog.ReplicaChange;
import dev.firn.catalog.Verification;
import dev.firn.database.Database;
import dev.firn.model.Checksums;
import dev.firn.model.LogicalName;
import dev.firn.model.ReplicaState;
import dev.firn.model.SiteName;
import dev.firn.transfer.execution.Destinations;
import dev.firn.transfer.execution.Destinations.Expected;
import dev.firn.transfer.execution.Destinations.Finding;
import dev.firn.transfer.site.Place;
import dev.firn.transfer.site.Site;
import dev.firn.transfer.site.Sites;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Copies of older versions that a transfer was to overwrite and has not: it failed for good, or
/// was cancelled. They are suspect from the moment that it was about to; what lies there is looked
/// at.
final class Unreplaced {
  private static final Duration PATIENCE = Duration.ofMinutes(10);

  private final Database database;
  private final Catalog catalog;
  private final Sites sites;
  private final Destinations destinations;

  Unreplaced(Database database, Catalog catalog, Sites sites, Destinations destinations) {
    this.database = database;
    this.catalog = catalog;
    this.sites = sites;
    this.destinations = destinations;
  }

  /// A transfer is about to overwrite a copy.
  static void note(Connection connection, long fileId, Place place, long transfer)
      throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement(
            "INSERT INTO replacing (file_id, site, path, transfer) VALUES (?, ?, ?, ?)"
                + " ON CONFLICT (file_id, site) DO UPDATE SET path = EXCLUDED.path,"
                + " transfer = EXCLUDED.transfer, not_before = now()")) {
      insert.setLong(1, fileId);
      insert.setString(2, place.site().value());
      insert.setString(3, place.path().toString());
      insert.setLong(4, transfer);
      insert.executeUpdate();
    }
  }

  static void forget(Connection connection, long fileId, SiteName site) throws SQLException {
    try (PreparedStatement delete =
        connection.prepareStatement("DELETE FROM replacing WHERE file_id = ? AND site = ?")) {
      delete.setLong(1, fileId);
      delete.setString(2, site.value());
      delete.executeUpdate();
    }
  }

  private record Left(long fileId, Place place) {}

  /// Looks at some of those whose transfer has ended.
  void look(int limit) {
    for (Left one : database.inTransaction(c -> claim(c, limit))) {
      Optional<CatalogFile> file = database.read(c -> catalog.find(c, one.fileId()));
      Optional<Site> site = sites.find(one.place().site());
      if (file.isPresent() && site.isPresent()) {
        Expected expected = new Expected(file.get().size(), file.get().checksums());
        Finding found =
            site.get().nearline()
                ? destinations.look(site.get(), one.place(), expected)
                : destinations.read(site.get(), one.place(), expected);
        database.inTransaction(c -> {
          settle(c, one, found);
          return 0;
        });
      }
    }
  }

  /// Nobody else looks at these for so long.
  private static List<Left> claim(Connection connection, int limit) throws SQLException {
    try (PreparedStatement update =
        connection.prepareStatement(
            """
            UPDATE replacing SET not_before = now() + ? * interval '1 millisecond'
            WHERE (file_id, site) IN (SELECT file_id, site FROM replacing r
              WHERE not_before <= now() AND NOT EXISTS (SELECT FROM transfer t
                WHERE t.id = r.transfer AND t.state IN ('queued', 'active', 'unknown'))
              ORDER BY not_before LIMIT ? FOR UPDATE SKIP LOCKED)
            RETURNING file_id, site, path
            """)) {
      update.setLong(1, PATIENCE.toMillis());
      update.setInt(2, limit);
      List<Left> left = new ArrayList<>();
      try (ResultSet row = update.executeQuery()) {
        while (row.next()) {
          Place place =
              new Place(
                  new SiteName(row.getString("site")), LogicalName.parse(row.getString("path")));
          left.add(new Left(row.getLong("file_id"), place));
        }
      }
      return left;
    }
  }

  /// Unless a transfer has been let write there again meanwhile, which waits for the same lock.
  private void settle(Connection connection, Left one, Finding found) throws SQLException {
    ReapStore.await(connection);
    SiteName site = one.place().site();
    if (!ReapStore.inUse(connection, site, List.of(one.fileId())).isEmpty()) {
      return;
    }
    Optional<Replica> copy =
        catalog
            .lock(connection, one.fileId())
            .flatMap(f -> f.replicaAt(site))
            .filter(r -> r.bundle() == null && r.state() == ReplicaState.SUSPECT)
            .filter(r -> r.path().equals(one.place().path()));
    if (copy.isEmpty()) {
      forget(connection, one.fileId(), site);
      return;
    }
    switch (found) {
      case Finding.Right(String by, Checksums compared) when !compared.values().isEmpty() -> {
        CatalogFile file = catalog.find(connection, one.fileId()).orElseThrow();
        catalog.verify(
            connection,
            new Verification(file.id(), site, file.size(), compared, by, Instant.now()),
            Reaper.WHO);
        forget(connection, one.fileId(), site);
      }
      case Finding.Wrong(String what) -> bad(connection, one, what);
      case Finding.Absent _ -> bad(connection, one, "nothing lies at " + one.place());
      case Finding.Right _, Finding.CannotTell _ -> {
        // it is looked at again
      }
    }
  }

  private void bad(Connection connection, Left one, String what) throws SQLException {
    SiteName site = one.place().site();
    String why = "the transfer that was to replace it has ended: " + what;
    catalog.setReplica(
        connection, ReplicaChange.to(one.fileId(), site, ReplicaState.BAD), Reaper.WHO, why);
    forget(connection, one.fileId(), site);
  }
}
