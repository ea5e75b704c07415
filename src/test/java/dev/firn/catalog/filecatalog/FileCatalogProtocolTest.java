package dev.firn.catalog.filecatalog;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.catalog.Catalog;
import dev.firn.catalog.CatalogFile;
import dev.firn.database.TestDatabase;
import dev.firn.http.Json;
import dev.firn.http.Router;
import dev.firn.model.LogicalName;
import dev.firn.token.AccessPolicy;
import dev.firn.token.Authenticator;
import dev.firn.token.ServedRoutes;
import java.net.URLEncoder;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// The File Catalog's protocol as its documentation describes it, spoken by a client written from
/// that page alone.
class FileCatalogProtocolTest {
  private static final String L2 =
      "/data/exp/IceCube/2017/filtered/level2/0101/Run00130484_71/"
          + "Level2_IC86.2017_data_Run00130484_Subrun00000000_00000188.i3.zst";
  private static final String RAW =
      "/data/exp/IceCube/2017/unbiased/PFRaw/0101/PFRaw_Run00130484_00000001.tar.gz";

  private TestDatabase test;
  private Catalog catalog;
  private ServedRoutes server;

  @BeforeEach
  void start() throws Exception {
    test = TestDatabase.create();
    catalog = new Catalog(test.database());
    server = ServedRoutes.open(this::addTo);
  }

  private void addTo(Router router, Authenticator authenticator, AccessPolicy policy) {
    new FileCatalogRoutes(catalog, test.database(), authenticator, policy, UUID::randomUUID)
        .addTo(router);
  }

  @AfterEach
  void stop() throws Exception {
    server.close();
    test.close();
  }

  private record Answer(int status, JsonNode body) {}

  private Answer ask(String method, String path, String body) throws Exception {
    HttpResponse<String> answer = server.send(method, path, body);
    String text = answer.body().isEmpty() ? "{}" : answer.body();
    return new Answer(answer.statusCode(), Json.mapper().readTree(text));
  }

  private Answer get(String path) throws Exception {
    return ask("GET", path, "");
  }

  private Answer query(String json, String more) throws Exception {
    return get("/api/files?query=" + URLEncoder.encode(json, StandardCharsets.UTF_8) + more);
  }

  private Set<String> names(String json) throws Exception {
    Answer answer = query(json, "");
    assertThat(answer.status()).as(json + " " + answer.body()).isEqualTo(200);
    Set<String> names = new TreeSet<>();
    answer.body().path("files").forEach(f -> names.add(f.path("logical_name").asString()));
    return names;
  }

  private static String document(String name, int content, String locations, String more) {
    return """
    {"logical_name": "%s", "file_size": %d, "checksum": {"sha512": "%0128x"},
     "locations": [%s]%s}
    """
        .formatted(name, content, content, locations, more);
  }

  private static String at(String site, String path) {
    return "{\"site\": \"%s\", \"path\": \"%s\"}".formatted(site, path);
  }

  private String create(String document) throws Exception {
    Answer answer = ask("POST", "/api/files", document);
    assertThat(answer.status()).as(answer.body().toString()).isEqualTo(201);
    return answer.body().path("file").asString();
  }

  private String level2() throws Exception {
    return create(
        document(
            L2,
            1,
            at("WIPAC", L2),
            """
            , "processing_level": "L2", "data_type": "real", "mine": {"kept": [1, {"x": 7}]},
            "software": [{"name": "icetray", "version": "V05"}, {"name": "cvmfs"}],
            "run": {"run_number": 130484, "subrun_number": 0, "part_number": 188,
                    "first_event": 83717938, "last_event": 83934646,
                    "start_datetime": "2018-01-01T00:00:00"},
            "offline_processing_metadata": {"season": 2017, "validation_validated": true,
                    "livetime": 73.53, "gaps": [{"delta_time": 1.5}, {"delta_time": 9}]}
            """));
  }

  private String raw() throws Exception {
    return create(
        document(
            RAW,
            2,
            at("WIPAC", RAW),
            ", \"processing_level\": \"PFRaw\", \"run\": {\"run_number\": 130484}"));
  }

  @Test
  void aRecordComesBackAsItWasWritten() throws Exception {
    String file = level2();
    JsonNode record = get(file).body();
    assertThat(record.path("logical_name").asString()).isEqualTo(L2);
    assertThat(record.path("run").path("part_number").asInt()).isEqualTo(188);
    assertThat(record.path("run").path("start_datetime").asString()).startsWith("2018");
    assertThat(record.path("offline_processing_metadata").path("season").asInt()).isEqualTo(2017);
    assertThat(record.path("mine").toString()).isEqualTo("{\"kept\":[1,{\"x\":7}]}");
    assertThat(record.path("locations").get(0).path("site").asString()).isEqualTo("WIPAC");
    assertThat(record.path("_links").path("self").path("href").asString()).isEqualTo(file);
    assertThat(record.path("_links").path("parent").path("href").asString())
        .isEqualTo("/api/files");
    CatalogFile ours = catalog.find(LogicalName.parse(L2)).orElseThrow();
    assertThat(ours.metadata().run()).isEqualTo(130484);
    assertThat(ours.metadata().season()).isEqualTo(2017);
    assertThat(ours.replicas().getFirst().site().value()).isEqualTo("wipac");
  }

