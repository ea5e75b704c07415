package dev.firn.catalog.area;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.catalog.Catalog;
import dev.firn.catalog.CatalogFile;
import dev.firn.catalog.Consistency;
import dev.firn.catalog.FileMetadata;
import dev.firn.catalog.NewFile;
import dev.firn.database.TestDatabase;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.Checksums;
import dev.firn.model.LogicalName;
import dev.firn.model.ReplicaState;
import dev.firn.model.SiteName;
import dev.firn.storage.PosixArea;
import dev.firn.storage.PublishMode;
import dev.firn.storage.StageOptions;
import dev.firn.storage.StagedWrite;
import dev.firn.storage.StorageArea;
import dev.firn.storage.StoredObject;
import dev.firn.storage.journal.ChangeJournal;
import dev.firn.storage.journal.JournaledArea;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A real directory and a real record: what begins with a crash ends with both in agreement.
class AreaComparisonTest {
  private static final SiteName SITE = new SiteName("madison");
  private static final LogicalName TOP = LogicalName.parse("/data");

  @TempDir Path dir;
  private TestDatabase database;
  private Catalog catalog;
  private StorageArea plain;
  private StorageArea area;
  private ChangeJournal journal;
  private AreaComparison comparison;
  private final Set<LogicalName> listed = ConcurrentHashMap.newKeySet();

  @BeforeEach
  void open() throws IOException {
    database = TestDatabase.create();
    catalog = new Catalog(database.database());
    Files.createDirectory(dir.resolve("storage"));
    start();
    comparison.begin();
  }

  @AfterEach
  void close() throws IOException {
    plain.close();
    database.close();
  }

  /// A process of the hub; one before it is as if it had been killed.
  private void start() throws IOException {
    if (plain != null) {
      plain.close();
    }
    plain =
        PosixArea.open(
            TOP,
            dir.resolve("storage"),
            new PosixArea.Settings(
                Set.of(ChecksumAlgorithm.SHA512),
                Duration.ofDays(1),
                Clock.systemUTC(),
                new Random(1 + listed.size() + System.nanoTime())));
    journal = ChangeJournal.open(dir.resolve("changes"), Clock.systemUTC());
    area = new JournaledArea(plain, journal);
    comparison = comparison(area);
  }

  private AreaComparison comparison(StorageArea of) {
    return new AreaComparison(
        new AreaComparison.Place(SITE, of, journal, dir.resolve("changes/start")),
        new AreaComparison.Record(
            database.database(),
            new Consistency(catalog, database.database(), SITE),
            name -> name.lastSegment().startsWith("staged"),
            name -> FileMetadata.NONE),
        Clock.systemUTC(),
        UUID::randomUUID);
  }

  private static LogicalName name(String text) {
    return LogicalName.parse("/data/" + text);
  }

  private StoredObject publish(String to, String content) throws IOException {
    try (StagedWrite staged = area.stage(name(to), StageOptions.DEFAULT)) {
      staged.write(ByteBuffer.wrap(content.getBytes(StandardCharsets.UTF_8)));
      staged.publish(PublishMode.REPLACE, Checksums.NONE);
    }
    return area.find(name(to)).orElseThrow();
  }

  private void put(String to, String content) throws IOException {
    boolean replaced = area.find(name(to)).isPresent();
    StoredObject object = publish(to, content);
    NewFile file = new NewFile(name(to), object.size(), object.checksums(), FileMetadata.NONE);
    catalog.stored(file, replaced, SITE, "door");
    journal.agrees(name(to));
  }

  private Optional<CatalogFile> find(String name) {
    return catalog.find(name(name));
  }

  private ReplicaState state(String name) {
    return find(name).orElseThrow().replicaAt(SITE).orElseThrow().state();
  }

  private void compareAll() throws Exception {
    comparison.start();
    for (int i = 0; i < 600 && comparison.progress().ended() == null; i++) {
      Thread.sleep(50);
    }
    assertThat(comparison.progress().ended()).isNotNull();
    comparison.close();
  }

