package dev.firn.events;

import dev.firn.catalog.Catalog;
import dev.firn.catalog.CatalogFile;
import dev.firn.columnar.Row;
import dev.firn.columnar.TableSchema;
import dev.firn.columnar.iceberg.IcebergTables;
import dev.firn.database.Database;
import dev.firn.events.query.Queries;
import dev.firn.i3.Frame;
import dev.firn.i3.FrameWriter;
import dev.firn.i3.I3Time;
import dev.firn.i3.data.DetectorGeometry;
import dev.firn.i3.data.OmKey;
import dev.firn.model.LogicalName;
import dev.firn.storage.StorageArea;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;

/// An [EventWorld] for what is built on the tables of passes.
public final class ScoreWorld implements AutoCloseable {
  private final EventWorld world;
  private final EventRoutes.Means means;

  public ScoreWorld(Path directory) throws IOException {
    world = new EventWorld(directory);
    means =
        new EventRoutes.Means(
            world.database,
            world.catalog,
            world.passes,
            world.loads(),
            new Queries(Duration.ofMinutes(1)),
            Optional.of(directory.resolve("storage")));
  }

  public EventRoutes.Means means() {
    return means;
  }

  public Database database() {
    return world.database;
  }

  public Catalog catalog() {
    return world.catalog;
  }

  public StorageArea area() {
    return world.area;
  }

  public IcebergTables tables() {
    return world.tables;
  }

  /// A pass with `files` batches of `events` events each.
  public Pass pass(String name, int run, int files, int events) throws IOException {
    Pass pass =
        world.passes.create(
            name,
            "InIcePulses",
            """
            [[column]]
            name = "energy"
            key = "Truth"
            field = "energy"
            type = "double"
            unit = "GeV"
            doc = "True energy"
            """,
            "tester");
    for (int i = 0; i < files; i++) {
      CatalogFile file = world.file(run, i, 1 + (long) i * events, events);
      world.load(pass, file);
    }
    return world.passes.load(name);
  }

  /// A pass of events that two splitters made a part of each; every part has three pulses of 1 PE
  /// in two modules.
  public Pass ofTwoSplitters(String name, int run, int events) throws IOException {
    Pass pass = world.passes.create(name, "InIcePulses", "", "tester");
    world.load(pass, world.file(run, 0, EventWorld.ofTwoSplitters(run, events), events));
    return world.passes.load(name);
  }

  /// A file with a geometry of these modules.
  LogicalName geometry(SortedMap<OmKey, DetectorGeometry.Position> modules) throws IOException {
    I3Time time = new I3Time(2018, 0);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    new FrameWriter(out)
        .write(Frame.of('G', List.of(new DetectorGeometry(modules, time, time).toGeometry())));
    return world.file(9_000_000, modules.size(), out.toByteArray(), 0).name();
  }

  /// Rows of a question about a pass and what was derived from it.
  public List<List<Object>> ask(Pass pass, String sql) throws IOException {
    return ask(pass, List.of(), sql);
  }

  /// The same beside tables that statements make.
  List<List<Object>> ask(Pass pass, List<String> own, String sql) throws IOException {
    List<List<Object>> rows = new ArrayList<>();
    List<Queries.View> of = new PassViews(world.passes, means.storage()).of(pass, pass.branch());
    means
        .queries()
        .run(
            sql,
            new Queries.Tables(of, of.getFirst().schema(), own),
            new Queries.Answer() {
              private int width;

              @Override
              public void begin(TableSchema schema) {
                width = schema.columns().size();
              }

              @Override
              public void row(Row row) {
                List<Object> values = new ArrayList<>();
                for (int i = 0; i < width; i++) {
                  values.add(row.value(i));
                }
                rows.add(values);
              }
            });
    return rows;
  }

  /// What the catalog says a file was made from, by name.
  public List<String> parents(String name) throws IOException {
    return world.database.read(c -> {
      try (var select =
          c.prepareStatement(
              "SELECT p.parent FROM provenance p JOIN file f ON f.id = p.child WHERE f.id = ?")) {
        select.setLong(1, world.catalog.find(LogicalName.parse(name)).orElseThrow().id());
        List<String> parents = new ArrayList<>();
        try (var row = select.executeQuery()) {
          while (row.next()) {
            parents.add(world.catalog.find(row.getLong(1)).orElseThrow().name().toString());
          }
        }
        return parents;
      }
    });
  }

  @Override
  public void close() throws IOException {
    means.queries().close();
    world.close();
  }
}