  @Test
  void theRootLeadsToTheFiles() throws Exception {
    assertThat(get("/api").body().path("files").path("href").asString()).isEqualTo("/api/files");
  }

  @Test
  void everyShortcutFinds() throws Exception {
    level2();
    raw();
    for (String shortcut :
        List.of(
            "season=2017",
            "event_id=83800000",
            "processing_level=L2",
            "logical_name=" + L2,
            "path=" + L2,
            "path-regex=level2",
            "directory=/data/exp/IceCube/2017/filtered",
            "filename=" + L2.substring(L2.lastIndexOf('/') + 1))) {
      Answer answer = get("/api/files?" + shortcut);
      assertThat(answer.body().path("files")).as(shortcut).hasSize(1);
      assertThat(answer.body().path("files").get(0).path("logical_name").asString()).isEqualTo(L2);
    }
    assertThat(get("/api/files?run_number=130484").body().path("files")).hasSize(2);
    assertThat(get("/api/files?dataset=7").body().path("files")).isEmpty();
    assertThat(get("/api/files/count?run_number=130484").body().path("files").asInt()).isEqualTo(2);
    assertThat(get("/api/files?run_number=130484&limit=1&start=1").body().path("files")).hasSize(1);
  }

  @Test
  void keysChooseWhatIsShown() throws Exception {
    level2();
    JsonNode byDefault = get("/api/files").body().path("files").get(0);
    assertThat(byDefault.propertyNames()).containsExactlyInAnyOrder("uuid", "logical_name");
    JsonNode some = get("/api/files?keys=file_size%7Crun.run_number").body().path("files").get(0);
    assertThat(some.toString()).isEqualTo("{\"file_size\":1,\"run\":{\"run_number\":130484}}");
    assertThat(get("/api/files?all-keys=true").body().path("files").get(0).has("software"))
        .isTrue();
  }

  @Test
  void everyOperatorMeansWhatItMeant() throws Exception {
    String uuid = level2().substring("/api/files/".length());
    raw();
    for (String json :
        List.of(
            "{'processing_level': 'L2'}",
            "{'processing_level': {'$ne': 'PFRaw'}}",
            "{'run.part_number': {'$gt': 187, '$lte': 188}}",
            "{'run.first_event': {'$exists': true}}",
            "{'software.name': 'cvmfs'}",
            "{'software.version': {'$in': ['V04', 'V05']}}",
            "{'software.version': {'$nin': ['V04', null]}}",
            "{'offline_processing_metadata.livetime': {'$gte': 73, '$lt': 74}}",
            "{'offline_processing_metadata.validation_validated': true}",
            "{'offline_processing_metadata.season': '2017'}",
            "{'offline_processing_metadata.gaps': {'$elemMatch': {'delta_time': {'$gt': 8}}}}",
            "{'offline_processing_metadata.gaps': {'$size': 2}}",
            "{'software.name': {'$all': ['icetray', 'cvmfs']}}",
            "{'software': {'$not': {'$exists': false}}}",
            "{'logical_name': {'$regex': '^/data/exp/IceCube/2017/filtered/.*zst$'}}",
            "{'logical_name': {'$regex': '^/data/exp/IceCube/20/?17/filtered/'}}",
            "{'logical_name': {'$regex': '^/data/exp/IceCube/20/*17/filtered/'}}",
            "{'logical_name': {'$regex': '^/data/exp/IceCube/20/{0,1}17/filtered/'}}",
            "{'logical_name': {'$regex': 'LEVEL2_', '$options': 'i'}}",
            "{'$and': [{'run.run_number': 130484}, {'data_type': 'real'}]}",
            "{'$or': [{'mine.kept.x': 7}, {'file_size': 99}]}",
            "{'$nor': [{'processing_level': 'PFRaw'}]}",
            "{'locations.path': '" + L2 + "'}",
            "{'locations': {'$elemMatch': {'site': 'WIPAC', 'path': '" + L2 + "'}}}",
            "{'checksum.sha512': '%0128x'}".formatted(1),
            "{'uuid': {'$in': ['" + uuid + "']}}")) {
      assertThat(names(json.replace('\'', '"'))).as(json).containsExactly(L2);
    }
  }

