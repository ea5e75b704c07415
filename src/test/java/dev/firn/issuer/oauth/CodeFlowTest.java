package dev.firn.issuer.oauth;

import static dev.firn.issuer.oauth.IssuerWorld.ISSUER;
import static dev.firn.issuer.oauth.IssuerWorld.NERSC;
import static dev.firn.issuer.oauth.IssuerWorld.PASSWORD;
import static dev.firn.issuer.oauth.IssuerWorld.VERIFIER;
import static dev.firn.issuer.oauth.IssuerWorld.WEB;
import static dev.firn.issuer.oauth.IssuerWorld.challenge;
import static dev.firn.issuer.oauth.IssuerWorld.encoded;
import static dev.firn.issuer.oauth.IssuerWorld.pairs;
import static dev.firn.issuer.oauth.IssuerWorld.request;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.firn.http.HttpFetcher.Request;
import dev.firn.http.HttpProblem;
import dev.firn.issuer.oauth.IssuerWorld.Answer;
import dev.firn.token.Caller;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/// Authorization code with PKCE and its page; group G of the hostile cases as far as it concerns
/// them.
class CodeFlowTest {
  @TempDir static Path keys;

  private IssuerWorld world;

  @BeforeEach
  void start() throws IOException {
    world = new IssuerWorld(keys);
    world.add("alice", List.of("/icecube", "/icecube/production"), List.of());
    world.add("oscar", List.of(), List.of("firn.admin", "storage.read:/"));
  }

  @AfterEach
  void stop() {
    world.close();
  }

  @Test
  void aCodeBringsATokenForWhatThePersonMayHave() throws IOException {
    Answer page = world.get("/auth/authorize?" + encoded(request()));
    assertThat(page.status()).isEqualTo(200);
    assertThat(page.text()).contains("name=\"password\"").contains("firn").contains(ISSUER);

    Answer redirect = world.allow("alice", request());
    assertThat(redirect.status()).isEqualTo(303);
    assertThat(redirect.header("Location")).startsWith("http://127.0.0.1:4711/callback?code=");
    assertThat(redirect.redirected("state")).isEqualTo("s-1");
    assertThat(redirect.redirected("iss")).isEqualTo(ISSUER);

    Answer answer = world.redeem(redirect.redirected("code"));
    Caller caller = world.caller(answer);
    assertThat(caller.subject()).isEqualTo("alice");
    assertThat(caller.identity().clientId()).isEqualTo("firn");
    assertThat(caller.permissions().audiences()).containsExactly(ISSUER);
    assertThat(answer.string("scope"))
        .isEqualTo("storage.read:/data storage.modify:/data/user/alice");
    assertThat(caller.permissions().groups()).containsExactly("/icecube", "/icecube/production");
    assertThat(answer.json().has("refresh_token")).as("nobody asked for one").isFalse();
  }

  @Test
  void whatIsAskedAndNotHeldIsLeftOutAndNothingOfItIsRefused() throws IOException {
    Answer some = world.login("alice", "scope", "storage.read:/data/exp storage.read:/ firn.admin");
    assertThat(some.string("scope")).isEqualTo("storage.read:/data/exp");
    Answer none = world.allow("alice", request("scope", "firn.admin"));
    assertThat(none.redirected("error")).isEqualTo("access_denied");
    assertThat(none.redirected("code")).isEmpty();
    Answer elsewhere = world.login("alice", "audience", NERSC);
    assertThat(elsewhere.status()).isEqualTo(200);
    assertThat(
            world.allow("alice", request("audience", "https://other.example")).redirected("error"))
        .isEqualTo("invalid_target");
  }

