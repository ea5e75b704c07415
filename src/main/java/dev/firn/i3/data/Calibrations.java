package dev.firn.i3.data;

import static dev.firn.i3.data.ObjectReader.BOOL;
import static dev.firn.i3.data.ObjectReader.DOUBLE;
import static dev.firn.i3.data.ObjectReader.UINT;
import static dev.firn.i3.data.ObjectReader.array;
import static dev.firn.i3.data.ObjectReader.doubles;
import static dev.firn.i3.data.ObjectReader.map;
import static dev.firn.i3.data.ObjectReader.struct;
import static dev.firn.i3.data.ObjectReader.vector;
import static dev.firn.i3.data.ObjectReader.versions;

import dev.firn.i3.ArchiveReader;
import dev.firn.i3.I3Exception;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// How counts of the digitizers become voltages and photo-electrons: class `I3Calibration`,
/// versions 1 to 4, with `I3DOMCalibration` 0 to 13, `I3VEMCalibration` 0 and
/// `SPEChargeDistribution` 1 to 4.
///
/// What IceTray itself throws away when it reads an old version is stepped over here too:
/// calibrations of the detector's predecessor and of tanks before version 2, intercepts and
/// baselines of single bins.
final class Calibrations {
  static final String CLASS = "I3Calibration";

  private static final ObjectReader LINEAR =
      versions("LinearFit", 0, (in, v) -> struct("slope", DOUBLE, "intercept", DOUBLE).read(in));
  private static final ObjectReader QUADRATIC =
      versions(
          "QuadraticFit", 0, (in, v) -> struct("a", DOUBLE, "b", DOUBLE, "c", DOUBLE).read(in));
  private static final ObjectReader DROOP =
      versions(
          "TauParam",
          0,
          (in, v) ->
              struct(
                      "p0",
                      DOUBLE,
                      "p1",
                      DOUBLE,
                      "p2",
                      DOUBLE,
                      "p3",
                      DOUBLE,
                      "p4",
                      DOUBLE,
                      "p5",
                      DOUBLE,
                      "tau_frac",
                      DOUBLE)
                  .read(in));
  private static final ObjectReader TANK_PEAK =
      versions(
          "I3VEMCalibration",
          0,
          (in, v) ->
              struct(
                      "pe_per_vem",
                      DOUBLE,
                      "mu_peak_width",
                      DOUBLE,
                      "hg_lg_crossover",
                      DOUBLE,
                      "correction_factor",
                      DOUBLE)
                  .read(in));
  private static final ObjectReader MODULES =
      map(
          "OMKey, I3DOMCalibration",
          40,
          PlainObjects.OM_KEY,
          versions("I3DOMCalibration", 13, Calibrations::module));
  private static final ObjectReader TANKS =
      map("OMKey, I3VEMCalibration", 40, PlainObjects.OM_KEY, TANK_PEAK);

  private Calibrations() {}

  /// Reads what follows the name of the class.
  static Object read(ArchiveReader in) throws I3Exception {
    int version = ObjectReader.versionUpTo(in, CLASS, 4);
    in.frameObjectBase();
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("modules", MODULES.read(in));
    if (version < 4) {
      skipPredecessor(in);
    }
    if (version == 1) {
      ObjectReader gone =
          versions("I3TankCalibration", 0, (tank, v) -> tank.bytes(3 * Double.BYTES));
      ObjectReader key = versions("TankKey", 0, (tank, v) -> tank.i32() + "/" + tank.i32());
      map("TankKey, I3TankCalibration", 32, key, gone).read(in);
    }
    if (version > 1) {
      all.put("tanks", TANKS.read(in));
    }
    if (version == 3) {
      ObjectReader cuts =
          versions(
              "TWRXTCal", 0, (cut, v) -> List.of(cut.f64(), LINEAR.read(cut), cut.bytes(4 * 8)));
      ObjectReader gone =
          versions("TWRCalibration", 0, (twr, v) -> List.of(twr.f64(), twr.f64(), cuts.read(twr)));
      map("OMKey, TWRCalibration", 60, PlainObjects.OM_KEY, gone).read(in);
      in.bytes(2 * Double.BYTES);
    }
    all.put("start", PlainObjects.readTime(in));
    all.put("end", PlainObjects.readTime(in));
    in.end();
    return all;
  }

  /// Modules of AMANDA, which ended in 2009.
  private static void skipPredecessor(ArchiveReader in) throws I3Exception {
    ObjectReader crosstalk =
        versions(
            "I3AMANDAOM_XTalk",
            0,
            (to, v) -> List.of(PlainObjects.OM_KEY.read(to), to.bytes(4 * Double.BYTES)));
    ObjectReader gone =
        versions(
            "I3AMANDAOMCalibration",
            0,
            (om, v) -> {
              om.bytes(15 * Double.BYTES + 2 * Integer.BYTES);
              return vector("I3AMANDAOM_XTalk", 40, crosstalk).read(om);
            });
    map("OMKey, I3AMANDAOMCalibration", 140, PlainObjects.OM_KEY, gone).read(in);
  }

