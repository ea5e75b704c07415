package dev.firn.archive;

import static dev.firn.archive.ArchiveWorld.NERSC;
import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.Hands;
import dev.firn.archive.takeover.OldBundles;
import dev.firn.archive.takeover.Takeover;
import dev.firn.catalog.CatalogFile;
import dev.firn.door.TestSite;
import dev.firn.model.ByteSize;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.LogicalName;
import dev.firn.model.SiteName;
import dev.firn.storage.ForwardingArea;
import dev.firn.storage.ReadChannel;
import dev.firn.storage.StorageArea;
import dev.firn.storage.StorageException;
import dev.firn.transfer.execution.TransferTokens;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.channels.Channels;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Audits by schedule, over our own bundles and those that others packed.
class AuditorTest {
  private static final LogicalName FOLDER = LogicalName.parse("/data/archive/old");
  private static final String MEMBER =
      "data/exp/IceCube/2015/unbiased/PFRaw/0102/PFRaw_PhysicsFiltering_Run00125761_Subrun00000000_00000003.tar.gz";

  private @TempDir Path directory;
  private ArchiveWorld world;

  @BeforeEach
  void start() throws Exception {
    world = new ArchiveWorld(directory);
  }

  @AfterEach
  void stop() throws IOException {
    world.close();
  }

  private Archivist auditing(long perDay) {
    return auditing(perDay, Clock.systemUTC());
  }

  private Archivist auditing(long perDay, Clock clock) {
    return with(ArchiveCare.USUAL.withAudits(new ByteSize(perDay), Duration.ZERO), Map.of(), clock);
  }

  private Archivist with(ArchiveCare usual, Map<SiteName, ArchiveCare> others, Clock clock) {
    return new Archivist(
        new Archivist.Means(
            world.database,
            world.catalog,
            world.area,
            world.transfers,
            world.sites,
            TransferTokens.NONE,
            world.http),
        world.config().withCare(usual, others),
        clock,
        "auditing",
        UUID::randomUUID);
  }

  @Test
  void aBadCopyIsFoundByScheduleAndMended() throws Exception {
    CatalogFile file = world.put("0101/a.tar.gz", 3000);
    Archivist archivist = auditing(1_000_000);
    archivist.collect(true);
    world.settle(archivist);
    Bundle bundle = world.only(archivist);
    flip(world.archived(bundle), 700);

    assertThat(archivist.audit()).isEqualTo(1);
    assertThat(world.only(archivist).state()).isEqualTo(BundleState.CLOSED);
    world.settle(archivist);
    assertThat(world.only(archivist).state()).isEqualTo(BundleState.VERIFIED);
    assertThat(archivist.audit()).isEqualTo(1);
    assertThat(world.replica(file, NERSC).verified()).isNotNull();

    String csv = archivist.report().csv();
    assertThat(csv.lines().toList().get(1)).startsWith("nersc,1,1," + bundle.size() + ",0,");
    assertThat(archivist.report().html()).contains("<td align=\"right\">nersc</td>");
    AuditStore.SiteReport report = archivist.report().sites().getFirst();
    assertThat(report.found().differing()).isEqualTo(1);
    assertThat(report.found().repaired()).isEqualTo(1);
  }

  @Test
  void eachSiteIsReadAtItsOwnPace() throws Exception {
    world.close();
    world = ArchiveWorld.ofTwo(directory.resolve("two"));
    for (int i = 0; i < 3; i++) {
      CatalogFile file = world.put("010" + i + "/a.tar.gz", 3000);
      world.want(file, ArchiveWorld.DESY);
      Archivist each = world.archivist();
      each.collect(true);
      world.settle(each);
    }
    Archivist archivist =
        with(
            ArchiveCare.USUAL.withAudits(new ByteSize(1_000_000), Duration.ofHours(1)),
            Map.of(ArchiveWorld.DESY, ArchiveCare.USUAL.withAudits(new ByteSize(1), Duration.ZERO)),
            Clock.systemUTC());
    world.sql("UPDATE bundle SET audited = now() - interval '9 days'");
    for (int i = 0; i < 6; i++) {
      archivist.audit();
    }
    String read = "SELECT count(*) FROM audit WHERE kind = 'fixity' AND site = ";
    assertThat(world.count(read + "'nersc'")).isEqualTo(3);
    assertThat(world.count(read + "'desy'")).as("one a day, for want of a smaller").isEqualTo(1);
    assertThat(archivist.report().csv()).contains(",1000000,0,").contains(",1,0,");
  }

