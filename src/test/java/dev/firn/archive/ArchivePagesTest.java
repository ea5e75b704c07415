package dev.firn.archive;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.catalog.CatalogFile;
import dev.firn.console.ArchivePage;
import dev.firn.console.Browser;
import dev.firn.console.Console;
import dev.firn.console.HubArchiveView;
import dev.firn.console.Viewers;
import dev.firn.http.BodySource;
import dev.firn.http.HttpFetcher.Request;
import dev.firn.http.HttpServer;
import dev.firn.http.HttpServerConfig;
import dev.firn.http.Router;
import dev.firn.issuer.TokenRequest;
import dev.firn.issuer.TokenSigner;
import dev.firn.model.LogicalName;
import dev.firn.token.AccessPolicy;
import dev.firn.token.Authenticator;
import dev.firn.token.Revocations;
import dev.firn.token.TrustedIssuer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// The archive's pages as Chromium shows them, and what an operator does there.
@Tag("peer")
class ArchivePagesTest {
  private static final String HUB = "https://hub.example";
  private static final Path PICTURES = Path.of("target", "pictures");

  @TempDir Path directory;
  private ArchiveWorld world;
  private Archivist archivist;
  private Bundle stuck;
  private TokenSigner signer;
  private HttpServer server;
  private String base;

  @BeforeEach
  void start() throws Exception {
    world = new ArchiveWorld(directory);
    archivist = world.archivist();
    stuck = quarantined();
    signer = TokenSigner.open(directory.resolve("keys"), HUB, Clock.systemUTC(), UUID::randomUUID);
    TrustedIssuer issuer = TrustedIssuer.of(HUB, LogicalName.ROOT, signer.keys()).asOwn();
    Authenticator authenticator =
        new Authenticator(List.of(issuer), Set.of(HUB), Revocations.NONE, Clock.systemUTC());
    AccessPolicy policy = AccessPolicy.of(List.of(issuer), List.of());
    Router router = new Router();
    Console console = new Console("madison", new Viewers(authenticator, policy), router);
    HubArchiveView look = new HubArchiveView(world.catalog, archivist);
    new ArchivePage(look, look).addTo(console);
    server =
        HttpServer.start(
            HttpServerConfig.plainOnly(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)),
            router);
    base = "http://localhost:" + server.plainPort();
  }

  @AfterEach
  void stop() throws Exception {
    server.close();
    world.close();
  }

  /// A damaged bundle that cannot be rebuilt, because a member is damaged too.
  private Bundle quarantined() throws Exception {
    CatalogFile file = world.put("a.i3.zst", 3000);
    world.put("b.i3.zst", 3000);
    archivist.collect(true);
    world.settle(archivist);
    Bundle bundle = world.only(archivist);
    flip(world.archived(bundle), 300);
    archivist.fixity().check(bundle.uuid(), b -> {});
    flip(world.home.resolve(String.join("/", file.name().segments().subList(1, 7))), 3);
    archivist.fixity().repair(bundle.uuid(), "operator");
    world.settle(archivist);
    return world.only(archivist);
  }

  private static void flip(Path file, int at) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    bytes[at] ^= 1;
    Files.write(file, bytes);
  }

  private String token(String scope) {
    return signer.sign(new TokenRequest("olga", HUB, List.of(scope), Duration.ofHours(1)));
  }

  private BundleState state() {
    return archivist.find(stuck.uuid()).orElseThrow().state();
  }

  @Test
  void anOperatorTakesABundleOutOfQuarantine() throws Exception {
    assertThat(state()).isEqualTo(BundleState.QUARANTINED);
    try (Browser browser = Browser.start()) {
      browser.open(base + "/archive");
      assertThat(browser.text("main"))
          .contains(stuck.uuid().toString())
          .contains("the catalog says");
      browser.picture(PICTURES.resolve("quarantine.png"));
      browser.evaluate("document.querySelector('input[type=checkbox]').click()");
      browser.evaluate("document.querySelector('input[name=token]').focus()");
      browser.type(token("firn.archive.operate")).click("button");
      assertThat(browser.text("main")).contains("goes on where it was");
      assertThat(state()).isEqualTo(BundleState.CLOSED);
      browser.open(base + "/archive/bundles/" + stuck.uuid());
      assertThat(browser.text("main")).contains("resumed by").contains("olga");
      browser.picture(PICTURES.resolve("bundle.png"));
      assertThat(browser.complaints()).isEmpty();
    }
  }

  @Test
  void whatIsKeptAndHowFarAuditsAre() throws Exception {
    world.put("c.i3.zst", 50_000);
    archivist.collect(true);
    world.settle(archivist);
    try (Browser browser = Browser.start()) {
      browser.open(base + "/archive");
      assertThat(rows(browser, "Custody by year and level"))
          .anyMatch(row -> row.startsWith("nersc|2018|PFRaw|"))
          .noneMatch(row -> row.contains("|bundle|"));
      assertThat(rows(browser, "Audits"))
          .singleElement()
          .asString()
          .startsWith("nersc|2|")
          .contains("|2 of 2|", "|0|1|0|");
      browser.picture(PICTURES.resolve("archive.png"));
      assertThat(browser.complaints()).isEmpty();
    }
  }

  /// The rows of the table below a heading, their cells parted by bars.
  private static List<String> rows(Browser browser, String heading) throws IOException {
    JsonNode rows =
        browser.evaluate(
            "[...document.querySelectorAll('section')]"
                + ".filter(s => s.querySelector('h2')?.textContent === '"
                + heading
                + "').flatMap(s => [...s.querySelectorAll('tbody tr')])"
                + ".map(r => [...r.cells].map(c => c.innerText.trim()).join('|'))");
    List<String> all = new ArrayList<>();
    rows.forEach(row -> all.add(row.asString()));
    return all;
  }

  @Test
  void nobodyElseDoes() throws Exception {
    assertThat(post("", base)).isEqualTo(401);
    assertThat(post(token("firn.archive.audit"), base)).isEqualTo(403);
    assertThat(post(token("storage.modify:/"), base)).isEqualTo(403);
    assertThat(post("nonsense", base)).isEqualTo(401);
    assertThat(post(token("firn.archive.operate"), "https://evil.example")).isEqualTo(403);
    assertThat(state()).isEqualTo(BundleState.QUARANTINED);
    assertThat(post(token("firn.admin"), base)).isEqualTo(200);
    assertThat(state()).isEqualTo(BundleState.CLOSED);
  }

  /// Posts the form as a browser on a page of `origin` would.
  private int post(String token, String origin) throws IOException {
    String form =
        "bundle=" + stuck.uuid() + "&token=" + URLEncoder.encode(token, StandardCharsets.UTF_8);
    Request request =
        Request.of("POST", URI.create(base + "/archive/resume"))
            .withHeader("Content-Type", "application/x-www-form-urlencoded")
            .withHeader("Origin", origin)
            .withBody(BodySource.bytes(form.getBytes(StandardCharsets.UTF_8)));
    try (var response = world.http.send(request)) {
      return response.status();
    }
  }
}
