package dev.firn.i3.data;

import dev.firn.i3.ArchiveReader;
import dev.firn.i3.I3Exception;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Which triggers fired and which made which: class `I3TriggerHierarchy`; without the latter:
/// `I3SuperDSTTriggerSeries`.
///
/// The tree lies in the order of a walk that visits a trigger before those below it: the number of
/// roots, then for each trigger itself and the number of triggers below it.
final class TriggerTree {
  private static final double TENTH = 0.1; // times were in tenths of ns in class version 0

  private TriggerTree() {}

  /// All triggers in that order; `parent` is the index of the one above, -1 at a root.
  static List<Object> read(ArchiveReader in) throws I3Exception {
    List<Object> triggers = new ArrayList<>();
    Deque<long[]> open = new ArrayDeque<>(); // how many are still to come, and their parent
    open.push(new long[] {in.u32(), -1});
    while (!open.isEmpty()) {
      long[] level = open.peek();
      if (level[0]-- == 0) {
        open.pop();
        continue;
      }
      Map<String, Object> trigger = readTrigger(in);
      trigger.put("parent", level[1]);
      triggers.add(trigger);
      long below = in.u32();
      if (below > 0) {
        open.push(new long[] {below, triggers.size() - 1L});
      }
    }
    return triggers;
  }

  /// Class `I3SuperDSTTriggerSeries`: triggers by their place among those of the detector's status,
  /// earliest first. A byte has the lower four bits of the place's and of the length's; the rest of
  /// the length and the time since the trigger before are sizes as in [SuperDst].
  static List<Object> readPacked(ArchiveReader in) throws I3Exception {
    List<Object> triggers = new ArrayList<>();
    long count = SuperDst.size(in);
    long time = 0;
    for (long i = 0; i < count; i++) {
      int tag = in.u8();
      long length = SuperDst.size(in) << 4 | tag >> 4;
      time += SuperDst.size(in);
      Map<String, Object> trigger = new LinkedHashMap<>();
      trigger.put("place", tag & 0xf);
      trigger.put("time", time);
      trigger.put("length", length);
      triggers.add(trigger);
    }
    return triggers;
  }

  static Map<String, Object> readTrigger(ArchiveReader in) throws I3Exception {
    int version = in.version("I3Trigger");
    if (version > 1) {
      throw in.bad("has a trigger of class version " + version + ", and only 0 and 1 are known");
    }
    double unit = version == 0 ? TENTH : 1;
    Map<String, Object> trigger = new LinkedHashMap<>();
    trigger.put("time", in.f64() * unit);
    trigger.put("length", in.f64() * unit);
    trigger.put("fired", in.bool());
    trigger.put("key", readKey(in));
    return trigger;
  }

  /// Source, type, subtype and, where there is one, number of the configuration: `0/0/0/1006`.
  static String readKey(ArchiveReader in) throws I3Exception {
    int version = in.version("TriggerKey");
    if (version > 1) {
      throw in.bad("has a trigger key of version " + version + ", and only 0 and 1 are known");
    }
    String key = in.i32() + "/" + in.i32() + "/" + (version > 0 ? in.i32() : 0);
    return in.bool() ? key + "/" + in.i32() : key;
  }
}
