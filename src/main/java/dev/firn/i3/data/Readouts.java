package dev.firn.i3.data;

import static dev.firn.i3.data.ObjectReader.doubles;
import static dev.firn.i3.data.ObjectReader.map;
import static dev.firn.i3.data.ObjectReader.vector;
import static dev.firn.i3.data.ObjectReader.versions;

import dev.firn.i3.ArchiveReader;
import dev.firn.i3.I3Exception;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What modules saw before it became pulses, as plain data: waveforms (`I3Waveform`, versions 0 to
/// 3), hits (`I3RecoHit`, 0 and 1) and what simulation put in (`I3MCHit`, 0 to 3, `I3MCPE` and
/// `I3MMCTrack`, 0 and 1).
final class Readouts {
  static final ObjectReader WAVEFORMS =
      series("I3Waveform", 30, versions("I3Waveform", 3, Readouts::waveform));
  static final ObjectReader HITS = series("I3RecoHit", 12, versions("I3RecoHit", 1, Readouts::hit));
  static final ObjectReader TRUE_HITS =
      series("I3MCHit", 30, versions("I3MCHit", 3, Readouts::trueHit));

  static final ObjectReader PHOTONS =
      series("I3MCPE", 20, versions("I3MCPE", 1, Readouts::photons));
  static final ObjectReader MUONS =
      vector("I3MMCTrack", 200, versions("I3MMCTrack", 1, Readouts::muon));

  private Readouts() {}

  private static ObjectReader series(String type, int size, ObjectReader one) {
    String list = "vector<" + type + ">";
    return map("OMKey, " + list, 12, PlainObjects.OM_KEY, vector(type, size, one));
  }

  private static Object waveform(ArchiveReader in, int version) throws I3Exception {
    Map<String, Object> waveform = new LinkedHashMap<>();
    waveform.put("start", in.f64());
    waveform.put("bin_width", in.f64());
    waveform.put("values", doubles().read(in));
    if (version > 0) {
      waveform.put(
          "stretches",
          vector(
                  "I3Waveform::StatusCompound",
                  20,
                  versions("I3Waveform::StatusCompound", 3, Readouts::stretch))
              .read(in));
    }
    if (version < 3) {
      waveform.put("source", in.i32() / 10);
    } else {
      int bits = in.u8();
      waveform.put("source", bits & 7);
      waveform.put("index", bits >> 3 & 1);
      waveform.put("hlc", (bits >> 4 & 1) == 1);
    }
    return waveform;
  }

  /// Bins of a waveform that have a status of their own; statuses of old versions are as they lie.
  private static Object stretch(ArchiveReader in, int version) throws I3Exception {
    Map<String, Object> stretch = new LinkedHashMap<>();
    in.version("pair<uint64, uint64>");
    stretch.put("first", Long.toUnsignedString(in.i64()));
    stretch.put("last", Long.toUnsignedString(in.i64()));
    stretch.put("status", in.i32());
    if (version > 2) {
      stretch.put("channel", (int) (byte) in.u8());
    }
    return stretch;
  }

  private static Object hit(ArchiveReader in, int version) throws I3Exception {
    Map<String, Object> hit = new LinkedHashMap<>();
    hit.put("time", in.f64());
    hit.put("id", in.i32());
    if (version > 0) {
      hit.put("source", in.i32());
    }
    return hit;
  }

  private static Object trueHit(ArchiveReader in, int version) throws I3Exception {
    Map<String, Object> hit = new LinkedHashMap<>();
    hit.put("time", in.f64());
    hit.put("id", in.i32());
    if (version > 2) {
      hit.put("npe", Long.toUnsignedString(in.i64()));
      hit.put("charge", in.f64());
    } else {
      hit.put("weight", in.f64());
    }
    int minor = in.i32();
    String major = version > 0 ? Long.toUnsignedString(in.i64()) : "0";
    hit.put("particle", major + "/" + minor);
    hit.put("cherenkov_distance", in.f64());
    if (version > 1) {
      hit.put("source", in.i32());
    }
    return hit;
  }

  private static Object photons(ArchiveReader in, int version) throws I3Exception {
    Map<String, Object> photons = new LinkedHashMap<>();
    photons.put("time", version == 0 ? in.f32() : in.f64());
    photons.put("npe", in.u32());
    String major = Long.toUnsignedString(in.i64());
    photons.put("particle", major + "/" + in.i32());
    return photons;
  }

  /// Where a muon entered the detector, left it, and was closest to its centre, with its energies;
  /// times of version 0 are in seconds.
  private static Object muon(ArchiveReader in, int version) throws I3Exception {
    Map<String, Object> muon = new LinkedHashMap<>();
    muon.put("particle", PlainObjects.PARTICLE.read(in));
    for (String point : List.of("entry", "exit", "closest")) {
      Map<String, Object> at = new LinkedHashMap<>();
      at.put("x", in.f64());
      at.put("y", in.f64());
      at.put("z", in.f64());
      at.put("time", in.f64() * (version == 0 ? 1e9 : 1));
      at.put("energy", in.f64());
      muon.put(point, at);
    }
    muon.put("energy_lost", in.f64());
    return muon;
  }
}
