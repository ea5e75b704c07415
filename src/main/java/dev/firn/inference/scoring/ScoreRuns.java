package dev.firn.inference.scoring;

import dev.firn.columnar.Column;
import dev.firn.columnar.ColumnType;
import dev.firn.columnar.TableSchema;
import dev.firn.columnar.iceberg.TableName;
import dev.firn.database.Database;
import dev.firn.events.DerivedTables;
import dev.firn.events.DerivedTables.Batch;
import dev.firn.events.Pass;
import dev.firn.inference.InferenceException;
import dev.firn.inference.InferenceException.Kind;
import dev.firn.inference.ModelInfo;
import dev.firn.inference.engine.ModelConfig;
import dev.firn.inference.engine.ModelRepository;
import dev.firn.inference.protocol.RemoteInference;
import dev.firn.model.LogicalName;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/// Gives the events of a pass their scores: a table `scores_MODEL_vVERSION` beside `events`, one
/// row for one.
///
/// A data file of events is scored as a whole and committed with the record of it: once, whatever
/// crashes and whoever else is at it. A table is made by one file of a model for ever; another file
/// needs another version.
public final class ScoreRuns {
  /// A parameter of `config.pbtxt`: a SELECT over `events` and `pulses` that gives `file_id`,
  /// `frame` and then the model's numbers, in order.
  static final String FEATURES = "firn.features";

  /// Names of the scores, separated by commas.
  static final String OUTPUTS = "firn.outputs";

  private static final int STANDARD_BATCH = 256;
  private static final int UNDER_WAY = 4;
  private static final String MARK = "firn.scored";

  private final Means means;
  private final Steps steps;

  /// What runs work with.
  ///
  /// @param models below `root` in the storage area
  /// @param servers asked before the engine of `models`
  /// @param work directory for rows that are being written
  public record Means(
      Database database,
      DerivedTables tables,
      ModelRepository models,
      LogicalName root,
      List<RemoteInference> servers,
      Path work) {}

  /// Is told each step before it is taken; tests crash there.
  @FunctionalInterface
  interface Steps {
    Steps NONE = step -> {};

    void before(String step) throws IOException;
  }

  public ScoreRuns(Means means) {
    this(means, Steps.NONE);
  }

  /// Tables of scores that there are, the newest first.
  public static List<ScoreTable> tables(Database database) {
    return database.read(ScoreStore::tables);
  }

  ScoreRuns(Means means, Steps steps) {
    this.means = means;
    this.steps = steps;
  }

  /// What one call did.
  ///
  /// @param left batches that wait still
  /// @param fallen requests that no server answered and the engine here did
  /// @param millis spent by stage: reading features, computing, writing, committing
  public record Progress(
      String table,
      String digest,
      int done,
      int left,
      long rows,
      long unscored,
      long fallen,
      Map<String, Long> millis) {}

  /// Thrown out of the transaction of a batch that somebody else committed.
  private static final class Taken extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  /// Everything that is the same for all batches of a run.
  record Plan(
      Pass pass,
      TableName table,
      TableSchema schema,
      ModelInfo model,
      String version,
      String features,
      int width,
      int batch,
      List<Long> parents) {}

  /// Scores what has no scores yet, until it is done or the time is over.
  ///
  /// @param version empty for the newest
  /// @throws InferenceException when the model cannot score events
  public Progress run(Pass pass, String model, String version, Duration budget, String who)
      throws IOException {
    Plan plan = plan(pass, model, version, who);
    try (Failover failover =
        new Failover(means.servers(), means.models(), plan.model().digest(), System::nanoTime)) {
      return run(plan, failover, budget, who);
    }
  }

  private Progress run(Plan plan, Failover failover, Duration budget, String who)
      throws IOException {
    Set<String> done = means.database().read(c -> ScoreStore.done(c, plan.table().toString()));
    List<Batch> waiting = new ArrayList<>();
    for (Batch batch : means.tables().batches(plan.pass())) {
      if (!done.contains(batch.events().toString())) {
        waiting.add(batch);
      }
    }
    Clock clock = new Clock();
    long end = System.nanoTime() + budget.toNanos();
    int finished = 0;
    long rows = 0;
    long unscored = 0;
    while (finished < waiting.size() && (finished == 0 || System.nanoTime() < end)) {
      Batch batch = waiting.get(finished++);
      BatchScores written = score(plan, batch, failover, clock, who);
      rows += written.rows();
      unscored += written.unscored();
    }
    return new Progress(
        plan.table().toString(),
        plan.model().digest(),
        finished,
        waiting.size() - finished,
        rows,
        unscored,
        failover.fallen(),
        clock.millis());
  }

