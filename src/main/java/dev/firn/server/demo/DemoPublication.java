package dev.firn.server.demo;

import dev.firn.http.HttpFetcher.Request;
import dev.firn.http.HttpFetcher.Response;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.storage.Hashes;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/// One dataset of the demo for the world: frozen, read back, published, and then read by somebody
/// without a token.
final class DemoPublication {
  private static final String SLUG = "demo-events";
  private static final String SNAPSHOT = "demo-events-1";
  private static final String PUBLICATIONS = "/api/v1/publications";

  private final DemoSites sites;
  private final HubClient hub;
  private final Progress progress;

  DemoPublication(DemoSites sites, HubClient hub, Progress progress) {
    this.sites = sites;
    this.hub = hub;
    this.progress = progress;
  }

  /// What came of it.
  ///
  /// @param published datasets: one
  /// @param names of files that are open now
  /// @param good whether a stranger got what the catalog says
  record Result(int published, Set<String> names, boolean good) {}

  /// @param query the files
  /// @param title of the dataset
  Result run(String query, String title) throws IOException, InterruptedException {
    if (!known("/api/v1/datasets", "datasets", "name", SNAPSHOT)) {
      Map<String, Object> freeze = new LinkedHashMap<>();
      freeze.put("name", SNAPSHOT);
      freeze.put("kind", "snapshot");
      freeze.put("query", query);
      freeze.put("description", title);
      hub.post("/api/v1/datasets", freeze);
    }
    if (!known(PUBLICATIONS, "publications", "slug", SLUG)) {
      hub.lines("/api/v1/publication-verify?snapshot=" + SNAPSHOT, Map.of());
      JsonNode findings = hub.get("/api/v1/publication-check?snapshot=" + SNAPSHOT);
      if (!findings.path("ready").asBoolean()) {
        progress.say("nothing is published: " + findings.path("findings"));
        return new Result(0, Set.of(), true);
      }
      hub.post(
          PUBLICATIONS,
          Map.of("slug", SLUG, "snapshot", SNAPSHOT, "description", description(title)));
    }
    return look();
  }

  private boolean known(String path, String list, String field, String name)
      throws IOException, InterruptedException {
    for (JsonNode each : hub.get(path).path(list)) {
      if (each.path(field).asString().equals(name)) {
        return true;
      }
    }
    return false;
  }

  private static Map<String, Object> description(String title) {
    Map<String, Object> description = new LinkedHashMap<>();
    description.put("title", title);
    description.put("summary", title + ", as a demonstration of Firn took them in and kept them.");
    description.put("licence", "CC0-1.0");
    description.put("keywords", List.of("neutrino", "demonstration"));
    description.put(
        "creators", List.of(Map.of("name", "Firn's demonstration", "kind", "organization")));
    description.put("publisher", Map.of("name", "Firn's demonstration"));
    return description;
  }

  /// Reads the page and one file as anybody would.
  private Result look() throws IOException, InterruptedException {
    String page = open("/open/" + SLUG);
    String record = open("/oai?verb=ListRecords&metadataPrefix=oai_dc");
    Set<String> names = new HashSet<>();
    boolean good = page.contains("application/ld+json") && record.contains(SLUG);
    String sums = open("/open/" + SLUG + "/SHA512SUMS");
    for (JsonNode file :
        hub.get("/api/v1/files?limit=1000&q=in%20dataset%20" + SNAPSHOT).path("files")) {
      String name = file.path("name").asString();
      names.add(name);
      good &= sums.contains(file.path("checksums").path("sha512").asString());
      if (names.size() == 1) {
        good &= digest(name).equals(file.path("checksums").path("sha512").asString());
      }
    }
    JsonNode fair = hub.get(PUBLICATIONS + "/" + SLUG + "/fair");
    progress.say(
        "published %d files at %s, open to everybody; %d of %d tests of F-UJI pass"
            .formatted(
                names.size(),
                sites.url(DemoSites.HUB) + "/open/" + SLUG,
                fair.path("passed").asInt(),
                fair.path("tests").asInt()));
    return new Result(1, names, good && !names.isEmpty());
  }

  private String open(String path) throws IOException, InterruptedException {
    return new String(bytes(path), StandardCharsets.UTF_8);
  }

  private byte[] bytes(String path) throws IOException, InterruptedException {
    return hub.patiently(() -> {
      Request request = Request.of("GET", URI.create(sites.url(DemoSites.HUB) + path));
      try (Response response = hub.fetcher().send(request);
          InputStream body = response.body()) {
        if (response.status() != 200) {
          throw new IOException(request.label() + " answered " + response.status());
        }
        return body.readAllBytes();
      }
    });
  }

  private String digest(String name) throws IOException, InterruptedException {
    return Hashes.checksum(ChecksumAlgorithm.SHA512, bytes(name)).hex();
  }
}
