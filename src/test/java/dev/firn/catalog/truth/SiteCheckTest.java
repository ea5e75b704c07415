package dev.firn.catalog.truth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.firn.catalog.BulkLoad;
import dev.firn.catalog.Catalog;
import dev.firn.catalog.Cause;
import dev.firn.catalog.ReplicaChange;
import dev.firn.catalog.truth.SiteCheck.Difference;
import dev.firn.catalog.truth.SiteCheck.Kind;
import dev.firn.catalog.truth.SiteCheck.Question;
import dev.firn.catalog.truth.SiteCheck.Totals;
import dev.firn.database.TestDatabase;
import dev.firn.model.LogicalName;
import dev.firn.model.ReplicaState;
import dev.firn.model.SiteName;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A site's listing against the catalog: exactly what differs, and nothing of what is in flight.
class SiteCheckTest {
  private static final SiteName NERSC = new SiteName("nersc");
  private static final Instant LATER = Instant.now().plus(Duration.ofDays(1));

  @TempDir Path temporary;
  private TestDatabase test;
  private Catalog catalog;
  private final List<Difference> found = new ArrayList<>();

  @BeforeEach
  void open() {
    test = TestDatabase.create();
    catalog = new Catalog(test.database());
  }

  @AfterEach
  void close() {
    test.close();
  }

  private void load(String lines) throws IOException {
    new BulkLoad(catalog)
        .load(
            new ByteArrayInputStream(lines.getBytes(StandardCharsets.UTF_8)),
            new Cause("me", "test"),
            line -> {});
  }

  private static String line(String name, int i, String copy) {
    return """
    {"name":"%s","size":%d,"checksums":{"sha512":"%0128x"},"replicas":[{"site":"nersc"%s}]}
    """
        .formatted(name, 100 + i, i, copy);
  }

  private Totals check(Question question, String listing) throws IOException {
    found.clear();
    return new SiteCheck(test.database(), temporary)
        .check(
            question,
            new ByteArrayInputStream(listing.getBytes(StandardCharsets.UTF_8)),
            found::add);
  }

  private static Question all(Instant taken) {
    return new Question(NERSC, LogicalName.parse("/data"), taken, Duration.ofHours(1));
  }

  @Test
  void exactlyThePlantedDifferencesAreFound() throws Exception {
    long seed = System.nanoTime();
    System.out.println("seed " + seed);
    Random random = new Random(seed);
    StringBuilder lines = new StringBuilder();
    List<String> listing = new ArrayList<>(List.of("# a comment", "", "/elsewhere/x\t5"));
    List<Difference> planted = new ArrayList<>();
    for (int i = 0; i < 5_000; i++) {
      String name = "/data/exp/" + random.nextInt(40) + "/ü file-" + i;
      String path = i % 5 == 0 ? "/data/other/" + i : name;
      int kind = random.nextInt(100);
      if (kind != 0) {
        lines.append(line(name, i, path.equals(name) ? "" : ",\"path\":\"" + path + "\""));
      }
      int size = 100 + i;
      switch (kind) {
        case 0 -> planted.add(new Difference(Kind.DARK, path, -1, size));
        case 1 -> planted.add(new Difference(Kind.LOST, path, size, -1));
        case 2 -> planted.add(new Difference(Kind.SIZE, path, size, size + 1));
        default -> {}
      }
      if (kind != 1) {
        listing.add(path + "\t" + (kind == 2 ? size + 1 : size) + (i % 2 == 0 ? "\t1000.5" : ""));
      }
    }
    load(lines.toString());
    Collections.shuffle(listing, random);
    Totals totals = check(all(LATER), String.join("\n", listing));
    assertThat(found).containsExactlyInAnyOrderElementsOf(planted);
    assertThat(totals.dark() + totals.lost() + totals.size()).isEqualTo(planted.size());
    assertThat(totals.inFlight()).isZero();
    try (Stream<Path> left = Files.list(temporary)) {
      assertThat(left).as("nothing is left behind").isEmpty();
    }
  }