  @Test
  void whatIsNotSupportedIsNamed() throws Exception {
    for (String operator : List.of("$where", "$expr", "$text", "$jsonSchema")) {
      Answer answer = query("{\"" + operator + "\": \"1\"}", "");
      assertThat(answer.status()).isEqualTo(501);
      assertThat(answer.body().path("operator").asString()).isEqualTo(operator);
    }
    Answer near = query("{\"run.run_number\": {\"$mod\": [2, 0]}}", "");
    assertThat(near.status()).isEqualTo(501);
    assertThat(near.body().path("error").asString()).contains("$mod");
  }

  @Test
  void whatIsWrongIsA400() throws Exception {
    assertThat(query("{", "").status()).isEqualTo(400);
    assertThat(query("[]", "").status()).isEqualTo(400);
    assertThat(query("{\"logical_name\": {\"$regex\": \"(\"}}", "").status()).isEqualTo(400);
    assertThat(query("{\"a\": \"\\u0000\"}", "").status()).isEqualTo(400);
    for (String field : List.of("run.run_number", "file_size", "mine.size")) {
      for (String number : List.of("1e400", "{\"$gt\": -1e400}", "{\"$in\": [1, 1e400]}")) {
        assertThat(query("{\"" + field + "\": " + number + "}", "").status()).isEqualTo(400);
      }
    }
    assertThat(query("{\"a\\\"') ? (1 == 1)\": 1}", "").status()).isEqualTo(200);
    assertThat(get("/api/files?limit=0").status()).isEqualTo(400);
    assertThat(get("/api/files?start=-1").status()).isEqualTo(400);
    assertThat(ask("POST", "/api/files", "{").status()).isEqualTo(400);
    for (String missing :
        List.of("logical_name", "file_size", "\"sha512\"", "locations", "checksum")) {
      String bad = document(L2, 1, at("WIPAC", L2), "").replace(missing.replace("\"", ""), "other");
      assertThat(ask("POST", "/api/files", bad).status()).as(bad).isEqualTo(400);
    }
    assertThat(catalog.find(LogicalName.parse(L2))).isEmpty();
  }

  @Test
  void oneVersionAndOneLocationBelongToOneRecord() throws Exception {
    String file = level2();
    String uuid = file.substring("/api/files/".length());
    Answer again = ask("POST", "/api/files", document(L2, 1, at("NERSC", "/n/a"), ""));
    assertThat(again.status()).isEqualTo(409);
    assertThat(again.body().path("file").asString()).isEqualTo(file);
    assertThat(ask("POST", "/api/files", document("/data/x", 5, at("WIPAC", L2), "")).status())
        .isEqualTo(409);
    String mine = ", \"uuid\": \"" + uuid + "\"";
    assertThat(ask("POST", "/api/files", document(L2, 1, at("NERSC", "/n/a"), mine)).status())
        .isEqualTo(200);
    assertThat(ask("POST", "/api/files", document(L2, 1, at("NERSC", "/n/a"), mine)).status())
        .isEqualTo(409);
    assertThat(ask("POST", "/api/files", document(L2, 9, at("DESY", "/d/a"), mine)).status())
        .isEqualTo(409);
    create(document(L2, 9, at("DESY", "/d/a"), ""));
    assertThat(query("{\"logical_name\": \"" + L2 + "\"}", "").body().path("files")).hasSize(2);
  }

  @Test
  void locationsComeAndGoAndTakeTheRecordAlong() throws Exception {
    String file = level2();
    String bundled = "/home/b.zip:" + L2;
    String archived =
        "{\"locations\": [{\"site\": \"NERSC\", \"path\": \"%s\", \"archive\": true}]}"
            .formatted(bundled);
    assertThat(ask("POST", file + "/locations", archived).body().path("locations")).hasSize(2);
    assertThat(ask("POST", file + "/locations", archived).body().path("locations")).hasSize(2);
    assertThat(ask("POST", file + "/locations", "{}").status()).isEqualTo(400);
    String other = raw();
    assertThat(ask("POST", other + "/locations", archived).status()).isEqualTo(409);
    String remove = file + "/actions/remove_location";
    assertThat(ask("POST", remove, "{\"site\": \"WIPAC\"}").status()).isEqualTo(400);
    assertThat(ask("POST", remove, at("WIPAC", "/nowhere")).status()).isEqualTo(404);
    assertThat(ask("POST", remove, at("WIPAC", L2)).body().path("locations")).hasSize(1);
    assertThat(names("{}")).containsExactly(RAW); // archived only: hidden
    assertThat(names("{\"locations.archive\": true}")).containsExactly(L2);
    Answer last = ask("POST", remove, at("NERSC", bundled));
    assertThat(last.status()).isEqualTo(200);
    assertThat(last.body()).isEmpty();
    assertThat(get(file).status()).isEqualTo(404);
  }

