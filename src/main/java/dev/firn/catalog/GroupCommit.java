package dev.firn.catalog;

import dev.firn.database.Database;
import dev.firn.database.DatabaseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Registrations that come at the same time are written by one transaction: whoever comes first
/// writes for all that wait, and those who come meanwhile are the next group. Everybody returns
/// when their own is durable. No thread of its own; a caller alone is written at once.
final class GroupCommit {
  private static final int LARGEST = 1_000;

  private final Database database;
  private final BulkStore store;
  private final Queue<Pending> waiting = new ConcurrentLinkedQueue<>();
  private final ReentrantLock writing = new ReentrantLock();

  GroupCommit(Database database, BulkStore store) {
    this.database = database;
    this.store = store;
  }

  /// Registers, and returns when that is durable; empty for a taken name where only a new one was
  /// asked for.
  Optional<RegisterOutcome> register(BulkStore.Request request) {
    Pending own = new Pending(request);
    waiting.add(own);
    writing.lock();
    try {
      while (!own.settled()) {
        writeNext();
      }
    } finally {
      writing.unlock();
    }
    return own.result();
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

  /// One that waits; guarded by the lock.
  private static final class Pending {
    private final BulkStore.Request request;
    private boolean settled;
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
    }

    void fail(RuntimeException cause) {
      failure = cause;
      settled = true;
    }

    Optional<RegisterOutcome> result() {
      if (failure != null) {
        throw failure;
      }
      return Optional.ofNullable(outcome);
    }
  }
}
