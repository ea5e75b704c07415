package dev.firn.ingest.dropbox;

import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// How a box was when it was last looked at.
///
/// @param looked when that was; null before the first time
/// @param failure why it could not be looked at, why taking broke off, or why sources stay whose
///   copies cannot be read; null when all is well
/// @param waiting how many files are there that are not whole yet, or not taken
/// @param examples some of them, with the reason
/// @param oldest since when the one that waits longest has been as it is
/// @param notified whether the system says when something changes
public record BoxStatus(
    @Nullable Instant looked,
    @Nullable String failure,
    int waiting,
    Map<String, String> examples,
    @Nullable Instant oldest,
    boolean notified) {
  static final BoxStatus NEVER = new BoxStatus(null, null, 0, Map.of(), null, false);
}
