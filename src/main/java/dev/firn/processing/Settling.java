package dev.firn.processing;

import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/// What becomes of a unit whose attempt did not end well: a pure decision.
///
/// Trouble around a unit (a full disk, a lost connection) says nothing about its events: it is
/// tried again, later and later. A file that is not what the catalog says is tried once more
/// elsewhere. Events that the command cannot bear are parted from the others by halving; one that
/// stands alone has a second chance before it is given up. A worker that vanishes may have been
/// killed by an event, so a unit that loses three workers is halved too, while one event must lose
/// five: machines that are taken away often must not make a good event look bad.
final class Settling {
  static final int MOST_HINDERED = 12;
  static final int MOST_LOST = 3;
  static final int MOST_LOST_ALONE = 5;
  private static final int CHANCES = 2;
  private static final Duration FIRST_PAUSE = Duration.ofSeconds(2);
  private static final Duration LONGEST_PAUSE = Duration.ofMinutes(10);

  private Settling() {}

  /// By what an attempt failed.
  enum Fault {
    /// The command broke, ran too long, or gave other events back than it was given.
    EVENT,
    /// The input or the GCD is not what the catalog says.
    INPUT,
    /// The machine, the network, the storage.
    AROUND,
    /// Nobody was heard of until the lease ended.
    LOST;

    String label() {
      return name().toLowerCase(Locale.ROOT);
    }

    static Optional<Fault> ofLabel(String label) {
      return Arrays.stream(values()).filter(f -> f.label().equals(label)).findFirst();
    }
  }

  /// What was counted of a unit before this attempt failed.
  record Counts(long events, int failed, int lost, int hindered) {}

  /// What to do.
  sealed interface Next {
    record Again(Duration pause) implements Next {}

    /// Cut in two after `first` events.
    record Halve(long first) implements Next {}

    record GiveUp() implements Next {}
  }

  static Next after(Fault fault, Counts unit) {
    return switch (fault) {
      case AROUND ->
          unit.hindered() + 1 < MOST_HINDERED
              ? new Next.Again(pause(unit.hindered()))
              : new Next.GiveUp();
      case INPUT -> unit.failed() + 1 < CHANCES ? new Next.Again(FIRST_PAUSE) : new Next.GiveUp();
      case EVENT -> unit.events() > 1 ? halve(unit) : alone(unit.failed() + 1 < CHANCES);
      case LOST -> {
        if (unit.events() > 1 && unit.lost() + 1 >= MOST_LOST) {
          yield halve(unit);
        }
        yield alone(unit.events() > 1 || unit.lost() + 1 < MOST_LOST_ALONE);
      }
    };
  }

  private static Next halve(Counts unit) {
    return new Next.Halve((unit.events() + 1) / 2);
  }

  private static Next alone(boolean again) {
    return again ? new Next.Again(Duration.ZERO) : new Next.GiveUp();
  }

  private static Duration pause(int before) {
    Duration pause = FIRST_PAUSE.multipliedBy(1L << Math.min(before, 10));
    return pause.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : pause;
  }
}
