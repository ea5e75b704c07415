package dev.firn.i3.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.firn.i3.ArchiveWriter;
import dev.firn.i3.I3Exception;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

/// What fits and cuts wrote: laws that genuine objects must obey whoever reads them, and objects
/// put together here for the versions that the given files do not have.
class ReconstructionsTest {
  private static final Offset<Double> SMALL = within(1e-9);

  private static Map<?, ?> read(ArchiveWriter out) throws I3Exception {
    return (Map<?, ?>) PlainObjects.read(out.toObject("k", "")).orElseThrow();
  }

  private static double number(Map<?, ?> object, String name) {
    Object value = object.get(name);
    return value instanceof String text ? Double.parseDouble(text) : ((Number) value).doubleValue();
  }

  /// Counts the genuine objects of a type that say something, after `law` has looked at them.
  private static void law(Map<String, Integer> seen, String type, Map<?, ?> o, Runnable law) {
    boolean said = o.values().stream().noneMatch(v -> v instanceof Double d && !Double.isFinite(d));
    if (said) {
      law.run();
      seen.merge(type, 1, Integer::sum);
    }
  }

  @Test
  void genuineObjectsObeyTheLawsOfWhatTheySay() throws IOException {
    Map<String, Integer> seen = new TreeMap<>();
    PlainObjectsTest.everyObject((object, chain) -> {
      if (!Reconstructions.readers().containsKey(object.type())) {
        return;
      }
      Map<?, ?> o = (Map<?, ?>) PlainObjects.read(object).orElseThrow();
      law(seen, object.type(), o, () -> check(object.type(), o));
    });
    assertThat(seen)
        .containsKeys(
            "I3LineFitParams",
            "I3LogLikelihoodFitParams",
            "I3TensorOfInertiaFitParams",
            "I3HitMultiplicityValues",
            "I3HitStatisticsValues",
            "I3DirectHitsValues",
            "I3DipoleFitParams",
            "CramerRaoParams");
  }

  private static void check(String type, Map<?, ?> o) {
    switch (type) {
      case "I3LineFitParams" -> {
        double squares = 0;
        for (String axis : List.of("speed_x", "speed_y", "speed_z")) {
          squares += number(o, axis) * number(o, axis);
        }
        assertThat(Math.sqrt(squares)).isEqualTo(number(o, "speed"), SMALL);
      }
      case "I3LogLikelihoodFitParams" -> {
        if (number(o, "ndof") > 0) {
          assertThat(number(o, "rlogl") * number(o, "ndof"))
              .isEqualTo(number(o, "logl"), within(1e-6));
        }
        assertThat(number(o, "nmini")).isBetween(-1.0, 1e6);
      }
      case "I3TensorOfInertiaFitParams" -> {
        double all = number(o, "mineval") + number(o, "eval2") + number(o, "eval3");
        assertThat(number(o, "evalratio") * all)
            .isEqualTo(number(o, "mineval"), within(1e-6 * all));
      }
      case "I3HitMultiplicityValues" ->
          assertThat(number(o, "n_hit_strings"))
              .isLessThanOrEqualTo(number(o, "n_hit_doms"))
              .isLessThanOrEqualTo(number(o, "n_pulses"));
      case "I3HitStatisticsValues" -> {
        assertThat(number(o, "z_mean")).isBetween(number(o, "z_min"), number(o, "z_max"));
        assertThat(number(o, "min_pulse_time")).isLessThanOrEqualTo(number(o, "max_pulse_time"));
        assertThat(number(o, "q_max_doms")).isLessThanOrEqualTo(number(o, "q_tot_pulses"));
      }
      case "I3DirectHitsValues" ->
          assertThat(number(o, "n_dir_strings"))
              .isLessThanOrEqualTo(number(o, "n_dir_doms"))
              .isLessThanOrEqualTo(number(o, "n_dir_pulses"));
      case "I3DipoleFitParams" -> {
        double squares = 0;
        for (String axis : List.of("magnet_x", "magnet_y", "magnet_z")) {
          squares += number(o, axis) * number(o, axis);
        }
        assertThat(Math.sqrt(squares)).isEqualTo(number(o, "magnet"), SMALL);
      }
      default -> {}
    }
  }

  private static ArchiveWriter likelihood(ArchiveWriter out) {
    return out.object("I3LogLikelihoodFitParams", 0)
        .frameObjectBase()
        .f64(90)
        .f64(9)
        .i32(10)
        .i32(3);
  }

  private static ArchiveWriter doubles(ArchiveWriter out, int from, int count) {
    for (int i = 0; i < count; i++) {
      out.f64(from + i);
    }
    return out;
  }

