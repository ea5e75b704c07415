package dev.firn.i3.data;

import static dev.firn.i3.data.ObjectReader.COUNT;
import static dev.firn.i3.data.ObjectReader.DOUBLE;
import static dev.firn.i3.data.ObjectReader.FLOAT;
import static dev.firn.i3.data.ObjectReader.INT;
import static dev.firn.i3.data.ObjectReader.LONG;
import static dev.firn.i3.data.ObjectReader.UINT;
import static dev.firn.i3.data.ObjectReader.classUpTo;
import static dev.firn.i3.data.ObjectReader.each;
import static dev.firn.i3.data.ObjectReader.struct;
import static dev.firn.i3.data.ObjectReader.together;
import static dev.firn.i3.data.ObjectReader.vector;

import dev.firn.i3.ArchiveReader;
import dev.firn.i3.I3Exception;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/// What fits and cuts say of an event, as plain data, whole with the description of the class.
/// Energies are in GeV, lengths in m, times in ns, angles in radians.
final class Reconstructions {
  private static final String LIKELIHOOD = "I3LogLikelihoodFitParams";
  private static final ObjectReader LIKELIHOOD_FIT =
      classUpTo(LIKELIHOOD, 0, all(each(DOUBLE, "logl", "rlogl"), each(INT, "ndof", "nmini")));

  private Reconstructions() {}

  /// Readers by class name.
  static Map<String, ObjectReader> readers() {
    Map<String, ObjectReader> of = new HashMap<>();
    likelihoods(of);
    shapes(of);
    counts(of);
    surface(of);
    return of;
  }

  private static ObjectReader.OfVersion all(ObjectReader... structs) {
    ObjectReader members = together(structs);
    return (in, version) -> members.read(in);
  }

  private static void put(
      Map<String, ObjectReader> of, String name, int newest, ObjectReader... structs) {
    of.put(name, classUpTo(name, newest, all(structs)));
  }

  private static void likelihoods(Map<String, ObjectReader> of) {
    of.put(LIKELIHOOD, LIKELIHOOD_FIT);
    of.put(
        LIKELIHOOD + "Vect",
        classUpTo(
            LIKELIHOOD + "Vect",
            0,
            (in, version) -> vector(LIKELIHOOD, 24, LIKELIHOOD_FIT).read(in)));
    of.put(
        "I3ParaboloidFitParams",
        ObjectReader.versions("I3ParaboloidFitParams", 2, Reconstructions::paraboloid));
    of.put(
        "MillipedeFitParams",
        ObjectReader.versions("MillipedeFitParams", 2, Reconstructions::millipede));
    of.put("CramerRaoParams", classUpTo("CramerRaoParams", 2, Reconstructions::cramerRao));
    put(
        of,
        "I3CscdLlhFitParams",
        0,
        each(INT, "hits", "hit_modules", "unhit_modules", "status"),
        each(DOUBLE, "time_error", "x_error", "y_error", "z_error", "zenith_error"),
        each(DOUBLE, "azimuth_error", "energy_error", "negative_llh", "reduced_llh"));
    put(of, "I3StartStopParams", 1, each(DOUBLE, "llh_starting", "llh_stopping", "llh_infinite"));
  }

  private static Object paraboloid(ArchiveReader in, int version) throws I3Exception {
    ObjectReader ellipse =
        each(
            DOUBLE,
            "zenith",
            "azimuth",
            "error1",
            "error2",
            "rotation",
            "center_llh",
            "llh",
            "zenith_offset",
            "azimuth_offset",
            "curvature11",
            "curvature12",
            "curvature22",
            "chi2",
            "curvature_determinant",
            "zenith_sigma",
            "azimuth_sigma",
            "covariance");
    ObjectReader truth =
        each(DOUBLE, "true_zenith_offset", "true_azimuth_offset", "true_zenith", "true_azimuth");
    ObjectReader status = each(INT, "status");
    return switch (version) {
      case 0 -> together(LIKELIHOOD_FIT, ellipse).read(in);
      case 1 -> together(LIKELIHOOD_FIT, ellipse, truth).read(in);
      default -> together(LIKELIHOOD_FIT, ellipse, truth, status).read(in);
    };
  }

  private static Object millipede(ArchiveReader in, int version) throws I3Exception {
    ObjectReader sums =
        each(DOUBLE, "qtotal", "predicted_qtotal", "squared_residuals", "chi2", "chi2_dof");
    return version < 2
        ? together(LIKELIHOOD_FIT, sums).read(in)
        : together(LIKELIHOOD_FIT, sums, each(DOUBLE, "logl_ratio")).read(in);
  }

  private static Object cramerRao(ArchiveReader in, int version) throws I3Exception {
    ObjectReader errors =
        together(each(DOUBLE, "cramer_rao_theta", "cramer_rao_phi"), each(INT, "status"));
    ObjectReader old =
        each(DOUBLE, "cramer_rao_theta_corr", "cramer_rao_phi_corr", "llh_est", "rllh_est");
    ObjectReader matrix =
        each(
            DOUBLE,
            "variance_theta",
            "variance_phi",
            "variance_x",
            "variance_y",
            "covariance_theta_phi",
            "covariance_theta_x",
            "covariance_theta_y",
            "covariance_phi_x",
            "covariance_phi_y",
            "covariance_x_y");
    return together(errors, version < 2 ? old : matrix).read(in);
  }

