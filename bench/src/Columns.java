import dev.firn.columnar.ParquetRows;
import dev.firn.columnar.Row;
import dev.firn.columnar.TableWriter;
import dev.firn.events.EventTables;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.parquet.hadoop.ParquetWriter;

/// Pulses into a Parquet file, as a pass's tables are written, beside parquet-java's own writer of rows
/// and DuckDB's `COPY` of the same rows on one thread; then one event out of it by ranges.
final class Columns {
  private static final int PULSES_AN_EVENT = 150;
  private final Bench.Options options;

  Columns(Bench.Options options) {
    this.options = options;
  }

  /// One event's pulses, used again and again with other numbers of event and other times.
  private record Pattern(int[] strings, int[] oms, double[] times, float[] charges) {
    static Pattern of(int size) {
      Random random = new Random(1);
      Pattern pattern = new Pattern(new int[size], new int[size], new double[size], new float[size]);
      for (int i = 0; i < size; i++) {
        pattern.strings[i] = 1 + random.nextInt(86);
        pattern.oms[i] = 1 + random.nextInt(60);
        pattern.times[i] = 9_000 + random.nextInt(50_000) / 10.0;
        pattern.charges[i] = (1 + random.nextInt(200)) * 0.025f;
      }
      return pattern;
    }
  }

  void run() throws Exception {
    Path folder = options.workFolder();
    long pulses = options.number("pulses", 20_000_000);
    Pattern pattern = Pattern.of(100_003);
    Path ours = folder.resolve("firn.parquet");
    Path theirs = folder.resolve("duckdb.parquet");
    Map<String, List<Shell.Cost>> costs = new LinkedHashMap<>();
    try (Connection duck = DriverManager.getConnection("jdbc:duckdb:");
        Statement statement = duck.createStatement()) {
      write(ours, Math.min(pulses, 3_000_000), pattern);
      writeByRows(theirs, Math.min(pulses, 1_000_000), pattern);
      for (int run = 0; run < options.runs(); run++) {
        Files.deleteIfExists(ours);
        add(costs, "firn", Storing.cost(() -> write(ours, pulses, pattern)));
        Files.deleteIfExists(theirs);
        add(costs, "parquet-java, rows", Storing.cost(() -> writeByRows(theirs, pulses, pattern)));
        if (run == 0) {
          statement.execute("SET threads = 1");
          statement.execute("CREATE TABLE p AS SELECT * FROM '" + ours + "'");
        }
        Files.deleteIfExists(theirs);
        add(
            costs,
            "DuckDB COPY, 1 thread",
            Storing.cost(
                () ->
                    statement.execute(
                        "COPY p TO '" + theirs + "' (FORMAT parquet, COMPRESSION zstd)")));
      }
    }
    System.out.printf(
        "%d pulses; firn %d bytes, DuckDB %d bytes%n", pulses, Files.size(ours), Files.size(theirs));
    costs.forEach(
        (name, all) -> {
          double cpu = all.stream().mapToDouble(Shell.Cost::cpuSeconds).sorted().toArray()[all.size() / 2];
          System.out.printf(
              "%-28s %6.2f CPU-s  %6.2f M pulses a CPU-second%n", name, cpu, pulses / cpu / 1e6);
        });
    lookups(ours, pulses / PULSES_AN_EVENT);
  }

  /// A file of the pulses table, as a pass has it.
  static void writePulses(Path file, long pulses) throws Exception {
    write(file, pulses, Pattern.of(100_003));
  }

  private static void add(Map<String, List<Shell.Cost>> costs, String name, Shell.Cost cost) {
    costs.computeIfAbsent(name, n -> new ArrayList<>()).add(cost);
  }

  private interface Rows {
    void write(Row row) throws IOException;
  }

  private static void write(Path file, long pulses, Pattern pattern) throws Exception {
    Files.deleteIfExists(file);
    try (TableWriter out = TableWriter.parquet(file, EventTables.PULSES)) {
      fill(pulses, pattern, out::write);
    }
  }

  private static void writeByRows(Path file, long pulses, Pattern pattern) throws Exception {
    try (ParquetWriter<Row> out = ParquetJava.open(file, EventTables.PULSES)) {
      fill(pulses, pattern, out::write);
    }
  }

  private static void fill(long pulses, Pattern pattern, Rows out) throws IOException {
    Row row = EventTables.PULSES.newRow();
    row.set(0, 131_263L).set(1, 0L).set(3, 0L).set(6, 0L).set(9, 8f).set(10, 1L);
    int at = 0;
    for (long i = 0; i < pulses; i++) {
      row.set(2, i / PULSES_AN_EVENT).set(4, (long) pattern.strings[at]);
      row.set(5, (long) pattern.oms[at]).set(7, pattern.times[at]).set(8, pattern.charges[at]);
      out.write(row);
      at = at + 1 == pattern.times.length ? 0 : at + 1;
    }
  }

  private static void lookups(Path file, long events) throws Exception {
    Random random = new Random(2);
    long size = Files.size(file);
    int most = 0;
    long mostBytes = 0;
    List<Double> millis = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      long event = random.nextLong(events);
      CountedRanges counting = new CountedRanges(file);
      long before = System.nanoTime();
      try (counting;
          ParquetRows rows = ParquetRows.open("pulses", counting)) {
        if (rows.range(event * PULSES_AN_EVENT, PULSES_AN_EVENT).size() != PULSES_AN_EVENT) {
          throw new IllegalStateException("event " + event + " was not found whole");
        }
      }
      millis.add((System.nanoTime() - before) / 1e6);
      most = Math.max(most, counting.requests());
      mostBytes = Math.max(mostBytes, counting.bytes());
    }
    millis.sort(null);
    System.out.printf(
        "one event of %d: at most %d requests, %d bytes (%.2f %% of the file); median %.1f ms%n",
        events, most, mostBytes, 100.0 * mostBytes / size, millis.get(25));
  }
}
