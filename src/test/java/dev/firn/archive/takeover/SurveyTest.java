package dev.firn.archive.takeover;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.catalog.Catalog;
import dev.firn.catalog.FileMetadata;
import dev.firn.catalog.NewFile;
import dev.firn.catalog.RegisterOutcome;
import dev.firn.database.TestDatabase;
import dev.firn.ingest.names.FileNames;
import dev.firn.model.Checksums;
import dev.firn.model.LogicalName;
import dev.firn.model.SiteName;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What a survey says of processed files, which come with siblings and in passes.
class SurveyTest {
  private static final SiteName NERSC = new SiteName("nersc");
  private static final SiteName DESY = new SiteName("desy");
  private static final String LEVEL2 =
      "/data/exp/IceCube/2016/filtered/%s/0101/Run00127338%s/Level2%s_IC86.2016_data_Run00127338_Subrun00000000_%08d%s";

  private TestDatabase test;
  private Catalog catalog;

  @BeforeEach
  void start() {
    test = TestDatabase.create();
    catalog = new Catalog(test.database());
  }

  @AfterEach
  void stop() {
    test.close();
  }

  private static String level2(int part, String ending) {
    return LEVEL2.formatted("level2", "_71", "", part, ending);
  }

  private static String pass2(int part) {
    return LEVEL2.formatted("level2pass2a", "", "pass2a", part, ".i3.zst");
  }

  private long known(String name, FileMetadata metadata) {
    LogicalName logical = LogicalName.parse(name);
    Checksums sums = Checksums.of(OldBundles.sha512(OldBundles.utf8(name)));
    NewFile file = new NewFile(logical, name.length(), sums, metadata);
    RegisterOutcome outcome =
        catalog.register(file, new SiteName("madison"), logical, "test", "known");
    return ((RegisterOutcome.Registered) outcome).file().id();
  }

  /// A file that its name describes.
  private long known(String name) {
    return known(name, FileNames.shipped().metadata(LogicalName.parse(name)).orElseThrow());
  }

  private void bundle(SiteName site, String name, List<Long> files) {
    UUID uuid = UUID.randomUUID();
    List<String> sql = new ArrayList<>();
    sql.add(
        ("INSERT INTO bundle(uuid, site, request_path, name, state, created, file_count,"
                + " member_bytes, size, origin, manifest, content) VALUES ('%s', '%s', '/', '%s',"
                + " 'unread', now(), %d, 1, 1, 'imported', 3, '\\x%s')")
            .formatted(
                uuid,
                site,
                name,
                files.size(),
                OldBundles.sha512(OldBundles.utf8(files.toString())).hex()));
    for (int i = 0; i < files.size(); i++) {
      sql.add(
          ("INSERT INTO bundle_member(bundle, ordinal, file_id, file_uuid, path, size, sha512,"
                  + " record) VALUES ('%s', %d, %d, gen_random_uuid(), 'm%d', 1, 'x', '')")
              .formatted(uuid, i, files.get(i), i));
    }
    test.database()
        .inTransaction(c -> {
          try (var statement = c.createStatement()) {
            for (String one : sql) {
              statement.execute(one);
            }
            return true;
          }
        });
  }

  private Survey survey() {
    return Survey.of(test.database(), NERSC);
  }

  @Test
  void whatGoesWithAPartIsNotThePart() {
    List<Long> files = new ArrayList<>();
    for (int part : new int[] {0, 1, 3}) {
      files.add(known(level2(part, ".i3.zst")));
    }
    for (int part = 0; part < 4; part++) {
      files.add(known(level2(part, "_gaps.txt")));
      files.add(known(level2(part, "_IT.i3.zst")));
    }
    bundle(NERSC, "/data/archive/a.zip", files);
    assertThat(survey().missing())
        .singleElement()
        .satisfies(m -> assertThat(m.gaps()).containsExactly(2));
  }

  @Test
  void aPartThatOnlyItsGapsFileSpeaksOfIsMissing() {
    List<Long> files = new ArrayList<>(List.of(known(level2(0, ".i3.zst"))));
    files.add(known(level2(1, "_gaps.txt")));
    bundle(NERSC, "/data/archive/a.zip", files);
    assertThat(survey().missing())
        .singleElement()
        .satisfies(m -> assertThat(m.gaps()).containsExactly(1));
  }

  @Test
  void eachPassIsWholeOrNotByItself() {
    List<Long> files = new ArrayList<>();
    for (int part = 0; part < 3; part++) {
      files.add(known(level2(part, ".i3.zst")));
    }
    files.add(known(pass2(0)));
    files.add(known(pass2(2)));
    bundle(NERSC, "/data/archive/a.zip", files);
    assertThat(survey().missing())
        .singleElement()
        .satisfies(m -> {
          assertThat(m.level()).isEqualTo("L2 pass2a");
          assertThat(m.gaps()).containsExactly(1);
        });
  }

  @Test
  void aPassThatIsNotArchivedHereIsNotMissed() {
    bundle(NERSC, "/data/archive/a.zip", List.of(known(level2(0, ".i3.zst"))));
    known(pass2(0));
    known(level2(0, "_gaps.txt"));
    assertThat(survey().missing()).isEmpty();
  }

  @Test
  void numberingMayBeginAtOne() {
    bundle(
        NERSC,
        "/data/archive/a.zip",
        List.of(known(level2(1, ".i3.zst")), known(level2(2, ".i3.zst"))));
    assertThat(survey().missing()).isEmpty();
  }

  @Test
  void copiesAtTwoArchivesAreNoDuplicates() {
    List<Long> files = List.of(known(level2(0, ".i3.zst")), known(level2(1, ".i3.zst")));
    bundle(NERSC, "/data/archive/a.zip", files);
    bundle(DESY, "/data/archive/b.zip", files);
    bundle(DESY, "/data/archive/c.zip", files.subList(0, 1));
    Survey all = Survey.of(test.database(), null);
    assertThat(all.duplicateBundles()).isEmpty();
    assertThat(all.duplicateFiles())
        .singleElement()
        .satisfies(d ->
            assertThat(d.bundles()).containsExactly("/data/archive/b.zip", "/data/archive/c.zip"));
  }

  @Test
  void aGcdFileOfTheOldCatalogIsOne() {
    bundle(NERSC, "/data/archive/a.zip", List.of(known(level2(0, ".i3.zst"))));
    assertThat(survey().runsWithoutGcd()).containsExactly(127_338);
    FileMetadata old = FileMetadata.NONE.withLevel("L2").withRun(127_338, null, null);
    known(
        "/data/exp/IceCube/2016/filtered/level2/0101/Run00127338_71/Level2_IC86.2016_data_Run00127338_0101_71_375_GCD.i3.zst",
        old);
    assertThat(survey().runsWithoutGcd()).isEmpty();
  }
}
