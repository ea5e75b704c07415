package dev.firn.events;

import dev.firn.columnar.TableSchema;
import dev.firn.columnar.iceberg.IcebergTables;
import dev.firn.columnar.iceberg.TableName;
import dev.firn.events.query.Queries;
import dev.firn.model.LogicalName;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The tables of passes as a query names them: `pass3.events` is what readers see of a pass,
/// `"pass3@pass3-v1".events` a release of it, `"pass3@staging".events` what is not yet promoted.
final class PassViews {
  private final Passes passes;
  private final Optional<Path> storage;

  /// @param storage directory of the storage area; empty when it is not a file system
  PassViews(Passes passes, Optional<Path> storage) {
    this.passes = passes;
    this.storage = storage;
  }

  /// The tables of a pass on a branch or tag; those derived from it as they are now.
  List<Queries.View> of(Pass pass, String ref) throws IOException {
    List<Queries.View> views = new ArrayList<>();
    String in = ref.equals(Pass.MAIN) ? pass.name() : pass.name() + "@" + ref;
    views.add(view(in, pass.eventsTable(), ref, false));
    views.add(view(in, pass.pulsesTable(), ref, true));
    for (TableName derived : DerivedTables.of(passes.tables(), pass)) {
      views.add(view(in, derived, Pass.MAIN, false));
    }
    return views;
  }

  private Queries.View view(String in, TableName name, String ref, boolean placed)
      throws IOException {
    TableSchema schema = passes.tables().look().table(name).schema();
    List<Path> files = new ArrayList<>();
    for (IcebergTables.DataFileView file : passes.tables().dataFiles(name, ref)) {
      files.add(path(passes.tables().files().name(file.location())));
    }
    return new Queries.View(in, schema, files, placed);
  }

  /// Where a data file lies on this machine.
  Path path(LogicalName name) {
    Path root =
        storage.orElseThrow(() ->
            new EventsException(
                "not-here", "tables in a bucket are read over HTTP, not queried here"));
    LogicalName prefix = passes.tables().files().area().prefix();
    return root.resolve(String.join("/", name.below(prefix)));
  }
}
