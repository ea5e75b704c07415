package dev.firn.catalog.filecatalog;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.catalog.Catalog;
import dev.firn.catalog.FileMetadata;
import dev.firn.catalog.NewFile;
import dev.firn.database.Database;
import dev.firn.database.DatabaseAddress;
import dev.firn.database.DatabaseConfig;
import dev.firn.database.TestDatabase;
import dev.firn.door.Door;
import dev.firn.door.TestTokens;
import dev.firn.http.Json;
import dev.firn.model.Checksum;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.Checksums;
import dev.firn.model.LogicalName;
import dev.firn.model.SiteName;
import dev.firn.token.ServedRoutes;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// What the File Catalog's protocol refuses, each with its status: 403 without the role, 409 where
/// something is taken, 503 when there is no answer in time, and queries beyond all measure.
class FileCatalogRefusalsTest {
  private static final int MANY = 10_000;

  private TestTokens tokens;
  private String token;
  private TestDatabase test;
  private Database database;
  private volatile boolean away;
  private Catalog catalog;
  private ServedRoutes server;

  private record Answer(int status, JsonNode body) {}

  @BeforeEach
  void start() throws Exception {
    tokens = new TestTokens();
    token = tokens.token("firn.admin");
    test = TestDatabase.create();
    // One that does not wait long for a server that is away.
    database = Database.open(this::address, new DatabaseConfig(16, Duration.ofSeconds(2)));
    catalog = new Catalog(database);
    Door.Access access = tokens.ownAccess();
    server =
        ServedRoutes.of(
            access.authenticator(),
            access.policy(),
            (router, authenticator, policy) ->
                new FileCatalogRoutes(catalog, database, authenticator, policy, UUID::randomUUID)
                    .addTo(router));
  }

  private DatabaseAddress address() {
    return away
        ? new DatabaseAddress("jdbc:postgresql://127.0.0.1:1/nowhere", "nobody", "")
        : test.address();
  }

  @AfterEach
  void stop() throws Exception {
    server.close();
    database.close();
    test.close();
  }

  private Answer ask(String method, String path, String body) throws Exception {
    HttpResponse<String> answer =
        server.send(
            server
                .to(path)
                .header("Authorization", "Bearer " + token)
                .method(method, HttpRequest.BodyPublishers.ofString(body)));
    boolean json = answer.headers().firstValue("Content-Type").orElse("").contains("json");
    return new Answer(answer.statusCode(), Json.mapper().readTree(json ? answer.body() : "{}"));
  }

  private static String document(String name, int content, String site, String path) {
    return """
    {"logical_name": "%s", "file_size": %d, "checksum": {"sha512": "%0128x"},
     "locations": [{"site": "%s", "path": "%s"}]}
    """
        .formatted(name, content, content, site, path);
  }

  private String create(String name, int content, String path) throws Exception {
    Answer made = ask("POST", "/api/files", document(name, content, "WIPAC", path));
    assertThat(made.status()).as(made.body().toString()).isEqualTo(201);
    return made.body().path("file").asString();
  }

  private static String locations(String path) {
    return "{\"locations\": [{\"site\": \"WIPAC\", \"path\": \"" + path + "\"}]}";
  }

  @Test
  void aTokenWithoutTheRoleIsForbidden() throws Exception {
    String file = create("/data/a", 1, "/data/a");
    token = tokens.token("storage.read:/ storage.modify:/");
    String[][] routes = {
      {"GET", "/api"},
      {"GET", "/api/files"},
      {"POST", "/api/files"},
      {"GET", "/api/files/count"},
      {"GET", file},
      {"PUT", file},
      {"PATCH", file},
      {"DELETE", file},
      {"POST", file + "/locations"},
      {"POST", file + "/actions/remove_location"},
      {"GET", "/api/collections"},
      {"POST", "/api/collections"},
      {"GET", "/api/collections/x"},
      {"GET", "/api/collections/x/files"},
      {"GET", "/api/collections/x/snapshots"},
      {"POST", "/api/collections/x/snapshots"},
      {"GET", "/api/snapshots/x"},
      {"GET", "/api/snapshots/x/files"}
    };
    for (String[] route : routes) {
      Answer answer = ask(route[0], route[1], "{}");
      assertThat(answer.status()).as(String.join(" ", route)).isEqualTo(403);
      assertThat(answer.body().path("code").asInt()).isEqualTo(403);
      assertThat(answer.body().path("error").asString()).isNotEmpty();
    }
    assertThat(catalog.find(LogicalName.parse("/data/a"))).isPresent();
  }

