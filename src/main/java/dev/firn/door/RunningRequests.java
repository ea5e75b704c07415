package dev.firn.door;

import dev.firn.http.ByteFlow;
import dev.firn.model.LogicalName;
import dev.firn.token.Caller;
import dev.firn.token.Operation;
import java.io.IOException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Requests under way on tokens. A transfer may run for hours after it was let in: when its token
/// is revoked, it ends.
///
/// That a token runs out ends nothing: who was let in may finish.
final class RunningRequests {
  private final Predicate<Caller> revoked;
  private final Set<Running> all = ConcurrentHashMap.newKeySet();

  /// @param revoked whether a caller's token was taken back since it was verified
  RunningRequests(Predicate<Caller> revoked) {
    this.revoked = revoked;
  }

  /// A request begins; to be closed when it has ended. Without a token there is nothing to revoke.
  Running begin(Caller caller) {
    Running running = new Running(caller);
    if (!caller.isAnonymous()) {
      all.add(running);
    }
    return running;
  }

  /// Ends what runs on revoked tokens.
  void look() {
    for (Running running : all) {
      if (revoked.test(running.caller)) {
        running.end();
      }
    }
  }

  /// One request. The bytes it moves pass here until its token is revoked.
  final class Running implements ByteFlow, AutoCloseable {
    private final Caller caller;
    private volatile boolean ended;
    private Runnable ending = () -> {};
    private @Nullable Operation operation;
    private @Nullable LogicalName name;

    private Running(Caller caller) {
      this.caller = caller;
    }

    /// Notes what the request was allowed last. For the thread that handles it.
    void allowed(Operation what, LogicalName where) {
      operation = what;
      name = where;
    }

    boolean wasAllowed(Operation what, LogicalName where) {
      return what == operation && where.equals(name);
    }

    /// Has `ending` run when the token is revoked, for work that another thread waits in.
    synchronized void whenRevoked(Runnable work) {
      ending = work;
      if (ended) {
        work.run();
      }
    }

    private synchronized void end() {
      if (!ended) {
        ended = true;
        ending.run();
      }
    }

    boolean revoked() {
      return ended;
    }

    @Override
    public void pass(int bytes) throws IOException {
      if (ended) {
        throw new IOException("the token was revoked");
      }
    }

    @Override
    public void close() {
      all.remove(this);
    }
  }
}