  @Test
  void aSiteThatHangsStopsNoOther() throws Exception {
    world.close();
    AtomicBoolean hanging = new AtomicBoolean();
    CountDownLatch back = new CountDownLatch(1);
    TestSite.Options options = new TestSite.Options();
    options.wrapper = area -> hangingWhile(hanging, back, area);
    world = ArchiveWorld.ofTwo(directory.resolve("two"), options);
    for (int i = 0; i < 3; i++) {
      CatalogFile file = world.put("010" + i + "/a.tar.gz", 3000);
      world.want(file, ArchiveWorld.DESY);
      Archivist each = world.archivist();
      each.collect(true);
      world.settle(each);
    }
    hanging.set(true);
    Archivist archivist = auditing(1_000_000_000);
    try {
      archivist.start();
      String read = "SELECT count(DISTINCT bundle) FROM audit WHERE kind = 'fixity' AND site = ";
      long deadline = System.nanoTime() + Duration.ofMinutes(2).toNanos();
      while (world.count(read + "'desy'") < 3 && System.nanoTime() < deadline) {
        Thread.sleep(50);
      }
      assertThat(world.count(read + "'desy'")).isEqualTo(3);
      assertThat(world.count(read + "'nersc'")).as("still hanging").isZero();
    } finally {
      back.countDown();
      archivist.close();
    }
  }

  private static StorageArea hangingWhile(
      AtomicBoolean hanging, CountDownLatch back, StorageArea area) {
    return new ForwardingArea(area) {
      @Override
      public ReadChannel open(LogicalName name) throws IOException {
        try {
          if (hanging.get()) {
            back.await();
          }
        } catch (InterruptedException e) {
          throw new InterruptedIOException("the site is stopped");
        }
        return super.open(name);
      }
    };
  }

  @Test
  void noMoreIsReadInADayThanAllowed() throws Exception {
    for (int i = 0; i < 3; i++) {
      world.put("010" + i + "/a.tar.gz", 3000);
      Archivist each = world.archivist();
      each.collect(true);
      world.settle(each);
    }
    long size = world.archivist().list(1).getFirst().size();
    Archivist archivist = auditing(2 * size + 100);
    for (int i = 0; i < 10; i++) {
      archivist.audit();
    }
    assertThat(world.count("SELECT count(*) FROM audit WHERE kind = 'fixity'")).isEqualTo(2);
    assertThat(world.count("SELECT count(DISTINCT bundle) FROM audit WHERE kind = 'fixity'"))
        .isEqualTo(2);
  }

  @Test
  void aBundleThatCannotBeReadDoesNotKeepTheOthersFromIt() throws Exception {
    world.close();
    Set<LogicalName> broken = new HashSet<>();
    TestSite.Options options = new TestSite.Options();
    options.wrapper = area -> unreadable(area, broken);
    world = new ArchiveWorld(directory.resolve("broken"), options, false);
    for (int i = 0; i < 2; i++) {
      world.put("010" + i + "/a.tar.gz", 3000);
      Archivist each = world.archivist();
      each.collect(true);
      world.settle(each);
    }
    world.sql("UPDATE bundle SET audited = now() - interval '9 days'");
    Bundle victim = world.archivist().list(2).getFirst();
    world.sql(
        "UPDATE bundle SET audited = now() - interval '10 days' WHERE uuid = '%s'"
            .formatted(victim.uuid()));
    broken.add(victim.name());

    Hands clock = new Hands(Instant.now());
    Archivist archivist = auditing(1_000_000, clock);
    assertThat(archivist.audit()).isZero();
    clock.turn(Duration.ofMinutes(11));
    assertThat(archivist.audit()).isEqualTo(1);
    broken.clear();
    clock.turn(Duration.ofHours(25));
    assertThat(archivist.audit()).isEqualTo(1);
    assertThat(archivist.find(victim.uuid()).orElseThrow().audited()).isAfter(victim.audited());
  }

  @Test
  void aBundleWhoseRecordIsAtOddsDoesNotStopTheAuditsOfTheOthers() throws Exception {
    for (int i = 0; i < 2; i++) {
      world.put("010" + i + "/a.tar.gz", 3000);
      Archivist each = world.archivist();
      each.collect(true);
      world.settle(each);
    }
    Bundle victim = world.archivist().list(2).getFirst();
    world.sql("UPDATE bundle SET audited = now() - interval '9 days'");
    world.sql(
        "UPDATE bundle SET audited = now() - interval '10 days' WHERE uuid = '%s'"
            .formatted(victim.uuid()));
    // As if somebody had taken the bundle's own file off the catalog.
    world.sql("UPDATE file SET name = 'lost' WHERE name = '%s.zip'".formatted(victim.uuid()));
    Hands clock = new Hands(Instant.now());
    Archivist archivist = auditing(1_000_000, clock);
    assertThat(archivist.audit()).isZero();
    clock.turn(Duration.ofMinutes(11));
    assertThat(archivist.audit()).isEqualTo(1);
    assertThat(world.count("SELECT count(*) FROM audit WHERE kind = 'fixity'")).isEqualTo(1);
  }

