package dev.firn.archive;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.catalog.Catalog;
import dev.firn.catalog.FileMetadata;
import dev.firn.catalog.NewFile;
import dev.firn.database.Database;
import dev.firn.database.TestDatabase;
import dev.firn.door.PeerPolicy;
import dev.firn.door.TestSite;
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
import dev.firn.transfer.rule.NamePattern;
import dev.firn.transfer.rule.ReplicationRule.Wanted;
import dev.firn.transfer.rule.Rules;
import dev.firn.transfer.site.Site;
import dev.firn.transfer.site.Sites;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The way from a rule to custody, an audit, a repair and a recall, with the real engines between
/// two real doors and the commands that an operator types.
@Tag("slow")
class ArchiveEndToEndTest {
  private static final SiteName HUB = new SiteName("madison");
  private static final LogicalName FOLDER = LogicalName.parse("/data/exp/IceCube/2018/PFRaw");
  @TempDir Path directory;

  @Test
  void ruleBecomesCustodyAndDamageIsMendedAndAMemberComesBack() throws Exception {
    TestSite madison = TestSite.open(Files.createDirectories(directory.resolve("madison")));
    TestSite.Options options = new TestSite.Options();
    options.config =
        c -> c.withPeers(PeerPolicy.PUBLIC_ONLY.trustingPlain("localhost:" + madison.plainPort()));
    TestSite nersc = TestSite.start(Files.createDirectories(directory.resolve("nersc")), options);
    Sites sites =
        new Sites(
            List.of(Site.firn("madison", madison.plain("")), Site.firn("nersc", nersc.plain(""))));
    try (madison;
        nersc;
        TestDatabase test = TestDatabase.create();
        HttpFetcher http = HttpClients.create(HttpClients.Config.trusting())) {
      Database database = test.database();
      Catalog catalog = new Catalog(database);
      Transfers transfers = new Transfers(database, catalog, sites);
      for (int i = 0; i < 6; i++) {
        put(madison, catalog, i);
      }
      new Rules(database, catalog, sites)
          .add(
              new Wanted(NamePattern.parse("/data/exp/**"), "", new SiteName("nersc"), true, 3),
              "operator");
      Archivist archivist =
          new Archivist(
              new Archivist.Means(
                  database, catalog, madison.area, transfers, sites, TransferTokens.NONE, http),
              ArchivistConfig.of(HUB)
                  .withTarget(new ByteSize(300_000))
                  .withMaxAge(Duration.ofMillis(1)),
              Clock.systemUTC(),
              "hub-1",
              UUID::randomUUID);
      try (TransferEngine engine =
              new TransferEngine(
                      "hub-1",
                      transfers,
                      catalog,
                      new TransferEngine.Outward(http, TransferTokens.NONE, new Random(5)),
                      TransferConfig.DEFAULT)
                  .start();
          archivist;
          ArchiveApi api = ArchiveApi.start(directory, archivist)) {
        archivist.start();
        awaitAllVerified(catalog);
        operate(archivist, nersc, api);
      }
    }
  }

  private void operate(Archivist archivist, TestSite nersc, ArchiveApi api) throws Exception {
    ArchiveApi.Result listed = api.archive("ls", "--site", "nersc");
    assertThat(listed.status()).as(listed.err()).isZero();
    assertThat(listed.out()).contains("verified");
    assertThat(api.archive("verify", "--site", "nersc").status()).isZero();

    Bundle bundle = archivist.list(10).getFirst();
    Path archived = nersc.files.resolve(String.join("/", bundle.name().segments().subList(1, 4)));
    byte[] bytes = Files.readAllBytes(archived);
    bytes[bytes.length / 2] ^= 8;
    Files.write(archived, bytes);
    ArchiveApi.Result damaged = api.archive("verify", bundle.uuid().toString());
    assertThat(damaged.status()).isEqualTo(1);
    assertThat(damaged.out()).contains("differs");
    ArchiveApi.Result mended = api.archive("verify", "--repair", bundle.uuid().toString());
    assertThat(mended.out()).contains("repaired");
    assertThat(mended.status()).isZero();
    bytes[bytes.length / 2] ^= 8;
    assertThat(Files.readAllBytes(archived)).isEqualTo(bytes);

    ArchiveApi.Result custody = api.archive("custody", FOLDER + "/f3.tar.gz");
    assertThat(custody.status()).as(custody.err()).isZero();
    assertThat(custody.out()).contains("1 verified copy at 1 site").contains("at nersc, by bundle");
    assertThat(api.archive("custody", FOLDER + "/gone").status()).isNotZero();

    Path target = directory.resolve("back.tar.gz");
    ArchiveApi.Result recalled =
        api.archive("recall", FOLDER + "/f3.tar.gz", "--out", target.toString());
    assertThat(recalled.status()).as(recalled.err()).isZero();
    assertThat(Files.readAllBytes(target)).isEqualTo(content(3));
    assertThat(api.archive("recall", FOLDER + "/gone", "--out", target + ".2").status())
        .isNotZero();
    assertThat(Path.of(target + ".2")).doesNotExist();
  }

  private static void awaitAllVerified(Catalog catalog) throws InterruptedException {
    long deadline = System.nanoTime() + Duration.ofSeconds(90).toNanos();
    for (int i = 0; i < 6; i++) {
      LogicalName name = FOLDER.child("f" + i + ".tar.gz");
      while (catalog
          .find(name)
          .flatMap(f -> f.replicaAt(new SiteName("nersc")))
          .filter(r -> r.verified() != null)
          .isEmpty()) {
        assertThat(System.nanoTime()).as("%s is not verified in time", name).isLessThan(deadline);
        Thread.sleep(50);
      }
    }
  }

  private static void put(TestSite site, Catalog catalog, int i) throws IOException {
    LogicalName name = FOLDER.child("f" + i + ".tar.gz");
    byte[] bytes = content(i);
    try (StagedWrite staged =
        site.area.stage(
            name, StageOptions.DEFAULT.withAlgorithms(Set.of(ChecksumAlgorithm.SHA512)))) {
      staged.write(ByteBuffer.wrap(bytes));
      Checksums sums = staged.finish();
      staged.publish(PublishMode.CREATE_NEW, sums);
      catalog.register(
          new NewFile(name, bytes.length, sums, FileMetadata.NONE), HUB, name, "test", "put");
    }
  }

  private static byte[] content(int i) {
    byte[] bytes = new byte[100_000 + i];
    new Random(i).nextBytes(bytes);
    return bytes;
  }
}
