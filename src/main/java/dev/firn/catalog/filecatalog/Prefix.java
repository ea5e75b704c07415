package dev.firn.catalog.filecatalog;

import dev.firn.catalog.Sql;
import java.util.Optional;

/// How every path begins that an anchored pattern fits: by it the directories are found in which
/// such paths can be, so that not every file has to be looked at.
///
/// @param text from its slash on
record Prefix(String text) {
  private static final String SPECIAL = "\\.[](){}*+?^$";
  private static final String LAST = Character.toString(Character.MAX_CODE_POINT);

  /// None of a pattern that has no such beginning, or one of no use.
  static Optional<Prefix> of(String pattern, boolean anyCase) {
    if (anyCase || !pattern.startsWith("^/") || pattern.contains("|")) {
      return Optional.empty();
    }
    int end = 1;
    while (end < pattern.length() && SPECIAL.indexOf(pattern.charAt(end)) < 0) {
      end++;
    }
    if (end < pattern.length() && "?*{".indexOf(pattern.charAt(end)) >= 0) {
      end = pattern.offsetByCodePoints(end, -1); // the character before may not be there
    }
    String text = pattern.substring(1, end);
    return text.length() > 1 ? Optional.of(new Prefix(text)) : Optional.empty();
  }

  /// That the logical name can begin so.
  Sql names() {
    return anyOf(files());
  }

  /// That the path of one location can: told through this protocol, or Firn's own.
  Sql locations() {
    return anyOf(
        new Sql()
            .add("SELECT l.file_id FROM filecatalog_location l WHERE ")
            .add(directories("filecatalog_directory(l.path)"))
            .add(" UNION ALL SELECT r.file_id FROM replica r WHERE r.path IS NOT NULL AND ")
            .add(directories("filecatalog_directory(r.path)"))
            .add(" UNION ALL ")
            .add(files()));
  }

  /// Of an array, so that they come in the order of their numbers and a page ends with its last.
  private static Sql anyOf(Sql ids) {
    return new Sql().add("f.id = ANY(ARRAY(").add(ids).add("))");
  }

  /// Versions in those directories, each looked up in the index of its state.
  private Sql files() {
    return versions(1).add(" UNION ALL ").add(versions(2));
  }

  private Sql versions(int state) {
    return new Sql()
        .add("SELECT n.id FROM file n JOIN dir d ON d.id = n.dir_id WHERE n.state = " + state)
        .add(" AND ")
        .add(directories("d.path"));
  }

  /// The prefix may end in the middle of a directory's name or of a file's.
  private Sql directories(String column) {
    return new Sql()
        .add(
            "(" + column + " = ? OR (" + column + " >= ? AND " + column + " < ?))",
            text.substring(0, text.lastIndexOf('/')),
            text,
            text + LAST);
  }
}
