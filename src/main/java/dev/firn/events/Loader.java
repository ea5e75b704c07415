package dev.firn.events;

import dev.firn.catalog.Catalog;
import dev.firn.catalog.CatalogFile;
import dev.firn.catalog.Cause;
import dev.firn.columnar.FileSummary;
import dev.firn.columnar.TableSchema;
import dev.firn.columnar.iceberg.IcebergTables;
import dev.firn.columnar.iceberg.PendingTable;
import dev.firn.columnar.iceberg.PendingTable.NewData;
import dev.firn.columnar.iceberg.TableName;
import dev.firn.database.Database;
import dev.firn.i3.I3Exception;
import dev.firn.model.LogicalName;
import dev.firn.storage.ChannelStream;
import dev.firn.storage.ReadChannel;
import dev.firn.storage.StorageException;
import dev.firn.storage.StoredObject;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/// Makes a batch of files into columns: written aside, published, then committed to both tables
/// together with where they came from.
///
/// A crash before the commit leaves files that no table needs; a crash after it leaves nothing to
/// do. The batch's id is that of its files, so that doing it again finds it done.
final class Loader {
  static final String MARK = "firn.batch-id";
  private static final InTransaction NONE = connection -> {};

  private final Database database;
  private final Catalog catalog;
  private final Passes passes;
  private final Path work;
  private final Steps steps;

  /// Is told each step before it is taken; tests crash there.
  @FunctionalInterface
  interface Steps {
    Steps NONE = step -> {};

    void before(String step) throws IOException;
  }

  Loader(Database database, Catalog catalog, Passes passes, Path work, Steps steps) {
    this.database = database;
    this.catalog = catalog;
    this.passes = passes;
    this.work = work;
    this.steps = steps;
  }

  /// How a batch ended.
  ///
  /// @param loaded files that are columns now, by this batch or an earlier one
  /// @param failed files that cannot be, by id, and why
  record Outcome(int loaded, long events, long pulses, List<LoadStore.Failure> failed) {}

  /// Thrown out of the transaction of a batch that is there already, or one of whose files is.
  private static final class Taken extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  /// Loads `files`, all of them or those that can be read.
  Outcome load(Pass pass, List<CatalogFile> files, String who) throws IOException {
    List<LoadStore.Failure> failed = new ArrayList<>();
    List<CatalogFile> sound = new ArrayList<>(files);
    Files.createDirectories(work);
    Path folder = Files.createTempDirectory(work, "batch-");
    try {
      while (!sound.isEmpty()) {
        Optional<Outcome> outcome = attempt(pass, sound, folder, who, failed);
        if (outcome.isPresent()) {
          return outcome.get();
        }
      }
      return new Outcome(0, 0, 0, failed);
    } finally {
      clear(folder);
    }
  }

  /// Whether a path in the directory of work is a batch's.
  static boolean isFolder(Path path) {
    return path.getFileName().toString().matches("(batch|fold)-.*") && Files.isDirectory(path);
  }

  static void clear(Path folder) throws IOException {
    try (var left = Files.newDirectoryStream(folder)) {
      for (Path path : left) {
        Files.delete(path);
      }
    }
    Files.delete(folder);
  }

  /// Empty when files turned out to be bad; they are then moved to `failed`.
  private Optional<Outcome> attempt(
      Pass pass, List<CatalogFile> sound, Path folder, String who, List<LoadStore.Failure> failed)
      throws IOException {
    UUID batch = id(pass, sound);
    if (database.read(connection -> LoadStore.committed(connection, batch))) {
      return Optional.of(new Outcome(sound.size(), 0, 0, failed));
    }
    Optional<Ready> ready = prepare(pass, batch, sound, folder, failed);
    if (ready.isEmpty()) {
      return Optional.empty();
    }
    boolean here = commit(pass, List.of(ready.get()), Map.of(MARK, batch.toString()), NONE, who);
    LoadStore.Range made = ready.get().written().range();
    return Optional.of(
        new Outcome(sound.size(), here ? made.events() : 0, here ? made.pulses() : 0, failed));
  }

  /// Loads groups of files, each as a batch of its own, in one commit that bears `mark` and makes
  /// `record` true too. Nothing happens when one file cannot be read, or when one of them is
  /// columns of the pass already.
  ///
  /// @return the files that cannot be read; when there are none, the files are columns
  List<LoadStore.Failure> fold(
      Pass pass, List<List<CatalogFile>> groups, String mark, InTransaction record, String who)
      throws IOException {
    List<LoadStore.Failure> failed = new ArrayList<>();
    Files.createDirectories(work);
    Path folder = Files.createTempDirectory(work, "fold-");
    try {
      List<Ready> all = new ArrayList<>();
      for (List<CatalogFile> group : groups) {
        List<CatalogFile> sound = new ArrayList<>(group);
        prepare(pass, id(pass, group), sound, folder, failed).ifPresent(all::add);
      }
      if (failed.isEmpty()) {
        commit(pass, all, Map.of(MARK, mark), record, who);
      }
      return failed;
    } finally {
      clear(folder);
    }
  }

  /// What a caller's own record learns in the transaction of a commit, before the batches.
  @FunctionalInterface
  interface InTransaction {
    void write(Connection connection) throws SQLException;
  }

  /// A batch whose data files are published and that nothing refers to yet.
  private record Ready(LoadStore.Batch batch, Publication publication, BatchWriter written) {}

