package dev.firn.events;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.firn.catalog.CatalogFile;
import dev.firn.catalog.FileQuery;
import dev.firn.catalog.Lineage;
import dev.firn.columnar.Column;
import dev.firn.columnar.iceberg.IcebergTables.DataFileView;
import dev.firn.columnar.iceberg.Orphans;
import dev.firn.columnar.iceberg.TableName;
import dev.firn.model.LogicalName;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LoaderTest {
  private static final String COLUMNS =
      """
      [[column]]
      name = "energy"
      key = "Truth"
      field = "energy"
      type = "double"
      unit = "GeV"
      doc = "Energy of the primary"
      """;

  @TempDir Path directory;
  private EventWorld world;
  private Pass pass;

  @BeforeEach
  void open() throws IOException {
    world = new EventWorld(directory);
    pass = world.passes.create("pass2", "InIcePulses", COLUMNS, "tester");
  }

  @AfterEach
  void close() throws IOException {
    world.close();
  }

  @Test
  void aBatchIsRowsOfBothTablesAndLineageBothWays() throws Exception {
    CatalogFile a = world.file(100, 0, 1, 20);
    CatalogFile b = world.file(100, 1, 21, 10);
    Loader.Outcome outcome = world.load(pass, a, b);

    assertThat(outcome.events()).isEqualTo(30);
    assertThat(world.count(pass.eventsTable(), Pass.STAGING)).isEqualTo(30);
    assertThat(world.count(pass.pulsesTable(), Pass.STAGING)).isEqualTo(outcome.pulses());
    assertThat(world.count(pass.eventsTable(), Pass.MAIN)).isZero();

    DataFileView events = world.tables.dataFiles(pass.eventsTable(), Pass.STAGING).getFirst();
    LogicalName column = world.tables.files().name(events.location());
    Lineage down = world.catalog.lineage(a, 1);
    assertThat(down.nodes()).anyMatch(n -> n.name().equals(column) && n.distance() == 1);
    Lineage up = world.catalog.lineage(world.catalog.find(column).orElseThrow(), 1);
    assertThat(up.nodes().stream().filter(n -> n.distance() == -1).map(Lineage.Node::name))
        .containsExactlyInAnyOrder(a.name(), b.name());
    try (Connection duck = DriverManager.getConnection("jdbc:duckdb:");
        Statement statement = duck.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT count(*), sum(energy), min(file_id), max(livetime_share) FROM '"
                    + directory.resolve("storage" + column.toString().substring(5))
                    + "'")) {
      row.next();
      assertThat(row.getLong(1)).isEqualTo(30);
      assertThat(row.getDouble(2)).isEqualTo(20 * 10 + 190 + 10 * 10 + 45);
      assertThat(row.getLong(3)).isEqualTo(a.id());
      assertThat(row.getDouble(4)).isEqualTo(10.0);
    }
  }

  @Test
  void committingTwiceIsCommittingOnce() throws Exception {
    CatalogFile a = world.file(100, 0, 1, 5);
    world.load(pass, a);
    world.load(pass, a);
    // and as a part of another batch
    CatalogFile b = world.file(100, 1, 6, 5);
    world.load(pass, a, b);
    assertThat(world.count(pass.eventsTable(), Pass.STAGING)).isEqualTo(5);
    assertThat(world.number("SELECT count(*) FROM event_batch")).isEqualTo(1);
  }

  @Test
  void crashAtEveryStepLosesAndDoublesNothing() throws Exception {
    List<String> steps = new ArrayList<>();
    CatalogFile first = world.file(99, 0, 1, 3);
    world.database.inTransaction(c -> LoadStore.add(c, pass.id(), List.of(first.id())));
    world.loader(steps::add).load(pass, List.of(first), "tester");
    assertThat(steps)
        .containsExactly("write", "publish events", "publish pulses", "commit", "swap", "done");
    long expected = 3;
    for (int i = 0; i < steps.size(); i++) {
      CatalogFile file = world.file(200 + i, 0, 1, 4);
      world.database.inTransaction(c -> LoadStore.add(c, pass.id(), List.of(file.id())));
      String at = steps.get(i);
      Loader crashing =
          world.loader(step -> {
            if (step.equals(at)) {
              throw new IOException("crash before " + at);
            }
          });
      assertThatThrownBy(() -> crashing.load(pass, List.of(file), "tester"))
          .hasMessageContaining("crash");
      world.loader(Loader.Steps.NONE).load(pass, List.of(file), "tester");
      expected += 4;
      assertThat(world.count(pass.eventsTable(), Pass.STAGING)).as(at).isEqualTo(expected);
      assertThat(world.number("SELECT count(*) FROM event_file WHERE state = 'done'"))
          .isEqualTo(i + 2);
    }
    Orphans orphans = new Orphans(world.tables);
    var left = orphans.find(Instant.now().plusSeconds(60));
    assertThat(left.stream().filter(o -> o.name().toString().endsWith(".parquet")))
        .as("published by the attempts that crashed before their commit")
        .hasSize(1 + 2 + 2);
    assertThat(orphans.find(Instant.now().minusSeconds(3600))).isEmpty();

    // gc names them, removes them, and takes nothing that a table needs
    Housekeeping housekeeping = new Housekeeping(world.passes);
    assertThat(housekeeping.collect(0, false, "tester")).containsEntry("orphans", left.size());
    assertThat(housekeeping.collect(0, true, "tester")).containsEntry("orphans", left.size());
    assertThat(orphans.find(Instant.now().plusSeconds(60))).isEmpty();
    assertThat(world.count(pass.eventsTable(), Pass.STAGING)).isEqualTo(expected);
    for (TableName table : List.of(pass.eventsTable(), pass.pulsesTable())) {
      for (DataFileView file : world.tables.dataFiles(table, Pass.STAGING)) {
        assertThat(world.area.find(world.tables.files().name(file.location()))).isPresent();
      }
    }
  }

  @Test
  void twoCommittersAtOnceEachComeOnce() throws Exception {
    List<CatalogFile> files = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      files.add(world.file(300, i, 1 + 10L * i, 10));
    }
    world.database.inTransaction(
        c -> LoadStore.add(c, pass.id(), files.stream().map(CatalogFile::id).toList()));
    List<Callable<Void>> work = new ArrayList<>();
    for (CatalogFile file : files) {
      for (int twice = 0; twice < 2; twice++) {
        work.add(() -> {
          world.loader(Loader.Steps.NONE).load(pass, List.of(file), "tester");
          return null;
        });
      }
    }
    try (ExecutorService pool = Executors.newFixedThreadPool(4)) {
      for (Future<Void> done : pool.invokeAll(work)) {
        done.get();
      }
    }
    assertThat(world.count(pass.eventsTable(), Pass.STAGING)).isEqualTo(120);
    assertThat(world.number("SELECT sum(events) FROM event_batch")).isEqualTo(120);
    assertThat(world.number("SELECT count(*) FROM event_file WHERE state = 'done'")).isEqualTo(12);
  }

  @Test
  void progressTellsWhatIsDoneAndInHandAndHowLongTheRestTakes() throws Exception {
    for (int run = 1; run <= 3; run++) {
      world.file(run, 0, 1, 5);
    }
    world.file(3, 1, 6, 5);
    Pass other = world.passes.create("other", "InIcePulses", "", "tester");
    try (Loads loads = world.loads()) {
      loads.add(pass, FileQuery.parse("run between 1 and 3"));
      Loads.Progress before = loads.progress(pass);
      assertThat(before.waiting()).isEqualTo(4);
      assertThat(before.remaining()).as("nothing was done yet").isNull();
      loads.loadOne(pass);
      Loads.Progress now = loads.progress(pass);
      assertThat(now.done()).isEqualTo(1);
      assertThat(now.waiting()).isEqualTo(3);
      assertThat(now.rate().files()).isPositive();
      assertThat(now.remaining()).isNotNull();
      assertThat(loads.progress(other).remaining()).as("of another pass").isNull();
      world.database.inTransaction(
          c -> LoadStore.claim(c, pass.id(), "somebody", Duration.ofMinutes(1), 1));
      assertThat(loads.progress(pass).inHand()).isEqualTo(1);
      assertThat(loads.progress(pass).waiting()).isEqualTo(3);
    }
  }

  @Test
  void aDamagedFileIsLeftOutWithItsReason() throws Exception {
    CatalogFile good = world.file(400, 0, 1, 5);
    byte[] damaged = EventWorld.i3(400, 1, 6, 5);
    damaged[damaged.length / 2] ^= 1;
    CatalogFile bad = world.file(400, 1, damaged, 5);
    try (Loads loads = world.loads()) {
      assertThat(loads.add(pass, FileQuery.parse("run = 400"))).isEqualTo(2);
      assertThat(loads.add(pass, FileQuery.parse("run = 400"))).isZero();
      while (loads.loadOne(pass)) {
        assertThat(loads.progress(pass).done()).isEqualTo(1);
      }
      Loads.Progress progress = loads.progress(pass);
      assertThat(progress.waiting()).isZero();
      assertThat(progress.events()).isEqualTo(5);
      assertThat(loads.failures(pass, 10))
          .singleElement()
          .satisfies(f -> {
            assertThat(f.file()).isEqualTo(bad.id());
            assertThat(f.reason()).contains("frame 5 at offset");
          });
      assertThat(world.catalog.lineage(good, 1).nodes()).hasSize(3);
    }
  }

  @Test
  void promotingShowsAllAtOnceAndTagsItForEver() throws Exception {
    assertThatThrownBy(() -> world.passes.promote(pass, "tester"))
        .isInstanceOf(EventsException.class);
    world.load(pass, world.file(500, 0, 1, 5));
    assertThat(world.passes.promote(pass, "tester")).isEqualTo("pass2-v1");
    assertThat(world.count(pass.eventsTable(), Pass.MAIN)).isEqualTo(5);
    assertThat(world.count(pass.eventsTable(), Pass.STAGING)).isZero();

    Pass promoted = world.passes.load("pass2");
    assertThat(promoted.current()).isTrue();
    world.load(promoted, world.file(500, 1, 6, 5));
    assertThat(world.count(pass.eventsTable(), Pass.MAIN)).isEqualTo(10);
    assertThat(world.count(pass.eventsTable(), "pass2-v1")).isEqualTo(5);
    assertThat(world.passes.promote(promoted, "tester")).isEqualTo("pass2-v2");

    Pass next = world.passes.create("pass3", "InIcePulses", "", "tester");
    world.load(next, world.file(500, 2, 1, 2));
    world.passes.promote(next, "tester");
    assertThat(world.passes.load("pass2").current()).isFalse();
    assertThat(world.count(pass.eventsTable(), "pass2-v2")).isEqualTo(10);
  }

  @Test
  void newColumnsAreAddedAndTypesNeverChange() throws Exception {
    world.load(pass, world.file(600, 0, 1, 3));
    String more =
        COLUMNS
            + """
            [[column]]
            name = "weight"
            key = "Weight"
            type = "double"
            unit = ""
            doc = "Weight"
            """;
    Pass evolved = world.passes.evolve(pass, more, "tester");
    world.load(evolved, world.file(600, 1, 4, 3));
    List<Column> columns = world.tables.look().table(pass.eventsTable()).schema().columns();
    assertThat(columns.getLast().name()).isEqualTo("weight");
    assertThat(columns).anyMatch(c -> c.name().equals("energy") && c.unit().equals("GeV"));
    assertThatThrownBy(
            () -> world.passes.evolve(evolved, COLUMNS.replace("double", "long"), "tester"))
        .isInstanceOfSatisfying(
            EventsException.class, e -> assertThat(e.code()).isEqualTo("column-type"));
    for (String bad : Arrays.asList("[[column]]\nname = \"x\"", "a = 1", "[[column", "[column]")) {
      assertThatThrownBy(() -> world.passes.evolve(evolved, bad, "tester"))
          .isInstanceOf(EventsException.class);
    }
  }

  @Test
  void aStandingRuleTakesWhatComes() throws Exception {
    world.passes.rule(pass, "level = L2 and run = 700", "tester");
    try (Loads loads = world.loads()) {
      loads.start();
      world.file(700, 0, 1, 5);
      world.file(701, 0, 1, 5);
      long until = System.nanoTime() + 60_000_000_000L;
      while (loads.progress(pass).done() < 1 && System.nanoTime() < until) {
        Thread.sleep(50);
      }
      assertThat(loads.progress(pass).events()).isEqualTo(5);
      assertThat(loads.progress(pass).done()).isEqualTo(1);
    }
  }

  @Test
  void aQueryThatFindsTheTablesThemselvesTakesThemForNoEvents() throws Exception {
    world.file(700, 0, 1, 5);
    FileQuery everything = FileQuery.parse("name ~ /data/**");
    try (Loads loads = world.loads()) {
      assertThat(loads.add(pass, everything)).isOne();
    }
    assertThat(world.catalog.queries().total(everything).files())
        .as("the file and the tables' own")
        .isGreaterThan(1);
  }
}
