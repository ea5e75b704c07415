package dev.firn.catalog.season;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A run, as its files show it.
///
/// @param season null where no file says
/// @param starts when the earliest of its files began; null when none says
/// @param levels in the order of their names
/// @param absent levels that most runs of the season have and this one has not
public record Run(
    int run,
    @Nullable Integer season,
    @Nullable Instant starts,
    @Nullable Instant ends,
    List<RunLevel> levels,
    List<String> absent) {
  public Run {
    levels = List.copyOf(levels);
    absent = List.copyOf(absent);
  }

  /// How a run stands.
  public enum State {
    COMPLETE,
    /// Parts are missing.
    INCOMPLETE,
    /// A whole level is missing.
    MISSING
  }

  public State state() {
    if (!absent.isEmpty()) {
      return State.MISSING;
    }
    return missing() == 0 ? State.COMPLETE : State.INCOMPLETE;
  }

  public long files() {
    return levels.stream().mapToLong(RunLevel::files).sum();
  }

  public long bytes() {
    return levels.stream().mapToLong(RunLevel::bytes).sum();
  }

  /// Missing parts of all levels.
  public long missing() {
    return levels.stream().mapToLong(RunLevel::missing).sum();
  }
}
