package dev.firn.cli;

import dev.firn.http.Json;
import dev.firn.http.RemoteException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/// When to try again, and when to give up: after so many failures in a row that brought nothing.
///
/// Between attempts it waits 1, 2, 4 and at last 30 seconds. A token that is about to expire is
/// waited for too: whoever renews it writes it where it was found.
final class Persistence {
  private static final long FIRST_PAUSE_MILLIS = 1000;
  private static final long LONGEST_PAUSE_MILLIS = 30_000;
  private static final Duration SPARE = Duration.ofSeconds(10);
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

  /// Waits for another token when the one there is about to end.
  void awaitToken() throws IOException {
    String token = remote.bearer();
    long end = System.nanoTime() + TOKEN_PATIENCE.toNanos();
    while (expires(token).isBefore(Instant.now().plus(SPARE)) && System.nanoTime() < end) {
      sleep(TOKEN_POLL_MILLIS);
      token = remote.bearer();
    }
  }

  /// When a token says that it ends; never, when it does not say so to us.
  private static Instant expires(@Nullable String token) {
    String[] parts = token == null ? new String[0] : token.split("\\.");
    if (parts.length != 3) {
      return Instant.MAX;
    }
    try {
      byte[] claims = Base64.getUrlDecoder().decode(parts[1].getBytes(StandardCharsets.US_ASCII));
      long end = Json.mapper().readTree(claims).path("exp").asLong(Long.MAX_VALUE);
      return end == Long.MAX_VALUE ? Instant.MAX : Instant.ofEpochSecond(end);
    } catch (IllegalArgumentException | JacksonException e) {
      return Instant.MAX;
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
