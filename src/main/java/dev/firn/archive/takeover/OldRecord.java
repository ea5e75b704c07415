package dev.firn.archive.takeover;

import dev.firn.catalog.CatalogException;
import dev.firn.catalog.FileMetadata;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// What a manifest's record says of a file, in the field names of the observatory's old catalog.
final class OldRecord {
  private OldRecord() {}

  /// The record's own words, and the name's where it says nothing. A record that cannot be is
  /// passed over: the name's words remain.
  static FileMetadata metadata(JsonNode record, FileMetadata told) {
    JsonNode run = record.path("run");
    try {
      return new FileMetadata(
          or(number(record.path("offline_processing_metadata").path("season")), told.season()),
          or(number(run.path("run_number")), told.run()),
          or(number(run.path("subrun_number")), told.subrun()),
          or(number(run.path("part_number")), told.part()),
          or(word(record.path("processing_level")), told.level()),
          or(word(record.path("data_type")), told.dataType()),
          or(longNumber(run.path("event_count")), told.eventCount()),
          or(longNumber(run.path("first_event")), told.firstEvent()),
          or(longNumber(run.path("last_event")), told.lastEvent()),
          told.extra());
    } catch (CatalogException e) {
      return told;
    }
  }

  private static <T> @Nullable T or(@Nullable T first, @Nullable T second) {
    return first != null ? first : second;
  }

  private static @Nullable Integer number(JsonNode node) {
    return node.isIntegralNumber() && node.canConvertToInt() ? (Integer) node.asInt() : null;
  }

  private static @Nullable Long longNumber(JsonNode node) {
    return node.isIntegralNumber() && node.canConvertToLong() ? (Long) node.asLong() : null;
  }

  private static @Nullable String word(JsonNode node) {
    return node.isString() && !node.asString().isEmpty() ? node.asString() : null;
  }
}
