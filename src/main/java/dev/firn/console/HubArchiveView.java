package dev.firn.console;

import dev.firn.archive.ArchiveStanding;
import dev.firn.archive.Archivist;
import dev.firn.archive.Bundle;
import dev.firn.catalog.Catalog;
import dev.firn.catalog.FileQuery;
import dev.firn.catalog.Grouping;
import dev.firn.database.HistoryRecord;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/// Looks into a hub's archives for the console.
public record HubArchiveView(Catalog catalog, Archivist archivist)
    implements Supplier<ArchiveView>, ArchivePage.Bundles {
  private static final int MOST_QUARANTINED = 200;

  @Override
  public ArchiveView get() {
    ArchiveStanding standing = archivist.standing(MOST_QUARANTINED);
    Set<String> archives =
        standing.audits().stream()
            .map(ArchiveStanding.SiteAudit::site)
            .collect(Collectors.toUnmodifiableSet());
    return new ArchiveView(
        kept(archives),
        standing.audits().stream().map(HubArchiveView::view).toList(),
        standing.quarantined().stream()
            .map(q ->
                new ArchiveView.Quarantined(
                    q.bundle().uuid().toString(),
                    q.bundle().site().value(),
                    q.bundle().fileCount(),
                    q.was(),
                    String.valueOf(q.bundle().reason())))
            .toList());
  }

  @Override
  public Optional<Bundle> find(UUID uuid) {
    return archivist.find(uuid);
  }

  @Override
  public List<HistoryRecord> history(UUID uuid) {
    return archivist.history(uuid);
  }

  @Override
  public boolean resume(UUID uuid, String who) {
    return archivist.resume(uuid, who);
  }

  /// What lies at the sites that have custody of bundles, from the totals that the catalog keeps:
  /// nothing is counted for it. Bundles are left out, because their members are in the rows.
  private List<ArchiveView.Kept> kept(Set<String> archives) {
    return catalog
        .queries()
        .groups(FileQuery.EVERYTHING, Grouping.parse("site,year,level"))
        .stream()
        .filter(g -> archives.contains(String.valueOf(g.values().getFirst())))
        .filter(g -> !Bundle.LEVEL.equals(g.values().get(2)))
        .map(g ->
            new ArchiveView.Kept(
                Objects.requireNonNullElse(g.values().get(0), ""),
                Objects.requireNonNullElse(g.values().get(1), ""),
                Objects.requireNonNullElse(g.values().get(2), ""),
                g.total().files(),
                g.total().bytes()))
        .toList();
  }

  private static ArchiveView.Audit view(ArchiveStanding.SiteAudit audit) {
    return new ArchiveView.Audit(
        audit.site(),
        audit.bundles(),
        audit.bytes(),
        audit.readLately(),
        audit.neverRead(),
        audit.sampled(),
        audit.oldest(),
        audit.damaged(),
        audit.foundBad(),
        audit.mended(),
        audit.round().map(d -> d.toDays() + 1).orElse(-1L));
  }
}
