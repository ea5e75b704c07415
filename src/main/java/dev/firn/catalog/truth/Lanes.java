package dev.firn.catalog.truth;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/// Does pieces of a comparison beside each other, as many as there are processors and at most four:
/// a comparison is not all that a machine has to do.
///
/// One thread hands them out and waits for them.
final class Lanes implements AutoCloseable {
  private static final int MOST = 4;

  /// Pieces handed out and not waited for, for each thread: what is read ahead stays little.
  private static final int AHEAD = 2;

  private final int count = Math.min(MOST, Runtime.getRuntime().availableProcessors());
  private final ExecutorService threads =
      Executors.newFixedThreadPool(
          count, Thread.ofPlatform().name("consistency-", 0).daemon().factory());
  private final Deque<Future<?>> pieces = new ArrayDeque<>();

  /// A piece of the work.
  @FunctionalInterface
  interface Work {
    void run() throws IOException;
  }

  /// Hands out a piece of work. Waits while there is enough to do.
  ///
  /// @throws IOException of a piece that was handed out before, the earliest first; so are
  ///   unchecked exceptions
  void run(Work work) throws IOException {
    if (pieces.size() >= AHEAD * count) {
      await(pieces.remove());
    }
    pieces.add(
        threads.submit(() -> {
          work.run();
          return true;
        }));
  }

  /// Waits until all is done.
  ///
  /// @throws IOException as [#run] does
  void join() throws IOException {
    while (!pieces.isEmpty()) {
      await(pieces.remove());
    }
  }

  private static void await(Future<?> piece) throws IOException {
    try {
      piece.get();
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case IOException failed -> throw failed;
        case RuntimeException failed -> throw failed;
        case null, default -> throw new IllegalStateException(e.getCause());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("stopped during a comparison");
    }
  }

  /// Ends what is still running, and waits for its end.
  @Override
  public void close() {
    threads.shutdownNow();
    threads.close();
  }
}
