package dev.firn.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.firn.console.Browser;
import dev.firn.events.EventWorld;
import dev.firn.http.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

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
    curvesOfTheRunHaveEveryEvent();
    differencesAreThoseOfTheRows();
    playAndTurnMoveThePicture();
  }

  /// The histograms hold each event once, and what they say is what the rows say.
  private void curvesOfTheRunHaveEveryEvent() throws Exception {
    try (Browser browser = Browser.start()) {
      browser.open(config.url() + "/events/srtinicepulses/140000");
      await(browser, "#run .uplot");
      assertThat(browser.texts("#run .u-title"))
          .containsExactly("Rate", "Charge of an event", "Modules hit by an event");
      JsonNode run = got(browser, "document.getElementById('run').dataset.url");
      for (String histogram : List.of("charge", "multiplicity")) {
        long events = 0;
        for (JsonNode count : run.path(histogram).path("y")) {
          events += count.asLong();
        }
        assertThat(events).as(histogram).isEqualTo(5);
      }
      // each bar is drawn: pixels of its colour are in the second and third curve
      for (int curve : new int[] {1, 2}) {
        String drawn = PIXELS.formatted("document.querySelectorAll('#run canvas')[" + curve + "]");
        assertThat(browser.evaluate(drawn).asInt()).isGreaterThan(100);
      }
      assertThat(browser.complaints()).isEmpty();
    }
  }

  /// Pixels of a canvas that are blue rather than grey.
  private static final String PIXELS =
      """
      (() => {
        const canvas = %s;
        const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
        let n = 0;
        for (let i = 0; i < data.length; i += 4)
          if (data[i + 3] > 20 && Math.abs(data[i + 2] - data[i]) > 40) n++;
        return n;
      })()
      """;

  private void differencesAreThoseOfTheRows() throws Exception {
    try (Browser browser = Browser.start()) {
      browser.open(config.url() + "/events/srtinicepulses/140000/30?with=splitinicepulses");
      await(browser, "#event .wave .uplot");
      List<Integer> pulses = new ArrayList<>();
      for (String pass : List.of("splitinicepulses", "srtinicepulses")) {
        String url = "'/console/events/%s/140000/30'".formatted(pass);
        pulses.add(got(browser, url).at("/parts/0/pulses").asInt());
      }
      assertThat(pulses.get(1)).as("cleaned").isPositive().isLessThan(pulses.get(0));
      List<String> rows = new ArrayList<>();
      browser.evaluate(CELLS).forEach(row -> rows.add(row.asString()));
      assertThat(rows).contains("pulses|%d|%d".formatted(pulses.get(0), pulses.get(1)));
      assertThat(browser.complaints()).isEmpty();
    }
  }

  private static final String CELLS =
      "[...document.querySelectorAll('tr')]"
          + ".map(r => [...r.cells].map(c => c.textContent.trim()).join('|'))";

  /// What the page's own address answers.
  private static JsonNode got(Browser browser, String url) throws IOException {
    return browser.evaluate(
        "(() => { const asked = new XMLHttpRequest(); asked.open('GET', "
            + url
            + ", false); asked.send(); return JSON.parse(asked.responseText); })()");
  }

  /// Play shows the modules one after another, Turn walks around them, and each stands still when
  /// it is held. The picture has the 5,407 modules of the genuine geometry.
  private void playAndTurnMoveThePicture() throws Exception {
    try (Browser browser = Browser.start()) {
      browser.size(1280, 900);
      browser.open(config.url() + "/events/srtinicepulses/140000/30");
      await(browser, "#event .wave .uplot");
      browser.evaluate(WATCH);
      int whole = coloured(browser);
      browser.evaluate("slide(0)");
      int atFirst = coloured(browser);
      assertThat(atFirst).as("at its beginning fewer modules shine").isLessThan(whole);
      assertThat(browser.text("#event output")).isNotEqualTo(clockAt(browser, 1000));

      browser.evaluate("slide(0)");
      long before = browser.evaluate("frames").asLong();
      browser.evaluate("button('Play').click()");
      Set<String> clocks = new LinkedHashSet<>();
      Set<Integer> pictures = new LinkedHashSet<>();
      for (int i = 0; i < 2_000 && browser.evaluate("!!button('Pause')").asBoolean(); i++) {
        clocks.add(browser.text("#event output"));
        pictures.add(coloured(browser));
        if (i == 5) {
          browser.picture(PICTURES.resolve("event-playing.png"));
        }
      }
      assertThat(browser.evaluate("!!button('Play')").asBoolean()).as("it ends by itself").isTrue();
      long frames = browser.evaluate("frames").asLong() - before;
      System.out.printf("Play drew %d frames, %d different seen%n", frames, pictures.size());
      assertThat(frames).isGreaterThanOrEqualTo(60); // a step is at most 100 ms of its six seconds
      assertThat(clocks).hasSizeGreaterThan(3);
      assertThat(pictures).hasSizeGreaterThan(2);
      assertThat(coloured(browser)).isEqualTo(whole);

      String still = picture(browser);
      assertThat(picture(browser)).as("nothing moves by itself").isEqualTo(still);
      browser.evaluate("button('Turn').click()");
      Set<String> turned = new LinkedHashSet<>();
      for (int i = 0; i < 500 && turned.size() < 5; i++) {
        turned.add(picture(browser));
      }
      assertThat(turned).hasSize(5).doesNotContain(still);
      browser.picture(PICTURES.resolve("event-turned.png"));
      browser.evaluate("button('Hold').click()");
      String last = "";
      boolean held = false;
      for (int i = 0; i < 500 && !held; i++) { // what is damped comes to rest
        String now = picture(browser);
        held = now.equals(last);
        last = now;
      }
      assertThat(held).isTrue();
      assertThat(browser.complaints()).isEmpty();
    }
  }

  private static String clockAt(Browser browser, int step) throws IOException {
    browser.evaluate("slide(" + step + ")");
    return browser.text("#event output");
  }

  /// Counts frames by the clouds of points drawn, and keeps each frame's pixels in `shot`.
  private static final String WATCH =
      """
      (() => {
        const canvas = document.querySelector("#event canvas.scene");
        const gl = canvas.getContext("webgl2");
        window.frames = 0;
        window.shot = null;
        const draw = gl.drawArrays.bind(gl);
        gl.drawArrays = (mode, first, count) => {
          if (mode === gl.POINTS) window.frames++;
          draw(mode, first, count);
        };
        const look = () => {
          const w = gl.drawingBufferWidth, h = gl.drawingBufferHeight;
          const pixels = new Uint8Array(4 * w * h);
          gl.readPixels(0, 0, w, h, gl.RGBA, gl.UNSIGNED_BYTE, pixels);
          let coloured = 0, sum = 0;
          for (let i = 0; i < pixels.length; i += 4) {
            const most = Math.max(pixels[i], pixels[i + 1], pixels[i + 2]);
            const least = Math.min(pixels[i], pixels[i + 1], pixels[i + 2]);
            if (most - least > 120) coloured++;
            sum = (Math.imul(sum, 31) + pixels[i] + 7 * pixels[i + 1] + 13 * pixels[i + 2]) | 0;
          }
          if (window.frames > 0) window.shot = { frame: window.frames, coloured, sum };
          requestAnimationFrame(look);
        };
        requestAnimationFrame(look);
        window.button = name => [...document.querySelectorAll("#event button")]
            .find(b => b.textContent === name);
        window.slide = value => {
          const slider = document.querySelector("#event input[type=range]");
          slider.value = value;
          slider.dispatchEvent(new Event("input"));
        };
        return true;
      })()
      """;

  /// A picture that was begun after now.
  private static JsonNode shot(Browser browser) throws Exception {
    long now = browser.evaluate("frames").asLong();
    for (int attempt = 0; attempt < 3_000; attempt++) {
      JsonNode shot = browser.evaluate("shot");
      if (shot != null && shot.path("frame").asLong() > now + 1) {
        return shot;
      }
      Thread.sleep(10);
    }
    throw new AssertionError("no frame is drawn any more");
  }

  private static int coloured(Browser browser) throws Exception {
    return shot(browser).path("coloured").asInt();
  }

  private static String picture(Browser browser) throws Exception {
    return shot(browser).path("sum").asString();
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
