package dev.firn.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.firn.archive.request.ArchiveRequestRoutes;
import dev.firn.archive.request.ArchiveRequests;
import dev.firn.archive.request.RequestConfig;
import dev.firn.archive.request.RequestedFiles;
import dev.firn.catalog.CatalogFile;
import dev.firn.model.ByteSize;
import dev.firn.model.LogicalName;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Archive requests by the commands that an operator types, against a real database and door.
class ArchiveRequestTest {
  private static final String FOLDER = ArchiveWorld.RAW.toString();
  @TempDir Path directory;
  private ArchiveWorld world;
  private ArchiveApi api;
  private ArchiveRequests requests;
  private final List<CatalogFile> files = new ArrayList<>();

  @BeforeEach
  void start() throws Exception {
    world = new ArchiveWorld(directory);
    for (int i = 0; i < 12; i++) {
      files.add(world.put("010%d/f%d".formatted(i / 6, i), 30_000 + i));
    }
    // Nothing but requests asks here.
    world.sql("DELETE FROM copy_request");
    requests =
        new ArchiveRequests(
            world.database,
            world.catalog,
            ArchiveWorld.HUB,
            LogicalName.parse("/data/archive"),
            new RequestConfig(
                List.of(LogicalName.parse("/data/exp")),
                new ByteSize(200_000),
                new ByteSize(100_000)));
    api =
        ArchiveApi.start(
            directory,
            router ->
                new ArchiveRequestRoutes(
                        requests, world.sites, ArchiveApi.anybody(), ArchiveApi.OPEN)
                    .addTo(router));
  }

  @AfterEach
  void stop() throws IOException {
    api.close();
    world.close();
  }

  private ArchiveApi.Result add(String... words) {
    List<String> all = new ArrayList<>(List.of("request", "add", "nersc"));
    all.addAll(List.of(words));
    return api.archive(all.toArray(String[]::new));
  }

  @Test
  void aRequestBecomesCustodyAndSaysHowFarItIs() throws Exception {
    ArchiveApi.Result asked = add("--path", FOLDER, "--dry-run");
    assertThat(asked.out()).contains("would take 12 files").contains("about 4 bundles");
    assertThat(api.archive("request", "ls").out()).doesNotContain("nersc");

    assertThat(add("--path", FOLDER)).satisfies(r -> assertThat(r.status()).as(r.err()).isZero());
    assertThat(api.archive("request", "show", "1").out()).contains("waiting");
    Archivist archivist = world.archivist();
    archivist.collect(true);
    world.settle(archivist);
    assertThat(api.archive("request", "show", "1").out()).contains("finished");
    assertThat(archivist.list(10)).hasSize(4);
    for (CatalogFile file : files) {
      assertThat(world.replica(file, ArchiveWorld.NERSC).verified()).isNotNull();
    }
    world.checkPromises(files);
  }

  @Test
  void emptyDuplicateSmallAndForbiddenRequestsAreRefused() {
    assertThat(add("--path", "/data/exp/nothing").err()).contains("400 empty");
    assertThat(add("--path", FOLDER + "/0100").err()).contains("400 too-small");
    assertThat(add("--path", FOLDER + "/0100", "--force").status()).isZero();
    assertThat(add("--path", FOLDER + "/0100", "--force").err()).contains("409 duplicate");
    ArchiveApi.Result rest = add("--query", "name ~ " + FOLDER + "/**", "--force");
    assertThat(rest.out()).contains("6 files").contains("6 archived or on their way");
    world.sql("UPDATE archive_request_file SET state = 'cancelled'");
    world.sql("INSERT INTO dir(parent_id, path) VALUES (1, '/data/elsewhere')");
    world.sql(
        "UPDATE file SET dir_id = (SELECT id FROM dir WHERE path = '/data/elsewhere')"
            + " WHERE name = 'f3'");
    assertThat(add("--query", "size > 0", "--force").err()).contains("403 not-allowed");
  }

  /// As an inbox asks that is being published.
  @Test
  void whatIsAskedForInATransactionStandsAndFallsWithIt() throws Exception {
    LogicalName folder = ArchiveWorld.RAW.child("0100");
    assertThatThrownBy(() ->
            world.database.inTransaction(c -> {
              requests.add(c, folder, ArchiveWorld.NERSC, "ana");
              throw new IllegalStateException("no");
            }))
        .hasMessage("no");
    assertThat(requests.list(10)).isEmpty();
    for (int time = 0; time < 2; time++) {
      world.database.inTransaction(c -> {
        requests.add(c, folder, ArchiveWorld.NERSC, "ana");
        return null;
      });
    }
    assertThat(requests.list(10))
        .singleElement()
        .satisfies(r -> {
          assertThat(r.who()).isEqualTo("ana");
          assertThat(r.files()).isEqualTo(6);
        });
    Archivist archivist = world.archivist();
    archivist.collect(true);
    world.settle(archivist);
    assertThat(requests.list(10).getFirst().state()).isEqualTo("finished");
    assertThat(world.replica(files.get(0), ArchiveWorld.NERSC).verified()).isNotNull();
  }

