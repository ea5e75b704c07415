package dev.firn.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.database.TestDatabase;
import dev.firn.events.EventWorld;
import dev.firn.http.BodySource;
import dev.firn.http.HttpClients;
import dev.firn.http.HttpFetcher;
import dev.firn.http.HttpFetcher.Request;
import dev.firn.http.HttpFetcher.Response;
import dev.firn.http.Json;
import dev.firn.server.config.ConfigFile;
import dev.firn.server.config.SiteConfig;
import dev.firn.server.local.HereSite;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// A whole hub in this process, over real sockets, into which a test may put passes.
abstract class EventSite {
  static final String EVENTS = "/api/v1/events";

  @TempDir Path dir;
  TestDatabase database;
  SiteConfig config;
  Site site;
  HttpFetcher client;

  @BeforeEach
  void start() throws IOException {
    database = TestDatabase.create();
    Path here = HereSite.prepare(dir, new HereSite.Wish(0, 0, false, List.of()), Instant.now());
    Path password = Files.writeString(dir.resolve("password"), database.address().password());
    String record =
        "\n[database]\nurl = \"%s\"\nuser = \"%s\"\npassword-file = \"%s\"\n"
            .formatted(database.address().jdbcUrl(), database.address().user(), password);
    Path file = dir.resolve("site.toml");
    Files.writeString(file, Files.readString(here) + record + configured());
    config = SiteConfig.from(ConfigFile.read(file));
    site = Site.start(config);
    client = HttpClients.create(HttpClients.Config.trusting(dir.resolve("tls/ca.pem")));
  }

  /// More of the site's configuration.
  String configured() {
    return "";
  }

  @AfterEach
  void stop() throws IOException {
    client.close();
    site.close();
    database.close();
  }

  String operator() throws IOException {
    return Files.readString(dir.resolve("operator.token")).strip();
  }

  byte[] send(int status, String method, String path, Object body) throws IOException {
    return send(status, method, path, body, operator());
  }

  byte[] send(int status, String method, String path, Object body, String token)
      throws IOException {
    Request request = Request.of(method, URI.create(config.url() + path));
    request = token.isEmpty() ? request : request.withBearer(token);
    if (body instanceof byte[] bytes) {
      request = request.withBody(BodySource.bytes(bytes));
    } else if (body != null) {
      request = request.withBody(BodySource.bytes(Json.bytes(body)));
    }
    try (Response response = client.send(request)) {
      byte[] answer = response.body().readAllBytes();
      assertThat(response.status())
          .as(method + " " + path + " " + new String(answer, StandardCharsets.UTF_8))
          .isEqualTo(status);
      return answer;
    }
  }

  JsonNode json(int status, String method, String path, Object body) throws IOException {
    return Json.mapper().readTree(send(status, method, path, body));
  }

  void pass(String name, int run, int files) throws Exception {
    json(201, "POST", EVENTS + "/passes", Map.of("name", name, "pulses", "InIcePulses"));
    for (int i = 0; i < files; i++) {
      String file = "/data/exp/L2/Run%08d_Subrun%08d.i3".formatted(run, i);
      send(201, "PUT", file, EventWorld.i3(run, i, 1 + 10L * i, 10));
      json(202, "POST", EVENTS + "/load", Map.of("pass", name, "files", List.of(file)));
    }
    JsonNode now = await(name, files);
    assertThat(now.path("events").asInt()).as(now.toString()).isEqualTo(10 * files);
  }

  /// The pass once so many files are in it, or what it is after a minute and a half.
  JsonNode await(String pass, int files) throws Exception {
    long until = System.nanoTime() + 90_000_000_000L;
    JsonNode now = json(200, "GET", EVENTS + "/pass?name=" + pass, null);
    while (now.path("done").asInt() < files && System.nanoTime() < until) {
      Thread.sleep(100);
      now = json(200, "GET", EVENTS + "/pass?name=" + pass, null);
    }
    return now;
  }
}
