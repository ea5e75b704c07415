import com.github.luben.zstd.ZstdOutputStream;
import dev.firn.columnar.Row;
import dev.firn.columnar.TableWriter;
import dev.firn.events.EventTables;
import dev.firn.events.FileColumns;
import dev.firn.i3.EventHeader;
import dev.firn.i3.Frame;
import dev.firn.i3.FrameReader;
import dev.firn.i3.FrameWriter;
import dev.firn.i3.I3Time;
import dev.firn.i3.ReadoutReader;
import dev.firn.i3.data.OmKey;
import dev.firn.i3.data.Pulses;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.parquet.hadoop.ParquetWriter;

/// `.i3` files into the two tables of a pass, the whole way: unpacking, checksums, decoding, sorting,
/// writing. Beside it the same with tables that forget their rows, so that the difference is what writing
/// takes; with parquet-java's writer of rows for the pulses; and DuckDB's `COPY` of the tables that came
/// out, on one thread. More events than are compared so go into tables batch by batch, as a pass takes
/// them.
final class EventTablesOf {
  private static final int PULSES_AN_EVENT = 150;
  private static final int EVENTS_A_FILE = 10_000;
  private static final int FILES_A_BATCH = 50;
  private static final String KEY = "InIcePulses";

  private final Bench.Options options;

  EventTablesOf(Bench.Options options) {
    this.options = options;
  }

  void run() throws Exception {
    Path folder = options.workFolder();
    long all = options.number("events", 150_000);
    long count = Math.min(all, options.number("compared", all));
    List<Path> files = generate(folder, 0, count);
    long packed = 0;
    for (Path file : files) {
      packed += Files.size(file);
    }
    Path events = folder.resolve("events.parquet");
    Path pulses = folder.resolve("pulses.parquet");
    Map<String, List<Shell.Cost>> costs = new LinkedHashMap<>();
    List<Path> few = files.subList(0, Math.min(2, files.size()));
    for (int warm = 0; warm < 2; warm++) {
      take(few, new Forgotten(), new Forgotten(), folder);
      take(few, fresh(events, false), fresh(pulses, false), folder);
    }
    take(few, fresh(events, false), fresh(pulses, true), folder);
    try (Connection duck = DriverManager.getConnection("jdbc:duckdb:");
        Statement statement = duck.createStatement()) {
      statement.execute("SET threads = 1");
      for (int run = 0; run < options.runs(); run++) {
        add(costs, "read", () -> take(files, new Forgotten(), new Forgotten(), folder));
        add(costs, "java", () -> take(files, fresh(events, false), fresh(pulses, true), folder));
        add(costs, "firn", () -> take(files, fresh(events, false), fresh(pulses, false), folder));
        if (run == 0) {
          statement.execute("CREATE TABLE e AS SELECT * FROM '" + events + "'");
          statement.execute("CREATE TABLE p AS SELECT * FROM '" + pulses + "'");
        }
        Path theirs = folder.resolve("duckdb.parquet");
        add(
            costs,
            "duck",
            () -> {
              for (String table : List.of("e", "p")) {
                Files.deleteIfExists(theirs);
                statement.execute(
                    "COPY %s TO '%s' (FORMAT parquet, COMPRESSION zstd)".formatted(table, theirs));
              }
            });
      }
    }
    report(count * PULSES_AN_EVENT, costs);
    System.out.printf(
        "%,d events of %d pulses in %d files of %,d bytes; events %,d bytes, pulses %,d bytes%n",
        count, PULSES_AN_EVENT, files.size(), packed, Files.size(events), Files.size(pulses));
    if (all > count) {
      whole(folder, all);
    }
  }

  /// All events into tables, the input of each batch made before and removed after it; then counted.
  private static void whole(Path folder, long all) throws Exception {
    Path tables = Files.createDirectories(folder.resolve("tables"));
    double cpu = 0;
    long bytes = 0;
    int batches = 0;
    for (long first = 0; first < all; batches++) {
      long next = Math.min(all, first + (long) EVENTS_A_FILE * FILES_A_BATCH);
      List<Path> files = generate(folder, first, next);
      Path events = tables.resolve("events-%03d.parquet".formatted(batches));
      Path pulses = tables.resolve("pulses-%03d.parquet".formatted(batches));
      Shell.Cost cost =
          Storing.cost(() -> take(files, fresh(events, false), fresh(pulses, false), folder));
      cpu += cost.cpuSeconds();
      bytes += Files.size(events) + Files.size(pulses);
      for (Path file : files) {
        Files.delete(file);
      }
      System.out.printf(
          "batch %d: %.2f M pulses a CPU-second%n",
          batches, (next - first) * PULSES_AN_EVENT / cost.cpuSeconds() / 1e6);
      first = next;
    }
    say("all %,d events".formatted(all), all * PULSES_AN_EVENT, cpu);
    try (Connection duck = DriverManager.getConnection("jdbc:duckdb:");
        Statement statement = duck.createStatement();
        ResultSet counted =
            statement.executeQuery(
                "SELECT (SELECT count(*) FROM '%1$s/events-*.parquet'), (SELECT count(*) FROM '%1$s/pulses-*.parquet')"
                    .formatted(tables))) {
      counted.next();
      System.out.printf(
          "%d batches, %,d bytes of tables, at most %,d MiB resident; DuckDB counts %,d events and %,d pulses%n",
          batches, bytes, Shell.highestMemory(ProcessHandle.current().pid()) >> 20, counted.getLong(1), counted.getLong(2));
    }
  }