  @Test
  void whatACrashLeftIsSettledBeforeAnythingIsAnswered() throws Exception {
    put("exp/replaced", "old");
    put("exp/moved", "moved");
    put("exp/removed", "removed");
    put("tree/a/one", "1");
    put("tree/b/two", "2");
    publish("exp/new", "new");
    publish("exp/replaced", "other bytes");
    area.move(name("exp/moved"), name("exp/to"), PublishMode.CREATE_NEW);
    area.move(name("tree"), name("wood"), PublishMode.CREATE_NEW);
    journal.begin(name("exp/removed"));
    catalog.removed(name("exp/removed"), SITE, "door");
    journal.ended(name("exp/removed"));

    start();
    comparison.begin();
    assertThat(state("exp/new")).isEqualTo(ReplicaState.AVAILABLE);
    assertThat(find("exp/replaced").orElseThrow().size()).isEqualTo(11);
    assertThat(state("exp/moved")).isEqualTo(ReplicaState.SUSPECT);
    assertThat(state("exp/to")).isEqualTo(ReplicaState.AVAILABLE);
    assertThat(state("tree/a/one")).isEqualTo(ReplicaState.SUSPECT);
    assertThat(state("wood/a/one")).isEqualTo(ReplicaState.AVAILABLE);
    assertThat(state("wood/b/two")).isEqualTo(ReplicaState.AVAILABLE);
    assertThat(state("exp/removed")).as("its bytes are there").isEqualTo(ReplicaState.AVAILABLE);
    assertThat(journal.left().names()).isEmpty();
  }

  @Test
  void aStartLooksOnlyAtWhatWasNoted() throws Exception {
    put("exp/a", "a");
    publish("other/b", "b");
    start();
    Files.writeString(dir.resolve("storage/exp/stranger"), "by hand");
    comparison = comparison(listed(area, ""));
    comparison.begin();
    assertThat(state("other/b")).isEqualTo(ReplicaState.AVAILABLE);
    assertThat(listed).isEmpty();
  }

  @Test
  void theRestIsFoundBesideTheWork() throws Exception {
    for (int i = 0; i < 30; i++) {
      put("exp/" + i % 3 + "/f" + i, "content " + i);
    }
    Files.delete(dir.resolve("storage/exp/0/f0"));
    Files.writeString(dir.resolve("storage/exp/1/stranger"), "by hand");
    Files.writeString(dir.resolve("storage/exp/1/staged"), "needs no record");
    compareAll();
    AreaProgress progress = comparison.progress();
    assertThat(state("exp/0/f0")).isEqualTo(ReplicaState.SUSPECT);
    assertThat(find("exp/1/stranger")).isEmpty();
    assertThat(progress.files()).isEqualTo(30);
    assertThat(progress.records()).isEqualTo(30);
    assertThat(progress.differing()).isEqualTo(2);
    assertThat(progress.repaired()).isOne();
    assertThat(progress.open()).isOne();
  }

  @Test
  void anAreaThatIsNotThereMakesNothingSuspect() throws Exception {
    for (int i = 0; i < 60; i++) {
      put("exp/" + i % 2 + "/f" + i, "content");
    }
    start();
    comparison.begin();
    Files.move(dir.resolve("storage/exp"), dir.resolve("away"));
    compareAll();
    assertThat(comparison.progress().doubted()).isEqualTo(2);
    assertThat(comparison.progress().repaired()).isZero();
    assertThat(state("exp/1/f1")).isEqualTo(ReplicaState.AVAILABLE);
  }

  @Test
  void norDoesOneOfManySmallDirectories() throws Exception {
    for (int i = 0; i < 60; i++) {
      put("exp/" + i / 3 + "/f" + i, "content");
    }
    start();
    comparison.begin();
    Files.move(dir.resolve("storage/exp"), dir.resolve("away"));
    compareAll();
    assertThat(comparison.progress().doubted()).isEqualTo(20);
    assertThat(comparison.progress().repaired()).isZero();
    assertThat(state("exp/1/f3")).isEqualTo(ReplicaState.AVAILABLE);
  }

  @Test
  void anAreaThatIsNotThereAfterAPowerCutMakesNothingSuspect() throws Exception {
    for (int i = 0; i < 60; i++) {
      put("exp/" + i / 3 + "/f" + i, "content");
    }
    for (Path log : logs()) {
      Files.writeString(log, Files.readString(log).replaceFirst("boot .*", "boot another"));
    }
    Files.move(dir.resolve("storage/exp"), dir.resolve("away"));
    start();
    comparison.begin();
    assertThat(state("exp/1/f3")).isEqualTo(ReplicaState.AVAILABLE);
  }

  private List<Path> logs() throws IOException {
    try (Stream<Path> files = Files.list(dir.resolve("changes"))) {
      return files.filter(f -> f.toString().endsWith(".log")).toList();
    }
  }

