package dev.firn.door;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.http.ByteRanges;
import dev.firn.http.ByteRanges.ByteRange;
import dev.firn.http.DigestHeaders;
import dev.firn.http.Exchange;
import dev.firn.http.HttpServer;
import dev.firn.http.HttpServerConfig;
import dev.firn.http.RawClient;
import dev.firn.http.RawClient.Answer;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.storage.Digester;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Pulls of a large file from a source that cuts, stalls, lies and changes.
class PullResumeTest {
  private static final int MANY = 40_000_000;
  private static final int MOST = MANY / 10 * 6;
  @TempDir Path directory;
  private final byte[] bytes = new byte[MANY];
  private final List<Long> asked = new CopyOnWriteArrayList<>();
  private final List<String> flows = new CopyOnWriteArrayList<>();
  private volatile String etag = "\"one\"";
  private volatile Mood mood = Mood.HONEST;
  private final CountDownLatch stalled = new CountDownLatch(1);
  private final CountDownLatch release = new CountDownLatch(1);
  private HttpServer peer;
  private TestSite site;
  private Asking door;

  private enum Mood {
    HONEST,
    CUTS_ONCE,
    CUTS,
    STALLS,
    CORRUPTS,
    SHIFTS_RANGES,
    WITHOUT_RANGES,
    FAILS
  }

  @BeforeEach
  void start() throws Exception {
    new Random(4).nextBytes(bytes);
    InetSocketAddress loopback = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    peer =
        HttpServer.start(
            HttpServerConfig.plainOnly(loopback).withThreads(16).withGrace(Duration.ofMillis(100)),
            this::serve);
    open();
  }

  private void open() throws Exception {
    TestSite.Options options = new TestSite.Options();
    storage().ifPresent(s -> options.storage = s);
    options.config =
        config ->
            config
                .withPeers(PeerPolicy.PUBLIC_ONLY.trustingPlain("localhost:" + peer.plainPort()))
                .withCopies(new DoorConfig.Copies(4, 0, Duration.ofSeconds(2), false))
                .withFlows(this::note);
    site = TestSite.start(directory.resolve("site"), options);
    door = new Asking(site.plainPort());
  }

  /// Where the file goes when it is not a directory.
  Optional<TestSite.Storage> storage() {
    return Optional.empty();
  }

  private FlowListener.Ended note(FlowListener.Flow flow) {
    flows.add("begins " + flow.tag().map(SciTag::flow).orElse(-1));
    return moved -> flows.add("ends " + moved);
  }

  @AfterEach
  void stop() throws IOException {
    release.countDown();
    site.close();
    peer.close();
  }

  private void serve(Exchange exchange) throws IOException {
    Digester digester = new Digester(Set.of());
    digester.update(ByteBuffer.wrap(bytes));
    exchange.setHeader("ETag", etag);
    exchange.setHeader("Accept-Ranges", "bytes");
    exchange.setHeader(
        "Digest", DigestHeaders.digest(digester.finish().load(ChecksumAlgorithm.ADLER32)));
    if (exchange.method().equals("HEAD")) {
      exchange.setHeader("Content-Length", "" + MANY);
      exchange.respond(200);
      return;
    }
    ByteRange range = new ByteRange(0, MANY - 1);
    boolean ranged =
        mood != Mood.WITHOUT_RANGES
            && exchange.header("Range").isPresent()
            && exchange.header("If-Range").filter(etag::equals).isPresent();
    if (ranged
        && ByteRanges.parse(exchange.header("Range").orElseThrow(), MANY)
            instanceof ByteRanges.Some some) {
      range = some.ranges().getFirst();
      long shift = mood == Mood.SHIFTS_RANGES ? 1 : 0;
      exchange.setHeader(
          "Content-Range",
          new ByteRange(range.first() - shift, range.last() - shift).contentRange(MANY));
    }
    asked.add(range.first());
    if (mood == Mood.FAILS) {
      exchange.respond(503);
      return;
    }
    send(exchange, ranged ? 206 : 200, range);
  }

  private void send(Exchange exchange, int status, ByteRange range) throws IOException {
    exchange.setHeader("Content-Length", "" + range.length());
    Exchange.Body body = exchange.start(status);
    int first = (int) range.first();
    int length = (int) range.length();
    if (mood == Mood.CORRUPTS && first <= MOST && first + length > MOST) {
      byte[] wrong = bytes.clone();
      wrong[MOST] ^= 4;
      body.write(ByteBuffer.wrap(wrong, first, length));
      body.close();
      return;
    }
    boolean cuts = mood == Mood.CUTS || mood == Mood.CUTS_ONCE || mood == Mood.STALLS;
    if (cuts && first + length > MOST) {
      int some = first < MOST ? MOST - first : 0;
      body.write(ByteBuffer.wrap(bytes, first, some));
      body.flush();
      if (mood == Mood.STALLS) {
        stalled.countDown();
        await(release);
      }
      if (mood == Mood.CUTS_ONCE) {
        mood = Mood.HONEST;
      }
      throw new IOException("cut");
    }
    body.write(ByteBuffer.wrap(bytes, first, length));
    body.close();
  }

