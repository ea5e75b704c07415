package dev.firn.columnar;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ParquetRowsTest {
  private static final TableSchema PULSES =
      TableSchema.of(
          "pulses",
          Column.required("run", ColumnType.LONG, "", ""),
          Column.required("event", ColumnType.LONG, "", ""),
          Column.required("string", ColumnType.INT, "", ""),
          Column.required("om", ColumnType.INT, "", ""),
          Column.required("time", ColumnType.DOUBLE, "ns", ""),
          Column.required("charge", ColumnType.FLOAT, "PE", ""));
  private static final int EVENTS = 8_000;
  private static final int PULSES_AN_EVENT = 100;

  @TempDir Path directory;

  private Path pulses() throws IOException {
    Path file = directory.resolve("pulses.parquet");
    Random random = new Random(1);
    try (TableWriter writer = TableWriter.parquet(file, PULSES)) {
      Row row = PULSES.newRow();
      for (int event = 0; event < EVENTS; event++) {
        for (int i = 0; i < PULSES_AN_EVENT; i++) {
          row.set(0, 131_263L).set(1, (long) event).set(2, (long) (1 + random.nextInt(86)));
          row.set(3, (long) (1 + random.nextInt(60))).set(4, 9_000 + random.nextDouble() * 5_000);
          row.set(5, random.nextInt(200) * 0.025f);
          writer.write(row);
        }
      }
    }
    return file;
  }

  @Test
  void oneEventIsAFewRangesAndFewBytes() throws IOException {
    Path file = pulses();
    int event = 5_432;
    try (CountedRanges counting = new CountedRanges(file);
        ParquetRows rows = ParquetRows.open("pulses", counting)) {
      List<Map<String, Object>> found = rows.range((long) event * PULSES_AN_EVENT, PULSES_AN_EVENT);
      assertThat(found).hasSize(PULSES_AN_EVENT);
      assertThat(found).allMatch(r -> r.get("event").equals((long) event));
      assertThat(counting.requests()).as("requests").isLessThanOrEqualTo(8);
      assertThat(counting.bytes()).as("bytes").isLessThan(500_000);
    }
    try (CountedRanges counting = new CountedRanges(file);
        ParquetRows rows = ParquetRows.open("pulses", counting)) {
      assertThat(rows.where(Map.of("run", 131_263L, "event", (long) event)))
          .hasSize(PULSES_AN_EVENT);
      assertThat(counting.requests()).as("requests").isLessThanOrEqualTo(8);
      // a row is looked for in pieces of half a megabyte: fewer requests, more bytes
      assertThat(counting.bytes()).as("bytes").isLessThan(2_000_000);
    }
  }
}
