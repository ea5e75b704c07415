package dev.firn.catalog.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.firn.Hands;
import dev.firn.catalog.Catalog;
import dev.firn.catalog.FileMetadata;
import dev.firn.catalog.NewFile;
import dev.firn.catalog.run.Runs;
import dev.firn.database.History;
import dev.firn.database.TestDatabase;
import dev.firn.model.Checksum;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.Checksums;
import dev.firn.model.LogicalName;
import dev.firn.model.SiteName;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/// Standing reports: exactly what was planted, taken when they are due, kept when a look fails.
class ReportsTest {
  private static final SiteName MADISON = new SiteName("madison");
  private static final Duration DAY = Duration.ofHours(24);

  private final Hands time = new Hands(Instant.parse("2026-11-26T12:00:00Z"));
  private final Unruly unruly = new Unruly();
  private TestDatabase test;
  private Catalog catalog;
  private Reports reports;

  @BeforeEach
  void open() {
    test = TestDatabase.create();
    catalog = new Catalog(test.database());
    List<ReportSource> sources = new ArrayList<>(CatalogReports.of(test.database()));
    sources.add(unruly);
    reports = new Reports(test.database(), sources, time);
  }

  @AfterEach
  void close() {
    test.close();
  }

  private void register(String name, int content, long size, FileMetadata metadata) {
    byte[] sha512 = new byte[64];
    sha512[0] = (byte) (content >> 8);
    sha512[1] = (byte) content;
    Checksums sums = Checksums.of(Checksum.of(ChecksumAlgorithm.SHA512, sha512));
    LogicalName path = LogicalName.parse(name);
    catalog.register(new NewFile(path, size, sums, metadata), MADISON, path, "ana", "test");
  }

  private List<JsonNode> lines(String kind) {
    return reports.lines(kind, "", 0, 1_000).stream().map(Reports.Line::line).toList();
  }

  @Test
  void theSameContentUnderSeveralNamesIsListedTheLargestWasteFirst() throws IOException {
    register("/data/a", 1, 100, FileMetadata.NONE);
    register("/data/b", 1, 100, FileMetadata.NONE);
    register("/data/c", 1, 100, FileMetadata.NONE);
    register("/data/d", 2, 5_000, FileMetadata.NONE);
    register("/data/e", 2, 5_000, FileMetadata.NONE);
    register("/data/alone", 3, 9_000, FileMetadata.NONE);
    register("/data/empty1", 4, 0, FileMetadata.NONE);
    register("/data/empty2", 4, 0, FileMetadata.NONE);
    // The same short key, another content: no duplicate.
    byte[] other = new byte[64];
    other[1] = 3;
    other[63] = 1;
    LogicalName near = LogicalName.parse("/data/near");
    Checksums sums = Checksums.of(Checksum.of(ChecksumAlgorithm.SHA512, other));
    catalog.register(
        new NewFile(near, 9_000, sums, FileMetadata.NONE), MADISON, near, "ana", "test");

    Report report = reports.take("duplicates", "");

    assertThat(report.found()).isEqualTo(2);
    assertThat(report.bytes()).isEqualTo(5_000 + 2 * 100);
    List<JsonNode> lines = lines("duplicates");
    assertThat(lines)
        .extracting(l -> l.path("names").toString())
        .containsExactly("[\"/data/d\",\"/data/e\"]", "[\"/data/a\",\"/data/b\",\"/data/c\"]");
    catalog.removed(LogicalName.parse("/data/e"), MADISON, "ana");
    assertThat(reports.take("duplicates", "").found()).isEqualTo(1);
    assertThat(lines("duplicates")).hasSize(1);
    assertThat(
            test.database().read(c -> History.latest(c, 0, 100)).stream()
                .filter(h -> h.entry().subjectKind().equals(Reports.REPORT))
                .map(h -> h.entry().from() + " > " + h.entry().to()))
        .containsExactly("2 > 1", "null > 2");
  }