  @Test
  void groupsAloneGiveNoCapability() throws IOException {
    Caller caller = world.caller(world.login("alice", "scope", "wlcg.groups:/icecube/production"));
    assertThat(caller.permissions().groups()).containsExactly("/icecube/production", "/icecube");
    assertThat(caller.hasCapability()).isFalse();
    assertThat(world.allow("oscar", request("scope", "wlcg.groups:/icecube")).redirected("error"))
        .isEqualTo("access_denied");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://127.0.0.1:4711/callback/",
        "http://127.0.0.1:4711/callback/../other",
        "http://127.0.0.1:4711/other",
        "http://127.0.0.1:4711/callback?x=1",
        "http://127.0.0.1:4711/callback#x",
        "http://127.0.0.1.evil.example:4711/callback",
        "http://127.0.0.1:4711@evil.example/callback",
        "http://127.0.0.1:x/callback",
        "http://localhost:4711/callback",
        "https://127.0.0.1:4711/callback",
        "https://web.example/answer",
        "//evil.example/callback",
        "javascript:alert(1)",
        "/callback"
      })
  void nobodyIsSentToAnAddressThatIsNotRegisteredG1(String redirect) throws IOException {
    String[] request = request();
    request[5] = redirect;
    for (Answer answer :
        List.of(world.get("/auth/authorize?" + encoded(request)), world.allow("alice", request))) {
      assertThat(answer.status()).isEqualTo(400);
      assertThat(answer.header("Location")).isEmpty();
    }
  }

  @Test
  void registeredRedirectsAreExactButForThePortOfALoopbackAddressG1() throws IOException {
    String[] request = request();
    request[3] = "web";
    request[5] = WEB;
    assertThat(world.allow("alice", request).header("Location")).startsWith(WEB + "?");
    for (String other : List.of(WEB + "/", WEB + "x", "https://web.example:444/answer")) {
      request[5] = other;
      assertThat(world.allow("alice", request).status()).as(other).isEqualTo(400);
    }
  }

  @Test
  void aReplayedCodeTakesBackWhatItGaveG2() throws IOException {
    String code =
        world
            .allow("alice", request("scope", "storage.read:/data offline_access"))
            .redirected("code");
    Answer first = world.redeem(code);
    assertThat(world.caller(first).subject()).isEqualTo("alice");
    assertThat(world.redeem(code).error()).isEqualTo("invalid_grant");
    assertThatThrownBy(() -> world.authenticator.verify(first.string("access_token")))
        .isInstanceOf(HttpProblem.class)
        .hasMessageContaining("revoked");
    assertThat(world.refresh(first.string("refresh_token")).error()).isEqualTo("invalid_grant");
  }

  @Test
  void aCodeIsGoodForAMinute() throws IOException {
    String code = world.allow("alice", request()).redirected("code");
    world.pass(Duration.ofSeconds(61));
    assertThat(world.redeem(code).error()).isEqualTo("invalid_grant");
  }

  @Test
  void withoutAProperChallengeThereIsNoCodeAndWithoutItsVerifierNoTokenG3() throws IOException {
    for (String[] challenge :
        List.of(
            new String[] {"", ""},
            new String[] {challenge(VERIFIER), "plain"},
            new String[] {challenge(VERIFIER), ""},
            new String[] {VERIFIER, "S256"})) {
      String[] request = request();
      request[9] = challenge[0];
      request[11] = challenge[1];
      Answer answer = world.allow("alice", request);
      assertThat(answer.redirected("error")).isEqualTo("invalid_request");
      assertThat(answer.redirected("code")).isEmpty();
    }
    for (String verifier : List.of("w".repeat(50), "short", challenge(VERIFIER))) {
      String code = world.allow("alice", request()).redirected("code");
      assertThat(
              world
                  .token(
                      "grant_type", "authorization_code",
                      "client_id", "firn",
                      "redirect_uri", "http://127.0.0.1:4711/callback",
                      "code_verifier", verifier,
                      "code", code)
                  .error())
          .isEqualTo("invalid_grant");
    }
  }

  @Test
  void aCodeOfOneClientIsNoneOfAnothersAndKeepsItsRedirectG4() throws IOException {
    String code = world.allow("alice", request()).redirected("code");
    Answer stolen =
        world.token(
            "grant_type", "authorization_code",
            "client_id", "web",
            "redirect_uri", "http://127.0.0.1:4711/callback",
            "code_verifier", VERIFIER,
            "code", code);
    assertThat(stolen.error()).isEqualTo("invalid_grant");
    Answer moved =
        world.token(
            "grant_type", "authorization_code",
            "client_id", "firn",
            "redirect_uri", "http://127.0.0.1:4712/callback",
            "code_verifier", VERIFIER,
            "code", code);
    assertThat(moved.error()).isEqualTo("invalid_grant");
    assertThat(world.redeem(code).status()).isEqualTo(200);
  }

  @Test
  void onlyCodesAreGivenAndOnlyInTheQueryG20() throws IOException {
    for (String type : List.of("token", "id_token", "code token", "none")) {
      String[] request = request();
      request[1] = type;
      assertThat(world.allow("alice", request).redirected("error"))
          .isEqualTo("unsupported_response_type");
    }
    for (String mode : List.of("fragment", "form_post")) {
      assertThat(world.allow("alice", request("response_mode", mode)).redirected("error"))
          .isEqualTo("invalid_request");
    }
    assertThat(
            world
                .token("grant_type", "password", "username", "alice", "password", PASSWORD)
                .error())
        .isEqualTo("unsupported_grant_type");
  }

  @Test
  void nothingFromARequestBecomesMarkupG22() throws IOException {
    String hostile = "\"><script>alert(1)</script>";
    for (Answer answer :
        List.of(
            world.get(
                "/auth/authorize?"
                    + encoded(request("scope", "storage.read:/x'onload=", "nonce", hostile))),
            world.get("/auth/authorize?" + encoded("client_id", hostile, "redirect_uri", hostile)),
            world.get("/auth/device?" + encoded("user_code", hostile)),
            world.post(
                "/auth/authorize",
                pairs(request(), "username", hostile, "password", "x", "decision", "allow")))) {
      assertThat(answer.text()).doesNotContain("<script").doesNotContain("'onload=");
    }
  }

  @Test
  void pagesCannotBeFramedKeptOrPostedFromElsewhereG8() throws IOException {
    for (String path : List.of("/auth/authorize?" + encoded(request()), "/auth/device")) {
      Answer page = world.get(path);
      assertThat(page.header("Content-Security-Policy"))
          .contains("default-src 'none'")
          .contains("frame-ancestors 'none'")
          .doesNotContain("script");
      assertThat(page.header("X-Frame-Options")).isEqualTo("DENY");
      assertThat(page.header("Cache-Control")).isEqualTo("no-store");
      assertThat(page.header("Referrer-Policy")).isEqualTo("same-origin");
    }
    Request posted =
        world.posting(
            "/auth/authorize",
            pairs(request(), "username", "alice", "password", PASSWORD, "decision", "allow"));
    for (Request foreign :
        List.of(
            posted.withHeader("Origin", "https://evil.example"),
            posted.withHeader("Origin", "null"),
            posted.withHeader("Sec-Fetch-Site", "cross-site"))) {
      assertThat(world.send(foreign).status()).isEqualTo(403);
    }
    String own = "http://" + posted.uri().getRawAuthority();
    assertThat(
            world
                .send(posted.withHeader("Origin", own).withHeader("Sec-Fetch-Site", "same-origin"))
                .status())
        .isEqualTo(303);
  }

  @Test
  void guessingAPasswordIsSlowedAndNotToldFromAnUnknownName() throws IOException {
    List<Integer> statuses = new ArrayList<>();
    for (int i = 0; i < 11; i++) {
      statuses.add(
          world
              .post(
                  "/auth/authorize",
                  pairs(
                      request(),
                      "username",
                      "alice",
                      "password",
                      "guess " + i,
                      "decision",
                      "allow"))
              .status());
    }
    assertThat(statuses.subList(0, 10)).containsOnly(401);
    assertThat(statuses.get(10)).isEqualTo(429);
    assertThat(world.allow("alice", request()).status()).as("even the right one").isEqualTo(429);
    assertThat(world.allow("oscar", request()).status()).isEqualTo(303);
    world.pass(Duration.ofMinutes(1));
    assertThat(world.allow("alice", request()).status()).isEqualTo(303);

    Answer unknown = world.allow("nobody", request());
    Answer wrong =
        world.post(
            "/auth/authorize",
            pairs(request(), "username", "alice", "password", "guess", "decision", "allow"));
    assertThat(unknown.status()).isEqualTo(wrong.status());
    assertThat(unknown.text().replace("nobody", "alice")).isEqualTo(wrong.text());
    assertThat(world.audit.toString()).doesNotContain(PASSWORD).doesNotContain("guess");
  }

  @Test
  void whoIsNoAdministratorDoesNotBecomeOneByLoggingInG23() throws IOException {
    Answer alice = world.login("alice", "scope", "firn.admin storage.read:/data");
    assertThat(world.caller(alice).admin()).isFalse();
    Request list =
        Request.of("GET", world.at("/api/v1/accounts")).withBearer(alice.string("access_token"));
    assertThat(world.send(list).status()).isEqualTo(403);
    Answer oscar = world.login("oscar", "scope", "firn.admin");
    assertThat(world.caller(oscar).admin()).isTrue();
    assertThat(world.send(list.withBearer(oscar.string("access_token"))).status()).isEqualTo(200);
  }

  @Test
  void anIdTokenNamesThePersonAndOpensNothingA15() throws IOException {
    Answer answer = world.login("alice", "scope", "openid storage.read:/data", "nonce", "n-1");
    String idToken = answer.string("id_token");
    JsonNode claims =
        dev.firn.http.Json.mapper()
            .readTree(java.util.Base64.getUrlDecoder().decode(idToken.split("\\.")[1]));
    assertThat(claims.path("aud").asString()).isEqualTo("firn");
    assertThat(claims.path("nonce").asString()).isEqualTo("n-1");
    assertThat(claims.path("sub").asString()).isEqualTo("alice");
    assertThatThrownBy(() -> world.authenticator.verify(idToken)).isInstanceOf(HttpProblem.class);
    Request info = Request.of("GET", world.at("/auth/userinfo"));
    Answer known = world.send(info.withBearer(answer.string("access_token")));
    assertThat(known.string("sub")).isEqualTo("alice");
    assertThat(world.send(info.withBearer(idToken)).status()).isEqualTo(401);
    assertThat(world.send(info).status()).isEqualTo(401);
    assertThat(world.send(info.withBearer(world.login("alice").string("access_token"))).status())
        .isEqualTo(403);
  }

  @Test
  void discoverySaysWhatIsServed() throws IOException {
    JsonNode document = world.get("/.well-known/openid-configuration").json();
    assertThat(world.get("/.well-known/oauth-authorization-server").json()).isEqualTo(document);
    assertThat(document.path("response_types_supported").toString()).isEqualTo("[\"code\"]");
    assertThat(document.path("code_challenge_methods_supported").toString())
        .isEqualTo("[\"S256\"]");
    document
        .properties()
        .forEach(member -> {
          if (member.getKey().endsWith("_endpoint") || member.getKey().equals("jwks_uri")) {
            assertThat(served(member.getValue().asString())).as(member.getKey()).isTrue();
          }
        });
    for (JsonNode grant : document.path("grant_types_supported")) {
      assertThat(world.token("grant_type", grant.asString()).error())
          .isNotEqualTo("unsupported_grant_type");
    }
    assertThat(document.has("registration_endpoint")).isFalse();
    for (String endpoint : List.of("token", "revocation", "introspection")) {
      String auth = endpoint + "_endpoint_auth_";
      assertThat(document.path(auth + "methods_supported").toString()).contains("private_key_jwt");
      assertThat(document.path(auth + "signing_alg_values_supported").isArray())
          .as("RFC 8414 section 2")
          .isTrue();
    }
  }

  private boolean served(String url) {
    assertThat(url).startsWith(ISSUER + "/");
    try {
      return world.get(url.substring(ISSUER.length())).status() != 404;
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void aFloodOfRequestsForTokensIsToldToComeBackG27() throws IOException {
    int refused = 0;
    for (int i = 0; i < 250; i++) {
      Answer answer = world.token("grant_type", "no-such");
      if (answer.status() == 429) {
        refused++;
        assertThat(answer.header("Retry-After")).isNotEmpty();
      }
    }
    assertThat(refused).isEqualTo(50);
    world.pass(Duration.ofSeconds(1));
    assertThat(world.token("grant_type", "no-such").status()).isEqualTo(400);
  }
}
