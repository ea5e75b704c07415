package dev.firn.console.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.catalog.Catalog;
import dev.firn.catalog.CatalogFile;
import dev.firn.catalog.Cause;
import dev.firn.catalog.FileMetadata;
import dev.firn.catalog.NewFile;
import dev.firn.catalog.dataset.Dataset;
import dev.firn.catalog.dataset.Datasets;
import dev.firn.catalog.report.CatalogReports;
import dev.firn.catalog.report.Reports;
import dev.firn.catalog.season.SeasonRuns;
import dev.firn.catalog.usage.Accounting;
import dev.firn.catalog.usage.Quota;
import dev.firn.console.Browser;
import dev.firn.console.Console;
import dev.firn.console.Viewers;
import dev.firn.database.TestDatabase;
import dev.firn.http.HttpServer;
import dev.firn.http.HttpServerConfig;
import dev.firn.http.Json;
import dev.firn.http.Router;
import dev.firn.model.Checksum;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.Checksums;
import dev.firn.model.LogicalName;
import dev.firn.model.SiteName;
import dev.firn.token.AccessPolicy;
import dev.firn.token.Authenticator;
import dev.firn.token.Revocations;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The catalog's pages as Chromium shows them, over a real server and a real record: two seasons of
/// a few runs, of which one lacks a part and one a level.
@Tag("peer")
class CatalogPagesTest {
  private static final SiteName MADISON = new SiteName("madison");
  private static final Path PICTURES = Path.of("target", "pictures");
  private static final String EVIL = "<img src=x onerror=alert(1)>\"'&.i3";
  private static TestDatabase test;
  private static Catalog catalog;
  private static HttpServer server;
  private static Browser browser;
  private static String base;

