package dev.firn.transfer.deletion;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.transfer.deletion.Reaping.Copy;
import dev.firn.transfer.deletion.Reaping.Fill;
import dev.firn.transfer.deletion.Reaping.Kept;
import dev.firn.transfer.deletion.Reaping.Limits;
import dev.firn.transfer.deletion.Reaping.Plan;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ReapingTest {
  private static final Instant NOW = Instant.parse("2026-11-23T06:00:00Z");
  private static final Duration GRACE = Duration.ofDays(1);
  private static final Limits ALL = new Limits(GRACE, Long.MAX_VALUE, Long.MAX_VALUE);

  private static Copy copy(long id, int others) {
    return new Copy(
        id, 10, NOW.minus(Duration.ofDays(3)).plusSeconds(id), Optional.empty(), others, 2, false);
  }

  private static Optional<Kept> kept(Copy copy) {
    return Reaping.kept(copy, GRACE, NOW);
  }

  @Test
  void aCopyGoesOnlyWhenNothingSpeaksForIt() {
    Instant old = NOW.minus(GRACE);
    assertThat(kept(new Copy(1, 10, old, Optional.empty(), 2, 2, false))).isEmpty();
    assertThat(kept(new Copy(1, 10, old, Optional.of("rule 3"), 9, 2, false)))
        .contains(Kept.WANTED);
    assertThat(kept(new Copy(1, 10, old, Optional.empty(), 1, 2, false))).contains(Kept.TOO_FEW);
    assertThat(kept(new Copy(1, 10, old, Optional.empty(), 0, 0, false))).contains(Kept.TOO_FEW);
    assertThat(kept(new Copy(1, 10, old, Optional.empty(), 2, 2, true))).contains(Kept.IN_USE);
    assertThat(kept(new Copy(1, 10, old.plusMillis(1), Optional.empty(), 2, 2, false)))
        .contains(Kept.GRACE);
  }

  @Test
  void nothingGoesBelowTheHighMarkAndNotMuchBelowTheLow() {
    List<Copy> copies = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      copies.add(copy(i, 2));
    }
    assertThat(Reaping.plan(copies, new Fill(900, 1000, 0.9, 0.8), ALL, NOW).delete()).isEmpty();
    Plan plan = Reaping.plan(copies, new Fill(905, 1000, 0.9, 0.8), ALL, NOW);
    assertThat(plan.bytes()).isEqualTo(110);
    assertThat(plan.delete()).extracting(Copy::fileId).startsWith(0L, 1L, 2L);
    assertThat(plan.kept()).containsEntry(Kept.ROOM, 39);
  }

  @Test
  void ofAHundredThousandCandidatesExactlyAsManyGoAsWereAskedFor() {
    long seed = Long.getLong("firn.seed", 11);
    System.out.println("ReapingTest seed " + seed + " (repeat with -Dfirn.seed=" + seed + ")");
    Random random = new Random(seed);
    List<Copy> copies = new ArrayList<>();
    Set<Long> mayGo = new HashSet<>();
    for (long id = 0; id < 100_000; id++) {
      Copy copy =
          new Copy(
              id,
              1 + random.nextInt(1000),
              NOW.minusSeconds(random.nextInt(400_000)),
              random.nextInt(4) == 0 ? Optional.of("rule 1") : Optional.empty(),
              random.nextInt(4),
              1 + random.nextInt(3),
              random.nextInt(10) == 0);
      copies.add(copy);
      if (kept(copy).isEmpty()) {
        mayGo.add(id);
      }
    }
    assertThat(mayGo).hasSizeGreaterThan(5_000);
    Plan files = Reaping.plan(copies, Fill.NO_MARKS, new Limits(GRACE, 4_321, Long.MAX_VALUE), NOW);
    assertThat(files.delete()).hasSize(4_321).allMatch(c -> mayGo.contains(c.fileId()));
    Plan bytes = Reaping.plan(copies, Fill.NO_MARKS, new Limits(GRACE, 99_999, 777_777), NOW);
    assertThat(bytes.bytes()).isBetween(777_777L - 1000, 777_777L);
    Plan all = Reaping.plan(copies, Fill.NO_MARKS, ALL, NOW);
    assertThat(all.delete()).extracting(Copy::fileId).containsExactlyInAnyOrderElementsOf(mayGo);
    assertThat(all.delete()).isSortedAccordingTo(java.util.Comparator.comparing(Copy::released));
    int keptOnes = all.kept().values().stream().mapToInt(n -> n).sum();
    assertThat(keptOnes + all.delete().size()).isEqualTo(100_000);
  }
}
