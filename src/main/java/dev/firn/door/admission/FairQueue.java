package dev.firn.door.admission;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;

/// Whose bytes pass next where only so many a second may: start-time fair queueing.
///
/// Each subject's pieces follow each other in a time of their own that runs with the bytes; of all
/// that wait, the piece that starts first in it passes first. So two subjects get half each,
/// however many streams one has, and one alone gets all. Nobody who was idle has saved anything up.
///
/// Not for several threads; time is passed in.
final class FairQueue {
  /// After a pause, so much time's worth may pass at once.
  private static final long BURST_NANOS = 100_000_000;

  /// A piece that waits.
  static final class Ticket implements Comparable<Ticket> {
    private final int bytes;
    private final double start;
    private final long order;

    private Ticket(int bytes, double start, long order) {
      this.bytes = bytes;
      this.start = start;
      this.order = order;
    }

    @Override
    public int compareTo(Ticket other) {
      int byStart = Double.compare(start, other.start);
      return byStart != 0 ? byStart : Long.compare(order, other.order);
    }
  }

  private final PriorityQueue<Ticket> waiting = new PriorityQueue<>();
  private final Map<String, Double> finish = new HashMap<>();
  private double virtual;
  private long free = Long.MIN_VALUE;
  private long orders;

  /// Lines a piece up.
  Ticket offer(String subject, int bytes) {
    double start = Math.max(virtual, finish.getOrDefault(subject, 0.0));
    finish.put(subject, start + bytes);
    Ticket ticket = new Ticket(bytes, start, orders++);
    waiting.add(ticket);
    return ticket;
  }

  /// Lets the next piece pass, if one may at `now`.
  ///
  /// @param bytesPerSecond at `now`; 0 for any number
  Optional<Ticket> poll(long now, long bytesPerSecond) {
    Ticket head = waiting.peek();
    if (head == null || now < free) {
      return Optional.empty();
    }
    waiting.remove();
    virtual = head.start;
    if (bytesPerSecond > 0) {
      long earliest = free == Long.MIN_VALUE ? now : Math.max(free, now - BURST_NANOS);
      free = earliest + Math.round(1e9 * head.bytes / bytesPerSecond);
    } else {
      free = now;
    }
    if (waiting.isEmpty()) {
      finish.values().removeIf(f -> f <= virtual + head.bytes);
    }
    return Optional.of(head);
  }

  /// The piece that passes next.
  Optional<Ticket> head() {
    return Optional.ofNullable(waiting.peek());
  }

  /// How long the next piece has to wait, in nanoseconds.
  long delay(long now) {
    return free == Long.MIN_VALUE ? 0 : Math.max(0, free - now);
  }

  /// Takes a piece out whose stream has ended.
  void remove(Ticket ticket) {
    waiting.remove(ticket);
  }
}
