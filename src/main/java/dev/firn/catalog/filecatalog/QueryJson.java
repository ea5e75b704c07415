package dev.firn.catalog.filecatalog;

import dev.firn.catalog.Sql;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/// Turns a query of the File Catalog, which is MongoDB's JSON, into SQL over `file f`. Pure; every
/// value is a parameter.
///
/// Known are `$and $or $nor $not $eq $ne $gt $gte $lt $lte $in $nin $exists $regex $options
/// $elemMatch $all $size`, on every field of a record; any other operator is a 501 with its name.
/// As in MongoDB what a record does not have equals `null`, and a condition on a field of an
/// array's elements holds when it holds for one of them.
final class QueryJson {
  private static final int MOST_TERMS = 2_000;
  private static final int DEEPEST = 50;
  private static final int LONGEST_FIELD = 512;

  private int terms;

  private QueryJson() {}

  /// @throws Refusal 400 for what is not a query, 501 for what is not supported
  static Sql compile(JsonNode query) {
    QueryJson reading = new QueryJson();
    reading.requireBounded(query);
    reading.terms = 0;
    return reading.all(query, 0);
  }

  /// Looked at before anything is made of it: what is inside of `$elemMatch` becomes a text.
  private void requireBounded(JsonNode value) {
    if (value.isDouble() && !Double.isFinite(value.doubleValue())) {
      throw Refusal.bad("a number is too large");
    }
    if (value.isValueNode()) {
      countTerms(1);
    }
    value.forEach(this::requireBounded);
  }

  private Sql all(JsonNode query, int depth) {
    requireObject(query, "a query");
    if (depth > DEEPEST) {
      throw Refusal.bad("the query is nested deeper than " + DEEPEST);
    }
    List<Sql> conditions = new ArrayList<>();
    for (Map.Entry<String, JsonNode> entry : query.properties()) {
      String key = entry.getKey();
      conditions.add(
          key.startsWith("$")
              ? combined(key, entry.getValue(), depth)
              : field(key, entry.getValue(), depth));
    }
    return conditions.isEmpty() ? new Sql().add("TRUE") : Sql.join(conditions, " AND ");
  }

  private Sql combined(String operator, JsonNode list, int depth) {
    if (!List.of("$and", "$or", "$nor").contains(operator)) {
      throw Refusal.notSupported(operator);
    }
    if (!list.isArray() || list.isEmpty()) {
      throw Refusal.bad(operator + " takes an array of queries");
    }
    List<Sql> parts = new ArrayList<>();
    list.forEach(part -> parts.add(all(part, depth + 1)));
    return switch (operator) {
      case "$and" -> Sql.join(parts, " AND ");
      case "$or" -> Sql.join(parts, " OR ");
      default -> not(Sql.join(parts, " OR "));
    };
  }

  private Sql field(String path, JsonNode condition, int depth) {
    if (++terms > MOST_TERMS) {
      throw Refusal.bad("the query has more than " + MOST_TERMS + " terms");
    }
    if (path.length() > LONGEST_FIELD || path.indexOf('\0') >= 0 || path.isEmpty()) {
      throw Refusal.bad("a field's name is empty, too long or has a NUL character");
    }
    Field field = Field.of(path);
    if (!isOperators(condition)) {
      return equal(field, condition);
    }
    List<Sql> conditions = new ArrayList<>();
    for (Map.Entry<String, JsonNode> entry : condition.properties()) {
      if (!entry.getKey().equals("$options")) {
        conditions.add(operator(field, entry.getKey(), entry.getValue(), condition, depth));
      }
    }
    return Sql.join(conditions, " AND ");
  }

  private static boolean isOperators(JsonNode condition) {
    if (!condition.isObject() || condition.isEmpty()) {
      return false;
    }
    long operators =
        condition.properties().stream().filter(e -> e.getKey().startsWith("$")).count();
    if (operators != 0 && operators != condition.size()) {
      throw Refusal.bad("operators and fields are mixed in one object");
    }
    return operators > 0;
  }

