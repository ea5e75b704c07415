package dev.firn.console;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.http.RawClient;
import dev.firn.token.ServedRoutes;
import java.net.URI;
import org.junit.jupiter.api.Test;

/// Who looks at the console without a token.
class ViewersTest {
  @Test
  void whoSitsHereAsksForThisMachineByAName() throws Exception {
    try (ServedRoutes served =
        ServedRoutes.shut((router, authenticator, policy) ->
            new Console("madison", new Viewers(authenticator, policy), router)
                .add("/secret", (exchange, path) -> new Console.Content("Secret", new Html())))) {
      int port = URI.create(served.url()).getPort();
      for (String host : new String[] {"localhost", "127.0.0.1:" + port, "[::1]:" + port}) {
        assertThat(status(port, host)).as(host).isEqualTo(200);
      }
      for (String host :
          new String[] {
            "evil.example:" + port, "127.0.0.1.evil.example", "localhost.evil.example"
          }) {
        assertThat(status(port, host)).as(host).isEqualTo(401);
      }
    }
  }

  private static int status(int port, String host) throws Exception {
    String request = "GET /secret HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n";
    return RawClient.ask(port, request).status();
  }
}
