package dev.firn.events;

import dev.firn.catalog.Catalog;
import dev.firn.catalog.CatalogFile;
import dev.firn.catalog.Cause;
import dev.firn.catalog.FileMetadata;
import dev.firn.catalog.NewFile;
import dev.firn.columnar.iceberg.IcebergTables;
import dev.firn.columnar.iceberg.TableFiles;
import dev.firn.columnar.iceberg.TableName;
import dev.firn.database.Database;
import dev.firn.database.TestDatabase;
import dev.firn.i3.EventHeader;
import dev.firn.i3.Frame;
import dev.firn.i3.FrameWriter;
import dev.firn.i3.I3Time;
import dev.firn.i3.data.Blobs;
import dev.firn.i3.data.OmKey;
import dev.firn.i3.data.Pulses;
import dev.firn.model.LogicalName;
import dev.firn.model.SiteName;
import dev.firn.storage.StorageArea;
import dev.firn.storage.StoredObject;
import dev.firn.storage.TestAreas;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Clock;
import java.util.Collection;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.LongStream;

/// A hub's record and storage area with `.i3` files in it, and the event tables over them.
public final class EventWorld implements AutoCloseable {
  public static final SiteName HUB = new SiteName("madison");
  public static final URI BASE = URI.create("https://madison.example:8443");
  public static final LogicalName ROOT = LogicalName.parse("/data/tables");

  public final TestDatabase test = TestDatabase.create();
  public final Database database = test.database();
  public final Catalog catalog = new Catalog(database);
  public final Path directory;
  public final StorageArea area;
  public final IcebergTables tables;
  public final Passes passes;

  public EventWorld(Path directory) throws IOException {
    this.directory = directory;
    Path storage = Files.createDirectories(directory.resolve("storage"));
    this.area = TestAreas.open(storage);
    this.tables = new IcebergTables(database, new TableFiles(area, BASE, ROOT));
    this.passes = new Passes(database, catalog, tables, HUB);
  }

  Loader loader(Loader.Steps steps) {
    return new Loader(database, catalog, passes, directory.resolve("work"), steps);
  }

  /// Asks for files and loads them as one batch.
  Loader.Outcome load(Pass pass, CatalogFile... files) throws IOException {
    List<CatalogFile> all = List.of(files);
    database.inTransaction(
        c -> LoadStore.add(c, pass.id(), all.stream().map(CatalogFile::id).toList()));
    return loader(Loader.Steps.NONE).load(pass, all, "tester");
  }

  Path storage() {
    return directory.resolve("storage");
  }

  Loads loads() {
    return new Loads(
        database, catalog, passes, directory.resolve("work"), "test", Clock.systemUTC());
  }

  /// A file of `events` events, each with a few pulses, in the area and in the catalog.
  CatalogFile file(int run, int subrun, long first, int events) throws IOException {
    return file(run, subrun, i3(run, subrun, first, events), events);
  }

  CatalogFile file(int run, int subrun, byte[] bytes, long events) throws IOException {
    LogicalName name =
        LogicalName.parse("/data/exp/L2/Run%08d/Subrun%03d.i3".formatted(run, subrun));
    Path temporary = Files.createTempFile(directory, "i3", "");
    Files.write(temporary, bytes);
    StoredObject stored =
        new TableFiles(area, BASE, LogicalName.parse("/data")).take(temporary, name);
    FileMetadata metadata =
        FileMetadata.NONE
            .withRun(run, subrun, null)
            .withLevel("L2")
            .withEvents(events, null, null)
            .withTimes(null, null, 100.0);
    NewFile file = new NewFile(name, stored.size(), stored.checksums(), metadata);
    Cause cause = new Cause("test", "made");
    return database.inTransaction(c -> {
      catalog.register(c, file, HUB, name, cause);
      return catalog.find(c, name).orElseThrow();
    });
  }

  public static byte[] i3(int run, int subrun, long first, int events) throws IOException {
    return i3(run, subrun, LongStream.range(first, first + events).boxed().toList());
  }

  static byte[] i3(int run, int subrun, Collection<Long> events) throws IOException {
    return i3(run, subrun, events, 0);
  }

  /// Events of these numbers, each with one P frame, which is the splitter's part of this number.
  static byte[] i3(int run, int subrun, Collection<Long> events, int part) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    FrameWriter writer = new FrameWriter(out);
    Random random = new Random(run * 1_000_003L + events.iterator().next());
    int i = 0;
    for (long event : events) {
      I3Time start = new I3Time(2018, 1_000_000L * event);
      EventHeader header = EventHeader.of(run, subrun, event, start, start.plusTicks(100_000));
      writer.write(Frame.of('Q', List.of(header.toObject(), Blobs.number("Weight", i / 2.0))));
      Pulses.Builder pulses = new Pulses.Builder();
      for (int m = 1; m <= 3; m++) {
        pulses.module(new OmKey(m, 10 + m, 0));
        for (int p = 0; p < 1 + random.nextInt(4); p++) {
          pulses.pulse(100 * p + random.nextInt(90), random.nextInt(80) * 0.025f, 8f, 1);
        }
      }
      EventHeader split = header.split("InIceSplit", part);
      TreeMap<String, Double> numbers = new TreeMap<>();
      numbers.put("energy", 10.0 + i);
      writer.write(
          Frame.of(
              'P',
              List.of(
                  split.toObject(),
                  pulses.build().toObject("InIcePulses"),
                  Blobs.numbers("Truth", numbers))));
      i++;
    }
    return out.toByteArray();
  }

  /// Events from number 1 on with three pulses in their Q frames, of 1 PE each, which the P frames
  /// of two splitters inherit: both made a part 0.
  static byte[] ofTwoSplitters(int run, int events) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    FrameWriter writer = new FrameWriter(out);
    for (int event = 1; event <= events; event++) {
      I3Time start = new I3Time(2018, 1_000_000L * event);
      EventHeader header = EventHeader.of(run, 0, event, start, start.plusTicks(100_000));
      Pulses.Builder pulses = new Pulses.Builder();
      pulses.module(new OmKey(1, 1, 0)).pulse(10, 1f, 8f, 1).pulse(20, 1f, 8f, 1);
      pulses.module(new OmKey(2, 1, 0)).pulse(30, 1f, 8f, 1);
      writer.write(
          Frame.of('Q', List.of(header.toObject(), pulses.build().toObject("InIcePulses"))));
      for (String splitter : List.of("InIceSplit", "NullSplit")) {
        writer.write(Frame.of('P', List.of(header.split(splitter, 0).toObject())));
      }
    }
    return out.toByteArray();
  }

  public long count(TableName table, String ref) throws IOException {
    return tables.dataFiles(table, ref).stream().mapToLong(IcebergTables.DataFileView::rows).sum();
  }

  /// What one statement of the record's own says, for tests that look below.
  public long number(String sql) throws Exception {
    return database.read((Connection connection) -> {
      try (Statement statement = connection.createStatement();
          ResultSet row = statement.executeQuery(sql)) {
        row.next();
        return row.getLong(1);
      }
    });
  }

  @Override
  public void close() throws IOException {
    area.close();
    test.close();
  }
}
