package dev.firn.events;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.firn.i3.data.DetectorGeometry;
import dev.firn.i3.data.OmKey;
import dev.firn.model.LogicalName;
import java.nio.file.Path;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
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

  /// A module without a place would be a hole in every query that asks beside the geometry.
  @Test
  void modulesWithoutAPlaceAreNoPartOfTheGeometry() throws Exception {
    try (ScoreWorld world = new ScoreWorld(directory)) {
      Pass pass = world.ofTwoSplitters("pass2", 100, 1);
      TreeMap<OmKey, DetectorGeometry.Position> modules = new TreeMap<>();
      modules.put(new OmKey(1, 1), new DetectorGeometry.Position(1, 2, 3));
      modules.put(new OmKey(1, 2), new DetectorGeometry.Position(Double.NaN, 2, 3));
      modules.put(new OmKey(2, 1), new DetectorGeometry.Position(4, 5, Double.POSITIVE_INFINITY));
      LogicalName gcd = world.geometry(modules);
      Geometry geometry = new Geometry(world.database(), world.area());
      assertThat(geometry.take(gcd)).isEqualTo(1);
      assertThat(world.ask(pass, geometry.tables(), "SELECT string, om, z FROM geometry"))
          .isEqualTo(List.of(List.of(1L, 1L, 3.0)));

      world
          .database()
          .inTransaction(connection -> {
            try (Statement before = connection.createStatement()) {
              return before.executeUpdate("UPDATE event_geometry SET z = ARRAY['NaN'::float8]");
            }
          });
      assertThat(world.ask(pass, geometry.tables(), "SELECT om FROM geometry WHERE isnan(z)"))
          .isEqualTo(List.of(List.of(1L)));

      modules.remove(new OmKey(1, 1));
      LogicalName without = world.geometry(modules);
      assertThatThrownBy(() -> geometry.take(without))
          .isInstanceOf(EventsException.class)
          .hasMessageContaining("has no module with a place");
    }
  }
}
