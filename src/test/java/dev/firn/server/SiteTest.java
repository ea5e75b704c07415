package dev.firn.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.catalog.Catalog;
import dev.firn.catalog.CatalogFile;
import dev.firn.catalog.FileMetadata;
import dev.firn.catalog.NewFile;
import dev.firn.catalog.Replica;
import dev.firn.database.TestDatabase;
import dev.firn.http.BodySource;
import dev.firn.http.HttpClients;
import dev.firn.http.HttpFetcher;
import dev.firn.http.HttpFetcher.Request;
import dev.firn.http.HttpFetcher.Response;
import dev.firn.http.Json;
import dev.firn.model.Checksum;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.Checksums;
import dev.firn.model.LogicalName;
import dev.firn.model.ReplicaState;
import dev.firn.server.config.ConfigFile;
import dev.firn.server.config.SiteConfig;
import dev.firn.server.local.HereSite;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.sql.Statement;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// A whole hub in this process, over real sockets and a real PostgreSQL.
@Tag("slow")
class SiteTest {
  @TempDir Path dir;
  private TestDatabase database;
  private SiteConfig config;
  private Site site;
  private HttpFetcher client;

  private record Answer(int status, String body) {}

  @BeforeEach
  void start() throws IOException {
    database = TestDatabase.create();
    Path here = HereSite.prepare(dir, new HereSite.Wish(0, 0, false, List.of()), Instant.now());
    Path password = Files.writeString(dir.resolve("password"), database.address().password());
    String record =
        """

        [database]
        url = "%s"
        user = "%s"
        password-file = "%s"
        """
            .formatted(database.address().jdbcUrl(), database.address().user(), password);
    Path file = dir.resolve("site.toml");
    Files.writeString(file, Files.readString(here) + record);
    config = SiteConfig.from(ConfigFile.read(file));
    site = Site.start(config);
    client = HttpClients.create(HttpClients.Config.trusting(dir.resolve("tls/ca.pem")));
  }

  @AfterEach
  void stop() throws IOException {
    client.close();
    site.close();
    database.close();
  }

  private void restart() throws IOException {
    site.close();
    site = Site.start(config);
  }

  private String operator() throws IOException {
    return Files.readString(dir.resolve("operator.token")).strip();
  }

  private Answer send(
      String method, String path, String token, Map<String, String> headers, String body)
      throws IOException {
    Request request = Request.of(method, URI.create(config.url() + path)).withBearer(token);
    for (Map.Entry<String, String> header : headers.entrySet()) {
      request = request.withHeader(header.getKey(), header.getValue());
    }
    if (body != null) {
      request = request.withBody(BodySource.bytes(body.getBytes(StandardCharsets.UTF_8)));
    }
    try (Response response = client.send(request)) {
      return new Answer(response.status(), response.bodyText(100_000));
    }
  }

  private int put(String path, String token, String body) throws IOException {
    return send("PUT", path, token, Map.of(), body).status();
  }

  private static int firn(String... arguments) {
    return Main.commandLine().execute(arguments);
  }

  @Test
  void whatTheDoorRefusedAndAllowedIsInTheAuditLogAndTheLogVerifies() throws IOException {
    assertThat(put("/data/a", operator(), "bytes")).isEqualTo(201);
    assertThat(put("/data/b", operator() + "x", "bytes")).isEqualTo(401);
    assertThat(send("GET", "/api/v1/summary", "eyJ.no.token", Map.of(), null).status())
        .isEqualTo(401);
    Path log = dir.resolve("audit");
    restart(); // all that was recorded is on disk then

    Path day;
    try (var files = Files.list(log)) {
      day = files.sorted().findFirst().orElseThrow();
    }
    List<String> lines = Files.readAllLines(day);
    assertThat(lines).anyMatch(l -> l.contains("\"allow_write\"") && l.contains("\"/data/a\""));
    assertThat(lines).anyMatch(l -> l.contains("\"authn_fail\"") && l.contains("\"/data/b\""));
    assertThat(lines).anyMatch(l -> l.contains("\"authn_fail\"") && l.contains("summary"));
    String token = operator();
    assertThat(lines).noneMatch(l -> l.contains(token));
    assertThat(firn("audit", "verify", log.toString())).isZero();

    Files.write(day, lines.subList(1, lines.size()));
    assertThat(firn("audit", "verify", "--json", log.toString())).isEqualTo(1);
  }

