package dev.firn.processing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.firn.catalog.CatalogFile;
import dev.firn.events.EventWorld;
import dev.firn.model.LogicalName;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Who holds a unit, and whose result counts.
class LeasesTest {
  private static final int EVENTS = 40;

  @TempDir Path directory;
  private CampaignWorld world;
  private Campaign campaign;

  @BeforeEach
  void open() throws Exception {
    world = new CampaignWorld(new EventWorld(directory));
    TreeMap<String, byte[]> files = new TreeMap<>();
    files.put(PlantedSeason.gcdName(129_000, "v1", 1), PlantedSeason.gcd(129_000, 1));
    files.put(
        PlantedSeason.name("a", 129_000, 0),
        PlantedSeason.packed(EventWorld.i3(129_000, 0, 1, EVENTS)));
    world.put(files);
    Campaigns.Wish wish =
        new Campaigns.Wish(
            "pass3",
            "season = 2017",
            "",
            null,
            "v1",
            "cp $INFILE $OUTFILE",
            10,
            Duration.ofSeconds(60),
            Duration.ofSeconds(60),
            "InIcePulses",
            "");
    campaign = world.campaigns.start(world.campaigns.plan("pass3", wish, "tester"), "tester");
  }

  @AfterEach
  void close() throws Exception {
    world.close();
  }

  private Leases leases() {
    return world.campaigns.leases();
  }

  private Granting.Grant lease(String worker, int most) {
    return leases().lease(campaign.name(), worker, most, Optional.empty()).grant();
  }

  /// A result that a worker has stored, and how it delivers it.
  private Leases.Delivery stored(Granting.Grant grant, int at, long events) throws Exception {
    LeaseStore.Row unit = grant.units().get(at);
    byte[] result =
        PlantedSeason.packed(EventWorld.i3(129_000, 0, 1 + unit.first(), (int) unit.events()));
    LogicalName name =
        LogicalName.parse(grant.lease().prefix())
            .child(Leases.outputName(unit.id(), unit.attempt()));
    world.put(name, result);
    String sha512 = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-512").digest(result));
    return new Leases.Delivery(unit.id(), unit.attempt(), sha512, events, "00".repeat(32));
  }

  private String commit(Granting.Grant grant, Leases.Delivery delivery) {
    return leases().commit(campaign, grant.lease().id(), List.of(delivery), "w").getFirst().word();
  }

  private void expire() throws Exception {
    world.sql("UPDATE campaign_unit SET expires = now() - interval '1 s' WHERE state = 'leased'");
    leases().expire();
  }

  private Status look() {
    Status status = world.campaigns.status(campaign);
    assertThat(status.holds()).as(status.toString()).isTrue();
    return status;
  }

  @Test
  void aUnitBelongsToOneAtATimeAndComesOnceHoweverOftenItIsDelivered() throws Exception {
    Granting.Grant all = lease("a", 9);
    assertThat(all.units()).hasSize(4);
    assertThat(lease("b", 9).units()).isEmpty();
    assertThat(look().running()).isEqualTo(EVENTS);
    Leases.Delivery delivery = stored(all, 0, 10);
    assertThat(commit(all, delivery)).isEqualTo("committed");
    assertThat(commit(all, delivery)).isEqualTo("committed");
    assertThat(look().done()).isEqualTo(10);
    CatalogFile output =
        world
            .world
            .catalog
            .find(
                LogicalName.parse(all.lease().prefix())
                    .child(Leases.outputName(delivery.unit(), delivery.attempt())))
            .orElseThrow();
    assertThat(output.metadata().run()).isEqualTo(129_000);
    assertThat(output.metadata().eventCount()).isEqualTo(10);
    assertThat(world.number("SELECT count(*) FROM provenance WHERE child = " + output.id()))
        .as("the input and the GCD")
        .isEqualTo(2);
  }