  /// Longer than what is read at once of a listing, and records in as many pieces as there are at a
  /// site's size.
  @Test
  void aLongListingIsReadInBlocksAndItsRecordsInPieces() throws Exception {
    StringBuilder lines = new StringBuilder();
    StringBuilder listing = new StringBuilder();
    List<Difference> planted = new ArrayList<>();
    for (int i = 0; i < 12_000; i++) {
      String name = (i % 7 == 0 ? "/" : "/data/" + i % 50 + "/") + "ä".repeat(1 + i % 40) + i;
      if (i % 1_000 != 5) {
        lines.append(line(name, i, ""));
      } else {
        planted.add(new Difference(Kind.DARK, name, -1, 100 + i));
      }
      if (i % 1_000 != 6) {
        listing.append(name).append('\t').append(100 + i).append('\n');
      } else {
        planted.add(new Difference(Kind.LOST, name, 100 + i, -1));
      }
    }
    load(lines.toString());
    test.database()
        .inTransaction(c -> {
          try (Statement analyze = c.createStatement()) {
            return analyze.execute("ANALYZE file");
          }
        });
    assertThat(listing.length()).isGreaterThan(300_000);
    Question everything = new Question(NERSC, LogicalName.ROOT, LATER, Duration.ofHours(1));
    Totals totals = check(everything, listing.toString());
    assertThat(found).containsExactlyInAnyOrderElementsOf(planted);
    assertThat(totals.listed()).isEqualTo(11_988);
    assertThat(totals.records()).isEqualTo(11_988);
    assertThatThrownBy(() -> check(everything, listing + "relative\n"))
        .hasMessageContaining("line 11989");
    assertThatThrownBy(() -> check(everything, listing + "/" + "x".repeat(600_000)))
        .hasMessageContaining("line 11989");
    try (Stream<Path> left = Files.list(temporary)) {
      assertThat(left).as("nothing is left behind").isEmpty();
    }
  }

  @Test
  void membersOfTheOldCatalogsBundlesAreNotLookedForAtTheSite() throws Exception {
    load(
        line("/data/f1", 1, ",\"path\":\"/data/archive/b.zip:/data/f1\"")
            + line("/data/f3", 3, ",\"path\":\"/data/archive/b.zip:f3\"") // of its first years
            + line("/data/f2", 2, ",\"path\":\"/data/archive/f2.zip\""));
    Totals totals = check(all(LATER), "/data/archive/b.zip\t9");
    assertThat(found)
        .containsExactlyInAnyOrder(
            new Difference(Kind.DARK, "/data/archive/b.zip", -1, 9),
            new Difference(Kind.LOST, "/data/archive/f2.zip", 102, -1));
    assertThat(totals.records()).isEqualTo(1);
  }

  @Test
  void whatIsInFlightIsNoDifference() throws Exception {
    load(line("/data/new", 1, "") + line("/data/coming", 2, ",\"state\":\"copying\""));
    Instant now = Instant.now();
    Totals totals = check(all(now), "/data/fresh\t5\t" + now.getEpochSecond() + "\n");
    assertThat(found).isEmpty();
    assertThat(totals.inFlight()).isEqualTo(2);
    totals = check(all(LATER), "/data/fresh\t5\t" + now.getEpochSecond() + "\n");
    assertThat(found)
        .containsExactlyInAnyOrder(
            new Difference(Kind.DARK, "/data/fresh", -1, 5),
            new Difference(Kind.LOST, "/data/new", 101, -1));
  }

