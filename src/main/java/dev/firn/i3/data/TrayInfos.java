package dev.firn.i3.data;

import static dev.firn.i3.data.ObjectReader.STRING;
import static dev.firn.i3.data.ObjectReader.UINT;
import static dev.firn.i3.data.ObjectReader.map;
import static dev.firn.i3.data.ObjectReader.struct;
import static dev.firn.i3.data.ObjectReader.vector;

import dev.firn.i3.ArchiveReader;
import dev.firn.i3.I3Exception;

/// Which software made a file, where and when: class `I3TrayInfo`, version 2, up to the names of
/// its modules. Their parameters come after that and are not read.
final class TrayInfos {
  static final String CLASS = "I3TrayInfo";

  private static final ObjectReader NAMES = vector("string", 4, STRING);
  private static final ObjectReader MEMBERS =
      struct(
          "host",
          map("string, string", 8, STRING, STRING),
          "url",
          STRING,
          "externals",
          STRING,
          "revision",
          UINT,
          "modules",
          NAMES,
          "services",
          NAMES);

  private TrayInfos() {}

  /// Reads what follows the name of the class.
  static Object read(ArchiveReader in) throws I3Exception {
    int version = ObjectReader.versionUpTo(in, CLASS, 2);
    if (version < 2) {
      throw in.bad("has class version " + version + ", which IceTray gave up too");
    }
    in.frameObjectBase();
    return MEMBERS.read(in);
  }
}
