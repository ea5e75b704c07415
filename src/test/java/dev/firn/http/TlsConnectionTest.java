package dev.firn.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TlsConnectionTest {
  private static final int MANY = 5_000_000;

  @TempDir Path directory;
  private final AtomicLong whole = new AtomicLong();
  private final CompletableFuture<Throwable> broken = new CompletableFuture<>();
  private TestCertificates certificates;
  private HttpServer server;

  @BeforeEach
  void start() throws Exception {
    certificates = new TestCertificates(directory);
    InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    server =
        HttpServer.start(
            HttpServerConfig.https(address, certificates.certificate(), certificates.key()),
            this::echo);
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private void echo(Exchange exchange) throws IOException {
    try {
      byte[] body = exchange.body().readAllBytes();
      whole.incrementAndGet();
      exchange.respond(200, "application/octet-stream", body);
    } catch (IOException e) {
      broken.complete(e);
      throw e;
    }
  }

  private static byte[] some(long seed, int count) {
    byte[] bytes = new byte[count];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  private static byte[] put(int length) {
    return ("PUT /x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: "
            + length
            + "\r\n\r\n")
        .getBytes(StandardCharsets.US_ASCII);
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void recordsOfEveryLengthComeAndGoWhole(String version) throws Exception {
    long seed = System.nanoTime();
    System.out.println("seed " + seed);
    Random random = new Random(seed);
    byte[] body = some(seed, MANY);
    try (SSLSocket socket =
        (SSLSocket)
            certificates
                .trust()
                .getSocketFactory()
                .createSocket("localhost", server.securePort())) {
      socket.setEnabledProtocols(new String[] {version});
      OutputStream out = socket.getOutputStream();
      out.write(put(body.length));
      for (int at = 0; at < body.length; ) {
        int most = random.nextInt(4) == 0 ? 300 : 60_000;
        int n = Math.min(body.length - at, 1 + random.nextInt(most));
        out.write(body, at, n);
        at += n;
      }
      byte[] answer = socket.getInputStream().readAllBytes();
      assertThat(answer.length).isGreaterThan(body.length);
      assertThat(Arrays.copyOfRange(answer, answer.length - body.length, answer.length))
          .isEqualTo(body);
    }
  }

  @Test
  void ourClientSendsAndReceivesWhole() throws Exception {
    byte[] body = some(5, MANY);
    try (HttpFetcher fetcher =
        HttpClients.create(HttpClients.Config.trusting(certificates.authorityFile()))) {
      URI uri = URI.create("https://localhost:" + server.securePort() + "/x");
      for (int i = 0; i < 3; i++) {
        try (HttpFetcher.Response response =
            fetcher.send(HttpFetcher.Request.of("PUT", uri).withBody(BodySource.bytes(body)))) {
          assertThat(response.body().readAllBytes()).isEqualTo(body);
        }
      }
    }
  }

  /// A bit that turns on the way is never handed on, however many good records came before it.
  @Test
  void turnedBitEndsTheConnectionAndTheBody() throws Exception {
    byte[] body = some(6, MANY);
    try (ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      CompletableFuture<Void> relay = relay(listener, 3_000_000);
      try (Socket socket =
          certificates
              .trust()
              .getSocketFactory()
              .createSocket("localhost", listener.getLocalPort())) {
        OutputStream out = socket.getOutputStream();
        out.write(put(body.length));
        assertThatThrownBy(
                () -> {
                  out.write(body);
                  assertThat(socket.getInputStream().readAllBytes()).isEmpty();
                  throw new IOException("nothing came back");
                })
            .isInstanceOf(IOException.class);
      }
      assertThat(broken.get(20, TimeUnit.SECONDS)).isInstanceOf(IOException.class);
      assertThat(whole).hasValue(0);
      relay.get(20, TimeUnit.SECONDS);
    }
  }

  /// Carries one connection to the server, and turns one bit of what the client sends.
  private CompletableFuture<Void> relay(ServerSocket listener, int at) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    Thread.ofPlatform()
        .daemon()
        .start(() -> {
          try (Socket client = listener.accept();
              Socket far = new Socket("localhost", server.securePort())) {
            Thread back =
                Thread.ofPlatform().daemon().start(() -> copy(far, client, Integer.MAX_VALUE));
            copy(client, far, at);
            back.join(20_000);
            done.complete(null);
          } catch (IOException | InterruptedException e) {
            done.completeExceptionally(e);
          }
        });
    return done;
  }

  private static void copy(Socket from, Socket to, int turn) {
    try {
      InputStream in = from.getInputStream();
      byte[] buffer = new byte[8192];
      long seen = 0;
      for (int n = in.read(buffer); n > 0; n = in.read(buffer)) {
        if (turn >= seen && turn < seen + n) {
          buffer[(int) (turn - seen)] ^= 1;
        }
        to.getOutputStream().write(buffer, 0, n);
        seen += n;
      }
      to.shutdownOutput();
    } catch (IOException _) {
      // the other side ended it, which is what the test looks at
    }
  }
}
