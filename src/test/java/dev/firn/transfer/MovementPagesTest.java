package dev.firn.transfer;

import static dev.firn.transfer.RuleWorld.MADISON;
import static dev.firn.transfer.RuleWorld.POLE;
import static dev.firn.transfer.RuleWorld.wanted;
import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.console.Browser;
import dev.firn.console.Console;
import dev.firn.console.Viewers;
import dev.firn.console.movement.LinkPages;
import dev.firn.console.movement.TransferPages;
import dev.firn.http.HttpServer;
import dev.firn.http.HttpServerConfig;
import dev.firn.http.Router;
import dev.firn.token.AccessPolicy;
import dev.firn.token.Authenticator;
import dev.firn.token.Revocations;
import dev.firn.transfer.link.Downtime;
import dev.firn.transfer.link.LinkPolicy;
import dev.firn.transfer.queue.Claim;
import dev.firn.transfer.queue.FailureClass;
import dev.firn.transfer.queue.Settlement;
import dev.firn.transfer.queue.Transfer;
import dev.firn.transfer.queue.TransferStore.Heard;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The pages on links, transfers and rules as Chromium shows them, over a real server and record.
@Tag("peer")
class MovementPagesTest {
  private static final Path PICTURES = Path.of("target", "pictures");
  private final RuleWorld world = new RuleWorld();
  private final Links links = new Links(world.transfers, TransferConfig.DEFAULT);
  private Browser browser;
  private HttpServer server;
  private String base;

  @BeforeEach
  void start() throws IOException {
    browser = Browser.start();
    Router router = new Router();
    Authenticator authenticator =
        new Authenticator(List.of(), Set.of(), Revocations.NONE, InstantSource.system());
    Viewers viewers = new Viewers(authenticator, AccessPolicy.of(List.of(), List.of()));
    Console console = new Console("madison", viewers, router);
    new LinkPages(links).addTo(console);
    new TransferPages(world.transfers, world.rules, world.explanations).addTo(console);
    server =
        HttpServer.start(
            HttpServerConfig.plainOnly(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)),
            router);
    base = "http://localhost:" + server.plainPort();
  }

  @AfterEach
  void stop() throws Exception {
    browser.close();
    server.close();
    world.close();
  }

  @Test
  void theMapAndTheQueueShowWhatMovesAndRenewThemselves() throws Exception {
    browser.open(base + "/links");
    assertThat(browser.text("main")).contains("Nothing moves, nothing waits");
    for (int i = 0; i < 5; i++) {
      world.put("/data/exp/raw" + i, 1_000_000, POLE);
    }
    world.rules.add(wanted("/data/**", "madison", 1), "operator");
    world.rules.add(wanted("/data/**", "desy", 1), "operator");
    world.follow();
    Instant now = Instant.now();
    links.add(
        new Downtime(
            0, RuleWorld.DESY, now.minusSeconds(9), now.plusSeconds(3600), "new pumps", "me"));
    long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    while (!browser.text("main").contains("new pumps")) {
      assertThat(System.nanoTime()).as("the page renews itself").isLessThan(end);
      LockSupport.parkNanos(200_000_000);
    }
    assertThat(browser.text("main"))
        .contains("Queue by activity")
        .contains("default")
        .contains("pole to madison");
    assertThat(browser.evaluate("document.querySelector('svg.map').textContent").asString())
        .contains("madison")
        .contains("desy")
        .contains("5 wait");
    moves(world.queued().stream().filter(t -> t.request().to().site().equals(MADISON)).toList());
    while (!browser
        .evaluate("document.querySelector('svg.map').textContent")
        .asString()
        .contains("14.0 MB/s")) {
      assertThat(System.nanoTime()).as("the page renews itself").isLessThan(end);
      LockSupport.parkNanos(200_000_000);
    }
    assertThat(browser.text("main")).contains("2 of 4");
    browser.picture(PICTURES.resolve("links.png"));
    assertReasonsInSight("/links", "new pumps");
    links.set("pole", "desy", LinkPolicy.fixed(4), "operator");
    world.sql(
        "INSERT INTO link_level (source, destination, allowed, rate, decided, rationale)"
            + " VALUES ('pole', 'desy', 9, 0, now(), 'all went well')");
    browser.open(base + "/links/pole/desy");
    assertThat(browser.text("main"))
        .as("no more than was said since")
        .contains("0 transfers of 4 run; 5 wait");
    assertThat(browser.complaints()).isEmpty();
  }

  /// On a telephone, what matters stands below each row and not beside it, out of sight.
  private void assertReasonsInSight(String page, String reason) throws Exception {
    browser.size(390, 800).open(base + page);
    assertThat(browser.tooWide()).isFalse();
    assertThat(
            browser
                .evaluate(
                    "[...document.querySelectorAll('tr.below div')].filter(r => r.offsetParent"
                        + " && r.getBoundingClientRect().right <= innerWidth)"
                        + ".map(r => r.textContent).join(' ')")
                .asString())
        .contains(reason);
    browser.picture(PICTURES.resolve(page.substring(1).replace('/', '-') + "-narrow.png"));
    browser.size(1280, 900);
  }

  /// Two of them run, as a hub would say of them.
  private void moves(List<Transfer> queued) {
    List<Long> two = queued.stream().map(Transfer::id).limit(2).toList();
    Duration lease = Duration.ofMinutes(5);
    world.database.inTransaction(c -> {
      List<Claim> claims = world.transfers.store().claimQueued(c, "hub", lease, two);
      return world
          .transfers
          .store()
          .extend(
              c,
              lease,
              claims.stream()
                  .map(one -> new Heard(one.id(), one.number(), 500_000, 7_000_000))
                  .toList());
    });
  }

  @Test
  void aTransferAndARuleSayWhatTheCommandSays() throws Exception {
    world.put("/data/exp/<b>f</b>", 10, MADISON);
    var rule = world.rules.add(wanted("/**", "nersc", 1), "operator").rule();
    world.follow();
    Transfer transfer = world.queued().getFirst();
    world.settle(
        transfer,
        new Settlement.Failed(
            new Settlement.Trouble(FailureClass.OCCUPIED, "another file lies there")));
    Explanation why = world.explanations.transfer(transfer.id()).orElseThrow();
    browser.open(base + "/transfers/" + transfer.id());
    assertThat(browser.text("main")).contains(why.sentence()).contains(why.advice());
    assertThat(browser.text("main")).contains("another file lies there");
    browser.open(base + "/transfers");
    assertThat(browser.text("main")).contains(why.sentence());
    browser.picture(PICTURES.resolve("transfers.png"));
    assertReasonsInSight("/transfers", "another file lies there");
    assertReasonsInSight("/transfers/" + transfer.id(), "another file lies there");
    browser.open(base + "/rules/" + rule.id());
    RuleExplanation told = world.explanations.rule(world.rules, rule.id()).orElseThrow();
    assertThat(browser.text("main")).contains(told.sentence());
    browser.open(base + "/rules");
    assertThat(browser.text("main")).contains(rule.wanted().sentence());
    browser.picture(PICTURES.resolve("rules.png"));
    assertThat(browser.complaints()).isEmpty();
  }
}