  @Test
  void aLocationOfAnotherFileIsAConflictHoweverItIsAsked() throws Exception {
    String one = create("/data/a", 1, "/data/a");
    create("/data/b", 2, "/data/b");
    for (String[] change :
        new String[][] {
          {"POST", one + "/locations", locations("/data/b")},
          {"PATCH", one, locations("/data/b")},
          {"PUT", one, document("/data/a", 1, "WIPAC", "/data/b")},
          {"POST", "/api/files", document("/data/c", 3, "WIPAC", "/data/b")}
        }) {
      Answer answer = ask(change[0], change[1], change[2]);
      assertThat(answer.status()).as(change[0] + " " + change[1]).isEqualTo(409);
      assertThat(answer.body().path("location").path("path").asString()).isEqualTo("/data/b");
    }
    assertThat(ask("GET", one, "").body().path("locations").toString()).contains("/data/a");
    assertThat(catalog.find(LogicalName.parse("/data/c"))).isEmpty();
  }

  @Test
  void copiesThatFirnKeepsItselfAreNotTakenAway() throws Exception {
    LogicalName name = LogicalName.parse("/data/own");
    Checksum sha512 = new Checksum(ChecksumAlgorithm.SHA512, "%0128x".formatted(7));
    catalog.register(
        new NewFile(name, 7, Checksums.of(sha512), FileMetadata.NONE),
        new SiteName("madison"),
        name,
        "me",
        "test");
    String file = "/api/files/" + catalog.find(name).orElseThrow().uuid();
    String own = "{\"site\": \"madison\", \"path\": \"/data/own\"}";
    assertThat(ask("POST", file + "/actions/remove_location", own).status()).isEqualTo(409);
    assertThat(ask("DELETE", file, "").status()).isEqualTo(409);
    assertThat(ask("PATCH", file, locations("/mnt/own")).status()).isEqualTo(409);
    assertThat(catalog.find(name).orElseThrow().replicas()).hasSize(1);
  }

  @Test
  void collectionsAndSnapshotsAreMadeOnce() throws Exception {
    String uuid = "\"uuid\": \"5f1d8a6e0b1c11ecb9090242ac110002\"";
    String collection = "{\"collection_name\": \"c\", \"owner\": \"me\", " + uuid + "}";
    assertThat(ask("POST", "/api/collections", collection).status()).isEqualTo(201);
    assertThat(ask("POST", "/api/collections", collection).status()).isEqualTo(409);
    String snapshot = "{" + uuid + "}";
    String snapshots = "/api/collections/c/snapshots";
    assertThat(ask("POST", snapshots, snapshot).status()).isEqualTo(201);
    assertThat(ask("POST", snapshots, snapshot).status()).isEqualTo(409);
    assertThat(ask("GET", snapshots, "").body().path("snapshots")).hasSize(1);
  }

