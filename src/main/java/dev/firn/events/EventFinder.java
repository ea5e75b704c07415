package dev.firn.events;

import dev.firn.columnar.ParquetRows;
import dev.firn.database.Database;
import dev.firn.model.LogicalName;
import dev.firn.storage.ReadChannel;
import dev.firn.storage.StorageArea;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/// Finds one event by its numbers: the record says in which batches it may be, and their files are
/// read by ranges.
final class EventFinder {
  private final Database database;
  private final StorageArea area;

  EventFinder(Database database, StorageArea area) {
    this.database = database;
    this.area = area;
  }

  /// One row of `events`, and the data file of its pulses.
  record Found(Map<String, Object> row, LogicalName pulses) {}

  /// Which event is meant.
  ///
  /// @param subrun empty for every subrun that has an event of this number
  record Wanted(long run, OptionalLong subrun, long event) {}

  /// Rows of `events` with these numbers: one for each part that a splitter made, of each subrun
  /// that has the number, and of each file when several have the event.
  ///
  /// @param most rows after which no further batch is opened
  List<Found> events(Pass pass, Wanted wanted, int most) throws IOException {
    Map<String, Long> equal = new LinkedHashMap<>();
    equal.put("run", wanted.run());
    equal.put("event", wanted.event());
    wanted.subrun().ifPresent(subrun -> equal.put("subrun", subrun));
    List<LoadStore.Batch> batches =
        database.read(connection ->
            LoadStore.holding(
                connection, pass.id(), wanted.run(), wanted.subrun().orElse(-1), wanted.event()));
    List<Found> found = new ArrayList<>();
    for (LoadStore.Batch batch : batches) {
      LogicalName pulses = LogicalName.parse(batch.pulses());
      for (Map<String, Object> row : where(LogicalName.parse(batch.events()), equal)) {
        found.add(new Found(row, pulses));
      }
      if (found.size() >= most) {
        break;
      }
    }
    return found;
  }

  /// The first event of the batch that a pass was given last; empty when no event of it has
  /// numbers.
  Optional<Wanted> newest(Pass pass) throws IOException {
    Optional<LoadStore.Batch> batch =
        database.read(connection -> LoadStore.newest(connection, pass.id()));
    if (batch.isEmpty()) {
      return Optional.empty();
    }
    LogicalName file = LogicalName.parse(batch.get().events());
    try (ReadChannel channel = area.open(file);
        ParquetRows rows = ParquetRows.open(file.toString(), ranges(channel))) {
      Map<String, Object> first = rows.range(0, 1).getFirst();
      return first.get("run") instanceof Long run && first.get("event") instanceof Long event
          ? Optional.of(new Wanted(run, OptionalLong.empty(), event))
          : Optional.empty();
    }
  }

  /// Its pulses, in the order of the table.
  List<Map<String, Object>> pulses(Found event) throws IOException {
    long count = number(event, "pulses");
    if (count <= 0) {
      return List.of();
    }
    try (ReadChannel channel = area.open(event.pulses());
        ParquetRows rows = ParquetRows.open(event.pulses().toString(), ranges(channel))) {
      return rows.range(number(event, "first_pulse_row"), count);
    }
  }

  private static long number(Found event, String column) {
    return event.row().get(column) instanceof Long value ? value : -1;
  }

  private List<Map<String, Object>> where(LogicalName file, Map<String, Long> equal)
      throws IOException {
    try (ReadChannel channel = area.open(file);
        ParquetRows rows = ParquetRows.open(file.toString(), ranges(channel))) {
      return rows.where(equal);
    }
  }

  static ParquetRows.Ranges ranges(ReadChannel channel) {
    return new ParquetRows.Ranges() {
      @Override
      public long length() {
        return channel.object().size();
      }

      @Override
      public ByteBuffer read(long offset, int length) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(length);
        while (bytes.hasRemaining()) {
          if (channel.read(bytes, offset + bytes.position()) < 0) {
            throw new EOFException("the file ended early");
          }
        }
        return bytes.flip();
      }
    };
  }
}
