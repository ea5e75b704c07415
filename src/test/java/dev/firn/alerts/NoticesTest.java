package dev.firn.alerts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.firn.Hands;
import dev.firn.database.TestDatabase;
import dev.firn.http.HttpClients;
import dev.firn.http.HttpFetcher;
import dev.firn.http.HttpServer;
import dev.firn.http.HttpServerConfig;
import dev.firn.http.Router;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.w3c.dom.Document;
import tools.jackson.databind.JsonNode;

/// Notices from candidate to channel, with senders that die at every step.
class NoticesTest {
  static final Instant TRIGGER = Instant.parse("2023-04-16T05:22:26.150574Z");
  private static final Duration LEASE = Duration.ofSeconds(30);
  private final Hands clock = new Hands(Instant.parse("2023-04-16T05:22:50Z"));
  private TestDatabase test;
  private Notices notices;

  /// A channel like a log: it knows positions, and can die before and after a notice is in it.
  private static final class Log implements Channel {
    final List<String> kept = new CopyOnWriteArrayList<>();
    int dieAt = -1;
    int errors;
    int steps;

    private void step() {
      if (steps++ == dieAt) {
        throw new Death();
      }
    }

    @Override
    public String name() {
      return "log";
    }

    @Override
    public String position(Notice notice) {
      if (errors-- > 0) {
        throw new NoClassDefFoundError("something that is not there any more");
      }
      step();
      return Integer.toString(kept.size());
    }

    @Override
    public String send(Notice notice) {
      step();
      kept.add(notice.key());
      step();
      return "at " + (kept.size() - 1);
    }

    @Override
    public Optional<String> find(Notice notice, String position) {
      step();
      int found = kept.subList(Integer.parseInt(position), kept.size()).indexOf(notice.key());
      return found < 0 ? Optional.empty() : Optional.of("found");
    }

    @Override
    public void close() {}
  }

  /// The sender's process ends here.
  private static final class Death extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  @BeforeEach
  void open() {
    test = TestDatabase.create();
    notices = sending(new Notices.Outlet("log", true));
  }

  @AfterEach
  void close() {
    test.close();
  }

  private Notices sending(Notices.Outlet... outlets) {
    return new Notices(test.database(), Notices.Thresholds.STANDARD, List.of(outlets), clock);
  }

  static Candidate candidate(int event, double signalness, String tense) {
    return new Candidate(
        137_840,
        event,
        "track",
        TRIGGER,
        345.82,
        9.01,
        0.5,
        0.9,
        127.29,
        signalness,
        8.029e-8,
        tense,
        false,
        null,
        null,
        null);
  }

  private Dispatcher dispatcher() {
    return Dispatcher.start(test.database(), List.of(), clock);
  }

  /// An exercise before the event keeps nobody from being told of it.
  @Test
  void whatWasOnlyTriedIsToldOfInEarnest() {
    Notice test = notices.consider(candidate(1, 0.6, "test"), "me").orElseThrow();
    notices.retract(test.eventName(), "the exercise is over", "me");
    Notice injected = notices.consider(candidate(1, 0.6, "injection"), "me").orElseThrow();
    Notice earnest = notices.consider(candidate(1, 0.6, "current"), "me").orElseThrow();
    assertThat(List.of(test, injected, earnest))
        .extracting(Notice::eventName)
        .containsExactly("IceCube-230416A", "IceCube-230416B", "IceCube-230416C");
    assertThat(earnest.tense()).isEqualTo("current");
    assertThat(earnest.deliveries()).extracting(Notice.Delivery::state).containsExactly("queued");
    for (Notice each : List.of(test, injected, earnest)) {
      assertThat(notices.consider(candidate(1, 0.6, each.tense()), "me").orElseThrow().id())
          .isEqualTo(each.id());
    }
    notices.retract(earnest.eventName(), "a flasher run", "me");
    assertThat(notices.consider(candidate(1, 0.6, "current"), "me").orElseThrow().id())
        .isEqualTo(earnest.id());
    assertThat(notices.list(Long.MAX_VALUE, 10)).hasSize(5);
  }