  @Test
  void aDirectoryThatIsGoneIsBelievedWhereTheRestIsThere() throws Exception {
    for (int i = 0; i < 330; i++) {
      put((i < 30 ? "gone/f" : "exp/f") + i, "content");
    }
    Files.move(dir.resolve("storage/gone"), dir.resolve("away"));
    compareAll();
    assertThat(state("gone/f1")).isEqualTo(ReplicaState.SUSPECT);
    assertThat(comparison.progress().repaired()).isEqualTo(30);
    assertThat(comparison.progress().doubted()).isZero();
  }

  @Test
  void aPassThatWasCutGoesOnWhereItWasAndPassesOverNothing() throws Exception {
    for (int i = 0; i < 40; i++) {
      put("exp/d" + i + "/sub/f", "content " + i);
      put("exp/d" + i + "-x/f", "content " + i);
    }
    put("a", "first");
    start();
    comparison.begin();
    comparison = comparison(listed(area, "/data/exp/d25"));
    comparison.start();
    while (!listed.contains(name("exp/d25"))) {
      Thread.sleep(20);
    }
    comparison.close();
    assertThat(comparison.progress().ended()).isNull();

    Files.delete(dir.resolve("storage/exp/d7/sub/f"));
    Files.delete(dir.resolve("storage/exp/d30/sub/f"));
    start();
    comparison.begin();
    comparison = comparison(listed(area, ""));
    Set<LogicalName> before = new HashSet<>(listed);
    listed.clear();
    compareAll();
    // What lies in those above and in the last one itself is still to be visited.
    before.removeAll(Set.of(TOP, name("exp"), name("exp/d24-x"), name("exp/d25")));
    assertThat(before).isNotEmpty();
    assertThat(listed).doesNotContainAnyElementsOf(before).contains(name("exp/d30/sub"));
    assertThat(state("exp/d30/sub/f")).isEqualTo(ReplicaState.SUSPECT);
    assertThat(comparison.progress().files()).as("each once").isEqualTo(81 - 2);
  }

  @Test
  void anotherRecordThanTheLastIsComparedAsAWholeFirst() throws Exception {
    put("exp/a", "a");
    Files.writeString(dir.resolve("changes/start"), UUID.randomUUID().toString());
    Files.delete(dir.resolve("storage/exp/a"));
    start();
    comparison.begin();
    assertThat(state("exp/a")).isEqualTo(ReplicaState.SUSPECT);
    assertThat(comparison.progress().ended()).isNotNull();
  }

  @Test
  void whoWorksMeanwhileIsNotDisturbed() throws Exception {
    for (int i = 0; i < 200; i++) {
      put("exp/d" + i % 20 + "/f" + i, "content " + i);
    }
    start();
    comparison.begin();
    comparison.start();
    Random random = new Random(7);
    for (int round = 0; round < 400 || comparison.progress().ended() == null; round++) {
      int i = random.nextInt(200);
      String name = "exp/d" + i % 20 + "/f" + i;
      if (random.nextInt(3) == 0 && area.find(name(name)).isPresent()) {
        journal.begin(name(name));
        catalog.removed(name(name), SITE, "door");
        journal.ended(name(name));
        area.delete(name(name), false);
      } else {
        put(name, "content " + i + " " + round);
      }
      assertThat(round).as("the comparison ends").isLessThan(100_000);
    }
    comparison.close();
    for (int i = 0; i < 200; i++) {
      String name = "exp/d" + i % 20 + "/f" + i;
      Optional<StoredObject> there = area.find(name(name));
      Optional<CatalogFile> file = find(name);
      assertThat(file.isPresent()).as(name).isEqualTo(there.isPresent());
      if (there.isPresent()) {
        assertThat(file.get().size()).as(name).isEqualTo(there.get().size());
        assertThat(state(name)).as(name).isEqualTo(ReplicaState.AVAILABLE);
      }
    }
    assertThat(comparison.progress().repaired()).isZero();
  }

  /// Remembers which directories were listed, and fails at one of them.
  private StorageArea listed(StorageArea of, String cutAt) {
    return (StorageArea)
        Proxy.newProxyInstance(
            StorageArea.class.getClassLoader(),
            new Class<?>[] {StorageArea.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("list")) {
                LogicalName directory = (LogicalName) arguments[0];
                listed.add(directory);
                if (directory.toString().equals(cutAt)) {
                  throw new IOException("cut");
                }
              }
              try {
                return method.invoke(of, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }
}
