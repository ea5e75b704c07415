package dev.firn.staging;

import dev.firn.columnar.ParquetTable;
import dev.firn.columnar.Row;
import dev.firn.columnar.TableSchema;
import dev.firn.events.query.Queries;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/// Writes the rows of one shard in the form that a trainer reads.
final class ShardFiles {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  /// What stands in `pulses.npy`, in order.
  static final List<String> PULSE_COLUMNS =
      List.of("dom_x", "dom_y", "dom_z", "dom_time", "charge", "width");

  private ShardFiles() {}

  /// Answers one question about the shard.
  @FunctionalInterface
  interface Ask {
    void ask(String sql, Queries.Answer answer) throws IOException;
  }

  /// Files made, by their path below the stage, and how many events they hold.
  record Made(Map<String, Path> files, long events) {}

  static Made write(StagePlan plan, StagePlan.Shard shard, Ask ask, Path folder)
      throws IOException {
    return plan.format().equals("graphnet")
        ? graphnet(plan, shard, ask, folder)
        : webdataset(plan, shard, ask, folder);
  }

  private static Made graphnet(StagePlan plan, StagePlan.Shard shard, Ask ask, Path folder)
      throws IOException {
    Map<String, Path> files = new LinkedHashMap<>();
    long events = 0;
    for (String table : List.of("truth", "pulses")) {
      Path file = folder.resolve(table + ".parquet");
      Files.deleteIfExists(file);
      try (Parquet rows = new Parquet(file, table)) {
        boolean truth = table.equals("truth");
        ask.ask(truth ? ShardSql.truth(plan, shard) : ShardSql.pulses(plan, shard), rows);
        events = truth ? rows.count : events;
      }
      files.put("%s/%s/%s_%d.parquet".formatted(shard.split(), table, table, shard.number()), file);
    }
    return new Made(files, events);
  }

  /// Rows of an answer as a Parquet file.
  private static final class Parquet implements Queries.Answer, AutoCloseable {
    private final Path file;
    private final String name;
    private @Nullable ParquetTable out;
    private long count;

    Parquet(Path file, String name) {
      this.file = file;
      this.name = name;
    }

    @Override
    public void begin(TableSchema schema) throws IOException {
      // Rows are of the schema they are filled by; only the name in the file is ours.
      out = new ParquetTable(file, new TableSchema(name, schema.columns()));
    }

    @Override
    public void row(Row row) throws IOException {
      Objects.requireNonNull(out).write(row);
      count++;
    }

    @Override
    public void close() throws IOException {
      if (out != null) {
        out.close();
      }
    }
  }

  private static Made webdataset(StagePlan plan, StagePlan.Shard shard, Ask ask, Path folder)
      throws IOException {
    Map<Long, Sample> samples = new LinkedHashMap<>();
    ask.ask(ShardSql.truth(plan, shard), new Truth(samples));
    Path file = folder.resolve("shard.tar");
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file));
        TarArchiveOutputStream tar = new TarArchiveOutputStream(out, "UTF-8")) {
      Samples pulses = new Samples(samples, tar);
      ask.ask(ShardSql.pulses(plan, shard), pulses);
      pulses.finish();
    }
    String path = "%s-%06d.tar".formatted(shard.split(), shard.number());
    return new Made(Map.of(path, file), samples.size());
  }

  /// What is true of an event, and the name of its files.
  private record Sample(String key, byte[] json) {}

  private static final class Truth implements Queries.Answer {
    private final Map<Long, Sample> samples;
    private List<String> names = List.of();

    Truth(Map<Long, Sample> samples) {
      this.samples = samples;
    }

    @Override
    public void begin(TableSchema schema) {
      names = schema.columns().stream().map(c -> c.name()).toList();
    }

    @Override
    public void row(Row row) {
      Map<String, Object> values = new LinkedHashMap<>();
      for (int i = 0; i < names.size(); i++) {
        Object value = row.value(i);
        if (value != null) {
          values.put(names.get(i), value);
        }
      }
      long number = (Long) Objects.requireNonNull(values.get("event_no"));
      String key =
          "run%08d_evt%012d_%d"
              .formatted(
                  (Long) values.getOrDefault("run", 0L),
                  (Long) values.getOrDefault("event", 0L),
                  number);
      samples.put(
          number,
          new Sample(key, JSON.writeValueAsString(values).getBytes(StandardCharsets.UTF_8)));
    }
  }

  /// Pulses come in the order of the events; those of one event follow each other.
  private static final class Samples implements Queries.Answer {
    private final TarArchiveOutputStream tar;
    private final List<Map.Entry<Long, Sample>> waiting;
    private final List<Float> values = new ArrayList<>();
    private int[] places = new int[0];
    private int next;

    Samples(Map<Long, Sample> samples, TarArchiveOutputStream tar) {
      this.waiting = new ArrayList<>(samples.entrySet());
      this.tar = tar;
    }

    @Override
    public void begin(TableSchema schema) {
      places = PULSE_COLUMNS.stream().mapToInt(schema::place).toArray();
    }

    @Override
    public void row(Row row) throws IOException {
      long number = (Long) Objects.requireNonNull(row.value(0));
      while (next < waiting.size() && waiting.get(next).getKey() < number) {
        write();
      }
      for (int place : places) {
        values.add(row.value(place) instanceof Number n ? n.floatValue() : Float.NaN);
      }
    }

    void finish() throws IOException {
      while (next < waiting.size()) {
        write();
      }
      tar.finish();
    }

    private void write() throws IOException {
      Sample sample = waiting.get(next++).getValue();
      float[] table = new float[values.size()];
      for (int i = 0; i < table.length; i++) {
        table[i] = values.get(i);
      }
      values.clear();
      entry(sample.key() + ".json", sample.json());
      entry(sample.key() + ".pulses.npy", Npy.floats(table, PULSE_COLUMNS.size()));
    }

    /// Nothing of this machine or moment is in it.
    private void entry(String name, byte[] bytes) throws IOException {
      TarArchiveEntry entry = new TarArchiveEntry(name);
      entry.setSize(bytes.length);
      entry.setModTime(0L);
      entry.setIds(0, 0);
      entry.setNames("", "");
      entry.setMode(0100644);
      tar.putArchiveEntry(entry);
      tar.write(bytes);
      tar.closeArchiveEntry();
    }
  }
}