  @Test
  void patchChangesKeysPutReplacesAndDeleteForgets() throws Exception {
    String file = level2();
    Answer patched = ask("PATCH", file, "{\"mine\": null, \"new\": 5}");
    assertThat(patched.status()).as(patched.body().toString()).isEqualTo(200);
    assertThat(patched.body().has("mine")).isFalse();
    assertThat(patched.body().path("new").asInt()).isEqualTo(5);
    assertThat(patched.body().path("run").path("run_number").asInt()).isEqualTo(130484);
    assertThat(catalog.find(LogicalName.parse(L2)).orElseThrow().metadata().livetime())
        .isEqualTo(73.53);
    ask("PATCH", file, "{\"offline_processing_metadata\": {\"livetime\": 12}}");
    assertThat(catalog.find(LogicalName.parse(L2)).orElseThrow().metadata().livetime())
        .isEqualTo(12);
    assertThat(ask("PATCH", file, "{\"logical_name\": \"/x\"}").status()).isEqualTo(400);
    assertThat(ask("PATCH", file, "{\"checksum\": {\"sha512\": \"00\"}}").status()).isEqualTo(400);
    Answer put = ask("PUT", file, document(L2, 1, at("WIPAC", L2), ", \"only\": 1"));
    assertThat(put.body().has("new")).isFalse();
    assertThat(put.body().path("only").asInt()).isEqualTo(1);
    assertThat(ask("DELETE", file, "").status()).isEqualTo(204);
    for (String method : List.of("GET", "DELETE", "PATCH", "PUT")) {
      assertThat(ask(method, file, "{}").status()).as(method).isEqualTo(404);
    }
    assertThat(ask("POST", file + "/locations", "{}").status()).isEqualTo(404);
    level2();
  }

  @Test
  void uuidsAreKeptAsTheyWereWritten() throws Exception {
    String plain = "5f1d8a6e0b1c11ecb9090242ac110002";
    create(document(L2, 1, at("WIPAC", L2), ", \"uuid\": \"" + plain + "\""));
    assertThat(get("/api/files/" + plain).body().path("uuid").asString()).isEqualTo(plain);
  }

  @Test
  void collectionsAreQueriesAndSnapshotsStay() throws Exception {
    level2();
    String collection =
        "{\"collection_name\": \"good\", \"owner\": \"me\", \"processing_level\": \"L2\"}";
    Answer made = ask("POST", "/api/collections", collection);
    assertThat(made.status()).isEqualTo(201);
    String link = made.body().path("collection").asString();
    assertThat(ask("POST", "/api/collections", "{\"owner\": \"me\"}").status()).isEqualTo(400);
    assertThat(ask("POST", "/api/collections", "{\"collection_name\": \"x\"}").status())
        .isEqualTo(400);
    assertThat(get("/api/collections").body().path("collections")).hasSize(1);
    assertThat(get(link).body().path("collection_name").asString()).isEqualTo("good");
    assertThat(get("/api/collections/good/files").body().path("files")).hasSize(1);
    Answer frozen = ask("POST", "/api/collections/good/snapshots", "");
    assertThat(frozen.status()).as(frozen.body().toString()).isEqualTo(201);
    String snapshot = frozen.body().path("snapshot").asString();
    create(document(L2 + "2", 3, at("WIPAC", L2 + "2"), ", \"processing_level\": \"L2\""));
    assertThat(get(link + "/files").body().path("files")).hasSize(2);
    assertThat(get(snapshot + "/files").body().path("files")).hasSize(1);
    assertThat(get(snapshot).body().path("owner").asString()).isEqualTo("me");
    assertThat(get(link + "/snapshots").body().path("snapshots")).hasSize(1);
    assertThat(get("/api/collections/none").status()).isEqualTo(404);
    assertThat(get("/api/collections/none/files").status()).isEqualTo(404);
    assertThat(get("/api/collections/none/snapshots").status()).isEqualTo(400);
    assertThat(get("/api/snapshots/none").status()).isEqualTo(404);
    assertThat(get("/api/snapshots/none/files").status()).isEqualTo(404);
  }

  @Test
  void withoutTheRoleNothingIsAnswered() throws Exception {
    server.close();
    server = ServedRoutes.shut(this::addTo);
    for (String path : List.of("/api/files", "/api/files/count", "/api/collections")) {
      assertThat(get(path).status()).as(path).isEqualTo(401);
    }
    assertThat(ask("POST", "/api/files", "{}").status()).isEqualTo(401);
  }
}