  @Test
  void namesFollowTheDayAndTheSameEventIsOneNotice() {
    Notice first = notices.consider(candidate(1, 0.34, "current"), "me").orElseThrow();
    assertThat(first.eventName()).isEqualTo("IceCube-230416A");
    assertThat(notices.consider(candidate(1, 0.34, "current"), "me").orElseThrow().id())
        .isEqualTo(first.id());
    for (int i = 2; i <= 28; i++) {
      notices.consider(candidate(i, 0.6, "current"), "me");
    }
    assertThat(notices.list(Long.MAX_VALUE, 2))
        .extracting(Notice::eventName)
        .containsExactly("IceCube-230416AB", "IceCube-230416AA");
    assertThat(notices.consider(candidate(99, 0.29, "current"), "me")).isEmpty();
  }

  @Test
  void payloadsUseTheSchemasWordsAndLeaveOutWhatIsNotThere() {
    Notice first = notices.consider(candidate(1, 0.34, "current"), "me").orElseThrow();
    JsonNode p = first.payload();
    assertThat(p.path("pipeline").asString()).isEqualTo("Bronze Track Alert");
    assertThat(p.path("id").get(0).asString()).isEqualTo("137840_1");
    assertThat(p.path("record_number").isNumber()).isTrue();
    assertThat(p.has("healpix_url")).as("left out, never null").isFalse();
    assertThat(p.path("trigger_time").asString()).isEqualTo("2023-04-16T05:22:26.150574Z");

    Candidate better =
        new Candidate(
            137_840,
            1,
            "track",
            TRIGGER,
            345.9,
            9.1,
            0.4,
            0.9,
            null,
            0.55,
            null,
            "current",
            true,
            "https://example.org/map.fits.gz",
            null,
            null);
    Notice second = notices.update(first.eventName(), better, "me");
    assertThat(second.revision()).isEqualTo(1);
    assertThat(second.payload().path("alert_type").asString()).isEqualTo("update");
    assertThat(second.payload().path("pipeline").asString()).isEqualTo("Gold Track Alert");
    assertThat(notices.update(first.eventName(), better, "me").revision())
        .as("the same again is no revision")
        .isEqualTo(1);
    Notice last = notices.retract(first.eventName(), "a flasher <run>", "me");
    assertThat(last.payload().path("alert_type").asString()).isEqualTo("retraction");
    assertThat(notices.retract(first.eventName(), "again", "me").revision()).isEqualTo(2);
    assertThatThrownBy(() -> notices.update(first.eventName(), better, "me"))
        .isInstanceOf(AlertException.class)
        .hasMessageContaining("retracted");
  }

  /// The record writes 2.0E7 as 20000000.
  @Test
  void aLargeNumberTwiceIsOneUpdate() {
    Notice first = notices.consider(candidate(7, 0.6, "current"), "me").orElseThrow();
    Candidate large = withEnergy(2.0e7, null);
    assertThat(notices.update(first.eventName(), large, "me").revision()).isOne();
    assertThat(notices.update(first.eventName(), large, "me").revision()).isOne();
    assertThat(notices.update(first.eventName(), withEnergy(2.1e7, null), "me").revision())
        .isEqualTo(2);
  }

  private static Candidate withEnergy(double energy, String skymap) {
    return new Candidate(
        137_840, 7, "track", TRIGGER, 345, 9.01, 1, 0.9, energy, 0.6, 1e-12, "current", false,
        skymap, null, null);
  }

  @Test
  void whatCannotBeKeptIsRefused() {
    Notice first = notices.consider(candidate(7, 0.6, "current"), "me").orElseThrow();
    for (String bad : List.of("a\u0000b", "a\ud800b")) {
      assertThatThrownBy(() -> notices.retract(first.eventName(), bad, "me"))
          .isInstanceOfSatisfying(
              AlertException.class, e -> assertThat(e.code()).isEqualTo("bad-candidate"));
      assertThatThrownBy(() -> withEnergy(1, "https://a.example/" + bad))
          .isInstanceOfSatisfying(
              AlertException.class, e -> assertThat(e.code()).isEqualTo("bad-candidate"));
    }
  }

