package dev.firn.server.demo;

import java.time.Instant;

/// Where in the sky a direction of the detector's own coordinates points: the South Pole makes it
/// easy.
///
/// The detector's x axis lies along 90 degrees east, azimuth is counted from it counter-clockwise,
/// and zenith 0 is straight up, which is the celestial south pole.
///
/// @param ra right ascension in degrees, J2000
/// @param dec declination in degrees
record Sky(double ra, double dec) {
  private static final double J2000 = 946_728_000; // seconds of 2000-01-01T12:00 since 1970
  private static final double DAY = 86_400;
  private static final double CENTURY = 36_525 * DAY;

  /// @param zenith in radians
  /// @param azimuth in radians
  static Sky of(double zenith, double azimuth, Instant at) {
    double since = at.getEpochSecond() + at.getNano() / 1e9 - J2000;
    // Greenwich mean sidereal time, IAU 1982, in degrees, with UTC for UT1
    double sidereal = 280.46061837 + 360.98564736629 * (since / DAY);
    double ra = Math.toRadians(sidereal + 90) - azimuth;
    double dec = zenith - Math.PI / 2;
    // Precession back to J2000 to first order, in arc seconds.
    double years = since / CENTURY * 100;
    double m = Math.toRadians(46.12 * years / 3600);
    double n = Math.toRadians(20.04 * years / 3600);
    double nearPole = Math.clamp(Math.tan(dec), -30, 30);
    double back = ra - m - n * Math.sin(ra) * nearPole;
    double degrees = Math.toDegrees(back) % 360;
    return new Sky(
        degrees < 0 ? degrees + 360 : degrees,
        Math.clamp(Math.toDegrees(dec - n * Math.cos(ra)), -90, 90));
  }
}
