package dev.firn.door;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.door.admission.Admission;
import dev.firn.door.admission.Ask;
import dev.firn.door.admission.Calendar;
import dev.firn.door.admission.Direction;
import dev.firn.door.admission.Limit;
import dev.firn.door.admission.Passage;
import dev.firn.door.admission.Traffic;
import dev.firn.http.RawClient;
import dev.firn.model.LogicalName;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AdmissionTest {
  private static final int SIZE = 24 * 1024 * 1024; // more than the sockets of a connection hold

  private final Admission admission = new Admission(8, List.of(), Clock.systemUTC());
  @TempDir Path folder;
  private TestSite site;

  @BeforeEach
  void start() throws Exception {
    TestSite.Options options = new TestSite.Options();
    options.config =
        c ->
            c.withAdmission(admission).withPeers(PeerPolicy.PUBLIC_ONLY.trustingPlain("localhost"));
    site = TestSite.start(folder, options);
    assertThat(put("/data/large", new byte[SIZE]).status()).isEqualTo(201);
    assertThat(put("/data/small", new byte[1000]).status()).isEqualTo(201);
  }

  @AfterEach
  void stop() throws Exception {
    site.close();
  }

  private RawClient.Answer put(String path, byte[] body) throws Exception {
    try (RawClient client = new RawClient(site.server.plainPort())) {
      client.send(
          "PUT " + path + " HTTP/1.1\r\nHost: x\r\nContent-Length: " + body.length + "\r\n\r\n");
      client.send(body);
      return client.answer();
    }
  }

  /// A reader that asks for a large file and reads nothing of it.
  private RawClient stalled() throws Exception {
    RawClient client = new RawClient(site.server.plainPort());
    client.send("GET /data/large HTTP/1.1\r\nHost: x\r\n\r\n");
    return client;
  }

  private RawClient.Answer get(String path) throws Exception {
    return RawClient.ask(site.server.plainPort(), "GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n");
  }

  private void awaitUnderWay(int count) throws InterruptedException {
    Awaiting.count(admission::underWay, count);
  }

  private static Limit limit(int most, long rate, Direction direction) {
    Limit.About about =
        new Limit.About(Optional.of(direction), LogicalName.parse("/data"), "*", List.of());
    return new Limit("testing", about, new Limit.Most(most, 0, 0), Calendar.always(rate));
  }

  @Test
  void oneReaderTooManyIsToldToComeLaterAndSmallReadsGoOn() throws Exception {
    // Eight places, of which one is kept for who has less than a share.
    try (RawClient a = stalled();
        RawClient b = stalled();
        RawClient c = stalled();
        RawClient d = stalled();
        RawClient e = stalled();
        RawClient f = stalled();
        RawClient g = stalled()) {
      awaitUnderWay(7);
      RawClient.Answer refused = get("/data/large");
      assertThat(refused.status()).isEqualTo(429);
      assertThat(Integer.parseInt(refused.header("Retry-After").orElseThrow())).isBetween(1, 30);
      assertThat(refused.header("ETag")).isEmpty();
      assertThat(refused.text()).contains("too-many-requests");
      assertThat(get("/data/small").status()).isEqualTo(200);
    }
    awaitUnderWay(0);
    assertThat(get("/data/large").body()).hasSize(SIZE);
  }

  @Test
  void limitsAreReplacedWhileTheDoorIsOpen() throws Exception {
    admission.replace(List.of(limit(1, 0, Direction.OUT)));
    try (RawClient a = stalled()) {
      awaitUnderWay(1);
      RawClient.Answer refused = get("/data/small");
      assertThat(refused.status()).isEqualTo(429);
      assertThat(refused.header("Retry-After")).isPresent();
      assertThat(put("/data/new", new byte[10]).status()).isEqualTo(201);
      admission.replace(List.of());
      assertThat(get("/data/small").status()).isEqualTo(200);
    }
  }

  @Test
  void bytesAreHeldBackToTheRate() throws Exception {
    admission.replace(List.of(limit(0, 8_000_000, Direction.IN)));
    long begin = System.nanoTime();
    assertThat(put("/data/slow", new byte[8_000_000]).status()).isEqualTo(201);
    assertThat(Duration.ofNanos(System.nanoTime() - begin)).isGreaterThan(Duration.ofMillis(600));
  }

  @Test
  void whatWasMovedIsAccountedFor() throws Exception {
    assertThat(get("/data/small").status()).isEqualTo(200);
    Traffic.Mover in = new Traffic.Mover("anonymous", "127.0.0.1", Direction.IN);
    Traffic.Mover out = new Traffic.Mover("anonymous", "127.0.0.1", Direction.OUT);
    assertThat(admission.traffic().in(Traffic.Span.HOUR))
        .containsExactly(new Traffic.Moved(in, SIZE + 1000, 2), new Traffic.Moved(out, 1000, 1));
  }

  @Test
  void thirdPartyCopiesStandInLineAndAreAccountedForByTheNameOfTheOtherEnd() throws Exception {
    admission.replace(List.of(limit(1, 0, Direction.IN)));
    String source = "Source: http://localhost:" + site.plainPort() + "/data/small";
    Asking door = new Asking(site.plainPort());
    Ask other =
        new Ask(
            "anonymous",
            InetAddress.getByAddress(new byte[] {127, 0, 0, 1}),
            LogicalName.parse("/data/x"),
            Direction.IN,
            10);
    try (Passage taken = admission.admit(other)) {
      RawClient.Answer refused = door.ask("COPY", "/data/copy", source);
      assertThat(refused.status()).isEqualTo(429);
      assertThat(refused.header("Retry-After")).isPresent();
    }
    assertThat(door.ask("COPY", "/data/copy", source).text()).endsWith("success: Created\n");
    awaitUnderWay(0); // the client hears of its success before the copy leaves
    Traffic.Mover mover = new Traffic.Mover("anonymous", "localhost", Direction.IN);
    assertThat(admission.traffic().in(Traffic.Span.HOUR))
        .contains(new Traffic.Moved(mover, 1000, 1));
  }
}
