package dev.firn.i3.data;

import dev.firn.i3.ArchiveReader;
import dev.firn.i3.FrameChain;
import dev.firn.i3.FrameObject;
import dev.firn.i3.I3Exception;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// Finds the pulses behind a key, whatever way a frame holds them: as they are, packed
/// (`I3SuperDST`), as a selection from another key (`I3RecoPulseSeriesMapMask`), as several keys
/// together (`I3RecoPulseSeriesMapUnion`), with the photomultipliers of a module taken together
/// (`...CombineByModule`) or with charges by the calibration (`...ApplySPECorrection`).
///
/// Belongs to the current frame of a chain: take a new one for every frame.
public final class PulseResolver {
  private static final int MAX_DEPTH = 32;

  /// Pulses behind one key. The brightest events have some hundred thousand; unions of unions could
  /// double without end.
  static final long MAX_PULSES = 1L << 21;

  /// Pulses behind all keys of a frame together, which are held while the frame is looked at.
  private static final long MAX_HELD = Math.min(1L << 23, Runtime.getRuntime().maxMemory() / 64);

  private static final String MASK = "I3RecoPulseSeriesMapMask";
  private static final String UNION = "I3RecoPulseSeriesMapUnion";
  private static final String COMBINED = "I3RecoPulseSeriesMapCombineByModule";
  private static final String CORRECTED = "I3RecoPulseSeriesMapApplySPECorrection";

  private final FrameChain frames;
  private final ChargeCorrections corrections;
  private final Map<String, Pulses> resolved = new HashMap<>();
  private long held;

  public PulseResolver(FrameChain frames) {
    this(frames, new ChargeCorrections());
  }

  /// @param corrections what is kept from frame to frame
  public PulseResolver(FrameChain frames, ChargeCorrections corrections) {
    this.frames = frames;
    this.corrections = corrections;
  }

  /// Whether an object is of a type that has pulses behind it.
  public static boolean hasPulses(FrameObject object) {
    return switch (object.type()) {
      case Pulses.TYPE, SuperDst.TYPE, MASK, UNION, COMBINED, CORRECTED -> true;
      default -> false;
    };
  }

  /// The pulses under `key` as the current frame sees them; empty when it sees no such key.
  ///
  /// @throws I3Exception when the object is of another type, refers to what is not there or to
  ///   itself, or cannot be decoded
  public Optional<Pulses> find(String key) throws I3Exception {
    Optional<FrameObject> object = frames.find(key);
    return object.isEmpty() ? Optional.empty() : Optional.of(resolve(object.get(), 0));
  }

  private Pulses resolve(FrameObject object, int depth) throws I3Exception {
    Pulses known = resolved.get(object.key());
    if (known != null) {
      return known;
    }
    if (held > MAX_HELD) {
      throw tooMany(object);
    }
    if (depth > MAX_DEPTH) {
      throw bad(object.key() + " refers to itself or through more than " + MAX_DEPTH + " others");
    }
    Pulses pulses =
        switch (object.type()) {
          case Pulses.TYPE -> Pulses.decode(object.blob());
          case SuperDst.TYPE -> SuperDst.decode(object.blob());
          case MASK -> masked(object, depth);
          case UNION -> union(object, depth);
          case COMBINED -> combined(object, depth);
          case CORRECTED -> corrected(object, depth);
          default -> throw bad(object.key() + " is a " + object.type() + " and holds no pulses");
        };
    held += pulses.size();
    if (held > MAX_HELD) {
      throw tooMany(object);
    }
    resolved.put(object.key(), pulses);
    return pulses;
  }

  private Pulses source(String key, FrameObject wanting, int depth) throws I3Exception {
    FrameObject source =
        frames
            .find(key)
            .orElseThrow(() -> bad(wanting.key() + " refers to " + key + ", which is not there"));
    return resolve(source, depth + 1);
  }

  /// Class `I3RecoPulseSeriesMapMask`, versions 0 to 2: one bit a module of the source, and for
  /// each module that is in, one bit a pulse.
  private Pulses masked(FrameObject object, int depth) throws I3Exception {
    ArchiveReader in = new ArchiveReader(object.blob());
    int version = in.begin(MASK);
    if (version > 2) {
      throw in.bad("has class version " + version + ", and only 0 to 2 are known");
    }
    in.frameObjectBase();
    String key = in.string();
    if (version == 1) {
      in.f32(); // a time reference nobody used
    }
    Bits modules = Bits.read(in);
    in.version("vector<bitmask>");
    int count = in.count(3);
    Bits[] elements = new Bits[count];
    for (int i = 0; i < count; i++) {
      elements[i] = Bits.read(in);
    }
    in.end();
    Pulses source = source(key, object, depth);
    boolean oldEmpty = version == 0 && count == 0 && modules.size() == 64;
    if (source.modules() != modules.size() && !oldEmpty) {
      throw bad(
          "%s selects from %d modules, and %s has %d"
              .formatted(object.key(), modules.size(), key, source.modules()));
    }
    return select(object.key(), source, modules, elements);
  }

