package dev.firn.issuer.oauth;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.database.TestDatabase;
import dev.firn.http.BodySource;
import dev.firn.http.HttpClients;
import dev.firn.http.HttpFetcher;
import dev.firn.http.HttpFetcher.Request;
import dev.firn.http.HttpFetcher.Response;
import dev.firn.http.HttpServer;
import dev.firn.http.HttpServerConfig;
import dev.firn.http.Json;
import dev.firn.http.Router;
import dev.firn.issuer.TokenSigner;
import dev.firn.issuer.account.Account;
import dev.firn.issuer.account.AccountRoutes;
import dev.firn.issuer.account.Accounts;
import dev.firn.issuer.revocation.RevocationRecord;
import dev.firn.model.LogicalName;
import dev.firn.token.AccessPolicy;
import dev.firn.token.Audit;
import dev.firn.token.Authenticator;
import dev.firn.token.Caller;
import dev.firn.token.Revocations;
import dev.firn.token.TrustedIssuer;
import dev.firn.token.revocation.RevocationList;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import tools.jackson.databind.JsonNode;

/// An issuer at which people log in, over real HTTP and PostgreSQL, whose clock the test moves.
public final class IssuerWorld implements AutoCloseable {
  public static final String ISSUER = "https://hub.example";
  public static final String NERSC = "https://nersc.example";
  public static final String PASSWORD = "correct horse battery";
  static final String SECRET = "a-secret-with-256-bits-in-earnest";
  static final String WEB = "https://web.example/answer";
  public static final String VERIFIER = "v".repeat(50);

  public Instant now = Instant.parse("2026-11-26T12:00:00Z");
  public final List<Audit.Event> audit = Collections.synchronizedList(new ArrayList<>());
  final TokenSigner signer;
  final Accounts accounts;
  public final Authenticator authenticator;
  private final TestDatabase database;
  private final List<IssuerClient> clients;
  private HttpServer server;
  private final RevocationRecord revocations;
  private final Entitlements entitlements;
  private final TrustedIssuer own;
  private final HttpFetcher client;

  public IssuerWorld(Path keys, IssuerClient... more) throws IOException {
    this(keys, new Entitlements(Map.of(), rules()), List.of(), more);
  }

  IssuerWorld(
      Path keys, Entitlements entitlements, List<TrustedIssuer> foreign, IssuerClient... more)
      throws IOException {
    clients = new ArrayList<>(clients());
    clients.addAll(List.of(more));
    database = TestDatabase.create();
    signer = TokenSigner.open(keys, ISSUER, () -> now, UUID::randomUUID);
    revocations = new RevocationRecord(database.database(), () -> now);
    Revocations inForce =
        caller -> {
          RevocationList list = new RevocationList(() -> now);
          list.replace(
              "record",
              revocations.list().stream().map(RevocationRecord.Entry::published).toList());
          return list.isRevoked(caller);
        };
    own = TrustedIssuer.of(ISSUER, LogicalName.ROOT, signer.keys()).asOwn();
    this.entitlements = entitlements;
    List<TrustedIssuer> trusted = new ArrayList<>(foreign);
    trusted.add(own);
    authenticator = new Authenticator(trusted, Set.of(ISSUER), inForce, () -> now);
    accounts = new Accounts(database.database(), () -> now);
    server = started();
    client = HttpClients.create(HttpClients.Config.trusting());
  }

