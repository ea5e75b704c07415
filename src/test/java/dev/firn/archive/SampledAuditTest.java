package dev.firn.archive;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.catalog.CatalogFile;
import dev.firn.model.ByteSize;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Audits that read some members of a bundle: what they find, and what they do not prove.
class SampledAuditTest {
  private @TempDir Path directory;
  private ArchiveWorld world;
  private List<CatalogFile> files;

  @BeforeEach
  void tenFilesInOneBundle() throws Exception {
    world = new ArchiveWorld(directory);
    files = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      files.add(world.put("0101/part" + i + ".tar.gz", 2000 + i));
    }
    Archivist archivist = world.archivist();
    archivist.collect(true);
    world.settle(archivist);
  }

  @AfterEach
  void stop() throws IOException {
    world.close();
  }

  private Archivist sampling(long perDay, int percent) {
    return world.archivist(
        world
            .config()
            .withCare(
                ArchiveCare.USUAL.withSamples(new ByteSize(perDay), Duration.ZERO, percent),
                Map.of()));
  }

  @Test
  void aSampleThatAgreesIsNoFullReading() {
    Archivist archivist = sampling(1_000_000, 20);
    Bundle before = world.only(archivist);
    AuditStore.SiteReport unsampled = archivist.report().sites().getFirst();
    assertThat(archivist.audit()).isEqualTo(1);

    assertThat(world.only(archivist).audited()).isEqualTo(before.audited());
    assertThat(world.count("SELECT reads FROM custody")).isEqualTo(1);
    AuditStore.SiteReport report = archivist.report().sites().getFirst();
    assertThat(report.readings()).isEqualTo(unsampled.readings());
    assertThat(report.bytesRead()).isEqualTo(unsampled.bytesRead());
    assertThat(report.sampled()).isEqualTo(1);
    assertThat(report.samples().members()).isEqualTo(2);
    assertThat(report.samples().bytes()).isBetween(4000L, 4020L);
    assertThat(
            world.count(
                "SELECT count(*) FROM audit WHERE kind = 'sample' AND members = 2 AND pass = 0"
                    + " AND detail LIKE 'sampled: 2 of 10 members, pass 0 of seed %'"))
        .isEqualTo(1);
    assertThat(archivist.report().csv().lines().findFirst().orElseThrow())
        .contains("read in full since", "sampled since", "members sampled");
    assertThat(archivist.report().html()).contains("never counts as a reading of the bundle");
  }

  @Test
  void rotInAnyMemberIsFoundByThePassThatReadsItAndMended() throws Exception {
    Archivist archivist = sampling(1_000_000, 20);
    Bundle bundle = world.only(archivist);
    Recall.Location location = archivist.recall().find(files.get(7).name()).orElseThrow();
    flip(world.archived(bundle), location.offset() + 100);
    int passes = 0;
    while (world.only(archivist).state() == BundleState.VERIFIED && passes < 6) {
      archivist.audit();
      passes++;
    }
    assertThat(passes).as("samples until it was found").isLessThanOrEqualTo(5);
    assertThat(
            world.count(
                "SELECT count(*) FROM audit WHERE kind = 'sample' AND verdict = 'differs'"
                    + " AND detail LIKE '%part7.tar.gz in it has sha512%'"))
        .isEqualTo(1);
    world.settle(archivist);
    assertThat(world.only(archivist).state()).isEqualTo(BundleState.VERIFIED);
    assertThat(archivist.report().sites().getFirst().found().repaired()).isEqualTo(1);
  }

  @Test
  void aBundleThatIsCutShortOrGoneIsFoundByASampleAndNotClearedByOne() throws Exception {
    Archivist archivist = sampling(1_000_000, 100);
    Bundle bundle = world.only(archivist);
    byte[] bytes = Files.readAllBytes(world.archived(bundle));
    Files.write(world.archived(bundle), Arrays.copyOf(bytes, 12_000));
    assertThat(archivist.fixity().sample(bundle.uuid(), 100, b -> {}).verdict())
        .isEqualTo("differs");
    assertThat(world.only(archivist).state()).isEqualTo(BundleState.DAMAGED);
    assertThat(archivist.fixity().sample(bundle.uuid(), 100, b -> {}).verdict())
        .isEqualTo("not-in-custody");
    archivist.fixity().repair(bundle.uuid(), "operator");
    world.settle(archivist);
    assertThat(world.only(archivist).state()).isEqualTo(BundleState.VERIFIED);
    world.nersc.area.delete(bundle.name(), false);
    assertThat(archivist.fixity().sample(bundle.uuid(), 1, b -> {}).verdict()).isEqualTo("missing");
  }

  @Test
  void samplesKeepToTheirOwnBytesADay() {
    Archivist archivist = sampling(5000, 20);
    for (int i = 0; i < 5; i++) {
      archivist.audit();
    }
    assertThat(world.count("SELECT count(*) FROM audit WHERE kind = 'sample'")).isEqualTo(1);
  }

  @Test
  void aFullReadingStaysDueHoweverOftenABundleIsSampled() {
    Archivist archivist =
        world.archivist(
            world
                .config()
                .withCare(
                    ArchiveCare.USUAL
                        .withAudits(new ByteSize(1_000_000), Duration.ofDays(365))
                        .withSamples(new ByteSize(1_000_000), Duration.ZERO, 10),
                    Map.of()));
    world.sql("UPDATE bundle SET audited = now() - interval '366 days'");
    assertThat(archivist.fixity().sample(world.only(archivist).uuid(), 100, b -> {}).sound())
        .isTrue();
    archivist.audit();
    assertThat(world.count("SELECT count(*) FROM audit WHERE kind = 'fixity'")).isEqualTo(1);
    assertThat(world.count("SELECT count(*) FROM audit WHERE kind = 'sample'")).isEqualTo(2);
  }

  private static void flip(Path file, long offset) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    bytes[(int) offset] ^= 1;
    Files.write(file, bytes);
  }

  @Test
  void aLongMemberIsToldOfWhileItIsRead() throws Exception {
    world.put("0102/large.tar.gz", 5_000_000);
    Archivist archivist = world.archivist();
    archivist.collect(true);
    world.settle(archivist);
    Bundle bundle =
        archivist.list(10).stream().filter(b -> b.fileCount() == 1).findFirst().orElseThrow();
    List<Long> told = new ArrayList<>();
    assertThat(archivist.fixity().sample(bundle.uuid(), 100, told::add).sound()).isTrue();
    assertThat(told).hasSizeGreaterThan(4).isSorted().endsWith(5_000_000L);
  }
}
