package dev.firn.archive.takeover;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.archive.RemoteCopy;
import dev.firn.archive.tape.Staging;
import dev.firn.archive.tape.TapeClient;
import dev.firn.catalog.Catalog;
import dev.firn.catalog.CatalogFile;
import dev.firn.catalog.FileMetadata;
import dev.firn.catalog.NewFile;
import dev.firn.catalog.RegisterOutcome;
import dev.firn.database.TestDatabase;
import dev.firn.door.TestSite;
import dev.firn.http.HttpClients;
import dev.firn.http.HttpFetcher;
import dev.firn.ingest.names.FileNames;
import dev.firn.model.Checksum;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.Checksums;
import dev.firn.model.LogicalName;
import dev.firn.model.ReplicaState;
import dev.firn.model.SiteName;
import dev.firn.transfer.execution.TransferTokens;
import dev.firn.transfer.site.Site;
import dev.firn.transfer.site.Sites;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// `-Dfirn.planted.bundles=16183 -Dfirn.planted.seed=N` repeats it at the observatory's size.
class TakeoverTest {
  private static final SiteName HUB = new SiteName("madison");
  private static final SiteName NERSC = new SiteName("nersc");
  private static final LogicalName ARCHIVE = LogicalName.parse("/data/archive");
  private static final int BUNDLES = Integer.getInteger("firn.planted.bundles", 250);
  private static final long SEED = Long.getLong("firn.planted.seed", System.nanoTime() % 1_000_000);

  private @TempDir Path directory;
  private TestDatabase test;
  private Catalog catalog;
  private TestSite nersc;
  private HttpFetcher http;
  private Takeover takeover;

  @BeforeEach
  void start() throws Exception {
    test = TestDatabase.create();
    catalog = new Catalog(test.database());
    nersc = TestSite.open(directory);
    http = HttpClients.create(HttpClients.Config.trusting(directory.resolve("ca.pem")));
    Sites sites =
        new Sites(
            List.of(
                Site.firn("madison", URI.create("https://localhost:1")),
                Site.firn("nersc", nersc.secure(""))));
    takeover =
        new Takeover(
            test.database(),
            catalog,
            new Takeover.Archives(
                sites,
                new RemoteCopy(http, TransferTokens.NONE),
                new Staging(
                    test.database(), new TapeClient(http, TransferTokens.NONE), Duration.ZERO)),
            FileNames.shipped()::metadata,
            Clock.systemUTC());
  }

  @AfterEach
  void stop() throws IOException {
    http.close();
    nersc.close();
    test.close();
  }

  @Test
  @Timeout(1800)
  void everyPlantedFaultIsReportedAndNothingElse() throws Exception {
    System.out.println("planted archive: seed " + SEED + ", " + BUNDLES + " bundles");
    PlantedArchive planted = PlantedArchive.plant(nersc.files.resolve("archive"), BUNDLES, SEED);
    know(planted);

    long start = System.nanoTime();
    Takeover.Progress half = interrupted(planted.bundles() / 2);
    assertThat(half.recorded()).isBetween(planted.bundles() / 2L, planted.bundles() - 1L);
    Takeover.Progress rest =
        takeover.run(new Takeover.Order(NERSC, ARCHIVE, Map.of()), "test", p -> {});
    long imported = System.nanoTime();
    assertThat(rest.whole()).isTrue();
    assertThat(half.recorded() + rest.recorded()).isEqualTo(planted.bundles());

    Survey survey = Survey.of(test.database(), NERSC);
    System.out.printf(
        "%d bundles with %d members taken over in %.1f s, surveyed in %.1f s%n",
        planted.bundles(),
        half.members() + rest.members(),
        (imported - start) / 1e9,
        (System.nanoTime() - imported) / 1e9);

    assertThat(survey.bundles()).isEqualTo(planted.forms);
    assertThat(findings(survey)).isEqualTo(planted.findings);
    Set<Set<String>> duplicateBundles = new HashSet<>();
    survey.duplicateBundles().forEach(d -> duplicateBundles.add(new TreeSet<>(d)));
    assertThat(duplicateBundles).isEqualTo(planted.duplicateBundles);
    Map<String, Set<String>> duplicateFiles = new TreeMap<>();
    survey.duplicateFiles().forEach(d -> duplicateFiles.put(d.name(), new TreeSet<>(d.bundles())));
    assertThat(duplicateFiles).isEqualTo(planted.duplicateFiles);
    assertThat(new TreeSet<>(survey.runsWithoutGcd())).isEqualTo(planted.withoutGcd);
    assertThat(survey.absentDays())
        .containsExactly(
            new Survey.AbsentDay(
                "/data/exp/IceCube/*/unbiased/PFRaw", planted.absentDay.toString()));
    Map<Integer, Set<Integer>> gaps = new TreeMap<>();
    Map<Integer, Set<String>> unarchived = new TreeMap<>();
    for (Survey.MissingParts missing : survey.missing()) {
      if (!missing.gaps().isEmpty()) {
        gaps.put(missing.run(), new TreeSet<>(missing.gaps()));
      }
      if (!missing.unarchived().isEmpty()) {
        unarchived.put(missing.run(), new TreeSet<>(missing.unarchived()));
      }
    }
    assertThat(gaps).isEqualTo(planted.gaps);
    Map<Integer, Set<String>> expected = new TreeMap<>();
    planted.unarchived.forEach((run, files) -> {
      Set<String> all = new TreeSet<>();
      files.forEach(f -> all.add(f.name()));
      expected.put(run, all);
    });
    assertThat(unarchived).isEqualTo(expected);
  }

