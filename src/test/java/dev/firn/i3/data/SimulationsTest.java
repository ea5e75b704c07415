package dev.firn.i3.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.firn.i3.ArchiveWriter;
import dev.firn.i3.I3Exception;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// What generators wrote, put together here field by field, and GENIE's results in genuine files.
class SimulationsTest {
  private static Object value(ArchiveWriter out) throws I3Exception {
    return PlainObjects.read(out.toObject("k", "")).orElseThrow();
  }

  private static Map<?, ?> read(ArchiveWriter out) throws I3Exception {
    return (Map<?, ?>) value(out);
  }

  private static ArchiveWriter begin(String name, int version) {
    return new ArchiveWriter(name, version).frameObjectBase();
  }

  private static ArchiveWriter doubles(ArchiveWriter out, int from, int count) {
    for (int i = 0; i < count; i++) {
      out.f64(from + i);
    }
    return out;
  }

  @Test
  void runsOfGenerators() throws I3Exception {
    ArchiveWriter corsika = begin("I3CorsikaInfo", 0);
    corsika.u32(20904).u32(100_000).i32(1000260560).u32(12).u32(5);
    Map<?, ?> run = read(doubles(corsika, 1, 7));
    assertThat(run.get("primary_type")).isEqualTo(1000260560);
    assertThat(run.get("oversampling")).isEqualTo(5L);
    assertThat(run.get("cylinder_height")).isEqualTo(1.0);
    assertThat(run.get("power_law_index")).isEqualTo(7.0);

    ArchiveWriter neutrinos = begin("I3NuGenInfo", 0).u32(21).u32(200).i32(14);
    run = read(doubles(neutrinos, 1, 10));
    assertThat(run.get("n_events")).isEqualTo(200L);
    assertThat(run.get("flavor_fraction")).isEqualTo(1.0);
    assertThat(run.get("max_azimuth")).isEqualTo(7.0);
    assertThat(run.get("power_law_index")).isEqualTo(10.0);
  }

  @Test
  void showersOfEveryVersion() throws I3Exception {
    for (int version = 0; version <= 4; version++) {
      ArchiveWriter out = begin("I3CorsikaShowerInfo", version).i32(7).i32(8).i32(9);
      doubles(out, 1, 7).untracked("vector", 0).u32(2);
      for (int step = 0; step < 2; step++) {
        out.untracked("CorsikaLongStep", 0).f64(10 + step);
        for (int kind = 0; kind < 9; kind++) {
          out.i64(100L * step + kind);
        }
      }
      if (version > 0) {
        out.f64(250).i16(4);
      }
      if (version > 1) {
        out.f64(0.5).i16(6);
      }
      if (version > 2) {
        out.f64(1e5).u8(1).u8(0);
      }
      if (version > 3) {
        doubles(out, 21, 3);
      }
      Map<?, ?> shower = read(out);
      assertThat(shower.get("sample")).isEqualTo(9);
      assertThat(shower.get("gh_reduced_chi2")).isEqualTo(7.0);
      Map<?, ?> second = (Map<?, ?>) ((List<?>) shower.get("profile")).get(1);
      assertThat(second.get("depth")).isEqualTo(11.0);
      assertThat(second.get("cherenkov")).isEqualTo(108L);
      assertThat(shower.get("resampled")).isEqualTo(version > 0 ? 4 : null);
      assertThat(shower.get("weight")).isEqualTo(version > 1 ? 0.5 : null);
      assertThat(shower.get("curved")).isEqualTo(version > 2 ? true : null);
      assertThat(shower.get("gh_lambda_c")).isEqualTo(version > 3 ? 23.0 : null);
    }
  }

  private static ArchiveWriter particle(ArchiveWriter out, long major, int minor) {
    return out.untracked("I3ParticleID", 0).i64(major).i32(minor);
  }

  @Test
  void biasesOfShowers() throws I3Exception {
    ArchiveWriter out = begin("I3ShowerBiasMap", 0).untracked("map", 0).u32(1);
    particle(out.untracked("pair", 0), -1, 3);
    out.object("I3ShowerBias", 0).frameObjectBase().i32(1).f64(1e4);
    assertThat(read(out))
        .isEqualTo(Map.of("18446744073709551615/3", Map.of("type", 1, "target", 1e4)));
  }

