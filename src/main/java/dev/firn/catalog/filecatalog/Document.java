package dev.firn.catalog.filecatalog;

import dev.firn.catalog.CatalogException;
import dev.firn.catalog.CatalogFile;
import dev.firn.catalog.FileMetadata;
import dev.firn.catalog.NewFile;
import dev.firn.model.Checksum;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.Checksums;
import dev.firn.model.LogicalName;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// A file's record as the File Catalog writes it, to and from Firn's. Pure.
///
/// What Firn has a column for lives there and nowhere else; all other keys are kept as metadata
/// under their own names. Times are both, since they are written in many ways and come out as they
/// came in.
final class Document {
  /// Keys that are the record itself and not metadata.
  private static final Set<String> OWN =
      Set.of(
          "uuid",
          "logical_name",
          "locations",
          "file_size",
          "checksum",
          "meta_modify_date",
          "_links",
          "_id");

  private static final DateTimeFormatter MODIFIED =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss.SSSSSS", Locale.ROOT)
          .withZone(ZoneOffset.UTC);

  /// ISO 8601, as Python writes it too: with a blank for the `T`, and without a zone for UTC.
  private static final DateTimeFormatter TIME =
      new DateTimeFormatterBuilder()
          .append(DateTimeFormatter.ISO_LOCAL_DATE)
          .appendPattern("['T'][' ']")
          .append(DateTimeFormatter.ISO_LOCAL_TIME)
          .optionalStart()
          .appendOffset("+HH:MM", "Z")
          .optionalEnd()
          .toFormatter(Locale.ROOT)
          .withZone(ZoneOffset.UTC);

  private Document() {}

  /// What was stored beside Firn's record.
  record Beside(List<Location> locations, @Nullable Instant modified, Written written) {}

  /// How a record was written, each null where that is the usual form.
  record Written(@Nullable String uuid, @Nullable String name) {
    static final Written USUAL = new Written(null, null);

    static Written of(JsonNode document, CatalogFile file) {
      String name = document.path("logical_name").asString("");
      return new Written(
          other(document.path("uuid").asString(""), file.uuid().toString()),
          other(name, file.name().toString()));
    }

    private static @Nullable String other(String written, String usual) {
      return written.isEmpty() || written.equals(usual) ? null : written;
    }
  }

  /// What Firn calls a file; names without a slash in front lie in the root.
  ///
  /// @throws IllegalArgumentException when that cannot be a name
  static LogicalName name(String written) {
    return LogicalName.parse(written.startsWith("/") ? written : "/" + written);
  }

  /// The file that a document describes.
  ///
  /// @throws Refusal 400 when a mandatory field is missing or a value cannot be
  static NewFile file(JsonNode document) {
    String name = document.path("logical_name").asString("");
    if (!document.path("logical_name").isString() || name.isEmpty()) {
      throw missing("logical_name");
    }
    JsonNode size = document.path("file_size");
    if (!size.isIntegralNumber() || !size.canConvertToLong()) {
      throw missing("file_size");
    }
    if (!document.path("checksum").path("sha512").isString()) {
      throw missing("checksum.sha512");
    }
    try {
      return new NewFile(
          name(name), size.asLong(), checksums(document.path("checksum")), metadata(document));
    } catch (IllegalArgumentException | CatalogException e) {
      throw Refusal.bad(String.valueOf(e.getMessage()));
    }
  }

  private static Refusal missing(String field) {
    return Refusal.bad("the mandatory field '" + field + "' is missing or of another type");
  }

  /// @throws Refusal 400 unless there is at least one
  static List<Location> locations(JsonNode document) {
    JsonNode array = document.path("locations");
    if (!array.isArray() || array.isEmpty()) {
      throw Refusal.bad("'locations' must be an array with at least one location");
    }
    List<Location> locations = new ArrayList<>();
    for (JsonNode node : array) {
      Location location = Location.read(node);
      if (locations.stream().noneMatch(location::isAt)) {
        locations.add(location);
      }
    }
    return locations;
  }

  private static Checksums checksums(JsonNode node) {
    List<Checksum> known = new ArrayList<>();
    known.add(new Checksum(ChecksumAlgorithm.SHA512, node.path("sha512").asString()));
    for (Map.Entry<String, JsonNode> entry : node.properties()) {
      if (!entry.getKey().equals("sha512")) {
        checksum(entry).ifPresent(known::add);
      }
    }
    return Checksums.of(known);
  }

