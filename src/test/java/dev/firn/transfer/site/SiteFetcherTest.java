package dev.firn.transfer.site;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.firn.door.PeerPolicy;
import dev.firn.http.BodySource;
import dev.firn.http.HttpClients;
import dev.firn.http.HttpFetcher;
import dev.firn.http.HttpFetcher.RedirectPolicy;
import dev.firn.http.HttpFetcher.Request;
import dev.firn.http.HttpFetcher.Response;
import dev.firn.http.RemoteException;
import dev.firn.model.SiteName;
import dev.firn.transfer.site.SiteFetcher.Strangers;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A door that sends its callers on to a pool, as a dCache's does: 307, another port, a token for
/// once in the address.
class SiteFetcherTest {
  private static final String ONCE = "?dcache-http-uuid=0b7c2f1e";

  private final HttpServer door = server(this::door);
  private final HttpServer pool = server(this::pool);
  private final List<String> atPool = new CopyOnWriteArrayList<>();
  private final HttpFetcher plain = open();

  /// Where the door sends its callers.
  private String host = "localhost:" + pool.getAddress().getPort();

  private static HttpFetcher open() {
    try {
      return HttpClients.create(HttpClients.Config.trusting());
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static HttpServer server(com.sun.net.httpserver.HttpHandler handler) {
    try {
      HttpServer server =
          HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
      server.createContext("/", handler);
      server.start();
      return server;
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @AfterEach
  void stop() {
    plain.close();
    door.stop(0);
    pool.stop(0);
  }

  private void door(HttpExchange x) throws IOException {
    x.getResponseHeaders().add("Location", "http://" + host + x.getRequestURI().getPath() + ONCE);
    x.getRequestBody().readAllBytes();
    x.sendResponseHeaders(307, -1);
    x.close();
  }

  private void pool(HttpExchange x) throws IOException {
    String body = new String(x.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    String token = String.valueOf(x.getRequestHeaders().getFirst("Authorization"));
    atPool.add(x.getRequestMethod() + " " + x.getRequestURI() + " " + token + " " + body);
    byte[] bytes = "snow".getBytes(StandardCharsets.UTF_8);
    boolean head = x.getRequestMethod().equals("HEAD");
    if (head) {
      x.getResponseHeaders().add("Content-Length", "4");
    }
    x.sendResponseHeaders(200, head ? -1 : bytes.length);
    if (!head) {
      x.getResponseBody().write(bytes);
    }
    x.close();
  }

  private SiteFetcher fetcher(RedirectPolicy strangers, String... named) {
    URI url = URI.create("http://localhost:" + door.getAddress().getPort() + "/vo");
    Site site =
        new Site(new SiteName("desy"), url, url.toString(), Site.Kind.WEBDAV, false, true)
            .withRedirectHosts(List.of(named));
    return new SiteFetcher(new Sites(List.of(site)), plain, new Strangers(plain, strangers));
  }

  private Request to(String method) {
    return Request.of(
            method, URI.create("http://localhost:" + door.getAddress().getPort() + "/vo/f"))
        .withBearer("secret");
  }

  private static int send(HttpFetcher fetcher, Request request) throws IOException {
    try (Response response = fetcher.send(request)) {
      return response.status();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"localhost", "localhost:PORT"})
  void aPoolThatTheSiteNamesIsFollowedWithTheToken(String named) throws IOException {
    String port = Integer.toString(pool.getAddress().getPort());
    SiteFetcher fetcher =
        fetcher(PeerPolicy.PUBLIC_ONLY::allowsRedirect, named.replace("PORT", port));
    try (Response response = fetcher.send(to("GET"))) {
      assertThat(response.bodyText(100)).isEqualTo("snow");
    }
    try (Response response = fetcher.send(to("HEAD"))) {
      assertThat(response.contentLength()).isEqualTo(4);
    }
    byte[] sent = "flake".getBytes(StandardCharsets.UTF_8);
    assertThat(send(fetcher, to("PUT").withBody(BodySource.bytes(sent)))).isEqualTo(200);
    assertThat(send(fetcher, to("DELETE"))).isEqualTo(200);
    assertThat(atPool)
        .containsExactly(
            "GET /vo/f" + ONCE + " Bearer secret ",
            "HEAD /vo/f" + ONCE + " Bearer secret ",
            "PUT /vo/f" + ONCE + " Bearer secret flake",
            "DELETE /vo/f" + ONCE + " Bearer secret ");
  }

  @Test
  void noSiteHasThisHubAskItsNeighbours() {
    SiteFetcher fetcher = fetcher(PeerPolicy.PUBLIC_ONLY::allowsRedirect, "*.pool.example.org");
    String port = Integer.toString(pool.getAddress().getPort());
    for (String neighbour :
        List.of("localhost", "127.0.0.1", "[::1]", "169.254.169.254", "10.1.1.1")) {
      host = neighbour + ":" + port;
      assertThatThrownBy(() -> send(fetcher, to("GET")))
          .isInstanceOfSatisfying(
              RemoteException.class,
              e -> assertThat(e.kind()).isEqualTo(RemoteException.Kind.CLIENT))
          .hasMessageContaining("name its host there (remotes.redirect-hosts)")
          .hasMessageNotContaining("uuid");
    }
    assertThat(atPool).isEmpty();
  }

  @Test
  void aStrangerGetsNoTokenAndOnlyWhatNeedsNone() throws IOException {
    SiteFetcher fetcher = fetcher((from, to) -> true);
    byte[] sent = "flake".getBytes(StandardCharsets.UTF_8);
    assertThat(send(fetcher, to("GET"))).isEqualTo(200);
    assertThat(send(fetcher, to("HEAD"))).isEqualTo(200);
    assertThat(send(fetcher, to("PUT").withBody(BodySource.bytes(sent)))).isEqualTo(200);
    assertThat(atPool).hasSize(3).noneMatch(s -> s.contains("secret"));
    for (String method : List.of("COPY", "DELETE", "MKCOL")) {
      assertThatThrownBy(() -> send(fetcher, to(method))).isInstanceOf(RemoteException.class);
    }
    assertThat(atPool).hasSize(3);
  }

  @Test
  void serversAreNamedByHostPortAndDomain() {
    Site site =
        Site.firn("desy", URI.create("https://door.example.org"))
            .withRedirectHosts(
                List.of("ds1.example.org", "ds2.example.org:1094", "*.pool.example.org"));
    assertThat(
            List.of(
                "https://door.example.org/f",
                "https://DS1.example.org:99/f",
                "https://ds2.example.org:1094/f",
                "https://a.b.pool.example.org/f"))
        .allMatch(u -> site.names(URI.create(u)));
    assertThat(
            List.of(
                "https://door.example.org:444/f",
                "https://ds2.example.org/f",
                "https://pool.example.org/f",
                "https://evilpool.example.org/f",
                "https://a.pool.example.org.evil.example/f"))
        .noneMatch(u -> site.names(URI.create(u)));
    for (String bad : List.of("*", "*.org", "https://a.example.org", "a b", "A.example.org", "")) {
      assertThatThrownBy(() -> site.withRedirectHosts(List.of(bad)))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }
}