  @Test
  void aWorkerGoesOnWithItsLeaseWhileItsTokenIsGoodForTheNewUnits() throws Exception {
    Leases.Signed first = leases().lease("pass3", "a", 1, Optional.empty());
    UUID id = first.grant().lease().id();
    assertThat(first.token()).isPresent();
    assertThat(commit(first.grant(), stored(first.grant(), 0, 10))).isEqualTo("committed");
    Leases.Signed second = leases().lease("pass3", "a", 1, Optional.of(id));
    assertThat(second.token()).as("the one it has is good still").isEmpty();
    assertThat(second.grant().lease().id()).isEqualTo(id);
    assertThat(commit(second.grant(), stored(second.grant(), 0, 10))).isEqualTo("committed");

    Leases.Signed another = leases().lease("pass3", "b", 1, Optional.of(id));
    assertThat(another.grant().lease().id()).as("another's lease is not its own").isNotEqualTo(id);
    assertThat(another.token()).isPresent();

    world.sql("UPDATE campaign_lease SET tokens = now() + interval '30 s'");
    Leases.Signed last = leases().lease("pass3", "a", 1, Optional.of(id));
    assertThat(last.grant().units()).hasSize(1);
    assertThat(last.grant().lease().id()).as("its token ends too soon").isNotEqualTo(id);
    assertThat(last.token()).isPresent();
    assertThat(commit(last.grant(), stored(last.grant(), 0, 10))).isEqualTo("committed");
    assertThat(look().done()).isEqualTo(30);
  }

  @Test
  void thoseWhoAskAtOneTimeGetDifferentUnits() throws Exception {
    Set<UUID> given = ConcurrentHashMap.newKeySet();
    AtomicInteger units = new AtomicInteger();
    try (ExecutorService askers = Executors.newFixedThreadPool(8)) {
      for (int i = 0; i < 8; i++) {
        String worker = "w" + i;
        askers.submit(() -> {
          Granting.Grant grant = lease(worker, 1);
          units.addAndGet(grant.units().size());
          grant.units().forEach(unit -> given.add(unit.id()));
        });
      }
    }
    assertThat(units).hasValue(4);
    assertThat(given).hasSize(4);
    assertThat(look().running()).isEqualTo(EVENTS);
  }

  @Test
  void onlyTheNewestAttemptCommits() throws Exception {
    Granting.Grant late = lease("late", 1);
    Leases.Delivery lateResult = stored(late, 0, 10);
    expire();
    assertThat(commit(late, lateResult)).isEqualTo("discarded");
    Granting.Grant next = lease("next", 1);
    assertThat(next.units().getFirst().id()).isEqualTo(late.units().getFirst().id());
    assertThat(commit(late, lateResult)).isEqualTo("discarded");
    assertThat(commit(next, stored(next, 0, 10))).isEqualTo("committed");
    assertThat(commit(late, lateResult))
        .as("the same bytes, so the unit is done as it says")
        .isEqualTo("committed");
    assertThat(look().done()).isEqualTo(10);
    assertThat(world.number("SELECT count(*) FROM campaign_unit WHERE state = 'done'"))
        .isEqualTo(1);
  }

  @Test
  void whatIsNotThereOrNotWholeIsNotCommitted() throws Exception {
    Granting.Grant grant = lease("a", 2);
    LeaseStore.Row unit = grant.units().getFirst();
    Leases.Delivery nowhere =
        new Leases.Delivery(unit.id(), unit.attempt(), "00".repeat(64), 10, "00".repeat(32));
    assertThat(commit(grant, nowhere)).isEqualTo("refused");
    assertThat(commit(grant, stored(grant, 1, 9))).as("an event is missing").isEqualTo("refused");
    assertThat(look().units()).containsEntry("split", 1L);
    assertThat(look().done()).isZero();
  }

