package dev.firn.catalog;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.toml.TomlMapper;

/// The declared schemas of the observatory's sub-documents, from `metadata.toml`: known keys have
/// their type, unknown ones are kept. `software` is a list of objects with a `name`.
final class DeclaredMetadata {
  private static final Map<String, Map<String, String>> SCHEMAS = read();

  private DeclaredMetadata() {}

  /// @throws CatalogException `invalid-metadata`, saying which key and what it should be
  static void require(JsonNode extra) {
    for (Map.Entry<String, JsonNode> entry : extra.properties()) {
      Map<String, String> schema = SCHEMAS.get(entry.getKey());
      if (schema != null) {
        requireObject(entry.getKey(), entry.getValue(), schema);
      } else if (entry.getKey().equals("software")) {
        requireSoftware(entry.getValue());
      }
    }
  }

  private static void requireObject(String name, JsonNode node, Map<String, String> schema) {
    if (!node.isObject()) {
      throw invalid(name + " is not an object");
    }
    for (Map.Entry<String, JsonNode> entry : node.properties()) {
      String type = schema.getOrDefault(entry.getKey(), "any");
      if (!entry.getValue().isNull() && !is(entry.getValue(), type)) {
        throw invalid(name + "." + entry.getKey() + " is not of type " + type);
      }
    }
  }

  private static void requireSoftware(JsonNode node) {
    boolean right = node.isArray();
    for (JsonNode one : node) {
      right &= one.isObject() && one.path("name").isString();
    }
    if (!right) {
      throw invalid("software is not a list of objects with a name");
    }
  }

  private static boolean is(JsonNode value, String type) {
    return switch (type) {
      case "text" -> value.isString();
      case "integer" -> value.isIntegralNumber();
      case "number" -> value.isNumber();
      case "boolean" -> value.isBoolean();
      case "list" -> value.isArray();
      case "object" -> value.isObject();
      default -> true;
    };
  }

  private static Map<String, Map<String, String>> read() {
    Map<String, Map<String, String>> schemas = new HashMap<>();
    try (InputStream in =
        Objects.requireNonNull(
            DeclaredMetadata.class.getResourceAsStream("metadata.toml"), "metadata.toml")) {
      for (Map.Entry<String, JsonNode> table :
          TomlMapper.builder().build().readTree(in).properties()) {
        Map<String, String> keys = new HashMap<>();
        table.getValue().properties().forEach(e -> keys.put(e.getKey(), e.getValue().asString()));
        schemas.put(table.getKey(), keys);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return schemas;
  }

  private static CatalogException invalid(String message) {
    return new CatalogException("invalid-metadata", message);
  }
}
