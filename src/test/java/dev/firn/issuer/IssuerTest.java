package dev.firn.issuer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
import dev.firn.token.revocation.Revocation;
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
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/// The issuer over real HTTP; group G of the hostile cases as far as it concerns exchange and
/// client credentials.
class IssuerTest {
  private static final String EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange";
  private static final String ISSUER = "https://localhost:8443";
  private static final String NERSC = "https://nersc.example";
  private static final String DESY = "https://desy.example";
  private static final String SECRET = "a-secret-with-256-bits-in-earnest";
  private static final Instant START = Instant.parse("2026-11-23T12:00:00Z");

  private static final Map<String, String> KEYS = new HashMap<>();

  @TempDir Path directory;

  private Instant now = START;
  private TokenSigner signer;
  private Authenticator authenticator;
  private RevocationList revocations;
  private HttpServer server;
  private HttpFetcher client;

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

  private TokenSigner open() throws IOException {
    return TokenSigner.open(directory.resolve("keys"), ISSUER, () -> now, UUID::randomUUID);
  }

  @AfterEach
  void stop() {
    client.close();
    server.close();
  }

  private record Answer(int status, JsonNode json, String cacheControl) {}

  private Answer send(Request request) throws IOException {
    try (Response response = client.send(request)) {
      String text = response.bodyText(1 << 20);
      return new Answer(
          response.status(),
          text.isEmpty() ? Json.mapper().nullNode() : Json.mapper().readTree(text),
          response.header("Cache-Control").orElse(""));
    }
  }

  private URI at(String path) {
    return URI.create("http://127.0.0.1:" + server.plainPort() + path);
  }

  private Answer post(String... pairs) throws IOException {
    return send(form(pairs));
  }

  private Request form(String... pairs) {
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

  private String token(String... scopes) {
    return signer.sign(
        new TokenRequest(
            "alice", "", List.of(ISSUER, NERSC), List.of(scopes), Duration.ofHours(1)));
  }

  private Answer exchange(String subject, String... more) throws IOException {
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

  private Caller caller(Answer answer) {
    assertThat(answer.status()).as(answer.json().toString()).isEqualTo(200);
    assertThat(answer.cacheControl()).isEqualTo("no-store");
    return authenticator.verify(answer.json().get("access_token").asString());
  }

  private static void refused(Answer answer, int status, String error) {
    assertThat(answer.status()).isEqualTo(status);
    assertThat(answer.json().get("error").asString()).isEqualTo(error);
    assertThat(answer.cacheControl()).isEqualTo("no-store");
  }

  @Test
  void firstRunMakesTwoKeysOfAKindThatOnlyTheOwnerReadsG28() throws IOException {
    Path fresh = directory.resolve("fresh");
    signer = TokenSigner.open(fresh, ISSUER, () -> now, UUID::randomUUID);
    try (var files = Files.walk(fresh)) {
      List<Path> keys = files.filter(Files::isRegularFile).toList();
      assertThat(keys).hasSize(4);
      for (Path key : keys) {
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(key)))
            .isEqualTo("rw-------");
      }
    }
    JsonNode published = Json.mapper().readTree(signer.jwks()).get("keys");
    assertThat(published.findValuesAsString("alg"))
        .containsExactly("RS256", "RS256", "ES256", "ES256");
    assertThat(signer.jwks()).doesNotContain("\"d\"").doesNotContain("\"p\"");
    for (JsonNode key : published) {
      assertThat(key.get("kid").asString()).hasSize(16);
      assertThat(key.get("use").asString()).isEqualTo("sig");
      boolean rsa = key.has("n");
      assertThat(Base64.getUrlDecoder().decode(key.get(rsa ? "n" : "x").asString()))
          .hasSize(rsa ? 256 : 32);
    }
    assertThat(TokenSigner.open(fresh, ISSUER, () -> now, UUID::randomUUID).jwks())
        .isEqualTo(signer.jwks());
  }

  @Test
  void keysReadableByOthersAreRefused() throws IOException {
    Path key = directory.resolve("keys/current.jwk");
    Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-r-----"));
    assertThatThrownBy(this::open).isInstanceOf(IOException.class).hasMessageContaining("chmod");
    Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-------"));
    String secret = Json.mapper().readTree(Files.readString(key)).get("d").asString();
    Files.writeString(key, Files.readString(key).substring(0, 900));
    assertThatThrownBy(this::open)
        .isInstanceOf(IOException.class)
        .hasMessageContaining("damaged")
        .message()
        .doesNotContain(secret.substring(0, 20));
  }

