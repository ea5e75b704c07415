package dev.firn.catalog.filecatalog;

import static dev.firn.catalog.filecatalog.ServedFileCatalog.at;
import static dev.firn.catalog.filecatalog.ServedFileCatalog.document;
import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.catalog.filecatalog.ServedFileCatalog.Answer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// Changes of one record through the File Catalog's protocol, one after the other and at once.
class FileCatalogChangesTest {
  private static final int ROUNDS = 10;

  private ServedFileCatalog fc;

  @BeforeEach
  void start() throws Exception {
    fc = new ServedFileCatalog();
  }

  @AfterEach
  void stop() throws Exception {
    fc.close();
  }

  @Test
  void changesAtOnceAllStay() throws Exception {
    String file = fc.create(document("/data/a", 1, at("WIPAC", "/data/a"), ""));
    List<Callable<Answer>> patches = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      String change = "{\"key%d\": %d}".formatted(i, i);
      patches.add(() -> fc.ask("PATCH", file, change));
    }
    assertThat(fc.together(patches)).allMatch(a -> a.status() == 200);
    JsonNode record = fc.get(file);
    for (int i = 0; i < 12; i++) {
      assertThat(record.path("key" + i).asInt(-1)).as("key" + i).isEqualTo(i);
    }
  }

  @Test
  void theLastLocationTakesTheRecordAlongAlsoWhenBothGoAtOnce() throws Exception {
    for (int round = 0; round < ROUNDS; round++) {
      String name = "/data/both" + round;
      String file =
          fc.create(document(name, 100 + round, at("WIPAC", name) + "," + at("NERSC", name), ""));
      String remove = file + "/actions/remove_location";
      List<Answer> answers =
          fc.together(
              List.of(
                  () -> fc.ask("POST", remove, at("WIPAC", name)),
                  () -> fc.ask("POST", remove, at("NERSC", name))));
      assertThat(answers).as(name).allMatch(a -> a.status() == 200);
      assertThat(answers).as(name).filteredOn(a -> a.body().isEmpty()).hasSize(1);
      assertThat(fc.ask("GET", file, "").status()).as(name).isEqualTo(404);
    }
  }

  @Test
  void aDeletedRecordStaysDeleted() throws Exception {
    for (int round = 0; round < ROUNDS; round++) {
      String name = "/data/gone" + round;
      String file = fc.create(document(name, 100 + round, at("WIPAC", name), ""));
      String more = "{\"locations\": [" + at("NERSC", name) + "]}";
      List<Answer> answers =
          fc.together(
              List.of(
                  () -> fc.ask("DELETE", file, ""),
                  () -> fc.ask("POST", file + "/locations", more)));
      assertThat(answers.get(0).status()).as(name).isEqualTo(204);
      assertThat(answers.get(1).status()).as(name).isIn(200, 404);
      assertThat(fc.ask("GET", file, "").status()).as(name).isEqualTo(404);
      fc.create(document(name, 100 + round, at("NERSC", name), ""));
    }
  }

  @Test
  void aDeletedRecordComesBackUnderItsUuid() throws Exception {
    for (String brought : List.of("", ", \"uuid\": \"5f1d8a6e-0b1c-11ec-b909-0242ac110002\"")) {
      String file = fc.create(document("/data/a", 1, at("WIPAC", "/data/a"), brought));
      String uuid = file.substring("/api/files/".length());
      assertThat(fc.ask("DELETE", file, "").status()).isEqualTo(204);
      String again = ", \"uuid\": \"" + uuid + "\"";
      assertThat(fc.create(document("/data/a", 1, at("WIPAC", "/data/a"), again))).isEqualTo(file);
      assertThat(fc.get(file).path("logical_name").asString()).isEqualTo("/data/a");
      assertThat(fc.names("{\"uuid\": \"" + uuid + "\"}")).containsExactly("/data/a");
      assertThat(fc.ask("DELETE", file, "").status()).isEqualTo(204);
      assertThat(fc.ask("GET", file, "").status()).isEqualTo(404);
    }
  }
}
