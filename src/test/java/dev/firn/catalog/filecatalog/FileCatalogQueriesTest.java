package dev.firn.catalog.filecatalog;

import static dev.firn.catalog.filecatalog.ServedFileCatalog.at;
import static dev.firn.catalog.filecatalog.ServedFileCatalog.document;
import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.catalog.filecatalog.ServedFileCatalog.Answer;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// Queries of the File Catalog's protocol find what MongoDB found, or are refused.
class FileCatalogQueriesTest {
  private ServedFileCatalog fc;

  @BeforeEach
  void start() throws Exception {
    fc = new ServedFileCatalog();
  }

  @AfterEach
  void stop() throws Exception {
    fc.close();
  }

  private String create(String name, int content, String more) throws Exception {
    return fc.create(document(name, content, at("WIPAC", name), more));
  }

  @Test
  void theOldNameOfTheRegexIsKnownAndWhatIsNotIsRefused() throws Exception {
    create("/john/paul/george/ham", 1, "");
    create("/ringo/ham", 2, "");
    assertThat(fc.namesOf("logical-name-regex=.*george.*"))
        .containsExactly("/john/paul/george/ham");
    assertThat(fc.namesOf("max_time_ms=None")).hasSize(2);
    fc.ask("POST", "/api/collections", "{\"collection_name\": \"c\", \"owner\": \"me\"}");
    for (String path :
        List.of(
            "/api/files?runnumber=1",
            "/api/files/count?logical_name_regex=x&run_number=1",
            "/api/collections?run_number=1",
            "/api/collections/c/files?run_number=1",
            "/api/collections/c/snapshots?owner=me")) {
      Answer answer = fc.ask("GET", path, "");
      assertThat(answer.status()).as(path).isEqualTo(400);
      assertThat(answer.body().path("error").asString()).as(path).contains("there is no '");
    }
    assertThat(fc.get("/api/collections/c/files?keys=uuid&limit=1").path("files")).hasSize(1);
  }

  @Test
  void existsMeansPresent() throws Exception {
    String archived = "{\"site\": \"NERSC\", \"path\": \"/z.zip:%s\", \"archive\": true}";
    fc.create(
        document(
            "/both",
            1,
            at("WIPAC", "/both") + "," + archived.formatted("/both"),
            ", \"software\": null, \"run\": {\"run_number\": 1, \"first_event\": null}"));
    create("/disk", 2, ", \"software\": [{\"name\": \"a\"}], \"processing_level\": \"Level 2\"");
    fc.create(document("/arch", 3, archived.formatted("/arch"), ", \"data_type\": \"real\""));
    String[][] questions = {
      {"locations.archive", "/arch /both", "/disk"},
      {"locations.site", "/arch /both /disk", ""},
      {"locations", "/arch /both /disk", ""},
      {"software", "/both /disk", "/arch"},
      {"software.name", "/disk", "/arch /both"},
      {"run", "/both", "/arch /disk"},
      {"run.run_number", "/both", "/arch /disk"},
      {"run.first_event", "/both", "/arch /disk"},
      {"processing_level", "/disk", "/arch /both"},
      {"data_type", "/arch", "/both /disk"},
      {"checksum", "/arch /both /disk", ""},
      {"checksum.md5", "", "/arch /both /disk"},
      {"logical_name", "/arch /both /disk", ""},
      {"uuid", "/arch /both /disk", ""}
    };
    for (String[] question : questions) {
      for (boolean there : new boolean[] {true, false}) {
        String exists = "\"%s\": {\"$exists\": %s}".formatted(question[0], there);
        // Without a word about it, what is only archived is hidden.
        String archive =
            question[0].equals("locations.archive") ? "" : ", \"locations.archive\": {\"$ne\": 7}";
        assertThat(String.join(" ", fc.names("{" + exists + archive + "}")))
            .as(exists)
            .isEqualTo(question[there ? 1 : 2]);
      }
    }
    String element = "{\"locations\": {\"$elemMatch\": {\"archive\": {\"$exists\": %s}}}}";
    assertThat(fc.names(element.formatted(true))).containsExactly("/both");
    assertThat(fc.names(element.formatted(false))).containsExactly("/both", "/disk");
  }

