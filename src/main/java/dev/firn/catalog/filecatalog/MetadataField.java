package dev.firn.catalog.filecatalog;

import dev.firn.catalog.Sql;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/// A place in the free metadata, by JSON path, whose lax mode looks into arrays as MongoDB does.
record MetadataField(List<String> path) implements Field.OfElements {
  @Override
  public Sql equal(JsonNode value) {
    if (value.isObject() || value.isArray()) {
      return anyWay(steps ->
          new Sql()
              .add(
                  "jsonb_path_query_first(f.metadata, ?::jsonpath, '{}', true) = ?::jsonb",
                  "strict " + steps,
                  LocationsSql.storable(value.toString())));
    }
    return found(JsonPath.compare("==", value));
  }

  @Override
  public Sql compare(String operator, JsonNode value) {
    return value.isString() || value.isNumber() || value.isBoolean()
        ? found(JsonPath.compare(operator, value))
        : Field.never();
  }

  @Override
  public Sql regex(String pattern, boolean anyCase) {
    return found(JsonPath.regex(pattern, anyCase));
  }

  @Override
  public Sql absent() {
    return QueryJson.not(found("@ != null"));
  }

  /// A document is also there when a column keeps one of its fields.
  @Override
  public Sql present() {
    List<Sql> ways = new ArrayList<>();
    ways.add(anyWay(steps -> new Sql().add("f.metadata @?? ?::jsonpath", steps)));
    String inside = String.join(".", path) + ".";
    for (Map.Entry<String, Field> column : COLUMNS.entrySet()) {
      if (column.getKey().startsWith(inside)) {
        ways.add(column.getValue().present());
      }
    }
    return Sql.join(ways, " OR ");
  }

  @Override
  public Sql match(JsonNode query) {
    return found(JsonPath.all(query, 0));
  }

  @Override
  public Sql size(long count) {
    return anyWay(steps ->
        new Sql()
            .add(
                "jsonb_path_exists(f.metadata, ?::jsonpath, '{}', true)",
                "strict " + steps + " ? (@.type() == \"array\" && @.size() == " + count + ")"));
  }

  private Sql found(String condition) {
    return anyWay(
        steps -> new Sql().add("f.metadata @?? ?::jsonpath", steps + " ? (" + condition + ")"));
  }

  private interface Way {
    Sql of(String steps);
  }

  private Sql anyWay(Way way) {
    return Sql.join(JsonPath.steps(path).stream().map(way::of).toList(), " OR ");
  }
}