  @Test
  void voeventsAreWellFormedAndCiteTheRevisionBefore() throws Exception {
    Notice first = notices.consider(candidate(1, 0.34, "injection"), "me").orElseThrow();
    Notice last = notices.retract(first.eventName(), "a <test> & \u0001\uffff\u202e", "me");
    for (Notice n : List.of(first, last)) {
      DocumentBuilderFactory factory = DocumentBuilderFactory.newDefaultNSInstance();
      byte[] xml = n.voevent().getBytes(StandardCharsets.UTF_8);
      Document document = factory.newDocumentBuilder().parse(new ByteArrayInputStream(xml));
      assertThat(document.getDocumentElement().getNamespaceURI())
          .isEqualTo("http://www.ivoa.net/xml/VOEvent/v2.0");
      assertThat(document.getDocumentElement().getAttribute("role")).isEqualTo("test");
    }
    assertThat(last.voevent()).contains("cite=\"retraction\"").contains("IceCube-230416A-0");
  }

  @Test
  void whatMakesNoSenseIsRefused() {
    assertThatThrownBy(() -> candidate(1, 1.5, "current")).isInstanceOf(AlertException.class);
    assertThatThrownBy(() -> candidate(1, 0.5, "injections")).isInstanceOf(AlertException.class);
    assertThatThrownBy(() -> candidate(1, Double.NaN, "test")).isInstanceOf(AlertException.class);
    clock.set(TRIGGER.minusSeconds(3600));
    assertThatThrownBy(() -> notices.consider(candidate(1, 0.9, "current"), "me"))
        .hasMessageContaining("future");
  }

