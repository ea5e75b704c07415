package dev.firn.inference.scoring;

import dev.firn.inference.InferRequest;
import dev.firn.inference.InferResponse;
import dev.firn.inference.Inference;
import dev.firn.inference.InferenceException;
import dev.firn.inference.Tensor;
import dev.firn.inference.TensorSpec;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Scores a stream of events in small batches, as they come.
///
/// What waits is asked about together, up to a batch, and no longer than the linger after the first
/// of them; a few batches are on their way at a time and are written in the order of their events.
/// When the sink is slow, the source is not read.
public final class StreamScorer {
  private static final Duration LOOK = Duration.ofMillis(50);

  private final Inference inference;
  private final Asked asked;
  private final Pace pace;
  private final Latencies waiting = new Latencies();
  private final Latencies computing = new Latencies();
  private final Latencies writing = new Latencies();
  private final Latencies whole = new Latencies();

  /// Whom every event is shown to.
  ///
  /// @param input the model's only input: FP32, any number of rows
  /// @param outputs whose numbers are the scores, in this order
  public record Asked(String model, String version, TensorSpec input, List<TensorSpec> outputs) {
    public Asked {
      outputs = List.copyOf(outputs);
    }

    int width() {
      return Math.toIntExact(input.shape().getLast());
    }
  }

  /// How events are gathered.
  public record Pace(int batch, Duration linger, int underWay) {}

  /// One event.
  ///
  /// @param features none, with a fault, when the event cannot be scored
  /// @param about what else is known of it, for who is told of it; null when nothing is
  /// @param arrived in [System#nanoTime]
  public record Event(
      long run,
      long event,
      List<Float> features,
      @Nullable JsonNode about,
      @Nullable String fault,
      long arrived) {}

  /// Gives events in order.
  public interface Source {
    /// The next event; null when there was none for so long.
    @Nullable Event next(Duration wait) throws IOException;

    /// Whether there will never be another.
    boolean ended();
  }

  /// Takes scores in the order of the events.
  public interface Sink {
    /// When this returns, the scores are durable.
    void write(List<Scored> batch) throws IOException;
  }

  /// An event's scores: none, with a fault, when it has none.
  public record Scored(
      Event event, List<Float> scores, @Nullable String fault, InferResponse.Origin origin) {}

  /// What one run did.
  public record Summary(long events, long faults, long batches) {}

  public StreamScorer(Inference inference, Asked asked, Pace pace) {
    this.inference = inference;
    this.asked = asked;
    this.pace = pace;
  }

  /// From an event's arrival until it was asked about.
  public Latencies waiting() {
    return waiting;
  }

  public Latencies computing() {
    return computing;
  }

  /// From the answer until it was durable, the wait for earlier batches included.
  public Latencies writing() {
    return writing;
  }

  /// From an event's arrival until its scores were durable.
  public Latencies whole() {
    return whole;
  }

  private record Done(List<Scored> scored, long answered) {}

  /// Works until the source ends.
  ///
  /// @throws IOException when source or sink fail; what was written stays written
  public Summary run(Source source, Sink sink) throws IOException {
    BlockingQueue<Future<Done>> order = new ArrayBlockingQueue<>(pace.underWay());
    AtomicReference<@Nullable Throwable> broken = new AtomicReference<>();
    Writer writer = new Writer(order, sink, broken);
    Thread writes = Thread.ofPlatform().name("scores-out").start(writer);
    ExecutorService workers =
        Executors.newFixedThreadPool(
            pace.underWay(), Thread.ofPlatform().daemon().name("scores-", 0).factory());
    try {
      while (broken.get() == null) {
        List<Event> batch = gather(source);
        if (!batch.isEmpty()) {
          hand(order, workers.submit(() -> score(batch)), broken);
        } else if (source.ended()) {
          break;
        }
      }
    } finally {
      writer.last = true;
      workers.shutdown();
      join(writes);
      workers.shutdownNow();
    }
    Throwable why = broken.get();
    if (why != null) {
      throw new IOException("scores could not be written: " + why.getMessage(), why);
    }
    return writer.summary();
  }

  private static void join(Thread thread) throws IOException {
    try {
      thread.join();
    } catch (InterruptedException e) {
      thread.interrupt();
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("stopped");
    }
  }