  @Test
  void documentsSayWhereKeysAndTokensAre() throws IOException {
    for (String path :
        List.of("/.well-known/openid-configuration", "/.well-known/oauth-authorization-server")) {
      JsonNode document = send(Request.of("GET", at(path))).json();
      assertThat(document.get("issuer").asString()).isEqualTo(ISSUER);
      assertThat(document.get("jwks_uri").asString()).isEqualTo(ISSUER + "/auth/jwks");
      assertThat(document.get("token_endpoint").asString()).isEqualTo(ISSUER + "/auth/token");
    }
    assertThat(send(Request.of("GET", at("/auth/jwks"))).json())
        .isEqualTo(Json.mapper().readTree(signer.jwks()));
  }

  @Test
  void exchangeNarrows() throws IOException {
    String subject = token("storage.read:/data", "storage.modify:/data/a", "firn.admin");
    Answer answer =
        exchange(
            subject, "scope", "storage.read:/data/x storage.create:/data/a/b", "lifetime", "60");
    Caller narrow = caller(answer);
    assertThat(narrow.subject()).isEqualTo("alice");
    assertThat(narrow.permissions().scopes())
        .hasToString("[storage.read:/data/x, storage.create:/data/a/b]");
    assertThat(narrow.admin()).isFalse();
    assertThat(narrow.expires()).isEqualTo(START.plusSeconds(60));
    assertThat(narrow.permissions().audiences()).containsExactly(ISSUER, NERSC);
    assertThat(answer.json().get("expires_in").asInt()).isEqualTo(60);
    assertThat(answer.json().get("issued_token_type").asString()).endsWith("access_token");
    assertThat(answer.json().get("token_type").asString()).isEqualTo("Bearer");
    Caller whole = caller(exchange(subject, "audience", ISSUER));
    assertThat(whole.admin()).isTrue();
    assertThat(whole.permissions().audiences()).containsExactly(ISSUER);
  }

  @ParameterizedTest(name = "G17: {0} does not give {1}")
  @CsvSource({
    "storage.read:/foo, storage.read:/foobar, invalid_scope",
    "storage.read:/foo, storage.read:/, invalid_scope",
    "storage.read:/foo, storage.modify:/foo, invalid_scope",
    "storage.read:/foo, storage.create:/foo, invalid_scope",
    "storage.modify:/foo, storage.read:/foo, invalid_scope",
    "storage.create:/foo, storage.modify:/foo, invalid_scope",
    "storage.read:/foo/, storage.read:/foo, invalid_scope",
    "storage.read:/foo, storage.read:/foo/.., invalid_scope",
    "storage.read:/foo, storage.read:/foo/%2e%2e, invalid_scope",
    "storage.read:/foo, storage.read, invalid_scope",
    "storage.read:/foo, firn.admin, invalid_scope",
    "storage.read:/foo, storage.future:/foo, invalid_scope",
    "storage.read:/foo, openid, invalid_scope",
    "storage.read:/foo, storage.read:/foo storage.read:/bar, invalid_scope"
  })
  void exchangeNeverWidensScopes(String held, String asked, String error) throws IOException {
    refused(exchange(token(held), "scope", asked), 400, error);
  }

  @Test
  void exchangeNeverLengthensNorRedirectsG17() throws IOException {
    String subject = token("storage.read:/");
    refused(exchange(subject, "audience", DESY), 400, "invalid_target");
    refused(
        exchange(subject, "resource", "https://wlcg.cern.ch/jwt/v1/any"), 400, "invalid_target");
    now = START.plusSeconds(3000);
    Caller late = caller(exchange(subject, "lifetime", "86400"));
    assertThat(late.expires()).isEqualTo(START.plusSeconds(3600));
    String chain = exchange(subject).json().get("access_token").asString();
    assertThat(caller(exchange(chain)).expires()).isEqualTo(START.plusSeconds(3600)); // G19
    now = START.plusSeconds(3600);
    refused(exchange(subject), 400, "invalid_request");
  }

