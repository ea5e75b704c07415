package dev.firn.transfer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.firn.catalog.Catalog;
import dev.firn.catalog.FileMetadata;
import dev.firn.catalog.NewFile;
import dev.firn.database.Database;
import dev.firn.database.TestDatabase;
import dev.firn.model.LogicalName;
import dev.firn.model.SiteName;
import dev.firn.model.TransferState;
import dev.firn.transfer.link.Downtime;
import dev.firn.transfer.link.Hold;
import dev.firn.transfer.link.Link;
import dev.firn.transfer.link.LinkCalendar;
import dev.firn.transfer.link.LinkPolicy;
import dev.firn.transfer.queue.Claim;
import dev.firn.transfer.queue.FailureClass;
import dev.firn.transfer.queue.Outcome.Account;
import dev.firn.transfer.queue.Settlement;
import dev.firn.transfer.queue.Transfer;
import dev.firn.transfer.rule.CopyRequest;
import dev.firn.transfer.rule.CopyRequests;
import dev.firn.transfer.rule.NamePattern;
import dev.firn.transfer.rule.ReplicationRule.Wanted;
import dev.firn.transfer.rule.RuleEngine;
import dev.firn.transfer.rule.Rules;
import dev.firn.transfer.site.Site;
import dev.firn.transfer.site.Sites;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What operators say of links and sites, and the ways files take then: pole cannot talk to nersc.
class LinksTest {
  private static final SiteName POLE = new SiteName("pole");
  private static final SiteName MADISON = new SiteName("madison");
  private static final SiteName NERSC = new SiteName("nersc");
  private static final LinkPolicy BLOCKED =
      new LinkPolicy(true, 1, 1, 0, 0, Map.of(), LinkCalendar.parse(""));

  private final Sites sites =
      new Sites(
          List.of(
              Site.firn("pole", URI.create("https://pole.example")),
              Site.firn("madison", URI.create("https://madison.example")),
              Site.firn("nersc", URI.create("https://nersc.example"))));
  private TestDatabase test;
  private Database database;
  private Catalog catalog;
  private Transfers transfers;
  private Links links;
  private RuleEngine engine;
  private long file;

  @BeforeEach
  void open() {
    test = TestDatabase.create();
    database = test.database();
    catalog = new Catalog(database);
    transfers = new Transfers(database, catalog, sites);
    links = new Links(transfers, TransferConfig.DEFAULT);
    engine = new RuleEngine(database, catalog, sites, transfers.store());
    LogicalName name = LogicalName.parse("/data/exp/raw");
    catalog.register(
        new NewFile(name, 10, World.sums(new byte[10]), FileMetadata.NONE),
        POLE,
        name,
        "test",
        "taken in");
    file = catalog.find(name).orElseThrow().id();
  }

  @AfterEach
  void close() {
    test.close();
  }

  private void follow() {
    while (engine.step()) {
      // until nothing is left to do
    }
  }

  private void wantedAtNersc() {
    new Rules(database, catalog, sites)
        .add(new Wanted(NamePattern.ALL, "", NERSC, false, 3), "operator");
    follow();
  }

  private Transfer queued() {
    List<Transfer> queued = transfers.list(TransferState.QUEUED, 0, 10);
    assertThat(queued).hasSize(1);
    return queued.getFirst();
  }

  private void settle(Transfer transfer, Settlement settlement) {
    Claim claim =
        database
            .inTransaction(c ->
                transfers
                    .store()
                    .claimQueued(c, "hub", Duration.ofMinutes(1), List.of(transfer.id())))
            .getFirst();
    boolean counted =
        database.inTransaction(
            c -> transfers.store().settle(c, claim, settlement, new Account("pull", 10, true)));
    assertThat(counted).isTrue();
    follow();
  }

  private CopyRequest request() {
    List<CopyRequest> all = database.read(c -> CopyRequests.ofFile(c, file));
    assertThat(all).hasSize(1);
    return all.getFirst();
  }