  @Test
  void testsAndInjectionsGoOnlyToChannelsThatTakeThem() throws Exception {
    List<String> posted = new CopyOnWriteArrayList<>();
    Router router = new Router();
    for (String place : List.of("earnest", "tests")) {
      router.add(
          "POST",
          "/" + place,
          (exchange, parameters) -> {
            posted.add(place + " " + exchange.header("Idempotency-Key").orElse(""));
            exchange.respond(204);
          });
    }
    notices = sending(new Notices.Outlet("shy", false), new Notices.Outlet("open", true));
    HttpServerConfig config =
        HttpServerConfig.plainOnly(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    try (HttpServer server = HttpServer.start(config, router);
        HttpFetcher client = HttpClients.create(HttpClients.Config.trusting())) {
      URI base = URI.create("http://127.0.0.1:" + server.plainPort());
      Channel shy = new HttpChannel("shy", base.resolve("/earnest"), Optional.empty(), client);
      Channel open =
          new HttpChannel(
              "open", base.resolve("/earnest"), Optional.of(base.resolve("/tests")), client);
      String earnest = notices.consider(candidate(1, 0.9, "current"), "me").orElseThrow().key();
      String test1 = notices.consider(candidate(2, 0.9, "test"), "me").orElseThrow().key();
      String test2 = notices.consider(candidate(3, 0.9, "injection"), "me").orElseThrow().key();
      try (Dispatcher dispatcher = Dispatcher.start(test.database(), List.of(shy, open), clock)) {
        long until = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        while (posted.size() < 4 && System.nanoTime() < until) {
          Thread.sleep(20);
        }
        assertThat(dispatcher.step(shy) || dispatcher.step(open)).as("nothing waits").isFalse();
      }
      assertThat(posted)
          .containsExactlyInAnyOrder(
              "earnest " + earnest, "earnest " + earnest, "tests " + test1, "tests " + test2);
      Notice other = notices.load(test1.split("/")[0]).getFirst();
      assertThat(other.deliveries()).extracting(Notice.Delivery::channel).containsExactly("open");
      assertThatThrownBy(() -> shy.send(other)).isInstanceOf(IOException.class);
    }
  }

  @Test
  void aSenderGoesOnAfterAnError() throws Exception {
    Log log = new Log();
    log.errors = 1;
    String key = notices.consider(candidate(1, 0.9, "current"), "me").orElseThrow().key();
    try (Dispatcher dispatcher = Dispatcher.start(test.database(), List.of(log), clock)) {
      long until = System.nanoTime() + Duration.ofSeconds(20).toNanos();
      while (log.kept.isEmpty() && System.nanoTime() < until) {
        clock.turn(LEASE);
        Thread.sleep(100);
      }
    }
    assertThat(log.kept).containsExactly(key);
  }

  @Test
  void aSenderThatDiesAtAnyStepLeavesEachNoticeOnceAndInOrder() throws Exception {
    for (int dieAt = 0; dieAt < 12; dieAt++) {
      Log log = new Log();
      log.dieAt = dieAt;
      int event = 100 + dieAt;
      String name =
          notices.consider(candidate(event, 0.9, "current"), "me").orElseThrow().eventName();
      notices.retract(name, "test", "me");
      try (Dispatcher dispatcher = dispatcher()) {
        int deaths = 0;
        for (int i = 0; i < 20; i++) {
          try {
            if (!dispatcher.step(log)) {
              clock.turn(LEASE); // until what is claimed is free again
            }
          } catch (Death e) {
            deaths++;
          }
        }
        assertThat(deaths).as("step " + dieAt).isLessThanOrEqualTo(1);
      }
      assertThat(log.kept).as("died at step " + dieAt).containsExactly(name + "/0", name + "/1");
      assertThat(notices.load(name))
          .allMatch(n -> n.deliveries().getFirst().state().equals("sent"));
    }
  }

  /// Slower than its lease, so that another takes the notice up: it neither sends it as well nor
  /// disturbs who has it now.
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aSenderThatIsOvertakenLeavesTheNoticeToTheOther(boolean fails) throws Exception {
    Log log = new Log();
    String name = notices.consider(candidate(1, 0.9, "current"), "me").orElseThrow().eventName();
    try (Dispatcher slow = dispatcher();
        Dispatcher other = dispatcher()) {
      Channel overtaken =
          new Channel() {
            @Override
            public String name() {
              return log.name();
            }

            @Override
            public String position(Notice notice) throws IOException {
              String before = log.position(notice);
              clock.turn(LEASE);
              log.dieAt = log.steps + 1; // it has its turn, and is not done yet
              assertThatThrownBy(() -> other.step(log)).isInstanceOf(Death.class);
              if (fails) {
                throw new IOException("the broker is away");
              }
              return before;
            }

            @Override
            public String send(Notice notice) {
              return log.send(notice);
            }

            @Override
            public Optional<String> find(Notice notice, String position) {
              return log.find(notice, position);
            }

            @Override
            public void close() {}
          };
      assertThat(slow.step(overtaken)).isTrue();
      assertThat(log.kept).isEmpty();
      clock.turn(LEASE.dividedBy(2));
      assertThat(other.step(log)).as("the other's lease holds").isFalse();
      clock.turn(LEASE);
      assertThat(other.step(log)).isTrue();
    }
    assertThat(log.kept).containsExactly(name + "/0");
  }

  @Test
  void aChannelThatIsAwayDelaysAndSaysWhy() throws Exception {
    Random random = new Random(7);
    List<String> kept = new ArrayList<>();
    Channel flaky =
        new Channel() {
          @Override
          public String name() {
            return "log";
          }

          @Override
          public String position(Notice notice) throws IOException {
            fail();
            return Integer.toString(kept.size());
          }

          @Override
          public String send(Notice notice) throws IOException {
            fail();
            kept.add(notice.key());
            fail();
            return "ok";
          }

          @Override
          public Optional<String> find(Notice notice, String position) throws IOException {
            fail();
            return kept.contains(notice.key()) ? Optional.of("found") : Optional.empty();
          }

          private void fail() throws IOException {
            if (random.nextInt(3) == 0) {
              throw new IOException("the broker is away");
            }
          }

          @Override
          public void close() {}
        };
    for (int i = 0; i < 10; i++) {
      notices.consider(candidate(i, 0.9, "current"), "me");
    }
    try (Dispatcher dispatcher = dispatcher()) {
      boolean said = false;
      for (int i = 0; i < 300; i++) {
        if (!dispatcher.step(flaky)) {
          clock.turn(Duration.ofSeconds(10));
        }
        said |=
            notices.list(Long.MAX_VALUE, 10).stream()
                .anyMatch(n -> n.deliveries().getFirst().why().contains("away"));
      }
      assertThat(said).isTrue();
    }
    assertThat(kept).hasSize(10).doesNotHaveDuplicates();
  }
}
