package dev.firn.i3.data;

import static dev.firn.i3.data.ObjectReader.STRING;
import static dev.firn.i3.data.ObjectReader.USHORT;
import static dev.firn.i3.data.ObjectReader.array;
import static dev.firn.i3.data.ObjectReader.struct;
import static dev.firn.i3.data.ObjectReader.vector;
import static dev.firn.i3.data.ObjectReader.versions;

import dev.firn.i3.ArchiveReader;
import dev.firn.i3.I3Exception;
import java.util.LinkedHashMap;
import java.util.Map;

/// The few bytes that are sent of every event by satellite, as they lie: directions are pixels of a
/// sphere, energies and likelihoods numbers of bins. Classes `I3DST16`, version 8, and
/// `I3DSTHeader16`, versions 5 to 8.
final class DataSummaries {
  private static final String EVENT = "I3DST16";
  private static final String HEADER = "I3DSTHeader16";
  private static final int NEWEST = 8;
  private static final int OLDEST_HEADER = 5;

  private static final ObjectReader SIGNED = in -> (int) (byte) in.u8();

  private static final ObjectReader CENTER =
      versions(
          "DSTPosition",
          0,
          (in, version) -> struct("x", SIGNED, "y", SIGNED, "z", SIGNED).read(in));

  private DataSummaries() {}

  /// Readers by class name.
  static Map<String, ObjectReader> readers() {
    return Map.of(EVENT, DataSummaries::event, HEADER, DataSummaries::header);
  }

  private static Object event(ArchiveReader in) throws I3Exception {
    int version = in.version(EVENT);
    if (version != NEWEST) {
      throw in.bad("has a " + EVENT + " of version " + version + ", and only 8 is known");
    }
    in.frameObjectBase();
    Map<String, Object> event = new LinkedHashMap<>();
    event.put("trigger_tag", in.u16());
    event.put("event", in.u32());
    event.put("sub_event", in.u8());
    event.put("time", (long) in.u8() << 32 | in.u32());
    event.put("reco1", in.u32());
    event.put("reco2", in.u32());
    event.put("modules", in.u16());
    event.put("strings", in.u8());
    event.put("center_of_gravity", CENTER.read(in));
    for (String name :
        new String[] {"direct_hits", "direct_length", "rlogl", "log_energy", "reco_label"}) {
      event.put(name, in.u8());
    }
    return event;
  }

  private static Object header(ArchiveReader in) throws I3Exception {
    int version = in.version(HEADER);
    if (version < OLDEST_HEADER || version > NEWEST) {
      throw in.bad("has a " + HEADER + " of version " + version + ", and only 5 to 8 are known");
    }
    in.frameObjectBase();
    Map<String, Object> header = new LinkedHashMap<>();
    header.put("run", in.u32());
    header.put("first_event", in.u32());
    header.put("mjd", in.u16());
    header.put("pixels_a_side", in.u16());
    header.put("triggers", array(2, USHORT).read(in));
    if (version > OLDEST_HEADER) {
      header.put("recos", vector("string", 4, STRING).read(in));
    }
    return header;
  }
}
