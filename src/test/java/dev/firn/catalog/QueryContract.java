package dev.firn.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.firn.catalog.RegisterOutcome.Registered;
import dev.firn.database.Database;
import dev.firn.database.TestDatabase;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.LogicalName;
import dev.firn.model.ReplicaState;
import dev.firn.model.SiteName;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;

/// Asking: what is compiled to SQL means what the language says, on whatever PostgreSQL.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class QueryContract {
  private static final int FILES = 300;
  private static final List<SiteName> SITES =
      List.of(new SiteName("madison"), new SiteName("nersc"), new SiteName("desy"));
  private static final UUID BUNDLE = UUID.fromString("123e4567-e89b-12d3-a456-426614174000");

  private final long seed = System.nanoTime();
  private final Random random = new Random(seed);
  private final List<CatalogFile> files = new ArrayList<>();
  private TestDatabase test;
  private Database database;
  private Catalog catalog;

  abstract TestDatabase createDatabase();

  @BeforeAll
  void fill() {
    System.out.println("seed " + seed);
    test = createDatabase();
    database = test.database();
    catalog = new Catalog(database);
    List<Long> ids = new ArrayList<>();
    for (int i = 0; i < FILES; i++) {
      NewFile file = CatalogContract.offer(name(i), i, metadata());
      SiteName site = SITES.getFirst();
      long id = ((Registered) catalog.register(file, site, file.name(), "me", "fill")).file().id();
      ids.add(id);
      addCopies(id, i);
    }
    catalog.removed(catalog.find(ids.getFirst()).orElseThrow().name(), SITES.getFirst(), "me");
    ids.forEach(id -> files.add(catalog.find(id).orElseThrow()));
  }

  @AfterAll
  void close() {
    test.close();
  }

  private String name(int i) {
    StringBuilder name = new StringBuilder("/data");
    for (int depth = random.nextInt(4); depth > 0; depth--) {
      name.append('/').append(pick("exp", "sim", "a.b", "a", "level2", "x%", "ab", "\u00e9"));
    }
    return name + "/" + pick("f", "x.", "Level2_", "*") + i;
  }

  private FileMetadata metadata() {
    FileMetadata m = FileMetadata.NONE;
    if (random.nextInt(4) > 0) {
      m = m.withRun(random.nextInt(5), random.nextInt(2), null);
    }
    if (random.nextInt(4) > 0) {
      m = m.withSeason(2015 + random.nextInt(4));
    }
    if (random.nextInt(4) > 0) {
      m = m.withLevel(pick("L1", "L2", "GCD"));
    }
    if (random.nextInt(4) > 0) {
      long first = random.nextInt(1000);
      m = m.withEvents(100, first, first + 99);
    }
    String json = "{\"n\":" + random.nextInt(3) + ",\"deep\":{\"a b\":\"" + pick("x", "y") + "\"}}";
    return random.nextBoolean() ? m : m.withExtra(new JsonMapper().readTree(json));
  }

  private void addCopies(long id, int i) {
    database.inTransaction(c -> {
      for (SiteName site : SITES.subList(1, 3)) {
        if (random.nextBoolean()) {
          ReplicaChange change = ReplicaChange.to(id, site, ReplicaState.AVAILABLE);
          catalog.setReplica(c, i % 7 == 0 ? change.inBundle(BUNDLE) : change, "me", "fill");
          switch (random.nextInt(4)) {
            case 0 ->
                catalog.verify(
                    c,
                    new Verification(
                        id, site, 1000 + i, CatalogContract.sums(i), "read", Instant.EPOCH),
                    "me");
            case 1 ->
                catalog.setReplica(c, ReplicaChange.to(id, site, ReplicaState.BAD), "me", "fill");
            default -> {}
          }
        }
      }
      return true;
    });
  }

  private String pick(String... choices) {
    return choices[random.nextInt(choices.length)];
  }

  @Test
  void everyQueryMeansWhatItSays() {
    for (int i = 0; i < 150; i++) {
      check(expression(3), 7 + random.nextInt(100));
    }
  }

  private void check(String text, int page) {
    FileQuery query = FileQuery.parse(text);
    TreeSet<Long> expected = new TreeSet<>();
    long bytes = 0;
    for (CatalogFile file : files) {
      if (file.live() && QueryOracle.holds(query.condition(), file)) {
        expected.add(file.id());
        bytes += file.size();
      }
    }
    List<Long> found = new ArrayList<>();
    String after = null;
    do {
      FilePage result = catalog.queries().page(query, after, page);
      result.files().forEach(f -> found.add(f.id()));
      after = result.next();
    } while (after != null);
    assertThat(found).as(text).doesNotHaveDuplicates();
    assertThat(new TreeSet<>(found)).as(text).isEqualTo(expected);
    assertThat(catalog.queries().total(query))
        .as(text)
        .isEqualTo(new FileTotal(expected.size(), bytes));
  }

  private String expression(int depth) {
    if (depth == 0 || random.nextInt(3) == 0) {
      return term();
    }
    return switch (random.nextInt(4)) {
      case 0 -> "not (" + expression(depth - 1) + ")";
      case 1 -> "(" + expression(depth - 1) + " or " + expression(depth - 1) + ")";
      default -> "(" + expression(depth - 1) + " and " + expression(depth - 1) + ")";
    };
  }

  private String term() {
    CatalogFile one = files.get(random.nextInt(files.size()));
    String operator = pick("=", "!=", "<", "<=", ">", ">=");
    return switch (random.nextInt(16)) {
      case 0 -> "run " + operator + " " + random.nextInt(6);
      case 1 -> "run between 1 and 3";
      case 2 -> "run in (0, 2, 9)";
      case 3 -> "season " + operator + " " + (2014 + random.nextInt(6));
      case 4 -> "level " + pick("=", "!=") + " " + pick("L1", "L2", "GCD", "nothing");
      case 5 -> "level in (L1, GCD)";
      case 6 -> "size " + operator + " 1.1 kB";
      case 7 -> "name " + pick("=", "!=") + " '" + one.name() + "'";
      case 8 -> "at " + pick("nersc", "desy", "madison", "nowhere");
      case 9 -> pick("bad", "available", "copying") + " at " + pick("nersc", "desy");
      case 10 -> pick("verified", "verified at desy", "verified at nersc");
      case 11 -> "in bundle " + BUNDLE;
      case 12 -> "contains event " + random.nextInt(5) + ":" + random.nextInt(1100);
      case 13 -> "copies " + operator + " " + random.nextInt(4);
      case 14 -> "sha512 = " + one.checksums().load(ChecksumAlgorithm.SHA512).hex();
      default -> "name " + pick("~", "!~") + " '" + glob() + "'";
    };
  }

  private String glob() {
    StringBuilder glob = new StringBuilder(pick("/data", "", "/data/exp", "/*", "/d?ta"));
    for (int n = random.nextInt(3); n > 0; n--) {
      glob.append('/').append(pick("**", "*", "a.b", "a", "level2", "x%", "?", "\u00e9", "e*p"));
    }
    return glob + "/" + pick("**", "*", "f*", "*1?", "Level2_*", "x.*");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/data/**", "/data/**/level2/**", "**/f*", "/data/a.b/*", "/data/x%/**"})
  void patternsMatchWholeSegments(String glob) {
    check("name ~ '" + glob + "'", 11);
  }

  @Test
  void metadataIsFoundByKey() {
    assertThat(
            catalog
                .queries()
                .total(FileQuery.parse("meta.n = 1 and meta.deep.nothing = 5"))
                .files())
        .isZero();
    for (String text : List.of("meta.n = 1", "meta.n > 0", "meta.n <= 1 and not meta.n = 0")) {
      long expected =
          files.stream()
              .filter(f -> f.live() && f.metadata().extra() != null)
              .filter(f -> {
                int n = f.metadata().extra().get("n").asInt();
                return text.equals("meta.n > 0") ? n > 0 : n == 1;
              })
              .count();
      assertThat(catalog.queries().total(FileQuery.parse(text)).files())
          .as(text)
          .isEqualTo(expected);
    }
  }

  @Test
  void hostileValuesAreOnlyValues() {
    for (String text :
        List.of(
            "level = '''; DROP TABLE file; --'",
            "meta.\"x = 1",
            "meta.$ ? (@ = 1) = 1",
            "meta.a''b = '\\u0000'",
            "meta.n = '\"}}'",
            "name ~ '/data/(((((/[[[/.*+?{1000}'",
            "name = '/data/'' OR 1=1 --'")) {
      try {
        assertThat(catalog.queries().total(FileQuery.parse(text)).files()).as(text).isZero();
      } catch (QueryException e) {
        assertThat(e.position()).isNotNegative();
      }
    }
    assertThat(catalog.queries().total(FileQuery.EVERYTHING).files())
        .isEqualTo(files.stream().filter(CatalogFile::live).count());
  }

  @Test
  void aForgedPageMarkIsRefused() {
    for (String mark : List.of("x", "!!", "", "MQpub3QgYSBudW1iZXIKMg")) {
      assertThatThrownBy(() -> catalog.queries().page(FileQuery.parse("run > 1"), mark, 5))
          .isInstanceOf(CatalogException.class);
    }
  }

  @Test
  void streamYieldsEveryFileOnce() {
    List<Long> seen = new ArrayList<>();
    catalog.queries().stream(FileQuery.EVERYTHING, f -> seen.add(f.id()));
    assertThat(seen)
        .hasSize((int) files.stream().filter(CatalogFile::live).count())
        .doesNotHaveDuplicates()
        .isSorted();
  }

  @Test
  void listingShowsFilesAndDirectoriesInOrderPageByPage() {
    LogicalName data = LogicalName.parse("/data");
    List<LogicalName> expected =
        files.stream()
            .filter(f -> f.live() && f.name().parent().equals(data))
            .map(CatalogFile::name)
            .sorted()
            .toList();
    List<LogicalName> found = new ArrayList<>();
    Listing listing = catalog.list(data, "", 3);
    List<LogicalName> below = listing.directories();
    while (true) {
      listing.files().files().forEach(f -> found.add(f.name()));
      if (listing.files().next() == null) {
        break;
      }
      listing = catalog.list(data, listing.files().next(), 3);
      assertThat(listing.directories()).isEmpty();
    }
    assertThat(found).isEqualTo(expected);
    assertThat(below)
        .isEqualTo(
            files.stream()
                .filter(f -> f.live() && f.name().segments().size() > 2)
                .map(f -> data.child(f.name().segments().get(1)))
                .distinct()
                .sorted()
                .toList());
  }

  @Test
  void summaryEqualsTheCountBeforeAndAfterFolding() {
    Summary summary = catalog.summary();
    assertThat(copies(summary)).isEqualTo(counted());
    assertThat(summary.live()).isEqualTo(catalog.queries().total(FileQuery.EVERYTHING));
    assertThat(catalog.foldSummaries()).isPositive();
    assertThat(catalog.foldSummaries()).isZero();
    assertThat(catalog.summary()).isEqualTo(summary);
  }

  private static Map<String, FileTotal> copies(Summary summary) {
    Map<String, FileTotal> found = new TreeMap<>();
    summary
        .copies()
        .forEach(c -> found.put(c.site() + " " + c.state() + " " + c.verified(), c.total()));
    return found;
  }

  private Map<String, FileTotal> counted() {
    return database.read(c -> {
      Map<String, FileTotal> found = new TreeMap<>();
      try (PreparedStatement select =
              c.prepareStatement(
                  "SELECT s.name, r.state, r.verified IS NOT NULL, count(*), sum(f.size)"
                      + " FROM replica r JOIN file f ON f.id = r.file_id"
                      + " JOIN site s ON s.id = r.site GROUP BY 1, 2, 3");
          ResultSet row = select.executeQuery()) {
        while (row.next()) {
          found.put(
              row.getString(1) + " " + FileRows.state(row.getShort(2)) + " " + row.getBoolean(3),
              new FileTotal(row.getLong(4), row.getLong(5)));
        }
      }
      return found;
    });
  }
}
