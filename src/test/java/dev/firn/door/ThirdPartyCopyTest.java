package dev.firn.door;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.http.Exchange;
import dev.firn.http.Handler;
import dev.firn.http.HttpServer;
import dev.firn.http.HttpServerConfig;
import dev.firn.http.RawClient;
import dev.firn.http.RawClient.Answer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ThirdPartyCopyTest {
  private static final String TEN = "0123456789";
  private static final String TEN_ADLER = "adler32=0aff020e";
  @TempDir Path directory;
  private final List<String> seen = new CopyOnWriteArrayList<>();
  private final CountDownLatch release = new CountDownLatch(1);
  private Handler peerHandler = this::honest;
  private HttpServer peer;
  private TestSite site;
  private TestSite other;
  private Asking door;

  @BeforeEach
  void start() throws Exception {
    InetSocketAddress loopback = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    peer =
        HttpServer.start(
            HttpServerConfig.plainOnly(loopback).withThreads(8).withGrace(Duration.ofMillis(100)),
            exchange -> peerHandler.handle(exchange));
    other = TestSite.open(directory.resolve("other"));
    TestSite.Options options = new TestSite.Options();
    options.config =
        config ->
            config
                .withPeers(
                    PeerPolicy.PUBLIC_ONLY
                        .trustingPlain("localhost:" + peer.plainPort())
                        .trustingPlain("localhost:" + other.plainPort()))
                .withCopies(new DoorConfig.Copies(3, 0, Duration.ofMillis(1500), false));
    site = TestSite.start(directory.resolve("site"), options);
    door = new Asking(site.plainPort());
  }

  @AfterEach
  void stop() throws IOException {
    release.countDown();
    site.close();
    other.close();
    peer.close();
  }

  /// A source and destination that does as it is asked and notes how it was asked.
  private void honest(Exchange exchange) throws IOException {
    note(exchange);
    switch (exchange.method()) {
      case "HEAD" -> {
        if (exchange.rawPath().endsWith("/absent")) {
          exchange.respond(404);
          return;
        }
        exchange.setHeader("Digest", TEN_ADLER);
        exchange.setHeader("Content-Length", "10");
        exchange.respond(200);
      }
      case "GET" -> exchange.respond(200, "text/plain", TEN.getBytes(StandardCharsets.US_ASCII));
      case "PUT" -> {
        seen.add("body " + new String(exchange.body().readAllBytes(), StandardCharsets.UTF_8));
        exchange.respond(201);
      }
      default -> exchange.respond(204);
    }
  }

  private void note(Exchange exchange) {
    seen.add(exchange.method() + " " + exchange.rawPath());
    for (String name : exchange.headerNames()) {
      exchange.headers(name).forEach(value -> seen.add(name.toLowerCase() + ": " + value));
    }
  }

  private String source(String path) {
    return "Source: http://localhost:" + peer.plainPort() + path;
  }

  private String destination(String path) {
    return "Destination: http://localhost:" + peer.plainPort() + path;
  }

  private static String last(Answer answer) {
    assertThat(answer.status()).isEqualTo(202);
    assertThat(answer.header("Content-Type")).hasValue("text/perf-marker-stream");
    return answer.text().lines().reduce("", (a, b) -> b);
  }

  private void assertNothingAt(String path) throws IOException {
    assertThat(door.ask("HEAD", path).status()).isEqualTo(404);
    try (Stream<Path> staged = Files.list(site.files.resolve(".firn/staging"))) {
      assertThat(staged).isEmpty();
    }
  }

  @Test
  void pullFetchesAFileFromAnotherSite() throws IOException {
    new Asking(other.plainPort()).put("/data/a/f", TEN);
    Answer answer =
        door.ask(
            "COPY",
            "/data/new/dir/f",
            "Source: http://localhost:" + other.plainPort() + "/data/a/f",
            "RequireChecksumVerification: true",
            "X-Number-Of-Streams: 0",
            "Credential: none",
            "Credential: none",
            "X-No-Delegate: true",
            "Secure-Redirection: 1");
    assertThat(last(answer)).isEqualTo("success: Created");
    assertThat(answer.text())
        .startsWith("Perf Marker\nTimestamp: ")
        .contains("\nStripe Bytes Transferred: 10\nTotal Stripe Count: 1\nEnd\n");
    assertThat(door.ask("GET", "/data/new/dir/f").text()).isEqualTo(TEN);
  }

  @Test
  void pushSendsAFileToAnotherSite() throws IOException {
    door.put("/data/f", TEN);
    String to = "Destination: http://localhost:" + other.plainPort() + "/data/pushed/f";
    Answer answer = door.ask("COPY", "/data/f", to, "RequireChecksumVerification: true");
    assertThat(last(answer)).isEqualTo("success: Created");
    assertThat(new Asking(other.plainPort()).ask("GET", "/data/pushed/f").text()).isEqualTo(TEN);
    assertThat(door.ask("COPY", "/data/f", to, "Overwrite: F").status()).isEqualTo(412);
  }

  @Test
  void onlyHarmlessHeadersAreForwarded() throws IOException {
    last(
        door.ask(
            "COPY",
            "/data/f",
            source("/f"),
            "TransferHeaderAuthorization: Bearer for-the-source",
            "TransferHeaderX-Extra: yes",
            "TransferHeaderHost: evil.example",
            "TransferHeaderContent-Length: 7",
            "TransferHeaderTransfer-Encoding: chunked",
            "TransferHeaderConnection: close",
            "TransferHeaderCookie: a=b",
            "TransferHeader: blank"));
    assertThat(seen).filteredOn(s -> s.equals("authorization: Bearer for-the-source")).hasSize(2);
    assertThat(seen).contains("x-extra: yes", "host: localhost:" + peer.plainPort());
    assertThat(seen)
        .noneMatch(
            s -> s.startsWith("cookie") || s.startsWith("content-length: 7") || s.contains("evil"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "Credential: gridsite | 400",
        "X-Number-Of-Streams: 101 | 400",
        "X-Number-Of-Streams: x | 400",
        "RequireChecksumVerification: maybe | 400",
        "Overwrite: X | 400",
        "Destination: http://localhost:1/x | 400",
        "Digest: adler32=zz | 400"
      })
  void contradictionsAreRefusedBeforeThe202(String header, int status) throws IOException {
    assertThat(door.ask("COPY", "/data/f", source("/f"), header).status()).isEqualTo(status);
    assertThat(seen).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "file:///etc/passwd | 400",
        "gopher://x/y | 400",
        "jar:http://x!/y | 400",
        "s3://bucket/key | 400",
        "https:///nohost | 400",
        "https://user:pw@example.org/x | 400",
        "http://example.org/x | 403",
        "https://127.0.0.1/x | 403",
        "https://[::1]/x | 403",
        "https://[::ffff:127.0.0.1]/x | 403",
        "https://0.0.0.0/x | 403",
        "https://169.254.169.254/latest | 403",
        "https://10.1.2.3/x | 403",
        "https://[fd00::1]/x | 403",
        "https://100.64.0.1/x | 403",
        "https://localhost/x | 403",
        "https://localhost./x | 400",
        "https://2130706433/x | 403",
        "https://127.0.0.1:22/x | 403",
        "https://does-not-exist.invalid/x | 400"
      })
  void peersThatAreNotAllowedAreNotSpokenTo(String url, int status) throws IOException {
    assertThat(door.ask("COPY", "/data/f", "Source: " + url).status()).isIn(status, 403, 400);
    door.put("/data/own", TEN);
    assertThat(door.ask("COPY", "/data/own", "Destination: " + url).status()).isIn(400, 403);
  }

  @Test
  void copyNeedsOneOfSourceAndDestination() throws IOException {
    assertThat(door.ask("COPY", "/data/f").status()).isEqualTo(400);
  }

  @Test
  void missingSourceIsAFailureLine() throws IOException {
    assertThat(last(door.ask("COPY", "/data/f", source("/absent"))))
        .isEqualTo("failure: the source answered 404 to HEAD");
    assertNothingAt("/data/f");
  }

  @Test
  void refusalForWantOfACredentialSaysSo() throws IOException {
    String hint =
        "; no credential for the source was sent: give its token as TransferHeaderAuthorization";
    for (int status : new int[] {401, 403}) {
      peerHandler = exchange -> exchange.respond(status);
      String refusal = "failure: the source answered " + status + " to HEAD";
      assertThat(last(door.ask("COPY", "/data/f", source("/f")))).isEqualTo(refusal + hint);
      assertThat(
              last(
                  door.ask(
                      "COPY",
                      "/data/f",
                      source("/f"),
                      "TransferHeaderAuthorization: Bearer no-good")))
          .isEqualTo(refusal);
    }
    assertNothingAt("/data/f");
    door.put("/data/own", TEN);
    peerHandler = exchange -> exchange.respond(exchange.method().equals("HEAD") ? 404 : 401);
    assertThat(last(door.ask("COPY", "/data/own", destination("/f"))))
        .isEqualTo(
            "failure: the destination answered 401 to PUT; no credential for the destination was"
                + " sent: give its token as TransferHeaderAuthorization");
  }

  @Test
  void overwriteIsHeeded() throws IOException {
    door.put("/data/f", "old");
    assertThat(door.ask("COPY", "/data/f", source("/f"), "Overwrite: F").status()).isEqualTo(412);
    assertThat(last(door.ask("COPY", "/data/f", source("/f")))).isEqualTo("success: Created");
    assertThat(door.ask("GET", "/data/f").text()).isEqualTo(TEN);
  }

  @Test
  void bytesThatAreNotThoseOfTheSourceAreRefused() throws IOException {
    peerHandler = answering("Digest", "adler32=00000001", TEN);
    assertThat(last(door.ask("COPY", "/data/f", source("/f"))))
        .startsWith("failure: expected adler32:00000001 but received adler32:0aff020e");
    assertNothingAt("/data/f");
    peerHandler = this::honest;
    assertThat(last(door.ask("COPY", "/data/f", source("/f"), "Digest: adler32=00000002")))
        .startsWith("failure: ");
    assertNothingAt("/data/f");
  }

  @Test
  void sourceWithoutADigestFailsWhereOneIsRequired() throws IOException {
    peerHandler = answering("X-None", "0", TEN);
    String required = "RequireChecksumVerification: true";
    assertThat(last(door.ask("COPY", "/data/f", source("/f"), required))).contains("no checksum");
    assertNothingAt("/data/f");
    assertThat(last(door.ask("COPY", "/data/f", source("/f")))).isEqualTo("success: Created");
  }

  @Test
  void aSourceIsAskedOnceForAFileThatIsSaidToBeSmall() throws IOException {
    peerHandler =
        exchange -> {
          note(exchange);
          exchange.setHeader("Digest", TEN_ADLER);
          exchange.respond(200, "text/plain", TEN.getBytes(StandardCharsets.US_ASCII));
        };
    String required = "RequireChecksumVerification: true";
    Answer answer = door.ask("COPY", "/data/f", source("/f"), "Upload-Length: 10", required);
    assertThat(last(answer)).isEqualTo("success: Created");
    assertThat(seen)
        .contains("GET /f", "want-digest: adler32, crc32c;q=0.5, md5;q=0.2")
        .noneMatch(s -> s.startsWith("HEAD"));
    assertThat(last(door.ask("COPY", "/data/g", source("/f"), "Upload-Length: 11")))
        .isEqualTo("failure: expected 11 bytes but the source has 10");
    assertThat(last(door.ask("COPY", "/data/g", source("/f"), "Upload-Length: 9000000")))
        .isEqualTo("failure: expected 9000000 bytes but the source has 10");
    assertThat(door.ask("HEAD", "/data/g").status()).isEqualTo(404);
  }

  @Test
  void aSourceThatTellsAChecksumToHeadAloneIsAskedTwiceWhereOneIsRequired() throws IOException {
    String small = "Upload-Length: 10";
    String required = "RequireChecksumVerification: true";
    assertThat(last(door.ask("COPY", "/data/f", source("/f"), small, required)))
        .isEqualTo("success: Created");
    assertThat(seen).contains("GET /f", "HEAD /f");
    peerHandler = answering("X-None", "0", TEN);
    assertThat(last(door.ask("COPY", "/data/g", source("/f"), small, required)))
        .contains("no checksum");
    assertThat(door.ask("HEAD", "/data/g").status()).isEqualTo(404);
  }

  @Test
  void digestsThatAreRecordedAfterwardsAreToldToThoseWhoAsk() throws IOException {
    String sha =
        "sha-512=:u5bC/EDS1UYX1vJ2/r5XH2I6ja3wtzSFUpmw4Qf9oyz2tp8toys2RF1zaQuTy9D3v8IOD38oVT0qRCjyO3FukA==:";
    String wanted = "Want-Repr-Digest: adler=1, md5=2, sha-512=3";
    Answer answer = door.ask("COPY", "/data/f", source("/f"), "Repr-Digest: " + sha, wanted);
    assertThat(answer.text())
        .endsWith("End\nRepr-Digest: " + sha + ", adler=:Cv8CDg==:\nsuccess: Created\n");
    assertThat(door.ask("COPY", "/data/g", source("/f"), wanted).text())
        .endsWith("End\nRepr-Digest: adler=:Cv8CDg==:\nsuccess: Created\n");
    assertThat(door.ask("COPY", "/data/h", source("/f")).text()).doesNotContain("Repr-Digest");
  }

  private Handler answering(String header, String value, String body) {
    return exchange -> {
      exchange.setHeader(header, value);
      exchange.respond(200, "text/plain", body.getBytes(StandardCharsets.US_ASCII));
    };
  }

  @ParameterizedTest
  @ValueSource(strings = {"short", "stall", "long", "error"})
  void bodyThatIsNotWholeLeavesNothing(String how) throws IOException {
    peerHandler =
        exchange -> {
          boolean longer = how.equals("long");
          exchange.setHeader(
              "Content-Length", longer && !exchange.method().equals("HEAD") ? "12" : "10");
          if (exchange.method().equals("HEAD")) {
            exchange.respond(200);
            return;
          }
          if (how.equals("error")) {
            exchange.respond(500, "text/html", "<secret>internal</secret>".getBytes());
            return;
          }
          Exchange.Body body = exchange.start(200);
          body.write(ByteBuffer.wrap(longer ? new byte[12] : new byte[4]));
          body.flush();
          if (how.equals("stall")) {
            pause();
          }
          if (!longer) {
            throw new IOException("cut");
          }
          body.close();
        };
    String line = last(door.ask("COPY", "/data/f", source("/f")));
    assertThat(line).startsWith("failure: ").doesNotContain("secret");
    assertThat(line.length()).isLessThan(1000);
    assertNothingAt("/data/f");
  }

  private void pause() throws IOException {
    try {
      release.await(20, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  @Test
  void redirectIsVettedLikeThePeerItself() throws IOException {
    peerHandler =
        exchange -> {
          note(exchange);
          exchange.setHeader("Location", "https://169.254.169.254/latest");
          exchange.respond(307);
        };
    assertThat(last(door.ask("COPY", "/data/f", source("/f")))).contains("not allowed");
    assertNothingAt("/data/f");
  }

  @Test
  void credentialDoesNotFollowARedirectToAnotherOrigin() throws IOException {
    new Asking(other.plainPort()).put("/data/f", TEN);
    peerHandler =
        exchange -> {
          exchange.setHeader("Location", "http://localhost:" + other.plainPort() + "/data/f");
          exchange.respond(307);
        };
    // An open door refuses every token it is shown, so success means that it was shown none.
    String token = "TransferHeaderAuthorization: Bearer for-the-source";
    assertThat(last(door.ask("COPY", "/data/f", source("/f"), token)))
        .isEqualTo("success: Created");
  }

  @Test
  void tooManyCopiesAreToldToComeBack() throws IOException {
    CountDownLatch entered = new CountDownLatch(2);
    peerHandler =
        exchange -> {
          entered.countDown();
          pause();
          honest(exchange);
        };
    try (RawClient one = begin("/data/one");
        RawClient two = begin("/data/two")) {
      one.line();
      two.line();
      Answer third = door.ask("COPY", "/data/three", source("/f"));
      assertThat(third.status()).isEqualTo(429);
      assertThat(third.header("Retry-After")).isPresent();
      release.countDown();
    }
  }

  private RawClient begin(String name) throws IOException {
    RawClient client = new RawClient(site.plainPort());
    client.send("COPY " + name + " HTTP/1.1\r\nHost: x\r\n" + source("/f") + "\r\n\r\n");
    return client;
  }

  @Test
  @Tag("slow")
  void clientThatGoesAwayEndsTheCopy() throws Exception {
    CountDownLatch gone = new CountDownLatch(1);
    peerHandler =
        exchange -> {
          if (exchange.method().equals("HEAD")) {
            exchange.respond(200);
            return;
          }
          Exchange.Body body = exchange.start(200);
          try {
            while (true) {
              body.write(ByteBuffer.wrap(new byte[1000]));
              body.flush();
              if (release.await(20, TimeUnit.MILLISECONDS)) {
                return;
              }
            }
          } catch (IOException e) {
            gone.countDown();
            throw e;
          } catch (InterruptedException e) {
            throw new IOException(e);
          }
        };
    try (RawClient client = begin("/data/f")) {
      assertThat(client.line()).contains("202");
    }
    assertThat(gone.await(30, TimeUnit.SECONDS)).isTrue();
    site.close();
    assertThat(Files.exists(site.files.resolve("f"))).isFalse();
    try (Stream<Path> staged = Files.list(site.files.resolve(".firn/staging"))) {
      assertThat(staged).isEmpty();
    }
  }

  @Test
  void pushThatDestinationMisreadsFails() throws IOException {
    door.put("/data/f", "other bytes");
    assertThat(last(door.ask("COPY", "/data/f", destination("/f"))))
        .isEqualTo("failure: the destination has 10 of 11 bytes");
    door.put("/data/g", "9876543210");
    assertThat(last(door.ask("COPY", "/data/g", destination("/g"))))
        .startsWith("failure: the destination has adler32:0aff020e but the file adler32:");
    assertThat(seen).contains("body 9876543210");
  }

  @Test
  void aPushThatFailsRemovesOnlyWhatWasNotThereBefore() throws IOException {
    door.put("/data/f", "other bytes");
    AtomicInteger before = new AtomicInteger(404);
    Handler misreading =
        exchange -> {
          boolean first = exchange.method().equals("HEAD") && seen.isEmpty();
          if (first) {
            note(exchange);
            exchange.respond(before.get());
          } else {
            honest(exchange);
          }
        };
    peerHandler = misreading;
    assertThat(last(door.ask("COPY", "/data/f", destination("/f"))))
        .isEqualTo("failure: the destination has 10 of 11 bytes");
    assertThat(seen).contains("PUT /f", "DELETE /f");
    seen.clear();
    before.set(403); // a token that may write and not look
    assertThat(last(door.ask("COPY", "/data/f", destination("/f"))))
        .isEqualTo("failure: the destination has 10 of 11 bytes");
    assertThat(seen).contains("PUT /f").doesNotContain("DELETE /f");
    seen.clear();
    before.set(503);
    assertThat(door.ask("COPY", "/data/f", destination("/f"), "Overwrite: F").status())
        .isEqualTo(502);
    assertThat(seen).doesNotContain("PUT /f");
  }

  @Test
  void aSourceThatTellsNoLengthIsHeldToTheOneTold() throws IOException {
    peerHandler =
        exchange -> {
          if (exchange.method().equals("HEAD")) {
            exchange.respond(405);
            return;
          }
          try (Exchange.Body body = exchange.start(200)) {
            body.write(StandardCharsets.US_ASCII.encode(TEN));
          }
        };
    for (String length : List.of("11", "9000000")) { // asked once, and by HEAD before
      assertThat(last(door.ask("COPY", "/data/f", source("/f"), "Upload-Length: " + length)))
          .isEqualTo("failure: expected " + length + " bytes but the source has 10");
      assertNothingAt("/data/f");
    }
    assertThat(last(door.ask("COPY", "/data/f", source("/f"), "Upload-Length: 10")))
        .isEqualTo("success: Created");
  }
}