  @Test
  void copiesThatTheOldCatalogPutIntoABundleAreItsMembers() throws Exception {
    PlantedArchive.plant(nersc.files.resolve("archive"), 40, SEED);
    Takeover.Order order = new Takeover.Order(NERSC, ARCHIVE, Map.of());
    takeover.run(order, "test", p -> {});
    long members = count("bundle IS NOT NULL");
    assertThat(members).as("seed " + SEED).isPositive();
    // The record as an import of the old catalog leaves it before the archive is taken over.
    change(
        "UPDATE replica r SET path = '/home/projects/' || regexp_replace(b.name, '^.*/', '') ||"
            + " ':' || d.path || '/' || f.name, bundle = NULL FROM bundle b, file f, dir d"
            + " WHERE b.uuid = r.bundle AND f.id = r.file_id AND d.id = f.dir_id");
    change("DELETE FROM bundle_member");
    change("DELETE FROM bundle");
    change("DELETE FROM archive_finding");
    assertThat(count("bundle IS NOT NULL")).isZero();
    takeover.run(order, "test", p -> {});
    assertThat(count("bundle IS NOT NULL")).isEqualTo(members);
    assertThat(count("path LIKE '%.zip:/%'")).isZero();
  }

  private long count(String condition) {
    return test.database()
        .read(c -> {
          try (java.sql.Statement statement = c.createStatement();
              java.sql.ResultSet row =
                  statement.executeQuery("SELECT count(*) FROM replica WHERE " + condition)) {
            row.next();
            return row.getLong(1);
          }
        });
  }

  private void change(String sql) {
    test.database()
        .inTransaction(c -> {
          try (java.sql.Statement statement = c.createStatement()) {
            return statement.executeUpdate(sql);
          }
        });
  }

  /// Stops by an exception of the one who is told.
  private Takeover.Progress interrupted(int after) throws IOException {
    List<Takeover.Progress> seen = new ArrayList<>();
    try {
      takeover.run(
          new Takeover.Order(NERSC, ARCHIVE, Map.of()),
          "test",
          p -> {
            seen.add(p);
            if (p.recorded() >= after) {
              throw new IllegalStateException("stopped");
            }
          });
    } catch (IllegalStateException e) {
      assertThat(e).hasMessage("stopped");
    }
    return seen.getLast();
  }

  private static Set<String> findings(Survey survey) {
    Set<String> all = new TreeSet<>();
    survey
        .findings()
        .forEach(f -> all.add(f.kind().label() + " " + f.bundle() + " " + f.subject()));
    return all;
  }

  /// What the catalog knows before: GCD files, and raw files that were never archived.
  private void know(PlantedArchive planted) {
    test.database()
        .inTransaction(c -> {
          for (int run : planted.runs) {
            if (!planted.withoutGcd.contains(run)) {
              String name =
                  "/data/exp/gcd/Level2_IC86.2016_data_Run%08d_0101_71_375_GCD.i3.zst"
                      .formatted(run);
              FileMetadata gcd =
                  FileNames.shipped().metadata(LogicalName.parse(name)).orElseThrow();
              know(c, name, name.getBytes(java.nio.charset.StandardCharsets.UTF_8), gcd);
            }
          }
          for (Set<PlantedArchive.RawFile> files : planted.unarchived.values()) {
            for (PlantedArchive.RawFile file : files) {
              FileMetadata raw =
                  FileMetadata.NONE.withLevel("PFRaw").withRun(file.run(), 0, file.part());
              know(c, file.name(), file.bytes(), raw);
            }
          }
          return true;
        });
  }

  private void know(
      java.sql.Connection connection, String name, byte[] bytes, FileMetadata metadata)
      throws java.sql.SQLException {
    LogicalName logical = LogicalName.parse(name);
    Checksum sha512 = new Checksum(ChecksumAlgorithm.SHA512, PlantedArchive.sha512(bytes));
    RegisterOutcome outcome =
        catalog.register(
            connection,
            new NewFile(logical, bytes.length, Checksums.of(sha512), metadata),
            HUB,
            logical,
            new dev.firn.catalog.Cause("test", "known before"));
    assertThat(outcome).isInstanceOf(RegisterOutcome.Registered.class);
  }

  @Test
  void aFileInSeveralBundlesIsUsedFromTheFirstByName() throws Exception {
    PlantedArchive planted = PlantedArchive.plant(nersc.files.resolve("archive"), 60, 4);
    takeover.run(new Takeover.Order(NERSC, ARCHIVE, Map.of()), "test", p -> {});
    assertThat(planted.duplicateFiles).isNotEmpty();
    planted.duplicateFiles.forEach((name, bundles) -> {
      CatalogFile file = catalog.find(LogicalName.parse(name)).orElseThrow();
      assertThat(file.replicaAt(NERSC).orElseThrow().state()).isEqualTo(ReplicaState.AVAILABLE);
      assertThat(bundleName(file)).isEqualTo(bundles.iterator().next());
    });
  }

  private String bundleName(CatalogFile file) {
    return test.database()
        .read(c -> {
          try (var select = c.prepareStatement("SELECT name FROM bundle WHERE uuid = ?")) {
            select.setObject(1, file.replicaAt(NERSC).orElseThrow().bundle());
            try (var row = select.executeQuery()) {
              row.next();
              return row.getString(1);
            }
          }
        });
  }
}
