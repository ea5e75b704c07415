package dev.firn.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Every `.i3` command over every file that is given: an answer, or words and exit 1; never more.
class I3GivenFilesTest {
  private static final Path ICECUBE =
      Path.of(System.getProperty("firn.shared", "../shared"), "data", "icecube");
  private static final JsonMapper JSON = JsonMapper.builder().build();

  @TempDir Path directory;

  private record Result(int status, String out, String err) {}

  private static Result run(Object... args) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine line = new CommandLine(new I3Commands());
    line.setCaseInsensitiveEnumValuesAllowed(true);
    line.setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
    String[] words = Stream.of(args).map(Object::toString).toArray(String[]::new);
    return new Result(line.execute(words), out.toString(), err.toString());
  }

  private static List<Path> files() throws IOException {
    assumeTrue(Files.isDirectory(ICECUBE), "needs the shared data: icecube");
    try (Stream<Path> walk = Files.walk(ICECUBE)) {
      return walk.filter(f -> f.getFileName().toString().contains(".i3")).sorted().toList();
    }
  }

  private static boolean damaged(Path file) {
    return file.getFileName().toString().matches("(corrupt|truncated)_.*");
  }

  @Test
  void everyCommandAnswersForEveryFile() throws IOException {
    for (Path file : files()) {
      int expected = damaged(file) ? 1 : 0;
      for (Result result :
          List.of(
              run("verify", "--json", file),
              run("inspect", "--json", file),
              run("inspect", file),
              run("cat", file),
              run("cat", "--json", file))) {
        assertThat(result.status()).as("%s: %s", file, result.err()).isEqualTo(expected);
        assertThat(result.err()).doesNotContain("Exception");
      }
      JsonNode listed = JSON.readTree(run("inspect", "--json", file).out());
      String[] shown = run("cat", "--json", file).out().lines().toArray(String[]::new);
      assertThat(shown).hasSize(listed.path("frames").size());
      for (String line : shown) {
        assertThat(line).doesNotContain("unreadable");
        JSON.readTree(line);
      }
    }
  }

  @Test
  void everyFileComesApartAndTogetherAgainInEveryPacking() throws IOException {
    List<Object> whole = new ArrayList<>(List.of("merge"));
    for (Path file : files()) {
      if (!damaged(file) && !file.toString().contains("level3")) { // of the events of level 7
        whole.add(file);
      }
    }
    long frames = -1;
    for (String packing : new String[] {"", ".gz", ".bz2", ".zst"}) {
      Path out = directory.resolve("all.i3" + packing);
      List<Object> words = new ArrayList<>(whole);
      words.addAll(List.of("--json", "-o", out));
      Result merged = run(words.toArray());
      assertThat(merged.status()).as(merged.err()).isZero();
      JsonNode verified = JSON.readTree(run("verify", "--json", out).out());
      assertThat(verified.path("sound").asBoolean()).isTrue();
      assertThat(verified.path("compression").asString())
          .isEqualTo(
              switch (packing) {
                case ".gz" -> "gzip";
                case ".bz2" -> "bzip2";
                case ".zst" -> "zstd";
                default -> "plain";
              });
      assertThat(frames < 0 || frames == verified.path("frames").asLong()).isTrue();
      frames = verified.path("frames").asLong();

      Path one = directory.resolve("one.i3" + packing);
      assertThat(run("extract", out, "--event", "140000/30", "-o", one).status()).isZero();
      assertThat(run("verify", one).status()).isZero();
      Path columns = directory.resolve("columns" + packing);
      assertThat(run("columns", one, "--pulses", "SRTInIcePulses", "--out", columns).status())
          .isZero();
      assertThat(Files.readAllLines(columns.resolve("events.csv"))).hasSize(2);
    }
  }

  @Test
  void columnsOfEveryFileAreWrittenOrRefusedInWords() throws IOException {
    for (Path file : files()) {
      for (String format : new String[] {"csv", "parquet"}) {
        Path out = directory.resolve(file.getFileName() + "." + format);
        Result result =
            run("columns", file, "--pulses", "SplitInIcePulses", "--format", format, "--out", out);
        assertThat(result.status()).as("%s: %s", file, result.err()).isBetween(0, 1);
        assertThat(result.err()).doesNotContain("Exception");
        assertThat(Files.exists(out.resolve("events." + format))).isEqualTo(!damaged(file));
      }
    }
  }
}