  @Test
  void ofManyAtOnceOneIsTakenAndTheOthersAreConflicts() throws Exception {
    List<Callable<Answer>> posts = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      boolean same = i % 2 == 0; // the same version, or another that wants the same location
      String body =
          same
              ? document("/data/a", 1, "WIPAC", "/data/place")
              : document("/data/b" + i, 100 + i, "WIPAC", "/data/place");
      posts.add(() -> ask("POST", "/api/files", body));
    }
    List<Integer> statuses = new ArrayList<>();
    try (ExecutorService threads = Executors.newFixedThreadPool(12)) {
      for (Future<Answer> answer : threads.invokeAll(posts)) {
        statuses.add(answer.get().status());
      }
    }
    assertThat(Collections.frequency(statuses, 201)).as("" + statuses).isEqualTo(1);
    assertThat(Collections.frequency(statuses, 409)).as("" + statuses).isEqualTo(11);
    assertThat(ask("GET", "/api/files/count", "").body().path("files").asInt()).isEqualTo(1);
  }

  @Test
  void whatTakesLongerThanItMayIsUnavailable() throws Exception {
    create("/data/a", 1, "/data/a");
    try (Connection other =
            DriverManager.getConnection(
                test.address().jdbcUrl(), test.address().user(), test.address().password());
        Statement statement = other.createStatement()) {
      other.setAutoCommit(false);
      statement.execute("LOCK TABLE file IN ACCESS EXCLUSIVE MODE");
      for (String path :
          List.of("/api/files?max_time_ms=100", "/api/files/count?max_time_ms=100")) {
        Answer answer = ask("GET", path, "");
        assertThat(answer.status()).as(path).isEqualTo(503);
        assertThat(answer.body().path("error").asString()).contains("max_time_ms");
      }
    }
    assertThat(ask("GET", "/api/files?max_time_ms=10000", "").status()).isEqualTo(200);
  }

  @Test
  void withoutADatabaseNothingIsAvailable() throws Exception {
    String file = create("/data/a", 1, "/data/a");
    away = true;
    try (Connection other =
            DriverManager.getConnection(
                test.address().jdbcUrl(), test.address().user(), test.address().password());
        Statement statement = other.createStatement()) {
      statement.execute(
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
              + " WHERE datname = current_database() AND pid <> pg_backend_pid()");
    }
    for (String path : List.of("/api/files/count", file)) {
      Answer answer = ask("GET", path, "");
      assertThat(answer.status()).as(path).isEqualTo(503);
      assertThat(answer.body().path("error").asString()).contains("database is away");
    }
    assertThat(ask("POST", "/api/files", document("/data/b", 2, "W", "/b")).status())
        .isEqualTo(503);
  }

  private static String repeated(String piece, int times) {
    return String.join(",", Collections.nCopies(times, piece));
  }

  private static String nested(String before, String inner, String after, int depth) {
    return before.repeat(depth) + inner + after.repeat(depth);
  }

  /// A query that a URL cannot hold is a collection's.
  @Test
  void hugeAndDeepQueriesAreRefusedInWords() throws Exception {
    create("/data/a", 1, "/data/a");
    String term = "{\"run.run_number\": 1}";
    String[][] queries = {
      {"{\"$or\": [" + repeated(term, MANY) + "]}", "terms"},
      {"{\"$and\": [" + repeated(term, MANY) + "]}", "terms"},
      {"{\"$nor\": [" + repeated("{\"a.b\": {\"$regex\": \"x\"}}", MANY) + "]}", "terms"},
      {"{\"run.run_number\": {\"$in\": [" + repeated("1", MANY) + "]}}", "terms"},
      {"{\"a\": {\"$all\": [" + repeated("\"x\"", MANY) + "]}}", "terms"},
      {"{\"g\": {\"$elemMatch\": {\"x\": {\"$in\": [" + repeated("1", MANY) + "]}}}}", "terms"},
      {"{\"g\": {\"$elemMatch\": {\"$or\": [" + repeated("{\"x\": 1}", MANY) + "]}}}", "terms"},
      {nested("{\"$and\": [", term, "]}", 100), "nested deeper"},
      {"{\"a\": " + nested("{\"$not\": ", "{\"$eq\": 1}", "}", 100) + "}", "nested deeper"},
      {
        "{\"g\": {\"$elemMatch\": " + nested("{\"$and\": [", "{\"x\": 1}", "]}", 100) + "}}", "deep"
      },
      {nested("{\"$and\": [", term, "]}", MANY), "nesting depth"},
      {nested("{\"a\": ", "1", "}", MANY), "nesting depth"}
    };
    for (String[] query : queries) {
      String collection =
          "{\"collection_name\": \"c\", \"owner\": \"me\", \"query\": " + query[0] + "}";
      Answer answer = ask("POST", "/api/collections", collection);
      String what = query[0].substring(0, 40);
      assertThat(answer.status()).as(what).isEqualTo(400);
      assertThat(answer.body().path("error").asString()).as(what).contains(query[1]);
    }
    assertThat(ask("GET", "/api/collections", "").body().path("collections")).isEmpty();
    String url = URLEncoder.encode(queries[0][0], StandardCharsets.UTF_8);
    assertThat(ask("GET", "/api/files?query=" + url, "").status()).isIn(414, 431);
    String most = "{\"$or\": [" + repeated(term, 1_990) + "]}";
    String collection = "{\"collection_name\": \"c\", \"owner\": \"me\", \"query\": " + most + "}";
    assertThat(ask("POST", "/api/collections", collection).status()).isEqualTo(201);
    assertThat(ask("GET", "/api/collections/c/files", "").body().path("files")).isEmpty();
    assertThat(ask("GET", "/api/files/count", "").body().path("files").asInt()).isEqualTo(1);
  }
}
