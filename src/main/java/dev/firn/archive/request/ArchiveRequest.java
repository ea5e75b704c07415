package dev.firn.archive.request;

import dev.firn.model.SiteName;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// A request and how far it is.
///
/// @param query what was asked for
/// @param files of it in all
/// @param bytes of these
/// @param waiting files that no bundle was closed for yet
/// @param verified files in bundles that are in custody of the site
/// @param refused files that turned out not to be what the catalog says
/// @param bundles closed for it
public record ArchiveRequest(
    long id,
    SiteName site,
    String query,
    String who,
    Instant made,
    @Nullable Instant cancelled,
    long files,
    long bytes,
    long waiting,
    long verified,
    long refused,
    long bundles) {
  /// `waiting`, `under way`, `finished`, `finished with refusals` or `cancelled`.
  public String state() {
    if (cancelled != null) {
      return "cancelled";
    }
    if (verified + refused == files) {
      return refused == 0 ? "finished" : "finished with refusals";
    }
    return waiting == files ? "waiting" : "under way";
  }
}
