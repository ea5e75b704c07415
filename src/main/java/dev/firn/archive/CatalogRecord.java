package dev.firn.archive;

import dev.firn.catalog.CatalogFile;
import dev.firn.catalog.FileMetadata;
import dev.firn.catalog.Replica;
import dev.firn.http.Json;
import dev.firn.model.Checksum;
import dev.firn.model.ReplicaState;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// A file as a line of a bundle's manifest, in the field names of the observatory's old catalog.
final class CatalogRecord {
  private CatalogRecord() {}

  static String of(CatalogFile file) {
    ObjectNode record = JsonNodeFactory.instance.objectNode();
    record.put("uuid", file.uuid().toString());
    record.put("logical_name", file.name().toString());
    record.put("file_size", file.size());
    ObjectNode checksum = record.putObject("checksum");
    for (Checksum value : file.checksums().values().values()) {
      checksum.put(value.algorithm().label(), value.hex());
    }
    ArrayNode locations = record.putArray("locations");
    for (Replica replica : file.replicas()) {
      if (replica.state() == ReplicaState.AVAILABLE) {
        location(locations.addObject(), replica);
      }
    }
    record.put("create_date", file.created().truncatedTo(ChronoUnit.SECONDS).toString());
    FileMetadata metadata = file.metadata();
    put(record, "data_type", metadata.dataType());
    put(record, "processing_level", metadata.level());
    run(record, metadata);
    if (metadata.season() != null) {
      record.putObject("offline_processing_metadata").put("season", metadata.season());
    }
    if (metadata.extra() != null) {
      record.set("extra", metadata.extra());
    }
    return Json.mapper().writeValueAsString(record);
  }

  private static void location(ObjectNode node, Replica replica) {
    node.put("site", replica.site().value());
    node.put("path", replica.path().toString());
    if (replica.bundle() != null) {
      node.put("archive", true);
    }
  }

  private static void run(ObjectNode record, FileMetadata metadata) {
    ObjectNode run = JsonNodeFactory.instance.objectNode();
    put(run, "run_number", metadata.run());
    put(run, "subrun_number", metadata.subrun());
    put(run, "part_number", metadata.part());
    put(run, "first_event", metadata.firstEvent());
    put(run, "last_event", metadata.lastEvent());
    put(run, "event_count", metadata.eventCount());
    if (!run.isEmpty()) {
      record.set("run", run);
    }
  }

  private static void put(ObjectNode node, String key, @Nullable Object value) {
    if (value != null) {
      node.set(key, Json.mapper().valueToTree(value));
    }
  }
}
