package dev.firn.http;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// How the client at the other end of one connection keeps up.
///
/// Only time in which the server waits for the client counts: a transfer that the server holds
/// back, for a limit or for its disk, is never called slow. Silence alone is not measured, because
/// a client that sends a byte a minute is never silent.
///
/// Threads that handle requests say what passes; the one of [Connections] looks.
final class Pace {
  private static final long NONE = Long.MIN_VALUE;

  private final AtomicLong moved = new AtomicLong();
  private final AtomicInteger requests = new AtomicInteger();
  private final AtomicInteger waits = new AtomicInteger();

  /// When the first byte came that belongs to no request yet.
  private final AtomicLong asking = new AtomicLong(NONE);

  /// Whether requests share the connection, which then has traffic of its own between them.
  private volatile boolean shared;

  private volatile @Nullable String oneTooMany;

  private long looked = NONE;
  private long waited;
  private long movedBefore;

  void came(int bytes, long now) {
    moved.addAndGet(bytes);
    if (requests.get() == 0 && !shared) {
      asking.compareAndSet(NONE, now);
    }
  }

  void went(long bytes) {
    moved.addAndGet(bytes);
  }

  void begins(boolean sharedConnection) {
    shared = sharedConnection;
    requests.incrementAndGet();
    asking.set(NONE);
  }

  void ends() {
    requests.decrementAndGet();
  }

  /// The connection was opened past a bound.
  void tooMany(String bound) {
    oneTooMany = bound;
  }

  /// The bound it was opened past, in words, or null.
  @Nullable String oneTooMany() {
    return oneTooMany;
  }

  /// The server waits for the client, until [#waitEnds()].
  void waitBegins() {
    waits.incrementAndGet();
  }

  void waitEnds() {
    waits.decrementAndGet();
  }

  /// Whether nothing is asked on the connection, nor about to be.
  boolean idle() {
    return requests.get() == 0 && asking.get() == NONE;
  }

  /// Judges the time since the last look, as waiting when the server waits now.
  ///
  /// @param now in nanoseconds
  /// @return why the client is to be cut off, or null
  @Nullable String judge(long now, HttpServerConfig.Clients bounds) {
    long since = looked == NONE ? 0 : now - looked;
    looked = now;
    long patience = bounds.patience().toNanos();
    long first = asking.get();
    if (first != NONE && now - first > patience) {
      return "no whole request in " + bounds.patience().toSeconds() + " s";
    }
    if (requests.get() == 0) {
      forget();
    } else if (waits.get() > 0) {
      waited += since;
    }
    if (waited < patience) {
      return null;
    }
    long bytes = moved.get() - movedBefore;
    double seconds = waited / (double) Duration.ofSeconds(1).toNanos();
    forget();
    return bytes < bounds.leastRate() * seconds
        ? "%d bytes in %.0f s of waiting for it".formatted(bytes, seconds)
        : null;
  }

  private void forget() {
    waited = 0;
    movedBefore = moved.get();
  }
}
