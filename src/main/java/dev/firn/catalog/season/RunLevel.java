package dev.firn.catalog.season;

import dev.firn.catalog.run.PassLevel;
import org.jspecify.annotations.Nullable;

/// What a run has of one level.
///
/// @param level null where it is not known
/// @param pass which pass of it, as names tell; empty where they tell none
/// @param files how many files, of `bytes` together
/// @param parts how many parts have a data file; 0 for a level of files without part numbers
/// @param missing how many of the parts that the run's levels show are not there
/// @param livetime the seconds of the data files added up; null when none says
public record RunLevel(
    @Nullable String level,
    String pass,
    long files,
    long bytes,
    long parts,
    long missing,
    @Nullable Double livetime) {
  /// For people: `L2`, `L2 pass2a`.
  public String label() {
    return new PassLevel(level == null ? "unknown" : level, pass).label();
  }
}
