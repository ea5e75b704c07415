package dev.firn.door;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.http.Json;
import dev.firn.http.RawClient;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

class FirefliesTest {
  @TempDir Path folder;
  private DatagramSocket collector;
  private Fireflies fireflies;
  private TestSite site;

  @BeforeEach
  void start() throws Exception {
    collector = new DatagramSocket(0, InetAddress.getLoopbackAddress());
    collector.setSoTimeout(20_000);
    fireflies =
        new Fireflies(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), collector.getLocalPort()),
            new SciTag(15, 1),
            "localhost",
            Clock.systemUTC());
    TestSite.Options options = new TestSite.Options();
    options.config = c -> c.withFireflies(fireflies);
    site = TestSite.start(folder, options);
  }

  @AfterEach
  void stop() throws Exception {
    site.close();
    fireflies.close();
    collector.close();
  }

  private JsonNode next() throws Exception {
    DatagramPacket packet = new DatagramPacket(new byte[4096], 4096);
    collector.receive(packet);
    String text = new String(packet.getData(), 0, packet.getLength(), StandardCharsets.UTF_8);
    assertThat(text).matches("<134>1 \\S+ localhost firn - firefly-json - \\{.*}");
    return Json.mapper().readTree(text.substring(text.indexOf('{')));
  }

  private void ask(String request) throws Exception {
    assertThat(RawClient.ask(site.server.plainPort(), request).status()).isBetween(200, 201);
  }

  @Test
  void anUploadIsAnnouncedWithItsTagAndItsEnd() throws Exception {
    ask(
        "PUT /data/f HTTP/1.1\r\nHost: x\r\nSciTag: 967\r\nContent-Length: 5\r\n"
            + "Connection: close\r\n\r\nhello");
    JsonNode start = next();
    assertThat(start.at("/flow-lifecycle/state").asString()).isEqualTo("start");
    assertThat(start.at("/context/experiment-id").asInt()).isEqualTo(15);
    assertThat(start.at("/context/activity-id").asInt()).isEqualTo(7);
    assertThat(start.at("/context/application").asString()).isEqualTo("http-put");
    assertThat(start.at("/flow-id/dst-port").asInt()).isEqualTo(site.server.plainPort());
    assertThat(start.at("/flow-id/src-ip").asString()).isEqualTo("127.0.0.1");
    JsonNode end = next();
    assertThat(end.at("/flow-lifecycle/state").asString()).isEqualTo("end");
    assertThat(end.at("/usage/received").asLong()).isEqualTo(5);
    assertThat(end.at("/flow-lifecycle/end-time").isMissingNode()).isFalse();
  }

  @Test
  void aDownloadWithoutATagIsTheSitesOwn() throws Exception {
    ask("PUT /data/f HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello");
    next();
    next();
    ask("GET /data/f?scitag.flow=1025 HTTP/1.1\r\nHost: x\r\n\r\n");
    assertThat(next().at("/context/experiment-id").asInt()).isEqualTo(16);
    assertThat(next().at("/usage/sent").asLong()).isEqualTo(5);
    ask("GET /data/f HTTP/1.1\r\nHost: x\r\n\r\n");
    JsonNode start = next();
    assertThat(start.at("/context/experiment-id").asInt()).isEqualTo(15);
    assertThat(start.at("/flow-id/src-port").asInt()).isEqualTo(site.server.plainPort());
  }

  @Test
  void whatMovesNothingIsNotAnnounced() throws Exception {
    RawClient.ask(site.server.plainPort(), "GET /data/none HTTP/1.1\r\nHost: x\r\n\r\n");
    ask("PUT /data/f HTTP/1.1\r\nHost: x\r\nSciTag: nonsense\r\nContent-Length: 1\r\n\r\nx");
    JsonNode first = next();
    assertThat(first.at("/context/application").asString()).isEqualTo("http-put");
    assertThat(first.at("/context/experiment-id").asInt()).isZero();
  }
}
