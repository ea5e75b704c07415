package dev.firn.archive.recall;

import java.time.Instant;
import java.util.UUID;

/// An order to bring archived files back, and how far it is.
///
/// @param what was asked for, in words
/// @param priority 1 (last) to 5 (first)
/// @param replace whether files of other content may be replaced at the targets
/// @param bytes of all its files
/// @param doneBytes of those that are done
public record RecallOrder(
    UUID id,
    String who,
    Instant made,
    String what,
    int priority,
    boolean replace,
    Counts files,
    long bytes,
    long doneBytes) {
  /// How many of its files are in which state.
  public record Counts(long waiting, long done, long failed, long cancelled) {}

  /// Whether nothing more will happen.
  public boolean ended() {
    return files.waiting == 0;
  }
}
