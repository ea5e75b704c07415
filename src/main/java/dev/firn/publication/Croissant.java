package dev.firn.publication;

import dev.firn.http.Json;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Objects;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// What every document of ours in the words of Croissant 1.1 has, published or staged.
public final class Croissant {
  static final String CONFORMS_TO = "http://mlcommons.org/croissant/1.1";

  private static final JsonNode CONTEXT = read();

  private Croissant() {}

  /// The context that the standard prescribes, word for word.
  static JsonNode context() {
    return CONTEXT;
  }

  /// A document about files that lie beside it, without any yet. It says nothing of what it
  /// conforms to: Croissant wants a licence, an address, a creator and a date, which such files
  /// have not got.
  public static ObjectNode dataset(String name, String description) {
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    root.set("@context", CONTEXT);
    root.put("@type", "sc:Dataset");
    root.put("name", name);
    root.put("description", description);
    root.put("isLiveDataset", false);
    root.putArray("distribution");
    return root;
  }

  /// Names a file by its path from the document.
  public static void addFile(ObjectNode root, String path, long bytes, String sha256, String type) {
    ObjectNode file = ((ArrayNode) root.required("distribution")).addObject();
    file.put("@type", "cr:FileObject");
    file.put("@id", path);
    file.put("name", path.substring(path.lastIndexOf('/') + 1));
    file.put("contentUrl", path);
    file.put("contentSize", bytes + " B");
    file.put("encodingFormat", type);
    file.put("sha256", sha256);
  }

  private static JsonNode read() {
    try (InputStream in = Croissant.class.getResourceAsStream("croissant-context.json")) {
      return Json.mapper().readTree(Objects.requireNonNull(in, "croissant-context.json"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
