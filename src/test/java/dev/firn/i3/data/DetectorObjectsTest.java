package dev.firn.i3.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.firn.i3.ArchiveWriter;
import dev.firn.i3.FrameObject;
import dev.firn.i3.I3Exception;
import dev.firn.i3.I3Time;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;

/// Objects of G, C and D frames, put together number by number in the order that IceTray's own
/// classes name them.
class DetectorObjectsTest {
  private static final I3Time START = new I3Time(2018, 5);
  private static final I3Time END = new I3Time(2018, 7);

  private static ArchiveWriter keyed(ArchiveWriter out, String pair, int string, int om) {
    out.untracked(pair, 0);
    new OmKey(string, om).write(out);
    return out;
  }

  private static void linear(ArchiveWriter out, double slope) {
    out.object("LinearFit", 0).f64(slope).f64(slope + 0.5);
  }

  private static void numbers(ArchiveWriter out, int count, double first) {
    out.u32(count);
    for (int i = 0; i < count; i++) {
      out.f64(first + i);
    }
  }

  /// One module's calibration of class version 2 and above.
  private static void module(ArchiveWriter out, int version) {
    out.object("I3DOMCalibration", version).f64(240).f64(2.25);
    linear(out, 1);
    out.f64(-10); // fadcDeltaT
    numbers(out, 3, 16); // gains
    out.u32(2);
    for (int chip = 0; chip < 2; chip++) {
      out.object("QuadraticFit", 0).f64(chip).f64(2).f64(3);
    }
    bins(out, version);
    linear(out, 2); // transit time
    linear(out, 3); // gain
    out.f64(50).string("7.6.0");
    out.object("TauParam", 0);
    for (int i = 0; i < 7; i++) {
      out.f64(i);
    }
    if (version < 11) {
      out.u32(2);
      for (int chip = 0; chip < 2; chip++) {
        out.u32(3);
        for (int channel = 0; channel < 3; channel++) {
          numbers(out, 128, 0);
        }
      }
      out.f64(1).f64(2);
    }
    numbers(out, 2, 0.5); // atwdDeltaT
    linear(out, 4);
    linear(out, 5);
    linear(out, 6);
    out.f64(1.35).f64(600);
    out.u32(2);
    numbers(out, 3, 120);
    numbers(out, 3, 130);
    out.f64(140);
    for (int i = 0; i < 5; i++) {
      out.f64(200 + i);
    }
  }

  private static void bins(ArchiveWriter out, int version) {
    if (version > 10) {
      out.u32(2);
    }
    for (int chip = 0; chip < 2; chip++) {
      out.u32(3);
      for (int channel = 0; channel < 3; channel++) {
        double first = 1000 * chip + 200 * channel;
        if (version > 10) {
          numbers(out, 128, first);
        } else {
          out.u32(128);
          for (int bin = 0; bin < 128; bin++) {
            linear(out, first + bin);
          }
        }
      }
    }
  }

  static FrameObject calibration(int version, int moduleVersion) {
    ArchiveWriter out = new ArchiveWriter("I3Calibration", version).frameObjectBase();
    out.untracked("map<OMKey, DOM>", 0).u32(2);
    for (int om = 1; om <= 2; om++) {
      module(keyed(out, "pair<OMKey, DOM>", 21, om), moduleVersion);
      if (moduleVersion > 10) {
        speCharge(out, om);
        out.f64(1.1).f64(1.2);
        Blobs.time(out, START);
      }
    }
    if (version < 4) {
      out.untracked("map<OMKey, AMANDA>", 0).u32(1);
      keyed(out, "pair<OMKey, AMANDA>", 0, 0).object("I3AMANDAOMCalibration", 0);
      out.f64(1).f64(2).f64(3).f64(4).f64(5).i32(1); // adc_a0 to tdc_pol
      out.f64(6).f64(7).i32(2); // tot_beta to tot_pol
      for (int i = 0; i < 8; i++) {
        out.f64(i); // omo_a to pe_area
      }
      out.untracked("vector<XTalk>", 0).u32(0);
    }
    out.untracked("map<OMKey, VEM>", 0).u32(1);
    keyed(out, "pair<OMKey, VEM>", 1, 61).object("I3VEMCalibration", 0);
    out.f64(130).f64(20).f64(4000).f64(1);
    Blobs.time(out, START);
    Blobs.time(out, END);
    return out.toObject("I3Calibration", "I3Calibration");
  }