  @Test
  void onlyGoodTokensOfThisIssuerForThisServerAreExchangedG17() throws IOException {
    refused(exchange("not.a.token-at-all-really"), 400, "invalid_request");
    String elsewhere =
        signer.sign(
            new TokenRequest("alice", NERSC, List.of("storage.read:/"), Duration.ofHours(1)));
    refused(exchange(elsewhere), 400, "invalid_request");
    TokenSigner stranger =
        TokenSigner.open(directory.resolve("b"), ISSUER, () -> now, UUID::randomUUID);
    String forged =
        stranger.sign(
            new TokenRequest("alice", ISSUER, List.of("storage.read:/"), Duration.ofHours(1)));
    refused(exchange(forged), 400, "invalid_request");
    String revoked = token("storage.read:/");
    Instant later = START.plusSeconds(1);
    revocations.replace(
        "test",
        List.of(Revocation.of(Revocation.Kind.SUBJECT, ISSUER, "alice", later, Instant.MAX)));
    refused(exchange(revoked), 400, "invalid_request");
    String good = token();
    refused(
        post(
            "grant_type",
            EXCHANGE,
            "subject_token",
            good,
            "subject_token_type",
            "urn:ietf:params:oauth:token-type:refresh_token"),
        400,
        "invalid_request");
  }

  @Test
  void malformedRequestsAreRefused() throws IOException {
    refused(post(), 400, "invalid_request");
    refused(post("grant_type", "password"), 400, "unsupported_grant_type");
    refused(post("grant_type", "client_credentials", "grant_type", "x"), 400, "invalid_request");
    String subject = token("storage.read:/");
    refused(exchange(subject, "scope", "x ".repeat(200)), 400, "invalid_scope"); // one word
    refused(exchange(subject, "scope", "a\tb"), 400, "invalid_scope");
    refused(exchange(subject, "scope", "x".repeat(70_000)), 400, "invalid_request"); // G26
    refused(exchange(subject, "lifetime", "-1"), 400, "invalid_request");
    refused(exchange(subject, "actor_token", "x"), 400, "invalid_request");
    refused(
        send(
            form("grant_type", "client_credentials")
                .withHeader("Content-Type", "application/json")),
        400,
        "invalid_request");
    assertThat(send(Request.of("GET", at("/auth/token"))).status()).isEqualTo(405);
    for (String off : List.of("/auth/register", "/auth/authorize", "/auth/introspect")) { // G14
      assertThat(send(Request.of("GET", at(off))).status()).isEqualTo(404);
    }
  }

  @Test
  void clientsGetWhatTheyAreConfiguredForG13G21() throws IOException {
    Request plain = form("grant_type", "client_credentials");
    String basic =
        "Basic "
            + Base64.getEncoder()
                .encodeToString(("agent:" + SECRET).getBytes(StandardCharsets.UTF_8));
    Caller agent = caller(send(plain.withHeader("Authorization", basic)));
    assertThat(agent.subject()).isEqualTo("agent");
    assertThat(agent.identity().clientId()).isEqualTo("agent");
    assertThat(agent.permissions().scopes())
        .hasToString("[storage.read:/data, storage.create:/data/in]");
    assertThat(agent.expires()).isEqualTo(START.plusSeconds(1800));
    String[] credentials = {
      "grant_type", "client_credentials", "client_id", "agent", "client_secret", SECRET
    };
    caller(post(credentials));
    for (String scope : List.of("storage.modify:/", "storage.read:/", "firn.admin")) {
      String[] wider = Arrays.copyOf(credentials, 8);
      wider[6] = "scope";
      wider[7] = scope;
      refused(post(wider), 400, "invalid_scope");
    }
    refused(plainWith(plain, "agent:wrong"), 401, "invalid_client");
    refused(plainWith(plain, "agent:"), 401, "invalid_client");
    refused(plainWith(plain, ":"), 401, "invalid_client");
    refused(plainWith(plain, "other:" + SECRET), 401, "invalid_client");
    for (String malformed : List.of("Basic", "Basic !!!", "Bearer x", "Basic YWdlbnQ=")) {
      refused(send(plain.withHeader("Authorization", malformed)), 401, "invalid_client");
    }
    refused(send(plain), 401, "invalid_client");
  }

  private Answer plainWith(Request plain, String pair) throws IOException {
    String basic = Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
    return send(plain.withHeader("Authorization", "Basic " + basic));
  }

