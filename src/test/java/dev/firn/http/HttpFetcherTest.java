package dev.firn.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HttpFetcherTest {
  private final List<AutoCloseable> open = new ArrayList<>();
  private final List<String> seen = new CopyOnWriteArrayList<>();
  private HttpFetcher fetcher;
  private HttpServer server;
  private URI base;

  @BeforeEach
  void start() throws IOException {
    fetcher = HttpClients.create(HttpClients.Config.trusting());
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.start();
    base = URI.create("http://localhost:" + server.getAddress().getPort());
  }

  @AfterEach
  void stop() throws Exception {
    fetcher.close();
    server.stop(0);
    for (AutoCloseable c : open) {
      c.close();
    }
  }

  private HttpFetcher.Request to(String method, String path) {
    return HttpFetcher.Request.of(method, base.resolve(path));
  }

  /// A server that answers every connection's first request head with `answer` and then closes.
  private URI raw(String answer) throws IOException {
    ServerSocket socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    open.add(socket);
    Thread.ofVirtual()
        .start(() -> {
          while (!socket.isClosed()) {
            try (Socket s = socket.accept()) {
              seen.add(readHead(s.getInputStream()));
              s.getOutputStream().write(answer.getBytes(StandardCharsets.ISO_8859_1));
            } catch (IOException e) {
              seen.add("closed");
            }
          }
        });
    return URI.create("http://127.0.0.1:" + socket.getLocalPort() + "/x");
  }

  private static String readHead(InputStream in) throws IOException {
    StringBuilder head = new StringBuilder();
    for (int c; head.indexOf("\r\n\r\n") < 0 && (c = in.read()) >= 0; ) {
      head.append((char) c);
    }
    return head.toString();
  }

  @Test
  void getReturnsStatusHeadersAndBody() throws IOException {
    server.createContext(
        "/a",
        x -> {
          x.getResponseHeaders().add("Digest", "adler32=00000001");
          x.sendResponseHeaders(200, 5);
          x.getResponseBody().write("hello".getBytes(StandardCharsets.UTF_8));
          x.close();
        });
    try (var response = fetcher.send(to("GET", "/a"))) {
      assertThat(response.status()).isEqualTo(200);
      assertThat(response.header("digest")).contains("adler32=00000001");
      assertThat(response.contentLength()).isEqualTo(5);
      assertThat(response.bodyText(100)).isEqualTo("hello");
    }
  }

  @Test
  void theTargetIsSentAsWritten() throws IOException {
    URI uri = raw("HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n");
    URI odd = URI.create(uri + "/%2e%41;v=1/%C3%A9?a=%2F&b=1+2&a=3&c");
    fetcher.send(HttpFetcher.Request.of("GET", odd)).close();
    assertThat(seen.getFirst()).startsWith("GET /x/%2e%41;v=1/%C3%A9?a=%2F&b=1+2&a=3&c HTTP/1.1");
    assertThat(seen.getFirst()).doesNotContainIgnoringCase("accept-encoding");
  }

  @Test
  void anAnswerThatEndsEarlyIsAnErrorAndNeverAnEnd() throws IOException {
    URI uri = raw("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this");
    try (var response = fetcher.send(HttpFetcher.Request.of("GET", uri))) {
      assertThatThrownBy(() -> response.body().readAllBytes())
          .isInstanceOf(RemoteException.class)
          .hasMessageContaining("broke off after 9 bytes");
    }
  }

  @Test
  void aChunkedAnswerThatEndsEarlyIsAnError() throws IOException {
    URI uri = raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nwhol\r\n");
    try (var response = fetcher.send(HttpFetcher.Request.of("GET", uri))) {
      assertThatThrownBy(() -> response.body().readAllBytes())
          .isInstanceOf(RemoteException.class)
          .hasMessageContaining("broke off after 4 bytes");
    }
  }

  @Test
  void aTrailerIsKnownAfterTheBody() throws IOException {
    URI uri =
        raw(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nwhol\r\n0\r\n"
                + "X-Transfer-Status: 200: OK\r\n\r\n");
    try (var response = fetcher.send(HttpFetcher.Request.of("GET", uri))) {
      assertThat(response.bodyText(10)).isEqualTo("whol");
      assertThat(response.body().read()).isEqualTo(-1);
      assertThat(response.trailer("X-Transfer-Status")).contains("200: OK");
    }
  }

  @Test
  void refusedConnectionIsRemoteAndSaysSo() throws IOException {
    URI gone;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      gone = URI.create("http://127.0.0.1:" + socket.getLocalPort() + "/x?access_token=secret");
    }
    RemoteException e =
        catchThrowableOfType(
            RemoteException.class,
            () ->
                fetcher.send(
                    HttpFetcher.Request.of("PUT", gone).withBody(BodySource.bytes(new byte[10]))));
    assertThat(e.kind()).isEqualTo(RemoteException.Kind.REMOTE);
    assertThat(e.detail()).contains("cannot connect").doesNotContain("secret");
  }

  @Test
  void unknownHostIsRemote() {
    RemoteException e =
        catchThrowableOfType(
            RemoteException.class,
            () ->
                fetcher.send(
                    HttpFetcher.Request.of("GET", URI.create("http://no-such-host.invalid/"))));
    assertThat(e.kind()).isEqualTo(RemoteException.Kind.REMOTE);
  }

  @Test
  void silenceAfterAPutIsUnknownAndAfterAGetIsRemote() throws IOException {
    ServerSocket socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    open.add(socket);
    URI uri = URI.create("http://127.0.0.1:" + socket.getLocalPort() + "/x");
    var put =
        HttpFetcher.Request.of("PUT", uri)
            .withBody(BodySource.bytes(new byte[10]))
            .withIdleTimeout(Duration.ofMillis(200));
    assertThat(catchThrowableOfType(RemoteException.class, () -> fetcher.send(put)).kind())
        .isEqualTo(RemoteException.Kind.UNKNOWN);
    var get = HttpFetcher.Request.of("GET", uri).withTotalTimeout(Duration.ofMillis(200));
    assertThat(catchThrowableOfType(RemoteException.class, () -> fetcher.send(get)).kind())
        .isEqualTo(RemoteException.Kind.REMOTE);
  }

  @Test
  void aBodyThatStallsFailsAfterTheIdleTimeout() throws IOException {
    ServerSocket socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    open.add(socket);
    Thread.ofVirtual()
        .start(() -> {
          try {
            Socket s = socket.accept();
            open.add(s);
            readHead(s.getInputStream());
            s.getOutputStream().write("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc".getBytes());
          } catch (IOException e) {
            seen.add(e.toString());
          }
        });
    URI uri = URI.create("http://127.0.0.1:" + socket.getLocalPort() + "/x");
    var get = HttpFetcher.Request.of("GET", uri).withIdleTimeout(Duration.ofMillis(300));
    try (var response = fetcher.send(get)) {
      assertThatThrownBy(() -> response.body().readAllBytes())
          .isInstanceOf(RemoteException.class)
          .hasMessageContaining("after 3 bytes");
    }
  }

  @Test
  void aConnectionClosedAfterAPostIsUnknown() throws IOException {
    URI uri = raw("");
    var post = HttpFetcher.Request.of("POST", uri);
    assertThat(catchThrowableOfType(RemoteException.class, () -> fetcher.send(post)).kind())
        .isEqualTo(RemoteException.Kind.UNKNOWN);
    assertThat(seen).hasSize(1);
  }

  @Test
  void aFileRangeIsSentWithItsLength(@TempDir Path dir) throws IOException {
    byte[] content = new byte[3_000_000];
    new Random(1).nextBytes(content);
    Path file = Files.write(dir.resolve("f"), content);
    AtomicInteger length = new AtomicInteger();
    server.createContext(
        "/p",
        x -> {
          length.set(Integer.parseInt(x.getRequestHeaders().getFirst("Content-Length")));
          seen.add(String.valueOf(x.getRequestHeaders().getFirst("Expect")));
          byte[] got = x.getRequestBody().readAllBytes();
          boolean same = Arrays.equals(got, Arrays.copyOfRange(content, 7, 2_000_007));
          x.sendResponseHeaders(same ? 201 : 500, -1);
          x.close();
        });
    AtomicLong passed = new AtomicLong();
    var put =
        to("PUT", "/p")
            .withBody(BodySource.file(file, 7, 2_000_000))
            .withHeader("Expect", "100-continue")
            .withFlow(passed::addAndGet);
    try (var response = fetcher.send(put)) {
      assertThat(response.status()).isEqualTo(201);
    }
    assertThat(length).hasValue(2_000_000);
    assertThat(passed).hasValue(2_000_000);
    assertThat(seen).containsExactly("100-continue");
  }

  @Test
  void aRefusalInsteadOfContinueSendsNoBody() throws Exception {
    URI uri = raw("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno");
    AtomicLong passed = new AtomicLong();
    CountDownLatch given = new CountDownLatch(1);
    InputStream body =
        new ByteArrayInputStream(new byte[1000]) {
          @Override
          public void close() {
            given.countDown();
          }
        };
    var put =
        HttpFetcher.Request.of("PUT", uri)
            .withBody(BodySource.stream(body, 1000))
            .withHeader("Expect", "100-continue")
            .withFlow(passed::addAndGet);
    try (var response = fetcher.send(put)) {
      assertThat(passed).hasValue(0);
      assertThat(response.status()).isEqualTo(403);
      // The refusal is read after Jetty has given up the request.
      assertThat(given.await(10, TimeUnit.SECONDS)).isTrue();
      assertThat(response.bodyText(10)).isEqualTo("no");
    }
  }

  @Test
  void aStreamShorterThanPromisedFailsTheRequest() {
    server.createContext(
        "/p",
        x -> {
          x.getRequestBody().readAllBytes();
          x.sendResponseHeaders(201, -1);
          x.close();
        });
    var put =
        to("PUT", "/p")
            .withBody(BodySource.stream(new ByteArrayInputStream(new byte[10]), 1_000_000));
    assertThatThrownBy(() -> fetcher.send(put))
        .isInstanceOf(RemoteException.class)
        .hasMessageContaining("ends 999990 bytes early");
  }

  @Test
  void aStreamOfUnknownLengthIsChunked() throws IOException {
    server.createContext(
        "/p",
        x -> {
          seen.add(String.valueOf(x.getRequestHeaders().getFirst("Transfer-Encoding")));
          int got = x.getRequestBody().readAllBytes().length;
          x.sendResponseHeaders(got == 700_000 ? 201 : 500, -1);
          x.close();
        });
    var put =
        to("PUT", "/p")
            .withBody(BodySource.stream(new ByteArrayInputStream(new byte[700_000]), -1));
    try (var response = fetcher.send(put)) {
      assertThat(response.status()).isEqualTo(201);
    }
    assertThat(seen).containsExactly("chunked");
  }

  @Test
  void challengesAndRedirectsAreTheCallersBusiness() throws IOException {
    server.createContext(
        "/c",
        x -> {
          x.getResponseHeaders().add("WWW-Authenticate", "Bearer");
          x.sendResponseHeaders(401, -1);
          x.close();
        });
    server.createContext("/r", x -> redirect(x, 302, "/c"));
    try (var a = fetcher.send(to("GET", "/c"));
        var b = fetcher.send(to("GET", "/r"))) {
      assertThat(a.status()).isEqualTo(401);
      assertThat(b.status()).isEqualTo(302);
    }
  }

  private void redirect(HttpExchange x, int status, String to) throws IOException {
    x.getResponseHeaders().add("Location", to);
    x.sendResponseHeaders(status, -1);
    x.close();
  }

  @Test
  void followingStopsAtAnotherOriginUnlessAllowedAndNeverTakesTheTokenThere() throws IOException {
    URI other = raw("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    server.createContext("/near", x -> redirect(x, 307, "/far"));
    server.createContext("/far", x -> redirect(x, 307, other.toString()));
    var get = to("GET", "/near").withBearer("secret").withHeader("X-Auth-Token", "secret");
    RemoteException e =
        catchThrowableOfType(
            RemoteException.class,
            () -> fetcher.sendFollowing(get, HttpFetcher.RedirectPolicy.SAME_ORIGIN));
    assertThat(e.kind()).isEqualTo(RemoteException.Kind.CLIENT);
    assertThat(seen).isEmpty();
    try (var response = fetcher.sendFollowing(get, (from, to) -> true)) {
      assertThat(response.status()).isEqualTo(200);
    }
    assertThat(seen.getFirst()).doesNotContain("secret");
  }

  @Test
  void endlessRedirectsEnd() {
    server.createContext("/loop", x -> redirect(x, 302, "/loop"));
    assertThatThrownBy(
            () -> fetcher.sendFollowing(to("GET", "/loop"), HttpFetcher.RedirectPolicy.SAME_ORIGIN))
        .isInstanceOf(RemoteException.class)
        .hasMessageContaining("more than 5");
  }

  @Test
  void closingEarlyGivesUpAnEndlessAnswer() throws IOException {
    server.createContext(
        "/endless",
        x -> {
          x.sendResponseHeaders(200, 0);
          byte[] block = new byte[100_000];
          try {
            while (true) {
              x.getResponseBody().write(block);
            }
          } catch (IOException e) {
            seen.add("client left");
          }
        });
    try (var response = fetcher.send(to("GET", "/endless"))) {
      assertThat(response.body().readNBytes(10)).hasSize(10);
    }
    Assertions.assertTimeoutPreemptively(
        Duration.ofSeconds(60),
        () -> {
          while (seen.isEmpty()) {
            Thread.onSpinWait();
            Thread.yield();
          }
        });
  }

  @Test
  void userInfoAndOtherSchemesAreRefused() {
    assertThatThrownBy(() -> HttpFetcher.Request.of("GET", URI.create("http://u:p@h/")))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> HttpFetcher.Request.of("GET", URI.create("file:///etc/passwd")))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void anUntrustedCertificateIsRefused(@TempDir Path dir) throws IOException {
    assertThatThrownBy(
            () -> HttpClients.create(HttpClients.Config.trusting(dir.resolve("absent.pem"))))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("absent.pem");
  }

  @Test
  void aByteRateIsKeptByTheSchedule() {
    AtomicLong clock = new AtomicLong(0);
    ByteFlow.Limited limited = new ByteFlow.Limited(1000, clock::get);
    assertThat(limited.book(250)).isLessThanOrEqualTo(0);
    assertThat(limited.book(1000)).isEqualTo(1_000_000_000L);
    clock.set(10_000_000_000L);
    assertThat(limited.book(1000)).isEqualTo(10_750_000_000L);
  }
}
