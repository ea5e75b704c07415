package dev.firn.catalog;

import dev.firn.columnar.Column;
import dev.firn.columnar.ColumnType;
import dev.firn.columnar.Row;
import dev.firn.columnar.TableSchema;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.LogicalName;
import dev.firn.model.ReplicaState;
import java.time.Instant;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;

/// Files as rows of a table, with all the catalog knows of them: for analysis, and for leaving.
///
/// Copies, parents and free metadata are texts of JSON, as the catalog's other answers write them.
final class FileTable {
  static final TableSchema SCHEMA =
      TableSchema.of(
          "files",
          Column.required("name", ColumnType.TEXT, "", "the logical name"),
          Column.required("uuid", ColumnType.TEXT, "", "the file version's identity"),
          Column.required("size", ColumnType.LONG, "B", "of the file"),
          Column.required("created", ColumnType.TIMESTAMP, "", "when it was registered"),
          Column.required("live", ColumnType.BOOLEAN, "", "false when replaced or without copies"),
          Column.required("sha512", ColumnType.TEXT, "", "of its bytes, in hexadecimal"),
          Column.optional("sha256", ColumnType.TEXT, "", "of its bytes, in hexadecimal"),
          Column.optional("md5", ColumnType.TEXT, "", "of its bytes, in hexadecimal"),
          Column.optional("adler32", ColumnType.TEXT, "", "of its bytes, in hexadecimal"),
          Column.optional("crc32c", ColumnType.TEXT, "", "of its bytes, in hexadecimal"),
          Column.optional("season", ColumnType.INT, "", "named by the year it began in"),
          Column.optional("run", ColumnType.INT, "", "the detector's run number"),
          Column.optional("subrun", ColumnType.INT, "", "of the run"),
          Column.optional("part", ColumnType.INT, "", "of the subrun"),
          Column.optional("level", ColumnType.TEXT, "", "of processing"),
          Column.optional("data_type", ColumnType.TEXT, "", "real or simulation"),
          Column.optional("event_count", ColumnType.LONG, "", "how many events it holds"),
          Column.optional("first_event", ColumnType.LONG, "", "the lowest event number"),
          Column.optional("last_event", ColumnType.LONG, "", "the highest event number"),
          Column.optional("start", ColumnType.TIMESTAMP, "", "when what it holds began"),
          Column.optional("end", ColumnType.TIMESTAMP, "", "when it ended"),
          Column.optional("livetime", ColumnType.DOUBLE, "s", "how long the detector took data"),
          Column.optional("owner", ColumnType.TEXT, "", "whose it is"),
          Column.optional("group", ColumnType.TEXT, "", "the working group it belongs to"),
          Column.optional("metadata", ColumnType.TEXT, "", "everything else, a JSON object"),
          Column.required("sites", ColumnType.TEXT, "", "with an available copy, by commas"),
          Column.required("replicas", ColumnType.TEXT, "", "all copies, a JSON array"),
          Column.optional("parents", ColumnType.TEXT, "", "what it was made from, a JSON array"));

  private final Row row = SCHEMA.newRow();
  private int column;

  /// The file as a row, which is the same object every time.
  Row row(CatalogFile file, List<LogicalName> parents) {
    row.clear();
    column = 0;
    text(file.name()).text(file.uuid()).number(file.size()).time(file.created());
    row.set(column++, file.live());
    sum(file, ChecksumAlgorithm.SHA512);
    sum(file, ChecksumAlgorithm.SHA256);
    sum(file, ChecksumAlgorithm.MD5);
    sum(file, ChecksumAlgorithm.ADLER32);
    sum(file, ChecksumAlgorithm.CRC32C);
    FileMetadata m = file.metadata();
    number(m.season()).number(m.run()).number(m.subrun()).number(m.part());
    text(m.level()).text(m.dataType());
    number(m.eventCount()).number(m.firstEvent()).number(m.lastEvent());
    time(m.starts()).time(m.ends());
    if (m.livetime() != null) {
      row.set(column, m.livetime());
    }
    column++;
    text(m.owner()).text(m.group()).text(m.extra());
    text(
        file.replicas().stream()
            .filter(r -> r.state() == ReplicaState.AVAILABLE)
            .map(r -> r.site().value())
            .collect(Collectors.joining(",")));
    text(CatalogViews.replicas(file));
    if (!parents.isEmpty()) {
      ArrayNode names = JsonNodeFactory.instance.arrayNode();
      parents.forEach(parent -> names.add(parent.toString()));
      text(names);
    }
    return row;
  }

  private FileTable sum(CatalogFile file, ChecksumAlgorithm algorithm) {
    return text(file.checksums().find(algorithm).map(c -> c.hex()).orElse(null));
  }

  private FileTable text(@Nullable Object value) {
    if (value != null) {
      row.set(column, value.toString());
    }
    column++;
    return this;
  }

  private FileTable number(@Nullable Number value) {
    if (value != null) {
      row.set(column, value.longValue());
    }
    column++;
    return this;
  }

  private FileTable time(@Nullable Instant time) {
    return number(
        time == null ? null : Long.valueOf(time.getEpochSecond() * 1_000_000_000 + time.getNano()));
  }
}
