package dev.firn.transfer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.model.TransferState;
import dev.firn.transfer.queue.TransferRequest;
import java.nio.file.Path;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Faults one after another, from a seed, with the promises checked after each.
@Tag("slow")
class WorldTest {
  private static final int STEPS = 12;

  @TempDir Path directory;

  private World world;
  private Random random;
  private TransferEngine engine;
  private int files;

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void promisesHoldThroughABadDay(long number) throws Exception {
    long seed = Long.getLong("firn.seed", number);
    System.out.println("WorldTest seed " + seed + " (repeat with -Dfirn.seed=" + seed + ")");
    random = new Random(seed);
    world = World.start(directory);
    try {
      engine = world.engine("hub");
      List<Long> asked = new ArrayList<>();
      for (int step = 0; step < STEPS; step++) {
        long before = attempts();
        String fault = breakSomething();
        for (int i = 0; i < 2; i++) {
          asked.add(ask());
        }
        world.await(() -> attempts() > before || world.gate.held() > 0);
        world.gate.release();
        world.assertPromises();
        assertThat(unexplained(asked)).as("seed %d after %s", seed, fault).isEmpty();
        if (random.nextInt(3) == 0) {
          restart();
        }
      }
      world.gate.heal();
      world.control.heal();
      for (long id : asked) {
        if (world.ended(id).state() == TransferState.FAILED) {
          world.transfers.retry(id, "operator", "the link is well again");
        }
      }
      for (long id : asked) {
        assertThat(world.ended(id).state()).as("seed %d", seed).isEqualTo(TransferState.DONE);
      }
      world.assertPromises();
    } finally {
      world.close();
    }
  }

  private long ask() throws Exception {
    int size = random.nextInt(3) == 0 ? random.nextInt(100) : random.nextInt(1_500_000);
    TransferRequest request = world.bundleRequest("/data/archive/nersc/" + files++ + ".zip", size);
    return world.transfers.queue(request, "archive", "bundle closed");
  }

  private String breakSomething() {
    world.gate.heal();
    world.control.heal();
    switch (random.nextInt(7)) {
      case 0 -> {
        world.gate.cutAfter(1_000 + random.nextInt(500_000));
        return "cut data";
      }
      case 1 -> {
        world.gate.flipAt(2_000 + random.nextInt(100_000));
        return "flipped bit";
      }
      case 2 -> {
        world.control.cutAfter(random.nextInt(1_000));
        return "cut answers of the destination";
      }
      case 3 -> {
        world.control.refuse();
        return "destination away";
      }
      case 4 -> {
        world.gate.refuse();
        return "source away";
      }
      case 5 -> {
        world.gate.hold();
        return "stalled data";
      }
      default -> {
        return "nothing broken";
      }
    }
  }

  /// Stops the hub in the middle of its work, or leaves it running beside a second one.
  private void restart() {
    if (random.nextBoolean()) {
      engine.close();
    }
    engine = world.engine("hub");
  }

  private List<Long> unexplained(List<Long> asked) {
    Explanations explanations = new Explanations(world.transfers, world.catalog, World.QUICK);
    return asked.stream()
        .filter(id ->
            explanations
                .transfer(id)
                .filter(e -> !e.sentence().isBlank() && !e.advice().isBlank())
                .isEmpty())
        .toList();
  }

  private long attempts() {
    return world.database.read(c -> {
      try (Statement statement = c.createStatement();
          ResultSet row = statement.executeQuery("SELECT count(*) FROM transfer_attempt")) {
        row.next();
        return row.getLong(1);
      }
    });
  }
}
