package dev.firn.server.simulation;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.PriorityQueue;

/// What happens when, and what time it is: nothing else moves the clock.
final class Agenda implements InstantSource {
  private record Event(Instant at, long number, Runnable what) implements Comparable<Event> {
    @Override
    public int compareTo(Event other) {
      int byTime = at.compareTo(other.at);
      return byTime != 0 ? byTime : Long.compare(number, other.number);
    }
  }

  private final PriorityQueue<Event> events = new PriorityQueue<>();
  private Instant now;
  private long numbers;
  private long steps;

  Agenda(Instant start) {
    this.now = start;
  }

  @Override
  public Instant instant() {
    return now;
  }

  void in(Duration delay, Runnable what) {
    at(now.plus(delay), what);
  }

  void at(Instant time, Runnable what) {
    events.add(new Event(time.isBefore(now) ? now : time, numbers++, what));
  }

  /// Repeats `what`, the first time after one interval.
  void every(Duration interval, Runnable what) {
    in(
        interval,
        () -> {
          what.run();
          every(interval, what);
        });
  }

  /// Lets everything happen until `end`, with `check` after each step.
  void run(Instant end, Runnable check) {
    for (Event next = events.peek(); next != null && next.at.isBefore(end); next = events.peek()) {
      events.remove();
      now = next.at;
      next.what.run();
      check.run();
      steps++;
    }
    now = end;
  }

  long steps() {
    return steps;
  }
}