  private Sql operator(
      Field field, String operator, JsonNode value, JsonNode condition, int depth) {
    return switch (operator) {
      case "$eq" -> equal(field, value);
      case "$ne" -> not(equal(field, value));
      case "$gt" -> field.compare(">", value);
      case "$gte" -> field.compare(">=", value);
      case "$lt" -> field.compare("<", value);
      case "$lte" -> field.compare("<=", value);
      case "$in" -> any(field, operator, value);
      case "$nin" -> not(any(field, operator, value));
      case "$all" -> every(field, value);
      case "$exists" -> truth(value) ? field.present() : not(field.present());
      case "$regex" -> regex(field, value, condition.path("$options"));
      case "$size" -> size(field, value);
      case "$not" -> not(negated(field, value, depth));
      case "$elemMatch" -> {
        requireObject(value, "$elemMatch");
        if (!(field instanceof Field.OfElements elements)) {
          throw Refusal.bad("$elemMatch is for arrays");
        }
        yield elements.match(value);
      }
      default -> throw Refusal.notSupported(operator);
    };
  }

  private Sql negated(Field field, JsonNode value, int depth) {
    if (!isOperators(value)) {
      throw Refusal.bad("$not takes an object of operators");
    }
    if (depth > DEEPEST) {
      throw Refusal.bad("the query is nested deeper than " + DEEPEST);
    }
    List<Sql> conditions = new ArrayList<>();
    for (Map.Entry<String, JsonNode> entry : value.properties()) {
      if (!entry.getKey().equals("$options")) {
        conditions.add(operator(field, entry.getKey(), entry.getValue(), value, depth + 1));
      }
    }
    return Sql.join(conditions, " AND ");
  }

  private Sql equal(Field field, JsonNode value) {
    return value.isNull() ? field.absent() : field.equal(value);
  }

  private Sql any(Field field, String operator, JsonNode values) {
    requireArray(values, operator);
    List<Sql> conditions = new ArrayList<>();
    for (JsonNode value : values) {
      conditions.add(equal(field, value));
    }
    countTerms(conditions.size());
    return conditions.isEmpty() ? new Sql().add("FALSE") : Sql.join(conditions, " OR ");
  }

  private Sql every(Field field, JsonNode values) {
    requireArray(values, "$all");
    List<Sql> conditions = new ArrayList<>();
    for (JsonNode value : values) {
      conditions.add(equal(field, value));
    }
    countTerms(conditions.size());
    return conditions.isEmpty() ? new Sql().add("FALSE") : Sql.join(conditions, " AND ");
  }

  private void countTerms(int more) {
    terms += more;
    if (terms > MOST_TERMS) {
      throw Refusal.bad("the query has more than " + MOST_TERMS + " terms");
    }
  }

  private static Sql regex(Field field, JsonNode value, JsonNode options) {
    if (!value.isString() || !(options.isMissingNode() || options.isString())) {
      throw Refusal.bad("$regex and $options are texts");
    }
    String flags = options.asString("");
    if (!Pattern.matches("[imsx]*", flags)) {
      throw Refusal.bad("$options are i, m, s and x");
    }
    if (!flags.replace("i", "").isEmpty()) {
      throw Refusal.notSupported("$options: " + flags);
    }
    if (value.asString().indexOf('\0') >= 0) {
      throw Refusal.bad("$regex has a NUL character");
    }
    return field.regex(value.asString(), flags.contains("i"));
  }

  private static Sql size(Field field, JsonNode value) {
    if (!value.isIntegralNumber()) {
      throw Refusal.bad("$size takes a whole number");
    }
    if (!(field instanceof Field.OfElements elements)) {
      throw Refusal.bad("$size is for arrays");
    }
    return elements.size(value.asLong());
  }

  static boolean truth(JsonNode value) {
    if (!value.isBoolean() && !value.isNumber()) {
      throw Refusal.bad("$exists takes true or false");
    }
    return value.isBoolean() ? value.asBoolean() : value.asDouble() != 0;
  }

  /// Also true of what is not known.
  static Sql not(Sql condition) {
    return new Sql().add("((").add(condition).add(") IS NOT TRUE)");
  }

  private static void requireObject(JsonNode node, String what) {
    if (!node.isObject()) {
      throw Refusal.bad(what + " is a JSON object");
    }
  }

  private static void requireArray(JsonNode node, String operator) {
    if (!node.isArray()) {
      throw Refusal.bad(operator + " takes an array");
    }
  }
}