  private static void hand(
      BlockingQueue<Future<Done>> order, Future<Done> done, AtomicReference<?> broken)
      throws IOException {
    try {
      while (!order.offer(done, LOOK.toMillis(), TimeUnit.MILLISECONDS)) {
        if (broken.get() != null) {
          return;
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("stopped");
    }
  }

  private List<Event> gather(Source source) throws IOException {
    List<Event> batch = new ArrayList<>();
    Event first = source.next(LOOK);
    if (first == null) {
      return batch;
    }
    batch.add(first);
    long end = System.nanoTime() + pace.linger().toNanos();
    while (batch.size() < pace.batch()) {
      Event next = source.next(Duration.ofNanos(Math.max(0, end - System.nanoTime())));
      if (next == null) {
        break;
      }
      batch.add(next);
    }
    return batch;
  }

  private Done score(List<Event> batch) {
    long start = System.nanoTime();
    batch.forEach(e -> waiting.add(start - e.arrived(), 1));
    Scored[] scored = new Scored[batch.size()];
    List<Integer> sound = new ArrayList<>();
    for (int i = 0; i < scored.length; i++) {
      Event event = batch.get(i);
      String fault = event.fault();
      if (fault == null && event.features().size() != asked.width()) {
        fault = event.features().size() + " features, the model takes " + asked.width();
      }
      if (fault == null) {
        sound.add(i);
      } else {
        scored[i] = fault(event, fault);
      }
    }
    ask(batch, sound, scored);
    long answered = System.nanoTime();
    computing.add(answered - start, batch.size());
    return new Done(Arrays.asList(scored), answered);
  }

  private static Scored fault(Event event, String why) {
    return new Scored(event, List.of(), why, new InferResponse.Origin("", ""));
  }

  /// A batch that nobody answers is asked about event by event, so that one event costs only
  /// itself.
  private void ask(List<Event> batch, List<Integer> which, Scored[] scored) {
    if (which.isEmpty()) {
      return;
    }
    try {
      answered(batch, which, scored);
    } catch (InferenceException e) {
      if (which.size() == 1) {
        scored[which.getFirst()] = fault(batch.get(which.getFirst()), e.detail());
        return;
      }
      which.forEach(i -> ask(batch, List.of(i), scored));
    }
  }

  private void answered(List<Event> batch, List<Integer> which, Scored[] scored) {
    int width = asked.width();
    float[] features = new float[which.size() * width];
    for (int row = 0; row < which.size(); row++) {
      List<Float> from = batch.get(which.get(row)).features();
      for (int i = 0; i < width; i++) {
        features[row * width + i] = from.get(i);
      }
    }
    Tensor input =
        Tensor.floats(asked.input().name(), List.of((long) which.size(), (long) width), features);
    InferResponse answer =
        inference.infer(
            new InferRequest(asked.model(), asked.version(), "", List.of(input), List.of()));
    float[][] rows = Scores.rows(asked.outputs(), answer, which.size());
    for (int row = 0; row < which.size(); row++) {
      List<Float> values = new ArrayList<>(rows[row].length);
      for (float value : rows[row]) {
        values.add(value);
      }
      Event event = batch.get(which.get(row));
      scored[which.get(row)] = new Scored(event, values, null, answer.origin());
    }
  }

  /// Writes what is done in the order in which it was asked.
  private final class Writer implements Runnable {
    private final BlockingQueue<Future<Done>> order;
    private final Sink sink;
    private final AtomicReference<@Nullable Throwable> broken;
    private volatile boolean last;
    private long events;
    private long faults;
    private long batches;

    Writer(
        BlockingQueue<Future<Done>> order, Sink sink, AtomicReference<@Nullable Throwable> broken) {
      this.order = order;
      this.sink = sink;
      this.broken = broken;
    }

    Summary summary() {
      return new Summary(events, faults, batches);
    }

    @Override
    public void run() {
      try {
        while (true) {
          // Asked before the queue: what was handed over before the end is there afterwards.
          boolean end = last;
          Future<Done> next = order.poll(LOOK.toMillis(), TimeUnit.MILLISECONDS);
          if (next != null) {
            write(next.get());
          } else if (end) {
            return;
          }
        }
      } catch (ExecutionException e) {
        broken.set(e.getCause());
      } catch (IOException | RuntimeException e) {
        broken.set(e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        broken.set(e);
      }
    }

    private void write(Done done) throws IOException {
      sink.write(done.scored());
      long now = System.nanoTime();
      writing.add(now - done.answered(), done.scored().size());
      for (Scored each : done.scored()) {
        whole.add(now - each.event().arrived(), 1);
        faults += each.fault() == null ? 0 : 1;
      }
      events += done.scored().size();
      batches++;
    }
  }
}