  @Test
  void halvesOfHalvesEndAtTheOneEventAndResumeTriesItAgain() throws Exception {
    while (true) {
      Granting.Grant grant = lease("w" + UUID.randomUUID(), 1);
      if (grant.units().isEmpty()) {
        break;
      }
      LeaseStore.Row unit = grant.units().getFirst();
      boolean poisoned = unit.first() <= 17 && 17 < unit.first() + unit.events();
      if (poisoned) {
        leases()
            .fail(
                campaign,
                grant.lease().id(),
                List.of(
                    new Leases.Failure(
                        unit.id(), unit.attempt(), Settling.Fault.EVENT, "it breaks")));
      } else {
        assertThat(commit(grant, stored(grant, 0, unit.events()))).isEqualTo("committed");
      }
      look();
    }
    Status status = look();
    assertThat(status.done()).isEqualTo(EVENTS - 1);
    assertThat(status.quarantined()).isEqualTo(1);
    List<Status.Gap> gaps =
        world.campaigns.missing(campaign, true, 1_000).gaps().stream()
            .filter(gap -> gap.state().equals("quarantined"))
            .toList();
    assertThat(gaps).hasSize(1);
    assertThat(gaps.getFirst().first()).isEqualTo(17);
    assertThat(gaps.getFirst().why()).isEqualTo("event: it breaks");

    world.engine.step();
    world.engine.step();
    assertThat(look().campaign().state()).isEqualTo(Campaign.State.FOLDED);
    assertThat(look().folded()).isEqualTo(EVENTS - 1);
    assertThat(world.world.count(world.world.passes.load("pass3").eventsTable(), "staging"))
        .isEqualTo(EVENTS - 1);

    campaign = world.campaigns.load("pass3");
    assertThat(world.campaigns.resume(campaign, true, "tester")).isEqualTo(1);
    campaign = world.campaigns.load("pass3");
    Granting.Grant again = lease("again", 1);
    assertThat(commit(again, stored(again, 0, 1))).isEqualTo("committed");
    world.engine.step();
    world.engine.step();
    assertThat(world.world.count(world.world.passes.load("pass3").eventsTable(), "staging"))
        .isEqualTo(EVENTS);
    assertThat(look().folded()).isEqualTo(EVENTS);
  }

  @Test
  void aResultThatTheCatalogLostIsMadeAgainUnlessItMayBeARowAlready() throws Exception {
    Granting.Grant grant = lease("one", 1);
    assertThat(commit(grant, stored(grant, 0, 10))).isEqualTo("committed");
    world.sql("UPDATE campaign SET state = 'folding'");
    world.sql("UPDATE campaign_unit SET output = 999999999 WHERE state = 'done'");
    world.sql(
        "UPDATE campaign_unit SET state = 'quarantined', class = 'event' WHERE state = 'ready'");
    world.sql("UPDATE campaign_unit SET compared = true WHERE state = 'done'");
    world.engine.step();
    assertThat(world.number("SELECT count(*) FROM campaign WHERE trouble LIKE '%999999999%'"))
        .isOne();
    world.sql("UPDATE campaign_unit SET compared = false WHERE state = 'done'");
    world.engine.step();
    Status.Gap again =
        world.campaigns.missing(campaign, true, 1_000).gaps().stream()
            .filter(gap -> gap.state().equals("ready"))
            .findFirst()
            .orElseThrow();
    assertThat(again.events()).isEqualTo(10);
    assertThat(again.why()).isEqualTo("around: its result is not in the catalog any more");
    assertThat(look().campaign().state()).isEqualTo(Campaign.State.RUNNING);
  }

  @Test
  void whatLateWorkersLeftIsSweptAndResultsStay() throws Exception {
    Granting.Grant late = lease("late", 1);
    Leases.Delivery left = stored(late, 0, 10);
    expire();
    Granting.Grant next = lease("next", 1);
    Leases.Delivery good = stored(next, 0, 10);
    commit(next, good);
    world.sql("UPDATE campaign_lease SET tokens = now() - interval '1 s'");
    world.engine.step();
    LogicalName garbage =
        LogicalName.parse(late.lease().prefix())
            .child(Leases.outputName(left.unit(), left.attempt()));
    LogicalName result =
        LogicalName.parse(next.lease().prefix())
            .child(Leases.outputName(good.unit(), good.attempt()));
    assertThat(world.world.area.find(garbage)).isEmpty();
    assertThat(world.world.catalog.find(garbage)).isEmpty();
    assertThat(world.world.area.find(result)).isPresent();
    assertThat(world.world.catalog.find(result)).isPresent();
  }