  @Test
  void gapsAreMissingPartsMissingLevelsAndGoodRunsWithoutFiles() throws IOException {
    int content = 100;
    for (int run = 200_000; run < 200_006; run++) {
      for (String level : List.of("L2", "PFFilt")) {
        for (int part = 0; part < 4; part++) {
          boolean lacking = level.equals("L2") && (run == 200_004 || (run == 200_002 && part == 1));
          if (!lacking) {
            FileMetadata metadata =
                FileMetadata.NONE.withSeason(2017).withRun(run, 0, part).withLevel(level);
            register("/data/exp/" + run + level + part, content++, 10, metadata);
          }
        }
      }
    }
    String list =
        """
        RunNum Good_i3 Good_it LiveTime ActiveStrings ActiveDoms ActiveInIce OutDir Comment(s)
               (1=good 0=bad) (1=good 0=bad) (in secs)
        200000 1 1 28800 86 5484 5160 /data/x None
        200077 1 1 28800 86 5484 5160 /data/x None
        200078 0 1 28800 86 5484 5160 /data/x None
        """;
    new Runs(test.database())
        .keep(
            "IC86_2017_GoodRunInfo_71_2018-01-01.txt",
            list.getBytes(StandardCharsets.UTF_8),
            "ana");

    assertThat(reports.take("gaps", "").found()).isEqualTo(3);

    List<JsonNode> lines = lines("gaps");
    assertThat(lines)
        .extracting(l -> l.path("run").asInt())
        .containsExactly(200_077, 200_002, 200_004);
    assertThat(lines.get(0).path("no_files").asBoolean()).isTrue();
    assertThat(lines.get(1).path("missing_parts").toString()).isEqualTo("{\"L2\":1}");
    assertThat(lines.get(2).path("missing_levels").toString()).isEqualTo("[\"L2\"]");
  }

  @Test
  void reportsAreTakenWhenTheyAreDueAndByOneProcess() {
    Reports other = new Reports(test.database(), CatalogReports.of(test.database()), time);
    assertThat(reports.takeDue(DAY)).isEqualTo(4);
    assertThat(other.takeDue(DAY)).isZero();
    time.turn(Duration.ofHours(23));
    assertThat(reports.takeDue(DAY)).isZero();
    time.turn(Duration.ofHours(1));
    assertThat(other.takeDue(DAY)).isEqualTo(3);
    assertThat(reports.takeDue(DAY)).isEqualTo(1);
  }

  @Test
  void aLookThatFailsLeavesWhatWasFoundAndIsTriedAgain() throws IOException {
    unruly.finds = 12_000;
    reports.take("unruly", "");
    assertThat(reports.load("unruly", "").found()).isEqualTo(12_000);
    assertThat(reports.lines("unruly", "", 9_990, 1_000)).hasSize(10);
    unruly.fails = true;
    assertThatThrownBy(() -> reports.take("unruly", "")).hasMessage("the site is away");
    Report kept = reports.load("unruly", "");
    assertThat(kept.found()).isEqualTo(12_000);
    assertThat(kept.trouble()).isEqualTo("the site is away");
    time.turn(DAY);
    assertThat(reports.takeDue(DAY)).isEqualTo(3);
    unruly.fails = false;
    unruly.finds = 0;
    assertThat(reports.takeDue(DAY)).isZero();
    time.turn(Duration.ofHours(1));
    assertThat(reports.takeDue(DAY)).isEqualTo(1);
    assertThat(reports.load("unruly", "").trouble()).isNull();
    assertThat(reports.load("unruly", "").found()).isZero();
    assertThat(lines("unruly")).isEmpty();
  }

  /// Finds as many things as it is told, or fails half way.
  private static final class Unruly implements ReportSource {
    private int finds;
    private boolean fails;

    @Override
    public String kind() {
      return "unruly";
    }

    @Override
    public void look(Sink sink) throws IOException {
      for (int i = 0; i < finds; i++) {
        sink.found(JsonNodeFactory.instance.objectNode().put("name", "/data/" + i), 1);
        if (fails) {
          throw new IOException("the site is away");
        }
      }
      if (fails) {
        throw new IOException("the site is away");
      }
    }
  }
}
