package dev.firn.i3.data;

import dev.firn.i3.ArchiveReader;
import dev.firn.i3.ArchiveWriter;
import dev.firn.i3.FrameObject;
import dev.firn.i3.I3Exception;
import dev.firn.i3.I3Time;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/// Where the modules are, and since when: what a G, C and D frame hold at the least.
///
/// @param modules positions of the photomultipliers, all facing down
/// @param start of what this is valid for
/// @param end of what this is valid for
public record DetectorGeometry(SortedMap<OmKey, Position> modules, I3Time start, I3Time end) {
  private static final int TYPE_ICECUBE = 20;
  private static final int PMT_STANDARD = 1;
  private static final double PMT_AREA = 0.0444; // m^2

  public DetectorGeometry {
    modules = Collections.unmodifiableSortedMap(new TreeMap<>(modules));
  }

  /// A place in the detector's own coordinates, in m, z upwards.
  public record Position(double x, double y, double z) {}

  /// Class `I3Geometry`, version 3: the modules, and no tanks, scintillators, antennas or
  /// telescopes.
  public FrameObject toGeometry() {
    ArchiveWriter out = new ArchiveWriter("I3Geometry", 3).frameObjectBase();
    out.object("I3OMGeoMap", 0).frameObjectBase().untracked("map<OMKey>", 0).u32(modules.size());
    for (Map.Entry<OmKey, Position> entry : modules.entrySet()) {
      out.untracked("pair<OMKey>", 0);
      entry.getKey().write(out);
      writeModule(out, entry.getValue());
    }
    for (String empty : new String[] {"Station", "Scint", "Antenna", "IceAct"}) {
      out.object(empty, 0).frameObjectBase().untracked("map<" + empty + ">", 0).u32(0);
    }
    out.i32(0); // where heights of snow are from: unknown
    Blobs.time(out, start);
    Blobs.time(out, end);
    return out.toObject("I3Geometry", "I3Geometry");
  }

  /// The modules of an `I3Geometry`, versions 0 to 3, and where they are. What else it has (tanks,
  /// snow, times) comes after them and is not read.
  public static SortedMap<OmKey, Position> decodeModules(byte[] blob) throws I3Exception {
    ArchiveReader in = new ArchiveReader(blob);
    int version = in.begin("I3Geometry");
    if (version > 3) {
      throw in.bad("has class version " + version + ", and only 0 to 3 are known");
    }
    in.frameObjectBase();
    if (version > 0) {
      in.version("I3OMGeoMap");
      in.frameObjectBase();
    }
    in.version("map<OMKey, I3OMGeo>");
    int count = in.count(60);
    SortedMap<OmKey, Position> modules = new TreeMap<>();
    for (int i = 0; i < count; i++) {
      in.version("pair<OMKey, I3OMGeo>");
      OmKey key = OmKey.read(in);
      modules.put(key, readModule(in));
    }
    return modules;
  }

  /// Class `I3OMGeo`, versions 0 to 2.
  private static Position readModule(ArchiveReader in) throws I3Exception {
    int version = in.version("I3OMGeo");
    if (version > 2) {
      throw in.bad("has a module of class version " + version + ", and only 0 to 2 are known");
    }
    in.version("I3Position");
    in.frameObjectBase();
    Position position = new Position(in.f64(), in.f64(), in.f64());
    if (version == 0) {
      in.i32(); // up or down
    } else {
      in.version("I3Orientation");
      in.frameObjectBase();
      in.version("I3Quaternion");
      in.frameObjectBase();
      in.bytes(4 * 8);
    }
    in.i32(); // kind of module
    in.f64(); // area
    if (version == 0) {
      in.f64(); // an angle nobody filled
    } else if (version == 2) {
      in.i32(); // kind of photomultiplier
    }
    return position;
  }

  /// Class `I3OMGeo`, version 2.
  private static void writeModule(ArchiveWriter out, Position at) {
    out.object("I3OMGeo", 2);
    out.object("I3Position", 0).frameObjectBase().f64(at.x()).f64(at.y()).f64(at.z());
    out.object("I3Orientation", 0).frameObjectBase();
    // half a turn about the x axis: from facing up to facing down
    out.object("I3Quaternion", 0).frameObjectBase().f64(1).f64(0).f64(0).f64(0);
    out.i32(TYPE_ICECUBE).f64(PMT_AREA).i32(PMT_STANDARD);
  }

  /// Class `I3Calibration`, version 4, with no module calibrated in it.
  public FrameObject toCalibration() {
    ArchiveWriter out = new ArchiveWriter("I3Calibration", 4).frameObjectBase();
    out.untracked("map<OMKey, DOM>", 0).u32(0).untracked("map<OMKey, VEM>", 0).u32(0);
    Blobs.time(out, start);
    Blobs.time(out, end);
    return out.toObject("I3Calibration", "I3Calibration");
  }

  /// Class `I3DetectorStatus`, version 4, with no module or trigger configured in it.
  public FrameObject toDetectorStatus(String configuration) {
    ArchiveWriter out = new ArchiveWriter("I3DetectorStatus", 4).frameObjectBase();
    out.untracked("map<OMKey, DOM>", 0).u32(0).untracked("map<TriggerKey>", 0).u32(0);
    Blobs.time(out, start);
    Blobs.time(out, end);
    out.string(configuration);
    return out.toObject("I3DetectorStatus", "I3DetectorStatus");
  }
}
