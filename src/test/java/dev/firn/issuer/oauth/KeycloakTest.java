package dev.firn.issuer.oauth;

import static dev.firn.issuer.oauth.IssuerWorld.ISSUER;
import static dev.firn.issuer.oauth.IssuerWorld.PASSWORD;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.firn.cli.login.Bearer;
import dev.firn.cli.login.BrowserLogin;
import dev.firn.cli.login.OAuthServer;
import dev.firn.cli.login.SavedLogin;
import dev.firn.door.Door;
import dev.firn.door.TestSite;
import dev.firn.http.BodySource;
import dev.firn.http.HttpClients;
import dev.firn.http.HttpFetcher;
import dev.firn.http.HttpFetcher.Request;
import dev.firn.http.HttpFetcher.Response;
import dev.firn.http.HttpProblem;
import dev.firn.http.TestCertificates;
import dev.firn.issuer.oauth.IssuerWorld.Answer;
import dev.firn.model.LogicalName;
import dev.firn.token.AccessPolicy;
import dev.firn.token.AccessRule;
import dev.firn.token.AccessRule.Who;
import dev.firn.token.Authenticator;
import dev.firn.token.Caller;
import dev.firn.token.Revocations;
import dev.firn.token.Right;
import dev.firn.token.TrustedIssuer;
import dev.firn.token.file.TokenDiscovery;
import dev.firn.token.key.KeySource;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A real Keycloak as a site's identity provider: people log in there, its groups and client roles
/// are rights at a door, and the hub's issuer gives narrow tokens in exchange for its own.
@Tag("peer")
@Timeout(value = 420, unit = TimeUnit.SECONDS)
class KeycloakTest {
  @TempDir static Path directory;

  private static KeycloakPeer keycloak;
  private static HttpFetcher client;
  private static TestCertificates certificates;

  @BeforeAll
  @Timeout(value = 420, unit = TimeUnit.SECONDS)
  static void startPeer() throws Exception {
    certificates = new TestCertificates(directory);
    keycloak = KeycloakPeer.start(certificates, directory);
    client = HttpClients.create(HttpClients.Config.trusting(certificates.authorityFile()));
  }

  @AfterAll
  static void stopPeer() {
    if (keycloak != null) {
      client.close();
      keycloak.close();
    }
  }

