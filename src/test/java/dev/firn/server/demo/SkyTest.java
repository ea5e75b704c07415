package dev.firn.server.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.time.Instant;
import org.junit.jupiter.api.Test;

class SkyTest {
  /// Straight up from the South Pole is the south of the sky, the horizon its equator.
  @Test
  void zenithIsDeclination() {
    Instant j2000 = Instant.parse("2000-01-01T12:00:00Z");
    assertThat(Sky.of(0, 1, j2000).dec()).isCloseTo(-90, within(1e-9));
    assertThat(Sky.of(Math.PI / 2, 1, j2000).dec()).isCloseTo(0, within(1e-9));
    assertThat(Sky.of(Math.PI, 1, j2000).dec()).isCloseTo(90, within(1e-9));
  }

  /// At noon of 2000-01-01 sidereal time at Greenwich was 18h 41m 50.5s; azimuth 90 degrees looks
  /// along Greenwich's meridian.
  @Test
  void azimuthAndSiderealTimeAreRightAscension() {
    Instant j2000 = Instant.parse("2000-01-01T12:00:00Z");
    double greenwich = 15 * (18 + 41 / 60.0 + 50.548 / 3600);
    assertThat(Sky.of(Math.PI / 2, Math.PI / 2, j2000).ra()).isCloseTo(greenwich, within(1e-3));
    double later = Sky.of(Math.PI / 2, Math.PI / 2, j2000.plusSeconds(86_164)).ra() - greenwich;
    assertThat(later).isCloseTo(0, within(0.01));
  }
}
