package dev.firn.archive;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// How archives stand: for pages and reports.
///
/// @param quarantined bundles that wait for an operator, the newest first
public record ArchiveStanding(List<SiteAudit> audits, List<Quarantined> quarantined) {
  /// @param readLately bundles that were read in full in the last year
  /// @param neverRead bundles that were never read in full
  /// @param sampled bundles of which some members were read in the last year
  /// @param oldest when the copy was read that has gone unread for longest; null when one never was
  /// @param round how long reading everything once takes at the pace that is set
  public record SiteAudit(
      String site,
      long bundles,
      long bytes,
      long readLately,
      long neverRead,
      long sampled,
      @Nullable Instant oldest,
      long damaged,
      long foundBad,
      long mended,
      Optional<Duration> round) {}

  /// @param was the state it was in
  public record Quarantined(Bundle bundle, String was) {}

  static ArchiveStanding of(CustodyReport report, ArchiveStore store, int limit) {
    List<SiteAudit> audits =
        report.sites().stream()
            .map(s ->
                new SiteAudit(
                    s.site(),
                    s.bundles(),
                    s.bytes(),
                    s.within(),
                    s.unread(),
                    s.sampled(),
                    s.oldest(),
                    s.damaged(),
                    s.found().differing(),
                    s.found().repaired(),
                    report.round(s)))
            .toList();
    List<Quarantined> quarantined =
        store.list(null, BundleState.QUARANTINED, limit).stream()
            .map(b -> new Quarantined(b, store.originalState(b.uuid())))
            .toList();
    return new ArchiveStanding(audits, quarantined);
  }
}
