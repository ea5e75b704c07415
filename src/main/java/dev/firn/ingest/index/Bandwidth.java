package dev.firn.ingest.index;

import java.io.InterruptedIOException;

/// How many bytes a second all readers may take together.
final class Bandwidth {
  private static final long BURST_NANOS = 50_000_000L;

  private final double nanosPerByte;
  private long free = System.nanoTime();

  /// @param bytesPerSecond 0 for no limit
  Bandwidth(long bytesPerSecond) {
    this.nanosPerByte = bytesPerSecond == 0 ? 0 : 1e9 / bytesPerSecond;
  }

  /// Waits until `bytes` may be taken.
  void take(long bytes) throws InterruptedIOException {
    if (nanosPerByte == 0) {
      return;
    }
    long wait;
    synchronized (this) {
      long now = System.nanoTime();
      wait = free - now;
      free = Math.max(free, now - BURST_NANOS) + (long) (bytes * nanosPerByte);
    }
    if (wait > 0) {
      try {
        Thread.sleep(wait / 1_000_000, (int) (wait % 1_000_000));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("stopped while reading");
      }
    }
  }
}
