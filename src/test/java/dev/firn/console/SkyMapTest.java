package dev.firn.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;

class SkyMapTest {
  @Test
  void polesEdgesAndTheMiddleAreWhereTheyBelong() {
    assertThat(SkyMap.project(180, 0)).isEqualTo(new SkyMap.Point(318, 168));
    assertThat(SkyMap.project(33, 90).x()).isCloseTo(318, within(1e-6));
    assertThat(SkyMap.project(33, 90).y()).isCloseTo(18, within(1e-6));
    assertThat(SkyMap.project(200, -90).y()).isCloseTo(318, within(1e-6));
    assertThat(SkyMap.project(0, 0).x()).isCloseTo(618, within(1e-6));
    assertThat(SkyMap.project(359.999, 0).x()).isCloseTo(18, within(0.01));
  }

  /// Mollweide keeps areas: as many points of an even sky fall into one half of the drawing's
  /// height as the ellipse has area there.
  @Test
  void equalAreasStayEqual() {
    Random random = new Random(7);
    int near = 0;
    int count = 200_000;
    for (int i = 0; i < count; i++) {
      double dec = Math.toDegrees(Math.asin(2 * random.nextDouble() - 1));
      SkyMap.Point at = SkyMap.project(360 * random.nextDouble(), dec);
      double x = (at.x() - 318) / 300;
      double y = (at.y() - 168) / 150;
      assertThat(x * x + y * y).isLessThanOrEqualTo(1 + 1e-6);
      near += x * x + y * y < 0.25 ? 1 : 0;
    }
    assertThat(near / (double) count).isCloseTo(0.25, within(0.005));
  }

  @Test
  void aCircleThatCrossesTheEdgeIsDrawnInTwoParts() {
    assertThat(SkyMap.circle(180, 0, 10).chars().filter(c -> c == 'M').count()).isEqualTo(1);
    assertThat(SkyMap.circle(0, 0, 10).chars().filter(c -> c == 'M').count()).isGreaterThan(1);
    assertThat(SkyMap.circle(40, 88, 10)).doesNotContain("NaN");
  }
}