  private static void shapes(Map<String, ObjectReader> of) {
    put(of, "I3CLastFitParams", 0, each(DOUBLE, "mineval", "evalratio", "eval2", "eval3"));
    put(
        of,
        "I3TensorOfInertiaFitParams",
        0,
        each(DOUBLE, "mineval", "evalratio", "eval2", "eval3"));
    put(
        of,
        "I3DipoleFitParams",
        0,
        each(DOUBLE, "magnet", "magnet_x", "magnet_y", "magnet_z", "amplitudes"),
        each(INT, "hits", "pairs"),
        each(DOUBLE, "largest_amplitude"));
    of.put(
        "I3LineFitParams",
        classUpTo(
            "I3LineFitParams",
            1,
            (in, version) -> {
              ObjectReader speed = each(DOUBLE, "speed", "speed_x", "speed_y", "speed_z");
              return (version == 0 ? speed : together(speed, each(INT, "hits"))).read(in);
            }));
    put(
        of,
        "I3FillRatioInfo",
        0,
        each(DOUBLE, "mean_distance", "rms_distance", "channels_distance", "energy_distance"),
        each(DOUBLE, "radius_rms", "radius_mean", "radius_energy", "radius_channels"),
        each(DOUBLE, "radius_mean_plus_rms", "ratio_rms", "ratio_mean", "ratio_mean_plus_rms"),
        each(DOUBLE, "ratio_channels", "ratio_energy"),
        each(INT, "hits"));
    put(
        of,
        "I3FiniteCuts",
        1,
        each(DOUBLE, "length", "end", "start", "density", "finite_cut", "detector_length"));
  }

  private static void counts(Map<String, ObjectReader> of) {
    put(of, "I3DirectHitsValues", 0, window("dir"), window("early"), window("late"), direct());
    put(
        of,
        "I3HitMultiplicityValues",
        0,
        each(UINT, "n_hit_strings", "n_hit_doms", "n_hit_doms_one_pulse"),
        each(COUNT, "n_pulses"));
    put(
        of,
        "I3HitStatisticsValues",
        0,
        struct("cog", PlainObjects.POSITION),
        each(DOUBLE, "cog_z_sigma", "min_pulse_time", "max_pulse_time", "q_max_doms"),
        each(DOUBLE, "q_tot_pulses", "z_min", "z_max", "z_mean", "z_sigma", "z_travel"));
    put(
        of,
        "I3TimeCharacteristicsValues",
        0,
        each(DOUBLE, "timelength_fwhm"),
        each(INT, "timelength_last_first", "timelength_maxgap", "zpattern"));
    put(
        of,
        "I3TrackCharacteristicsValues",
        0,
        each(DOUBLE, "avg_dom_dist_q_tot_dom", "empty_hits_track_length"),
        each(DOUBLE, "track_hits_separation_length", "track_hits_distribution_smoothness"));
    of.put("I3PortiaEvent", classUpTo("I3PortiaEvent", 2, Reconstructions::portia));
  }

  private static ObjectReader window(String name) {
    return together(
        each(UINT, "n_" + name + "_strings", "n_" + name + "_doms"),
        each(COUNT, "n_" + name + "_pulses"),
        each(DOUBLE, "q_" + name + "_pulses"));
  }

  private static ObjectReader direct() {
    return each(DOUBLE, "dir_track_length", "dir_track_hit_distribution_smoothness");
  }

  private static Object portia(ArchiveReader in, int version) throws I3Exception {
    Map<String, Object> event = new LinkedHashMap<>();
    for (String part : version < 2 ? new String[] {""} : new String[] {"", "_btw"}) {
      ObjectReader sums =
          together(
              each(DOUBLE, "best_npe" + part, "atwd_npe" + part, "fadc_npe" + part),
              each(INT, "total_channels" + part, "atwd_channels" + part, "fadc_channels" + part));
      ((Map<?, ?>) sums.read(in)).forEach((name, value) -> event.put((String) name, value));
      if (!part.isEmpty()) {
        event.put("largest_module", PlainObjects.OM_KEY.read(in));
      }
      event.put("first_module" + part, PlainObjects.OM_KEY.read(in));
      event.put("last_module" + part, PlainObjects.OM_KEY.read(in));
    }
    return event;
  }

  private static void surface(Map<String, ObjectReader> of) {
    of.put(
        "I3TopRecoPlaneFitParams",
        classUpTo(
            "I3TopRecoPlaneFitParams",
            1,
            (in, version) -> {
              ObjectReader time = version == 0 ? seconds -> seconds.f64() * 1e9 : DOUBLE;
              return together(
                      each(LONG, "trigger_time"),
                      each(time, "delta_t"),
                      each(FLOAT, "t0", "x0", "y0", "chi2"),
                      each(UINT, "pulses"))
                  .read(in);
            }));
  }
}
