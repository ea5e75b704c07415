package dev.firn.console;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.alerts.Candidate;
import dev.firn.alerts.Channel;
import dev.firn.alerts.Dispatcher;
import dev.firn.alerts.Notice;
import dev.firn.alerts.Notices;
import dev.firn.database.TestDatabase;
import dev.firn.http.HttpServer;
import dev.firn.http.HttpServerConfig;
import dev.firn.http.Router;
import dev.firn.token.AccessPolicy;
import dev.firn.token.Authenticator;
import dev.firn.token.Revocations;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("peer")
class NoticePagesTest {
  private static final Path PICTURES = Path.of("target", "pictures");

  private static TestDatabase test;
  private static HttpServer server;
  private static Browser browser;
  private static String base;
  private static String retracted = "";

  /// Takes everything.
  private record Anywhere(String name) implements Channel {
    @Override
    public String position(Notice notice) {
      return "";
    }

    @Override
    public String send(Notice notice) {
      return "taken";
    }

    @Override
    public Optional<String> find(Notice notice, String position) {
      return Optional.empty();
    }

    @Override
    public void close() {}
  }

  @BeforeAll
  static void start() throws Exception {
    browser = Browser.start();
    test = TestDatabase.create();
    Clock clock = Clock.systemUTC();
    List<Notices.Outlet> outlets = List.of(new Notices.Outlet("observatory", true));
    Notices notices = new Notices(test.database(), Notices.Thresholds.STANDARD, outlets, clock);
    for (int i = 0; i < 12; i++) {
      Notice made =
          notices.consider(candidate(i, (77.0 * i + 350) % 360, 13.0 * i - 78), "me").orElseThrow();
      if (i == 5) {
        retracted = made.eventName();
        notices.retract(retracted, "<img src=x onerror=alert(1)>", "me");
      }
    }
    try (Dispatcher sender =
        Dispatcher.start(test.database(), List.of(new Anywhere("observatory")), clock)) {
      long end = System.nanoTime() + 60_000_000_000L;
      while (System.nanoTime() < end
          && notices.list(Long.MAX_VALUE, 50).stream().anyMatch(n -> n.latency().isEmpty())) {
        Thread.sleep(20);
      }
      assertThat(sender).isNotNull();
    }
    Router router = new Router();
    Authenticator authenticator =
        new Authenticator(List.of(), Set.of(), Revocations.NONE, InstantSource.system());
    AccessPolicy policy = AccessPolicy.open(List.of(InetAddress.getLoopbackAddress()));
    Console console = new Console("madison", new Viewers(authenticator, policy), router);
    new NoticePages(notices).addTo(console);
    server =
        HttpServer.start(
            HttpServerConfig.plainOnly(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)),
            router);
    base = "http://127.0.0.1:" + server.plainPort();
  }

  private static Candidate candidate(int event, double ra, double dec) {
    Instant now = Instant.now().truncatedTo(ChronoUnit.MICROS);
    return new Candidate(
        140_000,
        event,
        event % 4 == 3 ? "cascade" : "track",
        now.minusMillis(900),
        ra,
        dec,
        event % 4 == 3 ? 12 : 1 + event / 3.0,
        0.9,
        120.0,
        event % 3 == 0 ? 0.4 : 0.7,
        null,
        "current",
        false,
        null,
        now.minusMillis(400),
        now.minusMillis(150));
  }

  @AfterAll
  static void stop() throws Exception {
    if (server != null) {
      server.close();
      test.close();
      browser.close();
    }
  }

  @Test
  void theSkyAndTheWayOfEachNoticeAreThereWithoutScripts() throws Exception {
    for (boolean scripts : new boolean[] {true, false}) {
      browser.size(1280, 1000).scripts(scripts).open(base + "/notices");
      assertThat(browser.texts("svg.chart a title")).hasSize(12);
      assertThat(browser.texts("tbody tr")).hasSize(13);
      assertThat(browser.texts("svg.legs title"))
          .isNotEmpty()
          .allSatisfy(t -> assertThat(t).contains("scoring 0.250 s", "sending to observatory"));
      browser.picture(PICTURES.resolve("notices.png"));
      browser.open(base + "/notices/" + retracted);
      assertThat(browser.texts("h2"))
          .containsExactly("Revision 1, retraction", "Revision 0, initial");
      assertThat(browser.texts("dd")).contains("<img src=x onerror=alert(1)>");
      assertThat(browser.texts("td")).contains("trigger to arrival", "scoring", "composing");
    }
    browser.picture(PICTURES.resolve("notice.png"));
    browser.size(390, 800).open(base + "/notices");
    assertThat(browser.tooWide()).isFalse();
    browser.picture(PICTURES.resolve("notices-narrow.png"));
    assertThat(browser.complaints()).isEmpty();
  }
}
