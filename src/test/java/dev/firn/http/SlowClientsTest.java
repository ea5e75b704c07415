package dev.firn.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Clients that are never silent and never get anywhere, clients that are many, and a server that
/// is told to stop while clients are busy.
class SlowClientsTest {
  private static final Duration PATIENCE = Duration.ofSeconds(1);
  private static final int LONG = 64 * 1024 * 1024;
  private static final int PUT = 400_000;
  private static final int CLOSED = 0;

  @TempDir Path directory;
  private final BlockingQueue<String> outcomes = new LinkedBlockingQueue<>();
  private SSLContext trust;
  private HttpServer server;
  private int plainPort;
  private int securePort;

  @BeforeEach
  void start() throws Exception {
    TestCertificates certificates = new TestCertificates(directory);
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    store.setCertificateEntry(
        "ca", CertificateFiles.certificates(certificates.authorityFile()).getFirst());
    TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
    factory.init(store);
    trust = SSLContext.getInstance("TLS");
    trust.init(null, factory.getTrustManagers(), null);
    InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    server =
        HttpServer.start(
            HttpServerConfig.https(any, certificates.certificate(), certificates.key())
                .withPlain(any)
                .withClients(HttpServerConfig.Clients.of(20, 10_000, PATIENCE).withMostOfOne(20)),
            this::answer);
    plainPort = server.plainPort();
    securePort = server.securePort();
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private void answer(Exchange exchange) throws IOException {
    try {
      switch (exchange.rawPath()) {
        case "/long" -> download(exchange, LONG);
        case "/short" -> download(exchange, 4 * PUT);
        case "/thoughtful" -> think(exchange);
        case "/stream" ->
            exchange.respond(200, "text/plain", new byte[exchange.body().readAllBytes().length]);
        default -> {
          List<Integer> sizes = new ArrayList<>();
          exchange.receive(bytes -> sizes.add(bytes.remaining()));
          exchange.setHeader("X-Received", "" + sizes.stream().mapToInt(n -> n).sum());
          exchange.respond(201);
        }
      }
      outcomes.add("whole");
    } catch (IOException e) {
      outcomes.add("cut");
      throw e;
    }
  }

  private static void download(Exchange exchange, int length) throws IOException {
    exchange.setHeader("Content-Length", "" + length);
    Exchange.Body body = exchange.start(200);
    for (int sent = 0; sent < length; sent += 100_000) {
      body.write(ByteBuffer.allocate(Math.min(100_000, length - sent)));
    }
    body.close();
  }

  private static void think(Exchange exchange) throws IOException {
    pause(PATIENCE.multipliedBy(3));
    exchange.respond(204);
  }

  private static void pause(Duration time) {
    try {
      Thread.sleep(time);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private RawClient connect(boolean secure) throws IOException {
    Socket socket = new Socket();
    socket.setReceiveBufferSize(64 * 1024);
    socket.connect(
        new InetSocketAddress(InetAddress.getLoopbackAddress(), secure ? securePort : plainPort));
    return new RawClient(
        secure
            ? trust.getSocketFactory().createSocket(socket, "localhost", securePort, true)
            : socket);
  }

  /// Sends one byte at a time until the server has had enough.
  private static void dribble(RawClient client, int times) {
    assertThatThrownBy(
            () -> {
              for (int i = 0; i < times; i++) {
                client.send("a");
                pause(Duration.ofMillis(50));
              }
              if (client.closedByServer()) {
                throw new SocketException("closed");
              }
            })
        .isInstanceOf(SocketException.class);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void headThatNeverEndsIsCutOff(boolean secure) throws IOException {
    try (RawClient client = connect(secure)) {
      client.send("GET /x HTTP/1.1\r\nHost: x\r\nX-Slow: ");
      dribble(client, 100);
    }
    assertThat(outcomes).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void bodyThatDribblesInIsCutOff(boolean secure) throws Exception {
    for (String path : List.of("/taken", "/stream")) {
      try (RawClient client = connect(secure)) {
        client.send("PUT " + path + " HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n");
        dribble(client, 200);
      }
      assertThat(outcomes.poll(20, TimeUnit.SECONDS)).as(path).isEqualTo("cut");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void answerThatIsNotReadIsCutOff(boolean secure) throws Exception {
    try (RawClient client = connect(secure)) {
      client.send("GET /long HTTP/1.1\r\nHost: x\r\n\r\n");
      assertThat(client.line()).endsWith("200 OK");
      assertThat(outcomes.poll(20, TimeUnit.SECONDS)).isEqualTo("cut");
    }
  }

  @Test
  void whoReadsAByteNowAndThenIsCutOff() throws Exception {
    try (RawClient client = connect(false)) {
      client.send("GET /long HTTP/1.1\r\nHost: x\r\n\r\n");
      String outcome = null;
      for (int i = 0; i < 400 && outcome == null; i++) {
        client.skip(10);
        outcome = outcomes.poll(50, TimeUnit.MILLISECONDS);
      }
      assertThat(outcome).isEqualTo("cut");
    }
  }

  @Test
  void slowButSteadyIsLetGoOn() throws Exception {
    try (RawClient client = connect(false)) {
      client.send("PUT /taken HTTP/1.1\r\nHost: x\r\nContent-Length: " + PUT + "\r\n\r\n");
      for (int sent = 0; sent < PUT; sent += PUT / 40) {
        client.send(new byte[PUT / 40]);
        pause(Duration.ofMillis(100));
      }
      assertThat(client.answer().header("X-Received")).hasValue("" + PUT);
    }
  }

  @Test
  void timeThatTheServerTakesIsNotTheClients() throws Exception {
    try (RawClient client = connect(false)) {
      client.send("GET /thoughtful HTTP/1.1\r\nHost: x\r\n\r\n");
      assertThat(client.answer().status()).isEqualTo(204);
    }
  }

  @Test
  void connectionThatIsKeptOpenBetweenRequestsIsNotCutOff() throws Exception {
    try (RawClient client = connect(true)) {
      for (int i = 0; i < 2; i++) {
        client.send("PUT /taken HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\na");
        assertThat(client.answer().status()).isEqualTo(201);
        pause(PATIENCE.multipliedBy(2));
      }
    }
  }

  @Test
  void connectionsPastTheBoundAreToldToComeLaterAndTheOthersAreServed() throws IOException {
    List<RawClient> clients = new ArrayList<>();
    try {
      for (int i = 0; i < 60; i++) {
        clients.add(connect(false));
      }
      List<Integer> answers = new ArrayList<>();
      for (RawClient client : clients) {
        answers.add(ask(client));
      }
      assertThat(answers).filteredOn(n -> n == 201).hasSize(20);
      assertThat(answers).filteredOn(n -> n == 503).hasSizeGreaterThanOrEqualTo(20);
      assertThat(answers).containsOnly(201, 503, CLOSED);
    } finally {
      for (RawClient client : clients) {
        client.close();
      }
    }
  }

  private static int ask(RawClient client) {
    try {
      client.send("PUT /x HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\na");
      RawClient.Answer answer = client.answer();
      if (answer.status() == 503) {
        assertThat(answer.header("Retry-After")).hasValue("10");
        assertThat(answer.text()).contains("too-many-connections");
        assertThat(client.closedByServer()).isTrue();
      }
      return answer.status();
    } catch (IOException e) {
      return CLOSED;
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void stoppingLetsTransfersEndThatPauseAndTakesNoMore(boolean secure) throws Exception {
    Duration pause = Duration.ofMillis(700);
    try (RawClient upload = connect(secure);
        RawClient download = connect(secure);
        RawClient idle = connect(secure)) {
      idle.send("PUT /x HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\na");
      assertThat(idle.answer().status()).isEqualTo(201);
      upload.send(
          "PUT /taken HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: "
              + PUT
              + "\r\n\r\n");
      assertThat(upload.answer().status()).isEqualTo(100); // what has not begun may be cut off
      upload.send(new byte[PUT / 2]);
      download.send("GET /short HTTP/1.1\r\nHost: x\r\n\r\n");
      assertThat(download.line()).endsWith("200 OK");
      CompletableFuture<Void> stopped = CompletableFuture.runAsync(server::close);
      assertThat(idle.closedByServer()).isTrue();
      pause(pause);
      RawClient.awaitRefusal(secure ? securePort : plainPort);
      upload.send(new byte[PUT / 4]);
      pause(pause);
      upload.send(new byte[PUT / 4]);
      assertThat(upload.answer().header("X-Received")).hasValue("" + PUT);
      while (!download.line().isEmpty()) {
        continue;
      }
      assertThat(download.skip(4 * PUT)).isEqualTo(4 * PUT);
      stopped.get(20, TimeUnit.SECONDS);
    }
  }
}
