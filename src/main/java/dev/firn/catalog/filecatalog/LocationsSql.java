package dev.firn.catalog.filecatalog;

import dev.firn.catalog.Sql;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Conditions on the locations of a file, rows `l` of the view `filecatalog_place`.
final class LocationsSql {
  private LocationsSql() {}

  /// Asked for each file that comes so far: joined with the files, the whole view would be made
  /// first (`OFFSET 0` keeps PostgreSQL from that).
  static Sql some(Sql condition) {
    return new Sql()
        .add("EXISTS (SELECT FROM filecatalog_place l WHERE l.file_id = f.id AND ")
        .add(condition)
        .add(" OFFSET 0)");
  }

  /// That a location fulfils all conditions of an `$elemMatch`, or of one written out. With a path
  /// among them only the files that may have it there are looked at: nothing leads into the view by
  /// it.
  static Sql someMatching(JsonNode query) {
    JsonNode path = query.path("path");
    if (!path.isString()) {
      return some(matching(query));
    }
    return new Sql()
        .add("f.id = ANY(ARRAY(SELECT l.file_id FROM filecatalog_place l WHERE l.file_id = ANY(")
        .add(at(storable(path.asString())))
        .add(") AND ")
        .add(matching(query))
        .add("))");
  }

  /// The files of which a location may have this path: told through this protocol, or Firn's own.
  private static Sql at(String path) {
    int slash = path.lastIndexOf('/');
    Sql files =
        new Sql()
            .add("ARRAY(SELECT t.file_id FROM filecatalog_location t")
            .add(" WHERE md5(t.path) = md5(?) AND t.path = ?", path, path)
            .add(" UNION ALL SELECT r.file_id FROM replica r WHERE r.path = ?", path);
    if (slash >= 0) {
      files
          .add(" UNION ALL ")
          .add(NameField.ids(path.substring(0, slash), path.substring(slash + 1)));
    }
    return files.add(")");
  }

  private static boolean column(String key) {
    return key.equals("site") || key.equals("path");
  }

  /// The field's text, for patterns and order.
  static String text(String key) {
    if (!key.matches("[A-Za-z0-9_]{1,63}")) {
      throw Refusal.bad("a location has no field of that name");
    }
    return column(key) ? "l." + key : "(l.flags ->> '" + key + "')";
  }

  static Sql equal(String key, JsonNode value) {
    if (column(key)) {
      return value.isString()
          ? new Sql().add("l." + key + " = ?", storable(value.asString()))
          : new Sql().add("FALSE");
    }
    ObjectNode wanted = JsonNodeFactory.instance.objectNode();
    wanted.set(key, value);
    return new Sql().add("l.flags @> ?::jsonb", storable(wanted.toString()));
  }

  static Sql compare(String key, String operator, JsonNode value) {
    return value.isString()
        ? new Sql().add(text(key) + " " + operator + " ?", storable(value.asString()))
        : new Sql().add("FALSE");
  }

  static Sql absent(String key) {
    return new Sql().add(text(key) + " IS NULL");
  }

  /// Also when it is null.
  static Sql present(String key) {
    return column(key) ? Field.always() : new Sql().add("jsonb_exists(l.flags, ?)", storable(key));
  }

  /// All conditions of an `$elemMatch`, or of a location written out.
  static Sql matching(JsonNode query) {
    List<Sql> conditions = new ArrayList<>();
    for (Map.Entry<String, JsonNode> entry : query.properties()) {
      String key = entry.getKey();
      JsonNode value = entry.getValue();
      if (key.startsWith("$")) {
        throw Refusal.notSupported(key + " inside of $elemMatch on locations");
      }
      if (value.isObject()) {
        value.properties().forEach(e -> conditions.add(operator(key, e.getKey(), e.getValue())));
      } else {
        conditions.add(value.isNull() ? absent(key) : equal(key, value));
      }
    }
    return conditions.isEmpty() ? new Sql().add("TRUE") : Sql.join(conditions, " AND ");
  }

  private static Sql operator(String key, String operator, JsonNode value) {
    return switch (operator) {
      case "$eq" -> value.isNull() ? absent(key) : equal(key, value);
      case "$ne" -> QueryJson.not(value.isNull() ? absent(key) : equal(key, value));
      case "$regex" -> new Sql().add(text(key) + " ~ ?", storable(value.asString("")));
      case "$exists" -> QueryJson.truth(value) ? present(key) : QueryJson.not(present(key));
      case "$in" -> {
        List<Sql> each = new ArrayList<>();
        value.forEach(v -> each.add(v.isNull() ? absent(key) : equal(key, v)));
        yield each.isEmpty() ? new Sql().add("FALSE") : Sql.join(each, " OR ");
      }
      default -> throw Refusal.notSupported(operator);
    };
  }

  /// What PostgreSQL can be asked for.
  static String storable(String text) {
    if (text.indexOf('\0') >= 0) {
      throw Refusal.bad("a text has a NUL character");
    }
    return text;
  }
}
