package dev.firn.catalog.filecatalog;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/// Conditions as SQL/JSON path expressions over `@`. Texts are written as JSON strings, whose
/// escapes the path language shares, so that no value can end its quotation.
final class JsonPath {
  private static final int DEEPEST = 50;
  private static final int MOST_WAYS = 8;

  private JsonPath() {}

  /// `$."a"."b"`; as in MongoDB a segment of digits is a key or an index, which is each a way.
  static List<String> steps(List<String> path) {
    List<String> ways = List.of("$");
    for (String key : path) {
      List<String> longer = new ArrayList<>();
      for (String way : ways) {
        longer.add(way + "." + quoted(key));
        if (key.matches("\\d{1,9}")) {
          longer.add(way + "[" + key + "]");
        }
      }
      if (longer.size() > MOST_WAYS) {
        throw Refusal.bad("a field's name has too many numbers");
      }
      ways = longer;
    }
    return ways;
  }

  static String compare(String operator, JsonNode value) {
    return "@ " + operator + " " + literal(value);
  }

  static String regex(String pattern, boolean anyCase) {
    return "@ like_regex " + quoted(pattern) + (anyCase ? " flag \"i\"" : "");
  }

  private static String literal(JsonNode value) {
    return value.isString() ? quoted(value.asString()) : value.toString();
  }

  private static String quoted(String text) {
    if (text.indexOf('\0') >= 0) {
      throw Refusal.bad("a text has a NUL character");
    }
    return JsonNodeFactory.instance.stringNode(text).toString();
  }

  /// All conditions of a query about an element's fields.
  static String all(JsonNode query, int depth) {
    if (depth > DEEPEST || !query.isObject() || query.isEmpty()) {
      throw Refusal.bad("$elemMatch takes an object of conditions, not nested too deeply");
    }
    List<String> conditions = new ArrayList<>();
    for (Map.Entry<String, JsonNode> entry : query.properties()) {
      String key = entry.getKey();
      if (key.startsWith("$")) {
        conditions.add(operator(key, entry.getValue(), query, depth));
      } else {
        conditions.add(field(List.of(key.split("\\.", -1)), entry.getValue(), depth));
      }
    }
    return String.join(" && ", conditions);
  }

  private static String field(List<String> path, JsonNode value, int depth) {
    StringBuilder at = new StringBuilder("@");
    path.forEach(key -> at.append('.').append(quoted(key)));
    boolean operators =
        value.isObject()
            && !value.isEmpty()
            && value.properties().iterator().next().getKey().startsWith("$");
    String inner = operators ? all(value, depth + 1) : equal(value);
    return value.isNull()
        ? "!(exists(" + at + " ? (@ != null)))"
        : "exists(" + at + " ? (" + inner + "))";
  }

  private static String equal(JsonNode value) {
    if (value.isObject() || value.isArray()) {
      throw Refusal.of(501, "an object cannot be compared inside of $elemMatch");
    }
    return compare("==", value);
  }

  private static String operator(String operator, JsonNode value, JsonNode all, int depth) {
    return switch (operator) {
      case "$eq" -> equal(value);
      case "$ne" -> "!(" + equal(value) + ")";
      case "$gt" -> ordered(">", value);
      case "$gte" -> ordered(">=", value);
      case "$lt" -> ordered("<", value);
      case "$lte" -> ordered("<=", value);
      case "$in" -> in(value);
      case "$nin" -> "!(" + in(value) + ")";
      case "$regex" -> regex(value.asString(""), all.path("$options").asString("").contains("i"));
      case "$options" -> "1 == 1"; // belongs to $regex
      case "$and" -> listed(value, " && ", depth);
      case "$or" -> listed(value, " || ", depth);
      default -> throw Refusal.notSupported(operator);
    };
  }

  private static String ordered(String operator, JsonNode value) {
    return value.isString() || value.isNumber() || value.isBoolean()
        ? compare(operator, value)
        : "1 == 0";
  }

  private static String in(JsonNode values) {
    if (!values.isArray()) {
      throw Refusal.bad("$in takes an array");
    }
    List<String> each = new ArrayList<>();
    values.forEach(value -> each.add(equal(value)));
    return each.isEmpty() ? "1 == 0" : "(" + String.join(" || ", each) + ")";
  }

  private static String listed(JsonNode values, String between, int depth) {
    if (!values.isArray() || values.isEmpty()) {
      throw Refusal.bad("$and and $or take arrays of conditions");
    }
    List<String> each = new ArrayList<>();
    values.forEach(value -> each.add("(" + all(value, depth + 1) + ")"));
    return "(" + String.join(between, each) + ")";
  }
}
