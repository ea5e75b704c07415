package dev.firn.i3;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class EventNameSetTest {
  private static final long SEED = Long.getLong("firn.seed", 20261126L);

  @Test
  void everyNameIsNewOnce() {
    Random random = new Random(SEED);
    EventNameSet names = new EventNameSet();
    Set<List<Integer>> expected = new HashSet<>();
    for (int i = 0; i < 200_000; i++) {
      int run = random.nextInt(3) - 1;
      int subrun = random.nextInt(3);
      int event = random.nextInt(10) * (random.nextBoolean() ? 1 << 16 : random.nextInt());
      assertThat(names.add(run, subrun, event))
          .as("seed %d, name %d", SEED, i)
          .isEqualTo(expected.add(List.of(run, subrun, event)));
    }
    assertThat(names.size()).isEqualTo(expected.size());
  }
}