  @Test
  void paraboloidsOfEveryVersion() throws I3Exception {
    for (int version = 0; version <= 2; version++) {
      ArchiveWriter out = likelihood(new ArchiveWriter("I3ParaboloidFitParams", version));
      doubles(out, 1, 17 + (version > 0 ? 4 : 0));
      Map<?, ?> fit = read(version > 1 ? out.i32(7) : out);
      assertThat(fit.get("logl")).isEqualTo(90.0);
      assertThat(fit.get("nmini")).isEqualTo(3);
      assertThat(fit.get("zenith")).isEqualTo(1.0);
      assertThat(fit.get("covariance")).isEqualTo(17.0);
      assertThat(fit.get("true_azimuth")).isEqualTo(version > 0 ? 21.0 : null);
      assertThat(fit.get("status")).isEqualTo(version > 1 ? 7 : null);
    }
    ArchiveWriter newer = likelihood(new ArchiveWriter("I3ParaboloidFitParams", 3));
    assertThatThrownBy(() -> read(newer)).hasMessageContaining("only 0 to 2 are known");
  }

  @Test
  void millipedesOfEveryVersion() throws I3Exception {
    for (int version = 0; version <= 2; version++) {
      ArchiveWriter out = likelihood(new ArchiveWriter("MillipedeFitParams", version));
      Map<?, ?> fit = read(doubles(out, 1, version > 1 ? 6 : 5));
      assertThat(fit.get("rlogl")).isEqualTo(9.0);
      assertThat(fit.get("qtotal")).isEqualTo(1.0);
      assertThat(fit.get("logl_ratio")).isEqualTo(version > 1 ? 6.0 : null);
    }
  }

  @Test
  void cramerRaoOfOldAndNew() throws I3Exception {
    ArchiveWriter old = new ArchiveWriter("CramerRaoParams", 1).frameObjectBase();
    assertThat(read(doubles(doubles(old, 1, 2).i32(4), 3, 4)).get("rllh_est")).isEqualTo(6.0);
    ArchiveWriter now = new ArchiveWriter("CramerRaoParams", 2).frameObjectBase();
    Map<?, ?> fit = read(doubles(doubles(now, 1, 2).i32(4), 3, 10));
    assertThat(fit.get("status")).isEqualTo(4);
    assertThat(fit.get("variance_theta")).isEqualTo(3.0);
    assertThat(fit.get("covariance_x_y")).isEqualTo(12.0);
  }

  @Test
  void portiasOfOldAndNew() throws I3Exception {
    for (int version : new int[] {0, 2}) {
      ArchiveWriter out = new ArchiveWriter("I3PortiaEvent", version).frameObjectBase();
      doubles(out, 1, 3).i32(11).i32(12).i32(13);
      new OmKey(1, 2).write(out);
      new OmKey(3, 4).write(out);
      if (version == 2) {
        doubles(out, 4, 3).i32(14).i32(15).i32(16);
        new OmKey(5, 6).write(out);
        new OmKey(7, 8).write(out);
        new OmKey(9, 10).write(out);
      }
      Map<?, ?> event = read(out);
      assertThat(event.get("fadc_channels")).isEqualTo(13);
      assertThat(event.get("last_module")).isEqualTo("3/4/0");
      assertThat(event.get("largest_module")).isEqualTo(version == 2 ? "5/6/0" : null);
      assertThat(event.get("last_module_btw")).isEqualTo(version == 2 ? "9/10/0" : null);
    }
  }

  /// The time of the first version lies in seconds.
  @Test
  void planesOfOldAndNew() throws I3Exception {
    for (int version = 0; version <= 1; version++) {
      ArchiveWriter plane = new ArchiveWriter("I3TopRecoPlaneFitParams", version).frameObjectBase();
      plane.i64(77).f64(version == 0 ? 2.5e-9 : 2.5).f32(1).f32(2).f32(3).f32(4).u32(12);
      Map<String, Object> fit = new LinkedHashMap<>();
      fit.put("trigger_time", 77L);
      fit.put("delta_t", 2.5);
      fit.put("t0", 1f);
      fit.put("x0", 2f);
      fit.put("y0", 3f);
      fit.put("chi2", 4f);
      fit.put("pulses", 12L);
      assertThat(read(plane)).as("version %d", version).isEqualTo(fit);
    }
  }

  @Test
  void othersThatTheGivenFilesDoNotHave() throws I3Exception {
    ArchiveWriter cascade = new ArchiveWriter("I3CscdLlhFitParams", 0).frameObjectBase();
    cascade.i32(9).i32(8).i32(5000).i32(0);
    assertThat(read(doubles(cascade, 1, 9)).get("reduced_llh")).isEqualTo(9.0);

    ArchiveWriter line = new ArchiveWriter("I3LineFitParams", 0).frameObjectBase();
    assertThat(read(doubles(line, 1, 4))).hasSize(4);

    ArchiveWriter many = new ArchiveWriter("I3LogLikelihoodFitParamsVect", 0).frameObjectBase();
    likelihood(likelihood(many.untracked("vector", 0).u32(2)));
    assertThat((List<?>) PlainObjects.read(many.toObject("k", "")).orElseThrow()).hasSize(2);
  }
}