  /// Files of the events from `first` on, in the order in which they happen to come.
  private static List<Path> generate(Path folder, long first, long end) throws IOException {
    List<Path> files = new ArrayList<>();
    for (long event = first; event < end; event += EVENTS_A_FILE) {
      Path file = folder.resolve("events-%05d.i3.zst".formatted(event / EVENTS_A_FILE));
      write(file, event, Math.min(EVENTS_A_FILE, end - event));
      files.add(file);
    }
    Collections.shuffle(files, new Random(4));
    return files;
  }

  private static void report(long pulses, Map<String, List<Shell.Cost>> costs) {
    double read = cpu(costs, "read");
    say("all without writing", pulses, read);
    say("all, Firn", pulses, cpu(costs, "firn"));
    say("all, parquet-java's pulses", pulses, cpu(costs, "java"));
    say("writing, Firn", pulses, cpu(costs, "firn") - read);
    say("writing, parquet-java's pulses", pulses, cpu(costs, "java") - read);
    say("writing, DuckDB's COPY", pulses, cpu(costs, "duck"));
  }

  private static void say(String what, long pulses, double cpu) {
    System.out.printf(
        "%-32s %7.2f CPU-s  %6.2f M pulses a CPU-second%n", what, cpu, pulses / cpu / 1e6);
  }

  private static double cpu(Map<String, List<Shell.Cost>> costs, String what) {
    return Shell.median(costs.get(what).stream().map(Shell.Cost::cpuSeconds).toList());
  }

  private static void add(Map<String, List<Shell.Cost>> costs, String what, Storing.Step step)
      throws Exception {
    costs.computeIfAbsent(what, w -> new ArrayList<>()).add(Storing.cost(step));
  }

  private static void take(List<Path> files, TableWriter events, TableWriter pulses, Path folder)
      throws IOException {
    try (events;
        pulses) {
      FileColumns columns = FileColumns.sorted(KEY, events, pulses, folder.resolve("aside"));
      for (Path file : files) {
        try (InputStream in = Files.newInputStream(file);
            FrameReader reader = FrameReader.strict(in)) {
          columns.writeAll(new ReadoutReader(reader));
        }
      }
      columns.finish();
    }
  }

  private static TableWriter fresh(Path file, boolean parquetJava) throws IOException {
    Files.deleteIfExists(file);
    boolean pulses = file.getFileName().toString().startsWith("pulses");
    return parquetJava
        ? new Rows(ParquetJava.open(file, EventTables.PULSES))
        : TableWriter.parquet(file, pulses ? EventTables.PULSES : EventTables.EVENTS);
  }

  /// A table that nobody reads.
  private static final class Forgotten implements TableWriter {
    private long rows;

    @Override
    public void write(Row row) {
      rows++;
    }

    @Override
    public void close() {
      if (rows == 0) {
        throw new IllegalStateException("no rows came");
      }
    }
  }

  private record Rows(ParquetWriter<Row> writer) implements TableWriter {
    @Override
    public void write(Row row) throws IOException {
      writer.write(row);
    }

    @Override
    public void close() throws IOException {
      writer.close();
    }
  }

  private static void write(Path file, long first, long count) throws IOException {
    Random random = new Random(first);
    try (OutputStream out =
        new BufferedOutputStream(new ZstdOutputStream(Files.newOutputStream(file), 3), 1 << 16)) {
      FrameWriter writer = new FrameWriter(out);
      for (long event = first; event < first + count; event++) {
        I3Time start = new I3Time(2018, 3_700_000 * event);
        EventHeader header = EventHeader.of(131_263, 0, event, start, start.plusTicks(200_000));
        Pulses.Builder pulses = new Pulses.Builder();
        for (int i = 0; i < PULSES_AN_EVENT; i++) {
          if (i % 3 == 0) {
            pulses.module(new OmKey(1 + i / 3, 1 + random.nextInt(60), 0));
          }
          double time = 9_000 + random.nextInt(50_000) / 10.0;
          pulses.pulse(time, (1 + random.nextInt(200)) * 0.025f, 8f, 1 + random.nextInt(3));
        }
        writer.write(
            Frame.of('Q', List.of(header.toObject(), pulses.build().toObject(KEY))));
        writer.write(Frame.of('P', List.of(header.split("InIceSplit", 0).toObject())));
      }
    }
  }
}
