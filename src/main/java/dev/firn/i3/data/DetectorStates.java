package dev.firn.i3.data;

import static dev.firn.i3.data.ObjectReader.DOUBLE;
import static dev.firn.i3.data.ObjectReader.INT;
import static dev.firn.i3.data.ObjectReader.STRING;
import static dev.firn.i3.data.ObjectReader.map;
import static dev.firn.i3.data.ObjectReader.struct;
import static dev.firn.i3.data.ObjectReader.versions;

import dev.firn.i3.ArchiveReader;
import dev.firn.i3.I3Exception;
import java.util.LinkedHashMap;
import java.util.Map;

/// How modules and triggers were set up: class `I3DetectorStatus`, versions 0 to 4, with
/// `I3DOMStatus` 0 to 6 and `I3TriggerStatus` 0 to 3.
///
/// Thresholds of `I3DOMStatus` before version 5 are as they lie in the file, in volts; IceTray
/// turns them into the counts that newer files have.
final class DetectorStates {
  static final String CLASS = "I3DetectorStatus";

  private static final ObjectReader MODULES =
      map(
          "OMKey, I3DOMStatus",
          100,
          PlainObjects.OM_KEY,
          versions("I3DOMStatus", 6, DetectorStates::module));
  private static final ObjectReader TRIGGERS =
      map(
          "TriggerKey, I3TriggerStatus",
          20,
          PlainObjects.TRIGGER_KEY,
          versions("I3TriggerStatus", 3, DetectorStates::trigger));
  private static final ObjectReader READOUT =
      struct("minus", DOUBLE, "plus", DOUBLE, "offset", DOUBLE);
  private static final ObjectReader PREDECESSOR =
      map(
          "OMKey, TWRAOMStatus",
          32,
          PlainObjects.OM_KEY,
          versions("TWRAOMStatus", 0, (in, v) -> in.bytes(8 + 4 * 4)));

  private DetectorStates() {}

  /// Reads what follows the name of the class.
  static Object read(ArchiveReader in) throws I3Exception {
    int version = ObjectReader.versionUpTo(in, CLASS, 4);
    in.frameObjectBase();
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("modules", MODULES.read(in));
    if (version > 0 && version < 4) {
      PREDECESSOR.read(in); // thrown away by IceTray too
    }
    all.put("triggers", TRIGGERS.read(in));
    if (version > 1 && version < 4) {
      TRIGGERS.read(in);
    }
    all.put("start", PlainObjects.readTime(in));
    all.put("end", PlainObjects.readTime(in));
    if (version > 2) {
      all.put("daq_configuration", in.string());
    }
    in.end();
    return all;
  }

  private static Object module(ArchiveReader in, int version) throws I3Exception {
    Map<String, Object> module = new LinkedHashMap<>();
    for (String name : new String[] {"trigger_mode", "lc_mode"}) {
      module.put(name, in.i32());
    }
    module.put("lc_window_pre", in.f64());
    module.put("lc_window_post", in.f64());
    module.put("lc_span", in.u32());
    for (String name : new String[] {"status_atwd_a", "status_atwd_b", "status_fadc"}) {
      module.put(name, in.i32());
    }
    for (String name :
        new String[] {
          "pmt_hv",
          "spe_threshold",
          "fe_pedestal",
          "dac_trigger_bias_0",
          "dac_trigger_bias_1",
          "dac_fadc_ref"
        }) {
      module.put(name, in.f64());
    }
    for (String name :
        new String[] {"bins_atwd_0", "bins_atwd_1", "bins_atwd_2", "bins_atwd_3", "bins_fadc"}) {
      module.put(name, in.u32());
    }
    module.put("flasher_state", in.i32());
    for (String name : new String[] {"brightness", "length", "delay", "mask", "rate"}) {
      module.put("flasher_" + name, in.u32());
    }
    if (version > 0) {
      module.put("gain_type", in.i32());
      module.put("cable_type", in.i32());
    }
    if (version > 1) {
      module.put("delta_compress", in.i32());
    }
    if (version > 2) {
      module.put("slc_active", in.bool());
    }
    if (version > 3) {
      module.put("mpe_threshold", in.f64());
    }
    if (version > 5) {
      module.put("tx_mode", in.i32());
    }
    return module;
  }

  private static Object trigger(ArchiveReader in, int version) throws I3Exception {
    Map<String, Object> trigger = new LinkedHashMap<>();
    trigger.put("name", in.string());
    trigger.put(
        "settings",
        version < 3
            ? map("string, int", 8, STRING, INT).read(in)
            : map("string, string", 8, STRING, STRING).read(in));
    if (version == 1) {
      trigger.put("readout", Map.of("0", READOUT.read(in))); // one window for the whole detector
    } else if (version > 1) {
      trigger.put(
          "readout",
          map(
                  "Subdetector, I3TriggerReadoutConfig",
                  28,
                  INT,
                  versions("I3TriggerReadoutConfig", 0, (at, v) -> READOUT.read(at)))
              .read(in));
    }
    return trigger;
  }
}
