package dev.firn.inference.scoring;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Events as lines of JSON, `{"run":137840,"event":1,"features":[0.5,...]}`, and in `candidate`
/// what [HighScores] is to tell of them.
///
/// A line that is no event is an event with a fault, so that lines and scores stay aligned. A line
/// without its end counts only when the stream ends there. One thread reads ahead, up to a few
/// thousand events; then whoever sends has to wait.
public final class EventLines implements StreamScorer.Source, AutoCloseable {
  private static final int AHEAD = 4_096;
  private static final int LONGEST = 1 << 20;
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final InputStream in;
  private final boolean follow;
  private final BlockingQueue<StreamScorer.Event> events = new ArrayBlockingQueue<>(AHEAD);
  private final Thread reader;
  private volatile boolean ended;
  private volatile @Nullable IOException failure;
  private final PassedOver passedOver;
  private long toSkip;

  /// Takes the events that were scored before.
  @FunctionalInterface
  public interface PassedOver {
    void take(StreamScorer.Event event) throws IOException;
  }

  /// @param follow whether more may be appended where the stream ends now
  /// @param skip so many lines have been scored already
  /// @param passedOver is given those
  public EventLines(InputStream in, boolean follow, long skip, PassedOver passedOver) {
    this.in = in;
    this.passedOver = passedOver;
    this.follow = follow;
    this.toSkip = skip;
    this.reader = Thread.ofPlatform().daemon().name("events-in").start(this::read);
  }

  private void read() {
    try {
      byte[] chunk = new byte[1 << 16];
      byte[] line = new byte[256];
      int length = 0;
      while (true) {
        int count = in.read(chunk);
        if (count < 0 && follow) {
          Thread.sleep(5);
          continue;
        }
        if (count < 0) {
          if (length > 0) {
            add(line, length);
          }
          return;
        }
        for (int i = 0; i < count; i++) {
          if (chunk[i] == '\n') {
            add(line, length);
            length = 0;
          } else {
            if (length == LONGEST) {
              throw new IOException("a line is longer than " + LONGEST + " bytes");
            }
            if (length == line.length) {
              line = Arrays.copyOf(line, length * 2);
            }
            line[length++] = chunk[i];
          }
        }
      }
    } catch (IOException e) {
      failure = e;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      ended = true;
    }
  }

  private void add(byte[] line, int length) throws IOException, InterruptedException {
    if (toSkip > 0) {
      toSkip--;
      passedOver.take(parse(line, length));
      return;
    }
    events.put(parse(line, length));
  }

  private static StreamScorer.Event parse(byte[] line, int length) {
    long now = System.nanoTime();
    try {
      JsonNode node = JSON.readTree(line, 0, length);
      JsonNode features = node.path("features");
      long run = node.path("run").asLong(-1);
      long event = node.path("event").asLong(-1);
      if (run < 0 || event < 0 || !features.isArray()) {
        return fault(run, event, "the line has no run, event and features", now);
      }
      List<Float> values = new ArrayList<>(features.size());
      for (JsonNode value : features) {
        if (!value.isNumber()) {
          return fault(run, event, "a feature is not a number", now);
        }
        values.add(value.floatValue());
      }
      JsonNode about = node.get("candidate");
      return new StreamScorer.Event(run, event, values, about, null, now);
    } catch (JacksonException e) {
      String text = new String(line, 0, Math.min(length, 40), StandardCharsets.UTF_8);
      return fault(-1, -1, "the line is no JSON: " + text, now);
    }
  }

  private static StreamScorer.Event fault(long run, long event, String why, long now) {
    return new StreamScorer.Event(run, event, List.of(), null, why, now);
  }

  @Override
  public StreamScorer.@Nullable Event next(Duration wait) throws IOException {
    IOException why = failure;
    if (why != null && events.isEmpty()) {
      throw why;
    }
    try {
      return events.poll(wait.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("stopped");
    }
  }

  @Override
  public boolean ended() {
    return ended && failure == null && events.isEmpty();
  }

  @Override
  public void close() throws IOException {
    reader.interrupt();
    in.close();
  }
}
