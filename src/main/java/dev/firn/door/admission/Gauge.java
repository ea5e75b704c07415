package dev.firn.door.admission;

import java.io.InterruptedIOException;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// One limit in force: counts what is under way of it and holds its bytes back.
///
/// Each waiting stream waits on a condition of its own; only the one whose turn is next wakes by
/// the clock.
final class Gauge {
  /// After this a [RequestRate] has forgotten who asked.
  private static final long QUIET_NANOS = 3_000_000_000L;

  private final Limit limit;
  private final InstantSource clock;
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<FairQueue.Ticket, Condition> waiting = new HashMap<>();
  private final FairQueue queue = new FairQueue();
  private final RequestRate requests;
  private final Shares transfers;
  private int underWay;
  private int connections;
  private long used = System.nanoTime();

  Gauge(Limit limit, InstantSource clock) {
    this.limit = limit;
    this.clock = clock;
    int most = limit.most().transfers();
    this.transfers = new Shares(most, limit.each() ? 0 : most / 8);
    this.requests = new RequestRate(Math.max(1, limit.most().requests()), used);
  }

  Limit limit() {
    return limit;
  }

  int underWay() {
    lock.lock();
    try {
      return underWay;
    } finally {
      lock.unlock();
    }
  }

  /// Counts a request that begins, if it may.
  RequestRate.Answer request(String subject) {
    if (limit.most().requests() == 0) {
      return RequestRate.Answer.YES;
    }
    lock.lock();
    try {
      used = System.nanoTime();
      return requests.ask(subject, used);
    } finally {
      lock.unlock();
    }
  }

  /// Counts a connection that opens, until it is [#disconnect closed].
  ///
  /// @return how many there are
  int connect() {
    lock.lock();
    try {
      return ++connections;
    } finally {
      lock.unlock();
    }
  }

  void disconnect() {
    lock.lock();
    try {
      connections--;
    } finally {
      lock.unlock();
    }
  }

  /// Whether nothing would be lost if this gauge were made anew.
  boolean spent() {
    lock.lock();
    try {
      boolean quiet = System.nanoTime() - used > QUIET_NANOS;
      return quiet && underWay == 0 && connections == 0 && waiting.isEmpty();
    } finally {
      lock.unlock();
    }
  }

  /// Counts a transfer that begins, if it may; it is [#leave left] once.
  Places.Answer enter(String subject) {
    lock.lock();
    try {
      Places.Answer answer =
          limit.most().transfers() == 0 ? Places.Answer.YES : transfers.take(subject);
      if (answer == Places.Answer.YES) {
        used = System.nanoTime();
        underWay++;
      }
      return answer;
    } finally {
      lock.unlock();
    }
  }

  void leave(String subject) {
    lock.lock();
    try {
      underWay--;
      if (limit.most().transfers() > 0) {
        transfers.leave(subject);
      }
    } finally {
      lock.unlock();
    }
  }

  /// Whether bytes are ever held back.
  boolean paces() {
    return limit.rate().otherwise() > 0 || !limit.rate().entries().isEmpty();
  }

  /// Waits until `bytes` of `subject` may pass.
  void pass(String subject, int bytes) throws InterruptedIOException {
    lock.lock();
    try {
      FairQueue.Ticket own = queue.offer(subject, bytes);
      Condition turn = lock.newCondition();
      waiting.put(own, turn);
      try {
        while (waiting.containsKey(own)) {
          Optional<FairQueue.Ticket> next =
              queue.poll(System.nanoTime(), limit.rateAt(clock.instant()));
          if (next.isPresent()) {
            wake(waiting.remove(next.get()));
          } else {
            await(turn, queue.head().filter(own::equals).isPresent());
          }
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("stopped while waiting for the limit " + limit.name());
      } finally {
        if (waiting.remove(own) != null) {
          queue.remove(own);
        }
        queue.head().ifPresent(head -> wake(waiting.get(head)));
      }
    } finally {
      lock.unlock();
    }
  }

  private void await(Condition turn, boolean first) throws InterruptedException {
    if (first) {
      turn.await(Math.max(1, queue.delay(System.nanoTime())), TimeUnit.NANOSECONDS);
    } else {
      turn.await();
    }
  }

  private static void wake(@org.jspecify.annotations.Nullable Condition turn) {
    if (turn != null) {
      turn.signal();
    }
  }
}
