package dev.firn.cli;

import dev.firn.catalog.Offer;
import dev.firn.catalog.run.RunPart;
import dev.firn.http.BodySource;
import dev.firn.ingest.index.IndexReport;
import dev.firn.ingest.index.Registry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;

/// A hub's catalog, over HTTP. A hub that is away, or has too much to do, is asked again for a
/// while: everything said to it may be said twice.
final class HubRegistry implements Registry {
  private static final Duration PATIENCE = Duration.ofMinutes(10);
  private static final long FIRST_PAUSE_MILLIS = 500;
  private static final long LONGEST_PAUSE_MILLIS = 30_000;

  private final Remote remote;
  private final String why;
  private final Consumer<String> waiting;

  /// @param why what the history is to say
  /// @param waiting told why the hub is waited for
  HubRegistry(Remote remote, String why, Consumer<String> waiting) {
    this.remote = remote;
    this.why = why;
    this.waiting = waiting;
  }

  @Override
  public Answer register(List<Offer> files) throws IOException {
    ByteArrayOutputStream lines = new ByteArrayOutputStream();
    for (Offer file : files) {
      lines.writeBytes(file.toLine().toString().getBytes(StandardCharsets.UTF_8));
      lines.write('\n');
    }
    String path = Remote.query("/api/v1/load", Map.of("outcomes", "problems", "why", why));
    return patiently(() -> {
      long[] totals = new long[2];
      boolean[] done = {false};
      SortedMap<Integer, String> problems = new TreeMap<>();
      remote.lines(
          "POST",
          path,
          BodySource.bytes(lines.toByteArray()),
          line -> {
            if (line.path("done").asBoolean(false)) {
              done[0] = true;
              totals[0] = line.path("created").asLong();
              totals[1] = line.path("same").asLong();
            } else {
              problems.put(line.path("line").asInt() - 1, problem(line));
            }
          });
      if (!done[0]) {
        throw new IOException("the load was cut off");
      }
      return new Answer(totals[0], totals[1], problems);
    });
  }

  /// In words: `conflict: size is 5, not 6`.
  static String problem(JsonNode line) {
    StringBuilder text = new StringBuilder(line.path("outcome").asString());
    char separator = ':';
    if (line.has("reason")) {
      text.append(": ").append(line.path("reason").asString());
    }
    for (JsonNode d : line.path("differs")) {
      text.append(separator).append(' ');
      text.append(d.path("field").asString()).append(" is ").append(d.path("known").asString());
      text.append(", not ").append(d.path("offered").asString());
      separator = ';';
    }
    return text.toString();
  }

  @Override
  public void parts(List<RunPart> parts) throws IOException {
    patiently(() -> remote.json("POST", "/api/v1/runs/parts", Map.of("parts", parts)));
  }

  @Override
  public String goodRuns(String name, byte[] text) throws IOException {
    String path = Remote.query("/api/v1/runs/list", Map.of("name", name));
    return patiently(() -> {
      try {
        remote.lines("POST", path, BodySource.bytes(text), line -> {});
        return "";
      } catch (Remote.Failure e) {
        if (e.status() == 400) {
          return String.valueOf(e.getMessage());
        }
        throw e;
      }
    });
  }

  /// Tells how far a pass is.
  void report(UUID pass, IndexReport report) throws IOException {
    patiently(() -> remote.json("PUT", "/api/v1/index/" + pass, report));
  }

  /// The hub's own site.
  String site() throws IOException {
    return patiently(() -> remote.get("/api/v1/index").path("site").asString());
  }

  private interface Call<T> {
    T call() throws IOException;
  }

  private <T> T patiently(Call<T> call) throws IOException {
    long end = System.nanoTime() + PATIENCE.toNanos();
    long pause = FIRST_PAUSE_MILLIS;
    while (true) {
      try {
        return call.call();
      } catch (InterruptedIOException e) {
        throw e;
      } catch (IOException e) {
        boolean later = !(e instanceof Remote.Failure f) || f.status() == 429 || f.status() >= 500;
        if (!later || System.nanoTime() > end) {
          throw e;
        }
        waiting.accept(Failures.oneLine(e) + "; trying again");
      }
      try {
        Thread.sleep(pause);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("stopped while the hub was away");
      }
      pause = Math.min(2 * pause, LONGEST_PAUSE_MILLIS);
    }
  }
}
