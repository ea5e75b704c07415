package dev.firn.i3.data;

import static dev.firn.i3.data.ObjectReader.DOUBLE;
import static dev.firn.i3.data.ObjectReader.INT;
import static dev.firn.i3.data.ObjectReader.UINT;
import static dev.firn.i3.data.ObjectReader.classOf;
import static dev.firn.i3.data.ObjectReader.map;
import static dev.firn.i3.data.ObjectReader.struct;
import static dev.firn.i3.data.ObjectReader.vector;
import static dev.firn.i3.data.ObjectReader.versions;

import dev.firn.i3.ArchiveReader;
import dev.firn.i3.I3Exception;
import java.util.LinkedHashMap;
import java.util.Map;

/// All of an `I3Geometry`, versions 0 to 3, as plain data: modules with their orientation, tanks,
/// scintillators, antennas and telescopes.
final class Geometries {
  private static final ObjectReader POSITION = PlainObjects.POSITION;

  /// A quaternion that turns the module from where it would look unturned.
  static final ObjectReader QUATERNION = struct("x", DOUBLE, "y", DOUBLE, "z", DOUBLE, "w", DOUBLE);

  private static final ObjectReader ORIENTATION =
      classOf("I3Orientation", classOf("I3Quaternion", QUATERNION));

  static final ObjectReader MODULES =
      map("OMKey, I3OMGeo", 60, PlainObjects.OM_KEY, versions("I3OMGeo", 2, Geometries::module));
  private static final ObjectReader TANK_MODULES =
      classOf("I3VectorOMKey", vector("OMKey", 8, PlainObjects.OM_KEY));
  private static final ObjectReader TANKS =
      vector("I3TankGeo", 50, versions("I3TankGeo", 2, Geometries::tank));
  private static final ObjectReader SCINTILLATORS =
      map(
          "ScintKey, I3ScintGeo",
          60,
          key("ScintKey"),
          versions("I3ScintGeo", 0, Geometries::scintillator));
  private static final ObjectReader ANTENNAS =
      map(
          "AntennaKey, I3AntennaGeo",
          60,
          key("AntennaKey"),
          versions("I3AntennaGeo", 1, Geometries::antenna));
  private static final ObjectReader TELESCOPES =
      map("IceActKey, I3IceActGeo", 60, key("IceActKey"), Geometries::telescope);

  /// Where modules are, whatever photomultipliers they have.
  static final ObjectReader HOUSINGS =
      map(
          "ModuleKey, I3ModuleGeo",
          60,
          PlainObjects.MODULE_KEY,
          versions("I3ModuleGeo", 1, Geometries::housing));

  static final ObjectReader STATIONS =
      map("int, I3StationGeo", 8, INT, classOf("I3StationGeo", TANKS));

  private Geometries() {}

  /// Reads what follows the name of the class.
  static Object read(ArchiveReader in) throws I3Exception {
    int version = ObjectReader.versionUpTo(in, "I3Geometry", 3);
    in.frameObjectBase();
    Map<String, Object> all = new LinkedHashMap<>();
    if (version == 0) {
      all.put("modules", MODULES.read(in));
      all.put("stations", map("int, vector<I3TankGeo>", 8, INT, TANKS).read(in));
    } else {
      all.put("modules", classOf("I3OMGeoMap", MODULES).read(in));
      all.put("stations", classOf("I3StationGeoMap", STATIONS).read(in));
    }
    if (version > 1) {
      all.put("scintillators", classOf("I3ScintGeoMap", SCINTILLATORS).read(in));
      all.put("antennas", classOf("I3AntennaGeoMap", ANTENNAS).read(in));
      all.put("telescopes", classOf("I3IceActGeoMap", TELESCOPES).read(in));
    }
    if (version > 2) {
      all.put("snow_height_provenance", in.i32());
    }
    all.put("start", PlainObjects.readTime(in));
    all.put("end", PlainObjects.readTime(in));
    in.end();
    return all;
  }

  private static ObjectReader key(String name) {
    return versions(name, 0, (in, v) -> in.i32() + "/" + in.i32());
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> position(ArchiveReader in) throws I3Exception {
    return (Map<String, Object>) POSITION.read(in);
  }

  private static Object module(ArchiveReader in, int version) throws I3Exception {
    Map<String, Object> module = position(in);
    module.put("orientation", version == 0 ? in.i32() : ORIENTATION.read(in));
    module.put("type", in.i32());
    module.put("area", in.f64());
    if (version == 0) {
      in.f64(); // an angle nobody filled
    } else if (version == 2) {
      module.put("pmt_type", in.i32());
    }
    return module;
  }

  private static Object housing(ArchiveReader in, int version) throws I3Exception {
    in.frameObjectBase();
    Map<String, Object> module = new LinkedHashMap<>();
    module.put("type", in.i32());
    module.putAll(position(in));
    module.put("orientation", ORIENTATION.read(in));
    module.put("radius", in.f64());
    if (version > 0) {
      module.put("radius_z", in.f64());
      module.put("height", in.f64());
    }
    return module;
  }

  private static Object tank(ArchiveReader in, int version) throws I3Exception {
    Map<String, Object> tank = position(in);
    tank.put("orientation", in.f64());
    tank.put("radius", in.f64());
    tank.put("height", in.f64());
    tank.put("fill_height", in.f64());
    if (version > 0) {
      tank.put("modules", TANK_MODULES.read(in));
    }
    if (version > 1) {
      tank.put("snow_height", in.f64());
      tank.put("type", in.i32());
    }
    return tank;
  }

  private static Object scintillator(ArchiveReader in, int version) throws I3Exception {
    Map<String, Object> panel = position(in);
    panel.put("orientation", ORIENTATION.read(in));
    panel.put("type", in.i32());
    panel.put("height_above_snow", in.f64());
    panel.put("name", in.string());
    return panel;
  }

  private static Object antenna(ArchiveReader in, int version) throws I3Exception {
    Map<String, Object> antenna = position(in);
    antenna.put("orientation", ORIENTATION.read(in));
    if (version == 0) {
      in.i32(); // a kind that is no more
    }
    antenna.put("height_above_snow", in.f64());
    antenna.put("name", in.string());
    if (version == 0) {
      in.f64(); // length of its cable
    }
    return antenna;
  }

  private static Object telescope(ArchiveReader in) throws I3Exception {
    ObjectReader.versionUpTo(in, "I3IceActGeo", 0);
    Map<String, Object> telescope = position(in);
    telescope.put("orientation", ORIENTATION.read(in));
    telescope.put("type", in.i32());
    telescope.put("name", in.string());
    telescope.put("pixels", in.i32());
    telescope.put("pixel_size", in.f32());
    telescope.put(
        "channels",
        classOf("I3MapUnsignedUnsigned", map("unsigned, unsigned", 8, UINT, UINT)).read(in));
    telescope.put(
        "pixel_positions",
        classOf("I3IceActPixelPositionMap", map("unsigned, I3Position", 28, UINT, POSITION))
            .read(in));
    return telescope;
  }
}
