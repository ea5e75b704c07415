package dev.firn.server.demo;

import dev.firn.http.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/// What a demo remembers between runs in one directory, so that a killed demo goes on where it was.
final class DemoState {
  private final Path file;
  private final Map<String, String> facts = new LinkedHashMap<>();

  private DemoState(Path file) {
    this.file = file;
  }

  static DemoState in(Path directory) throws IOException {
    DemoState state = new DemoState(directory.resolve("demo.json"));
    if (Files.exists(state.file)) {
      try {
        JsonNode node = Json.mapper().readTree(Files.readString(state.file));
        node.properties().forEach(e -> state.facts.put(e.getKey(), e.getValue().asString()));
      } catch (JacksonException e) {
        throw new IOException(state.file + " is not what a demo writes; use another directory", e);
      }
    }
    return state;
  }

  synchronized Optional<String> find(String name) {
    return Optional.ofNullable(facts.get(name));
  }

  synchronized int number(String name) {
    return Integer.parseInt(facts.getOrDefault(name, "0"));
  }

  /// Remembers a fact before returning.
  synchronized void put(String name, Object value) throws IOException {
    facts.put(name, String.valueOf(value));
    Path next = file.resolveSibling("demo.json.new");
    Files.write(next, Json.bytes(facts));
    Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
  }
}
