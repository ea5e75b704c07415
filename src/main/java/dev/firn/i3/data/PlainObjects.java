package dev.firn.i3.data;

import static dev.firn.i3.data.ObjectReader.BOOL;
import static dev.firn.i3.data.ObjectReader.CHAR;
import static dev.firn.i3.data.ObjectReader.DOUBLE;
import static dev.firn.i3.data.ObjectReader.FLOAT;
import static dev.firn.i3.data.ObjectReader.INT;
import static dev.firn.i3.data.ObjectReader.LONG;
import static dev.firn.i3.data.ObjectReader.SHORT;
import static dev.firn.i3.data.ObjectReader.STRING;
import static dev.firn.i3.data.ObjectReader.UINT;
import static dev.firn.i3.data.ObjectReader.ULONG;
import static dev.firn.i3.data.ObjectReader.USHORT;
import static dev.firn.i3.data.ObjectReader.array;
import static dev.firn.i3.data.ObjectReader.classOf;
import static dev.firn.i3.data.ObjectReader.map;
import static dev.firn.i3.data.ObjectReader.struct;
import static dev.firn.i3.data.ObjectReader.vector;

import dev.firn.i3.ArchiveReader;
import dev.firn.i3.EventHeader;
import dev.firn.i3.FrameObject;
import dev.firn.i3.I3Exception;
import dev.firn.i3.I3Time;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/// Any object of a known class as plain data, to be shown or written as JSON.
///
/// Numbers are `Number` (unsigned 64-bit ones are texts, unless they count something), structures
/// and maps are `Map<String, Object>` in the order of the file, lists are `List<Object>`. Pulses
/// are not read here but by [PulseResolver], since they may lie under another key.
public final class PlainObjects {
  static final ObjectReader OM_KEY = in -> text(OmKey.read(in));
  private static final ObjectReader TANK_KEY =
      in -> {
        in.version("TankKey");
        return in.i32() + "/" + in.i32();
      };
  static final ObjectReader MODULE_KEY =
      in -> {
        if (ObjectReader.versionUpTo(in, "ModuleKey", 1) == 0) {
          in.frameObjectBase();
        }
        return in.i32() + "/" + in.u32();
      };
  static final ObjectReader PARTICLE_ID =
      in -> {
        in.version("I3ParticleID");
        return Long.toUnsignedString(in.i64()) + "/" + in.i32();
      };
  static final ObjectReader TRIGGER_KEY = TriggerTree::readKey;
  static final ObjectReader PARTICLE = in -> plain(Particle.read(in));
  private static final ObjectReader PARTICLES = vector("I3Particle", 100, PARTICLE);

  /// Lies raw in a list, as all of plain numbers does.
  private static final ObjectReader PAIR = in -> List.of(in.f64(), in.f64());

  static final ObjectReader POSITION =
      classOf("I3Position", struct("x", DOUBLE, "y", DOUBLE, "z", DOUBLE));
  private static final ObjectReader DIRECTION =
      classOf("I3Direction", struct("zenith", DOUBLE, "azimuth", DOUBLE));
  private static final ObjectReader FLASHER =
      ObjectReader.versions("I3FlasherInfo", 1, PlainObjects::readFlasher);
  private static final ObjectReader FLASHER_STATUS =
      ObjectReader.versions("I3FlasherStatus", 1, PlainObjects::readFlasherStatus);
  private static final ObjectReader FLASHER_STATUSES =
      map("OMKey, I3FlasherStatus", 30, OM_KEY, FLASHER_STATUS);
  private static final ObjectReader FILTER_RESULT =
      classOf("I3FilterResult", struct("condition", BOOL, "prescale", BOOL));
  private static final ObjectReader STRING_DOUBLE = map("string, double", 12, STRING, DOUBLE);

  private static final String LAUNCHES = "I3DOMLaunchSeriesMap";

  /// Data takes some ten times the memory of its bytes; a calibration, all numbers, no more than
  /// its bytes. Those of 2012 and before have 95 MB.
  private static final int LARGEST =
      (int) Math.min(64L << 20, Runtime.getRuntime().maxMemory() / 32);

  private static final int LARGEST_CALIBRATION = 256 << 20;

  /// Classes that other code reads too, or not to their end.
  private static final Set<String> APART =
      Set.of(
          EventHeader.TYPE,
          Particle.TYPE,
          MonteCarloTree.CLASS,
          LinearizedTree.CLASS,
          TrayInfos.CLASS);

  /// Whole objects of classes of several versions, by class name.
  private static final Map<String, ObjectReader> WHOLE = new HashMap<>();

  /// What follows the description and the empty base, by class name.
  private static final Map<String, ObjectReader> MEMBERS = new HashMap<>();