  @Test
  void errorsNeverShowTokensOrBreakTheirForm() throws IOException {
    String subject = token("storage.read:/foo");
    Answer answer = exchange(subject, "scope", "storage.read:/<script>");
    assertThat(answer.json().get("error_description").asString())
        .doesNotContain(subject.substring(0, 30))
        .matches("[\\x20-\\x21\\x23-\\x5B\\x5D-\\x7E]*");
  }

  @Test
  void rotationRefusesNobody() throws IOException {
    String before = token("storage.read:/");
    assertThat(signer.rotateIfDue()).isFalse();
    String publishedNext = Json.mapper().readTree(signer.jwks()).at("/keys/1/kid").asString();
    now = START.plus(Duration.ofDays(183));
    String lastOfOld = token("storage.read:/");
    assertThat(signer.rotateIfDue()).isTrue();
    JsonNode keys = Json.mapper().readTree(signer.jwks()).get("keys");
    assertThat(keys).hasSize(6);
    assertThat(keys.get(0).get("kid").asString()).isEqualTo(publishedNext);
    assertThat(authenticator.verify(lastOfOld).subject()).isEqualTo("alice");
    assertThat(authenticator.verify(token()).identity().keyId()).isEqualTo(publishedNext);
    assertThat(open().jwks()).isEqualTo(signer.jwks());
    now = now.plus(Duration.ofHours(8));
    assertThat(signer.rotateIfDue()).isTrue();
    assertThat(Json.mapper().readTree(signer.jwks()).get("keys")).hasSize(4);
    assertThat(before).isNotEqualTo(lastOfOld);
  }

  @Test
  void theHubsOwnWorkIsSignedByAnotherKindOfKeyThatRotatesToo() throws IOException {
    TokenRequest request =
        new TokenRequest("firn-transfer", ISSUER, List.of("storage.read:/a"), Duration.ofHours(1));
    TokenSigner.Signed before = signer.issue(request, KeyKind.ES256);
    assertThat(new String(Base64.getUrlDecoder().decode(before.token().split("\\.")[0]), UTF_8))
        .contains("\"ES256\"");
    assertThat(authenticator.verify(before.token()).identity().keyId()).isEqualTo(before.keyId());
    assertThat(before.keyId()).isNotEqualTo(signer.issue(request).keyId());
    now = START.plus(Duration.ofDays(183));
    String lastOfOld = signer.issue(request, KeyKind.ES256).token();
    assertThat(signer.rotateIfDue()).isTrue();
    assertThat(authenticator.verify(lastOfOld).identity().keyId()).isEqualTo(before.keyId());
    TokenSigner.Signed after = signer.issue(request, KeyKind.ES256);
    assertThat(after.keyId()).isNotEqualTo(before.keyId());
    assertThat(authenticator.verify(after.token()).identity().keyId()).isEqualTo(after.keyId());
  }

  @Test
  void rotationCutBetweenStepsIsMadeWhole() throws IOException {
    Path keys = directory.resolve("keys");
    String current = Files.readString(keys.resolve("current.jwk"));
    String next = Files.readString(keys.resolve("next.jwk"));
    String kid = Json.mapper().readTree(current).get("kid").asString();
    SecretFile.replace(keys.resolve("retired-" + kid + ".jwk"), current);
    JsonNode afterFirstStep = Json.mapper().readTree(open().jwks()).get("keys");
    assertThat(afterFirstStep).hasSize(4);
    SecretFile.replace(keys.resolve("current.jwk"), next);
    JsonNode afterSecondStep = Json.mapper().readTree(open().jwks()).get("keys");
    assertThat(afterSecondStep).hasSize(5);
    assertThat(afterSecondStep.findValuesAsString("kid")).doesNotHaveDuplicates();
    assertThat(open().jwks()).doesNotContain("\"d\"");
  }

