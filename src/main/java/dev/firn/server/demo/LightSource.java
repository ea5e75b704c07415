package dev.firn.server.demo;

/// What makes the light of one event: a muon's track or a cascade.
///
/// @param track whether it is a track; a cascade has a place and no length
/// @param x m, of the point the track passes or the cascade stands at
/// @param y m
/// @param z m
/// @param zenith of where it comes from, rad
/// @param azimuth of where it comes from, rad
/// @param time at that point, ns
/// @param energy GeV
record LightSource(
    boolean track,
    double x,
    double y,
    double z,
    double zenith,
    double azimuth,
    double time,
    double energy) {
  private static final double SPEED_OF_LIGHT = 0.299792458; // m/ns
  private static final double GROUP_INDEX = 1.356;
  private static final double CHERENKOV_TANGENT = 0.863; // n = 1.32
  private static final double CHERENKOV_SINE = 0.653;
  private static final double ABSORPTION = 55; // m, scattering included
  private static final double REACH = 240; // m, where less than a hundredth of a photon comes
  private static final int STEPS = 4; // of the table of survival, per m
  private static final double[] SURVIVAL = survival(); // of light, by distance

  double directionX() {
    return -StrictMath.sin(zenith) * StrictMath.cos(azimuth);
  }

  double directionY() {
    return -StrictMath.sin(zenith) * StrictMath.sin(azimuth);
  }

  double directionZ() {
    return -StrictMath.cos(zenith);
  }

  /// Whether a string at (sx, sy) can see any light at all.
  boolean reaches(double sx, double sy) {
    double dx = sx - x;
    double dy = sy - y;
    if (!track) {
      return dx * dx + dy * dy < REACH * REACH;
    }
    // distance between two lines, one of them vertical
    double ux = directionX();
    double uy = directionY();
    double length = StrictMath.hypot(ux, uy);
    double distance =
        length < 1e-6 ? StrictMath.hypot(dx, dy) : Math.abs(dx * uy - dy * ux) / length;
    return distance < REACH;
  }

  /// Photo-electrons to be expected in a module at (mx, my, mz).
  double expected(double mx, double my, double mz) {
    double r = distance(mx, my, mz);
    if (r > REACH) {
      return 0;
    }
    double light = track ? 70 * (1 + energy / 2000) / (r + 8) : 12 * energy / ((r + 6) * (r + 6));
    return Math.min(light * SURVIVAL[(int) (r * STEPS)], 60);
  }

  private static double[] survival() {
    double[] table = new double[(int) (REACH * STEPS) + 1];
    for (int i = 0; i < table.length; i++) {
      table[i] = StrictMath.exp(-(i + 0.5) / STEPS / ABSORPTION);
    }
    return table;
  }

  /// When light that takes the straight way arrives there, ns.
  double arrival(double mx, double my, double mz) {
    double r = distance(mx, my, mz);
    if (!track) {
      return time + r * GROUP_INDEX / SPEED_OF_LIGHT;
    }
    double emitted = along(mx, my, mz) - r / CHERENKOV_TANGENT;
    return time + (emitted + r / CHERENKOV_SINE * GROUP_INDEX) / SPEED_OF_LIGHT;
  }

  /// How late scattered light is on the average, ns.
  double delay(double mx, double my, double mz) {
    return 3 + distance(mx, my, mz) * 1.4;
  }

  private double along(double mx, double my, double mz) {
    return (mx - x) * directionX() + (my - y) * directionY() + (mz - z) * directionZ();
  }

  private double distance(double mx, double my, double mz) {
    double dx = mx - x;
    double dy = my - y;
    double dz = mz - z;
    double square = dx * dx + dy * dy + dz * dz;
    if (track) {
      double a = along(mx, my, mz);
      square -= a * a;
    }
    return Math.sqrt(Math.max(square, 0));
  }
}
