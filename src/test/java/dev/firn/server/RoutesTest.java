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
  /// with, and what is published.
  private static final Set<String> PUBLIC = Set.of();

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
    assertThat(nobody.keySet()).as(nobody.toString()).containsExactlyInAnyOrderElementsOf(PUBLIC);
    Map<String, Integer> liar = answered("eyJhbGciOiJub25lIn0.e30.x");
    assertThat(PUBLIC).as(liar.toString()).containsAll(liar.keySet());
  }
}
