package dev.firn.publication;

import dev.firn.catalog.Catalog;
import dev.firn.catalog.CatalogFile;
import dev.firn.catalog.FileQuery;
import dev.firn.catalog.Verification;
import dev.firn.catalog.VerifyOutcome;
import dev.firn.database.Database;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.Checksums;
import dev.firn.model.ReplicaState;
import dev.firn.model.SiteName;
import dev.firn.storage.StorageArea;
import dev.firn.storage.StorageException;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.util.Objects;
import java.util.Set;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Makes a snapshot's copies at this site verified, by reading each of them that no copy anywhere
/// has been verified for, or of which no sha256 is known, which Croissant wants. Broken off, it
/// goes on where it was.
final class ReadBack {
  private static final String HOW = "read back before publication";

  private static final Set<ChecksumAlgorithm> READ =
      Set.of(ChecksumAlgorithm.SHA512, ChecksumAlgorithm.SHA256);

  private final Database database;
  private final Catalog catalog;
  private final StorageArea area;
  private final SiteName site;
  private final Clock clock;

  ReadBack(Database database, Catalog catalog, StorageArea area, SiteName site, Clock clock) {
    this.database = database;
    this.catalog = catalog;
    this.area = area;
    this.site = site;
    this.clock = clock;
  }

  /// Takes one line a file: its name, and what became of it.
  @FunctionalInterface
  interface Lines {
    void accept(ObjectNode line) throws IOException;
  }

  void run(String snapshot, String who, Lines lines) throws IOException {
    catalog.queries().<IOException>stream(
        FileQuery.parse("in dataset " + snapshot),
        file -> {
          boolean verified =
              file.replicas().stream()
                  .anyMatch(r -> r.state() == ReplicaState.AVAILABLE && r.verified() != null);
          boolean unsummed = !Item.croissant(file.checksums()) && isHere(file);
          if (!verified || unsummed) {
            lines.accept(
                JsonNodeFactory.instance
                    .objectNode()
                    .put("name", file.name().toString())
                    .put("outcome", read(file, who)));
          }
        });
  }

  private boolean isHere(CatalogFile file) {
    return file.replicaAt(site)
        .filter(r -> r.bundle() == null && r.state() == ReplicaState.AVAILABLE)
        .isPresent();
  }

  private String read(CatalogFile file, String who) throws IOException {
    if (!isHere(file)) {
      return "no copy here";
    }
    Checksums found;
    try {
      found = area.reread(file.name(), READ);
    } catch (StorageException e) {
      return Objects.requireNonNullElse(e.getMessage(), "cannot be read");
    }
    long size = area.find(file.name()).map(o -> o.size()).orElse(-1L);
    Verification seen = new Verification(file.id(), site, size, found, HOW, clock.instant());
    return switch (database.inTransaction(c -> keep(c, file, seen, who))) {
      case VerifyOutcome.Verified verified -> "verified";
      case VerifyOutcome.Mismatch mismatch ->
          "differs: " + mismatch.known() + " is recorded, " + mismatch.found() + " was read";
      case VerifyOutcome.NotComparable none -> "not comparable: no sha512";
    };
  }

  /// What agrees is the file, and its other checksums are the file's too.
  private VerifyOutcome keep(Connection connection, CatalogFile file, Verification seen, String who)
      throws SQLException {
    VerifyOutcome outcome = catalog.verify(connection, seen, who);
    if (outcome instanceof VerifyOutcome.Verified) {
      catalog.addChecksums(connection, file.id(), seen.found());
    }
    return outcome;
  }
}