  private Plan plan(Pass pass, String name, String asked, String who) throws IOException {
    String version = means.models().version(name, asked);
    ModelInfo model = means.models().model(name, version);
    ModelConfig config = means.models().config(name, version);
    String features =
        config
            .parameter(FEATURES)
            .orElseThrow(() ->
                new InferenceException(
                    Kind.CLIENT,
                    "config.pbtxt of %s has no parameter %s: a SELECT of its numbers"
                        .formatted(name, FEATURES)));
    TableName table = table(pass, name, version);
    TableSchema schema = schema(table, Scores.names(model, config.parameter(OUTPUTS)));
    int width = Math.toIntExact(Scores.input(model).shape().getLast());
    means
        .tables()
        .create(
            table,
            schema,
            who,
            c -> ScoreStore.table(c, table.toString(), name, version, model.digest()));
    String made =
        means.database().read(c -> ScoreStore.digest(c, table.toString())).orElse(model.digest());
    if (!made.equals(model.digest())) {
      throw new InferenceException(
          Kind.CLIENT,
          "%s is made by the file %s of version %s, which is another now: make a new version"
              .formatted(table, made, version));
    }
    int batch =
        config.maxBatch() > 0 ? Math.min(config.maxBatch(), STANDARD_BATCH) : STANDARD_BATCH;
    LogicalName file = means.root();
    for (String segment : ModelRepository.path(name, version).split("/")) {
      file = file.child(segment);
    }
    return new Plan(
        pass, table, schema, model, version, features, width, batch, means.tables().ids(file));
  }

  private static TableName table(Pass pass, String model, String version) {
    try {
      return new TableName(pass.name(), "scores_" + model + "_v" + version);
    } catch (IllegalArgumentException e) {
      throw new InferenceException(
          Kind.CLIENT, "no table can be named after model " + model + ": " + e.getMessage(), e);
    }
  }

  static TableSchema schema(TableName table, List<String> names) {
    List<Column> columns = new ArrayList<>();
    columns.add(
        Column.required("file_id", ColumnType.LONG, "", "Number of the file in the catalog"));
    columns.add(Column.required("frame", ColumnType.LONG, "", "Number of the frame in its file"));
    columns.add(Column.optional("run", ColumnType.LONG, "", "Number of the run"));
    columns.add(Column.optional("subrun", ColumnType.LONG, "", "Number of the part of the run"));
    columns.add(Column.optional("event", ColumnType.LONG, "", "Number of the event in its run"));
    columns.add(
        Column.optional("sub_event", ColumnType.LONG, "", "Number of the part a splitter made"));
    for (String name : names) {
      columns.add(Column.optional(name, ColumnType.FLOAT, "", "Score by the model"));
    }
    columns.add(Column.optional("model_digest", ColumnType.TEXT, "", "sha256 of the model's file"));
    columns.add(Column.optional("server", ColumnType.TEXT, "", "Who computed it"));
    return new TableSchema(table.table(), columns);
  }

  private BatchScores score(Plan plan, Batch batch, Failover failover, Clock clock, String who)
      throws IOException {
    Files.createDirectories(means.work());
    Path file = Files.createTempFile(means.work(), "scores-", ".parquet");
    try {
      Files.delete(file);
      steps.before("score");
      BatchScores written;
      try (BatchScores scores = new BatchScores(plan, failover, file, UNDER_WAY, clock)) {
        written = scores;
        means.tables().query(plan.pass(), batch, BatchScores.sql(plan), scores);
        scores.finish(batch);
      }
      steps.before("publish");
      long start = System.nanoTime();
      commit(plan, batch, written, file, who);
      clock.add("commit", start);
      steps.before("done");
      return written;
    } finally {
      Files.deleteIfExists(file);
    }
  }

  private void commit(Plan plan, Batch batch, BatchScores written, Path file, String who)
      throws IOException {
    List<Long> parents = new ArrayList<>(plan.parents());
    parents.addAll(means.tables().ids(batch.events(), batch.pulses()));
    String events = batch.events().lastSegment();
    // A second attempt must not find the first one's published file in its way.
    String name =
        events.substring(0, events.length() - ".parquet".length())
            + "-"
            + UUID.randomUUID().toString().substring(0, 8)
            + ".parquet";
    try {
      means
          .tables()
          .append(
              plan.table(),
              name,
              new DerivedTables.Rows(file, written.summary(), parents),
              Map.of(MARK, batch.events().toString()),
              who,
              connection -> {
                beforeSwap();
                if (!ScoreStore.commit(
                    connection,
                    plan.table().toString(),
                    batch.events().toString(),
                    written.rows(),
                    written.unscored())) {
                  throw new Taken();
                }
              });
    } catch (Taken e) {
      // Its rows are there, by somebody else; ours are a file that no table needs.
    }
  }

  private void beforeSwap() {
    try {
      steps.before("swap");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Time by stage.
  static final class Clock {
    private final Map<String, Long> nanos = new ConcurrentHashMap<>();

    void add(String stage, long since) {
      nanos.merge(stage, System.nanoTime() - since, Long::sum);
    }

    Map<String, Long> millis() {
      Map<String, Long> millis = new TreeMap<>();
      nanos.forEach((stage, time) -> millis.put(stage, time / 1_000_000));
      return millis;
    }
  }
}
