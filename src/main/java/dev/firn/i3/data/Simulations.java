package dev.firn.i3.data;

import static dev.firn.i3.data.ObjectReader.BOOL;
import static dev.firn.i3.data.ObjectReader.COUNT;
import static dev.firn.i3.data.ObjectReader.DOUBLE;
import static dev.firn.i3.data.ObjectReader.FLOAT;
import static dev.firn.i3.data.ObjectReader.INT;
import static dev.firn.i3.data.ObjectReader.STRING;
import static dev.firn.i3.data.ObjectReader.UINT;
import static dev.firn.i3.data.ObjectReader.ULONG;
import static dev.firn.i3.data.ObjectReader.USHORT;
import static dev.firn.i3.data.ObjectReader.array;
import static dev.firn.i3.data.ObjectReader.classUpTo;
import static dev.firn.i3.data.ObjectReader.each;
import static dev.firn.i3.data.ObjectReader.map;
import static dev.firn.i3.data.ObjectReader.struct;
import static dev.firn.i3.data.ObjectReader.together;
import static dev.firn.i3.data.ObjectReader.vector;
import static dev.firn.i3.data.ObjectReader.versions;

import dev.firn.i3.ArchiveReader;
import dev.firn.i3.I3Exception;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// What generators and propagators write of a simulated event, as plain data, whole with the
/// description of the class. Energies are in GeV, lengths in m, times in ns, depths in g/cm².
final class Simulations {
  private static final ObjectReader CYLINDER = each(DOUBLE, "cylinder_height", "cylinder_radius");
  private static final ObjectReader BIAS =
      classUpTo("I3ShowerBias", 0, (in, v) -> struct("type", INT, "target", DOUBLE).read(in));
  private static final ObjectReader STEP =
      versions(
          "CorsikaLongStep",
          0,
          (in, version) ->
              together(
                      each(DOUBLE, "depth"),
                      each(COUNT, "gammas", "e_minus", "e_plus", "mu_minus", "mu_plus"),
                      each(COUNT, "hadrons", "charged", "nuclei", "cherenkov"))
                  .read(in));

  /// What GENIE says of an interaction, value by value.
  private static final ObjectReader GENIE =
      plain("I3GENIEResultDict", map("string, variant", 9, STRING, Simulations::variant));

  private Simulations() {}

  /// Readers by class name.
  static Map<String, ObjectReader> readers() {
    Map<String, ObjectReader> of = new HashMap<>();
    generators(of);
    of.put("I3CorsikaShowerInfo", classUpTo("I3CorsikaShowerInfo", 4, Simulations::shower));
    of.put(
        "I3CorsikaWeight",
        classUpTo(
            "I3CorsikaWeight",
            0,
            (in, version) ->
                struct(
                        "primary",
                        PlainObjects.PARTICLE,
                        "bias",
                        BIAS,
                        "weight",
                        DOUBLE,
                        "max_x",
                        DOUBLE)
                    .read(in)));
    of.put("I3GENIEResultDict", GENIE);
    of.put("I3ShowerBias", BIAS);
    of.put(
        "I3ShowerBiasMap",
        plain("I3ShowerBiasMap", map("I3ParticleID, bias", 24, PlainObjects.PARTICLE_ID, BIAS)));
    photons(of);
    of.put("I3Matrix", plain("I3Matrix", Simulations::matrix));
    return of;
  }

  private static ObjectReader plain(String name, ObjectReader members) {
    return classUpTo(name, 0, (in, version) -> members.read(in));
  }

  private static void generators(Map<String, ObjectReader> of) {
    ObjectReader run = together(each(UINT, "run_id", "n_events"), each(INT, "primary_type"));
    of.put(
        "I3CorsikaInfo",
        plain(
            "I3CorsikaInfo",
            together(
                run,
                each(UINT, "atmosphere", "oversampling"),
                CYLINDER,
                each(DOUBLE, "min_zenith", "max_zenith", "min_energy", "max_energy"),
                each(DOUBLE, "power_law_index"))));
    of.put(
        "I3NuGenInfo",
        plain(
            "I3NuGenInfo",
            together(
                run,
                each(DOUBLE, "flavor_fraction"),
                CYLINDER,
                each(DOUBLE, "min_zenith", "min_azimuth", "max_zenith", "max_azimuth"),
                each(DOUBLE, "min_energy", "max_energy", "power_law_index"))));
  }

