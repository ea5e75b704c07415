package dev.firn.events;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.catalog.CatalogFile;
import dev.firn.catalog.run.Runs;
import dev.firn.events.query.Queries;
import dev.firn.i3.EventHeader;
import dev.firn.i3.Frame;
import dev.firn.i3.FrameWriter;
import dev.firn.i3.I3Time;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Faults planted among the events of a run: each is found, and nothing else.
class PassCheckTest {
  private static final long SEED = Long.getLong("firn.seed", 20261126L);
  private static final int RUN = 131_000;
  private static final int FILES = 8;
  private static final int EVENTS = 60;

  @TempDir Path directory;

  @Test
  void exactlyWhatWasPlantedIsFound() throws Exception {
    System.out.println("PassCheckTest: seed " + SEED);
    Random random = new Random(SEED);
    try (EventWorld world = new EventWorld(directory);
        Queries queries = new Queries(Duration.ofMinutes(1))) {
      Pass pass = world.passes.create("pass2", "InIcePulses", "", "tester");
      List<CatalogFile> files = new ArrayList<>();
      Set<Long> doubled = new TreeSet<>();
      Set<String> missing = new HashSet<>();
      for (int i = 0; i < FILES; i++) {
        files.add(plant(world, random, i, doubled, missing));
      }
      world.load(pass, files.subList(0, 5).toArray(CatalogFile[]::new));
      world.load(pass, files.subList(5, FILES).toArray(CatalogFile[]::new));

      PassCheck.Findings found = check(world, queries, pass);
      assertThat(found.files()).isEqualTo(FILES);
      assertThat(found.duplicates())
          .extracting(row -> row.get("event"))
          .containsExactlyElementsOf(doubled);
      assertThat(found.gaps())
          .extracting(PassCheckTest::gap)
          .containsExactlyInAnyOrderElementsOf(missing);
      assertThat(found.different()).isEmpty();
      assertThat(found.livetime()).isEqualTo(FILES * 100.0);
      assertThat(found.listed()).isEmpty();
      assertThat(found.clean()).isEqualTo(doubled.isEmpty() && missing.isEmpty());
    }
  }

  private static String gap(Map<String, Object> row) {
    return row.get("file_id") + ":" + row.get("first_missing") + "-" + row.get("last_missing");
  }

  /// One file of the run, with the numbers after those of the file before; perhaps without some in
  /// the middle, perhaps with some that an earlier file has.
  private CatalogFile plant(
      EventWorld world, Random random, int index, Set<Long> doubled, Set<String> missing)
      throws IOException {
    long first = 1 + (long) index * EVENTS;
    Set<Long> numbers = new TreeSet<>();
    for (long event = first; event < first + EVENTS; event++) {
      numbers.add(event);
    }
    List<String> gaps = new ArrayList<>();
    if (index % 2 == 1) {
      long from = first + 5 + random.nextInt(20);
      long to = from + random.nextInt(3);
      for (long event = from; event <= to; event++) {
        numbers.remove(event);
      }
      gaps.add(from + "-" + to);
    }
    if (index % 3 == 2) {
      for (int i = 1 + random.nextInt(3); i > 0; i--) {
        long again = first - i; // the last ones of the file before
        numbers.add(again);
        doubled.add(again);
      }
    }
    byte[] bytes = EventWorld.i3(RUN, index, numbers);
    CatalogFile file = world.file(RUN, index, bytes, numbers.size());
    gaps.forEach(gap -> missing.add(file.id() + ":" + gap));
    return file;
  }

  private static PassCheck.Findings check(EventWorld world, Queries queries, Pass pass)
      throws IOException {
    PassViews views = new PassViews(world.passes, Optional.of(world.storage()));
    return new PassCheck(queries, world.catalog, new Runs(world.database), 1_000)
        .check(Queries.Tables.of(views.of(pass, Pass.STAGING)), RUN);
  }

  @Test
  void partsOfOneEventAreNoDuplicatesAndOneInTwoFilesIs() throws Exception {
    try (EventWorld world = new EventWorld(directory);
        Queries queries = new Queries(Duration.ofMinutes(1))) {
      Pass pass = world.passes.create("pass2", "InIcePulses", "", "tester");
      List<Long> one = List.of(1L, 2L, 3L);
      world.load(
          pass,
          world.file(RUN, 0, EventWorld.i3(RUN, 0, one), 3),
          world.file(RUN, 1, EventWorld.i3(RUN, 1, List.of(4L, 5L), 1), 2));
      assertThat(check(world, queries, pass).duplicates()).isEmpty();
      // event 3 again, as another part than the first file has
      world.load(pass, world.file(RUN, 2, EventWorld.i3(RUN, 2, List.of(3L), 1), 1));
      assertThat(check(world, queries, pass).duplicates())
          .singleElement()
          .satisfies(row -> {
            assertThat(row).containsEntry("event", 3L);
            assertThat(row.get("files").toString().split(" ")).hasSize(2);
          });
    }
  }

