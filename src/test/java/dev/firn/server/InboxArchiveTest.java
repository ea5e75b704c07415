package dev.firn.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.firn.console.Browser;
import dev.firn.database.TestDatabase;
import dev.firn.http.BodySource;
import dev.firn.http.HttpClients;
import dev.firn.http.HttpFetcher;
import dev.firn.http.HttpFetcher.Request;
import dev.firn.http.HttpFetcher.Response;
import dev.firn.http.Json;
import dev.firn.server.config.ConfigFile;
import dev.firn.server.config.SiteConfig;
import dev.firn.server.local.LoopbackPorts;
import dev.firn.server.local.ThrowAwayAuthority;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// An inbox from its request to the archive at another site, through a whole hub and a whole door,
/// by curl and as its pages show it.
@Tag("slow")
@Tag("peer")
class InboxArchiveTest {
  private static final String INBOXES = "/api/v1/inboxes";
  private static final Path PICTURES = Path.of("target", "pictures");

  @TempDir Path dir;
  private TestDatabase database;
  private Site archive;
  private Site hub;
  private HttpFetcher client;
  private String url;

  @BeforeEach
  void start() throws IOException {
    database = TestDatabase.create();
    ThrowAwayAuthority authority = ThrowAwayAuthority.in(dir.resolve("ca"), Instant.now());
    int hubPort = LoopbackPorts.free();
    int archivePort = LoopbackPorts.free();
    url = "https://localhost:" + hubPort;
    String archiveUrl = "https://localhost:" + archivePort;
    archive =
        site(
            authority,
            "nersc",
            archivePort,
            "hub = false",
            "\n[[issuers]]\nurl = \"%s\"\n".formatted(url));
    Path password = Files.writeString(dir.resolve("password"), database.address().password());
    hub =
        site(
            authority,
            "madison",
            hubPort,
            "hub = true",
            """

            [database]
            url = "%s"
            user = "%s"
            password-file = "%s"

            [transfer]
            retry-delay = "1 s"

            [archive]
            bundle-age = "1 s"

            [[remotes]]
            name = "nersc"
            url = "%s"
            """
                .formatted(
                    database.address().jdbcUrl(), database.address().user(), password, archiveUrl));
    client = HttpClients.create(HttpClients.Config.trusting(dir.resolve("ca/ca.pem")));
  }

  private Site site(ThrowAwayAuthority authority, String name, int port, String kind, String more)
      throws IOException {
    Path home = Files.createDirectories(dir.resolve(name));
    authority.issueHost(home.resolve("tls"), Instant.now());
    String toml =
        """
        [site]
        name = "%s"
        url = "https://localhost:%d"
        %s

        [door]
        listen = "127.0.0.1:%d"
        allow-peers = ["localhost"]

        [tls]
        trust = ["../ca/ca.pem"]
        """
            .formatted(name, port, kind, port);
    Path file = Files.writeString(home.resolve("firn.toml"), toml + more);
    return Site.start(SiteConfig.from(ConfigFile.read(file)));
  }

  @AfterEach
  void stop() throws IOException {
    client.close();
    hub.close();
    archive.close();
    database.close();
  }

  private String operator() throws IOException {
    return Files.readString(dir.resolve("madison/operator.token")).strip();
  }

  private JsonNode json(int status, String method, String path, Object body) throws IOException {
    Request request = Request.of(method, URI.create(url + path)).withBearer(operator());
    if (body != null) {
      request = request.withBody(BodySource.bytes(Json.bytes(body)));
    }
    try (Response response = client.send(request)) {
      String answer = response.bodyText(1 << 20);
      assertThat(response.status()).as(answer).isEqualTo(status);
      return Json.mapper().readTree(answer);
    }
  }

  private JsonNode open(String path) throws IOException {
    Map<String, Object> wish = Map.of("path", path, "size", 3000, "days", 1, "archive", "nersc");
    return json(201, "POST", INBOXES, wish);
  }

