package dev.firn.events;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.catalog.CatalogFile;
import dev.firn.columnar.iceberg.IcebergTables.DataFileView;
import dev.firn.columnar.iceberg.TableName;
import dev.firn.i3.Frame;
import dev.firn.i3.FrameReader;
import dev.firn.i3.FrameWriter;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Data files are sorted by event, whatever order files and frames come in.
class SortedTablesTest {
  private static final long SEED = Long.getLong("firn.seed", 20_261_127L);
  private static final int RUN = 131_000;

  /// What a row says of the event itself, and not of where it came from.
  private static final String FACTS =
      "run, event, sub_event, subrun, sub_event_stream, pulses, start_ticks";

  @TempDir Path directory;
  private EventWorld world;
  private Pass pass;

  @BeforeEach
  void open() throws IOException {
    world = new EventWorld(directory);
    pass = world.passes.create("pass2", "InIcePulses", "", "tester");
  }

  @AfterEach
  void close() throws IOException {
    world.close();
  }

  /// Three files whose events overlap: each has the numbers that are its own modulo 3, in disorder.
  private List<CatalogFile> shuffled(Random random) throws IOException {
    List<CatalogFile> files = new ArrayList<>();
    for (int subrun = 0; subrun < 3; subrun++) {
      int rest = subrun;
      List<Long> events =
          new ArrayList<>(LongStream.range(0, 300).filter(e -> e % 3 == rest).boxed().toList());
      Collections.shuffle(events, random);
      files.add(world.file(RUN, subrun, EventWorld.i3(RUN, subrun, events), events.size()));
    }
    return files;
  }

  @Test
  void rowsOfBothTablesAreInTheOrderOfEventsAndRangesAreRight() throws Exception {
    System.out.println("SortedTablesTest: seed " + SEED);
    Random random = new Random(SEED);
    List<CatalogFile> files = shuffled(random);
    CatalogFile split = world.file(RUN, 3, EventWorld.ofTwoSplitters(RUN, 40), 40);
    Path last = null;
    // in memory at once; and in pieces of some events that lie aside meanwhile
    for (int held : new int[] {SortedEvents.HELD, 20_000, 1}) {
      Collections.shuffle(files, random);
      List<CatalogFile> all = new ArrayList<>(files);
      all.add(random.nextInt(4), split);
      Path folder = Files.createDirectory(directory.resolve("held-" + held));
      Path events = folder.resolve("events.parquet");
      Path pulses = folder.resolve("pulses.parquet");
      write(all, events, pulses, held);

      try (Stream<Path> left = Files.list(folder)) {
        assertThat(left)
            .as("nothing lies aside any more")
            .containsExactlyInAnyOrder(events, pulses);
      }
      assertThat(unsorted(events)).isZero();
      assertThat(unsorted(pulses)).isZero();
      assertThat(number("SELECT count(*) FROM '%s'".formatted(events))).isEqualTo(380);
      // every event's range has as many pulses as it, all its own, and no pulse is in two or none
      assertThat(
              number(
                  """
                  SELECT count(*) FROM (SELECT e.frame, e.file_id, e.pulses, count(p.run) AS n
                    FROM '%s' e LEFT JOIN read_parquet('%s', file_row_number = true) p
                    ON p.file_row_number BETWEEN e.first_pulse_row AND e.last_pulse_row
                      AND p.run = e.run AND p.event = e.event AND p.subrun = e.subrun
                      AND p.sub_event = e.sub_event
                    GROUP BY ALL HAVING e.pulses <> n)
                  """
                      .formatted(events, pulses)))
          .isZero();
      assertThat(
              number(
                  "SELECT (SELECT count(*) FROM '%s') - (SELECT sum(pulses) FROM '%s')"
                      .formatted(pulses, events)))
          .isZero();
      if (last != null) {
        assertThat(rows(FACTS, events)).isEqualTo(rows(FACTS, last.resolve("events.parquet")));
        assertThat(rows("*", pulses)).isEqualTo(rows("*", last.resolve("pulses.parquet")));
      }
      last = folder;
    }
  }

  private void write(List<CatalogFile> files, Path events, Path pulses, int held)
      throws IOException {
    BatchWriter.About about =
        new BatchWriter.About(
            EventTables.ofPass(List.of()), ScalarColumns.parse(""), "InIcePulses", "pulses");
    try (BatchWriter writer = new BatchWriter(about, events, pulses, files.getFirst(), held)) {
      for (CatalogFile file : files) {
        byte[] bytes = Files.readAllBytes(directory.resolve("storage" + below(file)));
        writer.write(file, new ByteArrayInputStream(bytes));
      }
      writer.finish();
    }
  }

