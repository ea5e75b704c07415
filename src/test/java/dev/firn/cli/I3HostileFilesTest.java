package dev.firn.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.i3.ArchiveWriter;
import dev.firn.i3.EventHeader;
import dev.firn.i3.Frame;
import dev.firn.i3.FrameObject;
import dev.firn.i3.FrameWriter;
import dev.firn.i3.I3Time;
import dev.firn.i3.data.OmKey;
import dev.firn.i3.data.Pulses;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/// Every command on files that are cut, changed or made wrong on purpose: an answer in words, with
/// the frame and its offset.
class I3HostileFilesTest {
  private static final long SEED = Long.getLong("firn.seed", 20261126L);
  private static final int ROUNDS = Integer.getInteger("firn.fuzz.files", 40);
  private static final Path ICECUBE =
      Path.of(System.getProperty("firn.shared", "../shared"), "data", "icecube");

  @TempDir Path directory;

  private record Result(int status, String err) {}

  private static Result run(Object... args) {
    StringWriter err = new StringWriter();
    CommandLine line = new CommandLine(new I3Commands());
    line.setCaseInsensitiveEnumValuesAllowed(true);
    line.setOut(new PrintWriter(new StringWriter())).setErr(new PrintWriter(err));
    String[] words = Stream.of(args).map(Object::toString).toArray(String[]::new);
    return new Result(line.execute(words), err.toString());
  }

  /// What every command says of a file; those that need all of it fail on damage.
  private List<Result> all(Path file) {
    Path out = directory.resolve("out.i3");
    return List.of(
        run("verify", file),
        run("cat", "--json", file),
        run("inspect", file),
        run("extract", file, "--event", "140000/30,2", "-o", out),
        run("merge", file, "-o", out),
        run("columns", file, "--pulses", "InIcePulses", "--out", directory.resolve("tables")));
  }

  private void expectWords(Path file, String what) {
    for (Result result : all(file)) {
      assertThat(result.status()).as("%s: %s", what, result.err()).isBetween(0, 1);
      assertThat(result.err()).as(what).doesNotContain("Exception", "\tat ");
    }
  }

