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
import java.util.TreeMap;
import java.util.UUID;
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

  /// A result that a worker has stored, and how it delivers it.
  private Leases.Delivery stored(Leases.Grant grant, int at, long events) throws Exception {
    LeaseStore.Row unit = grant.units().get(at);
    byte[] result =
        PlantedSeason.packed(EventWorld.i3(129_000, 0, 1 + unit.first(), (int) unit.events()));
    LogicalName name = grant.prefix().child(Leases.outputName(unit.id()));
    world.put(name, result);
    String sha512 = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-512").digest(result));
    return new Leases.Delivery(unit.id(), unit.attempt(), sha512, events, "00".repeat(32));
  }

  private String commit(Leases.Grant grant, Leases.Delivery delivery) {
    return leases().commit(campaign, grant.lease(), List.of(delivery), "w").getFirst().word();
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
    Leases.Grant all = leases().lease(campaign, "a", 9);
    assertThat(all.units()).hasSize(4);
    assertThat(leases().lease(campaign, "b", 9).units()).isEmpty();
    assertThat(look().running()).isEqualTo(EVENTS);
    Leases.Delivery delivery = stored(all, 0, 10);
    assertThat(commit(all, delivery)).isEqualTo("committed");
    assertThat(commit(all, delivery)).isEqualTo("committed");
    assertThat(look().done()).isEqualTo(10);
    CatalogFile output =
        world
            .world
            .catalog
            .find(all.prefix().child(Leases.outputName(delivery.unit())))
            .orElseThrow();
    assertThat(output.metadata().run()).isEqualTo(129_000);
    assertThat(output.metadata().eventCount()).isEqualTo(10);
    assertThat(world.number("SELECT count(*) FROM provenance WHERE child = " + output.id()))
        .as("the input and the GCD")
        .isEqualTo(2);
  }

  @Test
  void onlyTheNewestAttemptCommits() throws Exception {
    Leases.Grant late = leases().lease(campaign, "late", 1);
    Leases.Delivery lateResult = stored(late, 0, 10);
    expire();
    assertThat(commit(late, lateResult)).isEqualTo("discarded");
    Leases.Grant next = leases().lease(campaign, "next", 1);
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
    Leases.Grant grant = leases().lease(campaign, "a", 2);
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
      Leases.Grant grant = leases().lease(campaign, "w" + UUID.randomUUID(), 1);
      if (grant.units().isEmpty()) {
        break;
      }
      LeaseStore.Row unit = grant.units().getFirst();
      boolean poisoned = unit.first() <= 17 && 17 < unit.first() + unit.events();
      if (poisoned) {
        leases()
            .fail(
                campaign,
                grant.lease(),
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
        world.campaigns.missing(campaign).stream()
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
    Leases.Grant again = leases().lease(campaign, "again", 1);
    assertThat(commit(again, stored(again, 0, 1))).isEqualTo("committed");
    world.engine.step();
    world.engine.step();
    assertThat(world.world.count(world.world.passes.load("pass3").eventsTable(), "staging"))
        .isEqualTo(EVENTS);
    assertThat(look().folded()).isEqualTo(EVENTS);
  }

  @Test
  void whatLateWorkersLeftIsSweptAndResultsStay() throws Exception {
    Leases.Grant late = leases().lease(campaign, "late", 1);
    stored(late, 0, 10);
    expire();
    Leases.Grant next = leases().lease(campaign, "next", 1);
    Leases.Delivery good = stored(next, 0, 10);
    commit(next, good);
    world.sql("UPDATE campaign_lease SET tokens = now() - interval '1 s'");
    world.engine.step();
    LogicalName garbage = late.prefix().child(Leases.outputName(good.unit()));
    LogicalName result = next.prefix().child(Leases.outputName(good.unit()));
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
      Leases.Grant grant = leases().lease(campaign, "black hole", 1);
      stop = grant.stop();
      for (LeaseStore.Row unit : grant.units()) {
        leases()
            .fail(
                campaign,
                grant.lease(),
                List.of(
                    new Leases.Failure(
                        unit.id(), unit.attempt(), Settling.Fault.AROUND, "no disk")));
      }
    }
    assertThat(stop).contains("in a row failed here");
    world.sql("UPDATE campaign_unit SET not_before = now()");
    assertThat(leases().lease(campaign, "another", 1).units()).hasSize(1);
  }

  @Test
  void nothingIsGivenOutBeforeTheStartAndAfterAStop() throws Exception {
    campaign = world.campaigns.stop(campaign, "tester");
    assertThat(leases().lease(campaign, "w", 1).stop()).isEqualTo("the campaign is stopped");
    assertThatThrownBy(() -> world.campaigns.promote(campaign, "tester"))
        .isInstanceOf(CampaignException.class);
    Leases.Grant none = leases().lease(campaign, "w", 1);
    assertThatThrownBy(() -> leases().heartbeat(campaign, none.lease()))
        .hasMessageContaining("there is no lease");
  }

  @Test
  void unitsThatWereNotBegunGoBackAsIfNobodyHadThem() {
    Leases.Grant grant = leases().lease(campaign, "w", 4);
    List<UUID> units = grant.units().stream().map(LeaseStore.Row::id).toList();
    assertThat(leases().giveBack(campaign, grant.lease(), units)).isEqualTo(4);
    assertThat(look().missing()).isEqualTo(EVENTS);
    assertThat(look().units()).isEqualTo(Map.of("ready", 4L));
  }
}