  @Test
  void whatWasRemovedOrMovedSinceTheListingBeganIsNotDark() throws Exception {
    load(
        line("/data/gone", 1, "")
            + line("/data/elsewhere", 2, ",\"path\":\"/data/old/place\"")
            + line("/data/dir/a", 3, "")
            + line("/data/b", 4, "")
            + line("/data/stays", 5, ""));
    Instant begun = Instant.now();
    String listing =
        "/data/gone\t101\t1000\n/data/old/place\t102\t1000\n/data/dir/a\t103\t1000\n"
            + "/data/b\t104\t1000\n/data/stays\t105\t1000\n/data/dark\t5\t1000\n";
    LogicalName elsewhere = LogicalName.parse("/data/elsewhere");
    long id = catalog.find(elsewhere).orElseThrow().id();
    catalog.removed(LogicalName.parse("/data/gone"), NERSC, "me");
    test.database()
        .inTransaction(c -> {
          catalog.setReplica(c, ReplicaChange.to(id, NERSC, ReplicaState.DELETING), "me", "room");
          catalog.setReplica(c, ReplicaChange.gone(id, NERSC), "me", "room");
          return true;
        });
    catalog.removed(LogicalName.parse("/data/dir"), NERSC, "me");
    catalog.moved(LogicalName.parse("/data/b"), LogicalName.parse("/data/c"), NERSC, "me");

    Totals totals = check(all(begun), listing);
    assertThat(found).containsExactly(new Difference(Kind.DARK, "/data/dark", -1, 5));
    assertThat(totals.inFlight()).as("three removed, one moved, by both its names").isEqualTo(5);

    check(all(LATER), listing);
    assertThat(found)
        .as("a later listing that has them still")
        .extracting(d -> d.kind() + " " + d.path())
        .containsExactlyInAnyOrder(
            "DARK /data/gone",
            "DARK /data/old/place",
            "DARK /data/dir/a",
            "DARK /data/b",
            "DARK /data/dark",
            "LOST /data/c");
  }

  @Test
  void windowsLineEndsPathsOfTheirOwnAndWhatIsListedTwice() throws Exception {
    String far = "/data/" + "d/".repeat(1_900) + "far";
    load(
        line("/data/own", 1, ",\"path\":\"/data/place\"")
            + line(far, 2, "")
            + line("/databases/a", 3, ""));
    String listing = "/data/place\t101\r\n" + far + "\t102\r\n/data/dark\r\n/data/dark\r\n";
    Totals totals = check(all(LATER), listing + listing + "/databases/dark\t7");
    assertThat(found).containsExactly(new Difference(Kind.DARK, "/data/dark", -1, -1));
    assertThat(totals).isEqualTo(new Totals(8, 2, 1, 0, 0, 0));
    check(new Question(NERSC, LogicalName.ROOT, LATER, Duration.ofHours(1)), listing);
    assertThat(found)
        .containsExactlyInAnyOrder(
            new Difference(Kind.DARK, "/data/dark", -1, -1),
            new Difference(Kind.LOST, "/databases/a", 103, -1));
  }

  @Test
  void membersOfBundlesAreNotLookedFor() throws Exception {
    load(line("/data/a", 1, ",\"bundle\":\"1b4e28ba-2fa1-11d2-883f-0016d3cca427\""));
    assertThat(check(all(LATER), "/data/b\n").lost()).isZero();
    assertThat(found).containsExactly(new Difference(Kind.DARK, "/data/b", -1, -1));
  }

  @Test
  void aListingThatIsNotUnderstoodIsNoListing() throws Exception {
    load(line("/data/a", 1, ""));
    for (String bad :
        List.of(
            "relative\t5",
            "/data/x\tbig",
            "/data/x\t5\tnow",
            "/data/\0\t1",
            "/" + "x".repeat(70_000))) {
      assertThatThrownBy(() -> check(all(LATER), "/data/a\t101\n" + bad + "\n"))
          .as(bad)
          .hasMessageContaining("line 2");
      assertThat(found).isEmpty();
    }
    byte[] bytes = {'/', 'd', (byte) 0xff, '\n'};
    assertThatThrownBy(() ->
            new SiteCheck(test.database(), temporary)
                .check(all(LATER), new ByteArrayInputStream(bytes), found::add))
        .hasMessageContaining("not UTF-8");
    assertThatThrownBy(() ->
            check(new Question(new SiteName("mars"), LogicalName.ROOT, LATER, Duration.ZERO), ""))
        .hasMessageContaining("no copies at mars");
  }
}
