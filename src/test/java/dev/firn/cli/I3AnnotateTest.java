package dev.firn.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.columnar.Column;
import dev.firn.columnar.ColumnType;
import dev.firn.columnar.Row;
import dev.firn.columnar.TableRows;
import dev.firn.columnar.TableSchema;
import dev.firn.columnar.TableWriter;
import dev.firn.events.EventWorld;
import dev.firn.i3.Frame;
import dev.firn.i3.FrameObject;
import dev.firn.i3.FrameReader;
import dev.firn.i3.FrameWriter;
import dev.firn.i3.data.Blobs;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/// A unit's events as tables, and numbers about them back in their frames.
class I3AnnotateTest {
  private static final int RUN = 129_000;

  @TempDir Path dir;
  private Path in;
  private Path out;

  private record Said(int status, String err) {}

  @BeforeEach
  void write() throws IOException {
    in = Files.write(dir.resolve("in.i3"), EventWorld.i3(RUN, 0, 1, 20));
    out = dir.resolve("out.i3");
  }

  private static Said i3(String... words) {
    StringWriter err = new StringWriter();
    CommandLine line = new CommandLine(new I3Commands());
    line.setOut(new PrintWriter(new StringWriter())).setErr(new PrintWriter(err, true));
    line.setCaseInsensitiveEnumValuesAllowed(true);
    return new Said(line.execute(words), err.toString());
  }

  private Said annotate(Path table) {
    return i3("annotate", in.toString(), table.toString(), "--key", "Scores", "-o", out.toString());
  }

  private static List<Frame> frames(Path file) throws IOException {
    List<Frame> frames = new ArrayList<>();
    try (InputStream bytes = Files.newInputStream(file);
        FrameReader reader = FrameReader.strict(bytes)) {
      for (Optional<Frame> f = reader.next(); f.isPresent(); f = reader.next()) {
        frames.add(f.get());
      }
    }
    return frames;
  }

  private static byte[] written(Frame frame) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    new FrameWriter(bytes).write(frame);
    return bytes.toByteArray();
  }

  /// Every frame is as it was, but for the scores, which are those of its event.
  private void requireScores(Map<Long, Map<String, Double>> scores) throws IOException {
    List<Frame> before = frames(in);
    List<Frame> after = frames(out);
    assertThat(after).hasSameSizeAs(before);
    int scored = 0;
    for (int i = 0; i < before.size(); i++) {
      List<FrameObject> objects = new ArrayList<>(before.get(i).objects());
      if (before.get(i).stop() == 'P') {
        long event = before.get(i).eventHeader().orElseThrow().event();
        if (scores.containsKey(event)) {
          objects.add(Blobs.numbers("Scores", new TreeMap<>(scores.get(event))));
          scored++;
        }
      }
      assertThat(written(after.get(i))).isEqualTo(written(Frame.of(before.get(i).stop(), objects)));
    }
    assertThat(scored).isEqualTo(scores.size());
  }

  /// The directory of the file's tables.
  private Path columns(String format) {
    String tables = dir.resolve("tables").toString();
    String[] arguments = {
      "columns", in.toString(), "--pulses", "InIcePulses", "--format", format, "--out", tables
    };
    assertThat(i3(arguments).status()).isZero();
    return Path.of(tables);
  }

  @Test
  void whatDuckDbMakesOfTheTablesComesBackToTheEvents() throws Exception {
    Path tables = columns("parquet");
    Path scores = dir.resolve("scores.parquet");
    Map<Long, Map<String, Double>> expected = new TreeMap<>();
    try (Connection duck = DriverManager.getConnection("jdbc:duckdb:");
        Statement sql = duck.createStatement()) {
      sql.execute(
          "COPY (SELECT run, subrun, event, pulses * 0.5 AS half, event > 3 AS late FROM '%s'"
                  .formatted(tables.resolve("events.parquet"))
              + " WHERE event <= 10) TO '%s' (FORMAT parquet)".formatted(scores));
      try (var rows =
          sql.executeQuery(
              "SELECT event, pulses FROM '%s' WHERE event <= 10"
                  .formatted(tables.resolve("events.parquet")))) {
        while (rows.next()) {
          expected.put(
              rows.getLong(1),
              Map.of("half", rows.getLong(2) * 0.5, "late", rows.getLong(1) > 3 ? 1.0 : 0.0));
        }
      }
    }
    Said said = annotate(scores);
    assertThat(said.status()).as(said.err()).isZero();
    assertThat(expected).hasSize(10);
    requireScores(expected);
  }

  /// Scores as a stream of Arrow.
  private Path arrow(long... events) throws IOException {
    TableSchema schema =
        TableSchema.of(
            "scores",
            Column.required("event", ColumnType.LONG, "", "e"),
            Column.required("score", ColumnType.FLOAT, "", "s"));
    Path file = dir.resolve("scores.arrow");
    try (TableWriter table = TableWriter.arrow(Files.newOutputStream(file), schema)) {
      for (long event : events) {
        Row row = schema.newRow();
        table.write(row.set(0, event).set(1, event / 4f));
      }
    }
    return file;
  }

  @Test
  void arrowDoesAsWell() throws IOException {
    assertThat(annotate(arrow(2, 5)).status()).isZero();
    requireScores(Map.of(2L, Map.of("score", 0.5), 5L, Map.of("score", 1.25)));
  }

  @Test
  void columnsMakeArrowThatIsReadBack() throws IOException {
    Path tables = columns("arrow");
    assertThat(TableRows.read(tables.resolve("events.arrow")))
        .hasSize(20)
        .allSatisfy(row -> assertThat(row).containsEntry("run", (long) RUN));
  }

  @Test
  void whatDoesNotFitIsRefusedAndNothingIsWritten() throws IOException {
    assertThat(annotate(arrow(2, 77)).err()).contains("1 of its events are not in");
    assertThat(annotate(arrow(2, 2)).err()).contains("two rows are about [event] [2]");
    Path none = Files.write(dir.resolve("none.parquet"), new byte[] {1, 2, 3});
    assertThat(annotate(none).status()).isEqualTo(ExitCode.NEGATIVE.status());
    assertThat(out).doesNotExist();
    assertThat(annotate(arrow(2)).status()).isZero();
    in = out;
    out = dir.resolve("again.i3");
    assertThat(annotate(arrow(2)).err()).contains("there is a 'Scores' already");
  }
}
