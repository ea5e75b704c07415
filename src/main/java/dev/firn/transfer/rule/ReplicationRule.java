package dev.firn.transfer.rule;

import dev.firn.model.SiteName;
import java.time.Instant;

/// What should be true: files that match have a copy at a site.
///
/// @param wanted what the rule says
/// @param created when it was added
public record ReplicationRule(long id, Wanted wanted, String createdBy, Instant created) {
  /// What a rule says; two that say the same are one rule.
  ///
  /// @param pattern which names
  /// @param level which level (`raw`, `L2`), or empty for any
  /// @param bundled whether the copy lies in a bundle of the archive
  /// @param priority of the transfers, 1 (last) to 5 (first)
  public record Wanted(
      NamePattern pattern, String level, SiteName site, boolean bundled, int priority) {
    public Wanted {
      if (level.length() > 64) {
        throw new IllegalArgumentException("a level has at most 64 characters");
      }
      if (priority < 1 || priority > 5) {
        throw new IllegalArgumentException("a priority is 1 (last) to 5 (first): " + priority);
      }
    }

    /// One sentence, as an operator would say it.
    public String sentence() {
      return "files matching "
          + pattern
          + (level.isEmpty() ? "" : " of level " + level)
          + " have a "
          + (bundled ? "bundled " : "")
          + "copy at "
          + site;
    }
  }
}
