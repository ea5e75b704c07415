package dev.firn.archive;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.model.LogicalName;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PackingTest {
  private static final Instant NOW = Instant.parse("2026-11-23T00:00:00Z");

  @Test
  void littleWaitsUntilItIsOldOrAllIsAskedFor() {
    List<Packing.Waiting> files = files(3, 10);
    assertThat(plan(files, 1000, false)).isEmpty();
    assertThat(plan(files, 1000, true)).hasSize(1);
    assertThat(
            Packing.plan(
                files,
                new Packing.Limits(1000, 1200, Duration.ofDays(1), false),
                NOW.plus(Duration.ofDays(2))))
        .hasSize(1);
  }

  @Test
  void bundlesAreNearlyEvenAndNeverMuchTooLarge() {
    Random random = new Random(5);
    for (int round = 0; round < 300; round++) {
      List<Packing.Waiting> files = files(1 + random.nextInt(200), 1 + random.nextInt(40));
      long target = 100 + random.nextInt(400);
      for (boolean flush : new boolean[] {true, false}) {
        List<List<Packing.Waiting>> bins = plan(files, target, flush);
        List<Long> requests = new ArrayList<>();
        for (List<Packing.Waiting> bin : bins) {
          long size = bin.stream().mapToLong(Packing.Waiting::size).sum();
          assertThat(bin.size() == 1 || size <= target * 12 / 10).isTrue();
          bin.forEach(w -> requests.add(w.request()));
        }
        assertThat(requests).doesNotHaveDuplicates();
        if (flush) {
          assertThat(requests).hasSize(files.size());
        }
      }
    }
  }

  @Test
  void requestPathIsTheDeepestCommonDirectory() {
    List<Packing.Waiting> two =
        List.of(
            new Packing.Waiting(1, 1, LogicalName.parse("/data/exp/a/x"), 1, NOW),
            new Packing.Waiting(2, 2, LogicalName.parse("/data/exp/b/x"), 1, NOW));
    assertThat(Packing.commonDirectory(two)).hasToString("/data/exp");
    assertThat(Packing.commonDirectory(two.subList(0, 1))).hasToString("/data/exp/a");
  }

  private static List<List<Packing.Waiting>> plan(
      List<Packing.Waiting> files, long target, boolean flush) {
    return Packing.plan(
        files, new Packing.Limits(target, target * 12 / 10, Duration.ofDays(1), flush), NOW);
  }

  private static List<Packing.Waiting> files(int count, int size) {
    List<Packing.Waiting> files = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      files.add(
          new Packing.Waiting(i, i, LogicalName.parse("/data/exp/f%05d".formatted(i)), size, NOW));
    }
    return files;
  }
}
