package dev.firn.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.cli.EventsOfFiles.Met;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EventsOfFilesTest {
  private static final long SEED = Long.getLong("firn.seed", 20261126L);
  private static final long LARGEST = 0xffffffffL;

  @TempDir Path directory;

  @Test
  void findsTheFirstRepeatedNameWhetherHeldOrPutAside() throws IOException {
    Random random = new Random(SEED);
    for (int round = 0; round < 200; round++) {
      List<Met> all = new ArrayList<>();
      int files = 1 + random.nextInt(4);
      for (int file = 0; file < files; file++) {
        for (long frame = 0; frame < random.nextInt(700); frame++) {
          long event = LARGEST - random.nextInt(2_000 * (1 + random.nextInt(100)));
          all.add(new Met(LARGEST - 1, random.nextInt(2), event, file, frame, 100 * frame));
        }
      }
      for (int held : new int[] {1, 64, 300, 10_000}) {
        try (EventsOfFiles names = new EventsOfFiles(directory.resolve("aside"), held)) {
          for (Met met : all) {
            names.add(met);
          }
          assertThat(names.firstRepeated().orElse(null))
              .as("seed %d, round %d, %d held", SEED, round, held)
              .isEqualTo(firstRepeated(all));
        }
      }
    }
    assertThat(directory).isEmptyDirectory();
  }

  private record Name(long run, long subrun, long event) {}

  private static Met firstRepeated(List<Met> inOrder) {
    Map<Name, Integer> earliest = new HashMap<>();
    for (Met met : inOrder) {
      Name name = new Name(met.run(), met.subrun(), met.event());
      if (met.file() > earliest.computeIfAbsent(name, n -> met.file())) {
        return met;
      }
    }
    return null;
  }
}
