package dev.firn.catalog.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.firn.catalog.BulkLoad;
import dev.firn.catalog.Catalog;
import dev.firn.catalog.CatalogException;
import dev.firn.catalog.CatalogFile;
import dev.firn.catalog.Cause;
import dev.firn.catalog.FileQuery;
import dev.firn.catalog.FileTotal;
import dev.firn.catalog.Grouping;
import dev.firn.catalog.Lineage;
import dev.firn.catalog.NewFile;
import dev.firn.database.TestDatabase;
import dev.firn.model.Checksum;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.Checksums;
import dev.firn.model.LogicalName;
import dev.firn.model.SiteName;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Datasets, and the questions about lineage, copies of content and groups, on one small catalog:
/// three runs of 40 files, each made from the run's GCD, files 0 and 1 with the same content.
class DatasetsTest {
  private static final Cause ME = new Cause("me", "test");
  private TestDatabase test;
  private Catalog catalog;
  private Datasets datasets;

  @BeforeEach
  void open() throws IOException {
    test = TestDatabase.create();
    catalog = new Catalog(test.database());
    datasets = new Datasets(test.database(), catalog);
    StringBuilder lines = new StringBuilder();
    for (int run = 1; run <= 3; run++) {
      for (int i = 0; i < 40; i++) {
        int content = run == 1 && i == 1 ? 1_000 : 1_000 * run + i;
        String parent = i == 0 ? "" : ",\"parents\":[\"" + name(run, 0) + "\"]";
        lines.append(
            """
            {"name":"%s","size":10,"checksums":{"sha512":"%0128x"},"metadata":{"run":%d,\
            "season":%d,"level":"%s","livetime":%d,"group":"%s"},"replicas":[{"site":"madison"}%s]%s}
            """
                .formatted(
                    name(run, i),
                    content,
                    run,
                    2010 + run,
                    i == 0 ? "GCD" : "L2",
                    i * 60,
                    run == 2 ? "cascades" : "muons",
                    i % 2 == 0 ? ",{\"site\":\"nersc\"}" : "",
                    parent));
      }
    }
    new BulkLoad(catalog)
        .load(
            new ByteArrayInputStream(lines.toString().getBytes(StandardCharsets.UTF_8)),
            ME,
            line -> {});
  }

  @AfterEach
  void close() {
    test.close();
  }

  private static String name(int run, int i) {
    return "/data/exp/run" + run + "/file" + i;
  }

  private List<String> find(String query, int page) {
    List<String> names = new ArrayList<>();
    String after = null;
    do {
      var found = catalog.queries().page(FileQuery.parse(query), after, page);
      found.files().forEach(f -> names.add(f.name().toString()));
      after = found.next();
    } while (after != null);
    assertThat(names).as(query).doesNotHaveDuplicates();
    assertThat(catalog.queries().total(FileQuery.parse(query)).files())
        .as(query)
        .isEqualTo(names.size());
    return names;
  }

  @Test
  void setsQueriesAndContainersAreAskedByName() {
    datasets.create("mine", Dataset.Kind.SET, null, "", ME);
    List<LogicalName> two = List.of(LogicalName.parse(name(1, 5)), LogicalName.parse(name(3, 7)));
    assertThat(datasets.add("mine", two, ME)).isEqualTo(2);
    assertThat(datasets.add("mine", two, ME)).isZero();
    datasets.create("casc", Dataset.Kind.QUERY, "group = cascades and level = L2", "", ME);
    datasets.create("all", Dataset.Kind.CONTAINER, null, "", ME);
    datasets.put("all", "mine", ME);
    datasets.put("all", "casc", ME);
    assertThat(datasets.put("all", "casc", ME).parts()).containsExactly("casc", "mine");

    assertThat(find("in dataset mine", 1)).containsExactlyInAnyOrder(name(1, 5), name(3, 7));
    assertThat(find("in dataset mine and run = 3", 100)).containsExactly(name(3, 7));
    assertThat(find("in dataset casc", 7)).hasSize(39);
    assertThat(find("in dataset all", 10)).hasSize(41);
    assertThat(find("in dataset all and not in dataset mine", 10)).hasSize(39);

    assertThatThrownBy(() -> datasets.put("all", "all", ME)).hasMessageContaining("holds");
    datasets.create("outer", Dataset.Kind.CONTAINER, null, "", ME);
    datasets.put("outer", "all", ME);
    assertThatThrownBy(() -> datasets.put("all", "outer", ME)).hasMessageContaining("holds");
    assertThatThrownBy(() -> datasets.create("self", Dataset.Kind.QUERY, "in dataset self", "", ME))
        .hasMessageContaining("deeper");
    assertThat(datasets.find("self")).isEmpty();
    assertThatThrownBy(() -> find("in dataset nobody", 10)).hasMessageContaining("no dataset");
    assertThatThrownBy(() -> datasets.create("mine", Dataset.Kind.CONTAINER, null, "", ME))
        .isInstanceOf(CatalogException.class);
  }

