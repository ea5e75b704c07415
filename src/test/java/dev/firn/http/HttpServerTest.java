package dev.firn.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HttpServerTest {
  private final AtomicReference<String> smuggled = new AtomicReference<>("");
  private HttpServer server;
  private int port;

  @BeforeEach
  void start() throws IOException {
    Router router = new Router();
    router.add(
        "GET", "/things/{id}", (exchange, path) -> Json.respond(exchange, 200, path.values()));
    router.add("PUT", "/things/{id}", (exchange, path) -> exchange.respond(201));
    router.add("GET", "/cut", HttpServerTest::cut);
    router.add("GET", "/fails", exchange -> fail());
    router.add("GET", "/smuggled", exchange -> smuggled.set("yes"));
    router.mount("/data", HttpServerTest::echo);
    server = HttpServer.start(HttpServerConfig.plainOnly(loopback()), router);
    port = server.plainPort();
  }

  private static InetSocketAddress loopback() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
  }

  private static void fail() {
    throw new IllegalStateException("secret detail");
  }

  private static void echo(Exchange exchange) throws IOException {
    if (exchange.method().equals("PUT") && exchange.rawPath().contains("refused")) {
      throw new HttpProblem(403, "forbidden", "no");
    }
    byte[] body = exchange.body().readAllBytes();
    exchange.setHeader("X-Length", "" + exchange.contentLength());
    exchange.respond(
        200,
        "text/plain",
        (exchange.rawPath() + "|" + body.length).getBytes(StandardCharsets.UTF_8));
  }

  private static void cut(Exchange exchange) throws IOException {
    exchange.setHeader("Content-Length", "10");
    Exchange.Body body = exchange.start(200);
    body.write(ByteBuffer.wrap(new byte[4]));
    throw new IOException("disk broke");
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private RawClient.Answer ask(String head) throws IOException {
    return RawClient.ask(port, head.replace("\n", "\r\n") + "\r\n\r\n");
  }

  @Test
  void routeKnowsWhatItsNamesStandFor() throws IOException {
    assertThat(ask("GET /things/a%20b HTTP/1.1\nHost: x").text()).isEqualTo("{\"id\":\"a b\"}");
    assertThat(ask("GET //things/7/ HTTP/1.1\nHost: x").text()).isEqualTo("{\"id\":\"7\"}");
  }

  @Test
  void unknownPathIsAProblemBody() throws IOException {
    RawClient.Answer answer = ask("GET /nowhere HTTP/1.1\nHost: x");
    assertThat(answer.status()).isEqualTo(404);
    assertThat(answer.header("Content-Type")).hasValue("application/problem+json");
    assertThat(answer.text()).contains("\"code\":\"not-found\"");
  }

  @Test
  void wrongMethodNamesTheAllowedOnes() throws IOException {
    RawClient.Answer answer = ask("DELETE /things/7 HTTP/1.1\nHost: x");
    assertThat(answer.status()).isEqualTo(405);
    assertThat(answer.header("Allow")).hasValue("GET, HEAD, OPTIONS, PUT");
  }

  @ParameterizedTest
  @ValueSource(strings = {"TRACE /things/7", "CONNECT x:80", "TRACE /data/x"})
  void traceAndConnectAreNotServed(String line) throws IOException {
    assertThat(ask(line + " HTTP/1.1\nHost: x:80").status()).isBetween(400, 405);
  }

  @Test
  void headIsGetWithoutBody() throws IOException {
    RawClient.Answer answer = ask("HEAD /things/7 HTTP/1.1\nHost: x");
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.header("Content-Length")).hasValue("10");
  }

  @Test
  void pathReachesTheHandlerAsSent() throws IOException {
    for (String path :
        new String[] {
          "/data//a%2Fb",
          "/data/%2e%2e/x",
          "/data/a;b=1",
          "/data/%c0%ae",
          "/data/a%5cb",
          "/data/a%25b"
        }) {
      RawClient.Answer answer = ask("GET " + path + " HTTP/1.1\nHost: x");
      assertThat(answer.status()).as(path).isEqualTo(200);
      assertThat(answer.text()).isEqualTo(path + "|0");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"/data/../../x", "/../x", "/data/x#y", "data/x"})
  void targetsThatLeaveTheRootNeverBecomeAnotherPath(String target) throws IOException {
    RawClient.Answer answer = ask("GET " + target + " HTTP/1.1\nHost: x");
    if (answer.status() == 200) {
      assertThat(answer.text()).isEqualTo(target + "|0");
    } else {
      assertThat(answer.status()).isEqualTo(400);
    }
  }

  @Test
  void failureSaysNothingOfItsCause() throws IOException {
    RawClient.Answer answer = ask("GET /fails HTTP/1.1\nHost: x");
    assertThat(answer.status()).isEqualTo(500);
    assertThat(answer.text()).doesNotContain("secret");
  }

  @Test
  void halfAnAnswerIsNeverTakenForAWhole() {
    assertThatThrownBy(
            () -> {
              RawClient.Answer answer = ask("GET /cut HTTP/1.1\nHost: x");
              assertThat(answer.body()).hasSize(10);
            })
        .isInstanceOfAny(IOException.class, AssertionError.class);
  }

  @Test
  void bodyShorterThanItsLengthIsNotAnEndOfStream() throws IOException {
    try (RawClient client = new RawClient(port)) {
      client.send("PUT /data/x HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc");
      client.finishSending();
      RawClient.Answer answer = client.answer();
      assertThat(answer.status()).isGreaterThanOrEqualTo(400);
    } catch (IOException e) {
      assertThat(e).hasMessageContaining("closed");
    }
  }

  @Test
  void continueIsAnsweredOnlyWhenTheBodyIsRead() throws IOException {
    String head = " HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n";
    try (RawClient client = new RawClient(port)) {
      client.send("PUT /data/refused" + head);
      assertThat(client.answer().status()).isEqualTo(403);
    }
    try (RawClient client = new RawClient(port)) {
      client.send("PUT /data/x" + head);
      assertThat(client.answer().status()).isEqualTo(100);
      client.send("abc");
      assertThat(client.answer().text()).isEqualTo("/data/x|3");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Content-Length: 4\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\nContent-Length: 4",
        "Content-Length: 4\nContent-Length: 5",
        "Content-Length: -4",
        "Transfer-Encoding: chunkedX",
        "Transfer-Encoding: CHUNKED",
        "Transfer-Encoding: chunked\nTransfer-Encoding: chunked",
        "Transfer-Encoding: gzip, chunked",
        "Content-Length: +4",
        "Content-Length: 0x4",
        "Content-Length: 99999999999999999999",
        "Content-Length : 4",
        "X-Folded: a\n b",
        "X-Nul: a\0b",
        "Host: y"
      })
  void doubtfulFramingIsRefusedAndEndsTheConnection(String headers) throws IOException {
    try (RawClient client = new RawClient(port)) {
      client.send(
          "PUT /data/x HTTP/1.1\r\nHost: x\r\n"
              + headers.replace("\n", "\r\n")
              + "\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n");
      assertThat(client.answer().status()).isEqualTo(400);
      assertThat(client.closedByServer()).isTrue();
    }
    assertThat(smuggled.get()).isEmpty();
  }

  @Test
  void oversizedHeaderIsRefused() throws IOException {
    assertThat(ask("GET /data/x HTTP/1.1\nHost: x\nX-Big: " + "a".repeat(40_000)).status())
        .isEqualTo(431);
  }

  @Test
  void longRangeHeaderArrives() throws IOException {
    assertThat(ask("GET /data/x HTTP/1.1\nHost: x\nRange: bytes=" + "0-1,".repeat(2000)).status())
        .isEqualTo(200);
  }

  @Test
  void plainHttpIsForLoopbackOnly() {
    InetSocketAddress everywhere = new InetSocketAddress("0.0.0.0", 0);
    assertThatThrownBy(() -> HttpServerConfig.plainOnly(everywhere))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("loopback");
  }
}
