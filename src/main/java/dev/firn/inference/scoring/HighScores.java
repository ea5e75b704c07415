package dev.firn.inference.scoring;

import dev.firn.http.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Tells of the events of a stream that score high, with what their lines say about them.
///
/// An event is told of after its score is durable, by a thread of its own, so that whoever is told
/// may be away while scoring goes on, until as many wait as may; it is told of again until it was
/// taken. Started again, the events that had their scores before are told of once more: whoever is
/// told knows an event by its numbers.
public final class HighScores implements StreamScorer.Sink, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(HighScores.class);
  private static final Duration LOOK = Duration.ofMillis(50);
  private static final Duration PAUSE = Duration.ofMillis(500);
  private static final int MOST_WAITING = 10_000;

  private final StreamScorer.Sink scores;
  private final Rule rule;
  private final Teller teller;
  private final Clock clock;
  private final BlockingQueue<Told> waiting = new ArrayBlockingQueue<>(MOST_WAITING);
  private final Latencies telling = new Latencies();
  private final Thread thread;
  private volatile boolean last;
  private volatile long told;
  private volatile long refused;

  /// Which events are told of.
  ///
  /// @param place of the score among the model's numbers
  /// @param name of that score
  /// @param least the lowest score that is told of
  public record Rule(int place, String name, double least) {}

  /// Takes candidates for notices.
  @FunctionalInterface
  public interface Teller {
    /// @return whether it was taken; what was not is not told of again
    /// @throws IOException when nobody knows, or it should be tried later
    boolean tell(JsonNode candidate) throws IOException;
  }

  /// @param arrived in [System#nanoTime]; null of an event that was scored before
  private record Told(ObjectNode candidate, @Nullable Long arrived) {}

  /// @param scores where scores become durable
  public HighScores(StreamScorer.Sink scores, Rule rule, Teller teller, Clock clock) {
    this.scores = scores;
    this.rule = rule;
    this.teller = teller;
    this.clock = clock;
    this.thread = Thread.ofPlatform().daemon().name("scores-told").start(this::run);
  }

  @Override
  public void write(List<StreamScorer.Scored> batch) throws IOException {
    scores.write(batch);
    Instant scored = clock.instant();
    long now = System.nanoTime();
    for (StreamScorer.Scored each : batch) {
      if (each.fault() == null && each.scores().get(rule.place()) >= rule.least()) {
        ObjectNode candidate = candidate(each.event(), each.scores().get(rule.place()));
        if (candidate != null) {
          Instant arrived = scored.minusNanos(now - each.event().arrived());
          candidate.put("arrived", arrived.toString()).put("scored", scored.toString());
          await(new Told(candidate, each.event().arrived()));
        }
      }
    }
  }

  /// Takes an event whose score stands in the next line of `known`.
  public void passOver(StreamScorer.Event event, BufferedReader known) throws IOException {
    String line = known.readLine();
    if (line == null) {
      throw new IOException("there are fewer scores than events passed over");
    }
    JsonNode score = Json.mapper().readTree(line).path(rule.name());
    if (score.isNumber() && score.asDouble() >= rule.least()) {
      ObjectNode candidate = candidate(event, score.floatValue());
      if (candidate != null) {
        await(new Told(candidate, null));
      }
    }
  }

  /// Waits for room, as scoring then does.
  private void await(Told candidate) throws IOException {
    try {
      waiting.put(candidate);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("an event that scores high was not told of");
    }
  }

  private static @Nullable ObjectNode candidate(StreamScorer.Event event, float score) {
    if (event.about() instanceof ObjectNode about) {
      ObjectNode candidate = about.deepCopy();
      candidate.put("run", event.run()).put("event", event.event());
      return candidate.put("signalness", Math.clamp(score, 0f, 1f));
    }
    return null;
  }

  private void run() {
    try {
      while (true) {
        boolean end = last;
        Told next = waiting.poll(LOOK.toMillis(), TimeUnit.MILLISECONDS);
        if (next != null) {
          tryAndTell(next);
        } else if (end) {
          return;
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /// One event that cannot be told of leaves the others theirs.
  private void tryAndTell(Told next) throws InterruptedException {
    try {
      tell(next);
    } catch (RuntimeException e) {
      refused++;
      LOG.error(
          "event {} of run {} scores high and cannot be told of",
          next.candidate().path("event"),
          next.candidate().path("run"),
          e);
    }
  }

  private void tell(Told next) throws InterruptedException {
    for (boolean first = true; ; first = false) {
      try {
        if (teller.tell(next.candidate())) {
          told++;
        } else {
          refused++;
        }
        if (next.arrived() != null) {
          telling.add(System.nanoTime() - next.arrived(), 1);
        }
        return;
      } catch (IOException e) {
        if (first) {
          LOG.warn("nobody takes what scores high; it waits and is told again: {}", e.getMessage());
        }
        Thread.sleep(PAUSE);
      }
    }
  }

  /// Events that were taken.
  public long told() {
    return told;
  }

  /// Events that were not wanted.
  public long refused() {
    return refused;
  }

  /// From an event's arrival until it was taken.
  public Latencies telling() {
    return telling;
  }

  /// Returns when everything was told.
  @Override
  public void close() {
    last = true;
    try {
      thread.join();
    } catch (InterruptedException e) {
      thread.interrupt();
      Thread.currentThread().interrupt();
    }
  }
}
