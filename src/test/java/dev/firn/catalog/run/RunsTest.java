package dev.firn.catalog.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.firn.catalog.Catalog;
import dev.firn.catalog.CatalogException;
import dev.firn.catalog.FileMetadata;
import dev.firn.catalog.NewFile;
import dev.firn.database.TestDatabase;
import dev.firn.model.Checksum;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.Checksums;
import dev.firn.model.LogicalName;
import dev.firn.model.SiteName;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

class RunsTest {
  private static final String HEAD =
      "RunNum Good_i3 Good_it LiveTime(s) ActiveStrings ActiveDoms ActiveInIce OutDir Comment(s)\n";
  private TestDatabase test;
  private Runs runs;

  @BeforeEach
  void open() {
    test = TestDatabase.create();
    runs = new Runs(test.database());
  }

  @AfterEach
  void close() {
    test.close();
  }

  private void list(String name, String... rows) {
    runs.keep(name, (HEAD + String.join("\n", rows)).getBytes(StandardCharsets.UTF_8), "ana");
  }

  private void file(int run, String level, Integer part, String family, String variant) {
    file(run, level, "", part, family, variant);
  }

  private void file(
      int run, String level, String pass, Integer part, String family, String variant) {
    file(
        run,
        level,
        pass,
        part,
        variant == null ? Map.of("family", family) : Map.of("family", family, "variant", variant));
  }

  private void file(int run, String level, String pass, Integer part, Map<String, String> more) {
    ObjectNode extra = JsonNodeFactory.instance.objectNode();
    more.forEach(extra::put);
    if (!pass.isEmpty()) {
      extra.put("pass", pass);
    }
    LogicalName name =
        LogicalName.parse(
            "/data/exp/%d-%s-%s-%s-%s"
                .formatted(run, level, pass, part, String.join("-", more.values())));
    Checksum sha512 =
        new Checksum(ChecksumAlgorithm.SHA512, "%0128x".formatted(name.hashCode() & 0xffffffffL));
    FileMetadata metadata =
        new FileMetadata(2017, run, 0, part, level, "real", 10L, null, null, extra);
    new Catalog(test.database())
        .register(
            new NewFile(name, 100, Checksums.of(sha512), metadata),
            new SiteName("madison"),
            name,
            "ana",
            "test");
  }

  @Test
  void runIsShownWithItsVerdictItsFilesAndWhatIsMissing() {
    list("IC86_2017_GoodRunInfo_71_2018-01-01.txt", "130484 0 1 100 86 5484 5160 /data/x Lid");
    list("IC86_2017_GoodRunInfo_71_2018-02-01.txt", "130484 1 1 28800 86 5484 5160 /data/x None");
    for (int part = 0; part < 6; part++) {
      file(130484, "PFFilt", part, "unbiased", null);
      if (part != 2 && part != 3) {
        file(130484, "L2", part, "processed", null);
      }
      file(130484, "L2", part, "processed", "IT");
    }
    file(130484, "L2", null, "GCD", null);
    runs.keep(
        List.of(
            new RunPart(
                130484, 0, 6, 1L, 9L, null, null, 73.5, List.of(new GapsFile.Gap(2, 3, 4)))));

    Runs.Run run = runs.load(130484);
    assertThat(run.verdict().orElseThrow().row().goodInIce()).isTrue();
    assertThat(run.livetime()).isEqualTo(28_800);
    assertThat(runs.why(130484))
        .contains("IC86_2017_GoodRunInfo_71_2018-02-01.txt says good for in-ice, good for IceTop");
    assertThat(runs.why(1)).isEmpty();
    assertThat(run.files().gcd()).hasSize(1);
    assertThat(run.files().expected()).hasSize(7);
    assertThat(RunRoutes.parts(run.files().missing(new PassLevel("L2", ""))).toString())
        .isEqualTo("[\"2-3\",\"6\"]");
    assertThat(RunRoutes.parts(run.files().missing(new PassLevel("PFFilt", ""))).toString())
        .isEqualTo("[\"6\"]");
    assertThat(run.files().levels().get(new PassLevel("L2", "")).events()).isEqualTo(40);
    assertThat(run.parts().getFirst().gaps()).containsExactly(new GapsFile.Gap(2, 3, 4));
    assertThat(runs.load(1).known()).isFalse();
  }

