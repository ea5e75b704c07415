package dev.firn.staging;

import dev.firn.catalog.Catalog;
import dev.firn.catalog.CatalogFile;
import dev.firn.catalog.Cause;
import dev.firn.catalog.FileMetadata;
import dev.firn.catalog.NewFile;
import dev.firn.columnar.iceberg.TableFiles;
import dev.firn.database.Database;
import dev.firn.database.History;
import dev.firn.database.HistoryEntry;
import dev.firn.events.DerivedTables;
import dev.firn.events.Pass;
import dev.firn.model.ByteSize;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.LogicalName;
import dev.firn.model.SiteName;
import dev.firn.storage.Hashes;
import dev.firn.storage.StorageArea;
import dev.firn.storage.StoredObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Plans, makes, checks and evicts stages.
public final class Stages {
  private static final String SUBJECT = "stage";

  private final Means means;

  /// What stages are made with.
  ///
  /// @param root directory of the storage area in which stages lie, and nothing else
  /// @param work directory for shards that are being written
  /// @param quota bytes that one place may have staged
  public record Means(
      Database database,
      Catalog catalog,
      DerivedTables tables,
      StorageArea area,
      SiteName site,
      LogicalName root,
      Path work,
      ByteSize quota) {}

  public Stages(Means means) {
    this.means = means;
  }

  public List<Stage> list() {
    return means.database().read(StageStore::list);
  }

  /// @throws StagingException `not-found`
  public Stage load(String name) {
    return means
        .database()
        .read(c -> StageStore.find(c, name))
        .orElseThrow(() -> new StagingException("not-found", "there is no stage " + name));
  }

  /// The directory of a stage.
  public LogicalName directory(String name) {
    return means.root().child(name);
  }

  /// Freezes what a pass has now.
  ///
  /// @throws StagingException `conflict` when there is a stage of this name, `bad-plan`
  public Stage plan(StagePlan plan, Pass pass, String who) throws IOException {
    List<String> events =
        means.tables().batches(pass).stream().map(b -> b.events().toString()).toList();
    if (events.isEmpty()) {
      throw new StagingException("bad-plan", "pass " + pass.name() + " has no events");
    }
    boolean made =
        means
            .database()
            .inTransaction(c -> {
              boolean inserted = StageStore.insert(c, plan, events);
              if (inserted) {
                record(c, plan.name(), who, "for " + plan.to(), null, "planned");
              }
              return inserted;
            });
    if (!made) {
      throw new StagingException("conflict", "there is a stage " + plan.name() + " already");
    }
    return load(plan.name());
  }

  private static void record(
      Connection connection,
      String name,
      String who,
      String why,
      @Nullable String from,
      @Nullable String to)
      throws SQLException {
    History.record(connection, new HistoryEntry(SUBJECT, name, who, why, from, to));
  }

  /// Makes shards until all are there or the time is over; then what lies beside them.
  ///
  /// @return how many are left
  /// @throws StagingException `quota` when the place would have too much
  public int run(String name, Pass pass, Duration budget, String who) throws IOException {
    Stage stage = load(name);
    if (!stage.state().equals("planned")) {
      return 0;
    }
    StagePlan plan = stage.plan();
    Set<String> there =
        shards(name).stream().map(s -> s.split() + " " + s.number()).collect(Collectors.toSet());
    List<StagePlan.Shard> left =
        plan.all().stream().filter(s -> !there.contains(s.split() + " " + s.number())).toList();
    long end = System.nanoTime() + budget.toNanos();
    int made = 0;
    while (made < left.size() && (made == 0 || System.nanoTime() < end)) {
      make(stage, pass, left.get(made++), who);
    }
    if (made == left.size()) {
      finish(stage, who);
    }
    return left.size() - made;
  }

  private List<StageDocuments.Shard> shards(String name) {
    List<StageDocuments.Shard> found =
        new ArrayList<>(means.database().read(c -> StageStore.shards(c, name)));
    found.sort(
        Comparator.comparing(StageDocuments.Shard::split)
            .thenComparing(StageDocuments.Shard::number));
    return found;
  }

