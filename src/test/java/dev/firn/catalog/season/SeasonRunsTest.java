package dev.firn.catalog.season;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.catalog.Catalog;
import dev.firn.catalog.FileMetadata;
import dev.firn.catalog.NewFile;
import dev.firn.catalog.run.RunPart;
import dev.firn.catalog.run.Runs;
import dev.firn.database.TestDatabase;
import dev.firn.model.Checksum;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.Checksums;
import dev.firn.model.LogicalName;
import dev.firn.model.SiteName;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// What a run lacks is decided by its data files; what lies beside them hides nothing.
class SeasonRunsTest {
  private static final int RUN = 130484;
  private TestDatabase test;
  private SeasonRuns runs;

  @BeforeEach
  void open() {
    test = TestDatabase.create();
    runs = new SeasonRuns(test.database());
  }

  @AfterEach
  void close() {
    test.close();
  }

  private void file(String level, Integer part, String family, String variant) {
    file(level, "", part, family, variant);
  }

  private void file(String level, String pass, Integer part, String family, String variant) {
    ObjectNode extra = JsonNodeFactory.instance.objectNode().put("family", family);
    if (!pass.isEmpty()) {
      extra.put("pass", pass);
    }
    if (variant != null) {
      extra.put("variant", variant);
    }
    LogicalName name =
        LogicalName.parse("/data/exp/%s-%s-%s-%s-%s".formatted(level, pass, part, family, variant));
    Checksum sha512 =
        new Checksum(ChecksumAlgorithm.SHA512, "%0128x".formatted(name.hashCode() & 0xffffffffL));
    FileMetadata metadata =
        new FileMetadata(2017, RUN, 0, part, level, "real", 10L, null, null, extra)
            .withTimes(null, null, part == null ? null : 60.0);
    new Catalog(test.database())
        .register(
            new NewFile(name, 100, Checksums.of(sha512), metadata),
            new SiteName("madison"),
            name,
            "ana",
            "test");
  }

  private RunLevel level(String name) {
    return runs.find(RUN).orElseThrow().levels().stream()
        .filter(l -> name.equals(l.level()))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void filesBesideTheDataHideNoMissingPartAndAddNoLivetime() {
    for (int part = 0; part < 4; part++) {
      file("PFFilt", part, "unbiased", null);
      if (part != 2) {
        file("L2", part, "processed", null);
      }
      file("L2", part, "gaps", null);
      for (String variant : List.of("IT", "EHE", "SLOP")) {
        file("L2", part, "processed", variant);
      }
    }
    file("GCD", null, "GCD", null);

    assertThat(level("L2")).isEqualTo(new RunLevel("L2", "", 19, 1_900, 3, 1, 180.0));
    assertThat(level("PFFilt").missing()).isZero();
    assertThat(level("GCD").missing()).isZero();
    assertThat(runs.missing(RUN, 10)).containsExactly(new SeasonRuns.Missing("L2", "", 0, 2));
  }

  @Test
  void filesOfAnotherPassHideNoMissingPart() {
    for (int part = 0; part < 3; part++) {
      file("PFFilt", part, "unbiased", null);
      file("L2", "pass2a", part, "processed", null);
      if (part != 1) {
        file("L2", part, "processed", null);
      }
    }
    assertThat(runs.find(RUN).orElseThrow().levels())
        .extracting(l -> l.label() + ": " + l.parts() + ", missing " + l.missing())
        .containsExactly("L2: 2, missing 1", "L2 pass2a: 3, missing 0", "PFFilt: 3, missing 0");
    assertThat(runs.missing(RUN, 10)).containsExactly(new SeasonRuns.Missing("L2", "", 0, 1));
  }

  @Test
  void partsAreExpectedFrom0ToTheLastThatAnythingSpeaksOf() {
    file("L2", 1, "processed", null);
    file("L3", 1, "processed", "IT");
    new Runs(test.database())
        .keep(List.of(new RunPart(RUN, 0, 2, 1L, 9L, null, null, 73.5, List.of())));

    assertThat(level("L2").missing()).isEqualTo(2);
    assertThat(level("L3").missing()).isEqualTo(3);
    assertThat(runs.missing(RUN, 10))
        .extracting(m -> m.level() + " " + m.part())
        .containsExactly("L2 0", "L2 2", "L3 0", "L3 1", "L3 2");
  }
}
