package dev.firn.ingest;

import dev.firn.database.Database;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Directories being taken in, one after the other on one thread, each a row that can be polled. A
/// job that a dead process left is taken up again at the next start.
public final class IngestJobs implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(IngestJobs.class);
  private static final Duration REPORT = Duration.ofMillis(500);

  private final Ingestor ingestor;
  private final IngestStore store;
  private final Clock clock;
  private final Supplier<UUID> ids;
  private final ExecutorService worker =
      Executors.newSingleThreadExecutor(Thread.ofPlatform().name("ingest").daemon().factory());

  public IngestJobs(Database database, Ingestor ingestor, Clock clock, Supplier<UUID> ids) {
    this.ingestor = ingestor;
    this.store = new IngestStore(database);
    this.clock = clock;
    this.ids = ids;
  }

  /// Takes up what was left running.
  public void start() {
    for (IngestStore.Job job : store.running()) {
      LOG.info("taking up the ingest of {} again", job.directory());
      worker.execute(() -> run(job));
    }
  }

  /// Queues a directory and returns the job's number.
  public UUID submit(Path directory, String who) {
    IngestStore.Job job =
        new IngestStore.Job(
            ids.get(), directory.toString(), who, "running", IngestSummary.NONE, null);
    store.begin(job, clock.instant());
    worker.execute(() -> run(job));
    return job.id();
  }

  /// A file that was refused and lies in quarantine.
  public record Refusal(String source, String reason, Instant at) {}

  /// The latest refusals, newest first, at most `limit`.
  public List<Refusal> refusals(int limit) {
    return store.refused(0, limit).stream()
        .map(r -> new Refusal(r.source(), r.reason(), Instant.parse(r.at())))
        .toList();
  }

  /// A directory that was taken in, or is.
  ///
  /// @param state `running`, `done` or `failed`
  public record Standing(
      String directory, String who, String state, IngestSummary counts, @Nullable String reason) {}

  /// The latest first.
  public List<Standing> latest(int limit) {
    return store.latest(limit).stream()
        .map(j -> new Standing(j.directory(), j.who(), j.state(), j.counts(), j.reason()))
        .toList();
  }

  Optional<IngestStore.Job> find(UUID id) {
    return store.find(id);
  }

  IngestStore store() {
    return store;
  }

  private void run(IngestStore.Job job) {
    Progress progress = new Progress(job);
    try {
      ingestor.run(Path.of(job.directory()), job.who(), progress::add);
      progress.end("done", null);
    } catch (InterruptedIOException e) {
      // We are being stopped: the row stays running, and the next start takes it up.
      LOG.info("ingest of {} {}", job.directory(), e.getMessage());
    } catch (IOException | RuntimeException e) {
      LOG.warn("ingest of {} failed", job.directory(), e);
      fail(progress, String.valueOf(e.getMessage()));
    }
  }

  private static void fail(Progress progress, String reason) {
    try {
      progress.end("failed", reason);
    } catch (RuntimeException e) {
      LOG.warn("the end of an ingest could not be written; it will be taken up again", e);
    }
  }

  /// Counts outcomes and writes the counts now and then.
  private final class Progress {
    private final IngestStore.Job job;
    private IngestSummary counts = IngestSummary.NONE;
    private Instant written;

    Progress(IngestStore.Job job) {
      this.job = job;
      this.written = clock.instant();
    }

    void add(IngestOutcome outcome) {
      counts = counts.plus(outcome);
      Instant now = clock.instant();
      if (Duration.between(written, now).compareTo(REPORT) >= 0) {
        written = now;
        store.progress(with("running", null));
      }
    }

    void end(String state, @Nullable String reason) {
      store.end(with(state, reason));
    }

    private IngestStore.Job with(String state, @Nullable String reason) {
      return new IngestStore.Job(job.id(), job.directory(), job.who(), state, counts, reason);
    }
  }

  /// Stops after the file in hand; what is left is taken up at the next start.
  @Override
  public void close() {
    worker.shutdownNow();
    try {
      if (!worker.awaitTermination(30, TimeUnit.SECONDS)) {
        LOG.warn("an ingest did not stop within 30 s");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