  private static Object module(ArchiveReader in, int version) throws I3Exception {
    Map<String, Object> module = new LinkedHashMap<>();
    module.put("temperature", in.f64());
    module.put("fadc_gain", in.f64());
    module.put("fadc_baseline", LINEAR.read(in));
    if (version > 0) {
      module.put("fadc_delta_t", in.f64());
    }
    if (version < 4) {
      ObjectReader slopes = map("unsigned, LinearFit", 20, UINT, LINEAR);
      ObjectReader channels = map("unsigned, map<unsigned, LinearFit>", 8, UINT, slopes);
      module.put("atwd_gains", map("unsigned, double", 12, UINT, DOUBLE).read(in));
      module.put("atwd_frequencies", map("unsigned, QuadraticFit", 28, UINT, QUADRATIC).read(in));
      module.put("atwd_bins", List.of(channels.read(in), channels.read(in)));
    } else {
      module.put("atwd_gains", doubles().read(in));
      module.put("atwd_frequencies", array(24, QUADRATIC).read(in));
      module.put("atwd_bins", bins(in, version));
    }
    module.put("transit_time", LINEAR.read(in));
    module.put("hv_gain", LINEAR.read(in));
    if (version > 1) {
      module.put("front_end_impedance", in.f64());
      module.put("domcal_version", in.string());
    }
    if (version > 2) {
      module.put("droop", DROOP.read(in));
      if (version < 11) {
        array(4, array(4, doubles())).read(in); // baselines of bins, and two widths
        in.bytes(2 * Double.BYTES);
      }
    }
    later(in, version, module);
    return module;
  }

  /// Slopes by digitizer, channel and bin.
  private static Object bins(ArchiveReader in, int version) throws I3Exception {
    if (version > 10) {
      return array(4, array(4, doubles())).read(in);
    }
    List<Object> chips = new ArrayList<>();
    ObjectReader slope =
        versions(
            "LinearFit",
            0,
            (fit, v) -> {
              double value = fit.f64();
              fit.f64();
              return value;
            });
    for (int chip = 0; chip < 2; chip++) {
      chips.add(array(4, array(16, slope)).read(in));
    }
    return chips;
  }

  private static void later(ArchiveReader in, int version, Map<String, Object> module)
      throws I3Exception {
    if (version > 4) {
      module.put("atwd_delta_t", doubles().read(in));
    }
    if (version > 5) {
      module.put("spe_discriminator", LINEAR.read(in));
      module.put("mpe_discriminator", LINEAR.read(in));
    }
    if (version > 6) {
      module.put("pmt_discriminator", LINEAR.read(in));
    }
    if (version > 7) {
      module.put("relative_efficiency", in.f64());
      module.put("noise_rate", in.f64());
    }
    if (version > 8) {
      module.put("atwd_beacon_baselines", array(4, doubles()).read(in));
      module.put("fadc_beacon_baseline", in.f64());
    }
    if (version > 9) {
      module.put("noise_thermal_rate", in.f64());
      module.put("noise_decay_rate", in.f64());
      module.put("noise_scintillation_mean", in.f64());
      module.put("noise_scintillation_sigma", in.f64());
      module.put("noise_scintillation_hits", in.f64());
    }
    if (version > 10) {
      module.put("spe_charge", speCharge(in));
      module.put("mean_atwd_charge", in.f64());
      module.put("mean_fadc_charge", in.f64());
    }
    if (version == 11) {
      module.put("mean_atwd_charge_valid", BOOL.read(in));
      module.put("mean_fadc_charge_valid", BOOL.read(in));
    }
    if (version > 12) {
      module.put("domcal_time", PlainObjects.readTime(in));
    }
  }

  /// Distribution of the charge of a single photo-electron: class `SPEChargeDistribution`.
  private static Object speCharge(ArchiveReader in) throws I3Exception {
    int version = ObjectReader.versionUpTo(in, "SPEChargeDistribution", 4);
    if (version == 1) {
      return struct(
              "exp_amp",
              DOUBLE,
              "exp_width",
              DOUBLE,
              "gaus_amp",
              DOUBLE,
              "gaus_mean",
              DOUBLE,
              "gaus_width",
              DOUBLE)
          .read(in);
    }
    if (version == 2) {
      return struct(
              "exp2_amp",
              DOUBLE,
              "exp2_width",
              DOUBLE,
              "exp1_amp",
              DOUBLE,
              "exp1_width",
              DOUBLE,
              "compensation_factor",
              DOUBLE,
              "slc_gaus_mean",
              DOUBLE,
              "gaus_amp",
              DOUBLE,
              "gaus_mean",
              DOUBLE,
              "gaus_width",
              DOUBLE)
          .read(in);
    }
    Map<String, Object> charge = new LinkedHashMap<>();
    if (version > 2) {
      charge.put("parts", vector("shared_ptr<PDF>", 2, Calibrations::part).read(in));
      charge.put("compensation_factor", in.f64());
      charge.put("fadc_charge_scale", in.f64());
      in.version("shared_ptr<Residuals>");
      Object residuals =
          in.pointer(
              "SPEChargeDistribution::Residuals",
              (name, v) -> struct("x", doubles(), "y", doubles()).read(in));
      if (residuals != null) {
        charge.put("residuals", residuals);
      }
    }
    if (version > 3) {
      charge.put("integral_limit", in.f64());
    }
    return charge;
  }

  private static Object part(ArchiveReader in) throws I3Exception {
    in.version("shared_ptr<PDF>");
    Object part =
        in.pointer(
            null,
            (name, v) ->
                switch (name) {
                  case "SPEChargeDistribution::Gaussian" ->
                      struct("amplitude", DOUBLE, "mean", DOUBLE, "sigma", DOUBLE).read(in);
                  case "SPEChargeDistribution::Exponential" ->
                      struct("amplitude", DOUBLE, "width", DOUBLE).read(in);
                  default -> throw in.bad("has a distribution of unknown class " + name);
                });
    return Objects.requireNonNullElse(part, Map.of());
  }
}
