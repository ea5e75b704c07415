package dev.firn.events;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EventLookTest {
  @TempDir Path directory;

  /// Two splitters made a part 0 of every event: each has 3 PE in two modules, none has 6.
  @Test
  void partsOfOneNumberAreCountedEachWithItsOwnPulses() throws Exception {
    try (ScoreWorld world = new ScoreWorld(directory)) {
      world.ofTwoSplitters("pass2", 100, 4);
      Map<String, Object> curves = new EventLook(world.means()).run("pass2", 100);
      for (String of : List.of("charge", "multiplicity")) {
        Map<?, ?> curve = (Map<?, ?>) curves.get(of);
        assertThat((List<?>) curve.get("y")).as(of).hasToString("[8]");
        double x = (Double) ((List<?>) curve.get("x")).getFirst();
        assertThat(x).as(of).isBetween(1.5, 3.0);
      }
    }
  }
}
