package dev.firn.cli;

import dev.firn.cli.login.Bearer;
import dev.firn.http.BodySource;
import dev.firn.http.HttpClients;
import dev.firn.http.HttpFetcher;
import dev.firn.http.HttpFetcher.Request;
import dev.firn.http.HttpFetcher.Response;
import dev.firn.http.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.MissingNode;

/// The options of every command that talks to a site, and the talking.
///
/// The site is named by `--url` or `FIRN_URL`; further authorities to trust by `--ca` or `FIRN_CA`;
/// the token is found by the WLCG bearer token discovery, never given on the command line, and
/// renewed where `firn login` keeps it.
final class Remote {
  private static final Duration IDLE = Duration.ofMinutes(5);
  private static final int LONGEST_PROBLEM = 64 * 1024;
  private static final int UNAUTHORIZED = 401;
  private static final int MOST_SKEW_SECONDS = 60;

  @Option(
      names = "--url",
      paramLabel = "URL",
      defaultValue = "${env:FIRN_URL:-https://localhost:8443}",
      description = "Base URL of the site (else FIRN_URL; default: https://localhost:8443).")
  URI url = URI.create("https://localhost:8443");

  @Option(
      names = "--ca",
      paramLabel = "FILE",
      defaultValue = "${env:FIRN_CA:-}",
      description = "PEM file of a certificate authority to trust (else FIRN_CA).")
  String ca = "";

  private @Nullable Bearer bearer;

  /// An answer other than 2xx, or none at all.
  static final class Failure extends IOException {
    private static final long serialVersionUID = 1L;

    private final int status;
    private final transient JsonNode body;

    Failure(int status, String message) {
      this(status, message, MissingNode.getInstance());
    }

    private Failure(int status, String message, JsonNode body) {
      super(message);
      this.status = status;
      this.body = body;
    }

    /// The HTTP status.
    int status() {
      return status;
    }

    /// What the far side answered, where that was JSON; else a missing node.
    JsonNode body() {
      return body;
    }
  }

  /// The site's base URL without a trailing slash.
  URI url() {
    String text = url.toString();
    return URI.create(text.endsWith("/") ? text.substring(0, text.length() - 1) : text);
  }

  /// A client that trusts what `--ca` names beside the system's authorities; the caller closes it.
  HttpFetcher open() throws IOException {
    return HttpClients.create(trust());
  }

  /// What `--ca` names beside the system's authorities.
  HttpClients.Config trust() {
    return ca.isEmpty() ? HttpClients.Config.trusting() : HttpClients.Config.trusting(Path.of(ca));
  }

  /// GETs a JSON document from the site's API.
  JsonNode get(String pathAndQuery) throws IOException {
    return json("GET", pathAndQuery, null);
  }

  /// Sends `body`, when there is one, as JSON and reads the answer as JSON; an empty answer is
  /// null.
  JsonNode json(String method, String pathAndQuery, @Nullable Object body) throws IOException {
    try (HttpFetcher client = open();
        Response response = send(client, request(method, pathAndQuery, body))) {
      return parse(response.bodyText(Integer.MAX_VALUE - 8));
    }
  }

