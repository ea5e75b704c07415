package dev.firn.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.firn.http.HttpClients;
import dev.firn.http.HttpFetcher;
import dev.firn.http.HttpServer;
import dev.firn.http.HttpServerConfig;
import dev.firn.http.Router;
import dev.firn.http.TestCertificates;
import dev.firn.token.Caller;
import dev.firn.token.revocation.Revocation;
import dev.firn.token.revocation.Revocation.Kind;
import dev.firn.token.revocation.RevocationDocument;
import dev.firn.token.revocation.RevocationList;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RevocationWatchTest {
  @TempDir Path directory;

  private final RevocationList list = new RevocationList(Clock.systemUTC());

  private static byte[] document(String issuer, String... subjects) {
    return RevocationDocument.write(
        List.of(subjects).stream()
            .map(s -> Revocation.of(Kind.SUBJECT, issuer, s, Instant.MAX, Instant.MAX))
            .toList());
  }

  private boolean stopped(String issuer, String subject) {
    return list.isRevoked(Caller.of(issuer, subject, "storage.read:/"));
  }

  /// Much longer than the three seconds it takes, for a machine that is busy.
  private static void await(BooleanSupplier condition) throws InterruptedException {
    Instant end = Instant.now().plus(Duration.ofMinutes(1));
    while (!condition.getAsBoolean()) {
      assertThat(Instant.now()).as("still waiting").isBefore(end);
      Thread.sleep(50);
    }
  }

  @Test
  void issuersListIsFollowedKeptAndUsedByTheNextStartWithoutTheIssuer() throws Exception {
    TestCertificates certificates = new TestCertificates(directory);
    AtomicReference<byte[]> published = new AtomicReference<>(new byte[0]);
    Router router = new Router();
    router.add(
        "GET", "/auth/revocations", e -> e.respond(200, "application/json", published.get()));
    InetSocketAddress loopback = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    Path kept = directory.resolve("kept");
    String issuer;
    try (HttpServer server =
            HttpServer.start(
                HttpServerConfig.https(loopback, certificates.certificate(), certificates.key())
                    .withPlain(loopback),
                router);
        HttpFetcher client = HttpClients.create(HttpClients.Config.trusting());
        RevocationWatch watch = new RevocationWatch(list)) {
      issuer = "http://localhost:" + server.plainPort();
      published.set(document(issuer, "alice"));
      watch.follow(issuer, client, kept);
      await(() -> stopped(issuer, "alice"));
      published.set(document(issuer, "alice", "bob"));
      await(() -> stopped(issuer, "bob"));
      published.set("nonsense".getBytes(StandardCharsets.UTF_8));
      Thread.sleep(100);
      assertThat(stopped(issuer, "alice")).isTrue();
      published.set(document(issuer, "bob"));
      await(() -> !stopped(issuer, "alice"));
    }
    RevocationList next = new RevocationList(Clock.systemUTC());
    try (HttpFetcher client = HttpClients.create(HttpClients.Config.trusting());
        RevocationWatch watch = new RevocationWatch(next)) {
      watch.follow(issuer, client, kept);
      assertThat(next.isRevoked(Caller.of(issuer, "bob", "storage.read:/"))).isTrue();
    }
    Path cut;
    try (var files = Files.list(kept)) {
      cut = files.findFirst().orElseThrow();
    }
    Files.write(cut, new byte[0]);
    try (HttpFetcher client = HttpClients.create(HttpClients.Config.trusting());
        RevocationWatch watch = new RevocationWatch(next)) {
      assertThatThrownBy(() -> watch.follow(issuer, client, kept))
          .isInstanceOf(IOException.class)
          .hasMessageContaining(cut.toString());
    }
  }

  @Test
  void operatorsFileIsReadAgain() throws Exception {
    Path file = directory.resolve("revocations.json");
    String issuer = "https://any.example";
    try (RevocationWatch watch = new RevocationWatch(list)) {
      assertThatThrownBy(() -> watch.follow(file)).isInstanceOf(IOException.class);
      Files.write(file, document(issuer, "alice"));
      watch.follow(file);
      assertThat(stopped(issuer, "alice")).isTrue();
      Files.write(file, document(issuer, "bob"));
      await(() -> stopped(issuer, "bob") && !stopped(issuer, "alice"));
    }
  }
}
