package dev.firn.catalog.filecatalog;

import static dev.firn.catalog.filecatalog.ServedFileCatalog.at;
import static dev.firn.catalog.filecatalog.ServedFileCatalog.document;
import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.catalog.filecatalog.ServedFileCatalog.Answer;
import dev.firn.http.Json;
import dev.firn.model.LogicalName;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// What the old catalog's own tests and client (`wipac_fc`) need, asked as they ask it.
class OldCatalogTest {
  private ServedFileCatalog fc;

  @BeforeEach
  void start() throws Exception {
    fc = new ServedFileCatalog();
  }

  @AfterEach
  void stop() throws Exception {
    fc.close();
  }

  private static String blah(String more) {
    return document("blah", 1, at("test", "blah.dat"), more);
  }

  @Test
  void aNameWithoutASlashIsShownAsItWasWritten() throws Exception {
    String file = fc.create(blah(""));
    JsonNode record = fc.get(file);
    assertThat(record.path("logical_name").asString()).isEqualTo("blah");
    assertThat(fc.catalog.find(LogicalName.parse("/blah"))).isPresent();
    assertThat(fc.namesOf("logical_name=blah")).containsExactly("blah");
    assertThat(fc.names("{\"logical_name\": {\"$regex\": \"^bl\"}}")).containsExactly("blah");
    assertThat(fc.ask("PATCH", file, "{\"logical_name\": \"blah\", \"x\": 1}").status())
        .isEqualTo(200);
    assertThat(fc.ask("PATCH", file, "{\"logical_name\": \"other\"}").status()).isEqualTo(400);
    assertThat(fc.ask("POST", "/api/files", blah("")).body().path("file").asString())
        .isEqualTo(file);
    assertThat(fc.names("{}")).containsExactly("blah");
  }

  @Test
  void nothingIsInvented() throws Exception {
    JsonNode record = fc.get(fc.create(blah(", \"extra\": \"foo\"")));
    assertThat(new TreeSet<>(record.propertyNames()))
        .containsExactlyInAnyOrderElementsOf(
            Set.of(
                "logical_name",
                "uuid",
                "checksum",
                "file_size",
                "locations",
                "extra",
                "meta_modify_date",
                "_links"));
  }

  @Test
  void theUuidOfTheUrlWins() throws Exception {
    String file = fc.create(blah(""));
    Answer put = fc.ask("PUT", file, blah(", \"uuid\": \"something else\", \"test\": 100"));
    assertThat(put.status()).as(put.body().toString()).isEqualTo(200);
    assertThat(put.body().path("uuid").asString())
        .isEqualTo(file.substring("/api/files/".length()));
    assertThat(put.body().path("test").asInt()).isEqualTo(100);
    assertThat(fc.ask("PATCH", file, "{\"uuid\": \"something else\"}").status()).isEqualTo(400);
  }

  @Test
  void whatOnlyTheCatalogWritesIsRefused() throws Exception {
    for (String field : new String[] {"_id", "mongo_id", "meta_modify_date"}) {
      assertThat(fc.ask("POST", "/api/files", blah(", \"" + field + "\": \"x\"")).status())
          .as(field)
          .isEqualTo(400);
    }
    String file = fc.create(blah(""));
    for (String field : new String[] {"_id", "mongo_id", "meta_modify_date"}) {
      assertThat(fc.ask("PATCH", file, "{\"" + field + "\": \"x\"}").status())
          .as(field)
          .isEqualTo(400);
    }
    JsonNode modified = fc.get(file).path("meta_modify_date");
    assertThat(fc.ask("PATCH", file, "{\"meta_modify_date\": " + modified + "}").status())
        .isEqualTo(200);
  }