  private static Object shower(ArchiveReader in, int version) throws I3Exception {
    List<ObjectReader> parts = new ArrayList<>();
    parts.add(each(INT, "run", "event", "sample"));
    parts.add(each(DOUBLE, "first_interaction_height", "first_interaction_depth"));
    parts.add(each(DOUBLE, "observation_height", "gh_max_number", "gh_start_depth"));
    parts.add(each(DOUBLE, "gh_max_depth", "gh_reduced_chi2"));
    parts.add(struct("profile", vector("CorsikaLongStep", 80, STEP)));
    if (version > 0) {
      parts.add(struct("resample_radius", DOUBLE, "resampled", USHORT));
    }
    if (version > 1) {
      parts.add(struct("weight", DOUBLE, "resampled_nominally", USHORT));
    }
    if (version > 2) {
      parts.add(struct("entry_height", DOUBLE, "curved", BOOL, "curved_observation", BOOL));
    }
    if (version > 3) {
      parts.add(each(DOUBLE, "gh_lambda_a", "gh_lambda_b", "gh_lambda_c"));
    }
    return together(parts.toArray(ObjectReader[]::new)).read(in);
  }

  private static void photons(Map<String, ObjectReader> of) {
    ObjectReader pulse =
        versions(
            "I3MCPulse",
            1,
            (in, version) ->
                struct("time", version == 0 ? FLOAT : DOUBLE, "charge", FLOAT, "source", INT)
                    .read(in));
    of.put(
        "I3MCPulseSeriesMap",
        plain(
            "I3MCPulseSeriesMap",
            map("OMKey, pulses", 12, PlainObjects.OM_KEY, vector("I3MCPulse", 12, pulse))));
    of.put(
        "I3ParticleIDMap",
        plain(
            "I3ParticleIDMap",
            map(
                "OMKey, map",
                12,
                PlainObjects.OM_KEY,
                map("I3ParticleID, places", 16, PlainObjects.PARTICLE_ID, array(4, UINT)))));
    ObjectReader photon =
        versions(
            "I3CompressedPhoton",
            1,
            (in, version) ->
                together(
                        each(DOUBLE, "time"),
                        each(FLOAT, "weight", "wavelength", "zenith", "azimuth"),
                        each(version == 0 ? DOUBLE : FLOAT, "x", "y", "z"),
                        version == 0 ? each(FLOAT) : each(FLOAT, "group_velocity"),
                        struct("particle_minor", INT, "particle_major", ULONG))
                    .read(in));
    of.put(
        "I3CompressedPhotonSeriesMap",
        plain(
            "I3CompressedPhotonSeriesMap",
            map(
                "ModuleKey, photons",
                12,
                PlainObjects.MODULE_KEY,
                plain("I3Vector<photon>", vector("I3CompressedPhoton", 50, photon)))));
  }

  /// One of several kinds, which a number before it tells.
  private static Object variant(ArchiveReader in) throws I3Exception {
    in.version("variant");
    int kind = in.i32();
    ObjectReader reader =
        switch (kind) {
          case 0 -> INT;
          case 1 -> DOUBLE;
          case 2 -> BOOL;
          case 3 -> array(4, INT);
          case 4 -> array(8, DOUBLE);
          case 5 -> array(1, BOOL);
          default -> throw in.bad("has a value of kind " + kind + ", and only 0 to 5 are known");
        };
    return reader.read(in);
  }

  /// Rows of numbers.
  private static Object matrix(ArchiveReader in) throws I3Exception {
    in.version("ublas_matrix");
    int rows = in.count(1);
    int columns = in.count(1);
    in.version("ublas_storage");
    int count = in.count(8);
    if ((long) rows * columns != count) {
      throw in.bad("has " + count + " numbers for " + rows + " rows of " + columns);
    }
    List<Object> all = new ArrayList<>();
    for (int row = 0; row < rows; row++) {
      List<Object> numbers = new ArrayList<>();
      for (int column = 0; column < columns; column++) {
        numbers.add(in.f64());
      }
      all.add(numbers);
    }
    return all;
  }
}