  /// Two parts of their own, and residuals that all modules share.
  private static void speCharge(ArchiveWriter out, int om) {
    boolean first = om == 1;
    out.object("SPEChargeDistribution", 4).untracked("vector<shared_ptr<PDF>>", 0).u32(2);
    out.untracked("shared_ptr<PDF>", 1).i16(20);
    if (first) {
      out.string("SPEChargeDistribution::Exponential");
    }
    out.object("SPEChargeDistribution::Exponential", 0).f64(6.9).f64(0.025 * om);
    out.i16(21);
    if (first) {
      out.string("SPEChargeDistribution::Gaussian");
    }
    out.object("SPEChargeDistribution::Gaussian", 0).f64(0.5).f64(1).f64(0.3);
    out.f64(1.25).f64(0.95);
    out.untracked("shared_ptr<Residuals>", 1).i16(22);
    if (first) {
      residuals = out.nextObject();
      out.object("Residuals", 0);
      numbers(out, 3, 0);
      numbers(out, 3, 1);
    } else {
      out.u32(residuals);
    }
    out.f64(10);
  }

  private static long residuals;

  private static Object at(Object from, Object... path) {
    Object value = from;
    for (Object step : path) {
      value =
          step instanceof Integer index
              ? ((List<?>) value).get(index)
              : ((Map<?, ?>) value).get(step);
    }
    return value;
  }

  @Test
  void calibrationOfTodayIsReadToItsEnd() throws I3Exception {
    Object read = PlainObjects.read(calibration(4, 13)).orElseThrow();
    assertThat(at(read, "modules", "21/2/0", "temperature")).isEqualTo(240.0);
    assertThat(at(read, "modules", "21/2/0", "atwd_bins", 1, 2, 127)).isEqualTo(1527.0);
    assertThat(at(read, "modules", "21/1/0", "domcal_version")).isEqualTo("7.6.0");
    assertThat(at(read, "modules", "21/2/0", "atwd_beacon_baselines", 1, 2)).isEqualTo(132.0);
    assertThat(at(read, "modules", "21/2/0", "spe_charge", "parts", 0, "width")).isEqualTo(0.05);
    assertThat(at(read, "modules", "21/2/0", "spe_charge", "parts", 1, "sigma")).isEqualTo(0.3);
    assertThat(at(read, "modules", "21/2/0", "spe_charge", "residuals", "y", 2)).isEqualTo(3.0);
    assertThat(at(read, "modules", "21/2/0", "mean_fadc_charge")).isEqualTo(1.2);
    assertThat(at(read, "tanks", "1/61/0", "pe_per_vem")).isEqualTo(130.0);
    assertThat(at(read, "end", "ticks")).isEqualTo(7L);
  }

  @Test
  void calibrationOfPassTwoIsReadToItsEnd() throws I3Exception {
    for (int version : new int[] {2, 4}) {
      Object read = PlainObjects.read(calibration(version, 10)).orElseThrow();
      assertThat(at(read, "modules", "21/2/0", "atwd_bins", 1, 2, 127)).isEqualTo(1527.0);
      assertThat(at(read, "modules", "21/2/0", "noise_scintillation_hits")).isEqualTo(204.0);
      assertThat(at(read, "tanks", "1/61/0", "hg_lg_crossover")).isEqualTo(4000.0);
    }
  }

  @Test
  void calibrationNewerThanKnownIsRefused() {
    assertThatThrownBy(() -> PlainObjects.read(calibration(4, 14)))
        .isInstanceOf(I3Exception.class)
        .hasMessageContaining("I3DOMCalibration of version 14");
  }

  static FrameObject status(int version, int moduleVersion, int triggerVersion) {
    ArchiveWriter out = new ArchiveWriter("I3DetectorStatus", version).frameObjectBase();
    out.untracked("map<OMKey, DOM>", 0).u32(1);
    keyed(out, "pair<OMKey, DOM>", 21, 30).object("I3DOMStatus", moduleVersion);
    out.i32(2).i32(1).f64(1000).f64(1001).u32(2).i32(1).i32(0).i32(1);
    for (int i = 0; i < 6; i++) {
      out.f64(1300 + i);
    }
    for (int i = 0; i < 5; i++) {
      out.u32(128 + i);
    }
    out.i32(0).u32(1).u32(2).u32(3).u32(0xfffL).u32(5);
    out.i32(0).i32(1).i32(1).u8(1);
    if (moduleVersion > 3) {
      out.f64(640);
    }
    if (moduleVersion > 5) {
      out.i32(1);
    }
    if (version < 4) {
      out.untracked("map<OMKey, TWR>", 0).u32(1);
      keyed(out, "pair<OMKey, TWR>", -19, 1).object("TWRAOMStatus", 0);
      out.f64(10).u32(1).u32(2).u32(3).i32(0);
    }
    triggers(out, triggerVersion);
    if (version < 4) {
      triggers(out, triggerVersion);
    }
    Blobs.time(out, START);
    Blobs.time(out, END);
    return out.string("sps-IC86-V303").toObject("I3DetectorStatus", "I3DetectorStatus");
  }

