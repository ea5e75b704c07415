package dev.firn.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.events.Pass;
import dev.firn.events.ScoreWorld;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EventExportTest {
  @TempDir Path directory;

  /// Two splitters made a part 0 of every event, with the same pulses.
  @Test
  void partsOfOneNumberKeepTheirOwnPulses() throws Exception {
    try (ScoreWorld world = new ScoreWorld(directory)) {
      Pass pass = world.ofTwoSplitters("pass2", 100, 4);
      String batch = Objects.requireNonNull(new EventExport().kaggle().get("batch_1.parquet"));
      List<List<Object>> counts =
          world.ask(
              pass,
              "SELECT event_id::BIGINT, count(*) FROM ("
                  + batch
                  + ") GROUP BY event_id ORDER BY event_id");
      assertThat(counts).hasSize(8).allMatch(row -> row.get(1).equals(3L));
    }
  }
}
