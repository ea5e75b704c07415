package dev.firn.processing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.firn.events.EventWorld;
import java.nio.file.Path;
import java.time.Duration;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Plans over seasons with planted faults: every exclusion and every lack is told, and no other.
class PlanTest {
  @TempDir Path directory;
  private CampaignWorld world;

  @BeforeEach
  void open() throws Exception {
    world = new CampaignWorld(new EventWorld(directory));
  }

  @AfterEach
  void close() throws Exception {
    world.close();
  }

  private static Campaigns.Wish wish(PlantedSeason season, int unit) {
    return new Campaigns.Wish(
        "pass3",
        "season = 2017",
        "GRL.txt",
        season.goodRunList(),
        PlantedSeason.VERSION,
        "cp $INFILE $OUTFILE",
        unit,
        Duration.ofSeconds(60),
        Duration.ofSeconds(60),
        "InIcePulses",
        "");
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void aPlanSaysEveryPlantedFaultAndNoOther(long seed) throws Exception {
    PlantedSeason season = PlantedSeason.of(seed, 25);
    world.put(season.files());
    Campaign campaign = world.campaigns.plan("planted", wish(season, 7), "tester");

    TreeMap<String, String> excluded = new TreeMap<>();
    TreeMap<String, Integer> gcds = new TreeMap<>();
    for (Status.Gap gap : world.campaigns.missing(campaign, true, 1_000).gaps()) {
      if (gap.why().equals("it is a GCD file")) {
        gcds.put(gap.file(), 0);
      } else if (gap.state().equals("excluded")) {
        boolean damaged = gap.why().startsWith("frame ");
        excluded.put(gap.file(), damaged ? "damaged" : gap.why());
      }
    }
    assertThat(excluded).as("seed %d", seed).isEqualTo(season.excluded());
    assertThat(gcds.keySet())
        .allMatch(name -> name.contains("_GCD."))
        .hasSize((int) season.files().keySet().stream().filter(n -> n.contains("_GCD.")).count());

    Status status = world.campaigns.status(campaign);
    TreeSet<String> lacks = new TreeSet<>();
    status.lacks().forEach(lack -> lacks.add(lack.run() + " " + lack.what()));
    assertThat(lacks).as("seed %d", seed).isEqualTo(season.lacks());
    long ready = season.ready().values().stream().mapToLong(Integer::longValue).sum();
    assertThat(status.expected()).as("seed %d", seed).isEqualTo(season.expected());
    assertThat(status.missing()).isEqualTo(ready);
    assertThat(status.holds()).isTrue();
    assertThat(world.number("SELECT max(events) FROM campaign_unit")).isLessThanOrEqualTo(7);
  }

  @Test
  void aPlanMayBeMadeAgainUntilItStartsAndItsUnitsKeepTheirIds() throws Exception {
    PlantedSeason season = PlantedSeason.of(1, 6);
    world.put(season.files());
    Campaign first = world.campaigns.plan("again", wish(season, 7), "tester");
    String units =
        "SELECT ('x' || md5(string_agg(id::text, ' ' ORDER BY id)))::bit(60)::bigint"
            + " FROM campaign_unit WHERE campaign = ";
    long before = world.number(units + first.id());
    Campaign second = world.campaigns.plan("again", wish(season, 7), "tester");
    assertThat(world.number(units + second.id())).isEqualTo(before);
    assertThat(second.snapshot()).isNotEqualTo(first.snapshot());
    world.campaigns.start(second, "tester");
    assertThatThrownBy(() -> world.campaigns.plan("again", wish(season, 7), "tester"))
        .hasMessageContaining("it has begun");
  }
}
