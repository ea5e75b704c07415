package dev.firn.storage;

import java.nio.ByteBuffer;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.atomic.AtomicInteger;

/// Direct buffers of 256 KiB, kept for the next writer.
///
/// Direct, because Adler-32 over an array can cost four times as much as over a direct buffer and
/// because the kernel reads from it without another copy; 256 KiB, because a TLS record brings 16
/// KiB and sixteen times fewer calls reach the disk. There are as many as there ever were writers
/// at one time, up to a limit beyond which they are left to the collector.
final class BufferPool {
  static final int BUFFER_BYTES = 256 * 1024;
  private static final int MAX_IDLE = 64;

  private final ConcurrentLinkedDeque<ByteBuffer> idle = new ConcurrentLinkedDeque<>();
  private final AtomicInteger idleCount = new AtomicInteger();

  /// An empty buffer, which its taker gives back once.
  ByteBuffer take() {
    ByteBuffer buffer = idle.pollFirst();
    if (buffer == null) {
      return ByteBuffer.allocateDirect(BUFFER_BYTES);
    }
    idleCount.decrementAndGet();
    return buffer.clear();
  }

  void giveBack(ByteBuffer buffer) {
    if (idleCount.incrementAndGet() <= MAX_IDLE) {
      idle.addFirst(buffer);
    } else {
      idleCount.decrementAndGet();
    }
  }
}