  /// Empty where it is of a kind, or written in a way, that Firn does not know.
  private static Optional<Checksum> checksum(Map.Entry<String, JsonNode> entry) {
    try {
      return entry.getValue().isString()
          ? ChecksumAlgorithm.find(entry.getKey())
              .map(algorithm -> new Checksum(algorithm, entry.getValue().asString()))
          : Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /// Types are not looked at, as the old catalog did not: what a column does not take stays in the
  /// rest, as it was written.
  ///
  /// @throws CatalogException when a value cannot be kept
  static FileMetadata metadata(JsonNode document) {
    ObjectNode extra = ((ObjectNode) document).deepCopy();
    OWN.forEach(extra::remove);
    otherChecksums(document, extra);
    FileMetadata columns =
        new FileMetadata(
            year(extra),
            narrow(extra, "run", "run_number"),
            narrow(extra, "run", "subrun_number"),
            narrow(extra, "run", "part_number"),
            word(extra, "processing_level"),
            word(extra, "data_type"),
            wide(extra, "run", "event_count"),
            wide(extra, "run", "first_event"),
            wide(extra, "run", "last_event"),
            null);
    JsonNode livetime = document.path("offline_processing_metadata").path("livetime");
    columns =
        columns.withCredibleTimes(
            time(document, "start_datetime"),
            time(document, "end_datetime"),
            livetime.isNumber() ? livetime.asDouble(Double.NaN) : null);
    for (String parent : List.of("run", "offline_processing_metadata")) {
      if (extra.path(parent).isObject() && extra.path(parent).isEmpty()) {
        extra.remove(parent);
      }
    }
    return extra.isEmpty() ? columns : columns.withExtra(extra);
  }

  /// Checksums that Firn does not know are kept as they came.
  private static void otherChecksums(JsonNode document, ObjectNode extra) {
    ObjectNode others = JsonNodeFactory.instance.objectNode();
    for (Map.Entry<String, JsonNode> entry : document.path("checksum").properties()) {
      if (checksum(entry).isEmpty()) {
        others.set(entry.getKey(), entry.getValue());
      }
    }
    if (!others.isEmpty()) {
      extra.set("checksum", others);
    }
  }

  private static @Nullable Integer year(ObjectNode extra) {
    JsonNode parent = extra.path("offline_processing_metadata");
    JsonNode season = parent.path("season");
    // Seasons were written both ways for years.
    boolean text = season.isString() && season.asString().matches("\\d{4}");
    if (!text && !(season.isIntegralNumber() && season.canConvertToInt())) {
      return null;
    }
    int year = text ? Integer.parseInt(season.asString()) : season.asInt();
    if (year < 1 || year > Short.MAX_VALUE) {
      return null;
    }
    ((ObjectNode) parent).remove("season");
    return year;
  }

  private static @Nullable Integer narrow(ObjectNode extra, String parent, String key) {
    JsonNode value = extra.path(parent).path(key);
    if (!value.isIntegralNumber() || !value.canConvertToInt() || value.asInt() < 0) {
      return null;
    }
    ((ObjectNode) extra.path(parent)).remove(key);
    return value.asInt();
  }

  private static @Nullable Long wide(ObjectNode extra, String parent, String key) {
    JsonNode value = extra.path(parent).path(key);
    if (!value.isIntegralNumber() || !value.canConvertToLong() || value.asLong() < 0) {
      return null;
    }
    ((ObjectNode) extra.path(parent)).remove(key);
    return value.asLong();
  }

  private static @Nullable String word(ObjectNode extra, String key) {
    JsonNode value = extra.path(key);
    if (!isWord(value)) {
      return null;
    }
    extra.remove(key);
    return value.asString();
  }

  /// Whether a column of words takes it.
  static boolean isWord(JsonNode value) {
    return value.isString() && value.asString().matches("[A-Za-z0-9][A-Za-z0-9._+-]{0,63}");
  }

  /// Null when there is none, or it is not written as one. Digits beyond nanoseconds, which PFDST's
  /// records have, are let go.
  private static @Nullable Instant time(JsonNode document, String key) {
    try {
      String text = document.path("run").path(key).asString("");
      return TIME.parse(text.replaceFirst("(\\.\\d{9})\\d+", "$1"), Instant::from);
    } catch (DateTimeException e) {
      return null;
    }
  }

  /// A uuid in any usual form; LTA writes them without dashes.
  ///
  /// @throws Refusal 400
  static UUID uuid(String text) {
    String digits = text.replace("-", "");
    if (digits.length() != 32 || !digits.matches("[0-9a-fA-F]{32}")) {
      throw Refusal.bad("not a uuid: " + (text.length() > 64 ? text.substring(0, 64) : text));
    }
    return new UUID(
        Long.parseUnsignedLong(digits.substring(0, 16), 16),
        Long.parseUnsignedLong(digits.substring(16), 16));
  }

  /// The whole record.
  static ObjectNode of(CatalogFile file, Beside beside) {
    FileMetadata m = file.metadata();
    ObjectNode document = JsonNodeFactory.instance.objectNode();
    if (m.extra() != null) {
      document.setAll((ObjectNode) m.extra().deepCopy());
    }
    Written written = beside.written();
    document.put("uuid", written.uuid() == null ? file.uuid().toString() : written.uuid());
    document.put("logical_name", written.name() == null ? file.name().toString() : written.name());
    document.put("file_size", file.size());
    ObjectNode sums = child(document, "checksum");
    for (Checksum checksum : file.checksums().values().values()) {
      sums.put(checksum.algorithm().label(), checksum.hex());
    }
    ArrayNode locations = document.putArray("locations");
    beside.locations().forEach(l -> locations.add(l.document()));
    Instant modified = beside.modified() == null ? file.created() : beside.modified();
    document.put("meta_modify_date", MODIFIED.format(modified));
    columns(document, m);
    return document;
  }

  private static void columns(ObjectNode document, FileMetadata m) {
    if (m.level() != null) {
      document.put("processing_level", m.level());
    }
    if (m.dataType() != null) {
      document.put("data_type", m.dataType());
    }
    put(document, "run", "run_number", m.run());
    put(document, "run", "subrun_number", m.subrun());
    put(document, "run", "part_number", m.part());
    put(document, "run", "first_event", m.firstEvent());
    put(document, "run", "last_event", m.lastEvent());
    put(document, "run", "event_count", m.eventCount());
    put(document, "offline_processing_metadata", "season", m.season());
  }

  private static void put(ObjectNode document, String parent, String key, @Nullable Number value) {
    if (value != null) {
      child(document, parent).put(key, value.longValue());
    }
  }

  private static ObjectNode child(ObjectNode document, String key) {
    return document.path(key) instanceof ObjectNode there ? there : document.putObject(key);
  }
}
