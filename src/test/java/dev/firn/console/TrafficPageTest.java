package dev.firn.console;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.door.admission.Admission;
import dev.firn.door.admission.Ask;
import dev.firn.door.admission.Calendar;
import dev.firn.door.admission.Direction;
import dev.firn.door.admission.Limit;
import dev.firn.door.admission.Network;
import dev.firn.door.admission.Passage;
import dev.firn.model.LogicalName;
import dev.firn.token.ServedRoutes;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Clock;
import java.time.ZoneId;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The traffic page as Chromium shows it, of bytes that passed a real admission.
@Tag("peer")
class TrafficPageTest {
  private static final Path PICTURES = Path.of("target", "pictures");
  private static final String EVIL = "<img src=x onerror=alert(1)>";
  private static final int MOVERS = 40;

  private static final Admission admission =
      new Admission(8, List.of(nights(), narrow()), Clock.systemUTC());
  private static ServedRoutes server;
  private static Browser browser;
  private static String base;

  private static Limit nights() {
    Limit.About about =
        new Limit.About(Optional.of(Direction.OUT), LogicalName.ROOT, "", List.of());
    Calendar calendar =
        Calendar.parse(
            List.of("mon-fri 20:00-06:00 1 GB", "sat-sun 1 GB"),
            250_000_000,
            ZoneId.of("America/Chicago"));
    return new Limit("campus network", about, Limit.Most.ANY, calendar);
  }

  private static Limit narrow() {
    Limit.About about =
        new Limit.About(
            Optional.empty(),
            LogicalName.parse("/data/exp/IceCube/2023/filtered"),
            Limit.About.EACH,
            List.of(Network.parse("192.0.2.0/24"), Network.parse("2001:db8::/32")));
    return new Limit("one user", about, new Limit.Most(50, 200, 0), Calendar.always(0));
  }

  private static Passage moving(String subject, String peer, Direction direction, int bytes)
      throws IOException {
    LogicalName name = LogicalName.parse("/data/x");
    InetAddress address = InetAddress.getByName(peer);
    Passage passage = admission.admit(new Ask(subject, address, name, direction, bytes));
    passage.pass(bytes);
    return passage;
  }

  @BeforeAll
  static void start() throws Exception {
    browser = Browser.start();
    for (int i = 0; i < MOVERS; i++) {
      moving("user" + i + "@observatory.example.org", "192.0.2." + i, Direction.OUT, 1000 + i)
          .close();
    }
    moving(EVIL, "2001:db8:85a3::8a2e:370:7334", Direction.IN, 5_000_000).close();
    server =
        ServedRoutes.open((router, authenticator, policy) ->
            new TrafficPage(admission, Clock.systemUTC())
                .addTo(new Console("madison", new Viewers(authenticator, policy), router)));
    base = server.url();
  }

  @AfterAll
  static void stop() throws Exception {
    if (server != null) {
      server.close();
      browser.close();
    }
  }

  @Test
  void whoMovesHowMuchAndTheCalendarAreOnOnePageWithoutScripts() throws Exception {
    try (Passage underWay = moving("bulk", "192.0.2.200", Direction.OUT, 4_000_000)) {
      for (boolean scripts : new boolean[] {true, false}) {
        browser.size(1280, 1000).scripts(scripts).open(base + "/traffic");
        assertThat(browser.texts("h2"))
            .contains("Now", "The last hour", "The last day", "The last month")
            .contains("Limits and their calendar");
        assertThat(browser.texts(".figure b").getFirst()).isEqualTo("1");
        assertThat(browser.texts("td")).contains(EVIL, "2001:db8:85a3:0:0:8a2e:370:7334", "in");
        assertThat(browser.texts("td"))
            .contains("bulk", "campus network", "one user", "50", "200")
            .anySatisfy(cell ->
                assertThat(cell).contains("Mon–Fri 20:00–06:00: 1", "Sat–Sun", "America/Chicago"));
        assertThat(browser.text("main")).contains("who moved less");
      }
      browser.picture(PICTURES.resolve("traffic.png"));
      browser.size(390, 800).open(base + "/traffic");
      assertThat(browser.tooWide()).isFalse();
      browser.picture(PICTURES.resolve("traffic-phone.png"));
      browser.scripts(true);
    }
    assertThat(browser.complaints()).isEmpty();
  }

  @Test
  void theKeyboardReachesThePageAndItsContent() throws Exception {
    browser.size(1280, 900).open(base + "/traffic");
    browser.press("Tab").press("Enter");
    assertThat(browser.address()).endsWith("/traffic#main");
    browser.open(base + "/traffic");
    // Past the way to the content, to its own place in the navigation.
    browser.evaluate("document.querySelector('nav a[href=\"/traffic\"]').focus()");
    browser.enter();
    assertThat(browser.address()).endsWith("/traffic");
    assertThat(browser.complaints()).isEmpty();
  }
}
