package dev.firn.door;

import dev.firn.http.ByteFlow;
import dev.firn.http.DigestHeaders;
import dev.firn.http.Exchange;
import dev.firn.http.HttpProblem;
import dev.firn.model.Checksums;
import dev.firn.storage.StorageException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A third-party copy that runs: counted by the thread that moves the bytes, told to the client by
/// the thread of the request.
final class CopyInProgress {
  private static final Logger log = LoggerFactory.getLogger(CopyInProgress.class);
  private static final String TYPE = "text/perf-marker-stream";
  private static final Duration MARKERS = Duration.ofSeconds(5);

  /// A copy that ends within this is told in one piece, which is one write and one read less for
  /// each small file.
  private static final Duration PROMPT = Duration.ofMillis(200);

  private static final Duration FOR_EVER = Duration.ofMillis(Long.MAX_VALUE);
  static final String CANCELLED = "cancelled";

  /// Clients read lines into buffers of 1,024 bytes.
  private static final int LONGEST_LINE = 900;

  private final CopyOrder order;
  private final ByteFlow admitted;
  private final InstantSource clock;
  private final AtomicLong moved = new AtomicLong();
  private final CompletableFuture<String> outcome = new CompletableFuture<>();
  private final Object guard = new Object();
  private Thread mover = Thread.currentThread();
  private boolean interruptible;
  private volatile boolean cancelled;
  private volatile String reason = CANCELLED;

  /// @param admitted what holds its bytes back and accounts for them
  CopyInProgress(CopyOrder order, ByteFlow admitted, InstantSource clock) {
    this.order = order;
    this.admitted = admitted;
    this.clock = clock;
  }

  /// Runs the copy to its end and tells the client.
  ///
  /// @param threads has one for each copy
  /// @throws IOException when the client went away; the copy has ended by then
  void run(Exchange exchange, ThirdPartyCopy.Mover work, Executor threads) throws IOException {
    exchange.setHeader("Cache-Control", "no-store");
    threads.execute(() -> outcome.complete(begin(work)));
    String last = await(PROMPT);
    if (last != null) {
      exchange.respond(202, TYPE, bytes(marker() + last));
      return;
    }
    exchange.setHeader("Content-Type", TYPE);
    Exchange.Body body = exchange.start(202);
    try {
      while (last == null) {
        send(body, marker());
        last = await(MARKERS);
      }
      send(body, marker() + last);
    } catch (IOException gone) {
      cancel(CANCELLED);
      log.info("{}: the client went away, {}", order, await(FOR_EVER));
      throw gone;
    }
    body.close();
  }

  /// Moves the bytes by this thread, which has other copies to make afterwards.
  private String begin(ThirdPartyCopy.Mover work) {
    synchronized (guard) {
      if (cancelled) {
        return failure(reason);
      }
      mover = Thread.currentThread();
      interruptible = true;
    }
    try {
      return perform(work);
    } finally {
      synchronized (guard) {
        interruptible = false;
        Thread.interrupted();
      }
    }
  }

  /// The last lines of the answer.
  private String perform(ThirdPartyCopy.Mover work) {
    try {
      Checksums there = work.move(this);
      log.info("{}: {} bytes, done", order, moved.get());
      return digests(there) + "success: Created\n";
    } catch (HttpProblem e) {
      return failure(words(e));
    } catch (StorageException e) {
      return failure(words(Door.problem(e)));
    } catch (IOException e) {
      return failure(cancelled ? reason : String.valueOf(e.getMessage()));
    } catch (RuntimeException e) {
      log.error("{} failed", order, e);
      return failure("the server failed; its log has the reason");
    } catch (Error e) {
      // The thread of the request must hear of it; the rest is for whoever watches the process.
      outcome.complete(failure("the server failed"));
      throw e;
    }
  }

  /// That a disk is full is told in the words of HTTP, for whoever decides whether to try again.
  private static String words(HttpProblem problem) {
    return problem.status() == 507
        ? "507 Insufficient Storage: " + problem.detail()
        : problem.detail();
  }

  private String failure(String reason) {
    String line = reason.replaceAll("[\\p{Cntrl}\\s]+", " ").strip();
    String shortened =
        line.length() <= LONGEST_LINE / 2 ? line : line.substring(0, LONGEST_LINE / 2) + "...";
    log.info("{}: {} bytes, failed: {}", order, moved.get(), shortened);
    return "failure: " + shortened + "\n";
  }

  /// The digests that the client asks for of what is there now, as far as they are known.
  private String digests(Checksums there) {
    String known =
        order.manner().digests().stream()
            .flatMap(wanted -> there.find(wanted).stream())
            .map(DigestHeaders::reprDigest)
            .collect(Collectors.joining(", "));
    return known.isEmpty() ? "" : "Repr-Digest: " + known + "\n";
  }

  /// The outcome, or null when it is not there within `time`.
  private @Nullable String await(Duration time) throws IOException {
    try {
      return outcome.get(time.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      return null;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      cancel(CANCELLED);
      throw new InterruptedIOException("the server is stopping");
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }

  private String marker() {
    return """
    Perf Marker
    Timestamp: %d
    Stripe Index: 0
    Stripe Bytes Transferred: %d
    Total Stripe Count: 1
    End
    """
        .formatted(clock.instant().getEpochSecond(), moved.get());
  }

  private static void send(Exchange.Body body, String text) throws IOException {
    body.write(ByteBuffer.wrap(bytes(text)));
    body.flush();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /// Gives the copy up, and tells its client why. A copy that is just being published ends as it
  /// ends.
  void cancel(String why) {
    synchronized (guard) {
      if (cancelled) {
        return; // a second interruption would tear what the first has the mover put away
      }
      reason = why;
      cancelled = true;
      if (interruptible) {
        mover.interrupt();
      }
    }
  }

  /// Called by the mover before the step that makes the copy visible, which must not be torn.
  ///
  /// @throws IOException when the copy was given up
  void commit() throws IOException {
    synchronized (guard) {
      interruptible = false;
      if (cancelled || Thread.interrupted()) {
        throw new InterruptedIOException("cancelled");
      }
    }
  }

  /// So many bytes of the file are here, with those of earlier attempts.
  void reached(long bytes) {
    moved.set(bytes);
  }

  long moved() {
    return moved.get();
  }

  /// Lets `limit` hold bytes back, after what the copy was admitted under.
  ByteFlow bounded(ByteFlow limit) {
    return bytes -> {
      if (cancelled) {
        throw new InterruptedIOException("cancelled");
      }
      admitted.pass(bytes);
      limit.pass(bytes);
    };
  }

  /// Counts bytes and lets `limit` hold them back.
  ByteFlow counting(ByteFlow limit) {
    ByteFlow bounded = bounded(limit);
    return bytes -> {
      bounded.pass(bytes);
      moved.addAndGet(bytes);
    };
  }
}
