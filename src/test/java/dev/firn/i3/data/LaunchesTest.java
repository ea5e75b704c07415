package dev.firn.i3.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.firn.i3.ArchiveReader;
import dev.firn.i3.ArchiveWriter;
import dev.firn.i3.Frame;
import dev.firn.i3.FrameObject;
import dev.firn.i3.FrameReader;
import dev.firn.i3.I3Exception;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/// What digitizers recorded, put together bit by bit here and read from genuine files.
class LaunchesTest {
  private static final long SEED = Long.getLong("firn.seed", 20261126L);
  private static final int[] BITS = {1, 2, 3, 6, 11, 20, 31};

  /// Packs as the modules do, one bit after another.
  private static int[] pack(int[] samples) {
    List<Boolean> bits = new ArrayList<>();
    int level = 2;
    int before = 0;
    for (int sample : samples) {
      int difference = sample - before;
      before = sample;
      while (Math.abs(difference) >= 1 << BITS[level] - 1) {
        put(bits, 1 << BITS[level] - 1, BITS[level]);
        level++;
      }
      put(bits, difference, BITS[level]);
      if (level > 0 && Math.abs(difference) < 1 << BITS[level - 1] - 1) {
        level--;
      }
    }
    int[] words = new int[(bits.size() + 31) / 32];
    for (int i = 0; i < bits.size(); i++) {
      words[i / 32] |= bits.get(i) ? 1 << i % 32 : 0;
    }
    return words;
  }

  private static void put(List<Boolean> bits, int value, int count) {
    for (int i = 0; i < count; i++) {
      bits.add((value >> i & 1) == 1);
    }
  }

  private static List<Object> unpack(int[] words, int count) throws I3Exception {
    return DeltaCode.unpack(new ArchiveReader(new byte[0]), words, count);
  }

  @Test
  void samplesComeBackAsPacked() throws I3Exception {
    SplittableRandom random = new SplittableRandom(SEED);
    for (int round = 0; round < 2_000; round++) {
      int[] samples = new int[random.nextInt(257)];
      int steps = 1 << random.nextInt(30);
      int at = random.nextInt(1024);
      for (int i = 0; i < samples.length; i++) {
        at += random.nextInt(4) == 0 ? random.nextInt(-steps, steps) : 0;
        at = Math.clamp(at, 0, (1 << 29) - 1);
        samples[i] = at;
      }
      assertThat(unpack(pack(samples), samples.length))
          .as("seed %d, round %d", SEED, round)
          .isEqualTo(Arrays.stream(samples).boxed().toList());
    }
  }

  @Test
  void samplesThatAreNotThereAreRefused() {
    int[] words = pack(new int[] {120, 121, 119});
    assertThatThrownBy(() -> unpack(words, 33)).hasMessageContaining("fewer samples");
    assertThatThrownBy(() -> unpack(words, -1)).hasMessageContaining("fewer samples");
    assertThatThrownBy(() -> unpack(new int[] {0, 0}, 63)).hasMessageContaining("fewer samples");
    // signs alone: 4, 32, 1024, 524288 and 2^30 in 3, 6, 11, 20 and 31 bits
    List<Boolean> bits = new ArrayList<>();
    for (int level = 2; level < BITS.length; level++) {
      put(bits, 1 << BITS[level] - 1, BITS[level]);
    }
    int[] signs = new int[3];
    for (int i = 0; i < bits.size(); i++) {
      signs[i / 32] |= bits.get(i) ? 1 << i % 32 : 0;
    }
    assertThatThrownBy(() -> unpack(signs, 1)).hasMessageContaining("larger than any");
  }

  private static ArchiveWriter mapOfOne(int version) {
    ArchiveWriter out =
        new ArchiveWriter("I3DOMLaunchSeriesMap", 0)
            .frameObjectBase()
            .untracked("map", 0)
            .u32(1)
            .untracked("pair", 0);
    new OmKey(21, 30).write(out);
    return out.untracked("series", 0).u32(1).untracked("I3DOMLaunch", version);
  }

  private static void words(ArchiveWriter out, int... words) {
    out.u32(words.length);
    for (int word : words) {
      out.i32(word);
    }
  }

  @Test
  void launchOfTheNewestVersionIsReadWithItsSamples() throws I3Exception {
    int[] atwd = {140, 141, 139, 300, 900, 500, 141, 140};
    int[] fadc = {60, 60, 60, 75};
    ArchiveWriter out = mapOfOne(5).f64(10_250.5).i32(2).i32(12).i32(1);
    out.untracked("channels", 0).u32(2);
    words(out, pack(atwd));
    words(out);
    out.i32(atwd.length).i32(0);
    words(out, pack(fadc));
    out.i32(fadc.length).u8(1);
    words(out, 134, 135, 136);
    out.u8(0).u32(9).u32(77).u32(3);

    Map<String, Object> launch = only(out.toObject("InIceRawData", "I3DOMLaunchSeriesMap"));

    assertThat(launch)
        .containsEntry("start", 10_250.5)
        .containsEntry("trigger", 2)
        .containsEntry("mode", 12)
        .containsEntry("atwd", List.of(List.of(140, 141, 139, 300, 900, 500, 141, 140), List.of()))
        .containsEntry("fadc", List.of(60, 60, 60, 75))
        .containsEntry("local_coincidence", true)
        .containsEntry("charge_stamp", List.of(134, 135, 136))
        .containsEntry("charge_stamp_highest_sample", 9L)
        .containsEntry("atwd_charge_stamp_channel", 3L);
  }

