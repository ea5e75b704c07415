package dev.firn.door;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jwt.SignedJWT;
import dev.firn.http.Exchange;
import dev.firn.http.HttpServer;
import dev.firn.http.HttpServerConfig;
import dev.firn.http.RawClient;
import dev.firn.http.RawClient.Answer;
import dev.firn.token.revocation.Revocation;
import dev.firn.token.revocation.Revocation.Kind;
import dev.firn.token.revocation.RevocationList;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// E17: a token that is revoked ends the transfers that run on it, and no others.
class RevokedTransfersTest {
  private static final int MANY = 64 << 20;
  private static final String SCOPES = "storage.read:/ storage.modify:/";

  @TempDir Path directory;
  private final RevocationList revocations = new RevocationList(Clock.systemUTC());
  private final CountDownLatch sending = new CountDownLatch(1);
  private final CountDownLatch release = new CountDownLatch(1);
  private TestTokens tokens;
  private HttpServer peer;
  private TestSite site;
  private Asking door;

  @BeforeEach
  void start() throws Exception {
    InetSocketAddress loopback = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    peer =
        HttpServer.start(
            HttpServerConfig.plainOnly(loopback).withThreads(8).withGrace(Duration.ofMillis(100)),
            this::stall);
    tokens = new TestTokens();
    TestSite.Options options = new TestSite.Options();
    options.access = tokens.access(revocations);
    options.config = config -> config.withPeers(PeerPolicy.PUBLIC_ONLY.trustingPlain("localhost"));
    site = TestSite.start(directory, options);
    door = new Asking(site.plainPort());
    Files.write(site.files.resolve("large"), new byte[MANY]);
  }

  @AfterEach
  void stop() throws IOException {
    release.countDown();
    site.close();
    peer.close();
  }

  /// Promises a file, sends some of it and then nothing.
  private void stall(Exchange exchange) throws IOException {
    exchange.setHeader("Content-Length", "" + MANY);
    if (exchange.method().equals("HEAD")) {
      exchange.respond(200);
      return;
    }
    Exchange.Body body = exchange.start(200);
    body.write(ByteBuffer.allocate(1 << 20));
    body.flush();
    sending.countDown();
    await(release);
    throw new IOException("cut");
  }

  private static void await(CountDownLatch latch) throws IOException {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  private void revoke(Kind kind, String token) throws Exception {
    var claims = SignedJWT.parse(token).getJWTClaimsSet();
    String value =
        switch (kind) {
          case TOKEN -> claims.getJWTID();
          case SUBJECT -> claims.getSubject();
          case CLIENT -> claims.getStringClaim("client_id");
          case KEY -> "k1";
          case ISSUER -> "";
        };
    revocations.replace(
        "test", List.of(Revocation.of(kind, TestTokens.ISSUER, value, Instant.MAX, Instant.MAX)));
  }

  private static String head(String method, String path, String token, String more) {
    return "%s %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n%s\r\n"
        .formatted(method, path, token, more);
  }

  private void assertNothingAt(String path) throws IOException {
    Answer answer = door.ask("HEAD", path, "Authorization: " + tokens.bearer("storage.read:/"));
    assertThat(answer.status()).isIn(401, 404);
    assertThat(site.files.resolve(path.substring("/data/".length()))).doesNotExist();
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void uploadEnds(Kind kind) throws Exception {
    String token = tokens.token(SCOPES);
    byte[] some = new byte[1000];
    try (RawClient client = new RawClient(site.plainPort())) {
      client.send(head("PUT", "/data/f", token, "Content-Length: " + MANY + "\r\n"));
      client.send(some);
      revoke(kind, token);
      int sent = some.length;
      try {
        for (; sent + some.length < MANY; sent += some.length) {
          client.send(some);
          Thread.sleep(10);
        }
      } catch (SocketException e) {
        // it has hung up
      }
      assertThat(sent + some.length).isLessThan(MANY);
    }
    assertNothingAt("/data/f");
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void downloadEnds(Kind kind) throws Exception {
    String token = tokens.token(SCOPES);
    try (RawClient client = new RawClient(site.plainPort())) {
      client.send(head("GET", "/data/large", token, ""));
      assertThat(client.read(1000)).hasSize(1000);
      revoke(kind, token);
      int read = 0;
      int n;
      do {
        n = client.skip(20_000);
        read += n;
        Thread.sleep(5);
      } while (n > 0);
      assertThat(read).isLessThan(MANY);
    }
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void thirdPartyCopyEndsAndSaysWhy(Kind kind) throws Exception {
    String token = tokens.token(SCOPES);
    String source = "Source: http://localhost:" + peer.plainPort() + "/f\r\n";
    try (RawClient client = new RawClient(site.plainPort())) {
      client.send(head("COPY", "/data/f", token, source));
      await(sending);
      revoke(kind, token);
      Answer answer = client.answer();
      assertThat(answer.status()).isEqualTo(202);
      assertThat(answer.text()).endsWith("failure: the token was revoked\n");
    }
    assertNothingAt("/data/f");
  }

  @Test
  void othersGoOn() throws Exception {
    String alice = tokens.token("alice", SCOPES);
    String bob = tokens.token("bob", SCOPES);
    try (RawClient one = new RawClient(site.plainPort());
        RawClient two = new RawClient(site.plainPort())) {
      String length = "Content-Length: 2000\r\n";
      one.send(head("PUT", "/data/a", alice, length));
      two.send(head("PUT", "/data/b", bob, length));
      one.send(new byte[1000]);
      two.send(new byte[1000]);
      revoke(Kind.SUBJECT, alice);
      String source = "Source: http://localhost:" + peer.plainPort() + "/f";
      // Its end shows that the door has looked.
      assertThat(door.ask("COPY", "/data/c", source, "Authorization: Bearer " + alice).status())
          .isEqualTo(401);
      Thread.sleep(5000);
      two.send(new byte[1000]);
      assertThat(two.answer().status()).isEqualTo(201);
      one.send(new byte[1000]);
      assertThat(one.answer().status()).isEqualTo(401);
    }
    try (Stream<Path> staged = Files.list(site.files.resolve(".firn/staging"))) {
      assertThat(staged).isEmpty();
    }
  }
}