  private int curl(JsonNode inbox, Path file, String to) throws Exception {
    Process curl =
        new ProcessBuilder(
                "curl",
                "-sS",
                "--cacert",
                dir.resolve("ca/ca.pem").toString(),
                "-H",
                "Authorization: Bearer " + inbox.path("token").asString(),
                "-o",
                dir.resolve("curl.out").toString(),
                "-w",
                "%{http_code}",
                "-T",
                file.toString(),
                url + to)
            .redirectError(dir.resolve("curl.err").toFile())
            .start();
    String code = new String(curl.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
    assertThat(curl.waitFor()).as(Files.readString(dir.resolve("curl.err"))).isZero();
    return Integer.parseInt(code);
  }

  private Path file(String name, int size) throws IOException {
    byte[] bytes = new byte[size];
    new Random(size).nextBytes(bytes);
    return Files.write(dir.resolve(name), bytes);
  }

  private JsonNode awaitPublished(JsonNode inbox) throws Exception {
    JsonNode now;
    do {
      Thread.sleep(50);
      now = json(200, "GET", INBOXES + "/" + inbox.path("id").asString(), null);
      assertThat(now.path("state").asString()).as(now.toString()).isNotEqualTo("open");
    } while (!now.path("state").asString().equals("published"));
    return now;
  }

  @Test
  void whatAPersonUploadsIsPublishedAndEndsInTheArchive() throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/curl")), "no curl");
    JsonNode inbox = open("/data/ana/cascades/v2");
    String into = inbox.path("directory").asString();
    assertThat(curl(inbox, file("a", 1000), into + "/a.i3")).isEqualTo(201);
    assertThat(curl(inbox, file("b", 2000), into + "/sub/b.i3")).isEqualTo(201);
    assertThat(curl(inbox, file("b", 2000), "/data/ana/elsewhere")).isEqualTo(403);

    json(202, "POST", INBOXES + "/" + inbox.path("id").asString() + "/publish", null);
    JsonNode published = awaitPublished(inbox);
    assertThat(published.path("files").asInt()).isEqualTo(2);
    assertThat(published.path("bytes").asInt()).isEqualTo(3000);
    JsonNode requests = json(200, "GET", "/api/v1/archive/requests", null).path("requests");
    assertThat(requests).hasSize(1);
    assertThat(requests.get(0).toString()).contains("/data/ana/cascades/v2").contains("nersc");
    assertThat(curl(inbox, file("c", 10), into + "/late.i3"))
        .as("its token still names the directory, which is nobody's inbox any more")
        .isIn(201, 403, 404, 409);

    String query =
        URLEncoder.encode(
            "name ~ /data/ana/cascades/v2/** and verified at nersc", StandardCharsets.UTF_8);
    JsonNode files;
    long until = System.nanoTime() + 120_000_000_000L;
    do {
      Thread.sleep(200);
      files = json(200, "GET", "/api/v1/files?q=" + query, null).path("files");
      assertThat(System.nanoTime()).as(files.toString()).isLessThan(until);
    } while (files.size() < 2);
    for (JsonNode file : files) {
      assertThat(file.path("replicas").toString()).contains("\"nersc\"").contains("bundle");
    }
    try (var bundles = Files.walk(dir.resolve("nersc/storage"))) {
      assertThat(bundles.filter(p -> p.toString().endsWith(".zip"))).isNotEmpty();
    }
  }

  @Test
  void itsPagesShowWhoseItIsHowLongItStaysAndWhatHappened() throws Exception {
    JsonNode waiting = open("/data/ana/<b>one</b>");
    JsonNode done = open("/data/ana/two");
    for (JsonNode inbox : List.of(waiting, done)) {
      String into = inbox.path("directory").asString();
      assertThat(curl(inbox, file("a", 1000), into + "/a.i3")).isEqualTo(201);
    }
    json(202, "POST", INBOXES + "/" + done.path("id").asString() + "/publish", null);
    awaitPublished(done);
    try (Browser browser = Browser.start()) {
      browser.scripts(false).open(url + "/inboxes");
      assertThat(browser.texts("tbody td:nth-child(1)"))
          .containsExactly("/data/ana/two", "/data/ana/<b>one</b>");
      assertThat(browser.texts("tbody td:nth-child(3)")).containsExactly("published", "open");
      assertThat(browser.texts("tbody td:nth-child(4)").get(1)).contains("in 23 h");
      browser.picture(PICTURES.resolve("inboxes.png"));
      browser.size(390, 844).click("tbody tr:nth-child(2) a");
      assertThat(browser.text("h1")).isEqualTo("Inbox for /data/ana/<b>one</b>");
      assertThat(browser.text("main"))
          .contains("operator")
          .contains("at nersc")
          .contains("a.i3")
          .contains(waiting.path("directory").asString());
      assertThat(browser.tooWide()).isFalse();
      browser.picture(PICTURES.resolve("inbox-phone.png"));
      browser.open(url + "/inboxes/" + done.path("id").asString());
      assertThat(browser.text("main"))
          .contains("1 file, 1.00 kB")
          .contains("moving")
          .contains("published");
      browser.click("main a");
      assertThat(browser.text("main")).contains("/data/ana/two/a.i3");

      browser.open(url + "/ingest");
      assertThat(browser.texts("h2"))
          .containsExactly(
              "Indexing",
              "Drop boxes",
              "Directories taken in by order",
              "The area compared with the catalog");
      assertThat(browser.text("main")).contains("None are configured.").contains("differed");
      assertThat(browser.tooWide()).isFalse();
      browser.size(1280, 900).picture(PICTURES.resolve("ingest.png"));
      assertThat(browser.complaints()).isEmpty();
    }
  }
}
