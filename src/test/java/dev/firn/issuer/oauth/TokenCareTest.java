package dev.firn.issuer.oauth;

import static dev.firn.issuer.oauth.IssuerWorld.ISSUER;
import static dev.firn.issuer.oauth.IssuerWorld.NERSC;
import static dev.firn.issuer.oauth.IssuerWorld.pairs;
import static dev.firn.token.Mint.OTHER;
import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.http.HttpFetcher.Request;
import dev.firn.issuer.oauth.IssuerWorld.Answer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What is done with tokens afterwards: taken back, asked about, asked for their holder.
class TokenCareTest {
  @TempDir static Path keys;

  private final String[] asAgent = {"client_id", "agent", "client_secret", IssuerWorld.SECRET};
  private IssuerWorld world;

  @BeforeEach
  void start() throws IOException {
    world =
        new IssuerWorld(
            keys,
            new Entitlements(
                Map.of(OTHER.issuer, "other"),
                List.of(new GrantRule("", "/icecube", "", List.of("storage.read:/data")))),
            List.of(OTHER.trusted()));
    world.add("alice", List.of("/icecube"), List.of());
  }

  @AfterEach
  void stop() {
    world.close();
  }

  @Test
  void aRevokedTokenIntrospectsInactiveAndOnlyClientsThatProveThemselvesAskG18()
      throws IOException {
    String[] asAgent = {"client_id", "agent", "client_secret", IssuerWorld.SECRET};
    Answer machine = world.token(pairs(asAgent, "grant_type", "client_credentials"));
    Answer person = world.login("alice");
    for (Answer answer : List.of(machine, person)) {
      String token = answer.string("access_token");
      Answer told = world.post("/auth/introspect", pairs(asAgent, "token", token));
      assertThat(told.json().path("active").asBoolean()).isTrue();
      assertThat(told.string("scope")).isEqualTo(answer.string("scope"));
      assertThat(world.post("/auth/introspect", "client_id", "firn", "token", token).status())
          .isEqualTo(401);
    }
    String token = machine.string("access_token");
    assertThat(world.post("/auth/revoke", "client_id", "firn", "token", token).status())
        .isEqualTo(200);
    assertThat(active(asAgent, token)).as("another client's is not taken back").isTrue();
    assertThat(world.post("/auth/revoke", pairs(asAgent, "token", token)).status()).isEqualTo(200);
    assertThat(active(asAgent, token)).isFalse();
    assertThat(world.post("/auth/revoke", pairs(asAgent, "token", "no-such-token")).status())
        .isEqualTo(200);
  }

  private boolean active(String[] client, String token) throws IOException {
    Answer answer = world.post("/auth/introspect", pairs(client, "token", token));
    if (!answer.json().path("active").asBoolean()) {
      assertThat(answer.json().size()).as("nothing else is told").isEqualTo(1);
      return false;
    }
    return true;
  }

  @Test
  void aTokenForAnotherServerIsKnownAndTakenBackAllTheSameG18() throws IOException {
    Answer login = world.login("alice", "audience", NERSC);
    assertThat(login.status()).as(login.text()).isEqualTo(200);
    String token = login.string("access_token");
    assertThat(active(asAgent, token)).isTrue();
    assertThat(world.post("/auth/revoke", "client_id", "firn", "token", token).status())
        .isEqualTo(200);
    assertThat(active(asAgent, token)).isFalse();
  }

  @Test
  void nobodyIsTakenForThePersonOfThatNameHere() throws IOException {
    Map<String, Object> claims = OTHER.claims("openid");
    claims.put("sub", "alice");
    claims.put("aud", ISSUER);
    claims.put("client_id", "firn");
    long now = world.now.getEpochSecond();
    claims.put("iat", now);
    claims.put("nbf", now);
    claims.put("exp", now + 600);
    String token = OTHER.sign(claims);
    assertThat(world.authenticator.verify(token).subject()).isEqualTo("alice");
    Answer told = world.send(Request.of("GET", world.at("/auth/userinfo")).withBearer(token));
    assertThat(told.status()).as(told.text()).isEqualTo(403);
    assertThat(told.header("WWW-Authenticate")).contains("error=\"insufficient_scope\"");
    assertThat(active(asAgent, token)).as("it was not given here").isFalse();
  }
}