  static {
    WHOLE.put("I3Geometry", Geometries::read);
    WHOLE.put(Calibrations.CLASS, Calibrations::read);
    WHOLE.put(DetectorStates.CLASS, DetectorStates::read);
    // no base but the list, which has its own
    WHOLE.put(
        "I3MCList",
        ObjectReader.versions(
            "I3MCList", 0, (in, v) -> classOf("I3ParticleVect", PARTICLES).read(in)));
    WHOLE.put("I3TimeWindow", PlainObjects::readWindow);
    WHOLE.put("I3TimeWindowSeries", PlainObjects::readWindows);
    WHOLE.put("I3FlasherInfo", FLASHER);
    WHOLE.put("I3FlasherStatus", FLASHER_STATUS);
    WHOLE.putAll(Reconstructions.readers());
    WHOLE.putAll(Simulations.readers());
    WHOLE.putAll(DataSummaries.readers());
    numbers();
    vectors();
    maps();
    MEMBERS.put("I3Time", struct("year", INT, "ticks", LONG));
    MEMBERS.put("I3Position", struct("x", DOUBLE, "y", DOUBLE, "z", DOUBLE));
    MEMBERS.put("I3Direction", struct("zenith", DOUBLE, "azimuth", DOUBLE));
    MEMBERS.put("I3FilterResultMap", map("string, I3FilterResult", 6, STRING, FILTER_RESULT));
    MEMBERS.put("I3TriggerHierarchy", in -> TriggerTree.read(in));
    MEMBERS.put("I3WaveformSeriesMap", Readouts.WAVEFORMS);
    MEMBERS.put("I3RecoHitSeriesMap", Readouts.HITS);
    MEMBERS.put("I3MCHitSeriesMap", Readouts.TRUE_HITS);
    MEMBERS.put("I3MCPESeriesMap", Readouts.PHOTONS);
    MEMBERS.put("I3MMCTrackList", Readouts.MUONS);
    MEMBERS.put("I3SuperDSTTriggerSeries", in -> TriggerTree.readPacked(in));
    MEMBERS.put(LAUNCHES, Launches.OF_MODULES);
    MEMBERS.put("I3TWRLaunchSeriesMap", Launches.OF_AMANDA);
    MEMBERS.put("I3AMANDAAnalogReadoutMap", Launches.OF_AMANDA_ANALOG);
    MEMBERS.put("I3OMGeoMap", Geometries.MODULES);
    MEMBERS.put("I3StationGeoMap", Geometries.STATIONS);
    MEMBERS.put("I3ModuleGeoMap", Geometries.HOUSINGS);
    MEMBERS.put("I3Quaternion", Geometries.QUATERNION);
    MEMBERS.put("I3Orientation", classOf("I3Quaternion", Geometries.QUATERNION));
    MEMBERS.put("I3FlasherStatusMap", FLASHER_STATUSES);
    MEMBERS.put(
        "I3FlasherSubrunMap",
        map(
            "unsigned, I3FlasherStatusMap",
            8,
            UINT,
            classOf("I3FlasherStatusMap", FLASHER_STATUSES)));
    MEMBERS.put("I3RUsage", struct("system", DOUBLE, "user", DOUBLE, "wall_clock", DOUBLE));
    randomness();
    MEMBERS.put(
        "I3TimeWindowSeriesMap",
        map("OMKey, I3TimeWindowSeries", 12, OM_KEY, PlainObjects::readWindows));
  }

  private PlainObjects() {}

  private static void numbers() {
    MEMBERS.put("I3Double", DOUBLE);
    MEMBERS.put("I3Int", INT);
    MEMBERS.put("I3Bool", BOOL);
    MEMBERS.put("I3String", STRING);
    MEMBERS.put("I3UInt32", UINT);
    MEMBERS.put("I3UInt64", ULONG);
  }

  /// Where generators of random numbers stood.
  private static void randomness() {
    MEMBERS.put(
        "I3GSLRandomServiceState",
        struct("gsl", STRING, "kind", STRING, "seed", ULONG, "integers", ULONG, "doubles", ULONG));
    MEMBERS.put(
        "I3SPRNGRandomServiceState",
        struct("seed", INT, "streams", INT, "stream", INT, "integers", ULONG, "doubles", ULONG));
  }