  private static OAuthServer.Answer login(String name) throws IOException {
    OAuthServer server = OAuthServer.discover(client, keycloak.issuer());
    return new BrowserLogin(client, server, new OAuthServer.Wish("firn", "openid", "", ""))
        .run(link -> {
          try {
            keycloak.logIn(link, name, PASSWORD);
          } catch (IOException e) {
            throw new IllegalStateException(e);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
  }

  /// Keycloak as a site trusts it that finds groups in a claim.
  private static TrustedIssuer trusted(String groupsClaim) {
    KeySource keys =
        KeySource.discovered(
            keycloak.issuer(), KeycloakTest::fetch, InstantSource.system(), Runnable::run);
    return TrustedIssuer.of(keycloak.issuer(), LogicalName.ROOT, keys)
        .withReach(
            new TrustedIssuer.Reach(
                List.of(LogicalName.ROOT), List.of(), Set.of(Right.values()), true, false))
        .withAcceptance(
            new TrustedIssuer.Acceptance(
                Set.of(TrustedIssuer.Profile.GENERIC),
                Set.of("RS256"),
                Duration.ofHours(1),
                false,
                groupsClaim));
  }

  private static byte[] fetch(URI uri, int most) throws IOException {
    try (Response response = client.send(Request.of("GET", uri))) {
      return response.body().readNBytes(most);
    }
  }

  private static TestSite door(String groupsClaim, List<AccessRule> rules) throws Exception {
    TrustedIssuer issuer = trusted(groupsClaim);
    TestSite.Options options = new TestSite.Options();
    options.access =
        new Door.Access(
            new Authenticator(
                List.of(issuer), Set.of(ISSUER), Revocations.NONE, InstantSource.system()),
            AccessPolicy.of(List.of(issuer), rules));
    TestSite site = TestSite.start(Files.createTempDirectory(directory, "door"), options);
    Files.createDirectories(site.files.resolve("exp"));
    Files.writeString(site.files.resolve("exp/f"), "bytes");
    return site;
  }

  private static int status(TestSite site, String method, String path, String token)
      throws IOException {
    Request request = Request.of(method, site.plain(path)).withBearer(token);
    if (method.equals("PUT")) {
      request = request.withBody(BodySource.bytes("new".getBytes(StandardCharsets.UTF_8)));
    }
    // Not the site's own client, which may go to nobody but its peers.
    try (HttpFetcher client = HttpClients.create(HttpClients.Config.trusting());
        Response response = client.send(request)) {
      return response.status();
    }
  }

  @Test
  void groupsAndClientRolesAreRightsAtTheDoor() throws Exception {
    String alice = login("alice").text("access_token");
    String bob = login("bob").text("access_token");
    LogicalName exp = LogicalName.parse("/data/exp");
    AccessRule read =
        AccessRule.allow(Set.of(Right.READ), exp, new Who.Group(keycloak.issuer(), "icecube"));
    try (TestSite site = door("groups", List.of(read))) {
      assertThat(status(site, "GET", "/data/exp/f", alice)).isEqualTo(200);
      assertThat(status(site, "PUT", "/data/exp/g", alice)).isEqualTo(403);
      assertThat(status(site, "GET", "/data/exp/f", bob)).isEqualTo(403);
      assertThat(status(site, "GET", "/data/exp/f", null)).isEqualTo(401);
      assertThat(
              status(
                  site, "GET", "/data/exp/f", alice.substring(0, alice.length() - 8) + "AAAAAAAA"))
          .isEqualTo(401);
    }
    List<AccessRule> byRole =
        List.of(
            AccessRule.allow(Set.of(Right.CREATE), exp, new Who.Group(keycloak.issuer(), "writer")),
            AccessRule.allow(
                Set.of(Right.READ, Right.MODIFY),
                LogicalName.parse("/data/user/{sub}"),
                new Who.Issuer(keycloak.issuer())));
    try (TestSite site = door("resource_access.door.roles", byRole)) {
      assertThat(status(site, "PUT", "/data/exp/g", alice)).isEqualTo(201);
      assertThat(status(site, "PUT", "/data/exp/g", alice)).as("create only").isEqualTo(403);
      assertThat(status(site, "PUT", "/data/exp/h", bob)).isEqualTo(403);
      assertThat(status(site, "PUT", "/data/user/" + subject(bob) + "/h", bob)).isEqualTo(201);
      assertThat(status(site, "PUT", "/data/user/" + subject(alice) + "/h", bob)).isEqualTo(403);
    }
  }

  private static String subject(String token) {
    byte[] claims = java.util.Base64.getUrlDecoder().decode(token.split("\\.")[1]);
    return dev.firn.http.Json.mapper().readTree(claims).path("sub").asString();
  }

  @Test
  void theHubGivesNarrowTokensInExchangeG17() throws Exception {
    Entitlements entitlements =
        new Entitlements(
            Map.of(keycloak.issuer(), "kc"),
            List.of(
                new GrantRule(
                    keycloak.issuer(),
                    "icecube",
                    "",
                    List.of("storage.read:/data", "storage.modify:/data/user/{sub}"))));
    try (IssuerWorld world =
        new IssuerWorld(directory.resolve("keys"), entitlements, List.of(trusted("groups")))) {
      world.now = Instant.now();
      OAuthServer.Answer alice = login("alice");
      world.now = Instant.now();
      Answer all = exchange(world, alice.text("access_token"));
      Caller caller = world.caller(all);
      String name = "kc." + subject(alice.text("access_token"));
      assertThat(caller.subject()).isEqualTo(name);
      assertThat(caller.issuer()).isEqualTo(ISSUER);
      assertThat(all.string("scope"))
          .isEqualTo("storage.read:/data storage.modify:/data/user/" + name);
      assertThat(caller.expires()).isBefore(world.now.plus(Duration.ofMinutes(6)));

      Answer narrow =
          exchange(world, alice.text("access_token"), "scope", "storage.read:/data/exp/2023");
      assertThat(narrow.string("scope")).isEqualTo("storage.read:/data/exp/2023");
      Answer elsewhere = exchange(world, alice.text("access_token"), "audience", IssuerWorld.NERSC);
      assertThat(elsewhere.status()).isEqualTo(200);
      assertThat(
              exchange(world, alice.text("access_token"), "audience", "https://x.example").error())
          .isEqualTo("invalid_target");
      for (String wider :
          List.of(
              "storage.read:/", "storage.modify:/data", "firn.admin", "storage.read:/database")) {
        assertThat(exchange(world, alice.text("access_token"), "scope", wider).error())
            .as(wider)
            .isEqualTo("invalid_scope");
      }
      for (String other : List.of(alice.text("id_token"), alice.text("refresh_token"))) {
        assertThat(other).isNotEmpty();
        assertThat(exchange(world, other).error()).isEqualTo("invalid_request");
      }
      String bob = login("bob").text("access_token");
      assertThat(exchange(world, bob).error())
          .as("nothing is configured")
          .isEqualTo("invalid_scope");
      assertThatThrownBy(() -> world.authenticator.verify(alice.text("id_token")))
          .isInstanceOf(HttpProblem.class);
    }
  }

  private static Answer exchange(IssuerWorld world, String subject, String... more)
      throws IOException {
    return world.token(
        IssuerWorld.pairs(
            new String[] {
              "grant_type",
              GrantTypes.EXCHANGE,
              "subject_token",
              subject,
              "subject_token_type",
              "urn:ietf:params:oauth:token-type:access_token"
            },
            more));
  }

  @Test
  void aLoginThereIsKeptAndRenewedByTheCommandLine() throws Exception {
    OAuthServer.Answer answer = login("alice");
    OAuthServer server = OAuthServer.discover(client, keycloak.issuer());
    Path file = directory.resolve("login/login.json");
    Path tokenFile = directory.resolve("bt_u0");
    new SavedLogin(
            server.issuer(),
            "firn",
            server.endpoint("token_endpoint").toString(),
            server.endpoint("revocation_endpoint").toString(),
            answer.text("refresh_token"),
            tokenFile.toString(),
            "",
            certificates.authorityFile().toString())
        .write(file, answer.text("access_token"));
    // By a clock at which the token has four minutes behind it.
    Instant later = Instant.now().plusSeconds(270);
    Bearer bearer = new Bearer(TokenDiscovery.ofFile(tokenFile), file, () -> later);
    String renewed = bearer.token();
    assertThat(renewed).isNotEqualTo(answer.text("access_token"));
    assertThat(SavedLogin.read(file).orElseThrow().refreshToken())
        .as("Keycloak rotates too")
        .isNotEqualTo(answer.text("refresh_token"));
    assertThat(bearer.logout()).isTrue();
  }
}
