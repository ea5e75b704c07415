package dev.firn.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.firn.http.HttpFetcher;
import dev.firn.http.HttpServer;
import dev.firn.http.HttpServerConfig;
import dev.firn.http.Json;
import dev.firn.http.Router;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;

/// What `firn infer stream --notify` makes of a site's answers.
class InferStreamTest {
  private static final JsonNode CANDIDATE = Json.mapper().createObjectNode().put("run", 1);

  private final AtomicInteger status = new AtomicInteger();
  private final StringWriter said = new StringWriter();
  private final InferStream stream = new InferStream();
  private HttpServer site;

  @BeforeEach
  void start() throws IOException {
    Router router = new Router();
    router.add(
        "POST",
        "/api/v1/notices",
        exchange -> Json.respond(exchange, status.get(), Map.of("detail", "an answer")));
    InetAddress loopback = InetAddress.getLoopbackAddress();
    site = HttpServer.start(HttpServerConfig.plainOnly(new InetSocketAddress(loopback, 0)), router);
    new CommandLine(stream).setErr(new PrintWriter(said, true));
    stream.remote.url = URI.create("http://127.0.0.1:" + site.plainPort());
  }

  @AfterEach
  void stop() {
    site.close();
  }

  private boolean tell(int answer) throws IOException {
    status.set(answer);
    try (HttpFetcher http = stream.remote.open()) {
      return stream.tell(http, CANDIDATE);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {401, 403, 408, 429, 500, 503})
  void whatSaysNothingOfTheCandidateIsTriedLater(int answer) {
    assertThatThrownBy(() -> tell(answer))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(Integer.toString(answer));
    assertThat(said.toString()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {400, 404, 409, 422})
  void aCandidateThatIsRefusedIsNotToldOfAgain(int answer) throws IOException {
    assertThat(tell(answer)).isFalse();
    assertThat(said.toString()).contains("refused").contains("an answer");
  }

  @Test
  void oneThatIsBelowTheThresholdIsNotCountedAsTaken() throws IOException {
    assertThat(tell(201)).isTrue();
    assertThat(tell(200)).isFalse();
    assertThat(said.toString()).isEmpty();
  }
}