  @Test
  void aSnapshotNeverChanges() {
    FileQuery query = FileQuery.parse("run = 2");
    Dataset frozen = datasets.snapshot("frozen", query, "for the paper", ME);
    assertThat(frozen.files()).isEqualTo(40);
    assertThat(frozen.bytes()).isEqualTo(400);
    assertThat(frozen.digest()).hasSize(64);
    assertThat(datasets.snapshot("frozen", query, "again", ME)).isEqualTo(frozen);
    assertThat(datasets.verify("frozen")).isTrue();

    assertThatThrownBy(() -> datasets.add("frozen", List.of(LogicalName.parse(name(1, 1))), ME))
        .hasMessageContaining("does not change");
    datasets.create("open", Dataset.Kind.SET, null, "", ME);
    datasets.add("open", List.of(LogicalName.parse(name(1, 1))), ME);
    String one = " WHERE dataset_id = (SELECT id FROM dataset WHERE name = 'open')";
    for (String sql :
        List.of(
            "DELETE FROM dataset_file",
            "INSERT INTO dataset_file SELECT d.id, f.id FROM dataset d, file f"
                + " WHERE d.name = 'frozen' AND f.run = 1",
            "UPDATE dataset_file SET dataset_id = (SELECT id FROM dataset WHERE name = 'frozen')"
                + one,
            "UPDATE dataset SET digest = '' WHERE name = 'frozen'",
            "UPDATE dataset SET files = 41 WHERE name = 'frozen'",
            "UPDATE dataset SET kind = 'set', digest = NULL WHERE name = 'frozen'")) {
      assertThatThrownBy(() -> test.database().inTransaction(c -> c.createStatement().execute(sql)))
          .as(sql)
          .hasMessageContaining("does not change");
    }
    assertThat(datasets.verify("frozen")).isTrue();
    catalog.removed(LogicalName.parse(name(2, 3)), new SiteName("madison"), "me");
    assertThat(find("run = 2", 100)).as("it is gone").hasSize(39);
    assertThat(find("in dataset frozen", 7)).as("and still a member").hasSize(40);
    assertThat(datasets.verify("frozen")).isTrue();
    assertThatThrownBy(() -> datasets.snapshot("frozen", query, "", ME))
        .hasMessageContaining("other members");
    assertThat(datasets.list("", 10)).hasSize(2);
  }

  @Test
  void aMemberStaysOneWhenItsFileIsReplaced() {
    SiteName madison = new SiteName("madison");
    List<LogicalName> both = List.of(LogicalName.parse(name(2, 3)), LogicalName.parse(name(2, 4)));
    datasets.create("mine", Dataset.Kind.SET, null, "", ME);
    datasets.add("mine", both, ME);
    datasets.snapshot("frozen", FileQuery.parse("in dataset mine"), "", ME);
    CatalogFile old = catalog.find(both.getFirst()).orElseThrow();
    Checksum sha512 = new Checksum(ChecksumAlgorithm.SHA512, "%0128x".formatted(99));
    NewFile newer = new NewFile(old.name(), 11, Checksums.of(sha512), old.metadata());
    catalog.stored(newer, true, madison, "me");
    for (String more : List.of("", " and run = 2", " and run >= 2", " and level = L2")) {
      assertThat(find("in dataset frozen" + more, 10)).as(more).hasSize(2);
    }
    assertThat(find("in dataset frozen and name = " + old.name(), 10)).hasSize(1);
    assertThat(datasets.remove("mine", List.of(old.name()), ME)).isEqualTo(1);
    assertThat(find("in dataset mine", 10)).containsExactly(name(2, 4));
    assertThat(datasets.remove("mine", List.of(old.name()), ME)).isZero();
  }

