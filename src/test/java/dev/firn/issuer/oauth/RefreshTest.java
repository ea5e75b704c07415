package dev.firn.issuer.oauth;

import static dev.firn.issuer.oauth.IssuerWorld.ISSUER;
import static dev.firn.issuer.oauth.IssuerWorld.NERSC;
import static dev.firn.issuer.oauth.IssuerWorld.PASSWORD;
import static dev.firn.issuer.oauth.IssuerWorld.SECRET;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.firn.http.BodySource;
import dev.firn.http.HttpFetcher.Request;
import dev.firn.http.HttpProblem;
import dev.firn.issuer.TokenRequest;
import dev.firn.issuer.oauth.IssuerWorld.Answer;
import dev.firn.token.Caller;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Refresh tokens: rotation, lost answers, replay, and what becomes of them when their holder's
/// rights change.
class RefreshTest {
  private static final String OFFLINE =
      "storage.read:/data storage.modify:/data/user/alice offline_access";

  @TempDir static Path keys;

  private IssuerWorld world;

  @BeforeEach
  void start() throws IOException {
    world = new IssuerWorld(keys);
    world.add("alice", List.of("/icecube"), List.of());
  }

  @AfterEach
  void stop() {
    world.close();
  }

  private String login() throws IOException {
    return world.login("alice", "scope", OFFLINE).string("refresh_token");
  }

  private Answer patch(String body) throws IOException {
    String operator =
        world.signer.sign(
            new TokenRequest("operator", ISSUER, List.of("firn.admin"), Duration.ofHours(1)));
    return world.send(
        Request.of("PATCH", world.at("/api/v1/accounts/alice"))
            .withBearer(operator)
            .withHeader("Content-Type", "application/json")
            .withBody(BodySource.bytes(body.getBytes(StandardCharsets.UTF_8))));
  }

  @Test
  void aTokenOfFiveMinutesIsCarriedOnForAsLongAsItIsRefreshed() throws IOException {
    String refresh = login();
    for (int i = 0; i < 30; i++) { // two and a half hours
      Answer answer = world.refresh(refresh, "lifetime", "300");
      Caller caller = world.caller(answer);
      assertThat(Duration.between(caller.issued(), caller.expires()))
          .isEqualTo(Duration.ofMinutes(5));
      assertThat(answer.string("scope"))
          .isEqualTo("storage.read:/data storage.modify:/data/user/alice");
      assertThat(answer.string("refresh_token")).isNotEqualTo(refresh);
      refresh = answer.string("refresh_token");
      world.pass(Duration.ofMinutes(5));
    }
  }

  @Test
  void loginsSurviveARestart() throws IOException {
    String refresh = login();
    String code = world.allow("alice", IssuerWorld.request()).redirected("code");
    world.restart();
    assertThat(world.redeem(code).status()).isEqualTo(200);
    Answer next = world.refresh(refresh);
    assertThat(next.status()).isEqualTo(200);
    world.restart();
    world.refresh(next.string("refresh_token"));
    assertThat(world.refresh(refresh).error()).as("a replay too").isEqualTo("invalid_grant");
    assertThat(world.audit).anyMatch(e -> e.reason().equals("refresh token replayed"));
  }

  @Test
  void aReplayedTokenEndsTheLoginAndWhatItGaveOutG11() throws IOException {
    String first = login();
    Answer second = world.refresh(first);
    Answer third = world.refresh(second.string("refresh_token"));
    assertThat(world.refresh(first).error()).isEqualTo("invalid_grant");
    assertThat(world.refresh(third.string("refresh_token")).error()).isEqualTo("invalid_grant");
    assertThatThrownBy(() -> world.authenticator.verify(third.string("access_token")))
        .isInstanceOf(HttpProblem.class)
        .hasMessageContaining("revoked");
    assertThat(world.audit)
        .anyMatch(
            e -> e.kind().equals("login_ended") && e.reason().equals("refresh token replayed"));
  }

  @Test
  void anAnswerThatWasLostCanBeAskedForAgainForADayG11() throws IOException {
    String first = login();
    Answer lost = world.refresh(first);
    world.pass(Duration.ofHours(23));
    Answer again = world.refresh(first);
    assertThat(again.string("refresh_token")).isEqualTo(lost.string("refresh_token"));
    assertThat(world.refresh(again.string("refresh_token")).status()).isEqualTo(200);

    String other = login();
    world.refresh(other);
    world.pass(Duration.ofHours(25));
    new IssuerRoutes(
            new IssuerRoutes.Means(
                world.signer,
                world.authenticator,
                List.of(),
                Entitlements.none(),
                e -> {},
                () -> world.now),
            new IssuerRoutes.People(world.database().database(), world.accounts, null))
        .forgetOld();
    assertThat(world.refresh(other).error()).isEqualTo("invalid_grant");
    assertThat(world.audit).anyMatch(e -> e.reason().equals("refresh token replayed"));
  }