  private static void await(CountDownLatch latch) throws IOException {
    try {
      assertThat(latch.await(60, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  private String pull(String... headers) throws IOException {
    asked.clear();
    Answer answer =
        door.ask(
            "COPY",
            "/data/f",
            Stream.concat(
                    Stream.of("Source: http://localhost:" + peer.plainPort() + "/f"),
                    Stream.of(headers))
                .toArray(String[]::new));
    assertThat(answer.status()).isEqualTo(202);
    return answer.text().lines().reduce("", (a, b) -> b);
  }

  private void assertWhole() throws IOException {
    assertThat(site.content("f")).isEqualTo(bytes);
    assertThat(site.staged()).isZero();
  }

  private void assertInvisible() throws IOException {
    assertThat(door.ask("HEAD", "/data/f").status()).isEqualTo(404);
  }

  @Test
  void sourceThatCutsIsAskedForTheRest() throws IOException {
    mood = Mood.CUTS_ONCE;
    assertThat(pull()).isEqualTo("success: Created");
    assertThat(asked).hasSize(2);
    assertThat(asked.getLast()).isGreaterThan(1);
    assertWhole();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "restarted", "X-Number-Of-Streams: 3"})
  void nextPullGoesOnFromTheStagedBytes(String how) throws Exception {
    mood = Mood.CUTS;
    assertThat(pull()).startsWith("failure: ").contains("broke off");
    assertInvisible();
    assertThat(site.staged()).as("bytes and their record").isGreaterThanOrEqualTo(2);
    if (how.equals("restarted")) {
      site.close();
      open();
    }
    mood = Mood.HONEST;
    assertThat(how.contains(":") ? pull(how) : pull()).isEqualTo("success: Created");
    assertThat(asked).allMatch(first -> first > 1_000_000);
    assertWhole();
  }

  @Test
  void bytesOfAnotherVersionAreNotJoined() throws IOException {
    mood = Mood.CUTS;
    assertThat(pull()).startsWith("failure: ");
    bytes[5] ^= 1;
    etag = "\"two\"";
    mood = Mood.HONEST;
    assertThat(pull()).isEqualTo("success: Created");
    assertThat(asked).containsExactly(0L);
    assertThat(site.content("f")).isEqualTo(bytes);
  }

  @Test
  void severalStreamsFetchOneFile() throws IOException {
    assertThat(pull("X-Number-Of-Streams: 4", "SciTag: 129")).isEqualTo("success: Created");
    assertThat(asked)
        .containsExactlyInAnyOrder(
            0L,
            (long) Stripes.BLOCK_BYTES,
            2L * Stripes.BLOCK_BYTES,
            3L * Stripes.BLOCK_BYTES,
            4L * Stripes.BLOCK_BYTES);
    assertWhole();
    assertThat(flows).containsExactly("begins 129", "ends " + MANY);
  }

  @ParameterizedTest
  @ValueSource(strings = {"1", "4"})
  void flippedBitIsFoundAndNothingIsKept(String streams) throws IOException {
    mood = Mood.CORRUPTS;
    assertThat(pull("X-Number-Of-Streams: " + streams, "SciTag: nonsense"))
        .startsWith("failure: expected adler32:");
    assertInvisible();
    assertThat(site.staged()).as("the same would come again").isZero();
    assertThat(flows).containsExactly("begins 0", "ends " + MANY);
    mood = Mood.HONEST;
    assertThat(pull()).isEqualTo("success: Created");
    assertWhole();
  }

  @Test
  void rangeThatIsNotTheOneAskedForIsRefused() throws IOException {
    mood = Mood.SHIFTS_RANGES;
    assertThat(pull("X-Number-Of-Streams: 2"))
        .startsWith("failure: the source sends another range than bytes 0-");
    assertInvisible();
    assertThat(site.staged()).isZero();
  }

  @Test
  void sourceWithoutRangesIsReadByOneStream() throws IOException {
    mood = Mood.WITHOUT_RANGES;
    assertThat(pull("X-Number-Of-Streams: 4")).startsWith("failure: the source sends the whole");
    assertThat(site.staged()).isZero();
    assertThat(pull()).isEqualTo("success: Created");
    assertWhole();
  }

  @Test
  void stallEndsThePullAndIsNotRepeatedForEver() throws IOException {
    mood = Mood.STALLS;
    assertThat(pull()).startsWith("failure: ");
    assertInvisible();
    release.countDown();
    mood = Mood.FAILS;
    assertThat(pull()).isEqualTo("failure: the source answered 503 to GET of a range");
    mood = Mood.HONEST;
    assertThat(pull()).isEqualTo("success: Created");
    assertThat(asked.getFirst()).as("what came is still there").isPositive();
    assertWhole();
  }

  @Test
  void clientThatGoesAwayLeavesBytesForTheNextPullAndNothingVisible() throws Exception {
    mood = Mood.STALLS;
    try (RawClient client = new RawClient(site.plainPort())) {
      client.send(
          "COPY /data/f HTTP/1.1\r\nHost: x\r\nSource: http://localhost:"
              + peer.plainPort()
              + "/f\r\n\r\n");
      await(stalled);
    }
    mood = Mood.HONEST;
    release.countDown();
    // The next pull makes the one before let go of what it has.
    assertThat(pull()).isEqualTo("success: Created");
    assertThat(asked).allMatch(first -> first > 0);
    assertWhole();
  }
}