  private void make(Stage stage, Pass pass, StagePlan.Shard shard, String who) throws IOException {
    Files.createDirectories(means.work());
    Path folder = Files.createTempDirectory(means.work(), "shard-");
    try {
      List<LogicalName> from = stage.events().stream().map(LogicalName::parse).toList();
      ShardFiles.Made made =
          ShardFiles.write(
              stage.plan(),
              shard,
              (sql, answer) -> means.tables().query(pass, from, sql, answer),
              folder);
      long bytes = 0;
      for (Path file : made.files().values()) {
        bytes += Files.size(file);
      }
      requireRoom(stage.plan().to(), bytes);
      List<StageDocuments.ShardFile> files = new ArrayList<>();
      for (Map.Entry<String, Path> file : made.files().entrySet()) {
        files.add(
            new StageDocuments.ShardFile(
                file.getKey(),
                Files.size(file.getValue()),
                Hashes.checksum(ChecksumAlgorithm.SHA256, file.getValue()).hex()));
      }
      files.sort(Comparator.comparing(StageDocuments.ShardFile::path));
      List<Long> parents = means.tables().ids(from.toArray(LogicalName[]::new));
      String name = stage.plan().name();
      StageDocuments.Shard there =
          new StageDocuments.Shard(shard.split(), shard.number(), made.events(), files);
      alone(
          name,
          (c, state) -> {
            // Another run may have made it meanwhile.
            if (isPlanned(name, state) && StageStore.shard(c, name, there)) {
              for (Map.Entry<String, Path> file : made.files().entrySet()) {
                register(c, take(stage, file.getKey(), file.getValue()), name, parents, who);
              }
            }
          });
    } finally {
      clear(folder);
    }
  }

  /// What is done while no other run and no eviction is at a stage.
  @FunctionalInterface
  private interface Alone {
    void run(Connection connection, String state) throws SQLException, IOException;
  }