  /// Reads an answer of JSON lines, one call a line as they come. A `BodySource` is sent as it is.
  void lines(String method, String pathAndQuery, @Nullable Object body, Consumer<JsonNode> each)
      throws IOException {
    try (HttpFetcher client = open();
        Response response = send(client, request(method, pathAndQuery, body));
        BufferedReader lines =
            new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (!line.isBlank()) {
          each.accept(parse(line));
        }
      }
    }
  }

  /// Writes an answer into a file, which appears under its name when all of it is there.
  void file(String pathAndQuery, Path to) throws IOException {
    Path part = to.resolveSibling("." + to.getFileName() + ".part");
    try (HttpFetcher client = open();
        Response response = send(client, request("GET", pathAndQuery, null))) {
      Files.copy(response.body(), part, StandardCopyOption.REPLACE_EXISTING);
      Files.move(part, to, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(part);
    }
  }

  private Request request(String method, String pathAndQuery, @Nullable Object body) {
    Request request = Request.of(method, URI.create(url() + pathAndQuery)).withIdleTimeout(IDLE);
    if (body instanceof BodySource source) {
      request = request.withHeader("Content-Type", "application/x-ndjson").withBody(source);
    } else if (body != null) {
      request =
          request
              .withHeader("Content-Type", "application/json")
              .withBody(BodySource.bytes(Json.bytes(body)));
    }
    return request;
  }

  /// Sends with the discovered token; an answer other than 2xx becomes a [Failure] with the far
  /// side's own words.
  Response send(HttpFetcher client, Request request) throws IOException {
    Response response = sendWithToken(client, request);
    if (response.status() / 100 == 2) {
      return response;
    }
    try (response) {
      throw failure(request, response);
    }
  }

  private Response sendWithToken(HttpFetcher client, Request request) throws IOException {
    String token = bearer();
    Response first = sendWith(client, request, token);
    BodySource body = request.body();
    if (first.status() != UNAUTHORIZED || (body != null && !body.repeatable())) {
      return first;
    }
    String other = tokens().insteadOf(token);
    if (other == null || other.equals(token)) {
      return first;
    }
    first.close();
    return sendWith(client, request, other); // once: a second refusal is the answer
  }

  private static Response sendWith(HttpFetcher client, Request request, @Nullable String token)
      throws IOException {
    return client.sendFollowing(request.withBearer(token), HttpFetcher.RedirectPolicy.SAME_ORIGIN);
  }

  private static Failure failure(Request request, Response response) throws IOException {
    String said = "answered " + response.status();
    JsonNode body = MissingNode.getInstance();
    String text = response.bodyText(LONGEST_PROBLEM);
    if (!text.isBlank()
        && response.header("Content-Type").filter(t -> t.contains("json")).isPresent()) {
      try {
        body = Json.mapper().readTree(text);
        String detail = body.path("detail").asString(body.path("title").asString(""));
        said = response.status() + " " + body.path("code").asString("") + ": " + detail;
      } catch (JacksonException e) {
        said = response.status() + " with a body that is not the JSON it claims to be";
      }
    }
    if (response.status() == UNAUTHORIZED) {
      said += skew(response, Instant.now());
    }
    return new Failure(response.status(), request.label() + ": " + said, body);
  }

  /// A clock that is wrong makes good tokens bad; the answer's `Date` shows it.
  static String skew(Response response, Instant now) {
    Optional<Instant> there = response.header("Date").flatMap(Remote::date);
    long seconds = there.map(t -> Duration.between(t, now).toSeconds()).orElse(0L);
    if (Math.abs(seconds) <= MOST_SKEW_SECONDS) {
      return "";
    }
    String way = seconds < 0 ? "behind" : "ahead of";
    return "; this machine's clock is %d s %s the site's".formatted(Math.abs(seconds), way);
  }

  private static Optional<Instant> date(String header) {
    try {
      return Optional.of(Instant.from(DateTimeFormatter.RFC_1123_DATE_TIME.parse(header)));
    } catch (DateTimeException e) {
      return Optional.empty(); // a strange date tells nothing
    }
  }

  private static JsonNode parse(String text) throws IOException {
    try {
      return text.isBlank() ? Json.mapper().nullNode() : Json.mapper().readTree(text);
    } catch (JacksonException e) {
      throw new IOException("the answer is not JSON: " + e.getOriginalMessage(), e);
    }
  }

  /// The token of the moment; null when there is none.
  @Nullable String bearer() throws IOException {
    return tokens().token();
  }

  /// Where tokens come from.
  Bearer tokens() throws IOException {
    Bearer known = bearer;
    if (known == null) {
      known = Bearer.ofProcess();
      bearer = known;
    }
    return known;
  }

  /// The same with tokens from elsewhere than this process's environment.
  Remote with(Bearer other) {
    bearer = other;
    return this;
  }

  /// Percent-encodes a query value.
  static String encode(String value) {
    return URLEncoder.encode(value, StandardCharsets.UTF_8).replace("+", "%20");
  }

  /// Appends parameters to a path, leaving out those that are null.
  static String query(String path, Map<String, ? extends @Nullable Object> parameters) {
    StringBuilder out = new StringBuilder(path);
    char next = '?';
    for (Map.Entry<String, ? extends @Nullable Object> p : parameters.entrySet()) {
      if (p.getValue() != null) {
        out.append(next).append(p.getKey()).append('=').append(encode(p.getValue().toString()));
        next = '&';
      }
    }
    return out.toString();
  }
}
