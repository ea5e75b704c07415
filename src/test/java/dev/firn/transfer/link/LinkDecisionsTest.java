package dev.firn.transfer.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.firn.model.SiteName;
import dev.firn.transfer.link.Concurrency.Level;
import dev.firn.transfer.link.Concurrency.Seen;
import dev.firn.transfer.link.Routes.Leg;
import dev.firn.transfer.link.Routes.Stop;
import dev.firn.transfer.link.TransferScheduler.Candidate;
import dev.firn.transfer.link.TransferScheduler.LinkView;
import dev.firn.transfer.link.TransferScheduler.Plan;
import dev.firn.transfer.link.TransferScheduler.Traffic;
import dev.firn.transfer.link.TransferScheduler.View;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LinkDecisionsTest {
  /// A Monday.
  private static final Instant NOW = Instant.parse("2026-11-23T06:00:00Z");

  private static final SiteName MADISON = new SiteName("madison");
  private static final SiteName NERSC = new SiteName("nersc");
  private static final SiteName DESY = new SiteName("desy");
  private static final Link LINK = new Link(MADISON, NERSC);

  private static LinkPolicy policy(long bytes, double files, String shares, String calendar) {
    return new LinkPolicy(
        false, 12, 12, bytes, files, LinkPolicy.parseShares(shares), LinkCalendar.parse(calendar));
  }

  private static List<Candidate> ready(String activity, long from, int count) {
    return LongStream.range(from, from + count)
        .mapToObj(id -> new Candidate(id, 3, activity, 1000))
        .toList();
  }

  private static Plan plan(LinkPolicy policy, Traffic traffic, List<Candidate> ready) {
    LinkView link = new LinkView(LINK, policy, Level.first(policy), traffic, ready);
    return new TransferScheduler().plan(new View(List.of(link), List.of(), 100), NOW);
  }

  @Test
  void activitiesShareALinkByTheirWeightsAndLeaveNothingIdle() {
    List<Candidate> ready = new ArrayList<>(ready("raw", 1, 50));
    ready.addAll(ready("recall", 100, 50));
    ready.addAll(ready("test", 200, 2));
    LinkPolicy shared = policy(0, 0, "raw=4, recall=2", "");
    Plan plan = plan(shared, Traffic.NONE, ready);
    assertThat(plan.start().stream().filter(id -> id < 100)).hasSize(7);
    assertThat(plan.start().stream().filter(id -> id >= 100 && id < 200)).hasSize(3);
    assertThat(plan.start().stream().filter(id -> id >= 200)).hasSize(2);
    assertThat(plan(shared, Traffic.NONE, ready("recall", 1, 50)).start()).hasSize(12);
  }

  @Test
  void whatRunsAlreadyCountsForTheShares() {
    List<Candidate> ready = new ArrayList<>(ready("raw", 1, 50));
    ready.addAll(ready("recall", 100, 50));
    Traffic recalls = new Traffic(6, Map.of("recall", 6), 0, 0);
    Plan plan = plan(policy(0, 0, "", ""), recalls, ready);
    assertThat(plan.start()).hasSize(6).allMatch(id -> id < 100);
  }

  @Test
  void aLinkThatMovesAsManyBytesAsItMayStartsNothing() {
    LinkPolicy limited = policy(200_000_000, 0, "", "");
    Plan full = plan(limited, new Traffic(2, Map.of("", 2), 210_000_000, 0), ready("", 1, 9));
    assertThat(full.start()).isEmpty();
    assertThat(full.held().get(LINK).words()).contains("moves 210 MB/s of 200 MB/s");
    Plan room = plan(limited, new Traffic(2, Map.of("", 2), 90_000_000, 0), ready("", 1, 9));
    assertThat(room.start()).hasSize(1);
  }

  @Test
  void filesASecondAreCountedOverTenSeconds() {
    LinkPolicy limited = policy(0, 0.5, "", "");
    Plan plan = plan(limited, new Traffic(0, Map.of(), 0, 3), ready("", 1, 9));
    assertThat(plan.start()).hasSize(2);
    assertThat(plan.held().get(LINK).kind()).isEqualTo(Hold.Kind.FILES);
  }

  @Test
  void aDowntimeAndABlockedLinkHoldEverything() {
    Downtime down =
        new Downtime(1, NERSC, NOW.minusSeconds(5), NOW.plusSeconds(3600), "new tapes", "op");
    LinkPolicy open = policy(0, 0, "", "");
    LinkView link = new LinkView(LINK, open, Level.first(open), Traffic.NONE, ready("", 1, 9));
    View view = new View(List.of(link), List.of(), List.of(down), 9);
    Plan plan = new TransferScheduler().plan(view, NOW);
    assertThat(plan.start()).isEmpty();
    assertThat(plan.held().get(LINK).words())
        .isEqualTo("nersc has a downtime until 2026-11-23T07:00:00Z (new tapes)");
    assertThat(new TransferScheduler().plan(view, NOW.plusSeconds(3600)).start()).hasSize(9);
    LinkPolicy blocked = new LinkPolicy(true, 4, 4, 0, 0, Map.of(), LinkCalendar.NONE);
    assertThat(plan(blocked, Traffic.NONE, ready("", 1, 9)).held().get(LINK).kind())
        .isEqualTo(Hold.Kind.BLOCKED);
  }

  @ParameterizedTest
  @CsvSource({
    "mon-fri 05:00-07:00 closed, true, 0",
    "mon-fri 07:00-09:00 closed, false, 0",
    "sat-mon 200 MB/s, true, 200000000",
    "sun 22:00-06:30 closed, true, 0",
    "sun 22:00-06:00 closed, false, 0",
    "mon 22:00-06:30 closed, false, 0",
    "tue closed; 06:00-06:01 1 GB/s, true, 1000000000"
  })
  void aCalendarHoldsByDayAndTime(String text, boolean holds, long rate) {
    var window = LinkCalendar.parse(text).at(NOW);
    assertThat(window.isPresent()).isEqualTo(holds);
    window.ifPresent(w -> assertThat(w.bytesPerSecond()).isEqualTo(rate));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "sometimes",
        "mon 25:00-26:00 closed",
        "mon 08:00 closed",
        "mon 0 B/s",
        "mon-",
        "mon-wed-fri closed"
      })
  void aCalendarThatIsNoneIsRefused(String text) {
    assertThatThrownBy(() -> LinkCalendar.parse(text)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void theCalendarsRateTakesThePlaceOfTheLinks() {
    LinkPolicy nightly = policy(1_000_000, 0, "", "mon 500 MB/s");
    Traffic busy = new Traffic(1, Map.of("", 1), 90_000_000, 0);
    assertThat(plan(nightly, busy, ready("", 1, 9)).start()).hasSize(1);
    LinkPolicy closed = policy(0, 0, "", "mon closed");
    assertThat(plan(closed, Traffic.NONE, ready("", 1, 9)).held().get(LINK).words())
        .contains("calendar", "mon closed");
  }

  private static Level adapt(Level level, int done, int failed, long rate, boolean waiting) {
    Seen seen = new Seen(done, failed, rate * 60, Duration.ofSeconds(60), waiting);
    return Concurrency.next(level, seen, LinkPolicy.adaptive(4, 8), NOW);
  }

  @Test
  void aLinkGetsMoreAsLongAsThatBringsMoreAndSaysWhy() {
    Level level = Level.first(LinkPolicy.adaptive(4, 8));
    level = adapt(level, 50, 0, 100_000_000, true);
    assertThat(level.allowed()).isEqualTo(5);
    assertThat(level.rationale()).isEqualTo("4 to 5: all goes well and more waits");
    level = adapt(level, 50, 0, 130_000_000, true);
    assertThat(level.rationale()).isEqualTo("5 to 6: 130 MB/s is more than the 100 MB/s before");
    Level same = adapt(level, 50, 0, 110_000_000, true);
    assertThat(same.allowed()).isEqualTo(6);
    assertThat(same.rationale()).isEqualTo(level.rationale());
    assertThat(adapt(level, 50, 0, 900_000_000, false).allowed()).isEqualTo(6);
  }

  @Test
  void aLinkGetsFewerWhenTransfersFail() {
    Level level = new Level(6, 1e8, NOW, "");
    Level fewer = adapt(level, 40, 10, 100_000_000, true);
    assertThat(fewer.allowed()).isEqualTo(5);
    assertThat(fewer.rationale()).isEqualTo("6 to 5: only 40 of 50 succeeded");
    assertThat(adapt(level, 1, 1, 1, true).allowed()).isEqualTo(6);
    assertThat(adapt(level, 40, 0, 40_000_000, true).rationale())
        .isEqualTo("6 to 5: 40.0 MB/s is less than the 100 MB/s before");
    assertThat(adapt(new Level(1, 1e8, NOW, ""), 0, 50, 0, true).allowed()).isEqualTo(1);
    assertThat(adapt(new Level(8, 1e8, NOW, ""), 50, 0, 900_000_000, true).allowed()).isEqualTo(8);
  }

  @Test
  void aLinkComesBackToWhatItBeganWithWhenAllGoesWellAgain() {
    Level level = new Level(1, 1e8, NOW, "2 to 1: only 1 of 40 succeeded");
    for (int minute = 0; minute < 60; minute++) {
      level = adapt(level, 50, 0, 25_000_000, true);
    }
    assertThat(level.allowed()).isEqualTo(4);
    assertThat(level.rationale()).isEqualTo("3 to 4: all goes well again and more waits");
  }

  @Test
  void twoSitesThatCannotTalkGoByAThird() {
    Stop madison = new Stop(MADISON, false, false);
    Stop nersc = new Stop(NERSC, true, false);
    Stop desy = new Stop(DESY, false, false);
    List<Stop> all = List.of(madison, nersc, desy);
    assertThat(Routes.first(List.of(madison), NERSC, all, l -> false))
        .contains(new Leg(MADISON, NERSC, NERSC));
    assertThat(Routes.first(List.of(madison), NERSC, all, l -> l.equals(LINK)))
        .contains(new Leg(MADISON, DESY, NERSC));
    assertThat(Routes.first(List.of(madison, desy), NERSC, all, l -> l.equals(LINK)))
        .contains(new Leg(DESY, NERSC, NERSC));
    assertThat(Routes.first(List.of(madison), NERSC, List.of(madison, nersc), l -> l.equals(LINK)))
        .isEmpty();
    assertThat(Routes.first(List.of(nersc, desy), MADISON, all, l -> false))
        .contains(new Leg(DESY, MADISON, MADISON));
  }

  @Test
  void aSiteWithADowntimeIsPassedOverWhereAnotherDoes() {
    Stop madison = new Stop(MADISON, false, false);
    Stop away = new Stop(DESY, false, true);
    Stop later = new Stop(new SiteName("zz"), false, false);
    Stop tape = new Stop(NERSC, true, false);
    List<Stop> all = List.of(madison, away, later, tape);
    assertThat(Routes.first(List.of(away, later), MADISON, all, l -> false))
        .contains(new Leg(later.site(), MADISON, MADISON));
    assertThat(Routes.first(List.of(madison), NERSC, all, l -> l.equals(LINK)))
        .contains(new Leg(MADISON, later.site(), NERSC));
    assertThat(Routes.first(List.of(away, tape), MADISON, all, l -> false))
        .as("tape is not read because of a downtime")
        .contains(new Leg(DESY, MADISON, MADISON));
    assertThat(Routes.first(List.of(madison), NERSC, List.of(madison, away), l -> l.equals(LINK)))
        .as("there is no other way")
        .contains(new Leg(MADISON, DESY, NERSC));
  }
}
