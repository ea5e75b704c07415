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
          "logical-name-regex",
          "logical_name",
          "directory",
          "filename",
          "run_number",
          "event_id",
          "season",
          "processing_level",
          "dataset");

  /// What every list takes.
  private static final Set<String> PAGE = Set.of("keys", "all-keys", "limit", "start");

  private static final Set<String> COUNTED = Set.of("max_time_ms", "query");

  private Arguments() {}

  /// For lists of files, and for their number.
  ///
  /// @throws Refusal 400 for a parameter that means nothing: an answer without it would be another
  static void requireQuery(Exchange exchange) {
    requireKnown(exchange, List.of(PAGE, COUNTED, SHORTCUTS));
  }

  /// The same for what is not found by a query.
  static void requirePage(Exchange exchange) {
    requireKnown(exchange, List.of(PAGE, Set.of("max_time_ms")));
  }

  private static void requireKnown(Exchange exchange, List<Set<String>> known) {
    for (String parameter : exchange.rawQuery().orElse("").split("&")) {
      int end = parameter.indexOf('=');
      String name = end < 0 ? parameter : parameter.substring(0, end);
      if (!name.isEmpty() && known.stream().noneMatch(some -> some.contains(name))) {
        throw Refusal.bad("Invalid query parameter(s): there is no '" + name + "'");
      }
    }
  }

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
    // Python's clients write what they were not told.
    boolean none = exchange.query("max_time_ms").filter("None"::equals).isPresent();
    long millis = none ? 0 : number(exchange, "max_time_ms", LONGEST_MILLIS);
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
    } else if (given.has("logical-name-regex")) {
      all.putObject("logical_name").set("$regex", given.path("logical-name-regex"));
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
}
