package dev.firn.inference.scoring;

import dev.firn.columnar.FileSummary;
import dev.firn.columnar.ParquetTable;
import dev.firn.columnar.Row;
import dev.firn.columnar.TableSchema;
import dev.firn.events.DerivedTables.Batch;
import dev.firn.events.query.Queries;
import dev.firn.inference.InferRequest;
import dev.firn.inference.InferResponse;
import dev.firn.inference.Inference;
import dev.firn.inference.InferenceException;
import dev.firn.inference.InferenceException.Kind;
import dev.firn.inference.Tensor;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/// Takes the features of one data file's events as they are read, asks about them in batches, a few
/// at a time, and writes the rows of scores in the order of the events.
final class BatchScores implements Queries.Answer, AutoCloseable {
  /// `file_id`, `frame`, and the event's four numbers.
  private static final int KEYS = 6;

  private final ScoreRuns.Plan plan;
  private final Inference inference;
  private final ScoreRuns.Clock clock;
  private final ParquetTable out;
  private final Row row;
  private final int underWay;
  private final ExecutorService workers;
  private final Deque<Future<Answered>> order = new ArrayDeque<>();
  private List<Known> gathered = new ArrayList<>();
  private long reading = System.nanoTime();
  private long rows;
  private long unscored;

  /// One event.
  ///
  /// @param features null when one of them is not known
  @SuppressWarnings("ArrayRecordComponent") // a few numbers, never compared
  private record Known(@Nullable Long[] keys, float @Nullable [] features) {}

  @SuppressWarnings("ArrayRecordComponent")
  private record Answered(
      List<Known> events, float[][] scores, InferResponse.@Nullable Origin origin) {}

  BatchScores(
      ScoreRuns.Plan plan, Inference inference, Path file, int underWay, ScoreRuns.Clock clock)
      throws IOException {
    this.plan = plan;
    this.inference = inference;
    this.clock = clock;
    this.underWay = underWay;
    this.out = new ParquetTable(file, plan.schema());
    this.row = plan.schema().newRow();
    this.workers =
        Executors.newFixedThreadPool(
            underWay, Thread.ofPlatform().daemon().name("scores-", 0).factory());
  }

  /// Every row of `events` with what the model wants to know of it, where that is known.
  static String sql(ScoreRuns.Plan plan) {
    return """
    SELECT e.file_id, e.frame, e.run, e.subrun, e.event, e.sub_event,
      f.* EXCLUDE (file_id, frame)
    FROM events e LEFT JOIN (%s) f ON f.file_id = e.file_id AND f.frame = e.frame
    ORDER BY e.file_id, e.frame
    """
        .formatted(plan.features());
  }

  @Override
  public void begin(TableSchema schema) {
    int given = schema.columns().size() - KEYS;
    if (given != plan.width()) {
      throw new InferenceException(
          Kind.CLIENT,
          "%s gives %d numbers, the model takes %d"
              .formatted(ScoreRuns.FEATURES, given, plan.width()));
    }
  }

  @Override
  public void row(Row from) throws IOException {
    @Nullable Long[] keys = new @Nullable Long[KEYS];
    for (int i = 0; i < KEYS; i++) {
      keys[i] = from.value(i) instanceof Long number ? number : null;
    }
    float @Nullable [] features = new float[plan.width()];
    for (int i = 0; i < plan.width(); i++) {
      Object value = from.value(KEYS + i);
      if (value instanceof Number number && features != null) {
        features[i] = number.floatValue();
      } else if (value == null) {
        features = null;
        break;
      } else {
        throw new InferenceException(
            Kind.CLIENT, ScoreRuns.FEATURES + ": " + value + " is not a number");
      }
    }
    gathered.add(new Known(keys, features));
    if (gathered.size() == plan.batch()) {
      send();
    }
  }

  private void send() throws IOException {
    clock.add("read", reading);
    List<Known> events = gathered;
    gathered = new ArrayList<>();
    order.add(workers.submit(() -> answered(events)));
    while (order.size() >= underWay) {
      write();
    }
    reading = System.nanoTime();
  }

  private Answered answered(List<Known> events) {
    List<float[]> known = new ArrayList<>();
    for (Known event : events) {
      if (event.features() != null) {
        known.add(event.features());
      }
    }
    if (known.isEmpty()) {
      return new Answered(events, new float[0][], null);
    }
    long start = System.nanoTime();
    float[] all = new float[known.size() * plan.width()];
    for (int i = 0; i < known.size(); i++) {
      System.arraycopy(known.get(i), 0, all, i * plan.width(), plan.width());
    }
    Tensor input =
        Tensor.floats(
            Scores.input(plan.model()).name(),
            List.of((long) known.size(), (long) plan.width()),
            all);
    InferResponse answer =
        inference.infer(
            new InferRequest(plan.model().name(), plan.version(), "", List.of(input), List.of()));
    clock.add("compute", start);
    float[][] scores = Scores.rows(plan.model().outputs(), answer, known.size());
    return new Answered(events, scores, answer.origin());
  }

  private void write() throws IOException {
    Answered answered;
    try {
      answered = order.remove().get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof InferenceException why) {
        throw why;
      }
      throw new IOException("scores could not be computed", e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("stopped");
    }
    long start = System.nanoTime();
    int at = 0;
    for (Known event : answered.events()) {
      row.clear();
      for (int i = 0; i < KEYS; i++) {
        Long key = event.keys()[i];
        if (key != null) {
          row.set(i, key.longValue());
        }
      }
      InferResponse.Origin origin = answered.origin();
      if (event.features() == null || origin == null) {
        unscored++;
      } else {
        float[] scores = answered.scores()[at++];
        for (int i = 0; i < scores.length; i++) {
          row.set(KEYS + i, scores[i]);
        }
        row.set(KEYS + scores.length, origin.digest());
        row.set(KEYS + scores.length + 1, origin.server());
      }
      out.write(row);
      rows++;
    }
    clock.add("write", start);
  }

  /// Writes what is left and looks whether it is one row for one.
  void finish(Batch batch) throws IOException {
    if (!gathered.isEmpty()) {
      send();
    }
    while (!order.isEmpty()) {
      write();
    }
    if (rows != batch.rows()) {
      throw new InferenceException(
          Kind.CLIENT,
          "%s gives %d rows for the %d events of %s"
              .formatted(ScoreRuns.FEATURES, rows, batch.rows(), batch.events()));
    }
  }

  long rows() {
    return rows;
  }

  long unscored() {
    return unscored;
  }

  /// After [#close].
  FileSummary summary() {
    return out.summary();
  }

  @Override
  public void close() throws IOException {
    workers.shutdownNow();
    out.close();
  }
}