  @Test
  void launchOfTheFirstVersionHasItsSamplesAsTheyAre() throws I3Exception {
    ArchiveWriter out = mapOfOne(0).f64(7).i32(99).i32(0);
    out.object("lists", 0).frameObjectBase().untracked("list", 0).u32(2);
    out.object("numbers", 0).frameObjectBase();
    words(out, 5, 6);
    long second = out.nextObject();
    out.u32(second).frameObjectBase();
    words(out, 7);
    out.u32(out.nextObject()).frameObjectBase();
    words(out, 8);
    out.u8(0).u32(out.nextObject()).frameObjectBase();
    words(out, 134);
    out.u8(1);

    Map<String, Object> launch = only(out.toObject("InIceRawData", "I3DOMLaunchSeriesMap"));

    assertThat(launch)
        .containsEntry("atwd", List.of(List.of(5, 6), List.of(7)))
        .containsEntry("fadc", List.of(8))
        .containsEntry("charge_stamp", List.of(134))
        .doesNotContainKeys("trigger", "pedestal_subtracted");
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> only(FrameObject object) throws I3Exception {
    Map<String, Object> modules = (Map<String, Object>) PlainObjects.read(object).orElseThrow();
    assertThat(modules).containsOnlyKeys("21/30/0");
    return (Map<String, Object>) ((List<?>) modules.get("21/30/0")).getFirst();
  }

  private interface EachFrame {
    void frame(Map<String, Object> objects) throws I3Exception;
  }

  private static void everyGenuineFrame(String name, EachFrame each) throws IOException {
    Path file =
        Path.of(System.getProperty("firn.shared", "../shared"))
            .resolve("data/icecube")
            .resolve(name + "_first_5_frames.i3.gz");
    assumeTrue(Files.isRegularFile(file), "needs the shared data: icecube");
    try (InputStream in = Files.newInputStream(file);
        FrameReader reader = FrameReader.strict(in)) {
      for (Optional<Frame> f = reader.next(); f.isPresent(); f = reader.next()) {
        Map<String, Object> objects = new HashMap<>();
        for (FrameObject object : f.get().objects()) {
          if (List.of("InIceRawData", "DSTTriggers", "I3TriggerHierarchy").contains(object.key())) {
            objects.put(object.key(), PlainObjects.read(object).orElseThrow());
          }
        }
        each.frame(objects);
      }
    }
  }

  @Test
  @SuppressWarnings("unchecked")
  void genuineWaveformsHaveTheDigitizersLengthAndRange() throws IOException {
    int[] waveforms = new int[1];
    everyGenuineFrame(
        "wBDT_wDNN_L345_IC86-2016_NuMu-021220-009993",
        objects -> {
          Map<String, Object> modules =
              (Map<String, Object>) objects.getOrDefault("InIceRawData", Map.of());
          for (Object series : modules.values()) {
            for (Object one : (List<Object>) series) {
              Map<String, Object> launch = (Map<String, Object>) one;
              List<List<Integer>> atwd = (List<List<Integer>>) launch.get("atwd");
              assertThat(atwd).hasSize(4).allMatch(c -> c.isEmpty() || c.size() == 128);
              List<Integer> fadc = (List<Integer>) launch.get("fadc");
              assertThat(fadc.size()).isIn(0, 256);
              assertThat(fadc).allMatch(v -> v >= 0 && v < 1024);
              assertThat(atwd).allSatisfy(c -> assertThat(c).allMatch(v -> v >= 0 && v < 1024));
              waveforms[0] += fadc.isEmpty() ? 0 : 1;
            }
          }
        });
    assertThat(waveforms[0]).isPositive();
  }

  /// The same triggers lie in the file twice: packed with the readout, and as they were with the
  /// event.
  @Test
  @SuppressWarnings("unchecked")
  void packedTriggersAreThoseOfTheHierarchyToTheNanosecond() throws IOException {
    List<Map<String, Object>> packed = new ArrayList<>();
    int[] compared = new int[1];
    everyGenuineFrame(
        "oscNext_genie_level3_v02",
        objects -> {
          if (objects.get("DSTTriggers") instanceof List<?> of) {
            packed.addAll((List<Map<String, Object>>) of);
          }
          if (objects.get("I3TriggerHierarchy") instanceof List<?> whole) {
            for (Map<String, Object> trigger : packed) {
              long time = (long) trigger.get("time");
              long length = (long) trigger.get("length");
              assertThat((List<Map<String, Object>>) whole)
                  .as("%s", trigger)
                  .anyMatch(t ->
                      Math.round((double) t.get("time")) == time
                          && Math.round((double) t.get("length")) == length);
              compared[0]++;
            }
            packed.clear();
          }
        });
    assertThat(compared[0]).isEqualTo(5);
  }
}
