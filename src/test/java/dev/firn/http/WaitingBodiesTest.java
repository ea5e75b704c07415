package dev.firn.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Bodies whose source makes the sender wait, as a disk or another site does, hold up nobody else.
class WaitingBodiesTest {
  /// More than the buffers of a connection hold.
  private static final int LARGE = 24 << 20;

  @TempDir Path directory;
  private final CountDownLatch waiting = new CountDownLatch(1);
  private final CountDownLatch further = new CountDownLatch(1);
  private final Semaphore reading = new Semaphore(0);
  private final ExecutorService sender = Executors.newSingleThreadExecutor();
  private HttpServer server;
  private HttpFetcher fetcher;

  @BeforeEach
  void start() throws Exception {
    TestCertificates certificates = new TestCertificates(directory);
    InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    server =
        HttpServer.start(
            HttpServerConfig.https(address, certificates.certificate(), certificates.key()),
            this::answer);
    fetcher = HttpClients.create(HttpClients.Config.trusting(certificates.certificate()));
  }

  @AfterEach
  void stop() {
    further.countDown();
    reading.release();
    sender.shutdownNow();
    fetcher.close();
    server.close();
  }

  private void answer(Exchange exchange) throws IOException {
    if (exchange.rawPath().equals("/later")) {
      reading.acquireUninterruptibly();
    }
    long count = 0;
    try (InputStream body = exchange.body()) {
      byte[] buffer = new byte[1 << 16];
      for (int n; (n = body.read(buffer)) >= 0; ) {
        count += n;
      }
    }
    exchange.respond(200, "text/plain", Long.toString(count).getBytes(StandardCharsets.US_ASCII));
  }

  /// Zeros that make who reads them wait once, at `at`.
  private final class Waiting extends InputStream {
    private final int at;
    private int left;

    Waiting(int at, int length) {
      this.at = length - at;
      this.left = length;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0];
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      if (left == 0) {
        return -1;
      }
      if (left == at) {
        waiting.countDown();
        try {
          further.await();
        } catch (InterruptedException e) {
          throw new IOException(e);
        }
      }
      int count = Math.min(length, left > at ? left - at : left);
      left -= count;
      return count;
    }
  }

  private URI uri(String path) {
    return URI.create("https://localhost:" + server.securePort() + path);
  }

  private Future<String> put(String path, Map<String, String> headers, int at, int length) {
    HttpFetcher.Request put =
        new HttpFetcher.Request(
            "PUT",
            uri(path),
            headers,
            BodySource.stream(new Waiting(at, length), length),
            Duration.ofMinutes(1));
    return sender.submit(() -> text(put));
  }

  private String text(HttpFetcher.Request request) throws IOException {
    try (HttpFetcher.Response response = fetcher.send(request)) {
      return response.bodyText(100);
    }
  }

  private void othersAreAnswered(Future<String> put, int length) throws Exception {
    assertThat(waiting.await(30, TimeUnit.SECONDS)).isTrue();
    HttpFetcher.Request get =
        HttpFetcher.Request.of("GET", uri("/")).withTotalTimeout(Duration.ofSeconds(30));
    assertThat(text(get)).isEqualTo("0");
    further.countDown();
    assertThat(put.get(30, TimeUnit.SECONDS)).isEqualTo(Integer.toString(length));
  }

  @Test
  void atTheBeginningOfANewConnection() throws Exception {
    othersAreAnswered(put("/", Map.of(), 0, 1000), 1000);
  }

  @Test
  void afterTheServerHasAskedForIt() throws Exception {
    othersAreAnswered(put("/", Map.of("Expect", "100-continue"), 0, 1000), 1000);
  }

  @Test
  void whereTheConnectionWasFullBefore() throws Exception {
    Future<String> put = put("/later", Map.of(), LARGE - 1000, LARGE);
    assertThat(waiting.await(300, TimeUnit.MILLISECONDS)).as("the connection is full").isFalse();
    reading.release();
    othersAreAnswered(put, LARGE);
  }
}
