package dev.firn.http;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;

/// Told of every body byte that passes, and allowed to hold it back.
///
/// Called from the thread that moves the bytes, after a read from the network and before a write to
/// it; one flow may be shared by many streams (a link's limit).
@FunctionalInterface
public interface ByteFlow {
  /// Lets everything pass and counts nothing.
  ByteFlow FREE = bytes -> {};

  /// @param bytes how many bytes are passing, at least 1
  /// @throws IOException to stop the stream
  void pass(int bytes) throws IOException;

  /// A flow of at most `bytesPerSecond`, shared fairly enough by all who call it; up to a quarter
  /// of a second's worth may pass at once after a pause.
  static ByteFlow limited(long bytesPerSecond) {
    return new Limited(bytesPerSecond, System::nanoTime);
  }

  /// A schedule of when the next byte may pass; each caller books its place and sleeps until then.
  final class Limited implements ByteFlow {
    private static final long BURST_NANOS = 250_000_000L;
    private final double nanosPerByte;
    private final LongSupplier nanoTime;
    private long nextFree;

    Limited(long bytesPerSecond, LongSupplier nanoTime) {
      if (bytesPerSecond <= 0) {
        throw new IllegalArgumentException("a byte rate is positive: " + bytesPerSecond);
      }
      this.nanosPerByte = 1e9 / bytesPerSecond;
      this.nanoTime = nanoTime;
      this.nextFree = nanoTime.getAsLong() - BURST_NANOS;
    }

    @Override
    public void pass(int bytes) throws IOException {
      long until = book(bytes);
      for (long left = until - nanoTime.getAsLong(); left > 0; ) {
        LockSupport.parkNanos(left);
        if (Thread.currentThread().isInterrupted()) {
          throw new InterruptedIOException("stopped while waiting for the byte rate limit");
        }
        left = until - nanoTime.getAsLong();
      }
    }

    /// Books `bytes` and returns the time at which they may pass.
    synchronized long book(int bytes) {
      long now = nanoTime.getAsLong();
      nextFree = Math.max(nextFree, now - BURST_NANOS);
      nextFree += Math.round(bytes * nanosPerByte);
      return nextFree;
    }
  }
}
