package dev.firn.i3.data;

import dev.firn.i3.ArchiveReader;
import dev.firn.i3.I3Exception;
import java.util.Map;
import java.util.TreeMap;

/// All pulses of an event in a few bytes each: class `I3SuperDST`, versions 0 and 1.
///
/// Pulses lie in *readouts*: pulses of one module close in time. Three streams hold them. A header
/// (16 bits) has the module (13 bits: 7 of string, 6 of module) and the upper 3 bits of its first
/// pulse's time. A stamp (16 bits) is one pulse: 8 bits of time since the one before, 6 bits of
/// charge, whether neighbours saw light, and whether the readout ends. A time or charge too large
/// for its bits is full, and what is over follows in further stamps of plain 16 bits. Widths are
/// powers of two, run-length encoded apart; tanks on the surface (module above 60) have charges on
/// a logarithmic scale with 8 more bits in a stream of their own.
final class SuperDst {
  static final String TYPE = "I3SuperDST";

  private static final double EARLIEST = -512;
  private static final int TIME_FULL_FIRST = (1 << 11) - 1;
  private static final int TIME_FULL = (1 << 8) - 1;
  private static final int CHARGE_FULL = (1 << 6) - 1;
  private static final int MORE = 0xffff;
  private static final double LOG_STEP = 9.0 / ((1 << 14) - 1);
  private static final int SURFACE = 60;

  private final ArchiveReader in;
  private final boolean compact; // class version 1
  private int[] stamps = {};
  private int[] headers = {};
  private final RunLength[] widths = new RunLength[4];
  private byte[] surfaceCharges = {};
  private int stamp;
  private int surface;
  private double time = EARLIEST;
  private final Map<OmKey, PulseSeries> series = new TreeMap<>();

  private SuperDst(ArchiveReader in, int version) {
    this.in = in;
    compact = version == 1;
  }

  static Pulses decode(byte[] blob) throws I3Exception {
    ArchiveReader in = new ArchiveReader(blob);
    int version = in.begin(TYPE);
    if (version > 1) {
      throw in.bad("has class version " + version + ", and only 0 and 1 are known");
    }
    in.frameObjectBase();
    SuperDst dst = new SuperDst(in, version);
    if (version == 0) {
      dst.loadPlain();
    } else {
      dst.loadCompact();
    }
    in.end();
    for (int header : dst.headers) {
      dst.readout(header);
    }
    return dst.pulses();
  }

  private void loadPlain() throws I3Exception {
    int count = in.u16();
    stamps = words(count);
    int stops = 0;
    for (int s : stamps) {
      stops += s >>> 15;
    }
    headers = words(stops);
  }

  private void loadCompact() throws I3Exception {
    in.version("CompactVector<ChargeStamp>");
    stamps = words(size(in));
    in.version("CompactVector<DOMHeader>");
    headers = words(size(in));
    for (int i = 0; i < widths.length; i++) {
      in.version("CompactVector<uint8>");
      widths[i] = new RunLength(in.bytes(size(in)));
    }
    in.version("CompactVector<uint8>");
    surfaceCharges = in.bytes(size(in));
  }

  /// A size of one byte, or from 247 on 255 less the number of bytes it takes.
  static long size(ArchiveReader in) throws I3Exception {
    in.version("SizeCodec");
    int tag = in.u8();
    if (tag < 0xff - 8) {
      return tag;
    }
    long size = 0;
    for (int i = 0; i < 0xff - tag; i++) {
      size |= (long) in.u8() << 8 * i;
    }
    return size;
  }

  private int[] words(long count) throws I3Exception {
    if (count < 0 || count > in.remaining() / 2) {
      throw in.bad("has fewer bytes than it says");
    }
    if (count > PulseResolver.MAX_PULSES) {
      throw in.bad("has " + count + " pulses, more than any event can have");
    }
    int[] words = new int[(int) count];
    for (int i = 0; i < words.length; i++) {
      words[i] = in.u16();
    }
    return words;
  }

