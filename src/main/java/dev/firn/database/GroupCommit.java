package dev.firn.database;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// Requests that come at the same time are written by one transaction: whoever comes first writes
/// for all that wait, and those who come meanwhile are the next group. Everybody returns when their
/// own is durable. No thread of its own; a caller alone is written at once.
///
/// @param <Q> what is asked
/// @param <A> what is answered
public final class GroupCommit<Q, A> {
  private static final int LARGEST = 1_000;

  private final Database database;
  private final Writing<Q, A> writing;
  private final Queue<Pending<Q, A>> waiting = new ConcurrentLinkedQueue<>();
  private final Semaphore turn = new Semaphore(1);

  /// Writes a group in the transaction that is open.
  @FunctionalInterface
  public interface Writing<Q, A> {
    /// @return an answer for each request, in their order
    List<A> write(Connection connection, List<Q> requests) throws SQLException;
  }

  public GroupCommit(Database database, Writing<Q, A> writing) {
    this.database = database;
    this.writing = writing;
  }

  /// Writes, and returns when that is durable.
  ///
  /// Nobody waits for the turn to write once their own is settled: else those whose request is long
  /// durable would stand behind others that write groups of one.
  ///
  /// @throws DatabaseException as [Database#inTransaction]; what is refused for one of a group, by
  ///   the server or by [Writing], is refused for that one alone
  public A submit(Q request) {
    Pending<Q, A> own = new Pending<>(request);
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
          // Not before: who came until now is in the queue, and who comes after can write.
          wakeNext();
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
    Pending<Q, A> next = waiting.peek();
    if (next != null) {
      next.wake();
    }
  }

  private void writeNext() {
    List<Pending<Q, A>> group = new ArrayList<>();
    for (Pending<Q, A> next = waiting.poll(); next != null; next = waiting.poll()) {
      group.add(next);
      if (group.size() == LARGEST) {
        break;
      }
    }
    try {
      write(group);
    } catch (RuntimeException e) {
      boolean oneMaySpoilIt = group.size() > 1 && isRefusal(e);
      for (Pending<Q, A> each : group) {
        if (oneMaySpoilIt) {
          alone(each);
        } else {
          each.fail(e);
        }
      }
    } catch (Error e) {
      group.forEach(each -> each.fail(new IllegalStateException(e)));
      throw e;
    }
  }

  /// Whether nothing was written, and a part of it may be.
  private static boolean isRefusal(RuntimeException e) {
    return !(e instanceof DatabaseException failure)
        || failure.kind() == DatabaseException.Kind.REFUSED;
  }

  private void write(List<Pending<Q, A>> group) {
    List<Q> requests = group.stream().map(Pending::request).toList();
    List<A> answers = database.inTransaction(c -> writing.write(c, requests));
    for (int i = 0; i < group.size(); i++) {
      group.get(i).settle(answers.get(i));
    }
  }

  private void alone(Pending<Q, A> one) {
    try {
      write(List.of(one));
    } catch (RuntimeException e) {
      one.fail(e);
    }
  }

  /// One that waits. Its fields are written by whoever writes the group, and read once `settled`.
  private static final class Pending<Q, A> {
    private final Q request;
    private final Thread thread = Thread.currentThread();
    private volatile boolean settled;
    private @Nullable A answer;
    private @Nullable RuntimeException failure;

    Pending(Q request) {
      this.request = request;
    }

    Q request() {
      return request;
    }

    boolean settled() {
      return settled;
    }

    void settle(A result) {
      answer = result;
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

    A result() {
      if (failure != null) {
        throw failure;
      }
      return Objects.requireNonNull(answer);
    }
  }
}
