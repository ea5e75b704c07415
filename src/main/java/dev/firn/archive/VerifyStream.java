package dev.firn.archive;

import dev.firn.http.Exchange;
import dev.firn.http.Json;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Tells a client line by line what verifying finds and how repairs go on.
///
/// While a long bundle is read, and while a repair is under way, a line with the field `progress`
/// comes every few seconds, so that the connection does not fall asleep.
final class VerifyStream implements AutoCloseable {
  private static final long EVERY = Duration.ofSeconds(5).toNanos();
  private static final long POLL_MILLIS = 200;
  private static final long REPAIR_LIMIT = Duration.ofHours(6).toNanos();

  private final Archivist archivist;
  private final Exchange.Body body;
  private final @Nullable Integer percent;
  private long lastLine = System.nanoTime();
  private boolean whole;

  /// @param percent of a bundle's members that are read; null for all bytes
  VerifyStream(Archivist archivist, Exchange.Body body, @Nullable Integer percent) {
    this.percent = percent;
    this.archivist = archivist;
    this.body = body;
  }

  /// Reads one bundle's copy, and when it is bad and `repair` is wanted, waits until it is mended.
  void verify(UUID bundle, boolean repair, String who) throws IOException {
    Fixity.Result result;
    try {
      result = read(bundle);
      while (result.onTape()) {
        progress(bundle, 0);
        pause(bundle);
        result = read(bundle);
      }
    } catch (UncheckedIOException e) {
      throw new IOException("the client went away", e);
    }
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("bundle", bundle.toString());
    line.put("site", result.site().value());
    line.put("verdict", result.verdict());
    line.put("detail", result.detail());
    line.put("bytes", result.bytes());
    write(line);
    if (repair && result.damaged() && archivist.fixity().repair(bundle, who)) {
      archivist.wakeUp();
      awaitRepair(bundle);
    }
  }

  private Fixity.Result read(UUID bundle) {
    return percent == null
        ? archivist.fixity().check(bundle, bytes -> progress(bundle, bytes))
        : archivist.fixity().sample(bundle, percent, bytes -> progress(bundle, bytes));
  }

  private void progress(UUID bundle, long bytes) {
    if (System.nanoTime() - lastLine < EVERY) {
      return;
    }
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("bundle", bundle.toString());
    line.put("progress", bytes);
    try {
      write(line);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void awaitRepair(UUID bundle) throws IOException {
    long deadline = System.nanoTime() + REPAIR_LIMIT;
    while (System.nanoTime() < deadline) {
      Bundle now =
          archivist
              .find(bundle)
              .orElseThrow(() -> new IOException("bundle " + bundle + " is gone"));
      if (now.state() == BundleState.VERIFIED || now.state() == BundleState.QUARANTINED) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("bundle", bundle.toString());
        line.put("repaired", now.state() == BundleState.VERIFIED);
        line.put("state", now.state().label());
        line.put("detail", now.reason() == null ? "" : now.reason());
        write(line);
        return;
      }
      progress(bundle, 0);
      pause(bundle);
    }
  }

  private static void pause(UUID bundle) throws InterruptedIOException {
    try {
      Thread.sleep(POLL_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("stopped while bundle " + bundle + " is waited for");
    }
  }

  private void write(Map<String, Object> line) throws IOException {
    String text = Json.mapper().writeValueAsString(line) + "\n";
    body.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
    body.flush();
    lastLine = System.nanoTime();
  }

  /// All was told.
  void end() {
    whole = true;
  }

  /// Ends the answer; one that is not whole is left open, so that the connection is cut.
  @Override
  public void close() throws IOException {
    if (whole) {
      body.close();
    }
  }
}