  @BeforeAll
  static void start() throws IOException {
    browser = Browser.start();
    test = TestDatabase.create();
    catalog = new Catalog(test.database());
    Datasets datasets = new Datasets(test.database(), catalog);
    Accounting accounting = new Accounting(test.database());
    fill();
    Cause cause = new Cause("me", "test");
    datasets.create("calibrations", Dataset.Kind.QUERY, "level = GCD", "", cause);
    accounting.setQuota(Quota.Kind.OWNER, "i3filter", 10_000, cause);
    accounting.writeDown(LocalDate.now(ZoneOffset.UTC).minusDays(1));
    accounting.writeDown(LocalDate.now(ZoneOffset.UTC));
    Router router = new Router();
    Authenticator authenticator =
        new Authenticator(List.of(), Set.of(), Revocations.NONE, InstantSource.system());
    AccessPolicy policy = AccessPolicy.open(List.of(InetAddress.getLoopbackAddress()));
    Console console = new Console("madison", new Viewers(authenticator, policy), router);
    FrameSource frames =
        name -> Optional.of(new ByteArrayInputStream("no i3".getBytes(StandardCharsets.UTF_8)));
    new CatalogPages(
            new CatalogPages.Rooms(
                catalog, datasets, new SeasonRuns(test.database()), accounting, reports(), frames))
        .addTo(console);
    server =
        HttpServer.start(
            HttpServerConfig.plainOnly(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)),
            router);
    base = "http://127.0.0.1:" + server.plainPort();
  }

  private static Reports reports() throws IOException {
    Reports reports =
        new Reports(test.database(), CatalogReports.of(test.database()), Clock.systemUTC());
    add("/data/other/again", FileMetadata.NONE, 1); // a content once more
    reports.take("duplicates", "");
    reports.take("gaps", "");
    return reports;
  }

  private static void fill() {
    int content = 0;
    for (int season : new int[] {2016, 2017}) {
      for (int i = 0; i < 12; i++) {
        int run = season * 100 + i;
        Instant starts = Instant.parse(season + "-05-01T12:00:00Z").plusSeconds(i * 200_000L);
        CatalogFile gcd = register(run, "GCD", null, content++, starts);
        for (String level : List.of("PFFilt", "L2")) {
          for (int part = 0; part < 4; part++) {
            boolean lacking =
                (run == 201705 && level.equals("L2") && part == 2)
                    || (run == 201707 && level.equals("L2"));
            if (!lacking) {
              CatalogFile file = register(run, level, part, content++, starts);
              test.database()
                  .inTransaction(c -> {
                    catalog.derivedFrom(c, file.id(), List.of(gcd.id()));
                    return null;
                  });
            }
          }
        }
      }
    }
    add("/data/user/" + EVIL, FileMetadata.NONE, content);
  }

  private static CatalogFile register(
      int run, String level, Integer part, int content, Instant starts) {
    FileMetadata metadata =
        FileMetadata.NONE
            .withSeason(run / 100)
            .withRun(run, 0, part)
            .withLevel(level)
            .withOwner("i3filter", "offline")
            .withTimes(starts, starts.plusSeconds(8 * 3600), 100.0)
            .withExtra(Json.mapper().readTree("{\"iceprod\":{\"job\":7}}"));
    return add(
        "/data/exp/" + run / 100 + "/" + level + "_Run" + run + "_" + part + ".i3.zst",
        metadata,
        content);
  }

  private static CatalogFile add(String name, FileMetadata metadata, int content) {
    byte[] sha512 = new byte[64];
    new Random(content).nextBytes(sha512);
    LogicalName logical = LogicalName.parse(name);
    NewFile file =
        new NewFile(
            logical,
            1000 + content,
            Checksums.of(Checksum.of(ChecksumAlgorithm.SHA512, sha512)),
            metadata);
    catalog.register(file, MADISON, logical, "me", "test");
    return catalog.find(logical).orElseThrow();
  }

  @AfterAll
  static void stop() throws Exception {
    if (server != null) {
      server.close();
      test.close();
      browser.close();
    }
  }

  @BeforeEach
  void large() throws IOException {
    browser.size(1280, 900);
  }

  @Test
  void aQueryIsTypedNarrowedByAFacetAndReadOnPageByPage() throws IOException {
    browser.open(base + "/files");
    browser.picture(PICTURES.resolve("search.png"));
    browser.evaluate("document.querySelector('input[name=q]').focus()");
    browser.type("season = 2017").enter();
    assertThat(browser.text(".figure b")).isEqualTo("103");
    assertThat(browser.texts("td code")).hasSize(50);
    browser.picture(PICTURES.resolve("found.png"));
    browser.click("a[href*='after=']");
    assertThat(browser.texts("td code")).hasSize(50);
    browser.open(base + "/files?q=season+%3D+2017");
    browser.click("a[href*='level+%3D+GCD']");
    assertThat(browser.texts("td code")).hasSize(12).allMatch(n -> n.contains("/GCD_Run2017"));
    assertThat(browser.complaints()).isEmpty();
  }

  @Test
  void whatIsWrongWithAQueryIsShownAtItsCharacter() throws IOException {
    browser.open(base + "/files?q=run+%3D+7+and+colour+%3D+red");
    assertThat(browser.text("[role=alert] .error")).contains("character 13");
    assertThat(browser.text("mark")).isEqualTo("c");
    assertThat(browser.evaluate("document.querySelector('input[name=q]').value").asString())
        .isEqualTo("run = 7 and colour = red");
    browser.picture(PICTURES.resolve("wrong.png"));
  }

  @Test
  void aSavedQueryIsOneClickAway() throws IOException {
    browser.open(base + "/files").click("a[href='/files?q=level+%3D+GCD']");
    assertThat(browser.texts("td code")).hasSize(24);
  }

  @Test
  void aFileShowsWhereItIsItsLineageItsFramesAndItsHistory() throws IOException {
    CatalogFile gcd =
        catalog.find(LogicalName.parse("/data/exp/2017/GCD_Run201703_null.i3.zst")).orElseThrow();
    browser.open(base + "/files/" + gcd.uuid());
    assertThat(browser.texts("h2"))
        .containsExactly("File", "Where it is", "Metadata", "Lineage", "Frames", "History");
    assertThat(browser.texts("svg a")).hasSize(9);
    assertThat(browser.texts("dd")).contains("2017", "201703", "i3filter");
    browser.picture(PICTURES.resolve("file.png"));
    browser.click("svg a:last-of-type");
    assertThat(browser.text("h1")).contains("_Run201703_");
    browser.open(base + "/files/" + gcd.uuid() + "?frames=1");
    assertThat(browser.text("#frames .none")).startsWith("Damaged");
    assertThat(browser.complaints()).isEmpty();
  }

  @Test
  void aNameThatIsMarkupStaysAName() throws IOException {
    browser.open(base + "/files?q=name+~+%2Fdata%2Fuser%2F*");
    assertThat(browser.texts("td code")).containsExactly("/data/user/" + EVIL);
    browser.click("td a");
    assertThat(browser.text("h1")).isEqualTo(EVIL);
    assertThat(browser.complaints()).isEmpty();
  }

  @Test
  void aCellOfTheMapLeadsToItsFiles() throws IOException {
    browser.open(base + "/volume");
    assertThat(browser.texts("tbody th")).containsExactly("unknown", "2017", "2016");
    browser.picture(PICTURES.resolve("volume.png"));
    browser.open(base + "/volume?site=madison").click("td a[href*='2017'][href*='PFFilt']");
    assertThat(browser.text(".figure b")).isEqualTo("48");
  }

  @Test
  void theCalendarShowsWhichDaysLackSomethingAndLeadsToTheRun() throws IOException {
    browser.open(base + "/runs");
    assertThat(browser.text("h1")).isEqualTo("Runs of 2017");
    assertThat(browser.texts("td.incomplete")).containsExactly("1~");
    assertThat(browser.texts("td.missing")).containsExactly("1!");
    assertThat(browser.texts("td.complete")).hasSize(10);
    browser.picture(PICTURES.resolve("runs.png"));
    browser.click("td.incomplete a");
    assertThat(browser.texts("td.n a")).containsExactly("201705");
    browser.click("td.n a");
    browser.picture(PICTURES.resolve("run.png"));
    assertThat(browser.text("section:last-of-type tbody")).isEqualTo("L2\t0\t2");
    assertThat(browser.text(".verdict")).isEqualTo("No good-run list names this run.");
    assertThat(browser.text("a code")).contains("GCD_Run201705");
  }

  @Test
  void usageShowsQuotasAndDays() throws IOException {
    browser.open(base + "/usage");
    assertThat(browser.texts("section:nth-of-type(1) td")).contains("owner", "i3filter", "10.0 kB");
    assertThat(browser.text("section:nth-of-type(1) .error")).isEqualTo("over");
    assertThat(browser.texts("polyline")).hasSize(2);
    browser.picture(PICTURES.resolve("usage.png"));
    assertThat(browser.complaints()).isEmpty();
  }

  @Test
  void reportsShowWhatIsTwiceAndWhatIsMissing() throws IOException {
    browser.open(base + "/reports");
    browser.picture(PICTURES.resolve("reports-duplicates.png"));
    assertThat(browser.text("tbody td")).isEqualTo("2 names, 1.00 kB each");
    browser.open(base + "/reports?kind=gaps");
    browser.picture(PICTURES.resolve("reports-gaps.png"));
    assertThat(browser.texts("tbody td")).contains("no L2", "1 parts of L2");
    browser.click("tbody a");
    assertThat(browser.address()).contains("/runs/2017");
    assertThat(browser.complaints()).isEmpty();
  }

  @Test
  void everyPageFitsAPhoneAndWorksFromTheKeyboardAndWithoutScripts() throws IOException {
    String file =
        "/files/"
            + catalog
                .queries()
                .page(dev.firn.catalog.FileQuery.EVERYTHING, null, 1)
                .files()
                .getFirst()
                .uuid();
    browser.scripts(false);
    try {
      for (String page :
          Stream.of(
                  "/files",
                  "/files?q=season+%3D+2017",
                  file,
                  "/volume",
                  "/runs",
                  "/runs/201705",
                  "/usage",
                  "/reports",
                  "/reports?kind=gaps")
              .toList()) {
        browser.size(390, 800).open(base + page);
        assertThat(browser.tooWide()).as(page).isFalse();
        browser.picture(PICTURES.resolve("phone" + page.replaceAll("[/?=+%]", "_") + ".png"));
      }
    } finally {
      browser.scripts(true);
    }
    browser.size(1280, 900).open(base + "/volume");
    browser.press("Tab").press("Enter");
    assertThat(browser.address()).endsWith("#main");
    assertThat(browser.complaints()).isEmpty();
  }
}
