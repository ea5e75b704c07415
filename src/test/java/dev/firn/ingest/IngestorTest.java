package dev.firn.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.catalog.Catalog;
import dev.firn.catalog.CatalogFile;
import dev.firn.catalog.FileMetadata;
import dev.firn.catalog.NewFile;
import dev.firn.database.Database;
import dev.firn.database.TestDatabase;
import dev.firn.i3.EventHeader;
import dev.firn.i3.Frame;
import dev.firn.i3.FrameWriter;
import dev.firn.i3.I3Time;
import dev.firn.ingest.names.FileNames;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.LogicalName;
import dev.firn.model.ReplicaState;
import dev.firn.model.SiteName;
import dev.firn.storage.CrashingArea;
import dev.firn.storage.StorageArea;
import dev.firn.storage.TestAreas;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IngestorTest {
  static final SiteName HUB = new SiteName("madison");
  static final String L2 =
      "exp/IceCube/2018/filtered/level2/0101/Run00130484/Level2_IC86.2017_data_Run00130484_Subrun00000000_0000000%d.i3.gz";
  @TempDir Path directory;
  private TestDatabase test;
  private Path drop;

  @BeforeEach
  void open() throws IOException {
    test = TestDatabase.create();
    drop = Files.createDirectory(directory.resolve("drop"));
  }

  @AfterEach
  void close() {
    test.close();
  }

  @Test
  void eachFileIsTakenWithWhatItsNameAndFramesSay() throws Exception {
    write(L2.formatted(1), i3(130484, 100, 7));
    write(
        "exp/IceCube/2018/unbiased/PFRaw/0101/PFRaw_PhysicsFiltering_Run00130484_Subrun00000000_00000003.tar.gz",
        bytes(5000));
    write("notes.txt", bytes(10));
    Files.createSymbolicLink(drop.resolve("link"), drop.resolve("notes.txt"));

    List<IngestOutcome> outcomes = new ArrayList<>();
    try (StorageArea area = area()) {
      IngestSummary summary = ingestor(area).run(drop, "operator", outcomes::add);
      assertThat(summary.taken()).isEqualTo(3);
      assertThat(summary.skipped()).isEqualTo(1);
    }
    CatalogFile l2 = find("/data/" + L2.formatted(1));
    assertThat(l2.metadata().run()).isEqualTo(130484);
    assertThat(l2.metadata().season()).isEqualTo(2017);
    assertThat(l2.metadata().level()).isEqualTo("L2");
    assertThat(l2.metadata().eventCount()).isEqualTo(7);
    assertThat(l2.metadata().firstEvent()).isEqualTo(100);
    assertThat(l2.metadata().lastEvent()).isEqualTo(106);
    assertThat(l2.replicaAt(HUB).orElseThrow().state()).isEqualTo(ReplicaState.AVAILABLE);
    assertThat(find("/data/ingest/notes.txt").metadata().level()).isEqualTo("unclassified");
    assertThat(drop.resolve("notes.txt")).exists();
  }

  /// As a start does after a crash between publishing and registering.
  @Test
  void whatWasRecordedByItsNameAloneLearnsItsEvents() throws Exception {
    write(L2.formatted(1), i3(130484, 100, 7));
    LogicalName name = LogicalName.parse("/data/" + L2.formatted(1));
    try (StorageArea area = area()) {
      ingestor(area).run(drop, "operator", o -> {});
      CatalogFile taken = find(name.toString());
      forget();
      NewFile found = new NewFile(name, taken.size(), taken.checksums(), FileMetadata.NONE);
      new Catalog(test.database()).stored(found, false, HUB, "found at start");
      assertThat(find(name.toString()).metadata().eventCount()).isNull();

      ingestor(area).run(drop, "operator", o -> {});
    }
    assertThat(find(name.toString()).metadata().eventCount()).isEqualTo(7);
    assertThat(find(name.toString()).metadata().run()).isEqualTo(130484);
  }

  private void forget() {
    test.database()
        .inTransaction(connection -> {
          try (Statement statement = connection.createStatement()) {
            return statement.execute("TRUNCATE file, replica, ingest_source CASCADE");
          }
        });
  }

  @Test
  void takingADirectoryAgainChangesNothing() throws Exception {
    write(L2.formatted(1), i3(130484, 1, 3));
    try (StorageArea area = area()) {
      ingestor(area).run(drop, "operator", o -> {});
      assertThat(ingestor(area).run(drop, "operator", o -> {}).already()).isEqualTo(1);
      // The same bytes from another directory are known by their content.
      Path other = Files.createDirectories(directory.resolve("other/exp/IceCube/2018"));
      Path copy = other.resolve(Path.of(L2.formatted(1)).subpath(3, 8));
      Files.createDirectories(copy.getParent());
      Files.copy(drop.resolve(L2.formatted(1)), copy);
      assertThat(ingestor(area).run(directory.resolve("other"), "operator", o -> {}).already())
          .isEqualTo(1);
    }
  }

  @Test
  void damagedFileGoesToQuarantineAndNothingElseStops() throws Exception {
    byte[] sound = i3(130484, 1, 3);
    write("a/" + L2.formatted(1), sound);
    byte[] plain = plain(130484, 1, 30);
    plain[plain.length * 2 / 3] ^= 4;
    write("b/damaged.i3", plain);
    write("c/cut.i3", Arrays.copyOf(plain(130484, 1, 3), 100));
    write("d/z.txt", bytes(3));
    List<IngestOutcome> outcomes = new ArrayList<>();
    try (StorageArea area = area()) {
      IngestSummary summary = ingestor(area).run(drop, "operator", outcomes::add);
      assertThat(summary.quarantined()).isEqualTo(2);
      assertThat(summary.taken()).isEqualTo(2);
      assertThat(area.find(LogicalName.parse("/data/ingest/b/damaged.i3"))).isEmpty();
      assertThat(new IngestStore(test.database()).refused(0, 10))
          .hasSize(2)
          .allSatisfy(refused -> {
            assertThat(refused.reason()).isNotBlank();
            assertThat(sha512(directory.resolve("quarantine").resolve(refused.sha512())))
                .isEqualTo(refused.sha512());
          });
      assertThat(ingestor(area).run(drop, "operator", o -> {}).already()).isEqualTo(4);
    }
    assertThat(outcomes.stream().filter(IngestOutcome.Quarantined.class::isInstance))
        .first()
        .satisfies(o -> assertThat(((IngestOutcome.Quarantined) o).offset()).isPositive());
  }

  @Test
  void otherBytesUnderATakenNameAreAConflict() throws Exception {
    write("x.txt", bytes(10));
    try (StorageArea area = area()) {
      ingestor(area).run(drop, "operator", o -> {});
      write("x.txt", bytes(11));
      List<IngestOutcome> outcomes = new ArrayList<>();
      IngestSummary summary = ingestor(area).run(drop, "operator", outcomes::add);
      assertThat(summary.conflicts()).isEqualTo(1);
      assertThat(area.find(LogicalName.parse("/data/ingest/x.txt")).orElseThrow().size())
          .isEqualTo(10);
    }
  }

  @Test
  void crashAtEveryStepLosesNothingAndRegistersNothingTwice() throws Exception {
    CrashingArea counter = CrashingArea.counting();
    try (StorageArea area = area()) {
      ingestor(counter.wrap(area)).run(season("counted"), "operator", o -> {});
    }
    assertThat(counter.steps()).isGreaterThan(8);
    for (int step = 1; step <= counter.steps(); step++) {
      for (boolean before : new boolean[] {true, false}) {
        crashAndRunAgain(step, before);
      }
    }
  }

  /// A file, a file with frames and a damaged one, under names of their own.
  private Path season(String run) throws IOException {
    write(run + "/" + run + "/a.txt", bytes(100));
    write(run + "/" + run + "/b.i3.gz", i3(130484, 1, 3));
    write(run + "/" + run + "/c.i3", (run + "no frames").getBytes(StandardCharsets.US_ASCII));
    return drop.resolve(run);
  }

  private void crashAndRunAgain(int step, boolean before) throws IOException {
    String run = step + (before ? "b" : "a");
    Path season = season(run);
    try (StorageArea area = area()) {
      ingestor(CrashingArea.at(step, before).wrap(area)).run(season, "operator", o -> {});
    } catch (CrashingArea.Crash expected) {
      assertThat(expected).hasMessageContaining("crash");
    }
    try (StorageArea area = area()) {
      IngestSummary summary = ingestor(area).run(season, "operator", o -> {});
      assertThat(summary.conflicts()).as("step " + run).isZero();
      for (String name : List.of("a.txt", "b.i3.gz")) {
        LogicalName logical = LogicalName.parse("/data/ingest/" + run + "/" + name);
        assertThat(
                area.reread(logical, Set.of(ChecksumAlgorithm.SHA512))
                    .load(ChecksumAlgorithm.SHA512))
            .isEqualTo(find(logical.toString()).checksums().load(ChecksumAlgorithm.SHA512));
      }
    }
    assertThat(new IngestStore(test.database()).refused(0, 999))
        .filteredOn(r -> r.source().contains("/" + run + "/"))
        .hasSize(1);
    assertThat(directory.resolve("area/ingest/" + run))
        .isDirectoryContaining("glob:**/a.txt")
        .isDirectoryNotContaining("glob:**/c.i3");
  }

  @Test
  void observatorysOwnFilesAreTakenAndExactlyItsDamagedOnesRefused() throws Exception {
    Path real = Path.of(System.getProperty("firn.shared", "../shared"), "data", "icecube");
    Assumptions.assumeTrue(Files.isDirectory(real), "needs the shared data: icecube");
    List<String> refused = new ArrayList<>();
    try (StorageArea area = area()) {
      IngestSummary summary =
          ingestor(area)
              .run(
                  real,
                  "operator",
                  o -> {
                    if (o instanceof IngestOutcome.Quarantined q) {
                      refused.add(q.name().lastSegment());
                    }
                  });
      assertThat(summary.conflicts()).isZero();
      assertThat(summary.skipped()).isZero();
    }
    assertThat(new TreeSet<>(refused))
        .containsExactly("corrupt_hundred_doubles-v4.i3.gz", "truncated_hundred_doubles-v3.i3.gz");
    assertThat(
            find("/data/ingest/oscNext_genie_level7_v02_first_5_frames.i3.gz")
                .metadata()
                .eventCount())
        .isPositive();
  }

  private StorageArea area() throws IOException {
    return TestAreas.open(directory.resolve("area"));
  }

  private Ingestor ingestor(StorageArea area) {
    Database database = test.database();
    return new Ingestor(
        database,
        new Catalog(database),
        area,
        FileNames.shipped(),
        new IngestConfig(HUB, directory.resolve("quarantine"), false));
  }

  private CatalogFile find(String name) {
    return new Catalog(test.database()).find(LogicalName.parse(name)).orElseThrow();
  }

  private void write(String name, byte[] bytes) throws IOException {
    Path file = drop.resolve(name);
    Files.createDirectories(file.getParent());
    Files.write(file, bytes);
  }

  private static byte[] bytes(int length) {
    byte[] bytes = new byte[length];
    new Random(length).nextBytes(bytes);
    return bytes;
  }

  static byte[] i3(long run, long firstEvent, int events) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(plain(run, firstEvent, events));
    }
    return out.toByteArray();
  }

  static byte[] plain(long run, long firstEvent, int events) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    FrameWriter writer = new FrameWriter(out);
    I3Time start = I3Time.of(Instant.parse("2018-01-01T00:00:00Z"));
    for (int i = 0; i < events; i++) {
      EventHeader header = EventHeader.of(run, 0, firstEvent + i, start, start.plusTicks(100));
      writer.write(Frame.of('Q', List.of(header.toObject())));
    }
    return out.toByteArray();
  }

  private static String sha512(Path file) throws Exception {
    return HexFormat.of()
        .formatHex(MessageDigest.getInstance("SHA-512").digest(Files.readAllBytes(file)));
  }
}
