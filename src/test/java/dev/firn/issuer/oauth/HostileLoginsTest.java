package dev.firn.issuer.oauth;

import static dev.firn.issuer.oauth.IssuerWorld.PASSWORD;
import static dev.firn.issuer.oauth.IssuerWorld.pairs;
import static dev.firn.issuer.oauth.IssuerWorld.request;
import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.http.Exchange;
import dev.firn.issuer.oauth.IssuerWorld.Answer;
import dev.firn.token.Audit;
import java.io.IOException;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What nobody types by mistake, and accounts that hold more than a token can say.
class HostileLoginsTest {
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

  @Test
  void namesThatNobodyCanHaveAreWrongNames() throws IOException {
    Answer begun = world.post("/auth/device_authorization", "client_id", "firn");
    for (String name : List.of("alice\0", "\ud800", "a".repeat(60_000))) {
      Answer byCode =
          world.post(
              "/auth/authorize",
              pairs(request(), "username", name, "password", PASSWORD, "decision", "allow"));
      assertThat(byCode.status()).isEqualTo(401);
      Answer byDevice =
          world.post(
              "/auth/device",
              "user_code",
              begun.string("user_code"),
              "username",
              name,
              "password",
              PASSWORD,
              "decision",
              "allow");
      assertThat(byDevice.status()).isEqualTo(401);
    }
    assertThat(world.allow("alice", request()).redirected("code")).isNotEmpty();
  }

  /// A request of which nothing is known but whence it comes.
  private static Exchange from(String address) {
    InetSocketAddress remote = new InetSocketAddress(InetAddress.ofLiteral(address), 4711);
    return (Exchange)
        Proxy.newProxyInstance(
            Exchange.class.getClassLoader(),
            new Class<?>[] {Exchange.class},
            (proxy, method, arguments) ->
                method.isDefault()
                    ? InvocationHandler.invokeDefault(proxy, method, arguments)
                    : remote);
  }

  @Test
  void whoHasANetworkOfIpv6GuessesNoOftenerThanWhoHasAnAddress() {
    SignIn signIn =
        new SignIn(world.accounts, "https://x", Audit.NONE, InstantSource.fixed(Instant.EPOCH));
    for (int i = 1; i <= 30; i++) {
      assertThat(signIn.mayTry(from("2001:db8:1:2:" + i + "::" + i))).isTrue();
    }
    assertThat(signIn.mayTry(from("2001:db8:1:2:ffff::1"))).isFalse();
    assertThat(signIn.mayTry(from("2001:db8:1:3::1"))).isTrue();
    assertThat(signIn.mayTry(from("192.0.2.1"))).isTrue();
    for (int i = 1; i <= 29; i++) {
      assertThat(signIn.mayTry(from("192.0.2.1"))).isTrue();
    }
    assertThat(signIn.mayTry(from("192.0.2.1"))).isFalse();
    assertThat(signIn.mayTry(from("192.0.2.2"))).isTrue();
  }

  @Test
  void whatTheRecordCannotHoldIsRefusedBeforeAnybodyLogsIn() throws IOException {
    for (String name : List.of("nonce", "state")) {
      String[] asked = request();
      String[] hostile =
          name.equals("state") ? replaced(asked, "state", "s\0") : pairs(asked, name, "n\0");
      assertThat(world.allow("alice", hostile).redirected("error"))
          .as(name)
          .isEqualTo("invalid_request");
    }
  }

  @Test
  void noTokenIsGivenThatNoServerTakes() throws IOException {
    List<String> many =
        IntStream.range(0, 90).mapToObj(i -> "storage.read:/data/" + i + "x".repeat(100)).toList();
    world.add("bob", List.of(), many);
    Answer all = world.login("bob");
    assertThat(all.error()).isEqualTo("invalid_scope");
    assertThat(all.text()).contains("fewer scopes");
    assertThat(world.login("bob", "scope", many.getFirst()).status()).isEqualTo(200);
  }

  private static String[] replaced(String[] request, String name, String value) {
    String[] other = request.clone();
    for (int i = 0; i < other.length; i += 2) {
      if (other[i].equals(name)) {
        other[i + 1] = value;
      }
    }
    return other;
  }
}