  /// Empty when files turned out to be bad; they are then moved from `sound` to `failed`.
  private Optional<Ready> prepare(
      Pass pass, UUID batch, List<CatalogFile> sound, Path folder, List<LoadStore.Failure> failed)
      throws IOException {
    // A second attempt must not find the first one's half-published files in its way.
    String file = batch + "-" + UUID.randomUUID().toString().substring(0, 8) + ".parquet";
    TableSchema schema = passes.tables().look().table(pass.eventsTable()).schema();
    BatchWriter.About about =
        new BatchWriter.About(schema, ScalarColumns.parse(pass.columns()), pass.pulses(), file);
    Path eventsPath = folder.resolve("events-" + file);
    Path pulsesPath = folder.resolve("pulses-" + file);
    steps.before("write");
    BatchWriter written;
    int wanted = sound.size();
    try (BatchWriter writer =
        new BatchWriter(about, eventsPath, pulsesPath, sound.getFirst(), SortedEvents.HELD)) {
      written = writer;
      for (CatalogFile each : List.copyOf(sound)) { // past a bad one too: there may be others
        Optional<String> fault = write(writer, each);
        if (fault.isPresent()) {
          failed.add(new LoadStore.Failure(each.id(), fault.get()));
          sound.remove(each);
        }
      }
      if (sound.size() < wanted) {
        return Optional.empty();
      }
      writer.finish();
    }
    Publication publication = publish(pass, file, eventsPath, pulsesPath);
    LoadStore.Batch made =
        new LoadStore.Batch(
            batch,
            publication.events().name().toString(),
            publication.pulses().name().toString(),
            written.range());
    return Optional.of(new Ready(made, publication, written));
  }

  /// The same files of the same pass make the same batch.
  static UUID id(Pass pass, List<CatalogFile> files) {
    StringBuilder name = new StringBuilder("firn event batch ").append(pass.name());
    files.stream().mapToLong(CatalogFile::id).sorted().forEach(id -> name.append(' ').append(id));
    return UUID.nameUUIDFromBytes(name.toString().getBytes(StandardCharsets.UTF_8));
  }

  private Optional<String> write(BatchWriter writer, CatalogFile file) throws IOException {
    try (ReadChannel channel = passes.tables().files().area().open(file.name());
        InputStream in = new ChannelStream(channel)) {
      writer.write(file, in);
      return Optional.empty();
    } catch (I3Exception e) {
      return Optional.of(String.valueOf(e.getMessage()));
    } catch (StorageException e) {
      return switch (e.kind()) {
        case MISSING -> Optional.of("its bytes are not at this site");
        case DAMAGED, REFUSED, IS_A_DIRECTORY -> Optional.of(String.valueOf(e.getMessage()));
        default -> throw e;
      };
    }
  }

  private record Publication(StoredObject events, StoredObject pulses) {}

  private Publication publish(Pass pass, String file, Path eventsPath, Path pulsesPath)
      throws IOException {
    steps.before("publish events");
    StoredObject events = take(eventsPath, pass.eventsTable(), file);
    steps.before("publish pulses");
    StoredObject pulses = take(pulsesPath, pass.pulsesTable(), file);
    return new Publication(events, pulses);
  }

  private StoredObject take(Path from, TableName table, String file) throws IOException {
    LogicalName name = passes.tables().directory(table).child("data").child(file);
    return passes.tables().files().take(from, name);
  }

  /// Returns whether this call committed them, and not another that had the same files.
  private boolean commit(
      Pass pass, List<Ready> batches, Map<String, String> marks, InTransaction also, String who)
      throws IOException {
    List<NewData> events = new ArrayList<>();
    List<NewData> pulses = new ArrayList<>();
    for (Ready each : batches) {
      events.add(data(each.publication().events(), each.written().eventsSummary()));
      pulses.add(data(each.publication().pulses(), each.written().pulsesSummary()));
    }
    steps.before("commit");
    try {
      passes
          .tables()
          .commit(
              draft -> {
                append(draft, pass.eventsTable(), events, marks);
                append(draft, pass.pulsesTable(), pulses, marks);
                steps.before("swap");
              },
              (connection, metadata) -> {
                also.write(connection);
                for (Ready each : batches) {
                  if (!LoadStore.commit(
                      connection, pass.id(), each.batch(), each.written().files())) {
                    throw new Taken();
                  }
                  record(connection, pass, each, who);
                }
                passes.register(connection, metadata, pass.name(), who);
              });
    } catch (Taken e) {
      return false;
    }
    steps.before("done");
    return true;
  }

  private NewData data(StoredObject file, FileSummary summary) {
    return new NewData(passes.tables().files().location(file.name()), file.size(), summary);
  }

  private static void append(
      IcebergTables.Draft draft, TableName name, List<NewData> data, Map<String, String> marks) {
    PendingTable table = draft.table(name);
    // A pass promoted meanwhile has no rows in waiting, and takes new ones where readers see them.
    boolean staged =
        table.snapshot(Pass.MAIN).isEmpty() || table.snapshot(Pass.STAGING).isPresent();
    table.sortBy(EventTables.ORDER);
    table.append(staged ? Pass.STAGING : Pass.MAIN, data, marks);
  }

  private void record(Connection connection, Pass pass, Ready batch, String who)
      throws SQLException {
    Cause cause = new Cause(who, "columns of pass " + pass.name());
    Publication publication = batch.publication();
    for (StoredObject data : List.of(publication.events(), publication.pulses())) {
      long child = passes.register(connection, data, cause);
      catalog.derivedFrom(connection, child, batch.written().files().keySet());
    }
  }
}
