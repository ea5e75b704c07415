package dev.firn.publication;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.Hands;
import dev.firn.catalog.BulkLoad;
import dev.firn.catalog.Catalog;
import dev.firn.catalog.Cause;
import dev.firn.catalog.FileQuery;
import dev.firn.catalog.dataset.Datasets;
import dev.firn.database.TestDatabase;
import dev.firn.http.Exchange;
import dev.firn.http.HttpClients;
import dev.firn.http.HttpFetcher;
import dev.firn.http.HttpServer;
import dev.firn.http.HttpServerConfig;
import dev.firn.http.Json;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// DOIs are kept through DataCite's REST interface.
///
/// The registry here was written by us after DataCite's published OpenAPI description: states and
/// events, PUT that makes or changes, what is mandatory, JSON:API's errors. DataCite itself was not
/// asked.
class DoisTest {
  private static final Cause ME = new Cause("me", "test");
  private static final String DOI = "10.5072/firn.cascades";

  private final Hands clock = new Hands();
  private final Registry registry = new Registry();
  private TestDatabase test;
  private Publications publications;
  private HttpServer server;
  private HttpFetcher client;
  private Dois dois;

  /// What DataCite's description says of `/dois/{id}`.
  private static final class Registry {
    final Map<String, ObjectNode> known = new ConcurrentHashMap<>();
    final List<String> asked = new ArrayList<>();

    /// What becomes of the next request: `lost` takes it and answers nobody, `busy` is a 503.
    String mood = "";

    synchronized void handle(Exchange exchange) throws IOException {
      String doi = exchange.rawPath().substring("/dois/".length());
      String event = "";
      JsonNode attributes = Json.mapper().nullNode();
      if (exchange.method().equals("PUT")) {
        JsonNode body = Json.mapper().readTree(exchange.body().readAllBytes());
        attributes = body.at("/data/attributes");
        event = attributes.path("event").asString("");
        assertThat(body.at("/data/type").asString()).isEqualTo("dois");
      }
      asked.add(exchange.method() + (event.isEmpty() ? "" : " " + event));
      String now = mood;
      mood = "";
      if (!exchange.header("Authorization").orElse("").equals("Bearer key")) {
        answer(exchange, 401, error("", "Bad credentials."));
        return;
      }
      if (now.equals("busy")) {
        exchange.respond(503);
        return;
      }
      if (exchange.method().equals("GET")) {
        ObjectNode there = known.get(doi);
        answer(exchange, there == null ? 404 : 200, there == null ? error("", "none") : view(doi));
        return;
      }
      boolean isNew = !known.containsKey(doi);
      if (event.equals("publish") && attributes.path("titles").isEmpty()) {
        answer(exchange, 422, error("titles", "can't be blank"));
        return;
      }
      ObjectNode record =
          known.computeIfAbsent(
              doi, d -> JsonNodeFactory.instance.objectNode().put("state", "draft"));
      String before = record.path("state").asString();
      record.setAll((ObjectNode) attributes);
      record.remove("event");
      record.put(
          "state",
          switch (event) {
            case "publish" -> "findable";
            case "register" -> before.equals("draft") ? "registered" : before;
            case "hide" -> before.equals("findable") ? "registered" : before;
            default -> before;
          });
      if (now.equals("lost")) {
        throw new IOException("the line went dead");
      }
      answer(exchange, isNew ? 201 : 200, view(doi));
    }

    private ObjectNode view(String doi) {
      ObjectNode root = JsonNodeFactory.instance.objectNode();
      root.putObject("data").put("id", doi).put("type", "dois").set("attributes", known.get(doi));
      return root;
    }

    private static ObjectNode error(String source, String title) {
      ObjectNode root = JsonNodeFactory.instance.objectNode();
      root.putArray("errors").addObject().put("source", source).put("title", title);
      return root;
    }

    private static void answer(Exchange exchange, int status, ObjectNode body) throws IOException {
      exchange.respond(status, "application/vnd.api+json", Json.bytes(body));
    }
  }