  @Test
  void aStagedBundleThatIsOnRecordIsNotCalledLostAtTheNextStart() throws Exception {
    LogicalName name = LogicalName.parse("/data/archive/nersc/b.zip");
    assertThat(put(name.toString(), operator(), "bundle")).isEqualTo(201);
    byte[] sha512 =
        MessageDigest.getInstance("SHA-512").digest("bundle".getBytes(StandardCharsets.UTF_8));
    NewFile bundle =
        new NewFile(
            name,
            6,
            Checksums.of(Checksum.of(ChecksumAlgorithm.SHA512, sha512)),
            FileMetadata.NONE);
    Catalog catalog = new Catalog(database.database());
    catalog.register(bundle, config.name(), name, "archivist", "staged");
    restart();
    assertThat(catalog.find(name).orElseThrow().replicaAt(config.name()).orElseThrow().state())
        .isEqualTo(ReplicaState.AVAILABLE);
  }

  @Test
  void aTokenAskedForAtADirectoryOpensThatDirectoryAndNothingElse() throws IOException {
    assertThat(put("/data/mine/a", operator(), "bytes")).isEqualTo(201);
    assertThat(put("/data/other", operator(), "bytes")).isEqualTo(201);
    Map<String, String> asking = Map.of("Content-Type", "application/macaroon-request");
    Answer answer =
        send(
            "POST",
            "/data/mine",
            operator(),
            asking,
            "{\"caveats\": [\"activity:DOWNLOAD,LIST\"], \"validity\": \"PT5M\"}");
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    String narrow = Json.mapper().readTree(answer.body()).path("macaroon").asString();
    assertThat(send("GET", "/data/mine/a", narrow, Map.of(), null).body()).isEqualTo("bytes");
    assertThat(send("GET", "/data/other", narrow, Map.of(), null).status()).isEqualTo(403);
    assertThat(put("/data/mine/b", narrow, "bytes")).isEqualTo(403);

    assertThat(send("POST", "/data/mine", null, asking, "{}").status()).isEqualTo(401);
    assertThat(send("POST", "/data/mine", operator(), Map.of(), "{}").status()).isEqualTo(405);
  }

  /// The record cannot be written: the bytes are published, and then it is over, as in a crash.
  @Test
  void bytesPublishedAndNotRecordedAreOnRecordAfterTheNextStart() throws Exception {
    sql("ALTER TABLE replica RENAME TO replica_away");
    assertThat(put("/data/exp/cut", operator(), "bytes")).isGreaterThanOrEqualTo(500);
    assertThat(find("/data/exp/cut")).isEmpty();
    sql("ALTER TABLE replica_away RENAME TO replica");
    restart();

    CatalogFile file = find("/data/exp/cut").orElseThrow();
    assertThat(file.size()).isEqualTo(5);
    assertThat(file.checksums().find(ChecksumAlgorithm.SHA512)).isPresent();
    assertThat(file.replicas()).extracting(Replica::state).containsExactly(ReplicaState.AVAILABLE);
    assertThat(catalog().history(file.id(), Long.MAX_VALUE, 10))
        .anyMatch(h -> h.entry().who().equals("found at start"));
  }

  /// The database is away for a while, and the hub goes on.
  @Test
  void aMoveWhoseRecordNeverCameIsOnRecordAfterTheNextStart() throws Exception {
    assertThat(put("/data/exp/from/a", operator(), "bytes")).isEqualTo(201);
    sql("ALTER TABLE replica RENAME TO replica_away");
    Map<String, String> to = Map.of("Destination", config.url() + "/data/exp/to");
    assertThat(send("MOVE", "/data/exp/from", operator(), to, null).status())
        .isGreaterThanOrEqualTo(500);
    sql("ALTER TABLE replica_away RENAME TO replica");
    restart();

    assertThat(find("/data/exp/to/a").orElseThrow().replicas())
        .extracting(Replica::state)
        .containsExactly(ReplicaState.AVAILABLE);
    assertThat(find("/data/exp/from/a").orElseThrow().replicas())
        .extracting(Replica::state)
        .containsExactly(ReplicaState.SUSPECT);
  }