  @Test
  void aLoginEndsAMonthAfterItsLastUse() throws IOException {
    String refresh = login();
    world.pass(Duration.ofDays(29));
    refresh = world.refresh(refresh).string("refresh_token");
    world.pass(Duration.ofDays(29));
    refresh = world.refresh(refresh).string("refresh_token");
    world.pass(Duration.ofDays(31));
    assertThat(world.refresh(refresh).error()).isEqualTo("invalid_grant");
  }

  @Test
  void whatIsNoLongerHeldIsNoLongerGivenG9() throws IOException {
    String refresh = login();
    assertThat(patch("{\"groups\": []}").status()).isEqualTo(200);
    Answer less = world.refresh(refresh);
    assertThat(less.string("scope")).isEqualTo("storage.modify:/data/user/alice");
    assertThat(patch("{\"groups\": [\"/icecube\"]}").status()).isEqualTo(200);
    Answer more = world.refresh(less.string("refresh_token"));
    assertThat(more.string("scope")).contains("storage.read:/data");
  }

  @Test
  void aDisabledAccountIsStoppedEverywhereG10() throws IOException {
    Answer before = world.login("alice", "scope", OFFLINE);
    String code = world.allow("alice", IssuerWorld.request()).redirected("code");
    assertThat(patch("{\"disabled\": true}").status()).isEqualTo(200);
    assertThat(world.refresh(before.string("refresh_token")).error()).isEqualTo("invalid_grant");
    assertThat(world.redeem(code).error()).isEqualTo("invalid_grant");
    assertThat(world.allow("alice", IssuerWorld.request()).status()).isEqualTo(401);
    assertThatThrownBy(() -> world.authenticator.verify(before.string("access_token")))
        .hasMessageContaining("revoked");
    assertThat(
            world
                .token(
                    "grant_type",
                    GrantTypes.EXCHANGE,
                    "subject_token",
                    before.string("access_token"),
                    "subject_token_type",
                    "urn:ietf:params:oauth:token-type:access_token")
                .status())
        .isEqualTo(400);
    assertThat(patch("{\"disabled\": false}").status()).isEqualTo(200);
    world.pass(Duration.ofSeconds(2));
    assertThat(world.login("alice").status()).isEqualTo(200);
  }

  @Test
  void anotherPasswordEndsTheLogins() throws IOException {
    Answer before = world.login("alice", "scope", OFFLINE);
    assertThat(patch("{\"password\": \"short\"}").status()).isEqualTo(400);
    assertThat(patch("{\"password\": \"another good one\", \"groups\": [\"none\"]}").status())
        .isEqualTo(400);
    assertThat(world.refresh(before.string("refresh_token")).status()).isEqualTo(200);
    assertThat(patch("{\"password\": \"another good one\"}").status()).isEqualTo(200);
    assertThat(world.refresh(before.string("refresh_token")).error()).isEqualTo("invalid_grant");
    assertThat(world.allow("alice", IssuerWorld.request()).status()).isEqualTo(401);
  }

  @Test
  void aRefreshGivesNoMoreThanTheLoginG12() throws IOException {
    String refresh =
        world
            .login("alice", "scope", "storage.read:/data/exp offline_access")
            .string("refresh_token");
    for (String wider :
        List.of(
            "storage.read:/data",
            "storage.read:/data/expo",
            "storage.modify:/data/user/alice",
            "firn.admin")) {
      assertThat(world.refresh(refresh, "scope", wider).error())
          .as(wider)
          .isEqualTo("invalid_scope");
    }
    assertThat(world.refresh(refresh, "audience", NERSC).error()).isEqualTo("invalid_target");
    Answer narrower = world.refresh(refresh, "scope", "storage.read:/data/exp/2023");
    assertThat(narrower.string("scope")).isEqualTo("storage.read:/data/exp/2023");
    assertThat(world.refresh(narrower.string("refresh_token")).string("scope"))
        .isEqualTo("storage.read:/data/exp");
  }

  @Test
  void anotherClientsRefreshTokenIsNoneAndEndsNothingG4() throws IOException {
    String refresh = login();
    assertThat(
            world
                .token("grant_type", "refresh_token", "client_id", "web", "refresh_token", refresh)
                .error())
        .isEqualTo("invalid_grant");
    assertThat(
            world
                .token(
                    "grant_type",
                    "refresh_token",
                    "client_id",
                    "agent",
                    "client_secret",
                    SECRET,
                    "refresh_token",
                    refresh)
                .error())
        .isEqualTo("unauthorized_client");
    assertThat(world.refresh(refresh).status()).isEqualTo(200);
  }

