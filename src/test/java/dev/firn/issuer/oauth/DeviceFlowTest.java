package dev.firn.issuer.oauth;

import static dev.firn.issuer.oauth.IssuerWorld.PASSWORD;
import static dev.firn.issuer.oauth.IssuerWorld.pairs;
import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.issuer.oauth.IssuerWorld.Answer;
import dev.firn.token.Caller;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The device flow (RFC 8628), with a person at the page and a program that asks.
class DeviceFlowTest {
  private static final String GRANT = "urn:ietf:params:oauth:grant-type:device_code";

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

  private Answer begin(String... more) throws IOException {
    return world.post(
        "/auth/device_authorization", pairs(new String[] {"client_id", "firn"}, more));
  }

  private Answer poll(Answer device) throws IOException {
    return world.token(
        "grant_type", GRANT, "client_id", "firn", "device_code", device.string("device_code"));
  }

  private Answer decide(String code, String decision, String password) throws IOException {
    return world.post(
        "/auth/device",
        "user_code",
        code,
        "username",
        "alice",
        "password",
        password,
        "decision",
        decision);
  }

  @Test
  void aDeviceHasItsTokenOnceItIsApprovedAndNotBeforeG6() throws IOException {
    Answer device = begin("scope", "storage.read:/data offline_access");
    String code = device.string("user_code");
    assertThat(code).matches("[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}");
    assertThat(device.string("verification_uri_complete"))
        .isEqualTo(device.string("verification_uri") + "?user_code=" + code);
    assertThat(device.json().path("interval").asInt()).isEqualTo(5);
    assertThat(poll(device).error()).isEqualTo("authorization_pending");

    Answer page = world.get("/auth/device?user_code=" + code);
    assertThat(page.text()).contains("/data").contains("firn").contains(code);
    // As somebody types it who reads it from a screen.
    String typed = code.toLowerCase(Locale.ROOT).replace('-', ' ');
    assertThat(decide(typed, "allow", PASSWORD).text()).contains("Logged in");

    world.pass(Duration.ofSeconds(5));
    Answer answer = poll(device);
    Caller caller = world.caller(answer);
    assertThat(caller.subject()).isEqualTo("alice");
    assertThat(answer.string("scope")).isEqualTo("storage.read:/data");
    assertThat(answer.string("refresh_token")).isNotEmpty();
    assertThat(poll(device).error()).as("a device code is good once").isEqualTo("invalid_grant");
    assertThat(decide(code, "allow", PASSWORD).status()).isEqualTo(404);
  }

  @Test
  void aDeviceThatAsksTooOftenIsToldToSlowDownG6() throws IOException {
    Answer device = begin();
    assertThat(poll(device).error()).isEqualTo("authorization_pending");
    world.pass(Duration.ofSeconds(1));
    assertThat(poll(device).error()).isEqualTo("slow_down");
    world.pass(Duration.ofSeconds(6));
    assertThat(poll(device).error()).as("ten seconds from then on").isEqualTo("slow_down");
    world.pass(Duration.ofSeconds(15));
    assertThat(poll(device).error()).isEqualTo("authorization_pending");
  }

  @Test
  void aRefusedAndAnExpiredDeviceGetNothingG6() throws IOException {
    Answer refused = begin();
    assertThat(decide(refused.string("user_code"), "deny", "").text()).contains("Refused");
    assertThat(poll(refused).error()).isEqualTo("access_denied");

    Answer late = begin();
    world.pass(Duration.ofSeconds(601));
    assertThat(decide(late.string("user_code"), "allow", PASSWORD).status()).isEqualTo(404);
    assertThat(poll(late).error()).isEqualTo("expired_token");
  }

  @Test
  void aDeviceCodeOfOneClientIsNoneOfAnothersG5() throws IOException {
    Answer device = begin("scope", "storage.read:/data");
    decide(device.string("user_code"), "allow", PASSWORD);
    Answer stolen =
        world.token(
            "grant_type", GRANT, "client_id", "web", "device_code", device.string("device_code"));
    assertThat(stolen.error()).isEqualTo("invalid_grant");
    assertThat(poll(device).status()).isEqualTo(200);
    assertThat(
            world
                .post(
                    "/auth/device_authorization",
                    "client_id",
                    "agent",
                    "client_secret",
                    IssuerWorld.SECRET)
                .error())
        .isEqualTo("unauthorized_client");
  }

  @Test
  void approvingNeedsThePasswordEachTimeG8() throws IOException {
    Answer device = begin();
    Answer answer = decide(device.string("user_code"), "allow", "wrong");
    assertThat(answer.status()).isEqualTo(401);
    assertThat(answer.text()).contains("wrong").contains(device.string("user_code"));
    assertThat(poll(device).error()).isEqualTo("authorization_pending");
  }

  @Test
  void guessingUserCodesEndsAfterAFewTriesG7() throws IOException {
    Answer device = begin();
    int looked = 0;
    for (int i = 0; i < 60; i++) {
      if (world.get("/auth/device?user_code=" + Secrets.userCode()).status() == 404) {
        looked++;
      }
    }
    assertThat(looked).isEqualTo(60);
    // Out of tries, the right code is not told from a wrong one.
    assertThat(world.get("/auth/device?user_code=" + device.string("user_code")).status())
        .isEqualTo(404);
    world.pass(Duration.ofSeconds(10));
    assertThat(world.get("/auth/device?user_code=" + device.string("user_code")).status())
        .isEqualTo(200);
  }

  @Test
  void userCodesDifferAndAreReadHoweverTheyAreTyped() {
    Set<String> codes = new HashSet<>();
    for (int i = 0; i < 1000; i++) {
      codes.add(Secrets.userCode());
    }
    assertThat(codes).hasSize(1000);
    assertThat(Secrets.normalUserCode(" bcdf ghjk ")).isEqualTo("BCDF-GHJK");
    assertThat(Secrets.normalUserCode("BCDF")).isEmpty();
    assertThat(Secrets.normalUserCode("BCDFGHJKL")).isEmpty();
  }
}
