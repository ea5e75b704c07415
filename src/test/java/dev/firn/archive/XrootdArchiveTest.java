package dev.firn.archive;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.catalog.Catalog;
import dev.firn.catalog.FileMetadata;
import dev.firn.catalog.NewFile;
import dev.firn.catalog.Replica;
import dev.firn.database.TestDatabase;
import dev.firn.door.PeerPolicy;
import dev.firn.door.TestSite;
import dev.firn.door.XrootdPeer;
import dev.firn.http.HttpClients;
import dev.firn.http.HttpFetcher;
import dev.firn.model.ByteSize;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.Checksums;
import dev.firn.model.LogicalName;
import dev.firn.model.SiteName;
import dev.firn.storage.PublishMode;
import dev.firn.storage.StageOptions;
import dev.firn.storage.StagedWrite;
import dev.firn.transfer.TransferConfig;
import dev.firn.transfer.TransferEngine;
import dev.firn.transfer.Transfers;
import dev.firn.transfer.execution.TransferTokens;
import dev.firn.transfer.site.Site;
import dev.firn.transfer.site.Sites;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// An XRootD 5.5 as the archive, through the real engines: bundles go there by third-party copy,
/// custody is taken by reading them back or by its adler32, damage is found and mended, and a
/// member comes back.
@Tag("peer")
class XrootdArchiveTest {
  private static final SiteName HUB = new SiteName("madison");
  private static final SiteName ARCHIVE = new SiteName("xrootd");
  private static final LogicalName FOLDER = LogicalName.parse("/data/exp/IceCube/2018/PFRaw");
  @TempDir Path directory;

  /// It pulls and is read back; it is pushed to, and the adler32 that it gives is believed.
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void xrootdKeepsBundlesAsWellAsAFirnSiteDoes(boolean pulls) throws Exception {
    ArchiveCare care =
        ArchiveCare.USUAL.withCustody(
            pulls ? ArchiveCare.Custody.DIGEST : ArchiveCare.Custody.ADLER32);
    try (XrootdPeer xrootd = XrootdPeer.start();
        TestDatabase test = TestDatabase.create();
        HttpFetcher http = HttpClients.create(HttpClients.Config.trusting())) {
      TestSite.Options options = new TestSite.Options();
      options.config =
          c -> c.withPeers(PeerPolicy.PUBLIC_ONLY.trustingPlain("localhost:" + xrootd.port));
      URI url = URI.create("http://localhost:" + xrootd.port);
      try (TestSite madison =
          TestSite.start(Files.createDirectories(directory.resolve("madison")), options)) {
        Sites sites =
            new Sites(
                List.of(
                    Site.firn("madison", madison.plain("")),
                    new Site(ARCHIVE, url, url.toString(), Site.Kind.WEBDAV, false, pulls)));
        Catalog catalog = new Catalog(test.database());
        Transfers transfers = new Transfers(test.database(), catalog, sites);
        Archivist archivist =
            new Archivist(
                new Archivist.Means(
                    test.database(),
                    catalog,
                    madison.area,
                    transfers,
                    sites,
                    TransferTokens.NONE,
                    http),
                ArchivistConfig.of(HUB).withTarget(new ByteSize(300_000)).withCare(care, Map.of()),
                Clock.systemUTC(),
                "hub-1",
                UUID::randomUUID);
        try (archivist;
            TransferEngine engine =
                new TransferEngine(
                        "hub-1",
                        transfers,
                        catalog,
                        new TransferEngine.Outward(http, TransferTokens.NONE, new Random(5)),
                        TransferConfig.DEFAULT)
                    .start()) {
          assertThat(engine).isNotNull();
          live(test, madison, catalog, archivist, xrootd, !pulls);
        }
      }
    }
  }

