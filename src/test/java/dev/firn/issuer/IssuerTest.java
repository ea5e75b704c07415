package dev.firn.issuer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.http.HttpFetcher.Request;
import dev.firn.http.Json;
import dev.firn.token.Caller;
import dev.firn.token.revocation.Revocation;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/// The issuer over real HTTP; group G of the hostile cases as far as it concerns exchange and
/// client credentials.
class IssuerTest extends IssuerOverHttp {
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
}
