package dev.firn.i3.data;

import dev.firn.i3.ArchiveReader;
import dev.firn.i3.FrameObject;
import dev.firn.i3.I3Exception;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What a calibration says charges of modules are to be divided by (mean charge of a single
/// photo-electron). Kept from frame to frame, as a calibration is large and rarely another.
///
/// One thread uses it.
public final class ChargeCorrections {
  /// @param fast for pulses of the fast digitizer; 1 where the calibration has none
  /// @param slow for all others
  record Means(double fast, double slow) {}

  private @Nullable FrameObject calibration;
  private Map<String, Means> modules = Map.of();

  /// Means of all modules of a calibration by their names (`string/module/photomultiplier`).
  Map<String, Means> of(FrameObject object) throws I3Exception {
    if (calibration != object) {
      ArchiveReader in = new ArchiveReader(object.blob());
      String name = in.begin();
      if (!name.equals(Calibrations.CLASS)) {
        throw new I3Exception(-1, 0, object.key() + " is a " + name + " and no calibration");
      }
      Map<String, Means> read = new HashMap<>();
      if (Calibrations.read(in) instanceof Map<?, ?> all
          && all.get("modules") instanceof Map<?, ?> m) {
        m.forEach((key, module) -> read.put(key.toString(), means((Map<?, ?>) module)));
      }
      modules = read;
      calibration = object;
    }
    return modules;
  }

  private static Means means(Map<?, ?> module) {
    return new Means(mean(module, "mean_atwd_charge"), mean(module, "mean_fadc_charge"));
  }

  private static double mean(Map<?, ?> module, String name) {
    boolean valid = !Boolean.FALSE.equals(module.get(name + "_valid"));
    return valid && module.get(name) instanceof Double mean && Double.isFinite(mean) && mean > 0
        ? mean
        : 1;
  }

  /// A module's charge as it should be.
  static float corrected(Means means, float charge, int flags) {
    return (float) (charge * (1 / ((flags & Pulses.FLAG_ATWD) != 0 ? means.fast() : means.slow())));
  }
}
