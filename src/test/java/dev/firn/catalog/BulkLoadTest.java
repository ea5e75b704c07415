package dev.firn.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.catalog.BulkLoad.LineOutcome;
import dev.firn.catalog.BulkLoad.Totals;
import dev.firn.catalog.RegisterOutcome.AlreadyThere;
import dev.firn.catalog.RegisterOutcome.Conflict;
import dev.firn.catalog.RegisterOutcome.Registered;
import dev.firn.database.HistoryRecord;
import dev.firn.database.TestDatabase;
import dev.firn.model.LogicalName;
import dev.firn.model.SiteName;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Bulk registration: every line has its outcome, and the same load twice is one.
class BulkLoadTest {
  private static final Cause CAUSE = new Cause("loader", "twelve years");
  private static final String HEX = "ab".repeat(64);

  private TestDatabase test;
  private Catalog catalog;
  private final List<LineOutcome> outcomes = new ArrayList<>();

  @BeforeEach
  void open() {
    test = TestDatabase.create();
    catalog = new Catalog(test.database());
  }

  @AfterEach
  void close() {
    test.close();
  }

  private Totals load(String text) throws IOException {
    return load(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));
  }

  private Totals load(InputStream in) throws IOException {
    outcomes.clear();
    return new BulkLoad(catalog).load(in, CAUSE, outcomes::add);
  }

  private static String line(int i, String more) {
    return """
    {"name":"/data/exp/%d/file%d.i3.zst","size":%d,"checksums":{"sha512":"%0128x"}%s,\
    "replicas":[{"site":"madison"},{"site":"nersc","path":"/archive/b%d.zip"}]}
    """
        .formatted(i % 7, i, 1000 + i, i + 1, more, i);
  }

  private static String line(String name, int content, String replicas) {
    return """
    {"name":"%s","size":%d,"checksums":{"sha512":"%0128x"},"replicas":[%s]}
    """
        .formatted(name, content, content, replicas);
  }

  private List<String> copies(String name) {
    return catalog.find(LogicalName.parse(name)).orElseThrow().replicas().stream()
        .map(r -> r.site() + " " + r.state().label() + (r.bundle() == null ? "" : " bundled"))
        .toList();
  }

  /// What is known of other copies when a file is offered again is recorded as it is said.
  @Test
  void copiesOfAKnownFileAreRecordedInTheStateThatTheyAreOfferedIn() throws Exception {
    String madison = "{\"site\":\"madison\"}";
    String bundled =
        "{\"site\":\"nersc\",\"path\":\"/data/c\",\"bundle\":\"1b4e28ba-2fa1-11d2-883f-0016d3cca427\"}";
    load(
        line("/data/a", 1, madison)
            + line("/data/b", 2, madison)
            + line("/data/c", 3, madison)
            + line("/data/d", 4, "{\"site\":\"madison\",\"state\":\"copying\"}"));
    Totals again =
        load(
            line("/data/new", 9, madison)
                + line("/data/a", 1, madison + ",{\"site\":\"nersc\",\"state\":\"suspect\"}")
                + line("/data/b", 2, "{\"site\":\"nersc\",\"state\":\"bad\"}")
                + line("/data/c", 3, bundled)
                + line("/data/d", 4, "{\"site\":\"madison\",\"state\":\"suspect\"}")
                + line("/data/d", 4, madison));
    assertThat(again).isEqualTo(new Totals(1, 4, 4, 1, 0));
    assertThat(copies("/data/new")).containsExactly("madison available");
    assertThat(copies("/data/a")).containsExactly("madison available", "nersc suspect");
    assertThat(copies("/data/b")).containsExactly("madison available", "nersc bad");
    assertThat(copies("/data/c")).containsExactly("madison available", "nersc available bundled");
    assertThat(copies("/data/d")).containsExactly("madison available");
    assertThat(outcomes.get(4).outcome()).isInstanceOf(Conflict.class);
  }

  private long count(String sql) {
    return test.database()
        .read(c -> {
          try (PreparedStatement select = c.prepareStatement(sql);
              ResultSet row = select.executeQuery()) {
            row.next();
            return row.getLong(1);
          }
        });
  }

  @Test
  void aLoadRegistersFilesWithCopiesMetadataAndOneHistory() throws Exception {
    String metadata =
        ",\"metadata\":{\"season\":2017,\"run\":130484,\"level\":\"L2\",\"start\":\"2017-05-03T04:05:06.123456Z\","
            + "\"livetime\":73.5,\"owner\":\"ana.b@ice\",\"group\":\"cascades\","
            + "\"extra\":{\"note\":\"tab\\tback\\\\slash\\nline ü\"}}";
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < 25_000; i++) {
      lines.append(line(i, i == 77 ? metadata : ""));
    }
    assertThat(load(lines.toString())).isEqualTo(new Totals(25_000, 0, 0, 0, 0));
    assertThat(outcomes).hasSize(25_000).allMatch(o -> o.outcome() instanceof Registered);

    CatalogFile file = catalog.find(LogicalName.parse("/data/exp/0/file77.i3.zst")).orElseThrow();
    assertThat(((Registered) outcomes.get(77).outcome()).file())
        .usingRecursiveComparison()
        .ignoringFields("created")
        .isEqualTo(file);
    assertThat(file.metadata().extra().path("note").asString())
        .isEqualTo("tab\tback\\slash\nline ü");
    assertThat(file.metadata().livetime()).isEqualTo(73.5);
    assertThat(file.metadata().group()).isEqualTo("cascades");
    assertThat(file.replicas()).hasSize(2);
    assertThat(file.replicas().getLast().path()).hasToString("/archive/b77.zip");
    assertThat(file.replicas()).noneMatch(r -> r.verified() != null);

    assertThat(count("SELECT count(*) FROM history")).as("one a part, not one a file").isEqualTo(3);
    List<HistoryRecord> history = catalog.history(file.id(), 0, 10);
    assertThat(history).hasSize(1);
    assertThat(history.getFirst().entry().who()).isEqualTo("loader");
    assertThat(history.getFirst().entry().subjectKind()).isEqualTo(Catalog.LOAD);
    assertThat(catalog.summary().live().files()).isEqualTo(25_000);

    assertThat(load(lines.toString())).isEqualTo(new Totals(0, 25_000, 0, 0, 0));
    assertThat(count("SELECT count(*) FROM file")).isEqualTo(25_000);
    assertThat(count("SELECT count(*) FROM replica")).isEqualTo(50_000);
    assertThat(count("SELECT count(*) FROM history")).isEqualTo(3);
  }

  @Test
  void eachLineHasItsOutcome() throws Exception {
    load(line(1, "") + line(2, ""));
    String changed = line(1, "").replace("\"size\":1001", "\"size\":5");
    String moved = line(2, "").replace("b2.zip", "elsewhere.zip");
    String more = line(2, ",\"metadata\":{\"run\":5}");
    Totals totals =
        load(
            String.join("", changed, moved, "\n", "no json\n", more, line(3, ""), line(3, ""))
                + line(4, ",\"colour\":1")
                + "{\"name\":\"/a\",\"size\":1,\"replicas\":[{\"site\":\"m\"}]}\n"
                + line(5, "").strip());
    assertThat(totals).isEqualTo(new Totals(2, 2, 1, 2, 3));
    assertThat(outcomes.stream().map(LineOutcome::number))
        .as("lines are numbered as an editor does")
        .containsExactly(1L, 2L, 4L, 5L, 6L, 7L, 8L, 9L, 10L);
    assertThat(((Conflict) outcomes.get(0).outcome()).reason()).contains("size (1001, not 5)");
    assertThat(((Conflict) outcomes.get(1).outcome()).reason())
        .contains("path at nersc (/archive/b2.zip, not /archive/elsewhere.zip)");
    assertThat(outcomes.get(2).reason()).contains("not JSON");
    assertThat(outcomes.get(3).outcome())
        .isInstanceOfSatisfying(
            AlreadyThere.class, a -> assertThat(a.file().metadata().run()).isEqualTo(5));
    assertThat(outcomes.get(5).outcome()).isInstanceOf(AlreadyThere.class);
    assertThat(outcomes.get(6).reason()).contains("no field 'colour'");
    assertThat(outcomes.get(7).reason()).contains("sha512");
    assertThat(outcomes.get(8).outcome()).isInstanceOf(Registered.class);
  }

  @Test
  void whatALineIsToldDoesNotHangOnWhichPartIsWrittenFirst() throws Exception {
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < 10_000; i++) {
      lines.append(line(i, ""));
    }
    String uuid = ",\"uuid\":\"00000000-0000-4000-8000-0000000000aa\"";
    lines.append(line(10_000, uuid));
    for (int i = 10_001; i < 20_000; i++) {
      lines.append(line(i, ""));
    }
    // The third part: a name of the first with other bytes, one of the second again, and its uuid.
    lines.append(line(9_999, "").replace("\"size\":10999", "\"size\":5"));
    lines.append(line(19_999, ""));
    lines.append(line(20_000, uuid));
    assertThat(load(lines.toString())).isEqualTo(new Totals(20_000, 1, 0, 2, 0));
    assertThat(outcomes.get(9_999).outcome()).isInstanceOf(Registered.class);
    assertThat(outcomes.get(20_000).outcome()).isInstanceOf(Conflict.class);
    assertThat(outcomes.get(20_001).outcome()).isInstanceOf(AlreadyThere.class);
    assertThat(outcomes.get(20_002).outcome()).isInstanceOf(Conflict.class);
  }

  @Test
  void hostileLinesAreRefusedByReasonAndStoreNothing() throws Exception {
    String deep = "{\"a\":".repeat(400) + "1" + "}".repeat(400);
    List<String> hostile =
        List.of(
            line(1, "").replace("file1", "a\\u0000b"),
            line(1, "").replace("/data/exp", "/data/../exp"),
            line(1, ",\"metadata\":{\"extra\":{\"k\":\"\\u0000\"}}"),
            line(1, ",\"metadata\":{\"extra\":{\"k\":\"\\ud800\"}}"),
            line(1, ",\"metadata\":{\"extra\":" + deep + "}"),
            line(1, ",\"metadata\":{\"extra\":{\"" + "k".repeat(1_000_000) + "\":1}}"),
            line(1, ",\"metadata\":{\"extra\":{\"k\":\"" + "v".repeat(3_000_000) + "\"}}"),
            line(1, ",\"metadata\":{\"extra\":{\"k\":1e999999}}"),
            line(1, ",\"metadata\":{\"run\":99999999999}"),
            line(1, ",\"metadata\":{\"level\":\"L2'; DROP TABLE file; --\"}"),
            line(1, ",\"metadata\":{\"start\":\"yesterday\"}"),
            line(1, ",\"uuid\":\"1-2-3-4-5\""),
            line(1, "").replace("nersc", "madison"),
            "[1]\n",
            "null\n",
            "{\"name\":\"/a\",\"name\":\"/b\"}\n");
    StringBuilder all = new StringBuilder();
    hostile.forEach(all::append);
    byte[] text = all.toString().getBytes(StandardCharsets.UTF_8);
    Totals totals = load(new ByteArrayInputStream(text));
    assertThat(outcomes).allMatch(o -> o.reason() != null && o.reason().length() < 600);
    assertThat(totals.invalid()).isEqualTo(hostile.size());
    byte[] notUtf8 = line(1, "").getBytes(StandardCharsets.UTF_8);
    notUtf8[20] = (byte) 0xff;
    assertThat(load(new ByteArrayInputStream(notUtf8)).invalid()).isEqualTo(1);
    assertThat(count("SELECT count(*) FROM file")).isZero();
    assertThat(count("SELECT count(*) FROM history")).isZero();
  }

  @Test
  void knownSubDocumentsHaveTheirTypesAndUnknownKeysAreKept() throws Exception {
    String right =
        ",\"metadata\":{\"extra\":{\"simulation\":{\"energy_min\":1e2,\"colour\":[1]},"
            + "\"software\":[{\"name\":\"icetray\"}],\"anything\":{\"goes\":true}}}";
    assertThat(load(line(1, right)).created()).isEqualTo(1);
    CatalogFile file = catalog.find(LogicalName.parse("/data/exp/1/file1.i3.zst")).orElseThrow();
    assertThat(file.metadata().extra().path("simulation").path("colour").size()).isEqualTo(1);
    for (String wrong :
        List.of(
            "\"run\":7",
            "\"run\":{\"run_number\":\"7\"}",
            "\"offline_processing_metadata\":{\"validation_validated\":\"yes\"}",
            "\"software\":{\"name\":\"icetray\"}")) {
      assertThat(load(line(2, ",\"metadata\":{\"extra\":{" + wrong + "}}")).invalid())
          .as(wrong)
          .isEqualTo(1);
    }
  }

  @Test
  void aParentMayComeAfterItsChild() throws Exception {
    load(line(1, ",\"parents\":[\"/data/exp/2/file2.i3.zst\",\"/data/exp/gcd\"]") + line(2, ""));
    assertThat(count("SELECT count(*) FROM provenance")).isEqualTo(1);
    assertThat(count("SELECT count(*) FROM provenance_awaited")).isEqualTo(1);
    catalog.register(
        CatalogContract.offer("/data/exp/gcd", 99),
        new SiteName("madison"),
        LogicalName.parse("/data/exp/gcd"),
        "me",
        "late");
    assertThat(catalog.settleProvenance()).isEqualTo(1);
    assertThat(count("SELECT count(*) FROM provenance_awaited")).isZero();
  }

  @Test
  void loadsOfTheSameNamesAtTheSameTimeAreOne() throws Exception {
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < 3_000; i++) {
      lines.append(line(i, ""));
    }
    String[] orders = {
      lines.toString(), String.join("\n", lines.toString().lines().toList().reversed())
    };
    try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
      List<Callable<Totals>> loads = new ArrayList<>();
      for (int t = 0; t < 4; t++) {
        InputStream in = new ByteArrayInputStream(orders[t % 2].getBytes(StandardCharsets.UTF_8));
        loads.add(() -> new BulkLoad(catalog).load(in, CAUSE, o -> {}));
      }
      long created = 0;
      long same = 0;
      for (Future<Totals> done : threads.invokeAll(loads)) {
        created += done.get().created();
        same += done.get().same();
      }
      assertThat(created).isEqualTo(3_000);
      assertThat(same).isEqualTo(9_000);
    }
    assertThat(count("SELECT count(*) FROM replica")).isEqualTo(6_000);
    assertThat(catalog.summary().live().files()).isEqualTo(3_000);
  }

  @Test
  void aUuidIsBroughtAlongAndBelongsToOneFile() throws Exception {
    String uuid = ",\"uuid\":\"1b4e28ba-2fa1-11d2-883f-0016d3cca427\"";
    Totals totals = load(line(1, uuid) + line(2, uuid));
    assertThat(totals.created()).isEqualTo(1);
    assertThat(load(line(1, uuid)).same()).isEqualTo(1);
    assertThat(load(line(2, uuid)).conflicts()).isEqualTo(1);
    assertThat(HEX).hasSize(128);
  }
}