  private static void vectors() {
    MEMBERS.put("I3VectorModuleKey", vector("ModuleKey", 8, MODULE_KEY));
    MEMBERS.put("I3VectorI3Trigger", vector("I3Trigger", 30, TriggerTree::readTrigger));
    MEMBERS.put("I3DirectionVect", vector("I3Direction", 16, DIRECTION));
    MEMBERS.put("I3FlasherInfoVect", vector("I3FlasherInfo", 40, FLASHER));
    MEMBERS.put("I3VectorDoubleDouble", vector("pair<double, double>", 16, PAIR));
    MEMBERS.put("I3VectorBool", array(1, BOOL));
    MEMBERS.put("I3VectorChar", array(1, CHAR));
    MEMBERS.put("I3VectorShort", array(2, SHORT));
    MEMBERS.put("I3VectorUShort", array(2, USHORT));
    MEMBERS.put("I3VectorInt", array(4, INT));
    MEMBERS.put("I3VectorUnsignedInt", array(4, UINT));
    MEMBERS.put("I3VectorInt64", array(8, LONG));
    MEMBERS.put("I3VectorUInt64", array(8, ULONG));
    MEMBERS.put("I3VectorFloat", array(4, FLOAT));
    MEMBERS.put("I3VectorDouble", array(8, DOUBLE));
    MEMBERS.put("I3VectorString", vector("string", 4, STRING));
    MEMBERS.put("I3VectorOMKey", vector("OMKey", 8, OM_KEY));
    MEMBERS.put("I3VectorTankKey", vector("TankKey", 8, TANK_KEY));
    MEMBERS.put("I3VectorI3Position", vector("I3Position", 24, POSITION));
    MEMBERS.put("I3ParticleVect", PARTICLES);
  }

  private static void maps() {
    MEMBERS.put("I3MapModuleKeyString", map("ModuleKey, string", 12, MODULE_KEY, STRING));
    MEMBERS.put(
        "I3MapStringModuleKeys",
        map("string, vector<ModuleKey>", 8, STRING, vector("ModuleKey", 8, MODULE_KEY)));
    MEMBERS.put("I3MapI3ParticleIDDouble", map("I3ParticleID, double", 20, PARTICLE_ID, DOUBLE));
    MEMBERS.put(
        "I3MapTriggerVectorUInt",
        map("TriggerKey, vector<unsigned>", 16, TRIGGER_KEY, array(4, UINT)));
    MEMBERS.put("I3MapStringDouble", STRING_DOUBLE);
    MEMBERS.put("I3MapStringInt", map("string, int", 8, STRING, INT));
    MEMBERS.put("I3MapStringBool", map("string, bool", 5, STRING, BOOL));
    MEMBERS.put("I3MapStringString", map("string, string", 8, STRING, STRING));
    MEMBERS.put(
        "I3MapStringVectorDouble", map("string, vector<double>", 8, STRING, array(8, DOUBLE)));
    MEMBERS.put(
        "I3MapStringStringDouble",
        map("string, map", 8, STRING, classOf("I3MapStringDouble", STRING_DOUBLE)));
    MEMBERS.put("I3MapUnsignedUnsigned", map("unsigned, unsigned", 8, UINT, UINT));
    MEMBERS.put("I3MapUnsignedDouble", map("unsigned, double", 12, UINT, DOUBLE));
    MEMBERS.put("I3MapUShortUShort", map("ushort, ushort", 4, USHORT, USHORT));
    MEMBERS.put("I3MapIntVectorInt", map("int, vector<int>", 8, INT, array(4, INT)));
    MEMBERS.put("I3MapKeyDouble", map("OMKey, double", 16, OM_KEY, DOUBLE));
    MEMBERS.put("I3MapKeyUInt", map("OMKey, unsigned", 12, OM_KEY, UINT));
    MEMBERS.put("I3MapKeyVectorDouble", map("OMKey, vector<double>", 12, OM_KEY, array(8, DOUBLE)));
    MEMBERS.put("I3MapKeyVectorInt", map("OMKey, vector<int>", 12, OM_KEY, array(4, INT)));
    MEMBERS.put("I3MapTriggerDouble", map("TriggerKey, double", 16, TRIGGER_KEY, DOUBLE));
    MEMBERS.put("I3MapTriggerUInt", map("TriggerKey, unsigned", 12, TRIGGER_KEY, UINT));
  }