  @Test
  void numbersThatEverySubrunCountsAnewAreNoDuplicates() throws Exception {
    try (EventWorld world = new EventWorld(directory);
        Queries queries = new Queries(Duration.ofMinutes(1))) {
      Pass pass = world.passes.create("pass2", "InIcePulses", "", "tester");
      world.load(
          pass,
          world.file(RUN, 0, simulated(0, 1, 2, 3), 3),
          world.file(RUN, 1, simulated(1, 1, 2, 3), 3),
          world.file(RUN, 2, both(simulated(2, 1, 3), simulated(3, 1, 2)), 4));
      PassCheck.Findings found = check(world, queries, pass);
      assertThat(found.duplicates()).isEmpty();
      assertThat(found.gaps()).extracting(row -> row.get("first_missing")).containsExactly(2L);
      assertThat(found.different()).isEmpty();
      assertThat(found.events()).isEqualTo(10);
      // the second subrun's event 2 in another file as well
      world.load(pass, world.file(RUN, 4, simulated(1, 2), 1));
      assertThat(check(world, queries, pass).duplicates())
          .singleElement()
          .satisfies(row -> {
            assertThat(row).containsEntry("event", 2L).containsEntry("times", 2L);
            assertThat(row.get("files").toString().split(" ")).hasSize(2);
          });
    }
  }

  private static byte[] both(byte[] one, byte[] other) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(one);
    out.writeBytes(other);
    return out.toByteArray();
  }

  /// Events as simulation has them: numbers of the subrun, moments of their own.
  private static byte[] simulated(int subrun, long... events) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    FrameWriter writer = new FrameWriter(out);
    for (long event : events) {
      I3Time start = new I3Time(2018, 1_000_000L * event + 17L * subrun);
      EventHeader header = EventHeader.of(RUN, subrun, event, start, start.plusTicks(100_000));
      writer.write(Frame.of('Q', List.of(header.toObject())));
      writer.write(Frame.of('P', List.of(header.split("InIceSplit", 0).toObject())));
    }
    return out.toByteArray();
  }

  @Test
  void livetimeOfAnEventIsSharedByItsRows() throws Exception {
    try (EventWorld world = new EventWorld(directory);
        Queries queries = new Queries(Duration.ofMinutes(1))) {
      Pass pass = world.passes.create("pass2", "InIcePulses", "", "tester");
      world.load(pass, world.file(RUN, 0, EventWorld.ofTwoSplitters(RUN, 40), 40));
      EventLook.Gathered rows = new EventLook.Gathered();
      PassViews views = new PassViews(world.passes, Optional.of(world.storage()));
      queries.run(
          "SELECT count(*) AS n, sum(livetime_share) AS livetime FROM events",
          Queries.Tables.of(views.of(pass, Pass.STAGING)),
          rows);
      assertThat(rows.all.getFirst()).containsEntry("n", 80L);
      assertThat((Double) rows.all.getFirst().get("livetime"))
          .isCloseTo(100.0, Offset.offset(1e-9)); // s, what the catalog has of the file
    }
  }

  @Test
  void livetimeIsHeldAgainstTheNewestGoodRunList() throws Exception {
    try (EventWorld world = new EventWorld(directory);
        Queries queries = new Queries(Duration.ofMinutes(1))) {
      Pass pass = world.passes.create("pass2", "InIcePulses", "", "tester");
      world.load(pass, world.file(RUN, 0, 1, 5), world.file(RUN, 1, 6, 5));
      Runs runs = new Runs(world.database);
      String list = "RunNum Good_i3 Good_it LiveTime(s)\n%d 1 1 %s 86 5484 5404 /data -\n";
      runs.keep("IC86_2018_GoodRunInfo_1.txt", text(list.formatted(RUN, "200.4")), "tester");
      assertThat(check(world, queries, pass).livetimeDiffers()).isFalse();
      assertThat(check(world, queries, pass).clean()).isTrue();
      runs.keep("IC86_2018_GoodRunInfo_2.txt", text(list.formatted(RUN, "203.00")), "tester");
      assertThat(check(world, queries, pass).livetimeDiffers()).isTrue();
      assertThat(check(world, queries, pass).clean()).isFalse();
    }
  }

  private static byte[] text(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
