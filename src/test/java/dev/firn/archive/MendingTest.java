package dev.firn.archive;

import static dev.firn.archive.ArchiveWorld.DESY;
import static dev.firn.archive.ArchiveWorld.HUB;
import static dev.firn.archive.ArchiveWorld.NERSC;
import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.archive.takeover.Takeover;
import dev.firn.catalog.CatalogFile;
import dev.firn.catalog.ReplicaChange;
import dev.firn.model.LogicalName;
import dev.firn.model.ReplicaState;
import dev.firn.model.SiteName;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Damaged bundles mended with what another archive has.
class MendingTest {
  private static final String MEMBER =
      "data/exp/IceCube/2015/unbiased/PFRaw/0102/PFRaw_PhysicsFiltering_Run00125761_Subrun00000000_00000003.tar.gz";

  private @TempDir Path directory;
  private ArchiveWorld world;

  @BeforeEach
  void start() throws Exception {
    world = ArchiveWorld.ofTwo(directory);
  }

  @AfterEach
  void stop() throws IOException {
    world.close();
  }

  /// Files bundled at both archives and gone from the hub.
  private List<CatalogFile> archivedTwiceAndGoneFromTheHub(Archivist archivist) throws IOException {
    List<CatalogFile> files = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      CatalogFile file = world.put("0101/part" + i + ".tar.gz", 3000 + i);
      world.want(file, DESY);
      files.add(file);
    }
    archivist.collect(true);
    world.settle(archivist);
    for (CatalogFile file : files) {
      world.area.delete(file.name(), false);
      world.database.inTransaction(c -> {
        world.catalog.setReplica(
            c, ReplicaChange.to(file.id(), HUB, ReplicaState.DELETING), "test", "test");
        world.catalog.setReplica(c, ReplicaChange.gone(file.id(), HUB), "test", "test");
        return true;
      });
    }
    return files;
  }

  private CatalogFile now(CatalogFile file) {
    return world.catalog.find(file.id()).orElseThrow();
  }

  private Bundle at(Archivist archivist, SiteName site) {
    return archivist.list(10).stream().filter(b -> b.site().equals(site)).findFirst().orElseThrow();
  }

  @Test
  void aBundleWhoseMembersHaveLeftTheHubIsRebuiltFromThoseOfAnotherArchive() throws Exception {
    Archivist archivist = world.archivist();
    List<CatalogFile> files = archivedTwiceAndGoneFromTheHub(archivist);
    Bundle bundle = at(archivist, NERSC);
    byte[] before = Files.readAllBytes(world.archived(bundle));
    flip(world.archived(bundle), 900);
    assertThat(archivist.fixity().check(bundle.uuid(), b -> {}).damaged()).isTrue();
    archivist.fixity().repair(bundle.uuid(), "operator");
    world.settle(archivist);

    Bundle mended = at(archivist, NERSC);
    assertThat(mended.state()).as("%s", mended.reason()).isEqualTo(BundleState.VERIFIED);
    assertThat(Files.readAllBytes(world.archived(bundle))).isEqualTo(before);
    assertThat(world.replica(files.get(2), NERSC).state()).isEqualTo(ReplicaState.AVAILABLE);
    assertThat(world.area.find(bundle.name())).as("staged copy").isEmpty();
    assertThat(world.catalog.find(files.get(2).id()).orElseThrow().replicaAt(HUB)).isEmpty();
    world.checkPromises(List.of());
  }

  @Test
  void aMemberThatHasRottedAtTheOtherArchiveTooIsSuspectThereAndTheBundleGoesToQuarantine()
      throws Exception {
    Archivist archivist = world.archivist();
    List<CatalogFile> files = archivedTwiceAndGoneFromTheHub(archivist);
    Bundle bundle = at(archivist, NERSC);
    Bundle other = at(archivist, DESY);
    long offset = archivist.recall().find(now(files.get(1)), other.uuid()).orElseThrow().offset();
    flip(file(DESY, other.name()), offset + 5);
    flip(world.archived(bundle), 900);
    archivist.fixity().check(bundle.uuid(), b -> {});
    archivist.fixity().repair(bundle.uuid(), "operator");
    world.settle(archivist);

    assertThat(at(archivist, NERSC).state()).isEqualTo(BundleState.QUARANTINED);
    assertThat(at(archivist, NERSC).reason()).contains("part1.tar.gz", "sha512");
    assertThat(world.replica(files.get(1), DESY).state()).isEqualTo(ReplicaState.SUSPECT);
    assertThat(world.replica(files.get(0), DESY).state()).isEqualTo(ReplicaState.AVAILABLE);
  }

  @Test
  void anImportedBundleIsMendedWithAnotherArchivesCopyOfIt() throws Exception {
    for (boolean samePath : new boolean[] {true, false}) {
      String folder = "archive/" + (samePath ? "same" : "other");
      String elsewhere = samePath ? folder : folder + "/copy";
      byte[] zip = zip(ArchiveWorld.content(folder, 5000));
      plant(NERSC, folder + "/old.zip", zip);
      plant(DESY, elsewhere + "/old.zip", zip);
      takeOver(NERSC, folder);
      takeOver(DESY, elsewhere);
      Archivist archivist = world.archivist();
      Bundle victim = imported(archivist, NERSC, folder);
      assertThat(archivist.fixity().check(victim.uuid(), b -> {}).sound()).isTrue();
      Bundle good = imported(archivist, DESY, folder);
      assertThat(archivist.fixity().check(good.uuid(), b -> {}).sound()).isTrue();

      rotAndRepair(archivist, victim);
      assertThat(archivist.find(victim.uuid()).orElseThrow().state())
          .isEqualTo(BundleState.TRANSFERRING);
      world.settle(archivist);
      Bundle mended = archivist.find(victim.uuid()).orElseThrow();
      assertThat(mended.state()).as("%s", mended.reason()).isEqualTo(BundleState.VERIFIED);
      assertThat(Files.readAllBytes(file(NERSC, victim.name()))).isEqualTo(zip);
      assertThat(
              world.count(
                  "SELECT count(*) FROM audit WHERE kind = 'repair' AND verdict = 'agrees'"
                      + " AND bundle = '"
                      + victim.uuid()
                      + "'"))
          .isEqualTo(1);
      assertThat(
              world.count(
                  "SELECT count(*) FROM history WHERE subject_kind = 'bundle' AND why LIKE"
                      + " 'the same bytes are sent from desy%' AND subject_id = '"
                      + victim.uuid()
                      + "'"))
          .isEqualTo(1);
    }
  }

  @Test
  void anImportedBundleIsMendedWithADuplicateThatLiesBesideIt() throws Exception {
    byte[] zip = zip(ArchiveWorld.content("twice", 5000));
    plant(NERSC, "archive/one/old.zip", zip);
    plant(NERSC, "archive/two/again.zip", zip);
    takeOver(NERSC, "archive/one");
    takeOver(NERSC, "archive/two");
    Archivist archivist = world.archivist();
    Bundle victim = imported(archivist, NERSC, "archive/one");
    Bundle good = imported(archivist, NERSC, "archive/two");
    assertThat(archivist.fixity().check(victim.uuid(), b -> {}).sound()).isTrue();
    assertThat(archivist.fixity().check(good.uuid(), b -> {}).sound()).isTrue();
    rotAndRepair(archivist, victim);
    world.settle(archivist);

    Bundle mended = archivist.find(victim.uuid()).orElseThrow();
    assertThat(mended.state()).as("%s", mended.reason()).isEqualTo(BundleState.VERIFIED);
    assertThat(Files.readAllBytes(file(NERSC, victim.name()))).isEqualTo(zip);
    assertThat(archivist.find(good.uuid()).orElseThrow().state()).isEqualTo(BundleState.VERIFIED);
    assertThat(Files.readAllBytes(file(NERSC, good.name()))).isEqualTo(zip);
  }

  @Test
  void whatLiesInASoundBundleTooIsNotLostWithABadOne() throws Exception {
    byte[] zip = zip(ArchiveWorld.content("twice", 5000));
    plant(NERSC, "archive/one/old.zip", zip);
    plant(NERSC, "archive/two/again.zip", zip);
    takeOver(NERSC, "archive/one");
    takeOver(NERSC, "archive/two");
    Archivist archivist = world.archivist();
    Bundle first = imported(archivist, NERSC, "archive/one");
    Bundle second = imported(archivist, NERSC, "archive/two");
    assertThat(archivist.fixity().check(first.uuid(), b -> {}).sound()).isTrue();
    assertThat(archivist.fixity().check(second.uuid(), b -> {}).sound()).isTrue();
    CatalogFile file = world.catalog.find(LogicalName.parse("/" + MEMBER)).orElseThrow();
    assertThat(world.replica(file, NERSC).bundle()).isEqualTo(first.uuid());

    flip(file(NERSC, second.name()), 2000);
    assertThat(archivist.fixity().check(second.uuid(), b -> {}).damaged()).isTrue();
    assertThat(world.replica(file, NERSC).state()).isEqualTo(ReplicaState.AVAILABLE);
    assertThat(world.replica(file, NERSC).verified()).isNotNull();

    Files.write(file(NERSC, second.name()), zip);
    assertThat(archivist.fixity().check(second.uuid(), b -> {}).sound()).isTrue();
    flip(file(NERSC, first.name()), 2000);
    assertThat(archivist.fixity().check(first.uuid(), b -> {}).damaged()).isTrue();
    assertThat(world.replica(file, NERSC).state()).isEqualTo(ReplicaState.AVAILABLE);
    assertThat(world.replica(file, NERSC).bundle()).isEqualTo(second.uuid());
    assertThat(world.replica(file, NERSC).verified()).as("the other bundle's reading").isNull();
    assertThat(archivist.recall().find(file.name()).orElseThrow().bundle())
        .isEqualTo(second.uuid());
    archivist.fixity().check(second.uuid(), b -> {});
    assertThat(world.replica(file, NERSC).verified()).isNotNull();
  }

  @Test
  void whenTheOtherCopyCannotBeSentItWaitsInQuarantineAndGoesOnWhenResumed() throws Exception {
    byte[] zip = zip(ArchiveWorld.content("old", 5000));
    plant(NERSC, "archive/old/old.zip", zip);
    plant(DESY, "archive/old/old.zip", zip);
    takeOver(NERSC, "archive/old");
    takeOver(DESY, "archive/old");
    Archivist archivist = world.archivist();
    Bundle victim = imported(archivist, NERSC, "archive/old");
    archivist.fixity().check(victim.uuid(), b -> {});
    Bundle good = imported(archivist, DESY, "archive/old");
    archivist.fixity().check(good.uuid(), b -> {});
    Files.delete(file(DESY, good.name()));
    flip(file(NERSC, victim.name()), 2000);
    archivist.fixity().check(victim.uuid(), b -> {});
    archivist.fixity().repair(victim.uuid(), "operator");
    world.settle(archivist);
    Bundle stuck = archivist.find(victim.uuid()).orElseThrow();
    assertThat(stuck.state()).isEqualTo(BundleState.QUARANTINED);
    assertThat(stuck.reason()).contains("failed");

    plant(DESY, "archive/old/old.zip", zip);
    assertThat(archivist.resume(victim.uuid(), "operator")).isTrue();
    world.settle(archivist);
    assertThat(archivist.find(victim.uuid()).orElseThrow().state()).isEqualTo(BundleState.VERIFIED);
    assertThat(Files.readAllBytes(file(NERSC, victim.name()))).isEqualTo(zip);
  }

  private void rotAndRepair(Archivist archivist, Bundle bundle) throws IOException {
    flip(file(NERSC, bundle.name()), 2000);
    assertThat(archivist.fixity().check(bundle.uuid(), b -> {}).damaged()).isTrue();
    archivist.fixity().repair(bundle.uuid(), "operator");
  }

  private Bundle imported(Archivist archivist, SiteName site, String folder) {
    return archivist.list(10).stream()
        .filter(b -> b.site().equals(site) && b.name().toString().contains("/" + folder + "/"))
        .findFirst()
        .orElseThrow();
  }

  private void takeOver(SiteName site, String folder) throws IOException {
    Takeover takeover = world.takeover();
    takeover.run(
        new Takeover.Order(site, LogicalName.parse("/data/" + folder), Map.of()), "test", p -> {});
  }

  private Path file(SiteName site, LogicalName name) {
    return files(site)
        .resolve(String.join("/", name.segments().subList(1, name.segments().size())));
  }

  private Path files(SiteName site) {
    return site.equals(NERSC) ? world.nersc.files : Objects.requireNonNull(world.desy).files;
  }

  private void plant(SiteName site, String path, byte[] bytes) throws IOException {
    Path file = files(site).resolve(path);
    Files.createDirectories(file.getParent());
    Files.write(file, bytes);
  }

  /// A bundle as an old tool wrote it: no manifest, whole paths.
  private static byte[] zip(byte[] content) throws IOException {
    CRC32 crc = new CRC32();
    crc.update(content);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(out)) {
      ZipEntry entry = new ZipEntry(MEMBER);
      entry.setMethod(ZipEntry.STORED);
      entry.setTime(0);
      entry.setSize(content.length);
      entry.setCrc(crc.getValue());
      zip.putNextEntry(entry);
      zip.write(content);
      zip.closeEntry();
    }
    return out.toByteArray();
  }

  private static void flip(Path file, long offset) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    bytes[(int) offset] ^= 1;
    Files.write(file, bytes);
  }
}