  /// The object as plain data; empty when its class is not known.
  ///
  /// @throws I3Exception when it is of a known class and cannot be read
  public static Optional<Object> read(FrameObject object) throws I3Exception {
    ArchiveReader in = new ArchiveReader(object.blob());
    String name = in.begin();
    if (!APART.contains(name) && !WHOLE.containsKey(name) && !MEMBERS.containsKey(name)) {
      return Optional.empty();
    }
    if (object.size() > largest(name)) {
      throw new I3Exception(
          -1, 0, object.key() + " has " + object.size() + " bytes: too many to be shown as data");
    }
    switch (name) {
      case EventHeader.TYPE:
        return Optional.of(plain(EventHeader.decode(object.blob())));
      case Particle.TYPE:
        return Optional.of(plain(Particle.decode(object.blob())));
      case MonteCarloTree.CLASS, LinearizedTree.CLASS:
        return Optional.of(plain(MonteCarloTree.decode(object.blob())));
      case TrayInfos.CLASS:
        return Optional.of(TrayInfos.read(in));
      default:
        break;
    }
    ObjectReader whole = WHOLE.get(name);
    if (whole != null) {
      return Optional.of(whole(whole, in));
    }
    ObjectReader members = Objects.requireNonNull(MEMBERS.get(name));
    int version = in.version(name);
    if (version > 0) {
      throw in.bad("has class version " + version + ", and only 0 is known");
    }
    in.frameObjectBase();
    Object value = members.read(in);
    in.end();
    return Optional.of(value);
  }

  private static int largest(String name) {
    return switch (name) {
      case Calibrations.CLASS -> LARGEST_CALIBRATION;
      case LAUNCHES -> Launches.LARGEST;
      default -> LARGEST;
    };
  }

  private static Object whole(ObjectReader reader, ArchiveReader in) throws I3Exception {
    Object value = reader.read(in);
    in.end();
    return value;
  }

  private static Object readFlasher(ArchiveReader in, int version) throws I3Exception {
    in.frameObjectBase();
    Map<String, Object> flasher = new LinkedHashMap<>();
    flasher.put("module", OM_KEY.read(in));
    flasher.put("time", in.f64());
    flasher.put("bin_width", in.f64());
    flasher.put("atwd", array(4, INT).read(in));
    flasher.put("mask", in.u32());
    flasher.put("brightness", in.i32());
    flasher.put("width", in.i32());
    if (version > 0) {
      flasher.put("rate", in.i32());
    }
    return flasher;
  }

  private static Object readFlasherStatus(ArchiveReader in, int version) throws I3Exception {
    in.frameObjectBase();
    return struct("brightness", UINT, "window", UINT, "rate", UINT, "mask", UINT, "delay", UINT)
        .read(in);
  }

  /// Classes `I3TimeWindow` and `I3TimeWindowSeries` have versions 0 and 1.
  private static Object readWindow(ArchiveReader in) throws I3Exception {
    if (in.version("I3TimeWindow") > 0) {
      in.frameObjectBase();
    }
    return struct("start", DOUBLE, "stop", DOUBLE).read(in);
  }

  private static Object readWindows(ArchiveReader in) throws I3Exception {
    if (in.version("I3TimeWindowSeries") > 0) {
      in.frameObjectBase();
    }
    return vector("list of I3TimeWindow", 16, PlainObjects::readWindow).read(in);
  }

  /// An `I3Time` inside a larger object.
  static Object readTime(ArchiveReader in) throws I3Exception {
    in.version("I3Time");
    in.frameObjectBase();
    return plain(new I3Time(in.i32(), in.i64()));
  }

  private static Map<String, Object> plain(EventHeader h) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("run", h.run());
    map.put("subrun", h.subrun());
    map.put("event", h.event());
    map.put("state", h.state());
    map.put("sub_event", h.subEvent());
    map.put("sub_event_stream", h.subEventStream());
    map.put("start", plain(h.start()));
    map.put("end", plain(h.end()));
    return map;
  }

  private static Map<String, Object> plain(I3Time time) {
    Map<String, Object> map = new LinkedHashMap<>();
    time.toInstant().ifPresent(utc -> map.put("utc", utc.toString()));
    map.put("year", time.year());
    map.put("ticks", time.ticks());
    return map;
  }

  private static Map<String, Object> plain(Particle p) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("id", Long.toUnsignedString(p.majorId()) + "/" + p.minorId());
    map.put("pdg", p.pdg());
    map.put("shape", p.shape());
    map.put("fit_status", p.status());
    map.put("x", p.x());
    map.put("y", p.y());
    map.put("z", p.z());
    map.put("zenith", p.zenith());
    map.put("azimuth", p.azimuth());
    map.put("time", p.time());
    map.put("energy", p.energy());
    map.put("length", p.length());
    map.put("speed", p.speed());
    map.put("location", p.location());
    return map;
  }

  private static List<Map<String, Object>> plain(MonteCarloTree tree) {
    return tree.nodes().stream()
        .map(node -> {
          Map<String, Object> map = plain(node.particle());
          map.put("parent", node.parent());
          return map;
        })
        .toList();
  }

  static String text(OmKey key) {
    return key.string() + "/" + key.om() + "/" + key.pmt();
  }
}