  private static List<byte[]> seeds() throws IOException {
    List<byte[]> seeds = new ArrayList<>(List.of(events(List.of(pulses()))));
    Path genuine = ICECUBE.resolve("oscNext_noise_level7_v02_first_5_frames.i3.gz");
    if (Files.exists(genuine)) {
      byte[] packed = Files.readAllBytes(genuine);
      try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(packed))) {
        seeds.add(in.readAllBytes());
      }
    }
    return seeds;
  }

  private static FrameObject pulses() {
    Pulses.Builder pulses = new Pulses.Builder().module(new OmKey(5, 6));
    return pulses.pulse(10.5, 0.1f, 8, 4).pulse(11.5, 0.2f, 8, 4).build().toObject("InIcePulses");
  }

  private static byte[] events(List<FrameObject> more) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    FrameWriter writer = new FrameWriter(out);
    writer.write(Frame.of('G', List.of(new FrameObject("g", "T", new byte[] {1}))));
    for (int event = 1; event <= 2; event++) {
      I3Time start = new I3Time(2017, event);
      EventHeader header = EventHeader.of(130484, 0, event, start, start.plusTicks(9));
      writer.write(Frame.of('Q', List.of(header.toObject())));
      List<FrameObject> objects = new ArrayList<>(more);
      objects.add(header.split("InIceSplit", 0).toObject());
      writer.write(Frame.of('P', objects));
    }
    return out.toByteArray();
  }

  @Test
  void aFileCutAnywhereIsReadUpToThereAndSaysSo() throws IOException {
    Random random = new Random(SEED);
    Path file = directory.resolve("cut.i3");
    for (byte[] sound : seeds()) {
      for (int round = 0; round < ROUNDS; round++) {
        int cut = 1 + random.nextInt(sound.length - 1);
        Files.write(file, Arrays.copyOf(sound, cut));
        expectWords(file, "seed " + SEED + ", cut at " + cut);
        Result verified = run("verify", file);
        if (verified.status() == 1) {
          assertThat(run("merge", file, "-o", directory.resolve("m.i3")).err())
              .as("cut at %d", cut)
              .containsPattern("frame \\d+ at offset \\d+: ends in the middle of a frame");
        }
      }
    }
  }

  @Test
  void changedBitsAreFoundWithFrameAndOffset() throws IOException {
    Random random = new Random(SEED);
    Path file = directory.resolve("changed.i3");
    for (byte[] sound : seeds()) {
      for (int round = 0; round < ROUNDS; round++) {
        byte[] changed = sound.clone();
        int bit = random.nextInt(8 * sound.length);
        changed[bit >> 3] ^= (byte) (1 << (bit & 7));
        Files.write(file, changed);
        expectWords(file, "seed " + SEED + ", bit " + bit);
        Result merged = run("merge", file, "-o", directory.resolve("m.i3"));
        assertThat(merged.status()).as("bit %d", bit).isEqualTo(1);
        assertThat(merged.err()).as("bit %d", bit).containsPattern("frame \\d+ at offset \\d+: ");
      }
    }
  }

  /// The checksums are right, and what is in the frame is not what it should be.
  @Test
  void objectsMadeWrongUnderRightChecksumsAreNamed() throws IOException {
    Random random = new Random(SEED);
    byte[] sound = pulses().blob();
    Path file = directory.resolve("wrong.i3");
    for (int round = 0; round < 10 * ROUNDS; round++) {
      byte[] blob = sound.clone();
      for (int i = 0; i < 2; i++) {
        blob[random.nextInt(blob.length)] = (byte) (random.nextBoolean() ? -1 : random.nextInt());
      }
      Files.write(file, events(List.of(new FrameObject("InIcePulses", Pulses.TYPE, blob))));
      expectWords(file, "seed " + SEED + ", round " + round);
      Result columns =
          run("columns", file, "--pulses", "InIcePulses", "--out", directory.resolve("tables"));
      if (columns.status() == 1) {
        assertThat(columns.err()).containsPattern("frame 2 at offset \\d+: ");
      }
    }
  }

  @Test
  void treesAndUnionsTenThousandDeepAreReadOrRefused() throws IOException {
    int deep = 10_000;
    ArchiveWriter triggers = new ArchiveWriter("I3TriggerHierarchy", 0).frameObjectBase().u32(1);
    ArchiveWriter particles = new ArchiveWriter("I3MCTree", 0).frameObjectBase().u32(1);
    List<FrameObject> unions = new ArrayList<>();
    for (int i = 0; i < deep; i++) {
      triggers.object("I3Trigger", 0).f64(1).f64(2).u8(1);
      triggers.object("TriggerKey", 0).i32(0).i32(0).u8(0).u32(1);
      particles.object("I3Particle", 5).frameObjectBase().i32(i).i64(1).i32(13).i32(0).i32(-1);
      particles.object("I3Position", 0).frameObjectBase().f64(1).f64(2).f64(3);
      particles.object("I3Direction", 0).frameObjectBase().f64(1).f64(2);
      particles.f64(0).f64(1).f64(1).f64(0.3).i32(20).u32(i + 1 < deep ? 1 : 0);
      String source = i + 1 < deep ? "U%05d".formatted(i + 1) : "InIcePulses";
      ArchiveWriter union = new ArchiveWriter("I3RecoPulseSeriesMapUnion", 0).frameObjectBase();
      union.untracked("vector", 0).u32(1).string(source);
      unions.add(union.toObject("U%05d".formatted(i), "I3RecoPulseSeriesMapUnion"));
    }
    unions.add(pulses());
    unions.add(triggers.toObject("Triggers", "I3TriggerHierarchy"));
    unions.add(particles.toObject("I3MCTree", "I3MCTree"));
    Path file = directory.resolve("deep.i3");
    Files.write(file, events(unions));
    expectWords(file, "deep");
    Result columns = run("columns", file, "--pulses", "U00000", "--out", directory.resolve("t"));
    assertThat(columns.status()).isEqualTo(1);
    assertThat(columns.err()).containsPattern("frame 2 at offset \\d+: .* refers to itself or");
  }
}
