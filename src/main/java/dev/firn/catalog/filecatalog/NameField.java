package dev.firn.catalog.filecatalog;

import dev.firn.catalog.Sql;
import dev.firn.model.LogicalName;
import java.util.List;
import tools.jackson.databind.JsonNode;

/// The logical name, which is a directory's row and a name in it: patterns that begin with whole
/// directories are looked for only there.
record NameField() implements Field {
  static final String SQL = "((SELECT d.path FROM dir d WHERE d.id = f.dir_id) || '/' || f.name)";

  @Override
  public Sql equal(JsonNode value) {
    String written = value.asString("");
    try {
      LogicalName name = Document.name(written);
      if (!value.isString() || name.isRoot()) {
        return Field.never();
      }
      Sql place =
          new Sql()
              .add("f.id = ANY(ARRAY(")
              .add(ids(name.parent().isRoot() ? "" : name.parent().toString(), name.lastSegment()))
              .add("))");
      return written.startsWith("/")
          ? place
          : Sql.join(List.of(place, asWritten("m.name = ?", written)), " AND ");
    } catch (IllegalArgumentException e) {
      return Field.never(); // no file has such a name
    }
  }

  /// The versions of a name, each looked up in the index of its state.
  static Sql ids(String directory, String name) {
    String version =
        "SELECT n.id FROM file n WHERE n.state = %d"
            + " AND n.dir_id = (SELECT d.id FROM dir d WHERE d.path = ?) AND n.name = ?";
    return new Sql()
        .add(version.formatted(1), directory, name)
        .add(" UNION ALL ")
        .add(version.formatted(2), directory, name);
  }

  /// Names that were written in another way than Firn writes them.
  private static Sql asWritten(String condition, String value) {
    return new Sql()
        .add(
            "f.id IN (SELECT m.file_id FROM filecatalog_record m WHERE m.name IS NOT NULL AND "
                + condition
                + ")",
            value);
  }

  @Override
  public Sql compare(String operator, JsonNode value) {
    return new Field.Text(SQL).compare(operator, value);
  }

  @Override
  public Sql regex(String pattern, boolean anyCase) {
    Sql whole = Field.matches(SQL, pattern, anyCase);
    if (!pattern.startsWith("^/")) {
      Sql written = asWritten(anyCase ? "m.name ~* ?" : "m.name ~ ?", pattern);
      return Sql.join(List.of(whole, written), " OR ");
    }
    return Prefix.of(pattern, anyCase)
        .map(prefix -> Sql.join(List.of(prefix.names(), whole), " AND "))
        .orElse(whole);
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
