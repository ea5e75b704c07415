package dev.firn.issuer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.http.BodySource;
import dev.firn.http.HttpClients;
import dev.firn.http.HttpFetcher;
import dev.firn.http.HttpFetcher.Request;
import dev.firn.http.HttpFetcher.Response;
import dev.firn.http.HttpServer;
import dev.firn.http.HttpServerConfig;
import dev.firn.http.Json;
import dev.firn.http.Router;
import dev.firn.issuer.oauth.IssuerClient;
import dev.firn.issuer.oauth.IssuerRoutes;
import dev.firn.model.LogicalName;
import dev.firn.token.AccessPolicy;
import dev.firn.token.Authenticator;
import dev.firn.token.Caller;
import dev.firn.token.TrustedIssuer;
import dev.firn.token.file.SecretFile;
import dev.firn.token.revocation.RevocationList;
import dev.firn.token.ticket.Tickets;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// An issuer with one configured client behind a server on loopback, and the requests of its tests.
abstract class IssuerOverHttp {
  static final String EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange";
  static final String ISSUER = "https://localhost:8443";
  static final String NERSC = "https://nersc.example";
  static final String DESY = "https://desy.example";
  static final String SECRET = "a-secret-with-256-bits-in-earnest";
  static final Instant START = Instant.parse("2026-11-23T12:00:00Z");
  static final Map<String, String> KEYS = new HashMap<>();
  @TempDir Path directory;
  Instant now = START;
  TokenSigner signer;
  Authenticator authenticator;
  RevocationList revocations;
  HttpServer server;
  HttpFetcher client;

  /// Keys take long to make: one pair serves all tests, each of which gets a copy.
  @BeforeAll
  static void makeKeys(@TempDir Path once) throws IOException {
    TokenSigner.open(once, ISSUER, () -> START, UUID::randomUUID);
    for (String name : List.of("current.jwk", "next.jwk")) {
      KEYS.put(name, Files.readString(once.resolve(name)));
    }
  }

  @BeforeEach
  void start() throws Exception {
    Files.createDirectory(directory.resolve("keys"));
    for (Map.Entry<String, String> key : KEYS.entrySet()) {
      SecretFile.replace(directory.resolve("keys").resolve(key.getKey()), key.getValue());
    }
    signer = open();
    revocations = new RevocationList(() -> now);
    TrustedIssuer own = TrustedIssuer.of(ISSUER, LogicalName.ROOT, signer.keys()).asOwn();
    Tickets tickets = Tickets.open(directory.resolve("tickets.json"), ISSUER, () -> now);
    authenticator =
        new Authenticator(List.of(own), Set.of(ISSUER), revocations, () -> now).accepting(tickets);
    String hash =
        HexFormat.of()
            .formatHex(
                MessageDigest.getInstance("SHA-256")
                    .digest(SECRET.getBytes(StandardCharsets.UTF_8)));
    IssuerClient agent =
        IssuerClient.agent(
            "agent",
            hash,
            new IssuerClient.Limits(
                List.of("storage.read:/data", "storage.create:/data/in"),
                List.of(ISSUER, NERSC),
                Duration.ofMinutes(30)));
    Router router = new Router();
    new IssuerRoutes(signer, authenticator, List.of(agent), () -> now).addTo(router);
    AccessPolicy policy = AccessPolicy.of(List.of(own), List.of());
    router.mount(
        "/data", new DelegationHandler(tickets, ISSUER::equals, authenticator, policy, () -> now));
    server =
        HttpServer.start(
            HttpServerConfig.plainOnly(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)),
            router);
    client = HttpClients.create(HttpClients.Config.trusting());
  }

  TokenSigner open() throws IOException {
    return TokenSigner.open(directory.resolve("keys"), ISSUER, () -> now, UUID::randomUUID);
  }

  @AfterEach
  void stop() {
    client.close();
    server.close();
  }

  record Answer(int status, JsonNode json, String cacheControl) {}

  Answer send(Request request) throws IOException {
    try (Response response = client.send(request)) {
      String text = response.bodyText(1 << 20);
      return new Answer(
          response.status(),
          text.isEmpty() ? Json.mapper().nullNode() : Json.mapper().readTree(text),
          response.header("Cache-Control").orElse(""));
    }
  }

  URI at(String path) {
    return URI.create("http://127.0.0.1:" + server.plainPort() + path);
  }

  Answer post(String... pairs) throws IOException {
    return send(form(pairs));
  }

  Request form(String... pairs) {
    StringBuilder body = new StringBuilder();
    for (int i = 0; i < pairs.length; i += 2) {
      body.append(i == 0 ? "" : "&")
          .append(pairs[i])
          .append('=')
          .append(URLEncoder.encode(pairs[i + 1], StandardCharsets.UTF_8));
    }
    return Request.of("POST", at("/auth/token"))
        .withHeader("Content-Type", "application/x-www-form-urlencoded")
        .withBody(BodySource.bytes(body.toString().getBytes(StandardCharsets.US_ASCII)));
  }

  String token(String... scopes) {
    return signer.sign(
        new TokenRequest(
            "alice", "", List.of(ISSUER, NERSC), List.of(scopes), Duration.ofHours(1)));
  }

  Answer exchange(String subject, String... more) throws IOException {
    String[] pairs = new String[6 + more.length];
    pairs[0] = "grant_type";
    pairs[1] = EXCHANGE;
    pairs[2] = "subject_token";
    pairs[3] = subject;
    pairs[4] = "subject_token_type";
    pairs[5] = "urn:ietf:params:oauth:token-type:access_token";
    System.arraycopy(more, 0, pairs, 6, more.length);
    return post(pairs);
  }

  Caller caller(Answer answer) {
    assertThat(answer.status()).as(answer.json().toString()).isEqualTo(200);
    assertThat(answer.cacheControl()).isEqualTo("no-store");
    return authenticator.verify(answer.json().get("access_token").asString());
  }

  static void refused(Answer answer, int status, String error) {
    assertThat(answer.status()).isEqualTo(status);
    assertThat(answer.json().get("error").asString()).isEqualTo(error);
    assertThat(answer.cacheControl()).isEqualTo("no-store");
  }
}
