package dev.firn.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.firn.catalog.Consistency.Found;
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
    consistency = new Consistency(catalog, test.database(), MADISON, LogicalName.parse("/data"));
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

  @Test
  void whatACrashLeftIsFoundAndWhatIsCertainRepaired() throws Exception {
    register("/data/same", 1);
    register("/data/a/lost", 2);
    register("/data/replaced", 3);
    register("/data/truncated", 4);
    register("/database/elsewhere", 5);
    List<Found> listing =
        List.of(
            found("/data/same", 1),
            found("/data/b/dark", 6),
            new Found(LogicalName.parse("/data/unknown"), 5, Checksums.NONE),
            found("/data/replaced", 7),
            new Found(LogicalName.parse("/data/truncated"), 5, Checksums.NONE));
    ConsistencyReport report = consistency.check(listing::forEach);
    assertThat(report.listed()).isEqualTo(5);
    assertThat(report.dark())
        .extracting(f -> f.name().toString())
        .containsExactly("/data/b/dark", "/data/unknown");
    assertThat(report.lost()).extracting(l -> l.name().toString()).containsExactly("/data/a/lost");
    assertThat(report.different())
        .extracting(d -> d.found().name().toString())
        .containsExactly("/data/replaced", "/data/truncated");

    int repaired = consistency.repair(report, name -> FileMetadata.NONE, "start");
    assertThat(repaired).isEqualTo(4);
    assertThat(state("/data/b/dark")).isEqualTo(ReplicaState.AVAILABLE);
    assertThat(state("/data/a/lost")).isEqualTo(ReplicaState.SUSPECT);
    assertThat(state("/data/truncated")).isEqualTo(ReplicaState.SUSPECT);
    assertThat(catalog.find(LogicalName.parse("/data/replaced")).orElseThrow().size())
        .isEqualTo(1007);
    assertThat(catalog.find(LogicalName.parse("/data/unknown"))).isEmpty();

    assertThat(consistency.repair(consistency.check(listing::forEach), n -> FileMetadata.NONE, "x"))
        .as("a second start finds nothing more to do")
        .isZero();
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
    ConsistencyReport report = consistency.check(listing::forEach);
    assertThat(report.dark())
        .extracting(f -> f.name().toString())
        .containsExactlyInAnyOrderElementsOf(dark);
    assertThat(report.lost())
        .extracting(l -> l.name().toString())
        .containsExactlyInAnyOrderElementsOf(lost);
    assertThat(report.differentCount()).isZero();
  }

  @Test
  void anAreaThatIsNotThereMakesNothingSuspect() throws Exception {
    for (int i = 0; i < 30; i++) {
      register("/data/f" + i, i);
    }
    ConsistencyReport report = consistency.check(visitor -> {});
    assertThat(report.lostCount()).isEqualTo(30);
    assertThat(consistency.repair(report, name -> FileMetadata.NONE, "start")).isZero();
    assertThat(state("/data/f1")).isEqualTo(ReplicaState.AVAILABLE);
  }

  @Test
  void aListingThatFailsIsNoListing() {
    register("/data/a", 1);
    assertThatThrownBy(() ->
            consistency.check(visitor -> {
              visitor.accept(found("/data/a", 1));
              throw new IOException("disk gone");
            }))
        .isInstanceOf(IOException.class)
        .hasMessage("disk gone");
  }
}
