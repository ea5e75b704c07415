package dev.firn.processing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.console.Browser;
import dev.firn.console.CampaignPages;
import dev.firn.console.Console;
import dev.firn.console.Viewers;
import dev.firn.events.EventWorld;
import dev.firn.token.ServedRoutes;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A campaign's pages as Chromium shows them, over a real record.
@Tag("peer")
class CampaignPagesTest {
  private static final Path PICTURES = Path.of("target", "pictures");
  private static final String EVIL = "<img src=x onerror=alert(1)>";

  @TempDir static Path directory;
  private static CampaignWorld world;
  private static Campaign campaign;
  private static ServedRoutes server;
  private static Browser browser;
  private static String base;

  @BeforeAll
  static void start() throws Exception {
    browser = Browser.start();
    world = new CampaignWorld(new EventWorld(directory));
    PlantedSeason season = PlantedSeason.of(3, 20);
    world.put(season.files());
    Campaigns.Wish wish =
        new Campaigns.Wish(
            "pass3",
            "season = 2017",
            "GRL.txt",
            season.goodRunList(),
            PlantedSeason.VERSION,
            "reprocess $INFILE $OUTFILE",
            10,
            Duration.ofMinutes(2),
            Duration.ofMinutes(30),
            "InIcePulses",
            "");
    campaign = world.campaigns.start(world.campaigns.plan("pass3", wish, "me"), "me");
    Leases leases = world.campaigns.leases();
    for (int worker = 0; worker < 3; worker++) {
      Granting.Grant grant =
          leases.lease(campaign.name(), "node" + worker + ".tacc", 3, Optional.empty()).grant();
      LeaseStore.Row unit = grant.units().getFirst();
      leases.fail(
          campaign,
          grant.lease().id(),
          List.of(new Leases.Failure(unit.id(), unit.attempt(), Settling.Fault.INPUT, EVIL)));
    }
    world.sql("UPDATE campaign_unit SET state = 'quarantined' WHERE class = 'input'");
    server =
        ServedRoutes.open((router, authenticator, policy) ->
            new CampaignPages(world.campaigns)
                .addTo(new Console("madison", new Viewers(authenticator, policy), router)));
    base = server.url();
  }

  @AfterAll
  static void stop() throws Exception {
    if (server != null) {
      server.close();
      world.close();
      browser.close();
    }
  }

  @Test
  void theEquationTheExclusionsAndTheWorkersAreOnOnePageWithoutScripts() throws Exception {
    Status status = world.campaigns.status(campaign);
    for (boolean scripts : new boolean[] {true, false}) {
      browser.size(1280, 1000).scripts(scripts).open(base + "/campaigns");
      browser.click("td a");
      assertThat(browser.address()).endsWith("/campaigns/pass3");
      List<String> figures =
          browser.texts(".figure b").stream().map(t -> t.replaceAll("\\D", "")).toList();
      assertThat(figures)
          .containsExactly(
              "" + status.expected(),
              "" + status.done(),
              "" + status.running(),
              "" + status.excluded(),
              "" + status.missing());
      long sum = figures.stream().skip(1).mapToLong(Long::parseLong).sum();
      assertThat(sum).isEqualTo(status.expected());
      assertThat(browser.texts("td"))
          .contains("node0.tacc", "node1.tacc", "node2.tacc", "input: " + EVIL);
      for (Status.Lack lack : status.lacks()) {
        assertThat(browser.texts("td")).contains(lack.what());
      }
    }
    browser.picture(PICTURES.resolve("campaign.png"));
    browser.size(400, 800).open(base + "/campaigns/pass3");
    assertThat(browser.tooWide()).isFalse();
    browser.picture(PICTURES.resolve("campaign-narrow.png"));
    assertThat(browser.complaints()).isEmpty();
  }
}