  private static Pulses select(String key, Pulses source, Bits modules, Bits[] elements)
      throws I3Exception {
    Pulses.Builder out = new Pulses.Builder();
    int next = 0;
    for (int m = 0; m < source.modules() && next < elements.length; m++) {
      if (!modules.get(m)) {
        continue;
      }
      Bits chosen = elements[next++];
      int first = source.start(m);
      int size = source.start(m + 1) - first;
      if (chosen.none()) {
        continue;
      }
      if (chosen.size() != size) {
        throw bad(
            "%s selects from %d pulses of %s, and there are %d"
                .formatted(key, chosen.size(), source.key(m), size));
      }
      out.module(source.key(m));
      for (int p = 0; p < size; p++) {
        if (chosen.get(p)) {
          copy(source, first + p, out);
        }
      }
    }
    return out.build();
  }

  /// Class `I3RecoPulseSeriesMapUnion`: a list of keys. Each module's pulses are put together in
  /// that order and then sorted by time.
  private Pulses union(FrameObject object, int depth) throws I3Exception {
    ArchiveReader in = new ArchiveReader(object.blob());
    beginFirstVersion(in, UNION);
    in.version("vector<string>");
    int count = in.count(4);
    long total = 0;
    Map<OmKey, PulseSeries> all = new TreeMap<>();
    for (int i = 0; i < count; i++) {
      Pulses part = source(in.string(), object, depth);
      total += part.size();
      if (total > MAX_PULSES) {
        throw bad(object.key() + " puts more than " + MAX_PULSES + " pulses together");
      }
      for (int m = 0; m < part.modules(); m++) {
        PulseSeries series = all.computeIfAbsent(part.key(m), key -> new PulseSeries());
        for (int p = part.start(m); p < part.start(m + 1); p++) {
          series.add(part.time(p), part.charge(p), part.width(p), part.flags(p));
        }
      }
    }
    in.end();
    return sorted(all);
  }

  private static void beginFirstVersion(ArchiveReader in, String name) throws I3Exception {
    int version = in.begin(name);
    if (version > 0) {
      throw in.bad("has class version " + version + ", and only 0 is known");
    }
    in.frameObjectBase();
  }

  private static Pulses sorted(Map<OmKey, PulseSeries> all) {
    Pulses.Builder out = new Pulses.Builder();
    all.forEach((module, series) -> {
      series.sortByTime();
      out.module(module);
      series.addTo(out);
    });
    return out.build();
  }

  /// Class `I3RecoPulseSeriesMapCombineByModule`: a key, whose photomultipliers of one module
  /// become one.
  private Pulses combined(FrameObject object, int depth) throws I3Exception {
    ArchiveReader in = new ArchiveReader(object.blob());
    beginFirstVersion(in, COMBINED);
    Pulses source = source(in.string(), object, depth);
    in.end();
    Map<OmKey, PulseSeries> all = new TreeMap<>();
    for (int m = 0; m < source.modules(); m++) {
      OmKey module = new OmKey(source.key(m).string(), source.key(m).om());
      PulseSeries series = all.computeIfAbsent(module, key -> new PulseSeries());
      for (int p = source.start(m); p < source.start(m + 1); p++) {
        series.add(source.time(p), source.charge(p), source.width(p), source.flags(p));
      }
    }
    return sorted(all);
  }

  /// Class `I3RecoPulseSeriesMapApplySPECorrection`: a key and that of a calibration, which says
  /// what a photo-electron of each module is on average.
  private Pulses corrected(FrameObject object, int depth) throws I3Exception {
    ArchiveReader in = new ArchiveReader(object.blob());
    beginFirstVersion(in, CORRECTED);
    Pulses source = source(in.string(), object, depth);
    String calibration = in.string();
    in.end();
    Map<String, ChargeCorrections.Means> modules =
        corrections.of(
            frames
                .find(calibration)
                .orElseThrow(
                    () -> bad(object.key() + " needs " + calibration + ", which is not there")));
    Pulses.Builder out = new Pulses.Builder();
    for (int m = 0; m < source.modules(); m++) {
      OmKey key = source.key(m);
      ChargeCorrections.Means means = modules.get(PlainObjects.text(key));
      if (means == null) {
        throw bad(object.key() + ": " + calibration + " has no " + key);
      }
      out.module(key);
      for (int p = source.start(m); p < source.start(m + 1); p++) {
        float charge = ChargeCorrections.corrected(means, source.charge(p), source.flags(p));
        out.pulse(source.time(p), charge, source.width(p), source.flags(p));
      }
    }
    return out.build();
  }

  private static void copy(Pulses from, int pulse, Pulses.Builder to) {
    to.pulse(from.time(pulse), from.charge(pulse), from.width(pulse), from.flags(pulse));
  }

  private static I3Exception tooMany(FrameObject object) {
    return bad("with " + object.key() + " a frame's keys have more than " + MAX_HELD + " pulses");
  }

  private static I3Exception bad(String reason) {
    return new I3Exception(-1, 0, reason);
  }

  /// A row of bits: 16 bits number of bytes, 8 bits how many at the end are not used, the bytes.
  @SuppressWarnings("ArrayRecordComponent")
  private record Bits(byte[] bytes, int size) {
    static Bits read(ArchiveReader in) throws I3Exception {
      in.version("bitmask");
      int length = in.u16();
      int padding = in.u8();
      int size = 8 * length - padding;
      if (size < 0) {
        throw in.bad("has a mask of less than no bits");
      }
      return new Bits(in.bytes(length), size);
    }

    boolean get(int index) {
      return index < size && (bytes[index >> 3] >> (index & 7) & 1) == 1;
    }

    boolean none() {
      for (byte b : bytes) {
        if (b != 0) {
          return false;
        }
      }
      return true;
    }
  }
}
