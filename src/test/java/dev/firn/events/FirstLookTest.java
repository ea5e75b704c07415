package dev.firn.events;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.events.query.Queries;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FirstLookTest {
  @TempDir Path directory;

  @Test
  void theNewestEventsOfEveryPassAreReadAndWhatCannotBeIsPassedOver() throws IOException {
    try (EventWorld world = new EventWorld(directory);
        Queries queries = new Queries(Duration.ofMinutes(1))) {
      EventRoutes.Means means =
          new EventRoutes.Means(
              world.database,
              world.catalog,
              world.passes,
              world.loads(),
              queries,
              Optional.of(world.storage()));
      FirstLook look = new FirstLook(means);
      Pass pass = world.passes.create("pass2", "InIcePulses", "", "tester");
      assertThat(look.look()).as("a pass without events").isZero();
      world.load(pass, world.file(131_263, 0, 70, 10));
      world.load(pass, world.file(131_264, 1, 500, 10));
      assertThat(look.look()).isOne();
      assertThat(new EventFinder(world.database, world.area).newest(pass))
          .contains(new EventFinder.Wanted(131_264, OptionalLong.empty(), 500));

      for (Path file : tables(world.storage())) {
        Files.writeString(file, "not a table");
      }
      assertThat(look.look()).as("files that are no tables").isZero();
    }
  }

  private static List<Path> tables(Path storage) throws IOException {
    try (Stream<Path> all = Files.walk(storage)) {
      return all.filter(file -> file.toString().endsWith(".parquet")).toList();
    }
  }
}
