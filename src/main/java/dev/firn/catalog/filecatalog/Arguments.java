package dev.firn.catalog.filecatalog;

import dev.firn.catalog.Sql;
import dev.firn.http.Exchange;
import dev.firn.http.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// The query parameters of a request, read.
final class Arguments {
  static final int LARGEST_PAGE = 10_000;
  static final long LONGEST_MILLIS = 600_000;
  private static final Set<String> SHORTCUTS =
      Set.of(
          "path",
          "path-regex",
          "logical_name",
          "directory",
          "filename",
          "run_number",
          "event_id",
          "season",
          "processing_level",
          "dataset");

  private Arguments() {}

  static int limit(Exchange exchange) {
    long limit = number(exchange, "limit", LARGEST_PAGE);
    if (limit < 1) {
      throw Refusal.bad("limit is not positive");
    }
    return (int) Math.min(limit, LARGEST_PAGE);
  }

  static long start(Exchange exchange) {
    return number(exchange, "start", 0);
  }

  static long maxMillis(Exchange exchange) {
    long millis = number(exchange, "max_time_ms", LONGEST_MILLIS);
    return millis == 0 ? LONGEST_MILLIS : Math.min(millis, LONGEST_MILLIS);
  }

  /// Keys to show; `all` is an empty list.
  static List<String> keys(Exchange exchange) {
    String all = exchange.query("all-keys").orElse("");
    if (Set.of("True", "true", "1").contains(all)) {
      return List.of();
    }
    String keys = exchange.query("keys").orElse("");
    return keys.isEmpty() ? List.of("uuid", "logical_name") : List.of(keys.split("\\|"));
  }

  private static long number(Exchange exchange, String name, long otherwise) {
    String text = exchange.query(name).orElse(Long.toString(otherwise));
    if (!text.matches("\\d{1,18}")) {
      throw Refusal.bad("'" + name + "' is not a whole number, or is negative");
    }
    return Long.parseLong(text);
  }

  /// The query and shortcuts of a request, as one document; what a collection keeps.
  static ObjectNode query(Exchange exchange) {
    ObjectNode given = JsonNodeFactory.instance.objectNode();
    exchange.query("query").ifPresent(text -> given.set("query", parse(text)));
    for (String shortcut : SHORTCUTS) {
      exchange.query(shortcut).ifPresent(text -> given.put(shortcut, text));
    }
    return given;
  }

  static JsonNode parse(String text) {
    try {
      return Json.mapper().readTree(text);
    } catch (JacksonException e) {
      throw Refusal.bad("Invalid query parameter(s): " + e.getOriginalMessage());
    }
  }

  /// The condition of a query with its shortcuts. Unless it asks about `locations.archive` itself,
  /// records that are only archived are left out.
  static Sql condition(JsonNode given) {
    JsonNode query = given.path("query");
    JsonNode json = query.isString() ? parse(query.asString()) : query;
    ObjectNode all =
        json instanceof ObjectNode object
            ? object.deepCopy()
            : JsonNodeFactory.instance.objectNode();
    if (!json.isMissingNode() && !json.isObject()) {
      throw Refusal.bad("Invalid query parameter(s): the query is not a JSON object");
    }
    if (!all.has("locations.archive")) {
      all.putNull("locations.archive");
    }
    set(all, given, "run_number", "run.run_number");
    set(all, given, "dataset", "iceprod.dataset");
    set(all, given, "processing_level", "processing_level");
    set(all, given, "season", "offline_processing_metadata.season");
    if (given.has("event_id")) {
      all.putObject("run.first_event").set("$lte", value(given.path("event_id")));
      all.putObject("run.last_event").set("$gte", value(given.path("event_id")));
    }
    List<Sql> conditions = new ArrayList<>();
    if (given.has("directory") || given.has("filename")) {
      name(given, conditions);
    } else if (given.has("logical_name")) {
      all.set("logical_name", given.path("logical_name"));
    } else if (given.has("path")) {
      all.set("logical_name", given.path("path"));
    } else if (given.has("path-regex")) {
      all.putObject("logical_name").set("$regex", given.path("path-regex"));
    }
    conditions.add(QueryJson.compile(all));
    return Sql.join(conditions, " AND ");
  }

  private static void name(JsonNode given, List<Sql> conditions) {
    String directory =
        LocationsSql.storable(given.path("directory").asString("").replaceAll("/+$", ""));
    String filename =
        LocationsSql.storable(given.path("filename").asString("").replaceAll("^/+", ""));
    if (!directory.isEmpty()) {
      conditions.add(NameField.below(directory));
    }
    if (filename.contains("/")) {
      conditions.add(
          new Sql()
              .add("right(" + NameField.SQL + ", length(?))", "/" + filename)
              .add(" = ?", "/" + filename));
    } else if (!filename.isEmpty()) {
      conditions.add(new Sql().add("f.name = ?", filename));
    }
  }

  private static void set(ObjectNode all, JsonNode given, String shortcut, String field) {
    if (given.has(shortcut)) {
      all.set(field, value(given.path(shortcut)));
    }
  }

  /// Digits in a URL are a number.
  private static JsonNode value(JsonNode given) {
    String text = given.asString("");
    return text.matches("-?\\d{1,18}")
        ? JsonNodeFactory.instance.numberNode(Long.parseLong(text))
        : given;
  }

  /// What of a record shall be shown: whole keys, or paths into sub-documents.
  static ObjectNode shown(ObjectNode document, List<String> keys) {
    if (keys.isEmpty()) {
      return document;
    }
    ObjectNode shown = JsonNodeFactory.instance.objectNode();
    for (String key : keys) {
      String[] path = key.split("\\.");
      JsonNode value = document;
      for (String step : path) {
        value = value.path(step);
      }
      if (!value.isMissingNode() && path.length > 0) {
        ObjectNode at = shown;
        for (int i = 0; i + 1 < path.length; i++) {
          at = at.path(path[i]) instanceof ObjectNode there ? there : at.putObject(path[i]);
        }
        at.set(path[path.length - 1], value);
      }
    }
    return shown;
  }
}
