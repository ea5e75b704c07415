package dev.firn.events;

import dev.firn.catalog.CatalogFile;
import dev.firn.catalog.Cause;
import dev.firn.columnar.FileSummary;
import dev.firn.columnar.TableSchema;
import dev.firn.columnar.iceberg.IcebergTables;
import dev.firn.columnar.iceberg.PendingTable.NewData;
import dev.firn.columnar.iceberg.TableFiles;
import dev.firn.columnar.iceberg.TableName;
import dev.firn.events.query.Queries;
import dev.firn.model.LogicalName;
import dev.firn.storage.StoredObject;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/// Further tables of a pass: columns that somebody computed from its rows, data file by data file,
/// each row belonging to the row of `events` with the same `file_id` and `frame`.
///
/// Readers find them beside `events` and `pulses`, in queries and through the Iceberg catalog.
public final class DerivedTables {
  private final EventRoutes.Means means;
  private final Passes passes;
  private final PassViews views;

  public DerivedTables(EventRoutes.Means means) {
    this.means = means;
    this.passes = means.passes();
    this.views = new PassViews(passes, means.storage());
  }

  /// One data file of `events` and that of its pulses.
  public record Batch(LogicalName events, LogicalName pulses, long rows) {}

  /// What a pass has now, in the order of its files.
  public List<Batch> batches(Pass pass) throws IOException {
    TableFiles files = passes.tables().files();
    LogicalName pulses = passes.tables().directory(pass.pulsesTable()).child("data");
    List<Batch> all = new ArrayList<>();
    for (var file : passes.tables().dataFiles(pass.eventsTable(), pass.branch())) {
      LogicalName events = files.name(file.location());
      all.add(new Batch(events, pulses.child(events.lastSegment()), file.rows()));
    }
    all.sort(Comparator.comparing(Batch::events));
    return all;
  }

  /// Asks one batch alone, whose rows are `events` and `pulses`.
  public void query(Pass pass, Batch batch, String sql, Queries.Answer answer) throws IOException {
    List<Queries.View> of = new ArrayList<>();
    for (TableName name : List.of(pass.eventsTable(), pass.pulsesTable())) {
      boolean own = name.equals(pass.eventsTable());
      LogicalName file = own ? batch.events() : batch.pulses();
      TableSchema schema = passes.tables().look().table(name).schema();
      of.add(new Queries.View(pass.name(), schema, List.of(views.path(file)), !own));
    }
    means.queries().run(sql, Queries.Tables.of(of), answer);
  }

  /// Asks several batches together, with the table `geometry` beside.
  public void query(Pass pass, List<LogicalName> events, String sql, Queries.Answer answer)
      throws IOException {
    LogicalName pulses = passes.tables().directory(pass.pulsesTable()).child("data");
    List<Queries.View> of = new ArrayList<>();
    for (TableName name : List.of(pass.eventsTable(), pass.pulsesTable())) {
      TableSchema schema = passes.tables().look().table(name).schema();
      boolean own = name.equals(pass.eventsTable());
      List<Path> files =
          events.stream().map(e -> views.path(own ? e : pulses.child(e.lastSegment()))).toList();
      of.add(new Queries.View(pass.name(), schema, files, !own));
    }
    Geometry geometry = new Geometry(means.database(), passes.tables().files().area());
    means.queries().run(sql, new Queries.Tables(of, pass.name(), geometry.tables()), answer);
  }

  /// Makes a table unless it is there, together with what `record` writes.
  public void create(TableName name, TableSchema schema, String who, Written record)
      throws IOException {
    passes
        .tables()
        .commit(
            draft -> {
              if (!draft.exists(name)) {
                draft.create(name, schema);
              }
            },
            (connection, written) -> {
              record.write(connection);
              passes.register(connection, written, name.namespace(), who);
            });
  }

  /// What else becomes true with a change of a table.
  @FunctionalInterface
  public interface Written {
    void write(Connection connection) throws SQLException;
  }

  /// Rows that lie whole in a file of this machine.
  ///
  /// @param parents catalog's numbers of the files that they were made from
  public record Rows(Path file, FileSummary summary, List<Long> parents) {}

  /// Publishes a file of rows and adds it to a table, together with what `record` writes; when that
  /// throws, the table is as it was.
  ///
  /// @param file last part of the data file's name, which is free
  /// @param marks kept with the snapshot
  public void append(
      TableName table,
      String file,
      Rows rows,
      Map<String, String> marks,
      String who,
      Written record)
      throws IOException {
    TableFiles files = passes.tables().files();
    LogicalName name = passes.tables().directory(table).child("data").child(file);
    StoredObject stored = files.take(rows.file(), name);
    NewData data = new NewData(files.location(name), stored.size(), rows.summary());
    passes
        .tables()
        .commit(
            draft -> draft.table(table).append(Pass.MAIN, List.of(data), marks),
            (connection, metadata) -> {
              record.write(connection);
              Cause cause = new Cause(who, "rows of " + table);
              long child = passes.register(connection, stored, cause);
              means.catalog().derivedFrom(connection, child, rows.parents());
              passes.register(connection, metadata, table.namespace(), who);
            });
  }

  /// The catalog's numbers of those of these files that it knows.
  public List<Long> ids(LogicalName... names) {
    List<Long> ids = new ArrayList<>();
    for (LogicalName name : names) {
      means.catalog().find(name).map(CatalogFile::id).ifPresent(ids::add);
    }
    return ids;
  }

  /// Tables of a pass besides its own two.
  static List<TableName> of(IcebergTables tables, Pass pass) {
    return tables.list(pass.name()).stream()
        .filter(t -> !t.equals(pass.eventsTable()) && !t.equals(pass.pulsesTable()))
        .toList();
  }
}
