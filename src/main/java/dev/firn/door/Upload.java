package dev.firn.door;

import dev.firn.http.HttpProblem;
import dev.firn.model.LogicalName;
import dev.firn.storage.StagedWrite;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// One upload that can go on after a cut: what it is for, and whose turn it is.
///
/// One request at a time has it. A request that comes while another has it is from a client that
/// gave the other up, so the other is made to end: it keeps what it got and lets go.
final class Upload {
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  private final String id;
  private final LogicalName target;
  private UploadNote note;
  private @Nullable StagedWrite open;
  private long offset;
  private boolean complete;
  private Instant touched;
  private @Nullable Thread holder;
  private boolean superseded;
  private boolean committed;
  private boolean keeping;

  Upload(String id, LogicalName target, UploadNote note, Instant now) {
    this.id = id;
    this.target = target;
    this.note = note;
    this.touched = now;
  }

  String id() {
    return id;
  }

  LogicalName target() {
    return target;
  }

  synchronized UploadNote note() {
    return note;
  }

  synchronized void describe(UploadNote better) {
    note = better;
  }

  /// How many bytes are durable.
  synchronized long offset() {
    return offset;
  }

  synchronized void reached(long bytes, Instant now) {
    offset = bytes;
    touched = now;
  }

  synchronized Instant touched() {
    return touched;
  }

  synchronized boolean complete() {
    return complete;
  }

  synchronized void completed(Instant now) {
    complete = true;
    open = null;
    touched = now;
  }

  /// The bytes, when they are open in this process; for whoever has the upload.
  synchronized @Nullable StagedWrite open() {
    return open;
  }

  synchronized void opened(@Nullable StagedWrite staged) {
    open = staged;
  }

  /// Takes the upload for this thread, and makes whoever has it end.
  ///
  /// @throws HttpProblem 503 when the other does not end: it is just being published
  synchronized void acquire() {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (holder != null) {
      if (!committed) {
        superseded = true;
        if (!keeping) {
          holder.interrupt();
        }
      }
      long left = (end - System.nanoTime()) / 1_000_000;
      if (left <= 0) {
        throw new HttpProblem(
            503, "upload-busy", "the upload is just being finished", Map.of("Retry-After", "5"));
      }
      try {
        wait(left);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new HttpProblem(
            503, "stopping", "the server is stopping", Map.of("Retry-After", "10"));
      }
    }
    holder = Thread.currentThread();
    superseded = false;
    committed = false;
    keeping = false;
  }

  /// Takes the upload only when nobody has it.
  synchronized boolean acquireIdle() {
    if (holder != null) {
      return false;
    }
    acquire();
    return true;
  }

  synchronized void release() {
    holder = null;
    if (superseded) {
      Thread.interrupted(); // it was meant for this upload and not for what the thread does next
    }
    notifyAll();
  }

  /// Whether another request wants the upload. From then on the interrupt has done its work.
  synchronized boolean superseded() {
    if (superseded) {
      Thread.interrupted();
    }
    return superseded;
  }

  /// While the holder makes durable what it has, nobody interrupts it: the bytes would be lost that
  /// whoever waits is to go on from.
  synchronized void keeping(boolean now) {
    keeping = now;
    if (!now && superseded && holder == Thread.currentThread()) {
      holder.interrupt();
    }
  }

  /// From here on nobody makes the holder end: the file is about to become visible.
  ///
  /// @throws HttpProblem 409 when another request came before
  synchronized void commit() {
    if (superseded()) {
      throw supersededProblem();
    }
    committed = true;
  }

  static HttpProblem supersededProblem() {
    return new HttpProblem(
        409,
        "upload-superseded",
        "another request goes on with this upload",
        Map.of("Connection", "close"));
  }
}
