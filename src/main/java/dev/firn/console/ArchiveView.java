package dev.firn.console;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One moment's picture of the archives.
///
/// @param kept copies by site, year and level
/// @param audits by site
/// @param quarantined bundles that wait for an operator, the newest first
public record ArchiveView(List<Kept> kept, List<Audit> audits, List<Quarantined> quarantined) {
  public ArchiveView {
    kept = List.copyOf(kept);
    audits = List.copyOf(audits);
    quarantined = List.copyOf(quarantined);
  }

  /// @param year empty where it is not known, as `level`
  public record Kept(String site, String year, String level, long files, long bytes) {}

  /// @param readLately bundles read in full in the last year
  /// @param neverRead bundles never read in full
  /// @param sampled bundles of which some members were read in the last year; they do not count as
  ///   read
  /// @param oldest when the copy was read that has gone unread for longest; null when one never was
  /// @param roundDays how long reading all of it once takes at the pace that is set; -1 for never
  public record Audit(
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
      long roundDays) {}

  /// @param was the state it was in
  public record Quarantined(String bundle, String site, long files, String was, String reason) {}
}
