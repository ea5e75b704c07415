package dev.firn.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.i3.EventHeader;
import dev.firn.i3.Frame;
import dev.firn.i3.FrameObject;
import dev.firn.i3.FrameWriter;
import dev.firn.i3.I3Time;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class I3CommandsTest {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  @TempDir Path directory;

  private record Result(int status, String out, String err) {}

  @Test
  void soundFileIsOneLineAndExitZero() throws IOException {
    Path file = Files.write(directory.resolve("a.i3"), frames());

    Result result = run("verify", file.toString());

    assertThat(result.status()).isZero();
    assertThat(result.out())
        .isEqualTo(file + ": sound; 2 frames (P 1, Q 1), 1 events, 2 checksums verified\n");
  }

  @Test
  void damagedFileIsExitOneWithFrameOffsetAndReason() throws IOException {
    byte[] bytes = frames();
    bytes[bytes.length - 6] ^= 1;
    Path file = Files.write(directory.resolve("a.i3"), bytes);
    Path good = Files.write(directory.resolve("b.i3"), frames());

    Result result = run("verify", file.toString(), good.toString());
    assertThat(result.status()).isEqualTo(1);
    assertThat(result.out().lines())
        .satisfiesExactly(
            a ->
                assertThat(a)
                    .contains("DAMAGED: frame 1 at offset 156: its checksum does not match"),
            b -> assertThat(b).contains("sound"));

    JsonNode json = JSON.readTree(run("verify", "--json", file.toString()).out());
    assertThat(json.get("sound").asBoolean()).isFalse();
    assertThat(json.get("problems").get(0).get("offset").asLong()).isEqualTo(156);
  }

  @Test
  void inspectListsFramesKeysTypesAndSizes() throws IOException {
    Path file = Files.write(directory.resolve("a.i3"), frames());

    assertThat(run("inspect", file.toString()).out())
        .contains("frame 0 Q: version 6, offset 0, 1 objects, checksum verified")
        .contains("run 130484 subrun 0 event 7")
        .contains("Odd\\x1bKey");
    JsonNode json = JSON.readTree(run("inspect", "--json", file.toString()).out());
    assertThat(json.get("frames").size()).isEqualTo(2);
    assertThat(json.get("frames").get(0).get("event").get("event").asLong()).isEqualTo(7);
    assertThat(json.get("frames").get(1).get("objects").get(0).get("size").asInt()).isEqualTo(4);
  }

  @Test
  void whatCanBeReadOfACutFileIsListed() throws IOException {
    byte[] bytes = frames();
    Path file = Files.write(directory.resolve("a.i3"), Arrays.copyOf(bytes, 180));

    Result result = run("inspect", file.toString());
    assertThat(result.status()).isEqualTo(1);
    assertThat(result.out())
        .contains("frame 0 Q")
        .contains("DAMAGED: frame 1 at offset 156: ends in the middle of a frame");
  }

  @Test
  void missingFileIsOneLine() {
    Result result = run("verify", directory.resolve("gone.i3").toString());
    assertThat(result.status()).isEqualTo(1);
    assertThat(result.err()).hasLineCount(1).contains("no such file");
    assertThat(run("inspect", directory.resolve("gone").toString()).err()).hasLineCount(1);
  }

  @Test
  void frameVersionsAreKeptUnlessOneIsAskedFor() throws IOException {
    ByteArrayOutputStream mixed = new ByteArrayOutputStream();
    FrameWriter writer = new FrameWriter(mixed);
    I3Time start = new I3Time(2009, 10);
    for (int version = 2; version <= 6; version++) {
      EventHeader header = EventHeader.of(110_000, 0, version, start, start.plusTicks(5));
      writer.write(Frame.of('Q', List.of(header.toObject())).as(version));
      writer.write(Frame.of('P', List.of()).as(version));
    }
    Path file = Files.write(directory.resolve("old.i3"), mixed.toByteArray());
    Path out = directory.resolve("out.i3");

    assertThat(run("merge", file.toString(), "-o", out.toString()).status()).isZero();
    assertThat(Files.readAllBytes(out)).isEqualTo(mixed.toByteArray());
    String events = "2,3,4,5,6";
    run("extract", file.toString(), "--events", events, "-o", out.toString());
    assertThat(Files.readAllBytes(out)).isEqualTo(mixed.toByteArray());

    run("merge", file.toString(), "-o", out.toString(), "--frame-version", "4");
    assertThat(run("verify", out.toString()).out())
        .contains("sound; 10 frames (P 5, Q 5), 5 events, 10 checksums verified");
    assertThat(run("inspect", out.toString()).out()).contains("frame 9 P: version 4");
    assertThat(run("merge", file.toString(), "-o", out.toString(), "--frame-version", "7").err())
        .contains("2 to 6");
  }

  private static byte[] frames() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    FrameWriter writer = new FrameWriter(out);
    I3Time start = new I3Time(2017, 10);
    EventHeader header = EventHeader.of(130484, 0, 7, start, start.plusTicks(5));
    writer.write(Frame.of('Q', List.of(header.toObject())));
    FrameObject odd = new FrameObject("Odd\u001bKey", "Opaque", new byte[] {1, 2, 3, 4});
    writer.write(Frame.of('P', List.of(odd)));
    return out.toByteArray();
  }

  private static Result run(String... args) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine line = new CommandLine(new I3Commands());
    line.setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
    int status = line.execute(args);
    return new Result(status, out.toString(), err.toString());
  }
}
