package dev.firn.i3.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.firn.i3.ArchiveWriter;
import dev.firn.i3.Frame;
import dev.firn.i3.FrameChain;
import dev.firn.i3.FrameObject;
import dev.firn.i3.FrameReader;
import dev.firn.i3.I3Exception;
import dev.firn.i3.I3Time;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class PlainObjectsTest {
  private static final Path ICECUBE =
      Path.of(System.getProperty("firn.shared", "../shared"), "data", "icecube");
  private static final long SEED = Long.getLong("firn.seed", 20261123L);

  /// Decodes an object in whatever way its type asks for; true when its class is known.
  private static boolean decode(FrameObject object, FrameChain chain) throws I3Exception {
    return PulseResolver.hasPulses(object)
        ? new PulseResolver(chain).find(object.key()).isPresent()
        : PlainObjects.read(object).isPresent();
  }

  interface Each {
    void object(FrameObject object, FrameChain chain) throws IOException;
  }

  static void everyObject(Each each) throws IOException {
    assumeTrue(Files.isDirectory(ICECUBE), "needs the shared data: icecube");
    List<Path> files;
    try (Stream<Path> walk = Files.walk(ICECUBE)) {
      files =
          walk.filter(f -> f.toString().matches(".*(first_5_frames|v[35]/.*)\\.i3(\\.gz)?"))
              .toList();
    }
    for (Path file : files) {
      FrameChain chain = new FrameChain();
      try (InputStream in = Files.newInputStream(file);
          FrameReader reader = FrameReader.strict(in)) {
        for (Optional<Frame> f = reader.next(); f.isPresent(); f = reader.next()) {
          chain.add(f.get());
          for (FrameObject object : f.get().objects()) {
            each.object(object, chain);
          }
        }
      }
    }
  }

  @Test
  void everyObjectOfAKnownClassIsReadToItsLastByte() throws IOException {
    Map<String, Integer> read = new TreeMap<>();
    everyObject((object, chain) -> {
      if (decode(object, chain)) {
        read.merge(object.type(), 1, Integer::sum);
      }
    });
    assertThat(read)
        .containsEntry("I3RecoPulseSeriesMapMask", 236)
        .containsEntry("I3SuperDST", 15)
        .containsEntry("I3Particle", 587)
        .containsEntry("I3Tree<I3Trigger>", 10)
        .containsEntry("I3Vector<double>", 35)
        .containsEntry("TreeBase::Tree<I3Particle, I3ParticleID, i3hash<I3ParticleID> >", 25);
  }

  /// Of these the public sources say nothing, or they are not read yet (docs/formats/i3.md).
  private static final Set<String> UNKNOWN = Set.of("I3SantaFitParams", "Variables");

  @Test
  void everyTypeOfTheGenuineFilesIsReadOrSaidToBeUnknown() throws IOException {
    Set<String> unread = new TreeSet<>();
    everyObject((object, chain) -> {
      if (!decode(object, chain)) {
        unread.add(object.type());
      }
    });
    assertThat(unread).containsExactlyInAnyOrderElementsOf(UNKNOWN);
  }

  /// What a summary says of an event is what its own header says, and of its run the day it began.
  @Test
  void summariesOfGenuineEventsAreOfTheirEvents() throws IOException {
    List<Map<?, ?>> events = new ArrayList<>();
    List<Map<?, ?>> headers = new ArrayList<>();
    everyObject((object, chain) -> {
      if (object.type().equals("I3DST16")) {
        events.add((Map<?, ?>) PlainObjects.read(object).orElseThrow());
      } else if (object.type().equals("I3DSTHeader16")) {
        headers.add((Map<?, ?>) PlainObjects.read(object).orElseThrow());
      }
    });
    assertThat(headers)
        .hasSize(2)
        .allSatisfy(header -> {
          assertThat(header.get("mjd")).isEqualTo(56_783);
          assertThat(header.get("pixels_a_side")).isEqualTo(1_024);
          assertThat(header.get("triggers"))
              .isEqualTo(List.of(1006, 21_001, 24_002, 1007, 1011, 102, 23_050));
          assertThat(header.get("recos")).isEqualTo(List.of("PoleMuonLinefit", "PoleMuonLlhFit"));
        });
    assertThat(events)
        .hasSize(10)
        .allSatisfy(event -> {
          long pixels = 12L * 1_024 * 1_024;
          assertThat((Long) event.get("reco1")).isBetween(0L, pixels);
          assertThat((Long) event.get("reco2")).isBetween(0L, pixels);
          assertThat((Integer) event.get("strings")).isPositive();
          assertThat((Integer) event.get("modules"))
              .isGreaterThanOrEqualTo((Integer) event.get("strings"));
        });
    assertThat(events)
        .as("one of them is the one its run's summaries begin with")
        .anyMatch(event -> event.get("event").equals(headers.getFirst().get("first_event")));
  }

  @Test
  void mutatedObjectsAreReadOrRefusedAndNothingElse() throws IOException {
    SplittableRandom random = new SplittableRandom(SEED);
    everyObject((object, chain) -> {
      if (object.size() > 5_000 || random.nextInt(4) > 0) {
        return;
      }
      byte[] blob = object.blob().clone();
      for (int i = 0; i < 3; i++) {
        blob[random.nextInt(blob.length)] = (byte) random.nextInt();
      }
      FrameObject mutated = new FrameObject(object.key(), object.type(), blob);
      FrameChain alone = new FrameChain();
      alone.add(Frame.of('P', List.of(mutated)));
      try {
        decode(mutated, alone);
      } catch (I3Exception e) {
        assertThat(e.reason()).isNotEmpty();
      } catch (RuntimeException e) {
        throw new AssertionError("seed " + SEED + " " + object.key(), e);
      }
    });
  }

  @Test
  void smallContainersComeBackAsWritten() throws I3Exception {
    TreeMap<String, Double> numbers = new TreeMap<>(Map.of("a", 1.5, "b", -2.0));
    TreeMap<OmKey, Double> perModule = new TreeMap<>(Map.of(new OmKey(3, 4), 0.9));

    assertThat(PlainObjects.read(Blobs.number("k", 3.14159))).contains(3.14159);
    assertThat(PlainObjects.read(Blobs.integer("k", 10))).contains(10);
    assertThat(PlainObjects.read(Blobs.truth("k", true))).contains(true);
    assertThat(PlainObjects.read(Blobs.text("k", "testing"))).contains("testing");
    assertThat(PlainObjects.read(Blobs.numbers("k", numbers))).contains(numbers);
    assertThat(PlainObjects.read(Blobs.perModule("k", perModule))).contains(Map.of("3/4/0", 0.9));
    assertThat(PlainObjects.read(Blobs.modules("k", List.of(new OmKey(35, 56), new OmKey(25, 45)))))
        .contains(List.of("35/56/0", "25/45/0"));
  }

  @Test
  void pairsOfAListLieAsTheyAre() throws I3Exception {
    ArchiveWriter pairs = new ArchiveWriter("I3VectorDoubleDouble", 0).frameObjectBase();
    pairs.untracked("vector<pair>", 0).u32(2).f64(1).f64(2).f64(3).f64(4);
    assertThat(PlainObjects.read(pairs.toObject("k", "")))
        .contains(List.of(List.of(1.0, 2.0), List.of(3.0, 4.0)));
  }

  @Test
  void listOfTrueParticlesHasNoBaseButTheList() throws I3Exception {
    ArchiveWriter list = new ArchiveWriter("I3MCList", 0);
    list.object("I3ParticleVect", 0).frameObjectBase().untracked("vector", 0).u32(0);
    assertThat(PlainObjects.read(list.toObject("k", ""))).contains(List.of());
  }

  /// Bits of the source of class version 3: 3 which digitizer, 1 which of the two, 1 coincidence.
  @Test
  void waveformsSayWhichDigitizerTheyAreOf() throws I3Exception {
    for (int version = 0; version <= 3; version += 3) {
      ArchiveWriter out = new ArchiveWriter("I3WaveformSeriesMap", 0).frameObjectBase();
      new OmKey(1, 2).write(out.untracked("map", 0).u32(1).untracked("pair", 0));
      out.untracked("vector", 0).u32(1).object("I3Waveform", version).f64(0).f64(3.3);
      out.u32(1).f64(7);
      if (version == 0) {
        out.i32(10);
      } else {
        out.untracked("stretches", 0).u32(0).u8(0b11001);
      }
      Map<?, ?> all = (Map<?, ?>) PlainObjects.read(out.toObject("k", "")).orElseThrow();
      Map<?, ?> waveform = (Map<?, ?>) ((List<?>) all.get("1/2/0")).getFirst();
      assertThat(waveform.get("source")).isEqualTo(1);
      assertThat(waveform.get("index")).isEqualTo(version == 0 ? null : 1);
      assertThat(waveform.get("hlc")).isEqualTo(version == 0 ? null : true);
    }
  }

  /// Particles of the first class version had parts, as many below each other as one liked.
  @Test
  void particlesOfTheFirstVersionHadParts() throws I3Exception {
    int parts = 100_000;
    ArchiveWriter out = new ArchiveWriter("I3Particle", 0);
    for (int i = 0; i <= parts; i++) {
      if (i > 0) {
        out.object("I3Particle", 0);
      }
      out.frameObjectBase().i32(i + 5).i32(0).i32(0).i32(6).i32(40).i32(-1);
      out.object("I3Position", 0).frameObjectBase().f64(1).f64(2).f64(3);
      out.object("I3Direction", 0).frameObjectBase().f64(0.5).f64(1.5);
      out.f64(100).f64(1e3).f64(10).f64(0.3).untracked("vector", 0).u32(i < parts ? 1 : 0);
    }
    Particle particle = Particle.decode(out.toObject("k", "I3Particle").blob());
    assertThat(particle.minorId()).isEqualTo(5);
    assertThat(particle.pdg()).isEqualTo(13);
    assertThat(particle.shape()).isEqualTo(40);
    assertThat(particle.azimuth()).isEqualTo(1.5);
    assertThat(particle.speed()).isEqualTo(0.3);
    assertThat(particle.location()).isZero();
  }

  @Test
  void modulesOfAGeometryComeBackWhereTheyWere() throws I3Exception {
    TreeMap<OmKey, DetectorGeometry.Position> modules = new TreeMap<>();
    modules.put(new OmKey(1, 1), new DetectorGeometry.Position(1, 2, 3));
    modules.put(new OmKey(86, 60), new DetectorGeometry.Position(-1, -2, -3.5));
    I3Time time = new I3Time(2017, 1);
    FrameObject object = new DetectorGeometry(modules, time, time).toGeometry();

    assertThat(DetectorGeometry.decodeModules(object.blob())).isEqualTo(modules);
  }

  @Test
  void classThatIsNotKnownIsNotGuessedAt() throws I3Exception {
    FrameObject unknown = new ArchiveWriter("MyOwn", 7).f64(1).toObject("k", "MyOwn");
    assertThat(PlainObjects.read(unknown)).isEmpty();
    byte[] large = Arrays.copyOf(unknown.blob(), 80 << 20);
    assertThat(PlainObjects.read(new FrameObject("k", "MyOwn", large)))
        .as("however large")
        .isEmpty();
    FrameObject newer = new ArchiveWriter("I3Double", 1).frameObjectBase().f64(1).toObject("k", "");
    assertThatThrownBy(() -> PlainObjects.read(newer)).hasMessageContaining("class version 1");
  }

  @Test
  void maskThatSelectsFromItselfIsRefused() {
    FrameObject mask =
        new ArchiveWriter("I3RecoPulseSeriesMapMask", 2)
            .frameObjectBase()
            .string("Loop")
            .untracked("bitmask", 0)
            .i16(1)
            .u8(7)
            .u8(1)
            .untracked("vector", 0)
            .u32(0)
            .toObject("Loop", "I3RecoPulseSeriesMapMask");
    FrameChain chain = new FrameChain();
    chain.add(Frame.of('P', List.of(mask)));
    assertThatThrownBy(() -> new PulseResolver(chain).find("Loop"))
        .isInstanceOf(I3Exception.class)
        .hasMessageContaining("refers to itself");
  }
}
