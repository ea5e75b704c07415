package dev.firn.publication;

import dev.firn.Npm;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import tools.jackson.databind.JsonNode;

/// Readers of linked data that nobody of us wrote: jsonld.js, rdf-validate-shacl and the validator
/// of the package ro-crate.
public final class LinkedDataReaders {
  private LinkedDataReaders() {}

  /// Skips the test that asks where they cannot be fetched.
  ///
  /// @param documents of Croissant or RO-Crate
  /// @return for each `true`, or what is wrong with it
  public static List<String> verdicts(List<? extends JsonNode> documents)
      throws IOException, InterruptedException {
    Npm npm =
        Npm.install(
            "linked-data",
            "jsonld@9.0.0",
            "n3@2.13.12",
            "rdf-validate-shacl@0.6.5",
            "ro-crate@3.7.2");
    Path shapes = Files.createTempFile("croissant", ".ttl");
    try {
      Files.writeString(shapes, resource("croissant-shapes.ttl"));
      return npm.verdicts(
          resource("linked-data.mjs"),
          documents.stream().map(JsonNode::toString).toList(),
          shapes.toString());
    } finally {
      Files.delete(shapes);
    }
  }

  private static String resource(String name) throws IOException {
    try (InputStream in = LinkedDataReaders.class.getResourceAsStream(name)) {
      return new String(Objects.requireNonNull(in, name).readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
