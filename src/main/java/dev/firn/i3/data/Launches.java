package dev.firn.i3.data;

import static dev.firn.i3.data.ObjectReader.BOOL;
import static dev.firn.i3.data.ObjectReader.DOUBLE;
import static dev.firn.i3.data.ObjectReader.INT;
import static dev.firn.i3.data.ObjectReader.UINT;
import static dev.firn.i3.data.ObjectReader.array;
import static dev.firn.i3.data.ObjectReader.classOf;
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

/// What digitizers recorded, as plain data: launches of modules (`I3DOMLaunch`, versions 0 to 5)
/// and AMANDA's readouts (`I3TWRLaunch`, 0 and 1, `I3AMANDAAnalogReadout`, 0).
final class Launches {
  /// A sample may take a bit: 32 times the bytes once it is a number.
  static final int LARGEST = 16 << 20;

  private static final ObjectReader INTS = array(4, INT);
  private static final ObjectReader NAMED_INTS = classOf("I3Vector<int>", INTS);
  private static final ObjectReader DOUBLES = array(8, DOUBLE);

  static final ObjectReader OF_MODULES =
      map(
          "OMKey, vector<I3DOMLaunch>",
          12,
          PlainObjects.OM_KEY,
          vector("I3DOMLaunch", 30, versions("I3DOMLaunch", 5, Launches::launch)));

  private static final ObjectReader FRAGMENT =
      versions(
          "I3TWRFrag",
          1,
          (in, version) ->
              (version == 0
                      ? struct(
                          "id",
                          INT,
                          "parent",
                          INT,
                          "start",
                          DOUBLE,
                          "first_bin",
                          INT,
                          "samples",
                          DOUBLES)
                      : struct("first_bin", UINT, "samples", array(4, UINT)))
                  .read(in));
  private static final ObjectReader FRAGMENTS = vector("I3TWRFrag", 8, FRAGMENT);

  static final ObjectReader OF_AMANDA =
      map(
          "OMKey, vector<I3TWRLaunch>",
          12,
          PlainObjects.OM_KEY,
          vector(
              "I3TWRLaunch",
              8,
              versions(
                  "I3TWRLaunch",
                  1,
                  (in, version) ->
                      (version == 0
                              ? struct(
                                  "fragments",
                                  classOf("I3Vector<I3TWRFrag>", FRAGMENTS),
                                  "id",
                                  INT,
                                  "bin_width",
                                  DOUBLE,
                                  "baseline",
                                  DOUBLE,
                                  "stop_delay",
                                  INT,
                                  "threshold",
                                  INT,
                                  "optical",
                                  BOOL)
                              : struct("baseline", UINT, "fragments", FRAGMENTS))
                          .read(in))));

  static final ObjectReader OF_AMANDA_ANALOG =
      map(
          "OMKey, I3AMANDAAnalogReadout",
          34,
          PlainObjects.OM_KEY,
          versions(
              "I3AMANDAAnalogReadout",
              0,
              (in, version) ->
                  struct(
                          "leading_edges",
                          DOUBLES,
                          "trailing_edges",
                          DOUBLES,
                          "hits",
                          INTS,
                          "parents",
                          INTS,
                          "amplitude",
                          DOUBLE,
                          "overflow",
                          BOOL,
                          "calibrated",
                          BOOL)
                      .read(in)));

  private Launches() {}

  private static Object launch(ArchiveReader in, int version) throws I3Exception {
    Map<String, Object> launch = new LinkedHashMap<>();
    launch.put("start", in.f64());
    if (version == 0) {
      in.i32(); // two numbers in one, which nobody can tell apart any more
    } else {
      launch.put("trigger", in.i32());
      launch.put("mode", in.i32());
    }
    launch.put("chip", in.i32());
    if (version > 2) {
      packed(in, launch);
    } else {
      launch.put(
          "atwd",
          classOf("I3Vector<I3Vector<int>>", vector("I3Vector<int>", 4, NAMED_INTS)).read(in));
      launch.put("fadc", NAMED_INTS.read(in));
    }
    launch.put("local_coincidence", in.bool());
    launch.put("charge_stamp", (version > 4 ? INTS : NAMED_INTS).read(in));
    if (version > 2) {
      launch.put("pedestal_subtracted", in.bool());
    }
    if (version < 2) {
      in.bool(); // a range of the charge stamp
    } else {
      launch.put("charge_stamp_highest_sample", in.u32());
    }
    if (version > 3) {
      launch.put("atwd_charge_stamp", in.u32());
      launch.put("atwd_charge_stamp_channel", in.u32());
    }
    return launch;
  }

  private static void packed(ArchiveReader in, Map<String, Object> launch) throws I3Exception {
    in.version("vector<vector<unsigned>>");
    int channels = in.count(4);
    List<int[]> words = new ArrayList<>();
    for (int i = 0; i < channels; i++) {
      words.add(DeltaCode.words(in));
    }
    List<Object> atwd = new ArrayList<>();
    for (int[] channel : words) {
      atwd.add(DeltaCode.unpack(in, channel, in.i32()));
    }
    launch.put("atwd", atwd);
    launch.put("fadc", DeltaCode.unpack(in, DeltaCode.words(in), in.i32()));
  }
}
