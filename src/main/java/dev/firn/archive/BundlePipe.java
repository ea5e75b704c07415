package dev.firn.archive;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Hands a bundle's bytes to a sink on a thread of its own, so that hashing the members and hashing
/// and writing the whole go on at the same time. What was written is with the sink when [#finish]
/// returns; a failure of the sink is thrown at the next write or there.
///
/// Written by one thread. Holds a few MiB, whatever the bundle's size.
public final class BundlePipe implements BundleWriter.Sink, AutoCloseable {
  private static final int BUFFERS = 4;
  private static final int SIZE = 1 << 20;
  private static final long LOOK_MILLIS = 100;
  private static final ByteBuffer END = ByteBuffer.allocate(0);

  private final BlockingQueue<ByteBuffer> free = new ArrayBlockingQueue<>(BUFFERS);
  private final BlockingQueue<ByteBuffer> full = new ArrayBlockingQueue<>(BUFFERS + 1);
  private final Thread thread;
  private volatile @Nullable Throwable failure;
  private ByteBuffer current;

  public BundlePipe(BundleWriter.Sink sink) {
    for (int i = 1; i < BUFFERS; i++) {
      free.add(ByteBuffer.allocateDirect(SIZE));
    }
    current = ByteBuffer.allocateDirect(SIZE);
    thread = Thread.ofPlatform().name("bundle-pipe").daemon().start(() -> drain(sink));
  }

  private void drain(BundleWriter.Sink sink) {
    try {
      for (ByteBuffer next = full.take(); next != END; next = full.take()) {
        sink.write(next);
        free.add(next.clear());
      }
    } catch (InterruptedException e) {
      failure = new InterruptedIOException("the bundle was given up");
    } catch (Throwable e) { // whatever it is, the writer must not take what was dropped for written
      failure = e;
    }
  }

  @Override
  public void write(ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      if (!current.hasRemaining()) {
        pass();
      }
      int n = Math.min(current.remaining(), bytes.remaining());
      current.put(bytes.slice(bytes.position(), n));
      bytes.position(bytes.position() + n);
    }
  }

  private void pass() throws IOException {
    full.add(current.flip());
    try {
      ByteBuffer next = free.poll(LOOK_MILLIS, TimeUnit.MILLISECONDS);
      while (next == null) {
        check();
        next = free.poll(LOOK_MILLIS, TimeUnit.MILLISECONDS);
      }
      current = next;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("stopped while a bundle was written");
    }
    check();
  }

  private void check() throws IOException {
    switch (failure) {
      case null -> {
        // all is well
      }
      case IOException e -> throw e;
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      default -> throw new IllegalStateException(failure);
    }
  }

  /// Waits until the sink has everything.
  ///
  /// @throws IOException the sink's failure
  public void finish() throws IOException {
    full.add(current.flip());
    full.add(END);
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("stopped while a bundle was written");
    }
    check();
  }

  /// Ends the thread, and waits for it: afterwards nobody touches the sink.
  @Override
  public void close() {
    Threads.end(thread);
  }
}