  @Test
  void whatNoColumnTakesIsFound() throws Exception {
    create("/odd", 1, ", \"processing_level\": \"Level 2\", \"run\": {\"run_number\": 2204212345}");
    create("/text", 2, ", \"processing_level\": 2, \"run\": {\"run_number\": \"x\"}");
    create("/plain", 3, ", \"processing_level\": \"L2\", \"run\": {\"run_number\": 7}");
    assertThat(fc.names("{\"processing_level\": \"Level 2\"}")).containsExactly("/odd");
    assertThat(fc.names("{\"processing_level\": {\"$regex\": \"^L\"}}"))
        .containsExactly("/odd", "/plain");
    assertThat(fc.names("{\"processing_level\": {\"$in\": [2, \"L2\"]}}"))
        .containsExactly("/plain", "/text");
    assertThat(fc.names("{\"processing_level\": null}")).isEmpty();
    assertThat(fc.names("{\"run.run_number\": 2204212345}")).containsExactly("/odd");
    assertThat(fc.namesOf("run_number=2204212345")).containsExactly("/odd");
    assertThat(fc.names("{\"run.run_number\": \"x\"}")).containsExactly("/text");
    assertThat(fc.names("{\"run.run_number\": {\"$ne\": 7}}")).containsExactly("/odd", "/text");
    assertThat(fc.names("{\"run.run_number\": null}")).isEmpty();
    assertThat(fc.names("{\"run.run_number\": 7.0}")).containsExactly("/plain");
  }

  @Test
  void digitsInAPathAreKeysAndPlaces() throws Exception {
    create("/key", 1, ", \"mine\": {\"2017\": \"x\", \"a\": {\"0\": {\"b\": 1}}}");
    create("/place", 2, ", \"mine\": [\"w\", \"x\"]");
    assertThat(fc.names("{\"mine.2017\": \"x\"}")).containsExactly("/key");
    assertThat(fc.names("{\"mine.a.0.b\": 1}")).containsExactly("/key");
    assertThat(fc.names("{\"mine.1\": \"x\"}")).containsExactly("/place");
    assertThat(fc.names("{\"mine.1\": {\"$exists\": true}}")).containsExactly("/place");
    assertThat(fc.ask("GET", "/api/files?query=%7B%22a.1.1.1.1%22:1%7D", "").status())
        .isEqualTo(400);
  }

  @Test
  void keysReachIntoTheElementsOfArrays() throws Exception {
    create("/a", 1, ", \"software\": [{\"name\": \"n\", \"version\": 1}, 5], \"run\": {\"x\": 1}");
    JsonNode shown =
        fc.get("/api/files?keys=logical_name%7Clocations.path%7Csoftware.name%7Crun.y%7Czzz")
            .path("files")
            .get(0);
    assertThat(shown.toString())
        .isEqualTo(
            "{\"logical_name\":\"/a\",\"locations\":[{\"path\":\"/a\"}],"
                + "\"software\":[{\"name\":\"n\"}],\"run\":{}}");
  }

  @Test
  void moreChecksumsAreAdded() throws Exception {
    String file = create("/a", 3, "");
    String more =
        "{\"checksum\": {\"sha512\": \"%0128x\", \"adler32\": \"0000000%d\", \"abc123\": \"ff\"}}";
    for (int i = 0; i < 2; i++) {
      Answer answer = fc.ask("PATCH", file, more.formatted(3, 3));
      assertThat(answer.status()).as(answer.body().toString()).isEqualTo(200);
      assertThat(answer.body().path("checksum").path("abc123").asString()).isEqualTo("ff");
      assertThat(answer.body().path("checksum").path("adler32").asString()).isEqualTo("00000003");
    }
    assertThat(fc.names("{\"checksum.adler32\": \"00000003\"}")).containsExactly("/a");
    assertThat(fc.ask("PATCH", file, more.formatted(3, 4)).status()).isEqualTo(400);
    assertThat(fc.ask("PATCH", file, "{\"x\": 1}").body().path("checksum")).hasSize(3);
  }

  @Test
  void aTakenLocationNamesItsFile() throws Exception {
    String one = create("/a", 1, "");
    String two = create("/b", 2, "");
    String places = "{\"locations\": [" + at("WIPAC", "/a") + "]}";
    for (Answer answer :
        List.of(
            fc.ask("POST", "/api/files", document("/c", 3, at("WIPAC", "/a"), "")),
            fc.ask("POST", two + "/locations", places),
            fc.ask("PATCH", two, places))) {
      assertThat(answer.status()).isEqualTo(409);
      assertThat(answer.body().path("file").asString()).isEqualTo(one);
    }
  }

  @Test
  void aLongSiteThatBeginsWithADigitIsASite() throws Exception {
    String site = "1".repeat(63);
    String file = fc.create(document("/a", 1, at(site, "/a"), ""));
    assertThat(fc.get(file).path("locations").get(0).path("site").asString()).isEqualTo(site);
  }
}