  private static Settlement done() {
    return new Settlement.Done("digest", World.sums(new byte[10]));
  }

  @Test
  void whereTwoSitesCannotTalkTheFileGoesByWayOfAThird() {
    links.set("pole", "nersc", BLOCKED, "operator");
    wantedAtNersc();
    Transfer first = queued();
    assertThat(first.request().to().site()).isEqualTo(MADISON);
    assertThat(request().state()).isEqualTo(CopyRequest.State.ASSIGNED);
    assertThat(request().via()).isEqualTo(MADISON);
    Explanation told =
        new Explanations(transfers, catalog, TransferConfig.DEFAULT)
            .request(request().id())
            .orElseThrow();
    assertThat(told.sentence()).contains("goes by way of madison: transfer " + first.id());
    settle(first, done());
    Transfer second = queued();
    assertThat(second.request().from().site()).isEqualTo(MADISON);
    assertThat(second.request().to().site()).isEqualTo(NERSC);
    assertThat(request().via()).isNull();
    settle(second, done());
    assertThat(request().state()).isEqualTo(CopyRequest.State.DONE);
    assertThat(transfers.list(null, 0, 10)).hasSize(2);
  }

  @Test
  void aFirstStepThatFailsIsNotAskedForWithoutEnd() {
    links.set("pole", "nersc", BLOCKED, "operator");
    wantedAtNersc();
    settle(
        queued(),
        new Settlement.Failed(
            new Settlement.Trouble(FailureClass.OCCUPIED, "another file lies there")));
    assertThat(transfers.list(null, 0, 10)).hasSize(1);
    assertThat(request().state()).isEqualTo(CopyRequest.State.FAILED);
    assertThat(request().why()).contains("another file lies there");
  }

  @Test
  void withoutAnyWayTheRequestSaysSo() {
    links.set("*", "nersc", BLOCKED, "operator");
    wantedAtNersc();
    assertThat(transfers.list(null, 0, 10)).isEmpty();
    assertThat(request().state()).isEqualTo(CopyRequest.State.OPEN);
    assertThat(request().why()).contains("can be brought there");
  }

  @Test
  void theMoreExactWordOnALinkCountsAndEachIsInItsHistory() {
    links.set("*", "nersc", BLOCKED, "operator");
    links.set("madison", "nersc", LinkPolicy.fixed(2), "operator");
    assertThat(links.policy(new Link(MADISON, NERSC)).blocked()).isFalse();
    assertThat(links.policy(new Link(POLE, NERSC)).blocked()).isTrue();
    assertThat(links.changes("madison", "nersc", 10))
        .singleElement()
        .satisfies(c -> assertThat(c.entry().who()).isEqualTo("operator"));
    wantedAtNersc();
    assertThat(links.list())
        .filteredOn(l -> l.waits() > 0)
        .extracting(Links.Now::link)
        .containsExactly(new Link(POLE, MADISON));
  }

  @Test
  void aDowntimeHoldsALinkAndEnds() {
    wantedAtNersc();
    Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
    Downtime planned =
        links.add(
            new Downtime(
                0, NERSC, now.minusSeconds(60), now.plusSeconds(3600), "new switches", "operator"));
    assertThat(links.downtimes()).containsExactly(planned);
    assertThat(links.list())
        .singleElement()
        .satisfies(l -> {
          assertThat(l.held()).isNotNull();
          assertThat(l.held().kind()).isEqualTo(Hold.Kind.DOWNTIME);
          assertThat(l.held().words()).contains("new switches");
        });
    assertThat(links.removeDowntime(planned.id(), "operator")).isTrue();
    assertThat(links.removeDowntime(planned.id(), "operator")).isFalse();
    assertThat(links.downtimes()).isEmpty();
    assertThatThrownBy(() ->
            links.add(
                new Downtime(
                    0, new SiteName("atlantis"), now, now.plusSeconds(1), "x", "operator")))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
