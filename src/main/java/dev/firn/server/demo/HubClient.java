package dev.firn.server.demo;

import dev.firn.http.BodySource;
import dev.firn.http.HttpClients;
import dev.firn.http.HttpFetcher;
import dev.firn.http.HttpFetcher.Request;
import dev.firn.http.HttpFetcher.Response;
import dev.firn.http.Json;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Speaks to the demo's hub as an operator would: over HTTPS, with the token the hub keeps fresh.
///
/// The hub may be killed at any moment. A call that gets no answer, or the answer of a server that
/// comes or goes, is made again until a deadline; all calls made here may be repeated.
final class HubClient implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(120);
  private static final Duration PAUSE = Duration.ofMillis(300);

  private final HttpFetcher client;
  private final DemoSites sites;

  HubClient(DemoSites sites) throws IOException {
    this.sites = sites;
    this.client = HttpClients.create(HttpClients.Config.trusting(sites.authority()));
  }

  /// The client beneath, for requests that are not the hub's.
  HttpFetcher fetcher() {
    return client;
  }

  JsonNode get(String path) throws IOException, InterruptedException {
    return json("GET", path, null);
  }

  JsonNode post(String path, Object body) throws IOException, InterruptedException {
    return json("POST", path, body);
  }

  /// The last line with `field` of an answer of JSON lines.
  JsonNode lastLine(String path, Object body, String field)
      throws IOException, InterruptedException {
    JsonNode last = Json.mapper().nullNode();
    for (JsonNode line : lines(path, body)) {
      last = line.has(field) ? line : last;
    }
    return last;
  }

  /// The lines of an answer of JSON lines.
  List<JsonNode> lines(String path, Object body) throws IOException, InterruptedException {
    return text("POST", path, body)
        .lines()
        .filter(l -> !l.isBlank())
        .map(Json.mapper()::readTree)
        .toList();
  }

  private JsonNode json(String method, String path, @Nullable Object body)
      throws IOException, InterruptedException {
    String text = text(method, path, body);
    return text.isBlank() ? Json.mapper().nullNode() : Json.mapper().readTree(text);
  }

  private String text(String method, String path, @Nullable Object body)
      throws IOException, InterruptedException {
    return patiently(() -> {
      Request request = request(method, path, body);
      try (Response response = client.send(request)) {
        return accepted(request, response);
      }
    });
  }

  private static String accepted(Request request, Response response) throws IOException {
    String text = response.bodyText(64 * 1024 * 1024);
    if (response.status() / 100 == 2) {
      return text;
    }
    String failure = request.label() + " answered " + response.status() + ": " + text.strip();
    throw response.status() / 100 == 4 && response.status() != 429
        ? new Refused(failure)
        : new IOException(failure);
  }

  /// Something asked of a site.
  @FunctionalInterface
  interface Call<T> {
    T make() throws IOException;
  }

  /// Makes a call again until it succeeds, is refused, or patience ends.
  <T> T patiently(Call<T> call) throws IOException, InterruptedException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      try {
        return call.make();
      } catch (IOException e) {
        if (e instanceof Refused || System.nanoTime() > deadline) {
          throw e;
        }
      }
      Thread.sleep(PAUSE);
    }
  }

  /// The hub understood and said no.
  static final class Refused extends IOException {
    private static final long serialVersionUID = 1L;

    Refused(String message) {
      super(message);
    }
  }

  private Request request(String method, String path, @Nullable Object body) throws IOException {
    Request request =
        Request.of(method, URI.create(sites.url(DemoSites.HUB) + path)).withBearer(token());
    return body == null
        ? request
        : request
            .withHeader("Content-Type", "application/json")
            .withBody(BodySource.bytes(Json.bytes(body)));
  }

  /// The operator's token as it is now.
  String token() throws IOException {
    try {
      return Files.readString(sites.tokenFile()).strip();
    } catch (NoSuchFileException e) {
      throw new IOException("the hub has not written its operator's token yet", e);
    }
  }

  /// A token of the hub's issuer, made from the operator's, for one scope at one site.
  String narrowToken(String scope, String audience) throws IOException, InterruptedException {
    return patiently(() -> narrowTokenOnce(scope, audience));
  }

  private String narrowTokenOnce(String scope, String audience) throws IOException {
    String form =
        "grant_type="
            + encode("urn:ietf:params:oauth:grant-type:token-exchange")
            + "&subject_token_type="
            + encode("urn:ietf:params:oauth:token-type:access_token")
            + "&subject_token="
            + encode(token())
            + "&scope="
            + encode(scope)
            + "&audience="
            + encode(audience);
    Request request =
        Request.of("POST", URI.create(sites.url(DemoSites.HUB) + "/auth/token"))
            .withHeader("Content-Type", "application/x-www-form-urlencoded")
            .withBody(BodySource.bytes(form.getBytes(StandardCharsets.US_ASCII)));
    try (Response response = client.send(request)) {
      String answer = accepted(request, response);
      return Json.mapper().readTree(answer).path("access_token").asString();
    }
  }

  private static String encode(String value) {
    return URLEncoder.encode(value, StandardCharsets.UTF_8);
  }

  /// Sends a request with a token and returns the status of the answer, whatever it is, but not
  /// that of a server that comes or goes.
  int status(String method, URI url, @Nullable String token)
      throws IOException, InterruptedException {
    return patiently(() -> {
      Request request = Request.of(method, url).withBearer(token);
      try (Response response = client.send(request)) {
        if (response.status() / 100 == 5) {
          throw new IOException(request.label() + " answered " + response.status());
        }
        return response.status();
      }
    });
  }

  @Override
  public void close() {
    client.close();
  }
}
