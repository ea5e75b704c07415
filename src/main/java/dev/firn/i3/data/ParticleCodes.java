package dev.firn.i3.data;

import java.util.HashMap;
import java.util.Map;

/// The numbers particles had before class version 5, as codes of the Particle Data Group.
///
/// Versions 3 and 4 used the air-shower generator's numbers (a nucleus is 100 A + Z), versions up
/// to 2 those of an older simulation (a nucleus is 3000 + Z). Negative and four-digit numbers stand
/// for things that are no particles (monopoles, light sources, energy losses); they lie below
/// -2000000000 today.
final class ParticleCodes {
  private static final int NUCLEUS = 1_000_000_000;
  private static final int NO_PARTICLE = -2_000_000_000;

  /// Pairs of old number and code that both older numberings share.
  private static final int[] SHARED = {
    1, 22, 2, -11, 3, 11, 5, -13, 6, 13, 7, 111, 8, 211, 9, -211, 11, 321, 12, -321, 14, 2212, 15,
    -2212
  };

  private static final int[] AIR_SHOWER = {
    10, 130, 13, 2112, 16, 310, 17, 221, 18, 3122, 19, 3222, 20, 3212, 21, 3112, 22, 3322, 23, 3312,
    24, 3334, 25, -2112, 26, -3122, 27, -3222, 28, -3212, 29, -3112, 30, -3322, 31, -3312, 32,
    -3334, 35, 411, 36, -411, 37, 421, 38, -421, 39, 431, 40, -431, 41, 4122, 42, 24, 43, -24, 44,
    23, 66, 12, 67, -12, 68, 14, 69, -14, 131, -15, 132, 15, 133, 16, 134, -16
  };

  private static final int[] OLDEST = {
    33, -15, 34, 15, 201, 12, 202, 14, 203, 16, 204, -12, 205, -14, 206, -16
  };

  /// Mass numbers of the nuclei 3002 (helium) to 3026 (iron).
  private static final int[] OLDEST_MASSES = {
    4, 7, 9, 11, 12, 14, 16, 19, 20, 23, 24, 27, 28, 31, 32, 35, 40, 39, 40, 45, 48, 51, 52, 55, 56
  };

  private static final Map<Integer, Integer> FROM_AIR_SHOWER = table(AIR_SHOWER);
  private static final Map<Integer, Integer> FROM_OLDEST = table(OLDEST);

  private ParticleCodes() {}

  /// The code for number `old` of class version `version`; 0 where there is none.
  static int pdg(int old, int version) {
    return version >= 3 ? fromAirShower(old) : fromOldest(old);
  }

  private static int fromAirShower(int old) {
    int mass = old / 100;
    int charge = old % 100;
    if (old >= 302 && old <= 5826 && charge >= 2 && charge <= 26 && mass > charge) {
      return nucleus(charge, mass);
    }
    if (old < 0) {
      return NO_PARTICLE + old;
    }
    return old == 9900 ? -NO_PARTICLE + old : FROM_AIR_SHOWER.getOrDefault(old, 0);
  }

  private static int fromOldest(int old) {
    if (old > 3001 && old < 3002 + OLDEST_MASSES.length) {
      return nucleus(old - 3000, OLDEST_MASSES[old - 3002]);
    }
    boolean noParticle = old == 4 || old == 41 || (old >= 1001 && old <= 1006);
    if (noParticle || old == 2100 || old == 2101 || old == 2201) {
      return NO_PARTICLE - old;
    }
    return FROM_OLDEST.getOrDefault(old, 0);
  }

  private static int nucleus(int charge, int mass) {
    return NUCLEUS + charge * 10_000 + mass * 10;
  }

  private static Map<Integer, Integer> table(int[] more) {
    Map<Integer, Integer> table = new HashMap<>();
    for (int[] pairs : new int[][] {SHARED, more}) {
      for (int i = 0; i < pairs.length; i += 2) {
        table.put(pairs[i], pairs[i + 1]);
      }
    }
    return Map.copyOf(table);
  }
}