  @Test
  void aDrainedSiteGetsNoNewBundlesUntilItIsOpenedAgain() throws Exception {
    assertThat(add("--path", FOLDER)).satisfies(r -> assertThat(r.status()).as(r.err()).isZero());
    assertThat(api.archive("drain", "nersc", "--why", "maintenance").status()).isZero();
    Archivist archivist = world.archivist();
    assertThat(archivist.collect(true)).isZero();
    assertThat(api.archive("drain", "nersc", "--off").status()).isZero();
    assertThat(archivist.collect(true)).isEqualTo(4);
  }

  @Test
  void noMoreIsStagedThanTheQuotaAllows() throws Exception {
    assertThat(add("--path", FOLDER)).satisfies(r -> assertThat(r.status()).as(r.err()).isZero());
    ArchivistConfig.Bundling bundling =
        new ArchivistConfig.Bundling(
            new ByteSize(100_000), 120, Duration.ofDays(1), new ByteSize(200_000));
    Archivist archivist = world.archivist(world.config().withBundling(bundling));
    assertThat(archivist.collect(true)).isEqualTo(2);
    assertThat(archivist.collect(true)).isZero();
    world.settle(archivist);
    assertThat(archivist.collect(true)).isEqualTo(2);
  }

  @Test
  void aFileLargerThanTheQuotaIsStagedAlone() throws Exception {
    CatalogFile large = world.put("0103/large", 300_000);
    Archivist archivist =
        world.archivist(
            world
                .config()
                .withBundling(
                    new ArchivistConfig.Bundling(
                        new ByteSize(100_000), 120, Duration.ofDays(1), new ByteSize(200_000))));
    assertThat(archivist.collect(true)).isEqualTo(1);
    world.settle(archivist);
    assertThat(world.replica(large, ArchiveWorld.NERSC).verified()).isNotNull();
  }

  @Test
  void twoHubsDoNotFillTheQuotaTwice() throws Exception {
    assertThat(add("--path", FOLDER)).satisfies(r -> assertThat(r.status()).as(r.err()).isZero());
    Archivist archivist = world.archivist(world.config().withMaxAge(Duration.ZERO));
    world.database.inTransaction(c -> {
      assertThat(RequestedFiles.alone(c, ArchiveWorld.NERSC, false)).isTrue();
      assertThat(archivist.collect(false)).as("while another hub closes bundles").isZero();
      return true;
    });
    assertThat(archivist.collect(false)).isEqualTo(4);
  }

  @Test
  void aFolderMayBeCalledAnything() throws Exception {
    CatalogFile file = world.put("it's 1=2, (or so)/f", 1000);
    world.sql("DELETE FROM copy_request");
    ArchiveApi.Result asked = add("--path", file.name().parent().toString(), "--force");
    assertThat(asked.status()).as(asked.err()).isZero();
    assertThat(asked.out()).contains("1 files");
  }

  @Test
  void whatIsCancelledIsNotPackedAndWhatIsPackedGoesOn() throws Exception {
    assertThat(add("--path", FOLDER)).satisfies(r -> assertThat(r.status()).as(r.err()).isZero());
    assertThat(api.archive("request", "cancel", "1").out()).contains("cancelled");
    assertThat(api.archive("request", "cancel", "1").err()).contains("409 cancelled");
    assertThat(world.archivist().collect(true)).isZero();
    assertThat(add("--path", FOLDER).status()).as("it may be asked for again").isZero();
  }

  @Test
  void aMemberThatDiffersIsRefusedAndTheRestIsArchived() throws Exception {
    Path damaged = world.home.resolve("exp/IceCube/2018/unbiased/PFRaw/0100/f2");
    byte[] bytes = Files.readAllBytes(damaged);
    bytes[100] ^= 1;
    Files.write(damaged, bytes);
    assertThat(add("--path", FOLDER)).satisfies(r -> assertThat(r.status()).as(r.err()).isZero());
    Archivist archivist = world.archivist();
    archivist.collect(true);
    world.settle(archivist);
    assertThat(api.archive("request", "show", "1").out()).contains("finished with refusals");
    assertThat(world.count("SELECT count(*) FROM archive_request_file WHERE state = 'refused'"))
        .isEqualTo(1);
  }
}