  @Test
  void operatorsFileIsRenewedAtHalfItsLife() throws IOException {
    Path file = directory.resolve("operator.token");
    TokenFile operator = TokenFile.operator(file, signer, List.of(ISSUER, NERSC));
    assertThat(operator.renewIfDue(now)).isTrue();
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    String first = Files.readString(file).strip();
    Caller caller = authenticator.verify(first);
    assertThat(caller.admin()).isTrue();
    assertThat(caller.permissions().scopes()).hasSize(3);
    now = START.plusSeconds(1799);
    assertThat(operator.renewIfDue(now)).isFalse();
    now = START.plusSeconds(1800);
    assertThat(operator.renewIfDue(now)).isTrue();
    assertThat(Files.readString(file).strip()).isNotEqualTo(first);
    assertThat(authenticator.verify(first).admin()).isTrue();
    try (var files = Files.list(directory)) {
      assertThat(files.map(p -> p.getFileName().toString()))
          .containsExactlyInAnyOrder("keys", "operator.token");
    }
  }

  private Answer delegate(String token, String path, String body) throws IOException {
    return send(
        Request.of("POST", at(path))
            .withBearer(token)
            .withHeader("Content-Type", DelegationHandler.CONTENT_TYPE)
            .withBody(BodySource.bytes(body.getBytes(StandardCharsets.UTF_8))));
  }

  private String delegated(Answer answer) {
    assertThat(answer.status()).as(answer.json().toString()).isEqualTo(200);
    return authenticator
        .verify(answer.json().get("macaroon").asString())
        .permissions()
        .scopes()
        .toString();
  }

  @Test
  void delegationIntersectsWhatIsAskedAndHeldH4H5H8H10() throws IOException {
    String subject = token("storage.read:/data", "storage.modify:/data/mine");
    Answer read =
        delegate(
            subject,
            "/data/f",
            "{\"caveats\":[\"activity:DOWNLOAD,LIST\"],\"validity\":\"PT10M\"}");
    assertThat(delegated(read)).isEqualTo("[storage.read:/data/f]");
    assertThat(read.json().get("expires_in").asInt()).isEqualTo(600);
    assertThat(delegated(delegate(subject, "/data/f", "{}"))).isEqualTo("[storage.read:/data/f]");
    String up = "{\"caveats\":[\"activity:UPLOAD,DELETE,LIST\"]}";
    assertThat(delegated(delegate(subject, "/data/mine/g", up)))
        .isEqualTo("[storage.create:/data/mine/g, storage.modify:/data/mine/g]");
    assertThat(delegate(subject, "/data/f", up).status()).isEqualTo(403);
    assertThat(delegate(subject, "/data/minestrone", up).status()).isEqualTo(403);
    String cut =
        "{\"caveats\":[\"activity:DOWNLOAD,UPLOAD\",\"activity:UPLOAD\",\"path:/data/mine/x\"]}";
    assertThat(delegated(delegate(subject, "/data/mine", cut)))
        .isEqualTo("[storage.create:/data/mine/x]");
    assertThat(delegate(subject, "/data/f", "{\"caveats\":[\"activity:LIST\"]}").status())
        .isEqualTo(403);
  }

  @ParameterizedTest(name = "H2 H3 H7: {0}")
  @ValueSource(
      strings = {
        "{\"caveats\":[\"unknown:x\"]}",
        "{\"caveats\":[\"name:x\"]}",
        "{\"caveats\":[\"activity:ALL\"]}",
        "{\"caveats\":[\"activity\"]}",
        "{\"caveats\":[\"path:/\"]}",
        "{\"caveats\":[\"path:/data/../x\"]}",
        "{\"caveats\":[\"before:tomorrow\"]}",
        "{\"caveats\":[\"before:2020-01-01T00:00:00Z\"]}",
        "{\"caveats\":[\"before:2026-11-23T13:00:00\"]}",
        "{\"caveats\":\"x\"}",
        "{\"validity\":\"1h\"}",
        "{\"validity\":\"PT0S\"}",
        "{\"validity\":\"-PT1H\"}",
        "{\"other\":1}",
        "[]",
        "{",
        ""
      })
  void strangeDelegationRequestsAre400(String body) throws IOException {
    assertThat(delegate(token("storage.read:/"), "/data/f", body).status()).isEqualTo(400);
  }

  @Test
  void delegationNeedsATokenAndEndsWithItH11() throws IOException {
    assertThat(delegate(null, "/data/f", "{}").status()).isEqualTo(401);
    String subject = token("storage.read:/");
    now = START.plusSeconds(3000);
    Answer late = delegate(subject, "/data/f", "{\"validity\":\"PT6H\"}");
    assertThat(late.json().get("expires_in").asInt()).isEqualTo(600);
  }
}
