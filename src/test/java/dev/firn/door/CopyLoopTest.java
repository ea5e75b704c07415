package dev.firn.door;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.http.HttpServer;
import dev.firn.http.HttpServerConfig;
import dev.firn.http.RawClient.Answer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// E14: copies that lead back to where they began. Each ends by itself, with what was there before
/// or with nothing.
class CopyLoopTest {
  @TempDir Path directory;
  private final AtomicInteger bounces = new AtomicInteger();
  private HttpServer mirror;
  private TestSite a;
  private TestSite b;

  @BeforeEach
  void start() throws Exception {
    InetSocketAddress loopback = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    mirror =
        HttpServer.start(
            HttpServerConfig.plainOnly(loopback).withThreads(8).withGrace(Duration.ofMillis(100)),
            exchange -> {
              // Sends everybody on to A, where the file is that is just being written.
              bounces.incrementAndGet();
              exchange.setHeader("Location", a.plain(exchange.rawPath()).toString());
              exchange.respond(307);
            });
    TestSite.Options options = new TestSite.Options();
    options.config =
        config ->
            config
                .withPeers(PeerPolicy.PUBLIC_ONLY.trustingPlain("localhost"))
                .withCopies(new DoorConfig.Copies(3, 0, Duration.ofSeconds(3), false));
    a = TestSite.start(Files.createDirectories(directory.resolve("a")), options);
    b = TestSite.start(Files.createDirectories(directory.resolve("b")), options);
  }

  @AfterEach
  void stop() throws IOException {
    a.close();
    b.close();
    mirror.close();
  }

  private static Answer pull(TestSite at, String source) throws IOException {
    return new Asking(at.plainPort()).ask("COPY", "/data/f", "Source: " + source);
  }

  private String throughTheMirror() {
    return "http://localhost:" + mirror.plainPort() + "/data/f";
  }

  @Test
  void pullOfANameFromItselfByWayOfAnotherFindsNothing() throws IOException {
    assertThat(pull(a, throughTheMirror()).text()).contains("404");
    assertThat(bounces.get()).isBetween(1, 10);
    assertThat(a.staged()).isZero();
    assertThat(a.files.resolve("f")).doesNotExist();
  }

  @Test
  void pullOfAFileOverItselfLeavesItAsItWas() throws IOException {
    Files.writeString(a.files.resolve("f"), "as it was");
    pull(a, throughTheMirror());
    pull(a, a.plain("/data/f").toString());
    assertThat(a.files.resolve("f")).hasContent("as it was");
    assertThat(a.staged()).isZero();
  }

  @Test
  void pushOfAFileOntoItselfLeavesItAsItWas() throws IOException {
    Files.writeString(a.files.resolve("f"), "as it was");
    Asking door = new Asking(a.plainPort());
    assertThat(door.ask("COPY", "/data/f", "Destination: " + a.plain("/data/f")).status())
        .isEqualTo(403);
    door.ask("COPY", "/data/f", "Destination: " + throughTheMirror());
    assertThat(a.files.resolve("f")).hasContent("as it was");
    assertThat(a.staged()).isZero();
  }

  /// Each waits for what the other has not yet.
  @Test
  void twoThatPullTheSameNameFromEachOtherBothFindNothing() throws Exception {
    try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
      Future<Answer> one = threads.submit(() -> pull(a, b.plain("/data/f").toString()));
      Future<Answer> other = threads.submit(() -> pull(b, a.plain("/data/f").toString()));
      assertThat(one.get().text()).contains("404");
      assertThat(other.get().text()).contains("404");
    }
    assertThat(a.staged() + b.staged()).isZero();
  }
}
