package dev.firn.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.firn.catalog.Consistency.Found;
import dev.firn.catalog.Consistency.Settled;
import dev.firn.database.TestDatabase;
import dev.firn.model.Checksums;
import dev.firn.model.LogicalName;
import dev.firn.model.ReplicaState;
import dev.firn.model.SiteName;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ConsistencyTest {
  private static final SiteName MADISON = new SiteName("madison");
  private TestDatabase test;
  private Catalog catalog;
  private Consistency consistency;

  @BeforeEach
  void open() {
    test = TestDatabase.create();
    catalog = new Catalog(test.database());
    consistency = new Consistency(catalog, test.database(), MADISON);
  }

  @AfterEach
  void close() {
    test.close();
  }

  private static Found found(String name, int content) {
    return new Found(LogicalName.parse(name), 1000 + content, CatalogContract.sums(content));
  }

  private void register(String name, int content) {
    NewFile file = CatalogContract.offer(name, content);
    catalog.register(file, MADISON, file.name(), "me", "test");
  }

  private ReplicaState state(String name) {
    return catalog
        .find(LogicalName.parse(name))
        .orElseThrow()
        .replicaAt(MADISON)
        .orElseThrow()
        .state();
  }

  /// All files of a listing that lie directly in a directory.
  private ConsistencyReport check(String directory, List<Found> listing) throws IOException {
    LogicalName parent = LogicalName.parse(directory);
    return consistency.check(
        parent,
        visitor -> listing.stream().filter(f -> f.name().parent().equals(parent)).forEach(visitor));
  }

  private Settled settle(String name, List<Found> listing) throws IOException {
    return consistency.settle(
        LogicalName.parse(name),
        wanted -> listing.stream().filter(f -> f.name().equals(wanted)).findFirst(),
        any -> FileMetadata.NONE,
        "test");
  }

  @Test
  void whatACrashLeftIsFoundAndWhatIsCertainRepaired() throws Exception {
    register("/data/same", 1);
    register("/data/lost", 2);
    register("/data/replaced", 3);
    register("/data/truncated", 4);
    register("/data/below/it", 5);
    register("/database/elsewhere", 5);
    List<Found> listing =
        List.of(
            found("/data/same", 1),
            found("/data/dark", 6),
            new Found(LogicalName.parse("/data/unknown"), 5, Checksums.NONE),
            found("/data/replaced", 7),
            new Found(LogicalName.parse("/data/truncated"), 5, Checksums.NONE));
    ConsistencyReport report = check("/data", listing);
    assertThat(report.listed()).isEqualTo(5);
    assertThat(report.dark())
        .extracting(f -> f.name().toString())
        .containsExactly("/data/dark", "/data/unknown");
    assertThat(report.lost()).extracting(l -> l.name().toString()).containsExactly("/data/lost");
    assertThat(report.different())
        .extracting(d -> d.found().name().toString())
        .containsExactly("/data/replaced", "/data/truncated");

    assertThat(settle("/data/same", listing)).isEqualTo(Settled.AGREES);
    assertThat(settle("/data/nothing", listing)).isEqualTo(Settled.AGREES);
    assertThat(settle("/data/unknown", listing)).isEqualTo(Settled.OPEN);
    for (String name : List.of("dark", "lost", "replaced", "truncated")) {
      assertThat(settle("/data/" + name, listing)).as(name).isEqualTo(Settled.REPAIRED);
      assertThat(settle("/data/" + name, listing)).as(name).isEqualTo(Settled.AGREES);
    }
    assertThat(state("/data/dark")).isEqualTo(ReplicaState.AVAILABLE);
    assertThat(state("/data/lost")).isEqualTo(ReplicaState.SUSPECT);
    assertThat(state("/data/truncated")).isEqualTo(ReplicaState.SUSPECT);
    assertThat(catalog.find(LogicalName.parse("/data/replaced")).orElseThrow().size())
        .isEqualTo(1007);
    assertThat(catalog.find(LogicalName.parse("/data/unknown"))).isEmpty();
    assertThat(check("/data", listing).dark()).hasSize(1);
    assertThat(check("/data", listing).differentCount()).as("suspect is still different").isOne();
  }

  @Test
  void aCopyThatLiesAtAPathOfItsOwnIsNeitherDarkNorLost() throws Exception {
    LogicalName path = LogicalName.parse("/data/other/path");
    NewFile file = CatalogContract.offer("/data/named", 1);
    catalog.register(file, MADISON, path, "me", "test");
    List<Found> listing = List.of(found("/data/other/path", 1));
    assertThat(check("/data", listing).isClean()).isTrue();
    assertThat(check("/data/other", listing).isClean()).isTrue();
    assertThat(settle("/data/other/path", listing)).isEqualTo(Settled.AGREES);
    assertThat(check("/data/other", List.of()).lost())
        .extracting(l -> l.name().toString())
        .containsExactly("/data/other/path");
    assertThat(settle("/data/other/path", List.of())).isEqualTo(Settled.REPAIRED);
    assertThat(state("/data/named")).isEqualTo(ReplicaState.SUSPECT);
  }

  @Test
  void exactlyThePlantedDifferencesAreFound() throws Exception {
    long seed = System.nanoTime();
    System.out.println("seed " + seed);
    Random random = new Random(seed);
    List<Found> listing = new ArrayList<>();
    List<String> dark = new ArrayList<>();
    List<String> lost = new ArrayList<>();
    for (int i = 0; i < 400; i++) {
      String name = "/data/" + random.nextInt(5) + "/" + random.nextInt(3) + "/f" + i;
      int planted = random.nextInt(20);
      if (planted != 0) {
        register(name, i);
      }
      if (planted != 1) {
        listing.add(found(name, i));
      }
      if (planted == 0) {
        dark.add(name);
      } else if (planted == 1) {
        lost.add(name);
      }
    }
    Collections.shuffle(listing, random);
    List<String> foundDark = new ArrayList<>();
    List<String> foundLost = new ArrayList<>();
    for (LogicalName directory : consistency.directories(LogicalName.parse("/data"))) {
      for (LogicalName below : consistency.directories(directory)) {
        ConsistencyReport report = check(below.toString(), listing);
        report.dark().forEach(f -> foundDark.add(f.name().toString()));
        report.lost().forEach(l -> foundLost.add(l.name().toString()));
        assertThat(report.differentCount()).isZero();
      }
    }
    assertThat(foundDark).containsExactlyInAnyOrderElementsOf(dark);
    assertThat(foundLost).containsExactlyInAnyOrderElementsOf(lost);
    assertThat(consistency.records()).isEqualTo(400 - dark.size());
  }

  @Test
  void aListingThatFailsIsNoListing() {
    register("/data/a", 1);
    assertThatThrownBy(() ->
            consistency.check(
                LogicalName.parse("/data"),
                visitor -> {
                  visitor.accept(found("/data/a", 1));
                  throw new IOException("disk gone");
                }))
        .isInstanceOf(IOException.class)
        .hasMessage("disk gone");
  }
}
