package dev.firn.transfer.execution;

import dev.firn.http.HttpFetcher.Response;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// A copy under way: what was heard so far, and how to give it up. One thread runs it, others look
/// and cancel.
public final class CopyRun {
  private final AtomicReference<@Nullable Response> response = new AtomicReference<>();
  private volatile @Nullable String cancelled;
  private volatile long bytes;

  /// Bytes arrived, by the last marker.
  public long bytes() {
    return bytes;
  }

  /// Gives up: the connection is closed, by which the active party knows.
  public void cancel(String why) {
    cancelled = why;
    Response open = response.get();
    if (open != null) {
      open.close();
    }
  }

  /// Why it was given up; null as long as it was not.
  public @Nullable String cancelled() {
    return cancelled;
  }

  void heard(long bytesSoFar) {
    bytes = bytesSoFar;
  }

  void listensTo(@Nullable Response open) {
    response.set(open);
  }
}
