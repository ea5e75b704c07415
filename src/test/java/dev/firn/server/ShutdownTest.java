package dev.firn.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.http.RawClient;
import dev.firn.server.local.LoopbackPorts;
import dev.firn.server.local.ThrowAwayAuthority;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A whole door as a process of its own that is told to stop while it is busy.
@Tag("slow")
class ShutdownTest {
  private static final int SIZE = 24 * 1024 * 1024;

  @TempDir Path dir;
  private Process door;
  private int port;

  @BeforeEach
  void start() throws IOException {
    port = LoopbackPorts.free();
    int secure = LoopbackPorts.free();
    ThrowAwayAuthority.in(dir, Instant.now()).issueHost(dir.resolve("tls"), Instant.now());
    Path config =
        Files.writeString(
            dir.resolve("firn.toml"),
            """
            [site]
            name = "busy"
            url = "https://localhost:%d"
            [door]
            listen = "127.0.0.1:%d"
            http-listen = "127.0.0.1:%d"
            open = true
            [tls]
            certificate = "tls/host.pem"
            key = "tls/host.key"
            """
                .formatted(secure, secure, port));
    door =
        new ProcessBuilder(
                List.of(
                    ProcessHandle.current().info().command().orElse("java"),
                    "--sun-misc-unsafe-memory-access=allow",
                    "--enable-native-access=ALL-UNNAMED",
                    "-cp",
                    System.getProperty("java.class.path"),
                    "dev.firn.server.Main",
                    "serve",
                    "--config",
                    config.toString()))
            .redirectError(dir.resolve("log").toFile())
            .start();
    String ready = door.inputReader().readLine();
    assertThat(ready).as(Files.readString(dir.resolve("log"))).isNotNull();
  }

  @AfterEach
  void kill() {
    door.destroyForcibly();
  }

  @Test
  void toldToStopItTakesNothingMoreAndEndsWhatItBegan() throws Exception {
    byte[] bytes = new byte[SIZE];
    new Random(7).nextBytes(bytes);
    try (RawClient first = new RawClient(port);
        RawClient upload = new RawClient(port);
        RawClient download = new RawClient(port)) {
      first.send("PUT /data/old HTTP/1.1\r\nHost: x\r\nContent-Length: " + SIZE + "\r\n\r\n");
      first.send(bytes);
      assertThat(first.answer().status()).isEqualTo(201);
      upload.send(
          "PUT /data/new HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: "
              + SIZE
              + "\r\n\r\n");
      assertThat(upload.answer().status()).isEqualTo(100); // what has not begun may be cut off
      upload.send(Arrays.copyOf(bytes, SIZE / 2));
      download.send("GET /data/old HTTP/1.1\r\nHost: x\r\n\r\n");
      assertThat(download.line()).endsWith("200 OK");
      door.destroy();
      assertThat(first.closedByServer()).isTrue();
      RawClient.awaitRefusal(port);
      Thread.sleep(1500);
      upload.send(Arrays.copyOfRange(bytes, SIZE / 2, SIZE));
      assertThat(upload.answer().status()).isEqualTo(201);
      while (!download.line().isEmpty()) {
        continue;
      }
      assertThat(download.read(SIZE)).isEqualTo(bytes);
    }
    assertThat(door.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(dir.resolve("storage/new")).hasBinaryContent(bytes);
  }
}