  @Test
  void anotherFlagMakesAnotherLocation() throws Exception {
    String path = "/data/blah.dat";
    String place = "{\"site\": \"test\", \"path\": \"" + path + "\", \"archive\": %s}";
    String one = fc.create(document("blah", 1, at("test", path), ""));
    fc.create(document("blah2", 2, place.formatted(true), ""));
    fc.create(document("blah3", 3, place.formatted(false), ""));
    assertThat(fc.ask("POST", "/api/files", document("x", 4, place.formatted(true), "")).status())
        .isEqualTo(409);
    assertThat(fc.names("{}")).containsExactly("blah");
    assertThat(fc.names("{\"locations.archive\": true}")).containsExactly("blah2");
    assertThat(fc.names("{\"locations.archive\": false}")).containsExactly("blah3");
    String both = fc.create(document("y", 5, at("T", "/y") + "," + at("U", "/y"), ""));
    String archived = "{\"locations\": [{\"site\": \"T\", \"path\": \"/y\", \"archive\": true}]}";
    assertThat(fc.ask("POST", both + "/locations", archived).body().path("locations")).hasSize(3);
    String remove = both + "/actions/remove_location";
    assertThat(fc.ask("POST", remove, at("T", "/y")).body().path("locations")).hasSize(1);
    assertThat(fc.ask("POST", one + "/actions/remove_location", at("test", path)).body()).isEmpty();
  }

  @Test
  void aSizeMayBeToldAnew() throws Exception {
    String file = fc.create(blah(""));
    assertThat(fc.ask("PATCH", file, "{\"file_size\": 200}").body().path("file_size").asInt())
        .isEqualTo(200);
    assertThat(fc.catalog.find(LogicalName.parse("/blah")).orElseThrow().size()).isEqualTo(200);
    assertThat(fc.names("{\"file_size\": 200}")).containsExactly("blah");
    assertThat(fc.ask("PUT", file, blah("")).body().path("file_size").asInt()).isEqualTo(1);
    assertThat(fc.ask("PATCH", file, "{\"file_size\": -1}").status()).isEqualTo(400);
    assertThat(fc.ask("PATCH", file, "{\"file_size\": \"large\"}").status()).isEqualTo(400);
  }

  @Test
  void aSnapshotListsItsFiles() throws Exception {
    String made = fc.create(blah("")).substring("/api/files/".length());
    String plain = "5f1d8a6e0b1c11ecb9090242ac110002";
    fc.create(document("/b", 2, at("W", "/b"), ", \"uuid\": \"" + plain + "\""));
    fc.ask("POST", "/api/collections", "{\"collection_name\": \"c\", \"owner\": \"me\"}");
    JsonNode frozen = fc.ask("POST", "/api/collections/c/snapshots", "{}").body();
    JsonNode files = fc.get(frozen.path("snapshot").asString()).path("files");
    assertThat(files.toString()).isEqualTo("[\"" + made + "\",\"" + plain + "\"]");
  }

  private HttpResponse<String> send(String method, String path, String body, String... headers)
      throws Exception {
    HttpRequest.Builder request =
        fc.server.to(path).method(method, HttpRequest.BodyPublishers.ofString(body));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return fc.server.send(request);
  }

  @Test
  void aChangeOfWhatIsNoLongerSoIsAConflict() throws Exception {
    String file = fc.create(blah(""));
    String tag = send("GET", file, "").headers().firstValue("ETag").orElseThrow();
    assertThat(send("GET", file, "", "If-None-Match", tag).statusCode()).isEqualTo(304);
    // The old client says If-None-Match for both.
    HttpResponse<String> updated = send("PATCH", file, "{\"x\": 1}", "If-None-Match", tag);
    assertThat(updated.statusCode()).isEqualTo(200);
    for (String header : new String[] {"If-None-Match", "If-Match"}) {
      assertThat(send("PATCH", file, "{\"x\": 2}", header, tag).statusCode()).isEqualTo(409);
      assertThat(send("PUT", file, blah(""), header, tag).statusCode()).isEqualTo(409);
      assertThat(send("GET", file, "").headers().firstValue("ETag").orElseThrow())
          .isNotEqualTo(tag);
    }
    assertThat(Json.mapper().readTree(send("GET", file, "").body()).path("x").asInt()).isEqualTo(1);
    String now = send("GET", file, "").headers().firstValue("ETag").orElseThrow();
    assertThat(send("PUT", file, blah(", \"x\": 3"), "If-Match", now).statusCode()).isEqualTo(200);
  }
}
