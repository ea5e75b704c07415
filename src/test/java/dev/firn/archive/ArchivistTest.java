package dev.firn.archive;

import static dev.firn.archive.ArchiveWorld.HUB;
import static dev.firn.archive.ArchiveWorld.NERSC;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.firn.catalog.CatalogFile;
import dev.firn.database.DatabaseException;
import dev.firn.model.LogicalName;
import dev.firn.model.ReplicaState;
import dev.firn.storage.CrashingArea;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ArchivistTest {
  @TempDir Path directory;
  private ArchiveWorld world;

  @BeforeEach
  void open() throws Exception {
    world = new ArchiveWorld(directory);
  }

  @AfterEach
  void close() throws IOException {
    world.close();
  }

  @Test
  void fileIsArchivedVerifiedByReadingBackAndItsStagedCopyRemoved() throws Exception {
    List<CatalogFile> files = files(4);
    Archivist archivist = world.archivist();
    assertThat(archivist.collect(true)).isEqualTo(1);
    world.settle(archivist);

    Bundle bundle = world.only(archivist);
    assertThat(bundle.state()).isEqualTo(BundleState.VERIFIED);
    assertThat(bundle.staged()).isFalse();
    assertThat(world.area.find(bundle.name())).isEmpty();
    for (CatalogFile file : files) {
      assertThat(world.replica(file, NERSC).state()).isEqualTo(ReplicaState.AVAILABLE);
      assertThat(world.replica(file, NERSC).verified()).isNotNull();
      assertThat(world.replica(file, NERSC).bundle()).isEqualTo(bundle.uuid());
    }
    CatalogFile itself = world.catalog.find(bundle.name()).orElseThrow();
    assertThat(itself.replicaAt(HUB)).isEmpty();
    assertThat(itself.replicaAt(NERSC).orElseThrow().verifiedHow()).contains("sha512", "adler32");
    assertThat(world.count("SELECT count(*) FROM copy_request WHERE state = 'done'")).isEqualTo(4);
    assertThat(world.count("SELECT count(*) FROM custody")).isEqualTo(1);
    assertThat(world.count("SELECT count(*) FROM history WHERE subject_kind = 'bundle'"))
        .isGreaterThanOrEqualTo(5);
    try (FileChannel channel = FileChannel.open(world.archived(bundle))) {
      BundleReader reader = BundleReader.open(BundleReader.Source.of(channel));
      assertThat(reader.verify(r -> assertThat(r.known()).isTrue())).isTrue();
      assertThat(reader.manifest().orElseThrow().files())
          .extracting(BundleManifest.File::logicalName)
          .containsExactlyElementsOf(files.stream().map(f -> f.name().toString()).toList());
    }
    world.checkPromises(files);
  }

  @Test
  void nothingIsVerifiedWhileTheArchiveHoldsOtherBytes() throws Exception {
    List<CatalogFile> files = files(2);
    Archivist archivist = world.archivist();
    archivist.collect(true);
    archivist.step();
    archivist.step();
    world.deliver();
    Bundle bundle = world.only(archivist);
    flip(world.archived(bundle), 500);
    world.sql("UPDATE bundle SET not_before = '-infinity'");
    archivist.step();
    assertThat(world.only(archivist).state()).isEqualTo(BundleState.VERIFYING);
    archivist.step();

    Bundle after = world.only(archivist);
    assertThat(after.state()).isEqualTo(BundleState.PACKED);
    assertThat(after.overwrite()).isTrue();
    assertThat(after.verified()).isNull();
    assertThat(world.replica(files.getFirst(), NERSC).verified()).isNull();
    assertThat(world.area.find(bundle.name())).isPresent();
    world.settle(archivist);
    assertThat(world.only(archivist).state()).isEqualTo(BundleState.VERIFIED);
    assertThat(world.count("SELECT count(*) FROM audit WHERE verdict = 'differs'")).isEqualTo(1);
  }

  @Test
  void damagedMemberIsSuspectAndTheBundleGoesWithoutIt() throws Exception {
    List<CatalogFile> files = files(3);
    Path victim =
        world.home.resolve(String.join("/", files.get(1).name().segments().subList(1, 8)));
    flip(victim, 100);
    Archivist archivist = world.archivist();
    archivist.collect(true);
    world.settle(archivist);

    assertThat(world.replica(files.get(1), HUB).state()).isEqualTo(ReplicaState.SUSPECT);
    Bundle bundle = world.only(archivist);
    assertThat(bundle.state()).isEqualTo(BundleState.VERIFIED);
    assertThat(bundle.fileCount()).isEqualTo(2);
    assertThat(world.catalog.find(files.get(1).id()).orElseThrow().replicaAt(NERSC)).isEmpty();
    assertThat(world.count("SELECT count(*) FROM copy_request WHERE state = 'open'")).isEqualTo(1);
    assertThat(archivist.collect(true)).isZero();
  }

  @Test
  void flippedBitIsFoundByTheAuditAndMendedWithTheIdenticalBundle() throws Exception {
    List<CatalogFile> files = files(3);
    Archivist archivist = world.archivist();
    archivist.collect(true);
    world.settle(archivist);
    Bundle bundle = world.only(archivist);
    byte[] before = Files.readAllBytes(world.archived(bundle));
    assertThat(archivist.fixity().check(bundle.uuid(), b -> {}).sound()).isTrue();

    flip(world.archived(bundle), before.length / 2);
    Fixity.Result result = archivist.fixity().check(bundle.uuid(), b -> {});
    assertThat(result.verdict()).isEqualTo("differs");
    assertThat(world.only(archivist).state()).isEqualTo(BundleState.DAMAGED);
    assertThat(world.replica(files.getFirst(), NERSC).state()).isEqualTo(ReplicaState.BAD);
    assertThat(archivist.recall().find(files.getFirst().name())).isEmpty();

    assertThat(archivist.fixity().repair(bundle.uuid(), "operator")).isTrue();
    world.settle(archivist);
    Bundle mended = world.only(archivist);
    assertThat(mended.state()).isEqualTo(BundleState.VERIFIED);
    assertThat(mended.checksums()).isEqualTo(bundle.checksums());
    assertThat(Files.readAllBytes(world.archived(bundle))).isEqualTo(before);
    assertThat(world.replica(files.getFirst(), NERSC).state()).isEqualTo(ReplicaState.AVAILABLE);
    assertThat(world.area.find(bundle.name())).isEmpty();
    assertThat(
            world.count("SELECT count(*) FROM audit WHERE kind = 'repair' AND verdict = 'agrees'"))
        .isEqualTo(1);
    world.checkPromises(files);
  }

  @Test
  void lostBundleIsFoundAndRebuilt() throws Exception {
    files(2);
    Archivist archivist = world.archivist();
    archivist.collect(true);
    world.settle(archivist);
    Bundle bundle = world.only(archivist);
    world.nersc.area.delete(bundle.name(), false);
    assertThat(archivist.fixity().check(bundle.uuid(), b -> {}).verdict()).isEqualTo("missing");
    archivist.fixity().repair(bundle.uuid(), "operator");
    world.settle(archivist);
    assertThat(archivist.fixity().check(bundle.uuid(), b -> {}).sound()).isTrue();
  }

  @Test
  void bundleThatCannotBeRebuiltIsQuarantinedWithItsReason() throws Exception {
    List<CatalogFile> files = files(2);
    Archivist archivist = world.archivist();
    archivist.collect(true);
    world.settle(archivist);
    Bundle bundle = world.only(archivist);
    flip(world.archived(bundle), 300);
    archivist.fixity().check(bundle.uuid(), b -> {});
    flip(world.home.resolve(String.join("/", files.get(0).name().segments().subList(1, 8))), 3);
    archivist.fixity().repair(bundle.uuid(), "operator");
    world.settle(archivist);
    Bundle stuck = world.only(archivist);
    assertThat(stuck.state()).isEqualTo(BundleState.QUARANTINED);
    assertThat(stuck.reason()).contains("sha512");
    assertThat(world.replica(files.get(0), HUB).state()).isEqualTo(ReplicaState.SUSPECT);
  }

  @Test
  void oneMemberIsRecalledByItsRangeAndWrongBytesAreWithheld() throws Exception {
    List<CatalogFile> files = files(5);
    Archivist archivist = world.archivist();
    archivist.collect(true);
    world.settle(archivist);
    LogicalName name = files.get(3).name();
    Recall.Location location = archivist.recall().find(name).orElseThrow();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    archivist.recall().fetch(location, b -> Channels.newChannel(out).write(b));
    assertThat(out.toByteArray()).isEqualTo(ArchiveWorld.content("0101/part3.tar.gz", 4000));

    flip(world.archived(world.only(archivist)), location.offset() + 2);
    ByteArrayOutputStream wrong = new ByteArrayOutputStream();
    assertThatThrownBy(
            () -> archivist.recall().fetch(location, b -> Channels.newChannel(wrong).write(b)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("not what the catalog says");
    assertThat((long) wrong.size()).isLessThan(location.size());
  }

  @Test
  void archiveThatIsAwayChangesNothing() throws Exception {
    files(1);
    Archivist archivist = world.archivist();
    archivist.collect(true);
    world.settle(archivist);
    Bundle bundle = world.only(archivist);
    world.nersc.server.close();
    assertThat(archivist.fixity().check(bundle.uuid(), b -> {}).verdict()).isEqualTo("unreadable");
    assertThat(world.only(archivist).state()).isEqualTo(BundleState.VERIFIED);
  }

  @Test
  void databaseRefusesStatesThatMayNotFollow() throws Exception {
    files(1);
    Archivist archivist = world.archivist();
    archivist.collect(true);
    assertThatThrownBy(() -> world.sql("UPDATE bundle SET state = 'verifying'"))
        .isInstanceOf(DatabaseException.class);
    world.settle(archivist);
    assertThatThrownBy(() -> world.sql("UPDATE bundle SET sha512 = repeat('0', 128)"))
        .isInstanceOf(DatabaseException.class)
        .hasMessageContaining("fixed");
    for (BundleState from : BundleState.values()) {
      assertThat(
              world.count(
                  "SELECT count(*) FROM bundle_transition WHERE from_state = '"
                      + from.label()
                      + "'"))
          .as(from.label())
          .isEqualTo(from.next().size());
    }
  }

  @Test
  void crashAtEveryStepOfBundlingKeepsThePromises() throws Exception {
    CrashingArea counter = CrashingArea.counting();
    List<CatalogFile> files = new ArrayList<>(List.of(world.put("count/a.tar.gz", 3000)));
    Archivist counted = world.archivist(counter.wrap(world.area));
    counted.collect(true);
    world.settle(counted);
    assertThat(counter.steps()).isGreaterThan(8);
    for (int step = 1; step <= counter.steps(); step++) {
      for (boolean before : new boolean[] {true, false}) {
        files.add(world.put("s" + step + before + "/a.tar.gz", 3000));
        crash(world.archivist(CrashingArea.at(step, before).wrap(world.area)));
        world.reopenArea();
        world.checkPromises(files);
        Archivist again = world.archivist();
        again.collect(true);
        world.settle(again);
        world.checkPromises(files);
        assertThat(again.list(1000))
            .allSatisfy(b -> assertThat(b.state()).isEqualTo(BundleState.VERIFIED));
        assertThat(world.replica(files.getLast(), NERSC).verified()).isNotNull();
      }
    }
  }

  private void crash(Archivist archivist) throws IOException {
    try {
      archivist.collect(true);
      world.settle(archivist);
    } catch (CrashingArea.Crash expected) {
      assertThat(expected).hasMessageContaining("crash");
    }
  }

  private List<CatalogFile> files(int count) throws IOException {
    List<CatalogFile> files = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      files.add(world.put("0101/part" + i + ".tar.gz", 1000 * (i + 1)));
    }
    return files;
  }

  private static void flip(Path file, long offset) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    bytes[(int) offset] ^= 1;
    Files.write(file, bytes);
  }

  @Test
  void aListThatIsCutSaysSo() throws Exception {
    world.sql(
        "INSERT INTO bundle(uuid, site, request_path, name, state, created, file_count,"
            + " member_bytes, size, origin) SELECT gen_random_uuid(), 'nersc', '/',"
            + " '/data/old/' || n, 'unread', now(), 0, 0, 1, 'imported'"
            + " FROM generate_series(1, 1001) n");
    try (ArchiveApi api = ArchiveApi.start(directory, world.archivist())) {
      assertThat(api.archive("ls").err()).contains("there are more");
      assertThat(api.archive("ls", "--site", "desy").err()).isEmpty();
    }
  }

  @Test
  void whatIsNotAtTheHubKeepsNothingBackThatIs() throws Exception {
    world.sql(
        "INSERT INTO copy_request(file_id, rule_id, site, bundled, why) SELECT 1000000 + n,"
            + " (SELECT min(id) FROM replication_rule), 'nersc', true, 'test'"
            + " FROM generate_series(1, 20001) n");
    world.put("0101/new.tar.gz", 3000);
    assertThat(world.archivist().collect(true)).isEqualTo(1);
  }
}
