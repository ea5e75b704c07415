package dev.firn.ingest.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.firn.catalog.Catalog;
import dev.firn.catalog.CatalogFile;
import dev.firn.catalog.FileMetadata;
import dev.firn.catalog.FileQuery;
import dev.firn.catalog.Offer;
import dev.firn.catalog.run.RunPart;
import dev.firn.database.TestDatabase;
import dev.firn.ingest.index.IndexCounts.Kind;
import dev.firn.ingest.names.FileNames;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.LogicalName;
import dev.firn.model.SiteName;
import dev.firn.server.demo.NamesGenerator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IndexerTest {
  private static final SiteName SITE = new SiteName("madison");
  @TempDir Path directory;
  private TestDatabase test;
  private Path root;

  @BeforeEach
  void open() throws IOException {
    test = TestDatabase.create();
    root = Files.createDirectory(directory.resolve("tree")).toRealPath();
  }

  @AfterEach
  void close() {
    test.close();
  }

  private IndexPlan plan() {
    return plan(FileNames.shipped(), Optional.empty());
  }

  private IndexPlan plan(FileNames names, Optional<LogicalName> as) {
    return new IndexPlan(root, as, Optional.empty(), SITE, names, Frames.I3, 2, 0);
  }

  private IndexCounts index(IndexPlan plan, Registry registry) throws IOException {
    IndexCounts counts = new IndexCounts();
    new Indexer(plan, directory.resolve("state"), registry, counts, (what, why) -> {}).run();
    return counts;
  }

  private IndexCounts index() throws IOException {
    return index(plan(), new CatalogRegistry(test.database()));
  }

  private CatalogFile find(String name) {
    return new Catalog(test.database()).find(LogicalName.parse(name)).orElseThrow();
  }

  private long files() {
    return new Catalog(test.database()).queries().total(FileQuery.parse("name ~ /**")).files();
  }

  @Test
  void everyFamilyIsRegisteredOnceWithWhatItsNameAndFramesSay() throws Exception {
    List<NamesGenerator.Sample> samples = NamesGenerator.write(root, 7, 700);
    IndexCounts counts = index();
    assertThat(counts.files(Kind.CREATED)).isEqualTo(samples.size());
    assertThat(counts.files(Kind.CONFLICT)).isZero();
    assertThat(files()).isEqualTo(samples.size());
    check(samples);
    assertThat(index().files(Kind.KNOWN)).isEqualTo(samples.size());
  }

  private void check(List<NamesGenerator.Sample> samples) throws Exception {
    for (NamesGenerator.Sample sample : samples) {
      CatalogFile file = find("/" + root.relativize(sample.path()));
      String what = sample.path().toString();
      assertThat(file.metadata().level())
          .as(what)
          .isEqualTo(sample.level() == null ? "unclassified" : sample.level());
      assertThat(file.metadata().extra().path("family").asString())
          .as(what)
          .isEqualTo(sample.family());
      assertThat(file.metadata().run()).as(what).isEqualTo(sample.run());
      assertThat(file.metadata().part()).as(what).isEqualTo(sample.part());
      assertThat(file.metadata().eventCount()).as(what).isEqualTo(sample.events());
      if (sample.events() != null) {
        assertThat(file.metadata().firstEvent()).as(what).isEqualTo(sample.firstEvent());
      }
      assertThat(file.checksums().load(ChecksumAlgorithm.SHA512).hex())
          .as(what)
          .isEqualTo(
              HexFormat.of()
                  .formatHex(
                      MessageDigest.getInstance("SHA-512")
                          .digest(Files.readAllBytes(sample.path()))));
    }
  }

  @Test
  void whatLiesBesideAFileIsKnownOfIt() throws Exception {
    NamesGenerator.write(root, 7, 330);
    index();
    CatalogFile file =
        find(
            "/data/exp/IceCube/2016/filtered/level2/0101/Run00126000_71/Level2_IC86.2015_data_Run00126000_Subrun00000000_00000003.i3");
    assertThat(file.metadata().livetime()).isEqualTo(73.53);
    assertThat(file.metadata().starts()).isNotNull();
    assertThat(file.metadata().extra().at("/software/0/version").asString()).isEqualTo("V05-02-00");
    assertThat(file.metadata().extra().at("/offline_processing_metadata/L2_gcd_file").asString())
        .endsWith("_0101_71_375_GCD.i3");
    assertThat(new Catalog(test.database()).lineage(file, 1).edges()).hasSize(1);
    CatalogFile description =
        find("/data/exp/IceCube/2016/filtered/level2/0101/Run00126000_71/level2_meta.xml");
    assertThat(description.metadata().run()).isEqualTo(126000);
    assertThat(description.metadata().starts()).isEqualTo(Instant.parse("2016-04-25T13:25:29Z"));
  }

  /// A registry that dies when it has taken so many files, before or after it took the last.
  private static final class Dying implements Registry {
    private final Registry inner;
    private final boolean before;
    private int left;

    Dying(Registry inner, int left, boolean before) {
      this.inner = inner;
      this.left = left;
      this.before = before;
    }

    @Override
    public Answer register(List<Offer> files) throws IOException {
      left -= files.size();
      if (left < 0 && before) {
        throw new IOException("killed");
      }
      Answer answer = inner.register(files);
      if (left < 0) {
        throw new IOException("killed");
      }
      return answer;
    }

    @Override
    public void parts(List<RunPart> parts) throws IOException {
      inner.parts(parts);
    }

    @Override
    public String goodRuns(String name, byte[] text) throws IOException {
      return inner.goodRuns(name, text);
    }
  }

  @Test
  void killedTenTimesItRegistersEveryFileOnceAndNeverStartsFromZero() throws Exception {
    List<NamesGenerator.Sample> samples = NamesGenerator.write(root, 11, 5_000);
    Random random = new Random(11);
    long read = 0;
    long known = 0;
    for (int kill = 0; kill < 10; kill++) {
      Registry dying =
          new Dying(
              new CatalogRegistry(test.database()),
              200 + random.nextInt(600),
              random.nextBoolean());
      IndexCounts counts = new IndexCounts();
      Indexer indexer =
          new Indexer(
              plan(),
              directory.resolve("state"),
              dying,
              new Indexer.Telling(counts, (what, why) -> {}),
              new Indexer.Pace(400, 200));
      try {
        indexer.run();
      } catch (IOException e) {
        assertThat(e).hasMessage("killed");
      }
      assertThat(counts.files(Kind.KNOWN)).as("kill %d", kill).isGreaterThanOrEqualTo(known);
      known = counts.files(Kind.KNOWN);
      read += counts.files(Kind.READ);
    }
    read += index().files(Kind.READ);
    assertThat(files()).isEqualTo(samples.size());
    assertThat(known).isGreaterThan(500);
    // A kill costs what was being registered and what was read ahead, and no more.
    assertThat(read).isLessThan(samples.size() + 10 * 1_000L);
    check(samples.subList(0, 400));
    assertThat(index().files(Kind.KNOWN)).isEqualTo(samples.size());
    try (var state = Files.list(directory.resolve("state"))) {
      assertThat(state.filter(p -> p.toString().endsWith(".journal"))).hasSize(1);
    }
  }

  @Test
  void changedFileIsReadAgainAndContradictsTheRecord() throws Exception {
    Path file = Files.writeString(root.resolve("notes.txt"), "snow");
    assertThat(index().files(Kind.CREATED)).isEqualTo(1);
    Files.writeString(file, "rain!");
    for (int again = 0; again < 2; again++) {
      IndexCounts counts = index();
      assertThat(counts.files(Kind.CONFLICT)).isEqualTo(1);
      assertThat(counts.files(Kind.READ)).isEqualTo(again == 0 ? 1 : 0);
    }
    Files.setLastModifiedTime(file, FileTime.from(Instant.parse("2020-01-01T00:00:00Z")));
    assertThat(index().files(Kind.READ)).isEqualTo(1);
  }

  @Test
  void betterPatternsReadAgainOnlyWhatTheyKnowBetter() throws Exception {
    Files.writeString(root.resolve("survey-17.fits"), "stars");
    Files.writeString(root.resolve("notes.txt"), "snow");
    assertThat(index().files(Kind.UNCLASSIFIED)).isEqualTo(2);
    Path own = directory.resolve("own.toml");
    Files.writeString(
        own, "[[name]]\nfamily = 'survey'\nlevel = 'S1'\nmatch = 'survey-(?<run>\\d+)\\.fits'\n");
    IndexCounts counts =
        index(plan(FileNames.read(own), Optional.empty()), new CatalogRegistry(test.database()));
    assertThat(counts.files(Kind.READ)).isEqualTo(1);
    assertThat(counts.files(Kind.CONFLICT)).isZero();
    String name = "/data/ingest" + root + "/survey-17.fits";
    assertThat(find(name).metadata().level()).isEqualTo("S1");
    assertThat(find(name).metadata().run()).isEqualTo(17);
  }

  @Test
  void namesThatCannotBeAreToldAndTheRestIsRegistered() throws Exception {
    Files.writeString(root.resolve("a\u0001b"), "x");
    Files.writeString(root.resolve("good.txt"), "x");
    Files.writeString(root.resolve("back\\slash\nline"), "x");
    Files.createSymbolicLink(root.resolve("link"), root.resolve("good.txt"));
    Files.write(root.resolve("broken.i3"), new byte[] {'[', 'i', '3', ']', 1, 2, 3});
    List<String> told = new ArrayList<>();
    IndexCounts counts = new IndexCounts();
    new Indexer(
            plan(FileNames.shipped(), Optional.of(LogicalName.parse("/data/x"))),
            directory.resolve("state"),
            new CatalogRegistry(test.database()),
            counts,
            (what, why) -> told.add(what + ": " + why))
        .run();
    assertThat(find("/data/x/good.txt").size()).isEqualTo(1);
    assertThat(find("/data/x/broken.i3").metadata().extra().path("content_status").asString())
        .isEqualTo("bad");
    assertThat(counts.files(Kind.DAMAGED)).isEqualTo(1);
    assertThat(told.toString()).contains("broken.i3", "link: a symbolic link");
    assertThat(
            index(
                    plan(FileNames.shipped(), Optional.of(LogicalName.parse("/data/x"))),
                    new CatalogRegistry(test.database()))
                .files(Kind.READ))
        .isZero();
  }

  @Test
  void gapsThatContradictThemselvesTakeNothingElseAlong() throws Exception {
    String stem = "Level2_IC86.2017_data_Run00130484_Subrun00000000_00000003";
    Files.write(root.resolve(stem + ".i3"), new byte[] {'[', 'i', '3', ']', 1, 2, 3});
    Files.writeString(
        root.resolve(stem + "_gaps.txt"),
        """
        Run: 130484
        First Event of File: 5 2018 200000000000
        Last Event of File: 9 2018 100000000000
        File Livetime: 60.5
        """);
    new Indexer(
            plan(FileNames.shipped(), Optional.of(LogicalName.parse("/data/x"))),
            directory.resolve("state"),
            new CatalogRegistry(test.database()),
            new IndexCounts(),
            (what, why) -> {})
        .run();
    FileMetadata metadata = find("/data/x/" + stem + ".i3").metadata();
    assertThat(metadata.extra().path("content_status").asString()).isEqualTo("bad");
    assertThat(metadata.starts()).isNull();
    assertThat(metadata.ends()).isNull();
    assertThat(metadata.livetime()).isEqualTo(60.5);
    assertThat(metadata.lastEvent()).isEqualTo(9);
  }

  @Test
  void dryRunLooksAtNamesOnly() throws Exception {
    int files = NamesGenerator.write(root, 3, 400).size();
    IndexCounts counts = new IndexCounts();
    Indexer.survey(plan(), counts, (what, why) -> {});
    assertThat(counts.files(Kind.SEEN)).isEqualTo(files);
    assertThat(counts.families().keySet())
        .contains("unbiased", "processed", "GCD", "gaps", "simulation", "unclassified");
    assertThat(counts.unknown())
        .extracting(IndexCounts.Shape::shape)
        .contains("holiday photo #.jpg");
    assertThat(files()).isZero();
  }

  @Test
  void registryThatIsAwayEndsThePass() throws Exception {
    Files.writeString(root.resolve("a"), "x");
    assertThatThrownBy(
            () -> index(plan(), new Dying(new CatalogRegistry(test.database()), 0, true)))
        .isInstanceOf(IOException.class);
    assertThat(index().files(Kind.CREATED)).isEqualTo(1);
  }
}
