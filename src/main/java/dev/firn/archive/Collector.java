package dev.firn.archive;

import dev.firn.archive.Packing.Waiting;
import dev.firn.archive.request.RequestedFiles;
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
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.Stream;

/// Turns the bundled copies that rules and archive requests ask for into closed bundles, site by
/// site and asker by asker.
final class Collector {
  private static final int BATCH = 20_000;
  private static final int PAGE = 1000;

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

  /// Closes what is due, and everything that waits when `flush`. Nothing is closed for a site that
  /// is drained, and no more than may be staged.
  ///
  /// @return how many bundles were closed
  int collect(boolean flush) {
    Set<SiteName> sites = new TreeSet<>();
    sites.addAll(store.database().read(CopyRequests::sitesWaiting));
    sites.addAll(store.database().read(RequestedFiles::sites));
    int closed = 0;
    for (SiteName site : sites) {
      closed += store.database().inTransaction(c -> collect(c, site, flush));
    }
    return closed;
  }

  /// Who asked: a rule or a request. Files of different askers are not packed together.
  private record Asker(boolean rule, long id) implements Comparable<Asker> {
    @Override
    public int compareTo(Asker other) {
      int kind = Boolean.compare(rule, other.rule);
      return kind == 0 ? Long.compare(id, other.id) : kind;
    }
  }

  private int collect(Connection connection, SiteName site, boolean flush) throws SQLException {
    // One hub at a time for a site: two would each fill the quota, and cut what waits in two.
    if (RequestedFiles.drained(connection, site)
        || !RequestedFiles.alone(connection, site, flush)) {
      return 0;
    }
    Instant now = clock.instant();
    List<RequestedFiles.Waiting> requested =
        RequestedFiles.lock(connection, site, config.hub(), BATCH);
    List<CopyRequest> ruled = CopyRequests.lockOpen(connection, site, config.hub(), BATCH);
    Map<Long, CatalogFile> files =
        load(
            connection,
            Stream.concat(
                requested.stream().map(RequestedFiles.Waiting::fileId),
                ruled.stream().map(CopyRequest::fileId)));
    Map<Asker, List<Waiting>> byAsker = new TreeMap<>();
    for (RequestedFiles.Waiting asked : requested) {
      CatalogFile file = files.get(asked.fileId());
      if (file != null) {
        byAsker
            .computeIfAbsent(new Asker(false, asked.request()), k -> new ArrayList<>())
            .add(waiting(asked.request(), file, asked.since()));
      }
    }
    for (CopyRequest asked : ruled) {
      CatalogFile file = files.get(asked.fileId());
      if (file != null) {
        byAsker
            .computeIfAbsent(new Asker(true, asked.ruleId()), k -> new ArrayList<>())
            .add(waiting(asked.id(), file, asked.since()));
      }
    }
    ArchivistConfig.Bundling sizes = config.bundling();
    long target = sizes.target().bytes();
    Packing.Limits limits =
        new Packing.Limits(target, target * sizes.mostPercent() / 100, sizes.maxAge(), flush);
    long staged = sizes.quota().bytes() == 0 ? 0 : store.staged(connection, site);
    int closed = 0;
    for (Map.Entry<Asker, List<Waiting>> waiting : byAsker.entrySet()) {
      for (List<Waiting> chosen : Packing.plan(waiting.getValue(), limits, now)) {
        long before = staged;
        staged += chosen.stream().mapToLong(Waiting::size).sum();
        // One bundle always fits, else a quota smaller than a bundle would stop everything.
        if (before > 0 && sizes.quota().bytes() > 0 && staged > sizes.quota().bytes()) {
          return closed;
        }
        UUID bundle = close(connection, site, chosen, files, now);
        assign(connection, waiting.getKey(), chosen, bundle);
        closed++;
      }
    }
    return closed;
  }

  private static Waiting waiting(long request, CatalogFile file, Instant since) {
    return new Waiting(request, file.id(), file.name(), file.size(), since);
  }

  /// Those of the files that can be packed now.
  private Map<Long, CatalogFile> load(Connection connection, Stream<Long> ids) throws SQLException {
    List<Long> all = ids.distinct().toList();
    Map<Long, CatalogFile> files = new HashMap<>();
    for (int i = 0; i < all.size(); i += PAGE) {
      catalog.find(connection, all.subList(i, Math.min(all.size(), i + PAGE))).stream()
          .filter(this::isOnline)
          .forEach(f -> files.put(f.id(), f));
    }
    return files;
  }

  private static void assign(Connection connection, Asker asker, List<Waiting> chosen, UUID bundle)
      throws SQLException {
    if (asker.rule) {
      CopyRequests.assign(
          connection, chosen.stream().map(Waiting::request).toList(), bundle, Archivist.WHO);
    } else {
      RequestedFiles.assign(
          connection, asker.id, chosen.stream().map(Waiting::fileId).toList(), bundle);
    }
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

  private UUID close(
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
    return uuid;
  }
}