  private static void triggers(ArchiveWriter out, int version) {
    out.untracked("map<TriggerKey>", 0).u32(1).untracked("pair<TriggerKey>", 0);
    out.object("TriggerKey", 1).i32(0).i32(0).i32(0).u8(1).i32(1006);
    out.object("I3TriggerStatus", version).string("SimpleMajorityTrigger");
    if (version < 3) {
      out.untracked("map<string, int>", 0).u32(1).untracked("pair<string, int>", 0);
      out.string("threshold").i32(8);
    } else {
      out.untracked("map<string, string>", 0).u32(1).untracked("pair<string, string>", 0);
      out.string("threshold").string("8");
    }
    out.untracked("map<Subdetector>", 0).u32(1).untracked("pair<Subdetector>", 0);
    out.i32(2).object("I3TriggerReadoutConfig", 0).f64(4000).f64(6000).f64(0);
  }

  @Test
  void detectorStatusIsReadToItsEnd() throws I3Exception {
    Object read = PlainObjects.read(status(4, 6, 3)).orElseThrow();
    assertThat(at(read, "modules", "21/30/0", "pmt_hv")).isEqualTo(1300.0);
    assertThat(at(read, "modules", "21/30/0", "flasher_mask")).isEqualTo(0xfffL);
    assertThat(at(read, "modules", "21/30/0", "tx_mode")).isEqualTo(1);
    assertThat(at(read, "triggers", "0/0/0/1006", "settings", "threshold")).isEqualTo("8");
    assertThat(at(read, "triggers", "0/0/0/1006", "readout", "2", "plus")).isEqualTo(6000.0);
    assertThat(at(read, "daq_configuration")).isEqualTo("sps-IC86-V303");

    Object old = PlainObjects.read(status(3, 3, 2)).orElseThrow();
    assertThat(at(old, "triggers", "0/0/0/1006", "settings", "threshold")).isEqualTo(8);
    assertThat(at(old, "modules", "21/30/0"))
        .asInstanceOf(InstanceOfAssertFactories.MAP)
        .doesNotContainKey("mpe_threshold");
  }

  @Test
  void geometryHasModulesAndTanks() throws I3Exception {
    ArchiveWriter out = new ArchiveWriter("I3Geometry", 3).frameObjectBase();
    out.object("I3OMGeoMap", 0).frameObjectBase().untracked("map<OMKey>", 0).u32(1);
    keyed(out, "pair<OMKey>", 86, 60).object("I3OMGeo", 2);
    out.object("I3Position", 0).frameObjectBase().f64(1).f64(2).f64(-500);
    out.object("I3Orientation", 0).frameObjectBase();
    out.object("I3Quaternion", 0).frameObjectBase().f64(1).f64(0).f64(0).f64(0);
    out.i32(20).f64(0.0444).i32(2);
    out.object("I3StationGeoMap", 0).frameObjectBase().untracked("map<int>", 0).u32(1);
    out.untracked("pair<int>", 0).i32(81).object("I3StationGeo", 0).frameObjectBase();
    out.untracked("vector<Tank>", 0).u32(1).object("I3TankGeo", 2);
    out.object("I3Position", 0).frameObjectBase().f64(5).f64(6).f64(1948);
    out.f64(0.1).f64(0.93).f64(1.3).f64(0.9);
    out.object("I3VectorOMKey", 0).frameObjectBase().untracked("vector<OMKey>", 0).u32(1);
    new OmKey(81, 61).write(out);
    out.f64(2.4).i32(1);
    for (String empty : new String[] {"Scint", "Antenna", "IceAct"}) {
      out.object(empty, 0).frameObjectBase().untracked("map<" + empty + ">", 0).u32(0);
    }
    out.i32(0);
    Blobs.time(out, START);
    Blobs.time(out, END);
    Object read = PlainObjects.read(out.toObject("I3Geometry", "I3Geometry")).orElseThrow();
    assertThat(at(read, "modules", "86/60/0", "z")).isEqualTo(-500.0);
    assertThat(at(read, "modules", "86/60/0", "pmt_type")).isEqualTo(2);
    assertThat(at(read, "stations", "81", 0, "modules", 0)).isEqualTo("81/61/0");
    assertThat(at(read, "stations", "81", 0, "snow_height")).isEqualTo(2.4);
  }
}
