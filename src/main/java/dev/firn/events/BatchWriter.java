package dev.firn.events;

import dev.firn.catalog.CatalogFile;
import dev.firn.columnar.FileSummary;
import dev.firn.columnar.ParquetTable;
import dev.firn.columnar.Row;
import dev.firn.columnar.TableSchema;
import dev.firn.i3.EventHeader;
import dev.firn.i3.Frame;
import dev.firn.i3.FrameChain;
import dev.firn.i3.FrameReader;
import dev.firn.i3.I3Exception;
import dev.firn.i3.Readout;
import dev.firn.i3.ReadoutReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// Writes the events of several files into one pair of Parquet files, sorted by their numbers.
final class BatchWriter implements AutoCloseable {
  private final TableSchema schema;
  private final ScalarColumns scalars;
  private final String pulseFile;
  private final ParquetTable events;
  private final ParquetTable pulses;
  private final SortedEvents sorted;
  private final Map<String, Integer> places = new HashMap<>();
  private final Map<Long, LoadStore.FileRows> files = new LinkedHashMap<>();
  private final FileColumns columns;
  private long firstRun = Long.MAX_VALUE;
  private long lastRun = -1;
  private long firstSubrun = Long.MAX_VALUE;
  private long lastSubrun = -1;
  private long firstEvent = Long.MAX_VALUE;
  private long lastEvent = -1;
  private CatalogFile current;

  /// What is written about.
  ///
  /// @param schema of `events` in the table
  /// @param pulseFile name of the data file of pulses
  record About(TableSchema schema, ScalarColumns scalars, String key, String pulseFile) {}

  /// @param heldBytes of events that are held before they are written aside, beside `eventsPath`
  BatchWriter(About about, Path eventsPath, Path pulsesPath, CatalogFile first, int heldBytes)
      throws IOException {
    this.schema = about.schema();
    this.scalars = about.scalars();
    this.pulseFile = about.pulseFile();
    this.current = first;
    for (int i = 0; i < schema.columns().size(); i++) {
      places.put(schema.columns().get(i).name(), i);
    }
    this.events = new ParquetTable(eventsPath, schema, EventTables.EVENTS_A_GROUP);
    this.pulses = new ParquetTable(pulsesPath, EventTables.PULSES);
    Path aside = eventsPath.resolveSibling(eventsPath.getFileName() + ".sorted");
    this.sorted = new SortedEvents(schema, aside, heldBytes);
    this.columns = new FileColumns(about.key(), schema, sorted, this::fill);
  }

  /// Takes all events of one file.
  ///
  /// @throws I3Exception when it cannot be read as it should be; what was taken of it is there, so
  ///   that the whole batch is to be written again without it
  void write(CatalogFile file, InputStream in) throws IOException {
    current = file;
    long before = columns.events();
    long pulsesBefore = columns.pulses();
    try (FrameReader reader = FrameReader.strict(in)) {
      columns.writeAll(new ReadoutReader(reader));
    }
    files.put(
        file.id(),
        new LoadStore.FileRows(columns.events() - before, columns.pulses() - pulsesBefore));
  }

  /// Writes all rows.
  void finish() throws IOException {
    sorted.finish(new EventRows(events, pulses));
  }

  private void fill(Row row, Readout readout, Frame frame) throws I3Exception {
    row.set(place("file_id"), current.id());
    row.set(place("pulse_file"), pulseFile);
    Double livetime = current.metadata().livetime();
    Long count = current.metadata().eventCount();
    if (livetime != null && count != null && count > 0) {
      // an event of several rows has its share once
      row.set(place("livetime_share"), livetime / count / Math.max(1, readout.physics().size()));
    }
    FrameChain chain = readout.chain(frame);
    FrameFacts.triggers(chain).ifPresent(t -> row.set(place("triggers"), t));
    FrameFacts.filters(chain).ifPresent(f -> row.set(place("filters"), f));
    scalars.fill(row, places, chain);
    Optional<EventHeader> header = readout.header(frame);
    if (header.isPresent()) {
      firstRun = Math.min(firstRun, header.get().run());
      lastRun = Math.max(lastRun, header.get().run());
      firstSubrun = Math.min(firstSubrun, header.get().subrun());
      lastSubrun = Math.max(lastSubrun, header.get().subrun());
      firstEvent = Math.min(firstEvent, header.get().event());
      lastEvent = Math.max(lastEvent, header.get().event());
    }
  }

  private int place(String column) {
    return schema.place(column);
  }

  Map<Long, LoadStore.FileRows> files() {
    return files;
  }

  LoadStore.Range range() {
    return lastRun < 0
        ? new LoadStore.Range(
            columns.events(), columns.pulses(), null, null, null, null, null, null)
        : new LoadStore.Range(
            columns.events(),
            columns.pulses(),
            firstRun,
            lastRun,
            firstSubrun,
            lastSubrun,
            firstEvent,
            lastEvent);
  }

  /// After [#close].
  FileSummary eventsSummary() {
    return events.summary();
  }

  FileSummary pulsesSummary() {
    return pulses.summary();
  }

  @Override
  public void close() throws IOException {
    try (sorted;
        pulses) {
      events.close();
    }
  }
}
