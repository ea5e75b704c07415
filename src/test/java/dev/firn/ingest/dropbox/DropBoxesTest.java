package dev.firn.ingest.dropbox;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.catalog.Catalog;
import dev.firn.catalog.CatalogFile;
import dev.firn.catalog.ReplicaChange;
import dev.firn.catalog.Verification;
import dev.firn.database.TestDatabase;
import dev.firn.ingest.IngestConfig;
import dev.firn.ingest.Ingestor;
import dev.firn.ingest.names.FileNames;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.LogicalName;
import dev.firn.model.ReplicaState;
import dev.firn.model.SiteName;
import dev.firn.storage.CrashingArea;
import dev.firn.storage.Hashes;
import dev.firn.storage.StorageArea;
import dev.firn.storage.TestAreas;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DropBoxesTest {
  private static final SiteName HUB = new SiteName("madison");
  private static final SiteName FAR = new SiteName("nersc");
  @TempDir Path directory;
  private TestDatabase test;
  private StorageArea area;
  private Path drop;

  @BeforeEach
  void open() throws IOException {
    test = TestDatabase.create();
    area = TestAreas.open(directory.resolve("area"));
    drop = Files.createDirectory(directory.resolve("drop")).toRealPath();
  }

  @AfterEach
  void close() throws IOException {
    area.close();
    test.close();
  }

  private DropBox box(String semaphore, boolean checksum, int copies) {
    return new DropBox(
        "edge",
        drop,
        List.of("*.dat", "*.i3"),
        Optional.ofNullable(semaphore),
        Duration.ZERO,
        checksum,
        copies,
        Optional.of(LogicalName.parse("/data/edge")),
        Duration.ofMillis(200));
  }

  private BoxWork.Means means(StorageArea to) {
    IngestConfig config = new IngestConfig(HUB, directory.resolve("quarantine"), false);
    Catalog catalog = new Catalog(test.database());
    Ingestor ingestor = new Ingestor(test.database(), catalog, to, FileNames.shipped(), config);
    return new BoxWork.Means(test.database(), catalog, to, ingestor, HUB);
  }

  private BoxWork work(DropBox box) {
    return new BoxWork(box, means(area), Clock.systemUTC());
  }

  private DropBoxes boxes(DropBox box) {
    BoxWork.Means means = means(area);
    return new DropBoxes(
        List.of(box),
        test.database(),
        means.catalog(),
        new DropBoxes.Ingesting(means.ingestor(), area, HUB),
        Clock.systemUTC());
  }

  private Optional<CatalogFile> find(String name) {
    return new Catalog(test.database()).find(LogicalName.parse("/data/edge/" + name));
  }

  private static void until(BooleanSupplier condition) throws InterruptedException {
    long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("waited a minute").isLessThan(end);
      Thread.sleep(50);
    }
  }

  private Map<Path, String> waiting(DropBox box) throws IOException {
    return new Look(box).at(Instant.now(), (f, s, m, o) -> false).waiting();
  }

  private void copyAtFar(CatalogFile file) {
    Catalog catalog = new Catalog(test.database());
    test.database()
        .inTransaction(c -> {
          catalog.setReplica(
              c, ReplicaChange.to(file.id(), FAR, ReplicaState.AVAILABLE), "test", "copied");
          return catalog.verify(
              c,
              new Verification(
                  file.id(), FAR, file.size(), file.checksums(), "read back", Instant.now()),
              "test");
        });
  }

  @Test
  void fileIsTakenAndRemovedOnceItsCopiesWereVerified() throws Exception {
    DropBox box = box(null, false, 2);
    try (DropBoxes boxes = boxes(box)) {
      boxes.start();
      Path file = Files.writeString(drop.resolve("a.dat"), "snow");
      Files.writeString(drop.resolve("a.txt"), "not wanted");
      Path deep = Files.createDirectories(drop.resolve("x/y"));
      Files.writeString(deep.resolve("b.dat"), "ice");
      until(() -> find("a.dat").isPresent() && find("x/y/b.dat").isPresent());
      Thread.sleep(3_000); // long enough for a purge that should not be
      assertThat(file).exists();
      assertThat(find("a.txt")).isEmpty();
      copyAtFar(find("a.dat").orElseThrow());
      until(() -> !Files.exists(file));
      assertThat(deep.resolve("b.dat")).exists();
      until(() -> boxes.store().counts("edge").getOrDefault("purged", 0L) == 1);
      assertThat(find("a.dat").orElseThrow().replicaAt(HUB).orElseThrow().verified()).isNotNull();
    }
  }

  @Test
  void nothingIsTakenBeforeItIsWhole() throws Exception {
    Path file = drop.resolve("a.dat");
    try (OutputStream writing = Files.newOutputStream(file)) {
      writing.write('x');
      writing.flush();
      assertThat(waiting(box(null, false, 1)))
          .containsEntry(file, "a process has it open for writing");
    }
    assertThat(waiting(box(null, false, 1))).isEmpty();
    assertThat(waiting(box("{stem}.sem", false, 1))).containsEntry(file, "waits for a.sem");
    assertThat(waiting(box("{name}.done", true, 1))).containsEntry(file, "waits for a.dat.done");
    Files.createFile(drop.resolve("a.dat.done"));
    assertThat(waiting(box("{name}.done", true, 1))).containsEntry(file, "waits for its checksum");
  }

  @Test
  void semaphoresAreToldByWhatStandsAroundTheName() throws Exception {
    String name = "Level2_IC86.2017_data_Run00130484_Subrun00000000_00000188";
    DropBox stem = box("{stem}.sem", false, 1);
    assertThat(stem.semaphoreOf(name + ".i3.zst")).contains(name + ".sem");
    assertThat(stem.semaphoreOf("a.dat.tar.gz")).contains("a.sem");
    assertThat(stem.semaphoreOf("a.blob")).contains("a.sem");
    assertThat(stem.semaphoreOf("a_1.5")).contains("a_1.5.sem");
    assertThat(stem.semaphoreOf(".i3")).contains(".i3.sem");
    assertThat(stem.isSemaphore("a.sem")).isTrue();
    DropBox before = box("done_{stem}.ok", false, 1);
    assertThat(before.semaphoreOf("a.dat")).contains("done_a.ok");
    assertThat(before.isSemaphore("done_a.ok")).isTrue();
    assertThat(before.isSemaphore("a.ok")).isFalse();
    DropBox hidden = box(".{name}.done", false, 1);
    assertThat(hidden.semaphoreOf("a.dat")).contains(".a.dat.done");
    assertThat(hidden.isSemaphore(".a.dat.done")).isTrue();
    assertThat(hidden.isSemaphore(".done")).isFalse();
    assertThat(box(null, false, 1).isSemaphore("a.dat")).isFalse();
  }

  /// The hub's own copy of the first is not there any more.
  @Test
  void lostCopyKeepsItsSourceAndNoOther() throws Exception {
    DropBox box = box(null, false, 1);
    for (String name : List.of("a.dat", "b.dat", "c.dat")) {
      Files.writeString(drop.resolve(name), "snow " + name);
    }
    takeAll(box, work(box));
    area.delete(LogicalName.parse("/data/edge/a.dat"), false);
    try (DropBoxes boxes = boxes(box)) {
      boxes.start();
      until(() -> !Files.exists(drop.resolve("c.dat")));
      assertThat(drop.resolve("a.dat")).exists();
      assertThat(drop.resolve("b.dat")).doesNotExist();
      until(() -> boxes.standing().getFirst().status().failure() != null);
      assertThat(boxes.standing().getFirst().status().failure()).contains("a.dat");
    }
  }

  /// By a path that is longer than the system takes: that stops the superuser as well.
  @Test
  void directoryThatCannotBeReadStopsNothingElse() throws Exception {
    Path file = Files.writeString(drop.resolve("z.dat"), "snow");
    String name = "d".repeat(250);
    Path deep = drop.resolve("a");
    Path tail = directory.resolve("tail");
    Path end = tail;
    for (int i = 0; i < 9; i++) {
      deep = deep.resolve(name);
      end = end.resolve(name);
    }
    Files.createDirectories(deep);
    Files.createDirectories(end);
    Path grown = Files.move(tail, deep.resolve("tail"));
    try {
      Look.Sight sight = new Look(box(null, false, 1)).at(Instant.now(), (f, s, m, o) -> false);
      assertThat(sight.ready()).extracting(Look.Ready::file).containsExactly(file);
      assertThat(sight.waiting().values()).singleElement().asString().contains("cannot be read");
    } finally {
      Files.move(grown, tail);
    }
  }

  @Test
  void changingFileIsNotTakenUntilItSettled() throws Exception {
    DropBox box =
        new DropBox(
            "edge",
            drop,
            List.of("*"),
            Optional.empty(),
            Duration.ofSeconds(10),
            false,
            1,
            Optional.empty(),
            Duration.ofSeconds(1));
    Path file = Files.writeString(drop.resolve("a.dat"), "1");
    Look look = new Look(box);
    Instant start = Instant.parse("2026-01-01T00:00:00Z");
    assertThat(look.at(start, (f, s, m, o) -> false).ready()).isEmpty();
    Files.writeString(file, "12");
    assertThat(look.at(start.plusSeconds(9), (f, s, m, o) -> false).ready()).isEmpty();
    assertThat(look.at(start.plusSeconds(18), (f, s, m, o) -> false).ready()).isEmpty();
    assertThat(look.at(start.plusSeconds(19), (f, s, m, o) -> false).ready()).hasSize(1);
  }

  /// It was whole when it was looked at, and is being written again when its turn comes.
  @Test
  void fileThatIsWrittenAgainBeforeItsTurnIsTakenWholeLater() throws Exception {
    Path file = Files.writeString(drop.resolve("a.dat"), "first half ");
    DropBox box = box(null, false, 1);
    BoxWork work = work(box);
    Look.Ready seen = new Look(box).at(Instant.now(), work::known).ready().getFirst();
    try (OutputStream writing = Files.newOutputStream(file, StandardOpenOption.APPEND)) {
      work.take(seen);
      assertThat(find("a.dat")).as("open, and nothing written yet").isEmpty();
      writing.write("second".getBytes(StandardCharsets.UTF_8));
      work.take(seen);
      assertThat(find("a.dat")).as("half written").isEmpty();
      writing.write(" half".getBytes(StandardCharsets.UTF_8));
    }
    work.take(seen);
    assertThat(find("a.dat")).as("not what was looked at").isEmpty();
    takeAll(box, work);
    assertThat(find("a.dat").orElseThrow().size()).isEqualTo(22);
    assertThat(work.in("refused", 0, 10)).isEmpty();
  }

  @Test
  void bytesThatDifferFromWhatTheOriginSaysAreRefused() throws Exception {
    Files.writeString(drop.resolve("good.dat"), "snow");
    Files.writeString(
        drop.resolve("good.dat.md5"), hex(ChecksumAlgorithm.MD5, "snow") + "  good.dat\n");
    Files.writeString(drop.resolve("bad.dat"), "snow");
    Files.writeString(drop.resolve("bad.dat.sha512"), hex(ChecksumAlgorithm.SHA512, "rain"));
    Files.writeString(drop.resolve("odd.dat"), "snow");
    Files.writeString(drop.resolve("odd.dat.md5"), "no checksum at all");
    DropBox box = box(null, true, 1);
    BoxWork work = work(box);
    Look.Sight sight = new Look(box).at(Instant.now(), work::known);
    for (Look.Ready ready : sight.ready()) {
      work.take(ready);
    }
    assertThat(sight.waiting().toString()).contains("odd.dat.md5 has no md5 of odd.dat");
    assertThat(find("good.dat")).isPresent();
    assertThat(find("bad.dat")).isEmpty();
    assertThat(work.in("refused", 0, 10))
        .singleElement()
        .satisfies(row -> assertThat(row.reason()).contains("its origin says"));
    assertThat(drop.resolve("bad.dat")).exists();
    // Refused once, until it or its sidecar changes.
    assertThat(new Look(box).at(Instant.now(), work::known).ready()).isEmpty();
    Files.writeString(drop.resolve("bad.dat.sha512"), hex(ChecksumAlgorithm.SHA512, "snow"));
    assertThat(new Look(box).at(Instant.now(), work::known).ready()).hasSize(1);
  }

  private static String hex(ChecksumAlgorithm algorithm, String text) {
    return HexFormat.of()
        .formatHex(Hashes.of(algorithm).digest(text.getBytes(StandardCharsets.UTF_8)));
  }

  @Test
  void crashAtEveryStepOfTheAreaLosesNothingAndTakesNothingTwice() throws Exception {
    DropBox box = box(null, false, 1);
    for (int step = 0; ; step++) {
      String name = "f" + step + ".dat";
      Path file = Files.writeString(drop.resolve(name), "bytes of " + step);
      boolean crashed = false;
      try {
        StorageArea crashing = CrashingArea.at(step / 2 + 1, step % 2 == 0).wrap(area);
        takeAll(box, new BoxWork(box, means(crashing), Clock.systemUTC()));
      } catch (CrashingArea.Crash e) {
        crashed = true;
      }
      BoxWork again = work(box);
      assertThat(file).as("step %d", step).exists();
      takeAll(box, again);
      assertThat(find(name)).as("step %d", step).isPresent();
      assertThat(again.in("taken", 0, 10)).as("step %d", step).hasSize(1);
      again.purge(again.in("taken", 0, 1).getFirst());
      assertThat(file).as("step %d", step).doesNotExist();
      if (!crashed) {
        assertThat(step).isGreaterThan(1);
        return;
      }
    }
  }

  private static void takeAll(DropBox box, BoxWork work) throws IOException {
    for (Look.Ready ready : new Look(box).at(Instant.now(), work::known).ready()) {
      work.take(ready);
    }
  }

  /// What a crash leaves between removing the parts of a source and writing so.
  @Test
  void crashWhileTheSourceIsRemovedIsFinished() throws Exception {
    DropBox box = box("{name}.sem", false, 1);
    Path file = Files.writeString(drop.resolve("a.dat"), "snow");
    Path semaphore = Files.createFile(drop.resolve("a.dat.sem"));
    BoxWork work = work(box);
    takeAll(box, work);
    DropBoxStore.Row row = work.in("taken", 0, 1).getFirst();
    Files.delete(semaphore);
    assertThat(new Look(box).at(Instant.now(), work::known).ready()).isEmpty();
    Files.delete(file);
    assertThat(work.purge(row)).isEmpty();
    assertThat(work.in("purged", 0, 1)).hasSize(1);
  }

  @Test
  void sourceThatBecameAnotherFileStays() throws Exception {
    DropBox box = box(null, false, 1);
    Path file = Files.writeString(drop.resolve("a.dat"), "snow");
    BoxWork work = work(box);
    takeAll(box, work);
    Files.writeString(file, "other snow");
    work.purge(work.in("taken", 0, 1).getFirst());
    assertThat(file).exists();
    assertThat(work.in("changed", 0, 1)).hasSize(1);
    takeAll(box, work);
    assertThat(work.in("refused", 0, 1).getFirst().reason()).contains("other bytes");
  }

  @Test
  void damagedCopyAtTheHubKeepsTheSource() throws Exception {
    DropBox box = box(null, false, 1);
    Path file = Files.writeString(drop.resolve("a.dat"), "snow");
    BoxWork work = work(box);
    takeAll(box, work);
    try (var stored = Files.walk(directory.resolve("area"))) {
      Path copy =
          stored.filter(p -> p.getFileName().toString().equals("a.dat")).findFirst().orElseThrow();
      Files.writeString(copy, "rain");
    }
    assertThat(work.purge(work.in("taken", 0, 1).getFirst()).orElseThrow()).contains("madison");
    assertThat(file).exists();
  }
}