  @Test
  void copiesThatAreGoneBecomeSuspectAndNothingIsDeleted() throws Exception {
    assertThat(put("/data/gone", operator(), "bytes")).isEqualTo(201);
    assertThat(put("/data/kept", operator(), "bytes")).isEqualTo(201);
    assertThat(put("/data/archive/nersc/x.zip", operator(), "bytes")).isEqualTo(201);
    Path stranger = Files.writeString(dir.resolve("storage/stranger"), "by hand");
    Files.delete(dir.resolve("storage/gone"));
    restart();
    awaitComparison();

    assertThat(find("/data/gone").orElseThrow().replicas())
        .extracting(Replica::state)
        .containsExactly(ReplicaState.SUSPECT);
    assertThat(find("/data/kept").orElseThrow().replicas())
        .extracting(Replica::state)
        .containsExactly(ReplicaState.AVAILABLE);
    assertThat(find("/data/stranger")).as("its checksum is not known").isEmpty();
    assertThat(find("/data/archive/nersc/x.zip")).as("staging of the archive").isEmpty();
    assertThat(stranger).exists();
    assertThat(dir.resolve("storage/archive/nersc/x.zip")).exists();
  }

  @Test
  void theOverviewShowsCopiesAtSitesThatAreNotConfigured() throws Exception {
    String file =
        """
        {"name":"/data/x","size":5,"checksums":{"sha512":"%0128x"},"replicas":[{"site":"mars"}]}
        """
            .formatted(1);
    assertThat(send("POST", "/api/v1/files", operator(), Map.of(), file).status()).isEqualTo(201);
    JsonNode overview =
        Json.mapper().readTree(send("GET", "/api/v1/overview", operator(), Map.of(), null).body());
    JsonNode last = overview.path("sites").get(overview.path("sites").size() - 1);
    assertThat(last.path("name").asString()).isEqualTo("mars");
    assertThat(last.path("kind").asString()).isEqualTo("not configured");
    assertThat(last.path("files").asInt()).isEqualTo(1);
  }

  @Test
  void aHubSaysThatItIsWellAndWhatIsWrongWhenItsDatabaseIsGone() throws Exception {
    assertThat(send("GET", "/healthz", null, Map.of(), null))
        .isEqualTo(new Answer(200, "{\"status\":\"ok\",\"site\":\"" + config.name() + "\"}"));
    String metrics;
    do {
      Thread.sleep(50);
      metrics = send("GET", "/metrics", null, Map.of(), null).body();
    } while (!metrics.contains("firn_transfers{"));
    assertThat(metrics)
        .containsPattern("firn_trouble\\{check=\"database\",site=\"[a-z]+\",?} 0")
        .containsPattern("firn_transfers\\{site=\"[a-z]+\",state=\"queued\",?} 0")
        .containsPattern("firn_bundles\\{site=\"[a-z]+\",state=\"quarantined\",?} 0");

    database.accept(false);
    JsonNode health;
    do {
      Thread.sleep(200);
      Answer answer = send("GET", "/healthz", null, Map.of(), null);
      health = Json.mapper().readTree(answer.body());
      assertThat(answer.status()).isEqualTo(health.has("troubles") ? 503 : 200);
    } while (!health.path("troubles").has("database"));
    assertThat(health.path("troubles").path("database").path("serious").asBoolean()).isTrue();
    assertThat(send("GET", "/metrics", null, Map.of(), null).body())
        .containsPattern("firn_trouble\\{check=\"database\",site=\"[a-z]+\",?} 1");
    database.accept(true);
    do {
      Thread.sleep(200);
    } while (send("GET", "/healthz", null, Map.of(), null).status() != 200);
  }

  /// Waits until the area has been compared with the record, beside the work.
  private void awaitComparison() throws Exception {
    JsonNode area;
    do {
      Thread.sleep(50);
      area = Json.mapper().readTree(send("GET", "/api/v1/area", operator(), Map.of(), null).body());
    } while (area.path("ended").isNull());
  }

  private Catalog catalog() {
    return new Catalog(database.database());
  }

  private Optional<CatalogFile> find(String name) {
    return catalog().find(LogicalName.parse(name));
  }

  private void sql(String statement) {
    database
        .database()
        .inTransaction(connection -> {
          try (Statement execute = connection.createStatement()) {
            return execute.execute(statement);
          }
        });
  }
}
