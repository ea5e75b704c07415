package dev.firn.server;

import dev.firn.catalog.Catalog;
import dev.firn.catalog.filecatalog.FileCatalogRoutes;
import dev.firn.database.Database;
import dev.firn.http.HttpServer;
import dev.firn.http.HttpServerConfig;
import dev.firn.http.Json;
import dev.firn.http.Router;
import dev.firn.server.CatalogSteps.Round;
import dev.firn.token.AccessPolicy;
import dev.firn.token.Authenticator;
import dev.firn.token.Revocations;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/// The changes that clients of the old File Catalog make, over its protocol. Again after a crash
/// they do what those clients do: what is told to be there already is done, and what a client
/// cannot say twice it looks for first.
final class FileCatalogSteps implements AutoCloseable {
  private final HttpServer server;
  private final HttpClient client = HttpClient.newHttpClient();

  FileCatalogSteps(Database database, Catalog catalog) throws IOException {
    InetAddress here = InetAddress.getLoopbackAddress();
    Router router = new Router();
    Authenticator nobody =
        new Authenticator(List.of(), Set.of(), Revocations.NONE, InstantSource.system());
    new FileCatalogRoutes(
            catalog, database, nobody, AccessPolicy.open(List.of(here)), UUID::randomUUID)
        .addTo(router);
    server = HttpServer.start(HttpServerConfig.plainOnly(new InetSocketAddress(here, 0)), router);
  }

  private static UUID uuid(Round round, String what) {
    return UUID.nameUUIDFromBytes((round.word() + what).getBytes(StandardCharsets.UTF_8));
  }

  private static String file(Round round) {
    return "/api/files/" + uuid(round, "file");
  }

  private static String document(Round round, int content, String locations, String more) {
    return """
    {"logical_name": "%s", "file_size": %d, "checksum": {"sha512": "%0128x"},
     "run": {"run_number": %d}, "locations": [%s]%s}
    """
        .formatted(
            round.name("old"),
            content,
            70_000_000L + 100 * round.number() + content,
            round.run(),
            locations,
            more);
  }

  private static String at(String site, Round round, String below) {
    return "{\"site\": \"%s\", \"path\": \"/old/%s/%s\"}".formatted(site, round.word(), below);
  }

  void post(Round round) throws Exception {
    String uuid = ", \"uuid\": \"" + uuid(round, "file") + "\", \"mine\": 1";
    String two = at("WIPAC", round, "a") + "," + at("NERSC", round, "b.zip:/a");
    ask("POST", "/api/files", document(round, 1, two, uuid), 201, 409);
  }

  void addLocations(Round round) throws Exception {
    String body =
        "{\"locations\": [" + at("WIPAC", round, "again") + "," + at("DESY", round, "a") + "]}";
    ask("POST", file(round) + "/locations", body, 200);
  }

  void patch(Round round) throws Exception {
    if (!show(round).path("mine").asString("").equals("2")) {
      ask("PATCH", file(round), "{\"mine\": 2, \"run\": null}", 200);
    }
  }

  void put(Round round) throws Exception {
    if (!show(round).has("only")) {
      String locations = at("WIPAC", round, "a") + "," + at("TACC", round, "a");
      ask("PUT", file(round), document(round, 1, locations, ", \"only\": 1"), 200);
    }
  }

  void removeLocation(Round round) throws Exception {
    ask("POST", file(round) + "/actions/remove_location", at("TACC", round, "a"), 200, 404);
  }

  /// Another content under the same name.
  void postVersion(Round round) throws Exception {
    ask("POST", "/api/files", document(round, 2, at("DESY", round, "2"), ""), 201, 409);
  }

  void collect(Round round) throws Exception {
    String body =
        """
        {"collection_name": "%s", "owner": "ana", "uuid": "%s", "run_number": "%d"}
        """
            .formatted(round.word(), uuid(round, "collection"), round.run());
    ask("POST", "/api/collections", body, 201, 409);
  }

  void freeze(Round round) throws Exception {
    String body = "{\"uuid\": \"" + uuid(round, "snapshot") + "\"}";
    ask("POST", "/api/collections/" + round.word() + "/snapshots", body, 201, 409);
  }

  void delete(Round round) throws Exception {
    ask("DELETE", file(round), "", 204, 404);
  }

  private JsonNode show(Round round) throws Exception {
    return ask("GET", file(round), "", 200);
  }

  private JsonNode ask(String method, String path, String body, Integer... expected)
      throws Exception {
    HttpResponse<String> answer =
        client.send(
            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.plainPort() + path))
                .method(method, HttpRequest.BodyPublishers.ofString(body))
                .build(),
            HttpResponse.BodyHandlers.ofString());
    if (!Arrays.asList(expected).contains(answer.statusCode())) {
      throw new IllegalStateException(method + " " + path + ": " + answer.body());
    }
    return answer.body().isEmpty()
        ? JsonNodeFactory.instance.objectNode()
        : Json.mapper().readTree(answer.body());
  }

  @Override
  public void close() {
    client.close();
    server.close();
  }
}
