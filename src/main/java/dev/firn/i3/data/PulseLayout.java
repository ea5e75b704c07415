package dev.firn.i3.data;

import dev.firn.i3.ArchiveReader;
import dev.firn.i3.I3Exception;

/// How one pulse lies in the bytes: class `I3RecoPulse`, versions 0 to 3.
final class PulseLayout {
  private PulseLayout() {}

  static void read(ArchiveReader in, Pulses.Builder to) throws I3Exception {
    int version = in.version("I3RecoPulse");
    switch (version) {
      case 3 -> to.pulse(in.f64(), in.f32(), in.f32(), in.u8());
      case 2 -> to.pulse(in.f32(), in.f32(), in.f32(), in.u8());
      case 0, 1 -> {
        double time = in.f64();
        in.i32(); // number of the hit it was made from
        float charge = (float) in.f64();
        float width = (float) in.f64();
        to.pulse(time, charge, width, version == 0 ? 0 : flagsOf(in.i32()));
      }
      default ->
          throw in.bad("has a pulse of class version " + version + ", and only 0 to 3 are known");
    }
  }

  /// Version 1 said from which digitizer the pulse came, in the numbers of that time.
  private static int flagsOf(int source) {
    return switch (source) {
      case 0 -> Pulses.FLAG_ATWD | Pulses.FLAG_LC;
      case 1, 10 -> Pulses.FLAG_FADC | Pulses.FLAG_LC;
      case 5, 50 -> Pulses.FLAG_FADC;
      default -> 0;
    };
  }
}
