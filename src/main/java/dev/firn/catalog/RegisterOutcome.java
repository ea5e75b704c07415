package dev.firn.catalog;

import java.util.List;

/// What became of a registration.
public sealed interface RegisterOutcome {
  /// A new file version was written, with its copy.
  record Registered(CatalogFile file) implements RegisterOutcome {}

  /// The very file was known; nothing was lost, and what was missing of it was added.
  ///
  /// @param added whether a copy or metadata was new
  record AlreadyThere(CatalogFile file, boolean added) implements RegisterOutcome {}

  /// The name is taken by something else; nothing was changed.
  record Conflict(CatalogFile file, List<Difference> differences) implements RegisterOutcome {
    public Conflict {
      differences = List.copyOf(differences);
    }

    /// One line that says what differs.
    public String reason() {
      StringBuilder text = new StringBuilder("already registered with another ");
      for (int i = 0; i < differences.size(); i++) {
        Difference d = differences.get(i);
        text.append(i == 0 ? "" : ", another ")
            .append(d.field())
            .append(" (")
            .append(d.known())
            .append(", not ")
            .append(d.offered())
            .append(')');
      }
      return text.toString();
    }
  }

  /// One thing that differs between what the catalog knows and what was offered.
  record Difference(String field, String known, String offered) {}
}
