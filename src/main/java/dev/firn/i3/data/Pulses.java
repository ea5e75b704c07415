package dev.firn.i3.data;

import dev.firn.i3.ArchiveReader;
import dev.firn.i3.ArchiveWriter;
import dev.firn.i3.FrameObject;
import dev.firn.i3.I3Exception;
import java.util.Arrays;

/// The pulses of one readout, by photomultiplier: class `I3RecoPulseSeriesMap`.
///
/// Held in columns, modules in the order of their keys, each module's pulses together in the order
/// of the file. Unchangeable once built.
public final class Pulses {
  /// The name of the type in a frame.
  public static final String TYPE = "I3Map<OMKey, vector<I3RecoPulse> >";

  /// Neighbouring modules saw light at the same time (hard local coincidence).
  public static final int FLAG_LC = 1;

  /// Charge is from the fast digitizer.
  public static final int FLAG_ATWD = 2;

  /// Charge is from the slow digitizer.
  public static final int FLAG_FADC = 4;

  static final String CLASS = "I3RecoPulseSeriesMap";

  private final OmKey[] keys;
  private final int[] starts; // of each key's pulses, and one more for the end
  private final double[] times;
  private final float[] charges;
  private final float[] widths;
  private final byte[] flags;

  private Pulses(Builder b) {
    keys = Arrays.copyOf(b.keys, b.modules);
    starts = Arrays.copyOf(b.starts, b.modules + 1);
    starts[b.modules] = b.size;
    times = Arrays.copyOf(b.times, b.size);
    charges = Arrays.copyOf(b.charges, b.size);
    widths = Arrays.copyOf(b.widths, b.size);
    flags = Arrays.copyOf(b.flags, b.size);
  }

  /// Number of pulses.
  public int size() {
    return times.length;
  }

  /// Number of photomultipliers, with or without pulses.
  public int modules() {
    return keys.length;
  }

  public OmKey key(int module) {
    return keys[module];
  }

  /// Index of the first pulse of a module; those up to `start(module + 1)` are its own.
  public int start(int module) {
    return starts[module];
  }

  /// Leading edge, in ns from the start of the event.
  public double time(int pulse) {
    return times[pulse];
  }

  /// In photo-electrons.
  public float charge(int pulse) {
    return charges[pulse];
  }

  /// In ns.
  public float width(int pulse) {
    return widths[pulse];
  }

  /// [#FLAG_LC], [#FLAG_ATWD] and [#FLAG_FADC], added up.
  public int flags(int pulse) {
    return flags[pulse] & 0xff;
  }

  /// Reads a blob of this class, whatever the version of its pulses.
  public static Pulses decode(byte[] blob) throws I3Exception {
    ArchiveReader in = new ArchiveReader(blob);
    int version = in.begin(CLASS);
    if (version > 0) {
      throw in.bad("has class version " + version + ", and only 0 is known");
    }
    in.frameObjectBase();
    in.version("map<OMKey, vector<I3RecoPulse>>");
    int modules = in.count(13);
    Builder builder = new Builder();
    for (int m = 0; m < modules; m++) {
      in.version("pair<OMKey, vector<I3RecoPulse>>");
      builder.module(OmKey.read(in));
      in.version("vector<I3RecoPulse>");
      int pulses = in.count(1);
      for (int p = 0; p < pulses; p++) {
        PulseLayout.read(in, builder);
      }
    }
    in.end();
    return builder.build();
  }

  /// The object a frame holds under `key`, with pulses of class version 3.
  public FrameObject toObject(String key) {
    ArchiveWriter out = new ArchiveWriter(CLASS, 0);
    out.frameObjectBase().untracked("map", 0).u32(keys.length);
    for (int m = 0; m < keys.length; m++) {
      out.untracked("pair", 0);
      keys[m].write(out);
      out.untracked("vector", 0).u32(starts[m + 1] - starts[m]);
      for (int p = starts[m]; p < starts[m + 1]; p++) {
        out.object("I3RecoPulse", 3).f64(times[p]).f32(charges[p]).f32(widths[p]).u8(flags[p]);
      }
    }
    return out.toObject(key, TYPE);
  }

  /// Collects pulses module by module.
  public static final class Builder {
    private OmKey[] keys = new OmKey[64];
    private int[] starts = new int[65];
    private double[] times = new double[256];
    private float[] charges = new float[256];
    private float[] widths = new float[256];
    private byte[] flags = new byte[256];
    private int modules;
    private int size;

    /// Begins the pulses of `key`, which comes after all keys before it.
    public Builder module(OmKey key) {
      if (modules == keys.length) {
        keys = Arrays.copyOf(keys, 2 * modules);
        starts = Arrays.copyOf(starts, 2 * modules + 1);
      }
      starts[modules] = size;
      keys[modules++] = key;
      return this;
    }

    /// One pulse of the module begun last.
    public Builder pulse(double time, float charge, float width, int flag) {
      if (size == times.length) {
        int larger = 2 * size;
        times = Arrays.copyOf(times, larger);
        charges = Arrays.copyOf(charges, larger);
        widths = Arrays.copyOf(widths, larger);
        flags = Arrays.copyOf(flags, larger);
      }
      times[size] = time;
      charges[size] = charge;
      widths[size] = width;
      flags[size++] = (byte) flag;
      return this;
    }

    public Pulses build() {
      return new Pulses(this);
    }
  }
}
