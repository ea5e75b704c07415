package dev.firn.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.firn.console.Browser;
import dev.firn.events.EventWorld;
import dev.firn.http.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Runs and events of a whole hub as Chromium shows them.
@Tag("peer")
class EventPagesTest extends EventSite {
  private static final Path PICTURES = Path.of("target", "pictures");
  private static final Path ICECUBE =
      Path.of(System.getProperty("firn.shared", "../shared"), "data", "icecube");
  private static final String TRACK =
      """
      [[column]]
      name = "true_%1$s"
      key = "I3MCTree"
      field = "0.%1$s"
      type = "double"
      unit = "%2$s"
      doc = "%1$s of the first primary"
      """;

  @Test
  void numbersThatComeAgainInASubrunOrAnotherFileArePartsOfTheirOwn() throws Exception {
    json(201, "POST", EVENTS + "/passes", Map.of("name", "sim", "pulses", "InIcePulses"));
    for (int subrun = 0; subrun < 3; subrun++) {
      put("sim", "/data/sim/Subrun%d.i3".formatted(subrun), EventWorld.i3(100, subrun, 1, 10));
    }
    put("sim", "/data/sim/again.i3", EventWorld.i3(100, 2, 7, 4));
    await("sim", 4);
    try (Browser browser = Browser.start()) {
      browser.open(config.url() + "/events/sim/100");
      await(browser, "#run .uplot");
      assertThat(browser.texts("tbody tr"))
          .hasSize(30)
          .filteredOn(row -> row.contains("in 2 files"))
          .hasSize(4);
      pictures(browser, "run-again");
      browser.click("tbody tr:nth-child(27) a");
      assertThat(browser.address()).endsWith("/events/sim/100/7?subrun=2");
      await(browser, "#event select");
      assertThat(browser.texts("#event option"))
          .containsExactly("InIceSplit, Subrun2.i3", "InIceSplit, again.i3");
      assertThat(browser.texts("h2")).contains("InIceSplit, again.i3");
      pictures(browser, "event-again");
      browser.open(config.url() + "/events/sim/100/7");
      await(browser, "#event select");
      assertThat(browser.texts("#event option"))
          .contains("InIceSplit, subrun 0, Subrun0.i3")
          .hasSize(4);
      assertThat(browser.complaints()).isEmpty();
    }
  }

  @Test
  void anEventIsShownWithItsModulesTracksPulsesAndWhatAnotherPassMadeOfIt() throws Exception {
    Path file = ICECUBE.resolve("oscNext_genie_level7_v02_first_5_frames.i3.gz");
    assumeTrue(Files.exists(file), () -> "needs the shared data: " + file.getFileName());
    StringBuilder columns = new StringBuilder();
    for (String field : List.of("zenith", "azimuth", "x", "y", "z")) {
      columns.append(TRACK.formatted(field, field.endsWith("h") ? "rad" : "m"));
    }
    String name = "/data/sim/level7.i3.gz";
    send(201, "PUT", name, Files.readAllBytes(file));
    send(
        201,
        "PUT",
        "/data/icecube86.parquet",
        Files.readAllBytes(ICECUBE.resolve("icecube86.parquet")));
    json(200, "POST", EVENTS + "/geometry", Map.of("file", "/data/icecube86.parquet"));
    for (String pulses : List.of("SRTInIcePulses", "SplitInIcePulses")) {
      String pass = pulses.toLowerCase(Locale.ROOT);
      Map<String, Object> wish =
          Map.of("name", pass, "pulses", pulses, "columns", columns.toString());
      json(201, "POST", EVENTS + "/passes", wish);
      json(202, "POST", EVENTS + "/load", Map.of("pass", pass, "files", List.of(name)));
      await(pass, 1);
    }
    try (Browser browser = Browser.start()) {
      browser.open(config.url() + "/events");
      pictures(browser, "events");
      browser.open(config.url() + "/events/srtinicepulses/140000");
      await(browser, "#run .uplot");
      pictures(browser, "run");
      browser.open(config.url() + "/events/srtinicepulses/140000/30?with=splitinicepulses");
      await(browser, "#event .wave .uplot");
      assertThat(browser.text("#event .none")).contains("modules hit", "tracks: true");
      assertThat(browser.texts("td")).anyMatch(cell -> cell.contains("module "));
      pictures(browser, "event");
      assertThat(browser.complaints()).isEmpty();
    }
  }

  private void put(String pass, String name, byte[] bytes) throws IOException {
    send(201, "PUT", name, bytes);
    json(202, "POST", EVENTS + "/load", Map.of("pass", pass, "files", List.of(name)));
  }

  private static void pictures(Browser browser, String name) throws IOException {
    browser.size(1280, 900);
    browser.picture(PICTURES.resolve(name + ".png"));
    browser.size(390, 800);
    assertThat(browser.tooWide()).as(name + " on a phone").isFalse();
    browser.picture(PICTURES.resolve(name + "-narrow.png"));
    browser.size(1280, 900);
  }

  /// Scripts draw when they have their data.
  private static void await(Browser browser, String selector) throws Exception {
    String there =
        "document.querySelector(" + Json.mapper().writeValueAsString(selector) + ") !== null";
    for (int attempt = 0; attempt < 500 && !browser.evaluate(there).asBoolean(); attempt++) {
      Thread.sleep(20);
    }
    assertThat(browser.evaluate(there).asBoolean()).as(selector).isTrue();
  }
}
