package dev.firn.catalog;

import dev.firn.model.Checksum;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.Checksums;
import dev.firn.model.LogicalName;
import dev.firn.model.ReplicaState;
import dev.firn.model.SiteName;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// One line of a bulk registration: a file as the catalog shows it, so that what one catalog tells
/// another understands. See `docs/formats/catalog-load.md`.
///
/// Nothing that a line says makes a copy verified: only reading its bytes does.
final class OfferReader {
  private static final Set<String> FIELDS =
      Set.of(
          "name",
          "size",
          "checksums",
          "metadata",
          "replicas",
          "parents",
          "uuid",
          "created",
          "live");
  private static final Set<String> COPY_FIELDS =
      Set.of("site", "state", "path", "bundle", "verified", "verified_how");
  private static final Set<String> METADATA_FIELDS =
      Set.of(
          "season",
          "run",
          "subrun",
          "part",
          "level",
          "data_type",
          "event_count",
          "first_event",
          "last_event",
          "start",
          "end",
          "livetime",
          "owner",
          "group",
          "extra");

  private static final Map<String, ChecksumAlgorithm> ALGORITHMS =
      Arrays.stream(ChecksumAlgorithm.values())
          .collect(Collectors.toUnmodifiableMap(ChecksumAlgorithm::label, a -> a));

  /// Refuses repeated keys while building the tree, which costs less than the parser's own watch.
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private OfferReader() {}

  /// @throws CatalogException `invalid-line` or `invalid-metadata`, saying what and why
  static Offer read(byte[] line, int length) {
    JsonNode node;
    try {
      node = JSON.readTree(line, 0, length);
    } catch (JacksonException e) {
      throw invalid("not JSON: " + e.getOriginalMessage().lines().findFirst().orElse(""));
    }
    try {
      return offer(node);
    } catch (IllegalArgumentException e) {
      throw invalid(String.valueOf(e.getMessage()));
    }
  }

  private static Offer offer(JsonNode node) {
    requireFields("the line", node, FIELDS);
    LogicalName name = LogicalName.parse(text(node, "name"));
    FileMetadata metadata =
        node.has("metadata") ? metadata(node.path("metadata")) : FileMetadata.NONE;
    NewFile file =
        new NewFile(
            name, whole("size", node.path("size")), checksums(node.path("checksums")), metadata);
    String uuid = optionalText(node, "uuid");
    return new Offer(
        file, uuid == null ? null : uuid(uuid), copies(node, name), parents(node.path("parents")));
  }

  private static Checksums checksums(JsonNode node) {
    List<Checksum> found = new ArrayList<>();
    for (Map.Entry<String, JsonNode> entry : node.properties()) {
      ChecksumAlgorithm algorithm = ALGORITHMS.get(entry.getKey());
      if (algorithm == null) {
        throw new IllegalArgumentException(
            "no checksum is called '" + QueryValues.shortened(entry.getKey()) + "'");
      }
      found.add(new Checksum(algorithm, string("checksum", entry.getValue())));
    }
    return Checksums.of(found);
  }

  private static FileMetadata metadata(JsonNode node) {
    requireFields("metadata", node, METADATA_FIELDS);
    DeclaredMetadata.require(node.path("extra"));
    return new FileMetadata(
        small(node, "season"),
        small(node, "run"),
        small(node, "subrun"),
        small(node, "part"),
        optionalText(node, "level"),
        optionalText(node, "data_type"),
        large(node, "event_count"),
        large(node, "first_event"),
        large(node, "last_event"),
        time(node, "start"),
        time(node, "end"),
        decimal(node, "livetime"),
        optionalText(node, "owner"),
        optionalText(node, "group"),
        value(node, "extra"));
  }

  private static List<Offer.Copy> copies(JsonNode node, LogicalName name) {
    List<Offer.Copy> copies = new ArrayList<>();
    for (JsonNode one : node.path("replicas")) {
      requireFields("a replica", one, COPY_FIELDS);
      String path = optionalText(one, "path");
      String state = optionalText(one, "state");
      String bundle = optionalText(one, "bundle");
      copies.add(
          new Offer.Copy(
              new SiteName(text(one, "site")),
              state == null ? ReplicaState.AVAILABLE : state(state),
              path == null ? name : LogicalName.parse(path),
              bundle == null ? null : uuid(bundle)));
    }
    return copies;
  }

  private static ReplicaState state(String label) {
    return Arrays.stream(ReplicaState.values())
        .filter(s -> s.label().equals(label))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException("no copy is '" + QueryValues.shortened(label) + "'"));
  }

  private static List<LogicalName> parents(JsonNode node) {
    List<LogicalName> names = new ArrayList<>();
    for (JsonNode one : node) {
      names.add(LogicalName.parse(string("a parent", one)));
    }
    return names;
  }

  private static UUID uuid(String text) {
    if (text.length() != 36) {
      throw new IllegalArgumentException("not a uuid: " + QueryValues.shortened(text));
    }
    return UUID.fromString(text);
  }

  private static void requireFields(String what, JsonNode node, Set<String> known) {
    if (!node.isObject()) {
      throw new IllegalArgumentException(what + " is not a JSON object");
    }
    for (Map.Entry<String, JsonNode> entry : node.properties()) {
      if (!known.contains(entry.getKey())) {
        throw new IllegalArgumentException(
            what + " has no field '" + QueryValues.shortened(entry.getKey()) + "'");
      }
    }
  }

  private static @Nullable JsonNode value(JsonNode node, String field) {
    JsonNode value = node.get(field);
    return value == null || value.isNull() ? null : value;
  }

  private static String string(String what, JsonNode node) {
    if (!node.isString()) {
      throw new IllegalArgumentException(what + " is not a text");
    }
    return node.asString();
  }

  private static String text(JsonNode node, String field) {
    String text = optionalText(node, field);
    if (text == null) {
      throw new IllegalArgumentException("'" + field + "' is missing");
    }
    return text;
  }

  private static @Nullable String optionalText(JsonNode node, String field) {
    JsonNode value = value(node, field);
    return value == null ? null : string("'" + field + "'", value);
  }

  private static long whole(String field, JsonNode value) {
    if (!value.isIntegralNumber() || !value.canConvertToLong()) {
      throw new IllegalArgumentException("'" + field + "' is not a whole number");
    }
    return value.longValue();
  }

  private static @Nullable Long large(JsonNode node, String field) {
    JsonNode value = value(node, field);
    return value == null ? null : Long.valueOf(whole(field, value));
  }

  private static @Nullable Integer small(JsonNode node, String field) {
    JsonNode value = value(node, field);
    if (value == null) {
      return null;
    }
    long whole = whole(field, value);
    if (whole != (int) whole) {
      throw new IllegalArgumentException("'" + field + "' is too large");
    }
    return (int) whole;
  }

  private static @Nullable Double decimal(JsonNode node, String field) {
    JsonNode value = value(node, field);
    if (value == null) {
      return null;
    }
    if (!value.isNumber()) {
      throw new IllegalArgumentException("'" + field + "' is not a number");
    }
    return value.doubleValue();
  }

  private static @Nullable Instant time(JsonNode node, String field) {
    String text = optionalText(node, field);
    try {
      return text == null ? null : Instant.parse(text);
    } catch (DateTimeException e) {
      throw new IllegalArgumentException(
          "'" + field + "' is not a moment like 2017-05-03T04:05:06Z");
    }
  }

  private static CatalogException invalid(String message) {
    return new CatalogException("invalid-line", message);
  }
}