  private HttpServer started() throws IOException {
    Router router = new Router();
    new IssuerRoutes(
            new IssuerRoutes.Means(
                signer, authenticator, clients, entitlements, audit::add, () -> now),
            new IssuerRoutes.People(database.database(), accounts, revocations))
        .addTo(router);
    new AccountRoutes(
            accounts,
            revocations,
            ISSUER,
            new AccountRoutes.Administrators(authenticator, policy(), audit::add),
            () -> now)
        .addTo(router);
    return HttpServer.start(
        HttpServerConfig.plainOnly(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)),
        router);
  }

  /// What a door decides by that trusts this issuer.
  public AccessPolicy policy() {
    return AccessPolicy.of(List.of(own), List.of());
  }

  /// Another process of the same hub.
  void restart() throws IOException {
    server.close();
    server = started();
  }

  private static List<GrantRule> rules() {
    return List.of(
        new GrantRule("", "/icecube", "", List.of("storage.read:/data")),
        new GrantRule("", "", "", List.of("storage.modify:/data/user/{sub}")));
  }

  private static List<IssuerClient> clients() {
    IssuerClient.Limits limits =
        new IssuerClient.Limits(
            List.of("storage.read:/data/exp", "storage.create:/data/in"),
            List.of(ISSUER),
            Duration.ofHours(1));
    return List.of(
        IssuerClient.commandLine(List.of(ISSUER, NERSC)),
        IssuerClient.agent(
            "agent", HexFormat.of().formatHex(IssuerClient.sha256Of(SECRET)), limits),
        new IssuerClient(
            "web",
            new IssuerClient.Proof.None(),
            List.of(WEB),
            Set.of(GrantTypes.CODE, GrantTypes.REFRESH, GrantTypes.DEVICE),
            limits));
  }

  public void add(String name, List<String> groups, List<String> scopes) {
    assertThat(
            accounts.add(
                new Account(name, groups, scopes, Optional.empty(), now), PASSWORD, "test"))
        .isTrue();
  }

  public record Answer(int status, String text, Map<String, String> headers) {
    public JsonNode json() {
      return Json.mapper().readTree(text);
    }

    public String string(String name) {
      return json().path(name).asString("");
    }

    String error() {
      return string("error");
    }

    public String header(String name) {
      return headers.getOrDefault(name, "");
    }

    /// A parameter of the redirect's query.
    String redirected(String name) {
      String query = String.valueOf(URI.create(header("Location")).getRawQuery());
      for (String pair : query.split("&")) {
        if (pair.startsWith(name + "=")) {
          return URLDecoder.decode(pair.substring(name.length() + 1), StandardCharsets.UTF_8);
        }
      }
      return "";
    }
  }

  public URI at(String path) {
    return URI.create("http://127.0.0.1:" + server.plainPort() + path);
  }

  public Answer send(Request request) throws IOException {
    try (Response response = client.send(request)) {
      Map<String, String> headers = new java.util.HashMap<>();
      for (String name :
          List.of(
              "Location",
              "Cache-Control",
              "Content-Security-Policy",
              "X-Frame-Options",
              "Referrer-Policy",
              "WWW-Authenticate",
              "Retry-After")) {
        response.header(name).ifPresent(value -> headers.put(name, value));
      }
      return new Answer(response.status(), response.bodyText(1 << 20), headers);
    }
  }

  public Answer get(String path) throws IOException {
    return send(Request.of("GET", at(path)));
  }

  public Answer post(String path, String... pairs) throws IOException {
    return send(posting(path, pairs));
  }

  Request posting(String path, String... pairs) {
    return Request.of("POST", at(path))
        .withHeader("Content-Type", "application/x-www-form-urlencoded")
        .withBody(BodySource.bytes(encoded(pairs).getBytes(StandardCharsets.US_ASCII)));
  }

  static String encoded(String... pairs) {
    StringBuilder form = new StringBuilder();
    for (int i = 0; i < pairs.length; i += 2) {
      form.append(i == 0 ? "" : "&").append(pairs[i]).append('=');
      form.append(URLEncoder.encode(pairs[i + 1], StandardCharsets.UTF_8));
    }
    return form.toString();
  }

  Answer token(String... pairs) throws IOException {
    return post("/auth/token", pairs);
  }

  static String challenge(String verifier) {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256").digest(verifier.getBytes(StandardCharsets.US_ASCII));
      return Base64.getUrlEncoder().withoutPadding().encodeToString(hash);
    } catch (java.security.NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  static String[] pairs(String[] first, String... more) {
    String[] all = java.util.Arrays.copyOf(first, first.length + more.length);
    System.arraycopy(more, 0, all, first.length, more.length);
    return all;
  }

  /// A well-formed request for a code for the client `firn` at a loopback port, with more.
  static String[] request(String... more) {
    return pairs(
        new String[] {
          "response_type", "code",
          "client_id", "firn",
          "redirect_uri", "http://127.0.0.1:4711/callback",
          "state", "s-1",
          "code_challenge", challenge(VERIFIER),
          "code_challenge_method", "S256"
        },
        more);
  }

  /// Somebody allows a request.
  Answer allow(String name, String... request) throws IOException {
    return post(
        "/auth/authorize",
        pairs(request, "username", name, "password", PASSWORD, "decision", "allow"));
  }

  Answer redeem(String code, String... more) throws IOException {
    return token(
        pairs(
            new String[] {
              "grant_type", "authorization_code",
              "client_id", "firn",
              "redirect_uri", "http://127.0.0.1:4711/callback",
              "code_verifier", VERIFIER,
              "code", code
            },
            more));
  }

  /// A login by code with a refresh token.
  public Answer login(String name, String... more) throws IOException {
    return redeem(allow(name, request(more)).redirected("code"));
  }

  Answer refresh(String token, String... more) throws IOException {
    return token(
        pairs(
            new String[] {
              "grant_type", "refresh_token", "client_id", "firn", "refresh_token", token
            },
            more));
  }

  Caller caller(Answer answer) {
    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    assertThat(answer.header("Cache-Control")).isEqualTo("no-store");
    return authenticator.verify(answer.string("access_token"));
  }

  public void pass(Duration time) {
    now = now.plus(time);
  }

  TestDatabase database() {
    return database;
  }

  @Override
  public void close() {
    client.close();
    server.close();
    database.close();
  }
}
