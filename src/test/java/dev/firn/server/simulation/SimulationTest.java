package dev.firn.server.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.firn.server.simulation.Simulation.Plan;
import dev.firn.server.simulation.Simulation.Report;
import dev.firn.server.simulation.Simulation.Sabotage;
import dev.firn.transfer.Explanation;
import dev.firn.transfer.execution.Destinations;
import dev.firn.transfer.site.Place;
import dev.firn.transfer.site.Site;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// The hub's decisions through bad weeks, and proof that the checks would notice if they were
/// wrong.
class SimulationTest {
  private static final Duration WEEK = Duration.ofDays(7);

  /// What a good reason looks like: it names what is waited for.
  private static final Pattern SPECIFIC =
      Pattern.compile(
          "has not answered since|waits until .* because attempt|waits behind|waits because"
              + "|is being copied by|is the next on the link|has an unknown outcome \\(.+\\)"
              + "|one transfer tries");

  @Test
  void aHundredBadDaysBreakNoPromise() {
    long first = Long.getLong("firn.seed", 1);
    for (long seed = first; seed < first + 10; seed++) {
      Report report = run(seed, Duration.ofDays(10), 20);
      assertThat(report.transfers()).as("seed %d", seed).isPositive();
    }
  }

  @Test
  void quotasHoldFilesBackAndDowntimesAreKept() {
    int held = 0;
    for (long seed = 40; seed < 44; seed++) {
      Report report = run(seed, Duration.ofDays(10), 20);
      held += report.held();
      assertThat(report.disasters()).as("seed %d", seed).contains("DOWNTIME");
    }
    assertThat(held).isPositive();
  }

  @Test
  void rulesEndAndWhatNobodyAsksForGoes() {
    for (long seed = 50; seed < 53; seed++) {
      Report report = run(seed, Duration.ofDays(10), 20);
      assertThat(report.ended()).as("seed %d", seed).isPositive();
      assertThat(report.released()).as("seed %d", seed).isPositive();
      assertThat(report.disasters()).as("seed %d", seed).contains("CLOSED_LINK", "CHANGED_RULE");
    }
  }

  /// Seeds that found a bad copy that was to be made anew when its rule ended (3, 4), and a stop on
  /// the way that another request kept (7); and those that find, without `Leavings` in the rules,
  /// that what a transfer that was taken back had left kept the next one from its place (100, 104).
  @Test
  void whatFoundFaultsOnceBreaksNoPromise() {
    for (long seed : List.of(3L, 4L, 7L, 100L, 104L)) {
      run(seed, Duration.ofHours(263), 20);
    }
  }

  @Test
  @Tag("slow")
  @Timeout(600) // a minute of computing, on a machine that may be busy
  void aHundredSeedsBreakNoPromise() {
    for (long seed = 1000; seed < 1100; seed++) {
      run(seed, Duration.ofDays(8), 25);
    }
  }

  private static Report run(long seed, Duration length, double badness) {
    try {
      return new Simulation(new Plan(seed, length, badness)).run();
    } catch (PromiseBroken e) {
      throw new AssertionError(
          "seed %d (repeat with: firn simulate --years %s --badness %s --seed %d): %s"
              .formatted(seed, length.toHours() / 24.0 / 365.25, badness, seed, e.getMessage()),
          e);
    }
  }

  @Test
  void everythingThatIsStuckInABadWeekSaysWhy() {
    for (long seed = 7; seed < 12; seed++) {
      List<Explanation> all = new ArrayList<>();
      Simulation simulation = new Simulation(new Plan(seed, WEEK, 60)).readBy(all::add);
      simulation.run();
      assertThat(simulation.worstWeek()).hasSizeGreaterThan(20);
      assertThat(all)
          .as("seed %d", seed)
          .containsAll(simulation.worstWeek())
          .allSatisfy(e -> {
            assertThat(e.sentence()).containsPattern(SPECIFIC).doesNotContain("null");
            assertThat(e.advice()).isNotBlank();
            assertThat(e.since()).isNotNull();
          });
    }
  }

  @Test
  void theSameSeedIsTheSameWorld() {
    assertThat(run(3, WEEK, 10)).isEqualTo(run(3, WEEK, 10));
  }

  @Test
  void believingEverySuccessBreaksPromiseFour() {
    Sabotage believer =
        new Sabotage() {
          @Override
          public Destinations destinations(Destinations honest) {
            return new Believer(honest);
          }
        };
    assertThatThrownBy(() -> new Simulation(new Plan(1, WEEK, 5), believer).run())
        .isInstanceOf(PromiseBroken.class)
        .hasMessageContaining("promise 4");
  }

  @Test
  void deletingOnOneCopyBreaksPromiseThree() {
    Sabotage hasty =
        new Sabotage() {
          @Override
          public int verifiedCopiesNeeded() {
            return 1;
          }

          @Override
          public boolean asksRulesAtHub() {
            return false;
          }
        };
    assertThatThrownBy(
            () -> {
              for (long seed = 1; seed < 30; seed++) {
                new Simulation(new Plan(seed, Duration.ofDays(20), 30), hasty).run();
              }
            })
        .isInstanceOf(PromiseBroken.class)
        .hasMessageContaining("promise 3")
        .hasMessageContaining("was deleted at the hub");
  }

  @Test
  void deletingWhatARuleLacksBreaksPromiseThree() {
    Sabotage heedless =
        new Sabotage() {
          @Override
          public boolean asksRules() {
            return false;
          }
        };
    assertThatThrownBy(() -> runSome(heedless))
        .isInstanceOf(PromiseBroken.class)
        .hasMessageContaining("promise 3")
        .hasMessageContaining("copies elsewhere");
  }

  @Test
  void keepingWhatWasOnlyToBeCopiedOnBreaksPromiseEight() {
    Sabotage hoarder =
        new Sabotage() {
          @Override
          public boolean letsGoOfStops() {
            return false;
          }
        };
    assertThatThrownBy(() -> runSome(hoarder))
        .isInstanceOf(PromiseBroken.class)
        .hasMessageContaining("promise 8")
        .hasMessageContaining("nobody deletes it");
  }

  private static void runSome(Sabotage sabotage) {
    for (long seed = 1; seed < 10; seed++) {
      new Simulation(new Plan(seed, Duration.ofDays(10), 20), sabotage).run();
    }
  }

  /// Takes every file for right.
  private record Believer(Destinations honest) implements Destinations {
    @Override
    public Finding look(Site site, Place place, Expected expected) {
      Finding finding = honest.look(site, place, expected);
      return finding instanceof Finding.Absent || finding instanceof Finding.Wrong
          ? new Finding.Right("hope", expected.checksums())
          : finding;
    }

    @Override
    public Finding read(Site site, Place place, Expected expected) {
      return look(site, place, expected);
    }

    @Override
    public Finding glance(Site site, Place place, Expected expected) {
      return honest.glance(site, place, expected);
    }
  }
}
