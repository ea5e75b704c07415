package dev.firn.cli;

import dev.firn.http.RemoteException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;

/// When to try again, and when to give up: after so many failures in a row that brought nothing.
///
/// Between attempts it waits 1, 2, 4 and at last 30 seconds. A token that is about to expire is
/// waited for too: whoever renews it writes it where it was found.
final class Persistence {
  private static final long FIRST_PAUSE_MILLIS = 1000;
  private static final long LONGEST_PAUSE_MILLIS = 30_000;
  private static final Duration TOKEN_PATIENCE = Duration.ofMinutes(2);
  private static final long TOKEN_POLL_MILLIS = 1000;
  private static final int UNAUTHORIZED = 401;

  private final Remote remote;
  private final int most;
  private long reached = -1;
  private int failures;

  /// @param most failures in a row
  Persistence(Remote remote, int most) {
    this.remote = remote;
    this.most = most;
  }

  /// Waits before the next attempt.
  ///
  /// @param bytes how far it is; more than at the last failure is progress
  /// @throws IOException the failure, when another attempt is of no use
  void failed(IOException failure, long bytes) throws IOException {
    if (bytes > reached) {
      reached = bytes;
      failures = 0;
    }
    failures++;
    if (failures > most || !mayPass(failure)) {
      throw failure;
    }
    long pause = FIRST_PAUSE_MILLIS << Math.min(failures - 1, 5);
    sleep(Math.min(pause, LONGEST_PAUSE_MILLIS));
  }

  private static boolean mayPass(IOException failure) {
    return switch (failure) {
      case RemoteException e -> e.kind() != RemoteException.Kind.CLIENT;
      case Remote.Failure e ->
          e.status() == UNAUTHORIZED // a token may have ended and be renewed
              || e.status() == 409 // another offset
              || RemoteException.kindOf(e.status()) != RemoteException.Kind.CLIENT;
      default -> false;
    };
  }

  /// Waits for another token when the one there is about to end, and is not ours to renew.
  void awaitToken() throws IOException {
    String token = remote.bearer();
    long end = System.nanoTime() + TOKEN_PATIENCE.toNanos();
    while (remote.tokens().isEnding(token) && System.nanoTime() < end) {
      sleep(TOKEN_POLL_MILLIS);
      token = remote.bearer();
    }
  }

  private static void sleep(long millis) throws InterruptedIOException {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("stopped while waiting");
    }
  }
}
