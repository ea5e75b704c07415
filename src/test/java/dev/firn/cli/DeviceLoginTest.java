package dev.firn.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.cli.login.DeviceLogin;
import dev.firn.cli.login.OAuthServer;
import dev.firn.http.Exchange;
import dev.firn.http.HttpClients;
import dev.firn.http.HttpFetcher;
import dev.firn.http.HttpProblem;
import dev.firn.http.Json;
import dev.firn.token.ServedRoutes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/// The device flow at an issuer that is not always there.
class DeviceLoginTest {
  private final AtomicInteger questions = new AtomicInteger();

  private static void begin(Exchange exchange) throws IOException {
    Json.respond(
        exchange,
        200,
        Map.of(
            "device_code", "d", "user_code", "U", "verification_uri", "https://x", "interval", 5));
  }

  private void answer(Exchange exchange) throws IOException {
    switch (questions.incrementAndGet()) {
      case 1 -> throw new HttpProblem(503, "busy", "come again");
      case 2 -> throw new HttpProblem(429, "too-often", "come again");
      case 3 -> {
        exchange.setHeader("Content-Length", "100");
        Exchange.Body body = exchange.start(200);
        body.write(ByteBuffer.wrap(new byte[] {'{'}));
        throw new IOException("cut");
      }
      case 4 -> Json.respond(exchange, 400, Map.of("error", "authorization_pending"));
      default -> Json.respond(exchange, 200, Map.of("access_token", "t"));
    }
  }

  @Test
  void anIssuerThatCannotBeReachedIsAskedAgainAndMoreSeldomL6() throws Exception {
    List<Long> pauses = new ArrayList<>();
    try (ServedRoutes served =
            ServedRoutes.open((router, authenticator, policy) -> {
              router.add("POST", "/device", DeviceLoginTest::begin);
              router.add("POST", "/token", this::answer);
            });
        HttpFetcher client = HttpClients.create(HttpClients.Config.trusting())) {
      OAuthServer server =
          new OAuthServer(
              "https://issuer.example",
              Json.mapper()
                  .valueToTree(
                      Map.of(
                          "device_authorization_endpoint",
                          served.url() + "/device",
                          "token_endpoint",
                          served.url() + "/token")));
      OAuthServer.Answer answer =
          new DeviceLogin(
                  client,
                  server,
                  new OAuthServer.Wish("firn", "", "", ""),
                  time -> pauses.add(time.toSeconds()))
              .run((uri, code, complete) -> assertThat(code).isEqualTo("U"));
      assertThat(answer.text("access_token")).isEqualTo("t");
    }
    assertThat(pauses).containsExactly(5L, 10L, 15L, 20L, 20L);
  }
}
