package dev.firn.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.firn.i3.EventHeader;
import dev.firn.i3.Frame;
import dev.firn.i3.FrameObject;
import dev.firn.i3.FrameReader;
import dev.firn.i3.FrameWriter;
import dev.firn.i3.I3Scan;
import dev.firn.i3.I3Time;
import dev.firn.i3.data.OmKey;
import dev.firn.i3.data.Pulses;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class I3TablesTest {
  @TempDir Path directory;

  private Path file;

  private record Result(int status, String out, String err) {}

  @BeforeEach
  void writeAFileOfThreeEvents() throws IOException {
    file = directory.resolve("a.i3");
    try (OutputStream out = Files.newOutputStream(file)) {
      FrameWriter writer = new FrameWriter(out);
      for (char stop : new char[] {'G', 'C', 'D', 'I'}) {
        writer.write(Frame.of(stop, List.of(new FrameObject("k" + stop, "T", new byte[] {1}))));
      }
      for (int event = 1; event <= 3; event++) {
        I3Time start = new I3Time(2017, event);
        EventHeader header = EventHeader.of(130484, 0, event, start, start.plusTicks(9));
        Pulses.Builder pulses = new Pulses.Builder().module(new OmKey(5, 6));
        for (int i = 0; i < event; i++) {
          pulses.pulse(10.5 * i, 0.1f, 8, Pulses.FLAG_FADC);
        }
        writer.write(Frame.of('Q', List.of(header.toObject(), pulses.build().toObject("Hits"))));
        for (int sub = 0; sub < event - 1; sub++) {
          writer.write(Frame.of('P', List.of(header.split("In\"Ice", sub).toObject())));
        }
      }
    }
  }

  @Test
  void columnsAreOneRowAnEventAndOneRowAPulse() throws IOException {
    Path out = directory.resolve("tables");
    Result result = run("columns", file.toString(), "--pulses", "Hits", "--out", out.toString());

    assertThat(result.err()).isEmpty();
    assertThat(result.status()).isZero();
    assertThat(Files.readAllLines(out.resolve("events.csv")))
        .containsExactly(
            "frame,run,subrun,event,sub_event,sub_event_stream,start_utc,start_year,start_ticks,"
                + "end_year,end_ticks,pulses,first_pulse_row,last_pulse_row",
            "4,130484,0,1,0,,2017-01-01T00:00:00Z,2017,1,2017,10,1,0,0",
            "6,130484,0,2,0,\"In\"\"Ice\",2017-01-01T00:00:00Z,2017,2,2017,11,2,1,2",
            "8,130484,0,3,0,\"In\"\"Ice\",2017-01-01T00:00:00Z,2017,3,2017,12,3,3,5",
            "9,130484,0,3,1,\"In\"\"Ice\",2017-01-01T00:00:00Z,2017,3,2017,12,3,6,8");
    assertThat(Files.readAllLines(out.resolve("pulses.csv")))
        .hasSize(10)
        .startsWith(
            "run,subrun,event,sub_event,string,om,pmt,time,charge,width,flags",
            "130484,0,1,0,5,6,0,0.0,0.1,8.0,4",
            "130484,0,2,0,5,6,0,0.0,0.1,8.0,4",
            "130484,0,2,0,5,6,0,10.5,0.1,8.0,4");
  }

  @Test
  void parquetHoldsTheRowsThatCsvHolds() throws Exception {
    Path out = directory.resolve("tables");
    for (String format : List.of("csv", "parquet")) {
      String[] args = {
        "columns", file.toString(), "--pulses", "Hits", "--format", format, "--out", out.toString()
      };
      assertThat(run(args).status()).isZero();
    }
    try (Connection duck = DriverManager.getConnection("jdbc:duckdb:");
        Statement sql = duck.createStatement()) {
      for (String table : List.of("events", "pulses")) {
        String all = "select * from '" + out.resolve(table + ".parquet") + "'";
        List<String> shown = Files.readAllLines(out.resolve(table + ".csv"));
        List<List<String>> csv = shown.stream().map(line -> unquoted(line.split(",", -1))).toList();
        assertThat(rows(sql, all)).containsExactlyElementsOf(csv);
      }
      ResultSet start =
          sql.executeQuery(
              "select epoch_us(start_utc), sub_event_stream from '"
                  + out.resolve("events.parquet")
                  + "' where frame = 6");
      assertThat(start.next()).isTrue();
      assertThat(start.getLong(1)).isEqualTo(1_483_228_800_000_000L);
      assertThat(start.getString(2)).isEqualTo("In\"Ice");
    }
  }

  /// Names and rows; start_utc is looked at apart, as Parquet has it in microseconds.
  private static List<List<String>> rows(Statement sql, String query) throws SQLException {
    ResultSet result = sql.executeQuery(query);
    ResultSetMetaData columns = result.getMetaData();
    List<List<String>> rows = new ArrayList<>(List.of(new ArrayList<>()));
    for (int i = 1; i <= columns.getColumnCount(); i++) {
      rows.getFirst().add(columns.getColumnName(i));
    }
    while (result.next()) {
      List<String> row = new ArrayList<>();
      for (int i = 1; i <= columns.getColumnCount(); i++) {
        boolean start = columns.getColumnName(i).equals("start_utc");
        Object value = start ? "2017-01-01T00:00:00Z" : result.getObject(i);
        row.add(value == null ? "" : value.toString());
      }
      rows.add(row);
    }
    return rows;
  }

  private static List<String> unquoted(String[] cells) {
    return Arrays.stream(cells)
        .map(cell -> cell.startsWith("\"") ? cell.substring(1, cell.length() - 1) : cell)
        .map(cell -> cell.replace("\"\"", "\""))
        .toList();
  }

  @Test
  void keyThatNoEventHasIsANegativeAnswer() {
    Path out = directory.resolve("tables");
    Result result = run("columns", file.toString(), "--pulses", "Gone", "--out", out.toString());
    assertThat(result.status()).isEqualTo(1);
    assertThat(result.err()).contains("no event has pulses under Gone; there are Hits");
  }

  @Test
  void extractedEventsComeWithWhatTheyInheritFrom() throws IOException {
    Path out = directory.resolve("b.i3.zst");
    Result result = run("extract", file.toString(), "--events", "130484/3,1", "-o", out.toString());

    assertThat(result.err()).isEmpty();
    assertThat(result.status()).isZero();
    try (InputStream in = Files.newInputStream(out)) {
      assertThat(I3Scan.scan(in).sound()).isTrue();
    }
    StringBuilder stops = new StringBuilder();
    List<FrameObject> objects = new ArrayList<>();
    try (InputStream in = Files.newInputStream(out);
        FrameReader reader = FrameReader.strict(in)) {
      for (var frame = reader.next(); frame.isPresent(); frame = reader.next()) {
        stops.append(frame.get().stop());
        objects.addAll(frame.get().objects());
      }
    }
    assertThat(stops).hasToString("GCDQQPP");
    assertThat(objects).extracting(FrameObject::key).startsWith("kG", "kC", "kD");
  }

  @Test
  void gcdFileGivesTheParents() throws IOException {
    Path gcd = directory.resolve("gcd.i3");
    Path bare = directory.resolve("bare.i3");
    byte[] all = Files.readAllBytes(file);
    int split = firstOffsetOf('Q');
    Files.write(gcd, Arrays.copyOf(all, split));
    Files.write(bare, Arrays.copyOfRange(all, split, all.length));
    Path out = directory.resolve("c.i3");

    Result result =
        run("extract", gcd.toString(), bare.toString(), "--event", "2", "-o", out.toString());

    assertThat(result.status()).isZero();
    assertThat(result.out()).contains("1 events, 5 frames");
  }

  @Test
  void missingEventIsNamedAndExitIsOne() {
    Path out = directory.resolve("d.i3");
    Result result = run("extract", file.toString(), "--events", "1,77", "-o", out.toString());
    assertThat(result.status()).isEqualTo(1);
    assertThat(result.err()).isEqualTo("firn: not found: 77\n");
    assertThat(out).exists();
    assertThat(run("extract", file.toString(), "--events", "x", "-o", "y").status()).isEqualTo(2);
  }

  @Test
  void oraclesPulsesComeOutOfTheRealFile() throws IOException {
    Path real =
        Path.of(
            System.getProperty("firn.shared", "../shared"),
            "data/icecube/oscNext_genie_level7_v02_first_5_frames.i3.gz");
    assumeTrue(Files.exists(real), "needs the shared data: " + real.getFileName());
    Path out = directory.resolve("real");
    Result result =
        run("columns", real.toString(), "--pulses", "SRTInIcePulses", "--out", out.toString());
    assertThat(result.out()).contains("5 events, 56 pulses");
    assertThat(Files.readAllLines(out.resolve("pulses.csv")))
        .contains("140000,1549,2,0,85,53,0,9892.0,0.625,1.0,7");

    Path one = directory.resolve("one.i3.gz");
    assertThat(run("extract", real.toString(), "--event", "30", "-o", one.toString()).status())
        .isZero();
    assertThat(
            run("columns", one.toString(), "--pulses", "SRTInIcePulses", "--out", out.toString())
                .out())
        .contains("1 events, 9 pulses");
  }

  @Test
  void mergedFileHasEveryEventOnceAndItsParentsOnce() throws IOException {
    Path first = directory.resolve("first.i3.gz");
    Path second = directory.resolve("second.i3.zst");
    run("extract", file.toString(), "--event", "1", "-o", first.toString());
    run("extract", file.toString(), "--event", "2,3", "-o", second.toString());
    Path out = directory.resolve("merged.i3");
    Result result = run("merge", first.toString(), second.toString(), "-o", out.toString());

    assertThat(result.err()).isEmpty();
    assertThat(result.status()).isZero();
    assertThat(result.out()).contains("2 files, 9 frames, 3 repeated ones left out");
    Path straight = directory.resolve("straight.i3");
    run("extract", file.toString(), "--event", "1,2,3", "-o", straight.toString());
    assertThat(out).hasSameBinaryContentAs(straight);

    Files.delete(out);
    Result twice = run("merge", second.toString(), file.toString(), "-o", out.toString());
    assertThat(twice.status()).isEqualTo(1);
    assertThat(twice.err()).contains("event 130484/0/2 is in an earlier file too");
    assertThat(out).doesNotExist();
  }

  @Test
  void catShowsDecodedObjectsAndTheBytesOfOthers() throws IOException {
    Result result = run("cat", file.toString(), "--frame", "6", "--json");
    assertThat(result.status()).isZero();
    JsonNode frame = JsonMapper.builder().build().readTree(result.out());
    JsonNode header = frame.get("objects").get("I3EventHeader").get("value");
    assertThat(header.get("sub_event_stream").asString()).isEqualTo("In\"Ice");

    Result geometry = run("cat", file.toString(), "--stop", "G");
    assertThat(geometry.out())
        .contains("frame 0 G")
        .contains("kG {\"type\":\"T\",\"bytes\":1,\"unreadable\"")
        .doesNotContain("frame 4");
    assertThat(geometry.status()).as("as damage is").isOne();
    assertThat(geometry.err())
        .contains("1 object cannot be read, the first is kG of frame 0 at offset 0: ");
    JsonNode hits =
        JsonMapper.builder()
            .build()
            .readTree(run("cat", file.toString(), "--frame", "5", "--key", "Hits", "--json").out());
    JsonNode module = hits.get("objects").get("Hits").get("pulses").get(0);
    assertThat(module.get("string").asInt()).isEqualTo(5);
    assertThat(module.get("pulses").get(1).get("time").asDouble()).isEqualTo(10.5);
  }

  private int firstOffsetOf(char stop) throws IOException {
    try (InputStream in = Files.newInputStream(file);
        FrameReader reader = FrameReader.strict(in)) {
      Frame frame = reader.next().orElseThrow();
      while (frame.stop() != stop) {
        frame = reader.next().orElseThrow();
      }
      return (int) frame.offset();
    }
  }

  private static Result run(String... args) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine line = new CommandLine(new I3Commands());
    line.setCaseInsensitiveEnumValuesAllowed(true);
    line.setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
    int status = line.execute(args);
    return new Result(status, out.toString(), err.toString());
  }
}
