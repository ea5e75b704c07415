package dev.firn.catalog;

import dev.firn.model.ReplicaState;
import dev.firn.model.SiteName;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Totals over the whole catalog, exact at one moment.
///
/// @param live file versions that are what their name means
/// @param copies by site, state and whether verified
/// @param levels live files by season and level
public record Summary(FileTotal live, List<Copies> copies, List<Level> levels) {
  public Summary {
    copies = List.copyOf(copies);
    levels = List.copyOf(levels);
  }

  public record Copies(SiteName site, ReplicaState state, boolean verified, FileTotal total) {}

  /// @param season null where it is not known
  /// @param level null where it is not known
  public record Level(@Nullable Integer season, @Nullable String level, FileTotal total) {}
}