  /// `MoonEvents_Level2_...`, and a name that a copy had while it was not whole.
  @Test
  void selectionsAndUnfinishedCopiesAreNoParts() {
    list("IC86_2017_GoodRunInfo_71_2018-01-01.txt", "130484 1 1 28800");
    for (int part = 0; part < 4; part++) {
      file(130484, "PFFilt", part, "unbiased", null);
    }
    file(130484, "L2", 0, "processed", null);
    file(130484, "L2", 3, "processed", null);
    file(130484, "L2", "", 1, Map.of("family", "processed", "selection", "MoonEvents"));
    file(130484, "L2", "", 2, Map.of("family", "processed", "decoration", "key,temporary"));
    assertThat(runs.missing(2017, "L2", null, false).getFirst().parts())
        .containsExactly(new RunFiles.Part(0, 1), new RunFiles.Part(0, 2));
  }

  @Test
  void listsThatWereKeptBeforeAreRankedAnew() throws Exception {
    List<String> names =
        List.of(
            "IC86_2017_GoodRunInfo_71_2018_01_05-12_00_00.txt",
            "IC86_2017_GoodRunInfo_71_Versioned_2018_11_30-12_00_00.txt",
            "IC86_2017_GoodRunInfo_Versioned_71_2018-05-04.txt",
            "IC86_2014_GoodRunInfo_2017_04_27-14_40_52.txt",
            "IC86_2017_GoodRunInfo.txt",
            "good.txt");
    for (String name : names) {
      list(name, "130484 1 1 28800");
    }
    String migration;
    try (InputStream in =
        RunsTest.class.getResourceAsStream("/db/migration/V225__ranks_of_good_run_lists.sql")) {
      migration = new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
    List<String> ranks = new ArrayList<>();
    test.database()
        .inTransaction(c -> {
          try (Statement statement = c.createStatement()) {
            statement.execute("UPDATE good_run_list SET rank = 'old'");
            statement.execute(migration);
            try (ResultSet row =
                statement.executeQuery("SELECT rank FROM good_run_list ORDER BY id")) {
              while (row.next()) {
                ranks.add(row.getString(1));
              }
            }
          }
          return true;
        });
    assertThat(ranks).isEqualTo(names.stream().map(Runs::rank).toList());
  }

  @Test
  void goodRunsThatAreNotWholeAreListed() {
    list(
        "IC86_2017_GoodRunInfo_71_2018-01-01.txt",
        "130484 1 1 28800",
        "130485 1 1 28800",
        "130486 1 1 28800",
        "130487 0 1 28800");
    for (int part = 0; part < 3; part++) {
      file(130484, "L2", part, "processed", null);
      file(130485, "PFFilt", part, "unbiased", null);
    }
    file(130485, "L2", 1, "processed", null);
    List<Runs.Lack> lacks = runs.missing(2017, "L2", null, false);
    assertThat(lacks).extracting(l -> l.verdict().row().run()).containsExactly(130485, 130486);
    assertThat(lacks.getFirst().parts())
        .containsExactly(new RunFiles.Part(0, 0), new RunFiles.Part(0, 2));
    assertThat(lacks.getLast().parts()).isEmpty();
    assertThat(runs.missing(2017, "L2", null, true)).hasSize(3);
    assertThat(runs.season(2017, 130484, 10)).hasSize(3);
  }

  @Test
  void aPassIsWholeOrNotByItself() {
    list("IC86_2017_GoodRunInfo_71_2018-01-01.txt", "130484 1 1 28800", "130485 1 1 28800");
    for (int part = 0; part < 3; part++) {
      file(130484, "L2", "pass2", part, "processed", null);
      file(130485, "L2", part, "processed", null);
    }
    file(130484, "L2", 0, "processed", null);
    file(130484, "L2", 2, "processed", null);
    assertThat(runs.missing(2017, "L2", null, false))
        .extracting(l -> l.verdict().row().run() + " '" + l.pass() + "' " + l.parts())
        .containsExactly("130484 '' [Part[subrun=0, part=1]]");
    assertThat(runs.missing(2017, "L2", "pass2", false))
        .as("nothing of a pass that is asked for")
        .extracting(l -> l.verdict().row().run() + " '" + l.pass() + "' " + l.parts())
        .containsExactly("130485 'pass2' []");
  }

  @Test
  void sameListIsKeptOnceAndWhatIsNoneIsRefused() {
    byte[] text = (HEAD + "130484 1 1 100").getBytes(StandardCharsets.UTF_8);
    assertThat(runs.keep("IC86_2017_GoodRunInfo.txt", text, "ana")).isTrue();
    assertThat(runs.keep("IC86_2017_GoodRunInfo.txt", text, "ana")).isFalse();
    assertThatThrownBy(() -> runs.keep("IC86_2017_GoodRunInfo.txt", new byte[10], "ana"))
        .isInstanceOf(CatalogException.class);
  }
}