  @Test
  void processesThatRefreshAtOnceGetTheSameTokenG25() throws Exception {
    String refresh = login();
    try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
      List<Callable<Answer>> all = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        all.add(() -> world.refresh(refresh));
      }
      List<String> tokens = new ArrayList<>();
      for (Future<Answer> each : threads.invokeAll(all)) {
        tokens.add(each.get().string("refresh_token"));
      }
      assertThat(tokens).hasSize(8).doesNotContain("").allMatch(tokens.getFirst()::equals);
      assertThat(world.refresh(tokens.getFirst()).status()).isEqualTo(200);
    }
  }

  @Test
  void givingARefreshTokenBackEndsTheLogin() throws IOException {
    Answer login = world.login("alice", "scope", OFFLINE);
    String refresh = login.string("refresh_token");
    assertThat(world.post("/auth/revoke", "client_id", "firn", "token", refresh).status())
        .isEqualTo(200);
    assertThat(world.refresh(refresh).error()).isEqualTo("invalid_grant");
    assertThatThrownBy(() -> world.authenticator.verify(login.string("access_token")))
        .hasMessageContaining("revoked");
  }

  @Test
  void whatWasExchangedForATokenOfALoginEndsWithIt() throws IOException {
    Answer login = world.login("alice", "scope", OFFLINE);
    String narrow = exchanged(login.string("access_token"));
    String narrower = exchanged(narrow);
    assertThat(world.authenticator.verify(narrower).subject()).isEqualTo("alice");
    world.post("/auth/revoke", "client_id", "firn", "token", login.string("refresh_token"));
    for (String token : List.of(narrow, narrower)) {
      assertThatThrownBy(() -> world.authenticator.verify(token)).hasMessageContaining("revoked");
    }
  }

  private String exchanged(String token) throws IOException {
    Answer answer =
        world.token(
            "grant_type",
            GrantTypes.EXCHANGE,
            "subject_token",
            token,
            "subject_token_type",
            "urn:ietf:params:oauth:token-type:access_token",
            "scope",
            "storage.read:/data/exp");
    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    return answer.string("access_token");
  }

  @Test
  void aRefreshTokenOpensNothingA16() throws IOException {
    assertThatThrownBy(() -> world.authenticator.verify(login())).isInstanceOf(HttpProblem.class);
  }

  @Test
  void theDatabaseHoldsNoSecretInClearI9() throws Exception {
    String[] request = IssuerWorld.request("scope", OFFLINE);
    String code = world.allow("alice", request).redirected("code");
    String refresh = world.redeem(code).string("refresh_token");
    String next = world.refresh(refresh).string("refresh_token");
    Answer device = world.post("/auth/device_authorization", "client_id", "firn");
    StringBuilder dump = new StringBuilder();
    for (String table :
        List.of(
            "account",
            "login",
            "login_refresh",
            "login_access",
            "login_code",
            "login_device",
            "history")) {
      world
          .database()
          .database()
          .read(c -> {
            try (Statement select = c.createStatement();
                ResultSet rows =
                    select.executeQuery(
                        "SELECT t::text, encode(convert_to(t::text, 'UTF8'), 'escape') FROM "
                            + table
                            + " t")) {
              while (rows.next()) {
                dump.append(rows.getString(1)).append('\n');
              }
              return 0;
            }
          });
    }
    assertThat(dump).contains("alice").contains("$argon2id$");
    for (String secret :
        List.of(
            PASSWORD,
            code,
            refresh,
            next,
            device.string("device_code"),
            device.string("user_code"))) {
      assertThat(dump).doesNotContain(secret);
    }
  }

  @Test
  void theAuditLogNamesWhatWasGivenAndHoldsNoSecret() throws IOException {
    Answer login = world.login("alice", "scope", OFFLINE);
    Answer next = world.refresh(login.string("refresh_token"));
    assertThat(world.audit)
        .anyMatch(e -> e.kind().equals("login") && e.caller().subject().equals("alice"));
    assertThat(world.audit)
        .anyMatch(e ->
            e.kind().equals("token_issue")
                && e.reason().equals("code")
                && e.caller().identity().tokenId().equals(world.caller(login).identity().tokenId())
                && e.caller()
                    .identity()
                    .fingerprint()
                    .equals(world.caller(login).identity().fingerprint()));
    assertThat(world.audit).anyMatch(e -> e.kind().equals("token_refresh"));
    String all = world.audit.toString();
    for (String secret :
        List.of(
            PASSWORD,
            login.string("refresh_token"),
            next.string("access_token"),
            next.string("refresh_token"))) {
      assertThat(all).doesNotContain(secret);
    }
  }
}
