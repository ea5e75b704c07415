package dev.firn.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.database.TestDatabase;
import dev.firn.http.BodySource;
import dev.firn.http.HttpClients;
import dev.firn.http.HttpFetcher;
import dev.firn.http.HttpFetcher.Request;
import dev.firn.http.HttpFetcher.Response;
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
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// K8: every route of a hub is asked by nobody, and by somebody with a token that is none. Routes
/// that answer all the same are named here.
@Tag("slow")
class RoutesTest {
  private static final Set<Integer> REFUSED = Set.of(401, 403);

  /// What is for everybody: what clients ask before they have a token, forms that people log in
  /// with, what is published, and what watchers ask.
  private static final Set<String> KNOWN =
      Set.of(
          "GET /.well-known/oauth-authorization-server",
          "GET /.well-known/openid-configuration",
          "GET /.well-known/wlcg-tape-rest-api",
          "GET /api/v1/publications",
          "GET /api/v1/publications/{slug}",
          "GET /api/v1/publications/{slug}/fair",
          "GET /auth/authorize",
          "GET /auth/device",
          "GET /auth/jwks",
          "GET /auth/revocations",
          "GET /healthz",
          "GET /metrics",
          "GET /oai",
          "GET /open",
          "GET /open/style.css",
          "GET /open/{slug}",
          "GET /open/{slug}/metadata/{format}",
          "GET /open/{slug}/{file}",
          "GET /v2/health/live",
          "GET /v2/health/ready",
          "POST /auth/authorize",
          "POST /auth/device",
          "POST /auth/device_authorization",
          "POST /auth/introspect",
          "POST /auth/revoke",
          "POST /auth/token",
          "POST /oai");

  /// What reads its question first, or answers each with what is theirs: nothing, to nobody.
  private static final Set<String> OWN =
      Set.of(
          "DELETE /api/v1/tape/stage/{id}",
          "GET /api/v1/archive/recall",
          "GET /api/v1/events/check",
          "GET /api/v1/events/diff",
          "GET /api/v1/events/event",
          "GET /api/v1/events/locate",
          "GET /api/v1/events/pass",
          "GET /api/v1/overview",
          "GET /api/v1/recalls",
          "GET /api/v1/recalls/{id}",
          "GET /api/v1/tape/stage/{id}",
          "POST /api/v1/inboxes",
          "POST /api/v1/recalls",
          "POST /api/v1/recalls/{id}/cancel",
          "POST /api/v1/tape/archiveinfo",
          "POST /api/v1/tape/release/{id}",
          "POST /api/v1/tape/stage",
          "POST /api/v1/tape/stage/{id}/cancel");

  /// The console, which a site on a person's own machine shows to that machine; what changes
  /// anything asks for a token in its form.
  private static final Set<String> PAGES =
      Set.of(
          "GET /",
          "GET /answers",
          "GET /archive",
          "GET /archive/bundles/{uuid}",
          "GET /campaigns",
          "GET /campaigns/{campaign}",
          "GET /console/console.css",
          "GET /console/events.js",
          "GET /console/events/geometry",
          "GET /console/events/{pass}/{run}",
          "GET /console/events/{pass}/{run}/{event}",
          "GET /console/icon.svg",
          "GET /console/lib/OrbitControls.js",
          "GET /console/lib/three.core.min.js",
          "GET /console/lib/three.module.min.js",
          "GET /console/lib/uPlot.esm.js",
          "GET /console/lib/uPlot.min.css",
          "GET /console/live",
          "GET /console/live.js",
          "GET /console/renew.js",
          "GET /console/run.js",
          "GET /console/sign-in",
          "GET /console/signed-in",
          "GET /events",
          "GET /events/{pass}/{run}",
          "GET /events/{pass}/{run}/{event}",
          "GET /files",
          "GET /files/{uuid}",
          "GET /inboxes",
          "GET /inboxes/{id}",
          "GET /ingest",
          "GET /links",
          "GET /links/{source}/{destination}",
          "GET /notices",
          "GET /notices/{event}",
          "GET /reports",
          "GET /rules",
          "GET /rules/{id}",
          "GET /runs",
          "GET /runs/{run}",
          "GET /traffic",
          "GET /transfers",
          "GET /transfers/{id}",
          "GET /usage",
          "GET /volume",
          "POST /archive/resume",
          "POST /console/sign-out");

  @TempDir Path dir;
  private TestDatabase database;
  private SiteConfig config;
  private Site site;
  private HttpFetcher client;

  @BeforeEach
  void start() throws IOException {
    database = TestDatabase.create();
    Path here = HereSite.prepare(dir, new HereSite.Wish(0, 0, false, List.of()), Instant.now());
    Path password = Files.writeString(dir.resolve("password"), database.address().password());
    Path file = dir.resolve("site.toml");
    Files.writeString(
        file,
        Files.readString(here)
            + """

            [database]
            url = "%s"
            user = "%s"
            password-file = "%s"
            """
                .formatted(database.address().jdbcUrl(), database.address().user(), password));
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

  private static Set<String> open() {
    Set<String> open = new TreeSet<>(KNOWN);
    open.addAll(OWN);
    open.addAll(PAGES);
    return open;
  }

  private int ask(String method, String path, String token) throws IOException {
    Request request =
        Request.of(method, URI.create(config.url() + path))
            .withHeader("Content-Type", "application/json");
    if (!token.isEmpty()) {
      request = request.withBearer(token);
    }
    if (Set.of("POST", "PUT", "PATCH").contains(method)) {
      request = request.withBody(BodySource.bytes("{}".getBytes(StandardCharsets.UTF_8)));
    }
    try (Response response = client.send(request)) {
      return response.status();
    }
  }

  private Map<String, Integer> answered(String token) throws IOException {
    Map<String, Integer> answered = new TreeMap<>();
    for (String route : new TreeSet<>(site.routes())) {
      int space = route.indexOf(' ');
      String path = route.substring(space + 1).replaceAll("\\{[^}]*}", "1");
      int status = ask(route.substring(0, space), path, token);
      if (!REFUSED.contains(status)) {
        answered.put(route, status);
      }
    }
    return answered;
  }

  @Test
  void everyRouteAsksWhoComesK8() throws IOException {
    assertThat(site.routes()).hasSizeGreaterThan(150);
    Map<String, Integer> nobody = answered("");
    assertThat(nobody.keySet()).as(nobody.toString()).containsExactlyInAnyOrderElementsOf(open());
    Map<String, Integer> liar = answered("eyJhbGciOiJub25lIn0.e30.x");
    assertThat(open()).as(liar.toString()).containsAll(liar.keySet());
  }
}
