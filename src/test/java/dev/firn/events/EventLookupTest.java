package dev.firn.events;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.columnar.CountedRanges;
import dev.firn.columnar.ParquetRows;
import dev.firn.columnar.ParquetTable;
import dev.firn.columnar.Row;
import dev.firn.columnar.TableSchema;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Looking one event up among a hundred million: which file the record names, and what is asked of
/// that file.
class EventLookupTest {
  private static final int FILES = 1_000;
  private static final int EVENTS_A_FILE = 100_000;
  private static final long RUN = 131_263;

  @TempDir Path directory;

  /// One of the files, whole.
  private Path file(int number) throws IOException {
    TableSchema schema = EventTables.ofPass(List.of());
    Path file = directory.resolve("events.parquet");
    Row row = schema.newRow();
    Random random = new Random(number);
    long pulses = 0;
    try (ParquetTable out = new ParquetTable(file, schema, EventTables.EVENTS_A_GROUP)) {
      for (int i = 0; i < EVENTS_A_FILE; i++) {
        long event = (long) number * EVENTS_A_FILE + i;
        long ticks = 4_000_000L * event + random.nextInt(4_000_000);
        int many = 1 + random.nextInt(300);
        row.set(0, 2L * i + 1).set(1, RUN).set(2, 0L).set(3, event).set(4, 0L);
        row.set(5, "InIceSplit").set(6, 1_540_000_000_000_000_000L + 100 * ticks).set(7, 2018L);
        row.set(8, ticks).set(9, 2018L).set(10, ticks + 100_000 + random.nextInt(100_000));
        row.set(11, (long) many)
            .set(12, pulses)
            .set(13, pulses + many - 1)
            .set(14, 17L + i / 4_000);
        pulses += many;
        row.set(15, "0123-4567.parquet").set(16, 0.0004).set(17, "0/0/0/1006");
        row.set(18, i % 3 == 0 ? "MuonFilter_13" : "CascadeFilter_13 OnlineL2Filter_17");
        out.write(row);
      }
    }
    return file;
  }

  @Test
  void oneFileOfAThousandIsOpenedAndAskedAtMostFiveTimes() throws Exception {
    int number = 617;
    long event = (long) number * EVENTS_A_FILE + 54_321;
    try (EventWorld world = new EventWorld(directory)) {
      Pass pass = world.passes.create("pass2", "InIcePulses", "", "tester");
      world.database.inTransaction(c -> batches(c, pass.id()));
      List<LoadStore.Batch> holding =
          world.database.read(c -> LoadStore.holding(c, pass.id(), RUN, -1, event));
      assertThat(holding).extracting(LoadStore.Batch::events).containsExactly("/data/" + number);
    }
    try (CountedRanges counting = new CountedRanges(file(number));
        ParquetRows rows = ParquetRows.open("events", counting)) {
      List<Map<String, Object>> found = rows.where(Map.of("run", RUN, "event", event));
      assertThat(found)
          .singleElement()
          .satisfies(row -> assertThat(row).containsEntry("frame", 2L * 54_321 + 1));
      System.out.printf(
          "EventLookupTest: %d requests, %d bytes of %d%n",
          counting.requests(), counting.bytes(), counting.length());
      assertThat(counting.requests()).isLessThanOrEqualTo(5);
    }
  }

  private static boolean batches(Connection c, int pass) throws SQLException {
    try (PreparedStatement insert =
        c.prepareStatement(
            "INSERT INTO event_batch(id, pass, events_file, pulses_file, events, pulses, first_run,"
                + " last_run, first_event, last_event) VALUES (?, ?, ?, ?, ?, 0, ?, ?, ?, ?)")) {
      for (int i = 0; i < FILES; i++) {
        insert.setObject(1, new UUID(1, i));
        insert.setInt(2, pass);
        insert.setString(3, "/data/" + i);
        insert.setString(4, "/data/pulses/" + i);
        insert.setLong(5, EVENTS_A_FILE);
        insert.setLong(6, RUN);
        insert.setLong(7, RUN);
        insert.setLong(8, (long) i * EVENTS_A_FILE);
        insert.setLong(9, (i + 1L) * EVENTS_A_FILE - 1);
        insert.addBatch();
      }
      insert.executeBatch();
      return true;
    }
  }
}
