package dev.firn.door;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.http.Exchange;
import dev.firn.http.Handler;
import dev.firn.http.HttpServer;
import dev.firn.http.HttpServerConfig;
import dev.firn.http.RawClient.Answer;
import dev.firn.model.Checksums;
import dev.firn.storage.ForwardingArea;
import dev.firn.storage.StagedWrite;
import dev.firn.storage.StorageArea;
import dev.firn.storage.StorageException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Third-party copies with peers that do not say, or do not do, what others do.
class CarefulCopyTest {
  private static final int LARGE = 9_000_000;
  @TempDir Path directory;
  private final List<String> seen = new CopyOnWriteArrayList<>();
  private final AtomicBoolean diskFails = new AtomicBoolean();
  private Handler peerHandler = exchange -> exchange.respond(404);
  private HttpServer peer;
  private TestSite site;
  private Asking door;

  @BeforeEach
  void start() throws Exception {
    InetSocketAddress loopback = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    peer =
        HttpServer.start(
            HttpServerConfig.plainOnly(loopback).withThreads(8).withGrace(Duration.ofMillis(100)),
            exchange -> peerHandler.handle(exchange));
    TestSite.Options options = new TestSite.Options();
    options.wrapper = Failing::new;
    options.config =
        config ->
            config.withPeers(PeerPolicy.PUBLIC_ONLY.trustingPlain("localhost:" + peer.plainPort()));
    site = TestSite.start(directory, options);
    door = new Asking(site.plainPort());
  }

  @AfterEach
  void stop() throws IOException {
    site.close();
    peer.close();
  }

  /// An area whose disk may fail once when a file is made durable: what was staged is of no use
  /// then.
  private final class Failing extends ForwardingArea {
    Failing(StorageArea area) {
      super(area);
    }

    @Override
    protected StagedWrite staged(StagedWrite write) {
      return new ForwardingWrite(write) {
        private boolean failed;

        @Override
        public Checksums finish() throws IOException {
          if (failed) {
            throw new IllegalStateException("this staged write has failed");
          }
          if (diskFails.getAndSet(false)) {
            failed = true;
            throw new StorageException(StorageException.Kind.SERVER, "input/output error");
          }
          return super.finish();
        }
      };
    }
  }

  private String at(String header, String path) {
    return header + ": http://localhost:" + peer.plainPort() + path;
  }

  private static String last(Answer answer) {
    assertThat(answer.status()).isEqualTo(202);
    return answer.text().lines().reduce("", (a, b) -> b);
  }

  /// A destination that shows nothing to who may only write.
  private void writeOnly(Exchange exchange) throws IOException {
    if (exchange.method().equals("HEAD")) {
      exchange.respond(403);
      return;
    }
    exchange.body().readAllBytes();
    String condition = exchange.header("If-None-Match").orElse("none");
    seen.add(exchange.method() + " " + condition);
    exchange.respond(condition.equals("*") ? 412 : 201);
  }

  /// A source with a file of which pulls keep what came.
  private static void large(Exchange exchange) throws IOException {
    exchange.setHeader("Content-Length", "" + LARGE);
    exchange.setHeader("ETag", "\"1\"");
    if (exchange.method().equals("HEAD")) {
      exchange.respond(200);
      return;
    }
    try (Exchange.Body body = exchange.start(200)) {
      body.write(ByteBuffer.allocate(LARGE));
    }
  }

  @Test
  void aPushThatMayNotOverwriteLeavesThatToTheDestination() throws IOException {
    peerHandler = this::writeOnly;
    door.put("/data/f", "bytes");
    assertThat(last(door.ask("COPY", "/data/f", at("Destination", "/f"), "Overwrite: F")))
        .isEqualTo("failure: the destination answered 412 to PUT");
    assertThat(last(door.ask("COPY", "/data/f", at("Destination", "/f"))))
        .isEqualTo("success: Created");
    assertThat(seen).containsExactly("PUT *", "PUT none");
  }

  @Test
  void aSourceWithoutEndIsLeftWhereItsFileEnds() throws IOException {
    AtomicLong sent = new AtomicLong();
    peerHandler =
        exchange -> {
          if (exchange.method().equals("HEAD")) {
            exchange.setHeader("Content-Length", "1000000");
            exchange.respond(200);
            return;
          }
          try (Exchange.Body body = exchange.start(200)) {
            while (sent.get() < 500_000_000) {
              body.write(ByteBuffer.allocate(100_000));
              sent.addAndGet(100_000);
            }
          }
        };
    assertThat(last(door.ask("COPY", "/data/f", at("Source", "/f"))))
        .startsWith("failure: the source has 1000000 bytes and ");
    assertThat(sent.get()).isLessThan(500_000_000);
    assertThat(door.ask("HEAD", "/data/f").status()).isEqualTo(404);
  }

  @Test
  void aDestinationHereMayHaveItsSchemeInCapitals() throws IOException {
    door.put("/data/f", "bytes");
    for (String to : List.of("https://door.example/data/g", "HTTPS://Door.Example/data/h")) {
      assertThat(door.ask("COPY", "/data/f", "Destination: " + to).status()).as(to).isEqualTo(201);
    }
  }

  @Test
  void aDirectorysNameIsNoFiles() throws IOException {
    assertThat(door.ask("COPY", "/data/d/", at("Source", "/f")).status()).isEqualTo(405);
  }

  @Test
  void anAddressTooLongToBeKeptIsPulledAllTheSame() throws IOException {
    peerHandler = CarefulCopyTest::large;
    String path = "/" + "p".repeat(14_000);
    assertThat(last(door.ask("COPY", "/data/f", at("Source", path)))).isEqualTo("success: Created");
    assertThat(door.ask("HEAD", "/data/f").header("Content-Length")).hasValue("" + LARGE);
  }

  @Test
  void aPullWhoseDiskFailedOnceIsMadeTheNextTime() throws IOException {
    peerHandler = CarefulCopyTest::large;
    diskFails.set(true);
    assertThat(last(door.ask("COPY", "/data/f", at("Source", "/f"))))
        .isEqualTo("failure: input/output error");
    assertThat(last(door.ask("COPY", "/data/f", at("Source", "/f")))).isEqualTo("success: Created");
  }
}