  private static String below(CatalogFile file) {
    return file.name().toString().substring("/data".length());
  }

  @Test
  void framesOfOneFileInDisorderAreSorted() throws Exception {
    Random random = new Random(SEED);
    List<byte[]> readouts = new ArrayList<>();
    for (long event = 1; event <= 50; event++) {
      readouts.add(EventWorld.i3(RUN, 0, List.of(event)));
    }
    Collections.shuffle(readouts, random);
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    readouts.forEach(file::writeBytes);
    world.load(pass, world.file(RUN, 0, file.toByteArray(), 50));
    for (TableName table : List.of(pass.eventsTable(), pass.pulsesTable())) {
      assertThat(unsorted(only(table))).isZero();
    }
    assertThat(number("SELECT count(*) FROM '%s'".formatted(only(pass.eventsTable()))))
        .isEqualTo(50);
  }

  @Test
  void eventsWithoutNumbersComeFirst() throws Exception {
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    file.writeBytes(EventWorld.i3(RUN, 0, 5, 3));
    byte[] nameless = EventWorld.i3(RUN, 0, 1, 1);
    try (FrameReader reader = FrameReader.strict(new ByteArrayInputStream(nameless))) {
      FrameWriter writer = new FrameWriter(file);
      var frame = reader.next().orElseThrow();
      writer.write(
          Frame.of(
              'Q',
              frame.objects().stream().filter(o -> !o.key().equals("I3EventHeader")).toList()));
    }
    world.load(pass, world.file(RUN, 0, file.toByteArray(), 4));
    assertThat(rows("event", only(pass.eventsTable()))).isEqualTo("null\n5\n6\n7\n");
  }

  @Test
  void icebergSaysHowTheyAreSorted() throws Exception {
    world.load(pass, world.file(RUN, 0, 1, 3));
    for (TableName table : List.of(pass.eventsTable(), pass.pulsesTable())) {
      Path metadata =
          directory.resolve(
              "storage" + world.tables.directory(table).toString().substring(5) + "/metadata");
      Path newest;
      try (Stream<Path> all = Files.list(metadata)) {
        newest = all.filter(p -> p.toString().endsWith(".json")).sorted().toList().getLast();
      }
      JsonNode json = JsonMapper.builder().build().readTree(Files.readString(newest));
      int order = json.get("default-sort-order-id").asInt();
      assertThat(order).isPositive();
      List<Integer> columns = new ArrayList<>();
      for (JsonNode one : json.get("sort-orders")) {
        if (one.get("order-id").asInt() == order) {
          for (JsonNode field : one.get("fields")) {
            assertThat(field.get("direction").asString()).isEqualTo("asc");
            assertThat(field.get("null-order").asString()).isEqualTo("nulls-first");
            columns.add(field.get("source-id").asInt());
          }
        }
      }
      var schema = world.tables.look().table(table).schema();
      assertThat(columns)
          .isEqualTo(
              EventTables.ORDER.stream().map(c -> schema.ids().get(schema.place(c))).toList());
    }
  }

  private Path only(TableName table) throws IOException {
    DataFileView file = world.tables.dataFiles(table, Pass.STAGING).getFirst();
    String name = world.tables.files().name(file.location()).toString();
    return directory.resolve("storage" + name.substring("/data".length()));
  }

  /// Rows that come before the one ahead of them.
  private static long unsorted(Path file) throws Exception {
    return number(
        """
        SELECT count(*) FROM (SELECT (run, event, sub_event) AS name,
          lag((run, event, sub_event)) OVER (ORDER BY file_row_number) AS before
          FROM read_parquet('%s', file_row_number = true)) WHERE name < before
        """
            .formatted(file));
  }

  private static long number(String sql) throws Exception {
    try (Connection duck = DriverManager.getConnection("jdbc:duckdb:");
        Statement statement = duck.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      row.next();
      return row.getLong(1);
    }
  }

  /// All rows in the order of the file, a line each.
  private static String rows(String columns, Path file) throws Exception {
    StringBuilder all = new StringBuilder();
    try (Connection duck = DriverManager.getConnection("jdbc:duckdb:");
        Statement statement = duck.createStatement();
        ResultSet row = statement.executeQuery("SELECT %s FROM '%s'".formatted(columns, file))) {
      int count = row.getMetaData().getColumnCount();
      while (row.next()) {
        for (int i = 1; i <= count; i++) {
          all.append(i > 1 ? " " : "").append(row.getString(i));
        }
        all.append('\n');
      }
    }
    return all.toString();
  }
}