  private void live(
      TestDatabase test,
      TestSite madison,
      Catalog catalog,
      Archivist archivist,
      XrootdPeer xrootd,
      boolean onItsWord)
      throws Exception {
    sql(
        test,
        "INSERT INTO replication_rule(pattern, site, bundled, created_by)"
            + " VALUES ('/data/exp/**', 'xrootd', true, 'test')");
    for (int i = 0; i < 4; i++) {
      put(test, madison, catalog, i);
    }
    archivist.start();
    archivist.flush();
    for (int i = 0; i < 4; i++) {
      awaitVerified(catalog, FOLDER.child("f" + i), archivist);
    }
    Bundle bundle = archivist.list(1).getFirst();
    assertThat(
            catalog
                .find(FOLDER.child("f3"))
                .orElseThrow()
                .replicaAt(ARCHIVE)
                .orElseThrow()
                .verifiedHow())
        .isEqualTo(
            onItsWord
                ? "bundle site's digest: adler32 of the bundle"
                : "bundle read back: sha512 of the bundle");
    assertThat(bundle.audited() == null).isEqualTo(onItsWord);
    Path archived = xrootd.files.resolve(bundle.name().toString().substring(1));
    byte[] bytes = Files.readAllBytes(archived);
    byte[] right = bytes.clone();
    bytes[bytes.length / 2] ^= 1;
    Files.write(archived, bytes);
    assertThat(archivist.fixity().check(bundle.uuid(), n -> {}).damaged()).isTrue();
    assertThat(archivist.fixity().repair(bundle.uuid(), "test")).isTrue();
    long deadline = System.nanoTime() + Duration.ofSeconds(120).toNanos();
    while (archivist.find(bundle.uuid()).orElseThrow().state() != BundleState.VERIFIED) {
      assertThat(System.nanoTime()).as("%s", archivist.list(5)).isLessThan(deadline);
      Thread.sleep(100);
    }
    assertThat(Files.readAllBytes(archived)).isEqualTo(right);

    ByteArrayOutputStream back = new ByteArrayOutputStream();
    Recall.Location location = archivist.recall().find(FOLDER.child("f3")).orElseThrow();
    archivist
        .recall()
        .fetch(
            location,
            piece -> {
              byte[] some = new byte[piece.remaining()];
              piece.get(some);
              back.writeBytes(some);
            });
    assertThat(back.toByteArray()).isEqualTo(content(3));
  }

  private static void awaitVerified(Catalog catalog, LogicalName name, Archivist archivist)
      throws InterruptedException {
    long deadline = System.nanoTime() + Duration.ofSeconds(120).toNanos();
    Optional<Replica> copy = Optional.empty();
    while (copy.filter(r -> r.verified() != null).isEmpty()) {
      assertThat(System.nanoTime()).as("%s", archivist.list(5)).isLessThan(deadline);
      Thread.sleep(100);
      copy = catalog.find(name).flatMap(f -> f.replicaAt(ARCHIVE));
    }
  }

  private static void put(TestDatabase test, TestSite site, Catalog catalog, int i)
      throws IOException {
    LogicalName name = FOLDER.child("f" + i);
    try (StagedWrite staged =
        site.area.stage(
            name, StageOptions.DEFAULT.withAlgorithms(Set.of(ChecksumAlgorithm.SHA512)))) {
      staged.write(ByteBuffer.wrap(content(i)));
      Checksums sums = staged.finish();
      staged.publish(PublishMode.CREATE_NEW, sums);
      catalog.register(
          new NewFile(name, content(i).length, sums, FileMetadata.NONE), HUB, name, "test", "put");
    }
    long id = catalog.find(name).orElseThrow().id();
    sql(
        test,
        "INSERT INTO copy_request(file_id, rule_id, site, bundled, why) VALUES ("
            + id
            + ", (SELECT min(id) FROM replication_rule), 'xrootd', true, 'test')"
            + " ON CONFLICT DO NOTHING");
  }

  private static void sql(TestDatabase test, String statement) {
    test.database()
        .inTransaction(c -> {
          try (var s = c.createStatement()) {
            return s.execute(statement);
          }
        });
  }

  private static byte[] content(int i) {
    byte[] bytes = new byte[100_000 + i];
    new Random(i).nextBytes(bytes);
    return bytes;
  }
}