  @Test
  void pulsesOfPhotoelectronsAndTheirParticles() throws I3Exception {
    for (int version = 0; version <= 1; version++) {
      ArchiveWriter out = begin("I3MCPulseSeriesMap", 0).untracked("map", 0).u32(1);
      new OmKey(21, 30).write(out.untracked("pair", 0));
      out.untracked("series", 0).u32(1).untracked("I3MCPulse", version);
      (version == 0 ? out.f32(9.5f) : out.f64(9.5)).f32(1.25f).i32(30);
      Map<?, ?> pulse = (Map<?, ?>) ((List<?>) read(out).get("21/30/0")).getFirst();
      assertThat(((Number) pulse.get("time")).doubleValue()).isEqualTo(9.5);
      assertThat(pulse.get("charge")).isEqualTo(1.25f);
      assertThat(pulse.get("source")).isEqualTo(30);
    }
    ArchiveWriter places = begin("I3ParticleIDMap", 0).untracked("map", 0).u32(1);
    new OmKey(21, 30).write(places.untracked("pair", 0));
    places.untracked("inner map", 0).u32(2);
    particle(places.untracked("inner pair", 0), 5, 6).u32(2).u32(0).u32(3);
    particle(places, 5, 7).u32(1).u32(1);
    assertThat(read(places))
        .isEqualTo(Map.of("21/30/0", Map.of("5/6", List.of(0L, 3L), "5/7", List.of(1L))));
  }

  @Test
  void photonsOfEveryVersion() throws I3Exception {
    for (int version = 0; version <= 1; version++) {
      ArchiveWriter out = begin("I3CompressedPhotonSeriesMap", 0).untracked("map", 0).u32(1);
      out.untracked("pair", 0).untracked("ModuleKey", 1).i32(86).u32(60);
      out.object("I3Vector", 0).frameObjectBase().untracked("vector", 0).u32(1);
      out.untracked("I3CompressedPhoton", version).f64(9.5).f32(1).f32(2).f32(3).f32(4);
      if (version == 0) {
        doubles(out, 5, 3);
      } else {
        out.f32(5).f32(6).f32(7).f32(0.2f);
      }
      out.i32(11).i64(12);
      Map<?, ?> photon = (Map<?, ?>) ((List<?>) read(out).get("86/60")).getFirst();
      assertThat(photon.get("azimuth")).isEqualTo(4f);
      assertThat(((Number) photon.get("z")).doubleValue()).isEqualTo(7.0);
      assertThat(photon.get("group_velocity")).isEqualTo(version == 0 ? null : 0.2f);
      assertThat(photon.get("particle_major")).isEqualTo("12");
    }
  }

  @Test
  void matricesByRowsAndNotOfAnotherShape() throws I3Exception {
    assertThat(value(matrix(2, 3, 6)))
        .isEqualTo(List.of(List.of(1.0, 2.0, 3.0), List.of(4.0, 5.0, 6.0)));
    assertThatThrownBy(() -> value(matrix(2, 3, 4))).hasMessageContaining("4 numbers");
    assertThatThrownBy(() -> value(matrix(0xffff_fff0L, 3, 4))).hasMessageContaining("do not fit");
  }

  private static ArchiveWriter matrix(long rows, int columns, int numbers) {
    ArchiveWriter out = begin("I3Matrix", 0).untracked("matrix", 0).u32(rows).u32(columns);
    return doubles(out.untracked("storage", 0).u32(numbers), 1, numbers);
  }

  @Test
  void resultsOfGenieInGenuineFiles() throws IOException {
    List<Map<?, ?>> found = new ArrayList<>();
    PlainObjectsTest.everyObject((object, chain) -> {
      if (object.key().equals("I3GENIEResultDict")) {
        found.add((Map<?, ?>) PlainObjects.read(object).orElseThrow());
      }
    });
    assertThat(found)
        .isNotEmpty()
        .allSatisfy(result -> {
          assertThat(result.get("A")).isIn(1, 2, 16); // nucleons of ice
          assertThat((Integer) result.get("nf")).isEqualTo(((List<?>) result.get("Ef")).size());
        });
  }

  @Test
  void valuesOfEveryKind() throws I3Exception {
    ArchiveWriter out = begin("I3GENIEResultDict", 0).untracked("map", 0).u32(3);
    out.untracked("pair", 0).string("cc").untracked("variant", 0).i32(2).u8(1);
    out.string("pdgf").i32(3).u32(2).i32(13).i32(-211);
    out.string("flags").i32(5).u32(1).u8(0);
    assertThat(read(out))
        .isEqualTo(Map.of("cc", true, "pdgf", List.of(13, -211), "flags", List.of(false)));
    ArchiveWriter other = begin("I3GENIEResultDict", 0).untracked("map", 0).u32(1);
    other.untracked("pair", 0).string("x").untracked("variant", 0).i32(6);
    assertThatThrownBy(() -> value(other)).hasMessageContaining("kind 6");
  }
}