  private void readout(int header) throws I3Exception {
    OmKey module = new OmKey(header >> 6 & 0x7f, (header & 0x3f) + 1);
    PulseSeries to = series.computeIfAbsent(module, key -> new PulseSeries());
    boolean onSurface = compact && module.om() > SURFACE;
    int first = stampAt(stamp);
    boolean coincident = (first >> 14 & 1) == 1;
    boolean last = first >> 15 == 1;
    int timeCode = first & 0xff | (header >> 13 & 7) << 8;
    int chargeCode = first >> 8 & 0x3f;
    timeCode += timeCode == TIME_FULL_FIRST ? overflow() : 0;
    last |= !compact && stampAt(stamp) >> 15 == 1;
    if (onSurface) {
      chargeCode |= nextSurfaceCharge() << 6;
    } else if (chargeCode == CHARGE_FULL) {
      chargeCode += overflow();
      last |= !compact && stampAt(stamp) >> 15 == 1;
    }
    RunLength width = widths[(module.om() > SURFACE ? 2 : 0) + (coincident ? 1 : 0)];
    int flags = Pulses.FLAG_FADC | (coincident ? Pulses.FLAG_LC | Pulses.FLAG_ATWD : 0);
    time += nanoseconds(timeCode);
    double at = time;
    to.add(at, charge(chargeCode, onSurface), width(width), flags);
    while (!last) {
      stamp++;
      int next = stampAt(stamp);
      last = next >> 15 == 1;
      timeCode = next & 0xff;
      chargeCode = next >> 8 & 0x3f;
      timeCode += compact && timeCode == TIME_FULL ? overflow() : 0;
      if (chargeCode == CHARGE_FULL) {
        chargeCode += overflow();
        last |= !compact && stampAt(stamp) >> 15 == 1;
      }
      at += nanoseconds(timeCode);
      to.add(at, charge(chargeCode, false), width(width), flags);
    }
    stamp++;
  }

  /// What did not fit into a stamp: full words are added until one is not full.
  private int overflow() throws I3Exception {
    if (!compact) {
      return stampAt(++stamp) & 0x7fff;
    }
    long sum = 0;
    int word;
    do {
      word = stampAt(++stamp);
      sum += word;
    } while (word == MORE);
    if (sum > Integer.MAX_VALUE / 2) {
      throw in.bad("has a pulse later than any can be");
    }
    return (int) sum;
  }

  private int stampAt(int index) throws I3Exception {
    if (index >= stamps.length) {
      throw in.bad("has more readouts than pulses");
    }
    return stamps[index];
  }

  private int nextSurfaceCharge() throws I3Exception {
    if (surface >= surfaceCharges.length) {
      throw in.bad("has fewer charges than pulses");
    }
    return surfaceCharges[surface++] & 0xff;
  }

  private float width(RunLength widthCodes) throws I3Exception {
    if (!compact) {
      return 1; // what IceTray makes of it, though its steps of time are 4 ns
    }
    int code = widthCodes.next();
    if (code < 0) {
      throw in.bad("has fewer widths than pulses");
    }
    return 1 << code;
  }

  private double nanoseconds(int code) {
    return compact ? code : 4.0 * code;
  }

  private float charge(int code, boolean logarithmic) {
    if (logarithmic) {
      return (float) Math.pow(10, code * LOG_STEP - 2);
    }
    return (float) (compact ? code * 0.05 + 0.025 : code * 0.15);
  }

  private Pulses pulses() {
    Pulses.Builder out = new Pulses.Builder();
    series.forEach((module, pulses) -> {
      pulses.sortByTime();
      pulses.separate();
      out.module(module);
      pulses.addTo(out);
    });
    return out.build();
  }

  /// Four-bit numbers in runs: the lower half of a byte is the number, the upper half four bits of
  /// the run's length; bytes with the same number in a row are one run, lowest bits first.
  private static final class RunLength {
    private final byte[] codes;
    private int at;
    private int value;
    private long left;

    RunLength(byte[] codes) {
      this.codes = codes;
    }

    /// The next number; -1 when there are no more.
    int next() {
      while (left == 0) {
        if (at >= codes.length) {
          return -1;
        }
        value = codes[at] & 0xf;
        int shift = 0;
        while (at < codes.length && (codes[at] & 0xf) == value) {
          left |= shift < 32 ? (codes[at] >> 4 & 0xfL) << shift : 0;
          shift += 4;
          at++;
        }
      }
      left--;
      return value;
    }
  }
}
