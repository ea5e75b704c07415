package dev.firn.archive;

import dev.firn.archive.ArchiveStore.Member;
import dev.firn.archive.Packing.Waiting;
import dev.firn.catalog.Catalog;
import dev.firn.catalog.CatalogFile;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.Checksums;
import dev.firn.model.LogicalName;
import dev.firn.model.ReplicaState;
import dev.firn.model.SiteName;
import dev.firn.transfer.rule.CopyRequest;
import dev.firn.transfer.rule.CopyRequests;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Supplier;

/// Turns the bundled copies that rules ask for into closed bundles, site by site and rule by rule.
final class Collector {
  private static final int BATCH = 20_000;

  private final ArchiveStore store;
  private final Catalog catalog;
  private final ArchivistConfig config;
  private final Clock clock;
  private final Supplier<UUID> ids;

  Collector(
      ArchiveStore store,
      Catalog catalog,
      ArchivistConfig config,
      Clock clock,
      Supplier<UUID> ids) {
    this.store = store;
    this.catalog = catalog;
    this.config = config;
    this.clock = clock;
    this.ids = ids;
  }

  /// Closes what is due, and everything that waits when `flush`.
  ///
  /// @return how many bundles were closed
  int collect(boolean flush) {
    int closed = 0;
    for (SiteName site : store.database().read(CopyRequests::sitesWaiting)) {
      closed += store.database().inTransaction(c -> collect(c, site, flush));
    }
    return closed;
  }

  private int collect(Connection connection, SiteName site, boolean flush) throws SQLException {
    Instant now = clock.instant();
    Map<Long, CatalogFile> files = new HashMap<>();
    Map<Long, List<Waiting>> byRule = new TreeMap<>();
    for (CopyRequest request : CopyRequests.lockOpen(connection, site, BATCH)) {
      Optional<CatalogFile> file =
          catalog.find(connection, request.fileId()).filter(this::isOnline);
      if (file.isPresent()) {
        files.put(request.fileId(), file.get());
        byRule
            .computeIfAbsent(request.ruleId(), k -> new ArrayList<>())
            .add(
                new Waiting(
                    request.id(),
                    request.fileId(),
                    file.get().name(),
                    file.get().size(),
                    request.since()));
      }
    }
    Packing.Limits limits = new Packing.Limits(config.target().bytes(), config.maxAge(), flush);
    int closed = 0;
    for (List<Waiting> waiting : byRule.values()) {
      for (List<Waiting> chosen : Packing.plan(waiting, limits, now)) {
        close(connection, site, chosen, files, now);
        closed++;
      }
    }
    return closed;
  }

  /// Whether the hub has a copy that can be packed; else the request waits. Bundles are not packed
  /// into bundles, whatever a rule's pattern covers.
  private boolean isOnline(CatalogFile file) {
    return file.live()
        && !file.name().startsWith(config.prefix())
        && file.checksums().find(ChecksumAlgorithm.SHA512).isPresent()
        && file.replicaAt(config.hub())
            .filter(r -> r.state() == ReplicaState.AVAILABLE && r.bundle() == null)
            .isPresent();
  }

  private void close(
      Connection connection,
      SiteName site,
      List<Waiting> chosen,
      Map<Long, CatalogFile> files,
      Instant now)
      throws SQLException {
    UUID uuid = ids.get();
    LogicalName requestPath = Packing.commonDirectory(chosen);
    List<Member> members = new ArrayList<>();
    for (Waiting waiting : chosen) {
      CatalogFile file = files.get(waiting.fileId());
      if (file == null) {
        throw new IllegalStateException("file " + waiting.fileId() + " was not loaded");
      }
      String path = String.join("/", waiting.name().below(requestPath));
      members.add(
          Member.toPack(
              file.id(),
              new BundleMember(
                  file.uuid(),
                  path,
                  file.size(),
                  file.checksums().load(ChecksumAlgorithm.SHA512),
                  CatalogRecord.of(file))));
    }
    Bundle bundle =
        new Bundle(
            uuid,
            site,
            requestPath,
            config.prefix().child(site.value()).child(uuid + ".zip"),
            BundleState.CLOSED,
            now.truncatedTo(ChronoUnit.SECONDS),
            members.size(),
            chosen.stream().mapToLong(Waiting::size).sum(),
            -1,
            Checksums.NONE,
            false,
            OptionalLong.empty(),
            0,
            false,
            false,
            null,
            null,
            null);
    store.insert(connection, bundle, members);
    CopyRequests.assign(
        connection, chosen.stream().map(Waiting::request).toList(), uuid, Archivist.WHO);
  }
}
