package dev.firn.catalog.filecatalog;

import dev.firn.catalog.Sql;
import dev.firn.model.LogicalName;
import tools.jackson.databind.JsonNode;

/// The logical name, which is a directory's row and a name in it: patterns that begin with whole
/// directories are looked for only there.
record NameField() implements Field {
  static final String SQL = "((SELECT d.path FROM dir d WHERE d.id = f.dir_id) || '/' || f.name)";

  @Override
  public Sql equal(JsonNode value) {
    try {
      LogicalName name = LogicalName.parse(value.asString(""));
      if (!value.isString() || name.isRoot()) {
        return Field.never();
      }
      return new Sql()
          .add(
              "(f.dir_id = (SELECT d.id FROM dir d WHERE d.path = ?) AND f.name = ?)",
              name.parent().isRoot() ? "" : name.parent().toString(),
              name.lastSegment());
    } catch (IllegalArgumentException e) {
      return Field.never(); // no file has such a name
    }
  }

  @Override
  public Sql compare(String operator, JsonNode value) {
    return new Field.Text(SQL).compare(operator, value);
  }

  @Override
  public Sql regex(String pattern, boolean anyCase) {
    Sql whole = Field.matches(SQL, pattern, anyCase);
    String prefix = anyCase ? "" : literalDirectory(pattern);
    if (prefix.isEmpty()) {
      return whole;
    }
    return below(prefix).add(" AND ").add(whole);
  }

  /// The directories at the beginning of an anchored pattern that are no pattern.
  private static String literalDirectory(String pattern) {
    if (!pattern.startsWith("^/") || pattern.contains("|")) {
      return "";
    }
    int end = 1;
    while (end < pattern.length() && "\\.[](){}*+?^$".indexOf(pattern.charAt(end)) < 0) {
      end++;
    }
    // What follows may make the last segment longer, and its last character optional.
    boolean optional = end < pattern.length() && "?*{".indexOf(pattern.charAt(end)) >= 0;
    int slash = pattern.lastIndexOf('/', optional ? end - 2 : end - 1);
    return slash <= 1 ? "" : pattern.substring(1, slash);
  }

  /// That a file lies in a directory or anywhere below it.
  static Sql below(String directory) {
    return new Sql()
        .add(
            "f.dir_id IN (SELECT d.id FROM dir d WHERE d.path = ?"
                + " OR (d.path > ? AND d.path < ?))",
            directory,
            directory + "/",
            directory + "0"); // 0 follows /
  }

  @Override
  public Sql absent() {
    return Field.never();
  }

  @Override
  public Sql present() {
    return Field.always();
  }
}