  /// An area that cannot read what is `broken`, though it is there.
  private static StorageArea unreadable(StorageArea area, Set<LogicalName> broken) {
    return (StorageArea)
        Proxy.newProxyInstance(
            StorageArea.class.getClassLoader(),
            new Class<?>[] {StorageArea.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("open") && broken.contains(arguments[0])) {
                throw new StorageException(
                    StorageException.Kind.SERVER,
                    "input/output error",
                    new IOException("bad sector"));
              }
              try {
                return method.invoke(area, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  @Test
  void aBundleThatOthersPackedIsInCustodyAfterItsFirstReadingAndItsMembersAreRecalled()
      throws Exception {
    byte[] content = ArchiveWorld.content("old", 5000);
    plant("old.zip", content);
    takeOver();
    Archivist archivist = auditing(1_000_000);
    Bundle before = world.only(archivist);
    assertThat(before.state()).isEqualTo(BundleState.UNREAD);

    archivist.audit();
    Bundle after = world.only(archivist);
    assertThat(after.state()).isEqualTo(BundleState.VERIFIED);
    assertThat(after.checksums().find(ChecksumAlgorithm.SHA512)).isPresent();
    CatalogFile file = world.catalog.find(LogicalName.parse("/" + MEMBER)).orElseThrow();
    assertThat(world.replica(file, NERSC).verified()).isNotNull();
    assertThat(file.metadata().run()).isEqualTo(125_761);

    Recall.Location location = archivist.recall().find(file.name()).orElseThrow();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    archivist.recall().fetch(location, b -> Channels.newChannel(out).write(b));
    assertThat(out.toByteArray()).isEqualTo(content);
  }

  @Test
  void membersWithOddNamesAreAuditedSampledAndRecalledLikeOthers() throws Exception {
    Map<String, byte[]> entries = new LinkedHashMap<>();
    for (String name : List.of("../x", "/etc/passwd", "a\\..\\b", "", "Müll", MEMBER)) {
      entries.put(name, ArchiveWorld.content(name, 5000));
    }
    Path file = world.nersc.files.resolve("archive/old/old.zip");
    Files.createDirectories(file.getParent());
    Files.write(file, OldBundles.zip(entries, Charset.forName("IBM437")));
    takeOver();
    Archivist archivist =
        with(
            ArchiveCare.USUAL
                .withAudits(new ByteSize(1_000_000), Duration.ZERO)
                .withSamples(new ByteSize(1_000_000), Duration.ZERO, 100),
            Map.of(),
            Clock.systemUTC());
    assertThat(archivist.audit()).isEqualTo(2);
    Bundle bundle = world.only(archivist);
    assertThat(bundle.state()).as(bundle.reason()).isEqualTo(BundleState.VERIFIED);
    assertThat(recalled(archivist, bundle)).containsExactlyElementsOf(entries.values());
  }

  /// Each member's own bytes.
  private List<byte[]> recalled(Archivist archivist, Bundle bundle) throws IOException {
    List<byte[]> recalled = new ArrayList<>();
    for (Member member : archivist.store().members(bundle.uuid())) {
      CatalogFile known = world.catalog.find(member.fileId()).orElseThrow();
      Recall.Location location = archivist.recall().find(known.name()).orElseThrow();
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      archivist.recall().fetch(location, b -> Channels.newChannel(out).write(b));
      recalled.add(out.toByteArray());
    }
    return recalled;
  }

  @Test
  void deflatedMembersAndTwoOfOneNameAreAuditedSampledAndRecalled() throws Exception {
    Map<String, byte[]> entries = new LinkedHashMap<>();
    for (String name : List.of("data/exp/x/1", "data/exp/x/2", "data/exp/x/z", MEMBER)) {
      entries.put(name, ArchiveWorld.content(name, 50_000));
    }
    entries.put("data/exp/x/empty", new byte[0]);
    entries.put("data/exp/x/zeros", new byte[3 << 20]);
    byte[] zip = OldBundles.deflated(entries, Set.of("data/exp/x/z", "data/exp/x/zeros", MEMBER));
    Path file = world.nersc.files.resolve("archive/old/old.zip");
    Files.createDirectories(file.getParent());
    Files.write(file, OldBundles.renamed(zip, "data/exp/x/1", "data/exp/x/2"));
    takeOver();
    forgetSums();
    Archivist archivist =
        with(
            ArchiveCare.USUAL
                .withAudits(new ByteSize(100_000_000), Duration.ZERO)
                .withSamples(new ByteSize(100_000_000), Duration.ZERO, 100),
            Map.of(),
            Clock.systemUTC());
    assertThat(archivist.audit()).isEqualTo(2);
    assertThat(world.count("SELECT count(*) FROM audit WHERE verdict = 'agrees'")).isEqualTo(2);
    Bundle bundle = world.only(archivist);
    assertThat(bundle.state()).as(bundle.reason()).isEqualTo(BundleState.VERIFIED);
    assertThat(recalled(archivist, bundle)).containsExactlyElementsOf(entries.values());
  }

  @Test
  void withoutAManifestAnAuditSaysWhichMemberIsNotWhatItsCrcSays() throws Exception {
    plant("old.zip", ArchiveWorld.content("old", 5000));
    takeOver();
    forgetSums();
    world.sql("UPDATE bundle_member SET crc32 = crc32 # 1");
    auditing(1_000_000).audit();
    assertThat(
            world.count(
                "SELECT count(*) FROM audit WHERE verdict = 'differs' AND detail LIKE '%s in it: crc32 is %%'"
                    .formatted(MEMBER)))
        .isOne();
  }

  /// As where neither a list nor the site gave a bundle's checksums.
  private void forgetSums() {
    world.sql("ALTER TABLE bundle DISABLE TRIGGER bundle_transition");
    world.sql("UPDATE bundle SET adler32 = NULL, sha512 = NULL");
    world.sql("ALTER TABLE bundle ENABLE TRIGGER bundle_transition");
  }

  @Test
  void aBundleWhoseSumNobodyKnowsIsReadOnceThroughCuts() throws Exception {
    world.close();
    Cable cable = new Cable();
    TestSite.Options options = new TestSite.Options();
    options.wrapper = cable::to;
    world = new ArchiveWorld(directory.resolve("cut"), options, false);
    plant("old.zip", ArchiveWorld.content("old", 8 << 20));
    takeOver();
    forgetSums();
    int before = cable.opened.get();
    cable.cut(2, 3 << 20);
    Archivist archivist = auditing(1_000_000_000);
    assertThat(archivist.audit()).isEqualTo(1);
    assertThat(world.only(archivist).state()).isEqualTo(BundleState.VERIFIED);
    assertThat(cable.opened.get() - before).as("one, two more for the cuts, its end").isEqualTo(4);
    assertThat(world.count("SELECT sum(bytes) FROM audit")).isEqualTo(world.only(archivist).size());
  }

  @Test
  void aMemberThatDoesNotLieWhereItShouldMakesABundleBad() throws Exception {
    plant("old.zip", ArchiveWorld.content("old", 5000));
    takeOver();
    forgetSums();
    flip(world.nersc.files.resolve("archive/old/old.zip"), 1);
    Archivist archivist = auditing(1_000_000);
    archivist.audit();
    assertThat(world.only(archivist).state()).isEqualTo(BundleState.QUARANTINED);
    assertThat(world.count("SELECT count(*) FROM audit WHERE detail LIKE '%no local header%'"))
        .isOne();
  }

  @Test
  void aDamagedBundleThatOthersPackedWaitsForAPerson() throws Exception {
    plant("old.zip", ArchiveWorld.content("old", 5000));
    takeOver();
    flip(world.nersc.files.resolve("archive/old/old.zip"), 2000);
    Archivist archivist = auditing(1_000_000);
    archivist.audit();
    Bundle bundle = world.only(archivist);
    assertThat(bundle.state()).isEqualTo(BundleState.QUARANTINED);
    assertThat(bundle.reason()).contains("cannot be rebuilt");
  }

  private void takeOver() throws IOException {
    Takeover takeover = world.takeover();
    Takeover.Progress progress =
        takeover.run(new Takeover.Order(NERSC, FOLDER, Map.of()), "test", p -> {});
    assertThat(progress.recorded()).isEqualTo(1);
  }

  /// A bundle as an old tool wrote it: no manifest, whole paths.
  private void plant(String name, byte[] content) throws IOException {
    Path file = world.nersc.files.resolve("archive/old").resolve(name);
    Files.createDirectories(file.getParent());
    CRC32 crc = new CRC32();
    crc.update(content);
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
      ZipEntry entry = new ZipEntry(MEMBER);
      entry.setMethod(ZipEntry.STORED);
      entry.setSize(content.length);
      entry.setCrc(crc.getValue());
      zip.putNextEntry(entry);
      zip.write(content);
      zip.closeEntry();
    }
  }

  private static void flip(Path file, long offset) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    bytes[(int) offset] ^= 1;
    Files.write(file, bytes);
  }
}