  /// The stage's row stays locked while bytes are written or removed: what is on record and what
  /// lies there change together.
  private void alone(String name, Alone work) throws IOException {
    try {
      means
          .database()
          .inTransaction(c -> {
            try {
              work.run(c, StageStore.lock(c, name));
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
            return true;
          });
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private static boolean isPlanned(String name, String state) {
    if (state.equals("evicted")) {
      throw new StagingException("conflict", "stage " + name + " was evicted meanwhile");
    }
    return state.equals("planned");
  }

  private static void clear(Path folder) throws IOException {
    try (Stream<Path> left = Files.list(folder)) {
      for (Path path : left.toList()) {
        Files.delete(path);
      }
    }
    Files.delete(folder);
  }

  private void requireRoom(String place, long bytes) {
    long staged = means.database().read(c -> StageStore.staged(c, place));
    if (staged + bytes > means.quota().bytes()) {
      throw new StagingException(
          "quota",
          "%s has %d bytes staged and may have %d: evict what was used"
              .formatted(place, staged, means.quota().bytes()));
    }
  }

  /// What a crash left under the name is not recorded, and goes.
  private StoredObject take(Stage stage, String path, Path file) throws IOException {
    LogicalName name = directory(stage.plan().name());
    for (String segment : path.split("/")) {
      name = name.child(segment);
    }
    if (means.area().find(name).isPresent()) {
      means.area().delete(name, false);
    }
    return new TableFiles(means.area(), URI.create("https://staging.invalid"), means.root())
        .take(file, name);
  }

  private void register(
      Connection connection, StoredObject file, String stage, List<Long> parents, String who)
      throws SQLException {
    NewFile known = new NewFile(file.name(), file.size(), file.checksums(), FileMetadata.NONE);
    Cause cause = new Cause(who, "stage " + stage);
    means.catalog().register(connection, known, means.site(), file.name(), cause);
    long child = means.catalog().find(connection, file.name()).orElseThrow().id();
    means.catalog().derivedFrom(connection, child, parents);
  }

  private void finish(Stage stage, String who) throws IOException {
    StagePlan plan = stage.plan();
    List<StageDocuments.Shard> shards = shards(plan.name());
    byte[] manifest = StageDocuments.manifest(plan, shards);
    Map<String, byte[]> documents = new LinkedHashMap<>();
    documents.put(StageDocuments.SUMS, StageDocuments.sums(shards));
    documents.put(StageDocuments.VERIFIER, StageDocuments.verifier());
    documents.put(StageDocuments.CROISSANT, StageDocuments.croissant(plan, shards, manifest));
    documents.put(StageDocuments.MANIFEST, manifest);
    List<Long> parents =
        means
            .tables()
            .ids(stage.events().stream().map(LogicalName::parse).toArray(LogicalName[]::new));
    String digest = Hashes.checksum(ChecksumAlgorithm.SHA256, manifest).hex();
    alone(
        plan.name(),
        (c, state) -> {
          if (isPlanned(plan.name(), state)) {
            for (Map.Entry<String, byte[]> document : documents.entrySet()) {
              StoredObject stored = write(stage, document.getKey(), document.getValue());
              register(c, stored, plan.name(), parents, who);
            }
            StageStore.change(c, plan.name(), List.of("planned"), "ready", digest);
            record(c, plan.name(), who, shards.size() + " shards", "planned", "ready");
          }
        });
  }

  private StoredObject write(Stage stage, String path, byte[] bytes) throws IOException {
    Files.createDirectories(means.work());
    Path file = Files.createTempFile(means.work(), "stage-", "");
    try {
      Files.write(file, bytes);
      return take(stage, path, file);
    } finally {
      Files.deleteIfExists(file);
    }
  }

  /// Takes what the far side read.
  ///
  /// @return what differs; nothing when the stage counts as verified now
  /// @throws StagingException `receipt` when it is none, `conflict` before the stage is made
  public List<String> receipt(String name, String text, String who) {
    Stage stage = load(name);
    if (stage.state().equals("planned") || stage.state().equals("evicted")) {
      throw new StagingException("conflict", "stage " + name + " is " + stage.state());
    }
    List<String> wrong = Receipt.parse(text).differences(stage, shards(name));
    means
        .database()
        .inTransaction(c -> {
          StageStore.receipt(c, name, who, wrong.isEmpty(), text);
          String to = wrong.isEmpty() ? "verified" : "ready";
          if (!stage.state().equals(to)
              && StageStore.change(c, name, List.of("ready", "verified"), to, null)) {
            record(c, name, who, wrong.isEmpty() ? "receipt" : wrong.getFirst(), stage.state(), to);
          }
          return true;
        });
    return wrong;
  }

  /// Records that a model was made from what a stage held. The model is a file of the catalog, and
  /// the stage's manifest is what it is derived from.
  ///
  /// @throws StagingException `not-found` when there is no such file, `conflict` when the stage is
  ///   not there any more
  public Stage model(String name, LogicalName model, String who) {
    String state = load(name).state();
    LogicalName manifest = directory(name).child(StageDocuments.MANIFEST);
    means
        .database()
        .inTransaction(c -> {
          CatalogFile file =
              means
                  .catalog()
                  .find(c, model)
                  .orElseThrow(() -> new StagingException("not-found", "there is no " + model));
          CatalogFile parent =
              means
                  .catalog()
                  .find(c, manifest)
                  .orElseThrow(() -> new StagingException("conflict", manifest + " is not there"));
          if (StageStore.model(c, name, file, who)) {
            means.catalog().derivedFrom(c, file.id(), List.of(parent.id()));
            record(c, name, who, "model " + model, state, state);
          }
          return true;
        });
    return load(name);
  }

  /// Removes the shards here, and what was staged counts no more; its plan stays, by which the same
  /// bytes can be made again. What a far side fetched is the far side's to remove. Done again, it
  /// finishes what was broken off.
  public Stage evict(String name, String who) throws IOException {
    LogicalName directory = directory(load(name).plan().name());
    alone(
        name,
        (c, state) -> {
          // The record goes first: it never points at bytes that are not there.
          means.catalog().removed(directory, means.site(), who);
          means.area().delete(directory, true);
          if (StageStore.change(
              c, name, List.of("planned", "ready", "verified"), "evicted", null)) {
            record(c, name, who, "evicted", state, "evicted");
          }
        });
    return load(name);
  }
}
