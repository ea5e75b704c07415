package dev.firn.i3.data;

import dev.firn.i3.ArchiveWriter;
import dev.firn.i3.FrameObject;
import dev.firn.i3.I3Time;
import java.util.Collection;
import java.util.SortedMap;

/// Writes the small containers of a frame: numbers, texts, times, lists and maps.
public final class Blobs {
  private Blobs() {}

  /// A double: class `I3Double`.
  public static FrameObject number(String key, double value) {
    return begin("I3Double").f64(value).toObject(key, "I3PODHolder<double>");
  }

  /// A 32-bit integer: class `I3Int`.
  public static FrameObject integer(String key, int value) {
    return begin("I3Int").i32(value).toObject(key, "I3PODHolder<int>");
  }

  /// A truth value: class `I3Bool`.
  public static FrameObject truth(String key, boolean value) {
    return begin("I3Bool").u8(value ? 1 : 0).toObject(key, "I3PODHolder<bool>");
  }

  /// A text: class `I3String`.
  public static FrameObject text(String key, String value) {
    return begin("I3String").string(value).toObject(key, "I3PODHolder<__cxx11::string >");
  }

  /// A moment: class `I3Time`.
  public static FrameObject time(String key, I3Time value) {
    ArchiveWriter out = begin("I3Time").i32(value.year()).i64(value.ticks());
    return out.toObject(key, "I3Time");
  }

  /// A list of photomultipliers: class `I3VectorOMKey`.
  public static FrameObject modules(String key, Collection<OmKey> values) {
    ArchiveWriter out = begin("I3VectorOMKey").untracked("vector", 0).u32(values.size());
    values.forEach(value -> value.write(out));
    return out.toObject(key, "I3Vector<OMKey>");
  }

  /// Named numbers: class `I3MapStringDouble`.
  public static FrameObject numbers(String key, SortedMap<String, Double> values) {
    ArchiveWriter out = begin("I3MapStringDouble").untracked("map", 0).u32(values.size());
    values.forEach((name, value) -> out.untracked("pair", 0).string(name).f64(value));
    return out.toObject(key, "I3Map<string, double>");
  }

  /// Named truth values: class `I3MapStringBool`.
  public static FrameObject truths(String key, SortedMap<String, Boolean> values) {
    ArchiveWriter out = begin("I3MapStringBool").untracked("map", 0).u32(values.size());
    values.forEach((name, value) -> out.untracked("pair", 0).string(name).u8(value ? 1 : 0));
    return out.toObject(key, "I3Map<string, bool>");
  }

  /// A number for each photomultiplier: class `I3MapKeyDouble`.
  public static FrameObject perModule(String key, SortedMap<OmKey, Double> values) {
    ArchiveWriter out = begin("I3MapKeyDouble").untracked("map", 0).u32(values.size());
    values.forEach((module, value) -> {
      out.untracked("pair", 0);
      module.write(out);
      out.f64(value);
    });
    return out.toObject(key, "I3Map<OMKey, double>");
  }

  static ArchiveWriter begin(String className) {
    return new ArchiveWriter(className, 0).frameObjectBase();
  }

  /// A time inside a larger object.
  static void time(ArchiveWriter out, I3Time time) {
    out.object("I3Time", 0).frameObjectBase().i32(time.year()).i64(time.ticks());
  }
}
