package dev.firn.catalog.run;

/// A level of processing as one pass made it: passes over the same runs are whole or not each for
/// itself.
///
/// @param level empty where it is not known
/// @param pass as names tell it, `pass2a`; empty where they tell none
public record PassLevel(String level, String pass) implements Comparable<PassLevel> {
  /// The pass of a `file` that is called `f`.
  public static final String SQL = "coalesce(f.metadata->>'pass', '')";

  /// For people: `L2`, `L2 pass2a`.
  public String label() {
    return pass.isEmpty() ? level : level + " " + pass;
  }

  @Override
  public int compareTo(PassLevel other) {
    int levels = level.compareTo(other.level);
    return levels != 0 ? levels : pass.compareTo(other.pass);
  }
}
