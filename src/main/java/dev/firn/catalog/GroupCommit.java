package dev.firn.catalog;

import dev.firn.database.Database;
import dev.firn.database.DatabaseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// Registrations that come at the same time are written by one transaction: whoever comes first
/// writes for all that wait, and those who come meanwhile are the next group. Everybody returns
/// when their own is durable. No thread of its own; a caller alone is written at once.
final class GroupCommit {
  private static final int LARGEST = 1_000;

  private final Database database;
  private final BulkStore store;
  private final Queue<Pending> waiting = new ConcurrentLinkedQueue<>();
  private final Semaphore turn = new Semaphore(1);

  GroupCommit(Database database, BulkStore store) {
    this.database = database;
    this.store = store;
  }

  /// Registers, and returns when that is durable; empty for a taken name where only a new one was
  /// asked for.
  ///
  /// Nobody waits for the turn to write once their own is settled: else those whose registration is
  /// long durable would stand behind others that write groups of one.
  Optional<RegisterOutcome> register(BulkStore.Request request) {
    Pending own = new Pending(request);
    waiting.add(own);
    boolean interrupted = false;
    while (!own.settled()) {
      if (turn.tryAcquire()) {
        try {
          if (!own.settled()) {
            writeNext();
          }
        } finally {
          turn.release();
          wakeNext(); // after the release: who came before it is in the queue, who comes after can
          // write
        }
      } else {
        LockSupport.park(this);
        interrupted |= Thread.interrupted();
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    return own.result();
  }

  private void wakeNext() {
    Pending next = waiting.peek();
    if (next != null) {
      next.wake();
    }
  }

  private void writeNext() {
    List<Pending> group = new ArrayList<>();
    for (Pending next = waiting.poll(); next != null; next = waiting.poll()) {
      group.add(next);
      if (group.size() == LARGEST) {
        break;
      }
    }
    try {
      write(group);
    } catch (DatabaseException e) {
      boolean oneMaySpoilIt = e.kind() == DatabaseException.Kind.REFUSED && group.size() > 1;
      for (Pending each : group) {
        if (oneMaySpoilIt) {
          alone(each);
        } else {
          each.fail(e);
        }
      }
    } catch (RuntimeException | Error e) {
      RuntimeException cause = e instanceof RuntimeException r ? r : new IllegalStateException(e);
      group.forEach(each -> each.fail(cause));
      throw e;
    }
  }

  private void write(List<Pending> group) {
    List<BulkStore.Request> requests = group.stream().map(Pending::request).toList();
    List<@Nullable RegisterOutcome> outcomes = database.inTransaction(c -> store.each(c, requests));
    for (int i = 0; i < group.size(); i++) {
      group.get(i).settle(outcomes.get(i));
    }
  }

  private void alone(Pending one) {
    try {
      write(List.of(one));
    } catch (RuntimeException e) {
      one.fail(e);
    }
  }

  /// One that waits. Its fields are written by whoever writes the group, and read once `settled`.
  private static final class Pending {
    private final BulkStore.Request request;
    private final Thread thread = Thread.currentThread();
    private volatile boolean settled;
    private @Nullable RegisterOutcome outcome;
    private @Nullable RuntimeException failure;

    Pending(BulkStore.Request request) {
      this.request = request;
    }

    BulkStore.Request request() {
      return request;
    }

    boolean settled() {
      return settled;
    }

    void settle(@Nullable RegisterOutcome result) {
      outcome = result;
      settled = true;
      wake();
    }

    void fail(RuntimeException cause) {
      failure = cause;
      settled = true;
      wake();
    }

    void wake() {
      LockSupport.unpark(thread);
    }

    Optional<RegisterOutcome> result() {
      if (failure != null) {
        throw failure;
      }
      return Optional.ofNullable(outcome);
    }
  }
}