  @Test
  void aMachineThatBreaksEverythingIsToldToStop() throws Exception {
    String stop = "";
    for (int i = 0; i < 60 && stop.isEmpty(); i++) {
      world.sql("UPDATE campaign_unit SET not_before = now()");
      Granting.Grant grant = lease("black hole", 1);
      stop = grant.stop();
      for (LeaseStore.Row unit : grant.units()) {
        leases()
            .fail(
                campaign,
                grant.lease().id(),
                List.of(
                    new Leases.Failure(
                        unit.id(), unit.attempt(), Settling.Fault.AROUND, "no disk")));
      }
    }
    assertThat(stop).contains("in a row failed here");
    world.sql("UPDATE campaign_unit SET not_before = now()");
    assertThat(lease("another", 1).units()).hasSize(1);
  }

  @Test
  void nothingIsGivenOutBeforeTheStartAndAfterAStop() throws Exception {
    campaign = world.campaigns.stop(campaign, "tester");
    assertThat(lease("w", 1).stop()).isEqualTo("the campaign is stopped");
    assertThatThrownBy(() -> world.campaigns.promote(campaign, "tester"))
        .isInstanceOf(CampaignException.class);
    Granting.Grant none = lease("w", 1);
    assertThatThrownBy(() -> leases().heartbeat(campaign, none.lease().id()))
        .hasMessageContaining("there is no lease");
  }

  @Test
  void unitsThatWereNotBegunGoBackAsIfNobodyHadThem() {
    Granting.Grant grant = lease("w", 4);
    List<UUID> units = grant.units().stream().map(LeaseStore.Row::id).toList();
    assertThat(leases().giveBack(campaign, grant.lease().id(), units)).isEqualTo(4);
    assertThat(look().missing()).isEqualTo(EVENTS);
    assertThat(look().units()).isEqualTo(Map.of("ready", 4L));
  }

  @Test
  void whatIsInQuarantineIsShownBeforeAllThatWaitsAndWhatIsLeftOutIsCounted() {
    Granting.Grant grant = lease("a", 1);
    world.sql(
        "INSERT INTO campaign_unit(id, campaign, seq, file_id, first, events, state)"
            + " SELECT gen_random_uuid(), campaign, seq, file_id, first + 100 * n, 1, 'ready'"
            + " FROM campaign_unit, generate_series(1, 30000) n WHERE state = 'ready'");
    world.sql(
        "UPDATE campaign_unit SET state = 'quarantined', class = 'event', reason = 'it breaks'"
            + " WHERE id = (SELECT id FROM campaign_unit WHERE state = 'ready'"
            + " ORDER BY first DESC LIMIT 1)");
    long start = System.nanoTime();
    Status.Gaps gaps = world.campaigns.missing(campaign, true, 10);
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(10));
    assertThat(gaps.gaps()).hasSize(10);
    assertThat(gaps.gaps()).extracting(Status.Gap::state).startsWith("quarantined", "excluded");
    assertThat(gaps.gaps().get(2).state()).isEqualTo("leased");
    assertThat(gaps.gaps().getFirst().file()).isEqualTo(PlantedSeason.name("a", 129_000, 0));
    assertThat(gaps.gaps().get(2).first()).isEqualTo(grant.units().getFirst().first());
    assertThat(gaps.more()).isEqualTo(90_000 + 4 + 1 - 10);
    assertThat(world.campaigns.missing(campaign, false, 200_000).gaps())
        .hasSize(90_004)
        .noneMatch(gap -> gap.state().equals("excluded"));
  }
}
