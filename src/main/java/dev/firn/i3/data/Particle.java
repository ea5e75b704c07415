package dev.firn.i3.data;

import dev.firn.i3.ArchiveReader;
import dev.firn.i3.ArchiveWriter;
import dev.firn.i3.FrameObject;
import dev.firn.i3.I3Exception;

/// A true or reconstructed particle: class `I3Particle`, versions 0 to 5.
///
/// @param majorId with `minorId` unlike any other particle's, unsigned
/// @param minorId number within the process that made it
/// @param pdg code of the Particle Data Group; 0 unknown. Codes of older versions are translated
/// @param shape what it looks like: 10 primary, 30 cascade, 40 infinite track, 50 starting track...
/// @param status of the fit: -1 not set, 0 in order, others say how it failed
/// @param x of the vertex, m
/// @param y of the vertex, m
/// @param z of the vertex, m
/// @param zenith of where it comes from, rad
/// @param azimuth of where it comes from, rad
/// @param time at the vertex, ns
/// @param energy GeV, NaN where unknown
/// @param length m, NaN where unknown
/// @param speed m/ns
/// @param location 0 anywhere, 10 surface, 20 in the ice, 30 in the active volume
public record Particle(
    long majorId,
    int minorId,
    int pdg,
    int shape,
    int status,
    double x,
    double y,
    double z,
    double zenith,
    double azimuth,
    double time,
    double energy,
    double length,
    double speed,
    int location) {
  /// The name of the type in a frame, and of its class.
  public static final String TYPE = "I3Particle";

  /// Reads a blob of this class.
  public static Particle decode(byte[] blob) throws I3Exception {
    ArchiveReader in = new ArchiveReader(blob);
    Particle particle = readMembers(in, in.begin(TYPE));
    in.end();
    return particle;
  }

  /// One particle inside a larger object.
  static Particle read(ArchiveReader in) throws I3Exception {
    return readMembers(in, in.version(TYPE));
  }

  private static Particle readMembers(ArchiveReader in, int version) throws I3Exception {
    if (version > 5) {
      throw in.bad("has a particle of class version " + version + ", and 0 to 5 are known");
    }
    Particle particle = readOwn(in, version);
    // parts of a particle come last and are the same class: one after the other, however deep
    for (long parts = version == 0 ? countParts(in) : 0; parts > 0; parts--) {
      readOwn(in, in.version(TYPE));
      parts += countParts(in);
    }
    return particle;
  }

  private static int countParts(ArchiveReader in) throws I3Exception {
    in.version("vector<I3Particle>");
    return in.count(100);
  }

  private static Particle readOwn(ArchiveReader in, int version) throws I3Exception {
    in.frameObjectBase();
    int minor = in.i32();
    long major = version > 1 ? in.i64() : 0;
    if (version == 0) {
      in.bytes(2 * Integer.BYTES); // its parent and its primary, by numbers nobody kept
    }
    int code = in.i32();
    int pdg = version == 5 ? code : ParticleCodes.pdg(code, version);
    int shape = in.i32();
    int status = in.i32();
    in.version("I3Position");
    in.frameObjectBase();
    double x = in.f64();
    double y = in.f64();
    double z = in.f64();
    in.version("I3Direction");
    in.frameObjectBase();
    double zenith = in.f64();
    double azimuth = in.f64();
    double time = in.f64();
    double energy = in.f64();
    double length = in.f64();
    double speed = in.f64();
    int location = version > 0 ? in.i32() : 0;
    if (version == 4) {
      in.f64(); // Bjorken x and y, of one experiment's own version
      in.f64();
    }
    return new Particle(
        major, minor, pdg, shape, status, x, y, z, zenith, azimuth, time, energy, length, speed,
        location);
  }

  /// The object a frame holds under `key`, in class version 5.
  public FrameObject toObject(String key) {
    ArchiveWriter out = new ArchiveWriter(TYPE, 5);
    out.frameObjectBase().i32(minorId).i64(majorId).i32(pdg).i32(shape).i32(status);
    out.object("I3Position", 0).frameObjectBase().f64(x).f64(y).f64(z);
    out.object("I3Direction", 0).frameObjectBase().f64(zenith).f64(azimuth);
    out.f64(time).f64(energy).f64(length).f64(speed).i32(location);
    return out.toObject(key, TYPE);
  }
}
