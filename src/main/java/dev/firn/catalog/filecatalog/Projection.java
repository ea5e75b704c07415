package dev.firn.catalog.filecatalog;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// What of a record shall be shown: whole keys, or paths into sub-documents and into the elements
/// of arrays.
///
/// @param steps what of each key; empty is all of it
record Projection(Map<String, Projection> steps) {
  static ObjectNode of(ObjectNode document, List<String> keys) {
    if (keys.isEmpty()) {
      return document;
    }
    Projection wanted = new Projection(new LinkedHashMap<>());
    keys.forEach(key -> wanted.add(List.of(key.split("\\."))));
    return wanted.object(document);
  }

  private void add(List<String> path) {
    Projection at = this;
    for (int i = 0; i < path.size(); i++) {
      boolean last = i + 1 == path.size();
      Projection there = at.steps.get(path.get(i));
      if (last || there == null) {
        there = new Projection(new LinkedHashMap<>());
        at.steps.put(path.get(i), there);
      } else if (there.steps.isEmpty()) {
        return; // all of it is wanted already
      }
      at = there;
    }
  }

  private ObjectNode object(JsonNode document) {
    ObjectNode shown = JsonNodeFactory.instance.objectNode();
    steps.forEach((key, wanted) -> {
      JsonNode value = document.path(key);
      if (wanted.steps.isEmpty() && !value.isMissingNode()) {
        shown.set(key, value);
      } else if (value.isObject()) {
        shown.set(key, wanted.object(value));
      } else if (value.isArray()) {
        shown.set(key, wanted.array(value));
      }
    });
    return shown;
  }

  private ArrayNode array(JsonNode elements) {
    ArrayNode shown = JsonNodeFactory.instance.arrayNode();
    for (JsonNode element : elements) {
      if (element.isObject()) {
        shown.add(object(element));
      } else if (element.isArray()) {
        shown.add(array(element));
      }
    }
    return shown;
  }
}
