package dev.firn.processing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.processing.Settling.Counts;
import dev.firn.processing.Settling.Fault;
import dev.firn.processing.Settling.Next;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SettlingTest {
  @Test
  void troubleAroundAUnitNeverHalvesIt() {
    Duration before = Duration.ZERO;
    for (int tries = 0; tries + 1 < Settling.MOST_HINDERED; tries++) {
      Next next = Settling.after(Fault.AROUND, new Counts(100, 0, 0, tries));
      assertThat(next).isInstanceOf(Next.Again.class);
      Duration pause = ((Next.Again) next).pause();
      assertThat(pause).isGreaterThanOrEqualTo(before);
      before = pause;
    }
    assertThat(Settling.after(Fault.AROUND, new Counts(100, 0, 0, Settling.MOST_HINDERED - 1)))
        .isInstanceOf(Next.GiveUp.class);
  }

  @Test
  void lostWorkersHalveAUnitLateAndGiveAnEventUpLater() {
    assertThat(Settling.after(Fault.LOST, new Counts(9, 0, 1, 0))).isInstanceOf(Next.Again.class);
    assertThat(Settling.after(Fault.LOST, new Counts(9, 0, 2, 0))).isEqualTo(new Next.Halve(5));
    assertThat(Settling.after(Fault.LOST, new Counts(1, 0, 3, 0))).isInstanceOf(Next.Again.class);
    assertThat(Settling.after(Fault.LOST, new Counts(1, 0, 4, 0))).isInstanceOf(Next.GiveUp.class);
  }

  @Test
  void aWrongInputIsTriedOnceMoreAndNotHalved() {
    assertThat(Settling.after(Fault.INPUT, new Counts(50, 0, 0, 0))).isInstanceOf(Next.Again.class);
    assertThat(Settling.after(Fault.INPUT, new Counts(50, 1, 0, 0)))
        .isInstanceOf(Next.GiveUp.class);
  }

  /// A model of the ledger: whatever breaks the command is found, and nothing beside it.
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void halvingFindsExactlyTheEventsThatBreak(long seed) {
    Random random = new Random(seed);
    TreeSet<Long> poison = new TreeSet<>();
    int size = 1 + random.nextInt(3_000);
    for (int i = random.nextInt(6); i > 0; i--) {
      poison.add((long) random.nextInt(size));
    }
    record Unit(long first, long events, int failed) {}
    Deque<Unit> ready = new ArrayDeque<>();
    ready.add(new Unit(0, size, 0));
    TreeSet<Long> quarantined = new TreeSet<>();
    long done = 0;
    int runs = 0;
    while (!ready.isEmpty()) {
      Unit unit = ready.remove();
      runs++;
      if (poison.subSet(unit.first, unit.first + unit.events).isEmpty()) {
        done += unit.events;
        continue;
      }
      switch (Settling.after(Fault.EVENT, new Counts(unit.events, unit.failed, 0, 0))) {
        case Next.Again again -> ready.add(new Unit(unit.first, unit.events, unit.failed + 1));
        case Next.Halve half -> {
          ready.add(new Unit(unit.first, half.first(), 0));
          ready.add(new Unit(unit.first + half.first(), unit.events - half.first(), 0));
        }
        case Next.GiveUp giveUp -> {
          assertThat(unit.events).isEqualTo(1);
          quarantined.add(unit.first);
        }
      }
    }
    assertThat(quarantined).as("seed %d", seed).isEqualTo(poison);
    assertThat(done).isEqualTo(size - poison.size());
    int depth = 64 - Long.numberOfLeadingZeros(size);
    assertThat(runs).isLessThanOrEqualTo(1 + poison.size() * (2 * depth + 2));
  }
}