  @BeforeEach
  void open() throws Exception {
    test = TestDatabase.create();
    Catalog catalog = new Catalog(test.database());
    Datasets datasets = new Datasets(test.database(), catalog);
    publications = new Publications(test.database(), catalog, datasets, clock);
    String line =
        "{\"name\":\"/data/c/part1\",\"size\":10,\"checksums\":{\"sha512\":\"%0128x\"},"
                .formatted(7)
            + "\"metadata\":{\"run\":1,\"part\":1},\"replicas\":[{\"site\":\"madison\"}]}\n";
    new BulkLoad(catalog)
        .load(new ByteArrayInputStream(line.getBytes(StandardCharsets.UTF_8)), ME, l -> {});
    datasets.snapshot("cascades-1", FileQuery.parse("name ~ /data/c/**"), "", ME);
    server =
        HttpServer.start(
            HttpServerConfig.plainOnly(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)),
            registry::handle);
    client = HttpClients.create(HttpClients.Config.trusting());
    dois = dois("Bearer key");
  }

  private Dois dois(String authorization) {
    URI base = URI.create("http://127.0.0.1:" + server.plainPort());
    return new Dois(
        test.database(),
        publications,
        URI.create("https://madison.example"),
        new DoiRegistry(client, base, () -> authorization),
        clock);
  }

  @AfterEach
  void close() throws Exception {
    dois.close();
    client.close();
    server.close();
    test.close();
  }

  private void publish(String extra) {
    String text =
        "{\"title\":\"Cascades\",\"summary\":\"Events.\",\"licence\":\"CC-BY-4.0\",\"doi\":\""
            + DOI
            + "\",\"creators\":[{\"name\":\"IceCube\",\"kind\":\"organization\"}],"
            + "\"publisher\":{\"name\":\"IceCube\"},\"declared\":{\"unverified\":\"a test\"}"
            + extra
            + "}";
    Description description = Json.mapper().readValue(text, Description.class);
    publications.publish("cascades", "cascades-1", description, ME);
  }

  private DoiStore.Row row() {
    return test.database().read(c -> DoiStore.find(c, "cascades")).orElseThrow();
  }

  @Test
  void aDoiIsReservedPublishedAndToldOnce() {
    publish("");
    assertThat(dois.step()).isEqualTo(1);
    assertThat(registry.asked).containsExactly("PUT", "PUT publish");
    ObjectNode there = registry.known.get(DOI);
    assertThat(there.path("state").asString()).isEqualTo("findable");
    assertThat(there.path("url").asString()).isEqualTo("https://madison.example/open/cascades");
    assertThat(there.at("/titles/0/title").asString()).isEqualTo("Cascades");
    assertThat(there.at("/types/resourceTypeGeneral").asString()).isEqualTo("Dataset");
    assertThat(dois.step()).isZero();
    assertThat(registry.asked).hasSize(2);
  }

  @Test
  void whatIsUnderEmbargoIsFindableAndWhatIsWithdrawnIsHiddenForGood() {
    publish(",\"embargo\":\"2027-01-01\"");
    dois.step();
    assertThat(row().state()).isEqualTo("findable");
    clock.set(Instant.parse("2026-12-01T00:00:00Z"));
    publications.withdraw("cascades", "wrong calibration", ME);
    assertThat(dois.step()).isEqualTo(1);
    assertThat(registry.asked).last().isEqualTo("PUT hide");
    assertThat(registry.known.get(DOI).path("state").asString()).isEqualTo("registered");
    assertThat(dois.step()).isZero();
  }

  @Test
  void anEmbargoThatOpensIsTold() {
    publish(",\"embargo\":\"2027-01-01\"");
    dois.step();
    int asked = registry.asked.size();
    assertThat(dois.step()).isZero();
    clock.set(Instant.parse("2027-01-02T00:00:00Z"));
    assertThat(dois.step()).isEqualTo(1);
    assertThat(registry.asked).hasSize(asked + 1);
    assertThat(dois.step()).isZero();
  }

  @Test
  void anAnswerThatWasLostIsLookedUpBeforeAnythingIsRepeated() {
    publish("");
    registry.mood = "lost";
    assertThat(dois.step()).isEqualTo(1);
    assertThat(registry.asked).containsExactly("PUT", "GET", "PUT publish");
    assertThat(row().outcome()).isEqualTo("done");
  }

  @Test
  void aRegistryThatIsAwayIsUnknownAndAskedLater() {
    publish("");
    registry.mood = "busy";
    assertThat(dois.step()).isZero();
    assertThat(row().outcome()).isEqualTo("unknown");
    assertThat(dois.step()).isZero(); // its pause is not over
    clock.turn(Duration.ofSeconds(30));
    assertThat(dois.step()).isEqualTo(1);
    assertThat(row().state()).isEqualTo("findable");
  }

  @Test
  void aRefusalSaysWhy() {
    publish("");
    dois.close();
    dois = dois("Bearer other");
    assertThat(dois.step()).isZero();
    assertThat(row().outcome()).isEqualTo("failed");
    assertThat(row().why()).isEqualTo("401: Bad credentials.");
    assertThat(registry.known).isEmpty();
  }
}
