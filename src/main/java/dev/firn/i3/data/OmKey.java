package dev.firn.i3.data;

import dev.firn.i3.ArchiveReader;
import dev.firn.i3.ArchiveWriter;
import dev.firn.i3.I3Exception;
import java.util.Comparator;

/// A photomultiplier's place in the detector: class `OMKey`, versions 0 to 2.
///
/// @param string the cable, 1 to 86 in the ice
/// @param om the module on it, 1 to 60 in the ice, 61 to 64 in the tanks on the surface
/// @param pmt the photomultiplier in the module, 0 where there is one
public record OmKey(int string, int om, int pmt) implements Comparable<OmKey> {
  private static final Comparator<OmKey> ORDER =
      Comparator.comparingInt(OmKey::string)
          .thenComparingInt(OmKey::om)
          .thenComparingInt(OmKey::pmt);

  public OmKey(int string, int om) {
    this(string, om, 0);
  }

  static OmKey read(ArchiveReader in) throws I3Exception {
    int version = in.version("OMKey");
    if (version > 2) {
      throw in.bad("has an OMKey of version " + version + ", and only 0 to 2 are known");
    }
    if (version < 2) {
      in.frameObjectBase();
    }
    int string = in.i32();
    int om = (int) in.u32();
    return new OmKey(string, om, version > 0 ? in.u8() : 0);
  }

  void write(ArchiveWriter out) {
    out.object("OMKey", 2).i32(string).u32(om).u8(pmt);
  }

  @Override
  public int compareTo(OmKey other) {
    return ORDER.compare(this, other);
  }

  @Override
  public String toString() {
    return "OMKey(" + string + "," + om + "," + pmt + ")";
  }
}
