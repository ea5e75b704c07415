package dev.firn.ingest.dropbox;

import dev.firn.catalog.Catalog;
import dev.firn.catalog.CatalogFile;
import dev.firn.catalog.Replica;
import dev.firn.catalog.Verification;
import dev.firn.catalog.VerifyOutcome;
import dev.firn.database.Database;
import dev.firn.ingest.IngestOutcome;
import dev.firn.ingest.Ingestor;
import dev.firn.model.Checksum;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.Checksums;
import dev.firn.model.LogicalName;
import dev.firn.model.ReplicaState;
import dev.firn.model.SiteName;
import dev.firn.storage.StorageArea;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Clock;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What is done with one file of a box: taking it, and removing its source. Every step may be the
/// last before a crash; what was done is found again by looking.
final class BoxWork {
  private static final Logger LOG = LoggerFactory.getLogger(BoxWork.class);

  /// What the boxes of a hub share.
  record Means(
      Database database, Catalog catalog, StorageArea area, Ingestor ingestor, SiteName site) {}

  private final DropBox box;
  private final Means means;
  private final DropBoxStore store;
  private final Clock clock;

  BoxWork(DropBox box, Means means, Clock clock) {
    this.box = box;
    this.means = means;
    this.store = new DropBoxStore(means.database);
    this.clock = clock;
  }

  String path(Path file) {
    return box.directory().relativize(file).toString();
  }

  /// Whether this very file was done with before.
  boolean known(Path file, long size, long modified, Origin origin) {
    return store
        .state(box.name(), path(file), size, modified, origin.text())
        .filter(state -> !state.equals("purged"))
        .isPresent();
  }

  /// Takes a file that is whole, and writes what became of it. Its turn may come long after the
  /// look: one that is written to by then, or was, is left to the next.
  void take(Look.Ready ready) throws IOException {
    if (!unchanged(ready.file(), ready.size(), ready.modified())
        || !OpenFiles.written(Set.of(ready.file())).isEmpty()) {
      return;
    }
    IngestOutcome outcome =
        means.ingestor.take(
            box.directory(),
            ready.file(),
            new Ingestor.Arrival(
                box.into(), ready.origin().checksums(), ready.size(), ready.modified()),
            "dropbox " + box.name());
    switch (outcome) {
      case IngestOutcome.Taken taken -> taken(ready, taken.name());
      case IngestOutcome.AlreadyThere there -> taken(ready, there.name());
      case IngestOutcome.Quarantined q ->
          refused(ready, "frame %d at offset %d: %s".formatted(q.frame(), q.offset(), q.reason()));
      case IngestOutcome.Conflict conflict -> refused(ready, conflict.reason());
      case IngestOutcome.Skipped skipped -> {
        if (unchanged(ready.file(), ready.size(), ready.modified())) {
          refused(ready, skipped.reason());
        }
      }
    }
  }

  private void taken(Look.Ready ready, LogicalName name) {
    Optional<CatalogFile> file = means.catalog.find(name);
    String sha512 =
        file.flatMap(f -> f.checksums().find(ChecksumAlgorithm.SHA512))
            .map(Checksum::hex)
            .orElse("");
    String state = box.copies() == 0 ? "kept" : "taken";
    put(ready, name.toString(), sha512, state, null);
  }

  private void refused(Look.Ready ready, String reason) {
    LOG.warn("drop box {} refuses {}: {}", box.name(), path(ready.file()), reason);
    put(ready, null, null, "refused", reason);
  }

  private void put(
      Look.Ready ready,
      @Nullable String name,
      @Nullable String sha512,
      String state,
      @Nullable String reason) {
    store.put(
        box.name(),
        new DropBoxStore.Row(
            0,
            path(ready.file()),
            ready.size(),
            ready.modified(),
            ready.origin().text(),
            name,
            sha512,
            state,
            reason,
            clock.instant()));
  }

  private static boolean unchanged(Path file, long size, long modified) throws IOException {
    try {
      BasicFileAttributes now =
          Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      return now.isRegularFile() && now.size() == size && Look.nanos(now) == modified;
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  /// Removes the source of a file that has its copies; says why not, when it has not.
  Optional<String> purge(DropBoxStore.Row row) throws IOException {
    Optional<CatalogFile> found =
        Optional.ofNullable(row.name()).map(LogicalName::parse).flatMap(means.catalog::find);
    if (found.isEmpty() || !sha512(found.get()).equals(row.sha512())) {
      return Optional.of("the catalog has other bytes under " + row.name());
    }
    CatalogFile file = found.get();
    Optional<String> bad = readBack(file);
    if (bad.isPresent()) {
      return bad;
    }
    long verified = verified(means.catalog.find(file.id()).orElse(file));
    if (verified < box.copies()) {
      return Optional.of("%d of %d copies are verified".formatted(verified, box.copies()));
    }
    Path source = box.directory().resolve(row.path());
    if (Files.exists(source, LinkOption.NOFOLLOW_LINKS)) {
      if (!unchanged(source, row.size(), row.modified())) {
        store.settle(box.name(), row, "changed", "the source is another file by now");
        return Optional.empty();
      }
      remove(source);
    }
    store.settle(box.name(), row, "purged", verified + " verified copies");
    return Optional.empty();
  }

  /// The file last: as long as it is there, what goes with it can be removed again.
  private void remove(Path source) throws IOException {
    Optional<String> semaphore = box.semaphoreOf(String.valueOf(source.getFileName()));
    if (semaphore.isPresent()) {
      Files.deleteIfExists(source.resolveSibling(semaphore.get()));
    }
    try {
      for (Path sidecar : Origin.of(source).files()) {
        Files.deleteIfExists(sidecar);
      }
    } catch (IllegalArgumentException e) {
      LOG.info("a sidecar of {} stays: {}", source, e.getMessage());
    }
    Files.deleteIfExists(source);
  }

  private static String sha512(CatalogFile file) {
    return file.checksums().find(ChecksumAlgorithm.SHA512).map(Checksum::hex).orElse("");
  }

  private static long verified(CatalogFile file) {
    return file.replicas().stream()
        .filter(r -> r.state() == ReplicaState.AVAILABLE && r.verified() != null)
        .count();
  }

  /// Reads the hub's own copy again, unless somebody did.
  private Optional<String> readBack(CatalogFile file) throws IOException {
    Optional<Replica> own = file.replicaAt(means.site);
    if (own.isEmpty() || own.get().state() != ReplicaState.AVAILABLE) {
      return Optional.of("there is no good copy at " + means.site);
    }
    if (own.get().verified() != null) {
      return Optional.empty();
    }
    Checksums seen = means.area.reread(own.get().path(), EnumSet.of(ChecksumAlgorithm.SHA512));
    long size =
        means
            .area
            .find(own.get().path())
            .orElseThrow(() -> new NoSuchFileException(own.get().path().toString()))
            .size();
    Verification verification =
        new Verification(file.id(), means.site, size, seen, "read back", clock.instant());
    VerifyOutcome outcome =
        means.database.inTransaction(
            c -> means.catalog.verify(c, verification, "dropbox " + box.name()));
    return outcome instanceof VerifyOutcome.Verified
        ? Optional.empty()
        : Optional.of("the copy at " + means.site + " does not agree: " + outcome);
  }

  List<DropBoxStore.Row> in(String state, long after, int limit) {
    return store.in(box.name(), state, after, limit);
  }
}