  @Test
  void aSnapshotThatManyTakeAtOnceIsMadeOnce() throws Exception {
    List<Callable<Dataset>> all = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      all.add(() -> datasets.snapshot("one", FileQuery.parse("run = 2"), "", ME));
    }
    Set<Dataset> made = new HashSet<>();
    try (ExecutorService threads = Executors.newFixedThreadPool(12)) {
      for (Future<Dataset> one : threads.invokeAll(all)) {
        made.add(one.get());
      }
    }
    assertThat(made).hasSize(1);
    assertThat(datasets.list("", 10)).hasSize(1);
    datasets.create("set", Dataset.Kind.SET, null, "", ME);
    assertThatThrownBy(() -> datasets.snapshot("set", FileQuery.parse("run = 2"), "", ME))
        .hasMessageContaining("another dataset");
  }

  @Test
  void lineageIsFollowedUpAndDown() throws Exception {
    assertThat(find("derived from " + name(2, 0), 10)).hasSize(39);
    assertThat(find("derived from " + name(2, 5), 10)).isEmpty();
    assertThat(find("derived from /nowhere", 10)).isEmpty();
    String grandchild =
        """
        {"name":"/data/ana/x","size":1,"checksums":{"sha512":"%0128x"},\
        "replicas":[{"site":"madison"}],"parents":["%s","/data/unknown"]}
        """
            .formatted(77, name(2, 5));
    new BulkLoad(catalog)
        .load(new ByteArrayInputStream(grandchild.getBytes(StandardCharsets.UTF_8)), ME, l -> {});
    assertThat(find("derived from " + name(2, 0), 10)).hasSize(40).contains("/data/ana/x");

    CatalogFile middle = catalog.find(LogicalName.parse(name(2, 5))).orElseThrow();
    Lineage lineage = catalog.lineage(middle, 10);
    assertThat(lineage.nodes().stream().map(Lineage.Node::distance)).containsExactly(0, -1, 1);
    assertThat(lineage.edges()).hasSize(2);
    assertThat(lineage.whole()).isTrue();
    CatalogFile child = catalog.find(LogicalName.parse("/data/ana/x")).orElseThrow();
    assertThat(catalog.lineage(child, 10).awaited())
        .containsExactly(LogicalName.parse("/data/unknown"));
    assertThat(catalog.lineage(child, 1).whole()).isFalse();
  }

  @Test
  void sameContentUnderTwoNamesIsFound() {
    assertThat(find("duplicates", 1)).containsExactly(name(1, 0), name(1, 1));
    assertThat(find("duplicates and run = 2", 10)).isEmpty();
  }

  @Test
  void unitsOfTimeAreUnderstood() {
    assertThat(find("livetime > 30 min and run = 1", 100)).hasSize(9);
    assertThat(find("livetime >= 0.5 h and run = 1", 100)).hasSize(10);
    assertThatThrownBy(() -> FileQuery.parse("livetime > 3 parsec"))
        .hasMessageContaining("character 14");
    assertThatThrownBy(() -> FileQuery.parse("livetime > 3parsec"))
        .hasMessageContaining("units of time are s, min, h and d");
  }

  @Test
  void groupsOfAllAreThoseThatACountFinds() {
    for (String keys : List.of("year,level", "group", "site,year", "owner,type", "level")) {
      Grouping grouping = Grouping.parse(keys);
      assertThat(catalog.queries().groups(FileQuery.EVERYTHING, grouping))
          .as(keys)
          .containsExactlyInAnyOrderElementsOf(
              catalog.queries().groups(FileQuery.parse("size >= 0"), grouping));
    }
    var byLevel = catalog.queries().groups(FileQuery.parse("run = 2"), Grouping.parse("level"));
    assertThat(byLevel)
        .containsExactly(
            new Grouping.Group(List.of("GCD"), new FileTotal(1, 10)),
            new Grouping.Group(List.of("L2"), new FileTotal(39, 390)));
    assertThatThrownBy(() -> Grouping.parse("year,colour")).hasMessageContaining("colour");
  }
}
