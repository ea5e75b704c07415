package dev.firn.transfer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.model.LogicalName;
import dev.firn.model.SiteName;
import dev.firn.transfer.link.Link;
import dev.firn.transfer.link.TransferScheduler;
import dev.firn.transfer.link.TransferScheduler.Candidate;
import dev.firn.transfer.link.TransferScheduler.LinkView;
import dev.firn.transfer.link.TransferScheduler.Pause;
import dev.firn.transfer.link.TransferScheduler.Plan;
import dev.firn.transfer.link.TransferScheduler.View;
import dev.firn.transfer.queue.FailureClass;
import dev.firn.transfer.queue.RetryPolicy;
import dev.firn.transfer.rule.NamePattern;
import dev.firn.transfer.rule.ReplicationRule;
import dev.firn.transfer.rule.ReplicationRule.Grouping;
import dev.firn.transfer.rule.ReplicationRule.Handling;
import dev.firn.transfer.rule.ReplicationRule.Placing;
import dev.firn.transfer.rule.ReplicationRule.Selection;
import dev.firn.transfer.rule.ReplicationRule.Wanted;
import dev.firn.transfer.rule.RuleEvaluator;
import dev.firn.transfer.rule.RuleEvaluator.Missing;
import dev.firn.transfer.rule.SiteExpression;
import dev.firn.transfer.site.Site;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class DecisionsTest {
  private static final Instant NOW = Instant.parse("2026-11-23T06:00:00Z");
  private static final SiteName MADISON = new SiteName("madison");
  private static final SiteName NERSC = new SiteName("nersc");
  private static final SiteName DESY = new SiteName("desy");
  private static final Link TO_NERSC = new Link(MADISON, NERSC);
  private static final Link TO_DESY = new Link(MADISON, DESY);

  private static List<Candidate> ready(long from, int count) {
    return LongStream.range(from, from + count).mapToObj(id -> new Candidate(id, 3)).toList();
  }

  @Test
  void aLinkNeverRunsMoreThanItMay() {
    View view = new View(List.of(LinkView.fixed(TO_NERSC, 4, 3, ready(1, 10))), List.of(), 100);
    Plan plan = new TransferScheduler().plan(view, NOW);
    assertThat(plan.start()).containsExactly(1L);
    assertThat(plan.held().get(TO_NERSC).words())
        .isEqualTo(
            "the link madison to nersc runs 3 of 4, and those ahead of it take the rest"
                + " (it begins with 4 at a time)");
  }

  @Test
  void linksTakeTurnsWhenSlotsAreFew() {
    View view =
        new View(
            List.of(
                LinkView.fixed(TO_NERSC, 4, 0, ready(1, 10)),
                LinkView.fixed(TO_DESY, 4, 0, ready(100, 10))),
            List.of(),
            4);
    assertThat(new TransferScheduler().plan(view, NOW).start())
        .containsExactlyInAnyOrder(1L, 100L, 2L, 101L);
  }

  @Test
  void higherPriorityGoesFirstThenTheOlder() {
    List<Candidate> ready = List.of(new Candidate(9, 3), new Candidate(4, 3), new Candidate(11, 5));
    View view = new View(List.of(LinkView.fixed(TO_NERSC, 4, 0, ready)), List.of(), 2);
    assertThat(new TransferScheduler().plan(view, NOW).start()).containsExactly(11L, 4L);
  }

  @Test
  void aSilentSiteGetsNothingAndSaysWhy() {
    Pause pause = new Pause(NERSC, 3, NOW.minusSeconds(60), NOW.plusSeconds(5), "cannot connect");
    View view =
        new View(
            List.of(
                LinkView.fixed(TO_NERSC, 4, 0, ready(1, 10)),
                LinkView.fixed(TO_DESY, 4, 0, ready(100, 1))),
            List.of(pause),
            10);
    Plan plan = new TransferScheduler().plan(view, NOW);
    assertThat(plan.start()).containsExactly(100L);
    assertThat(plan.held().get(TO_NERSC).words())
        .contains("nersc has not answered since", "cannot connect", "tried again at");
  }

  @Test
  void aSiteWhosePauseIsOverIsTriedWithOneTransfer() {
    Pause pause = new Pause(NERSC, 3, NOW.minusSeconds(60), NOW.minusSeconds(1), "cannot connect");
    LinkView waiting = LinkView.fixed(TO_NERSC, 4, 0, ready(1, 10));
    Plan plan = new TransferScheduler().plan(new View(List.of(waiting), List.of(pause), 10), NOW);
    assertThat(plan.start()).containsExactly(1L);
    LinkView trying = LinkView.fixed(TO_NERSC, 4, 1, ready(2, 10));
    Plan next = new TransferScheduler().plan(new View(List.of(trying), List.of(pause), 10), NOW);
    assertThat(next.start()).isEmpty();
    assertThat(next.held()).containsKey(TO_NERSC);
  }

  @Test
  void everyLinkThatWaitsHasAReason() {
    for (int slots = 0; slots < 12; slots++) {
      View view =
          new View(
              List.of(
                  LinkView.fixed(TO_NERSC, 4, 2, ready(1, 7)),
                  LinkView.fixed(TO_DESY, 4, 0, ready(100, 7))),
              List.of(),
              slots);
      Plan plan = new TransferScheduler().plan(view, NOW);
      assertThat(plan.start()).hasSizeLessThanOrEqualTo(slots).doesNotHaveDuplicates();
      assertThat(plan.held().keySet()).containsExactlyInAnyOrder(TO_NERSC, TO_DESY);
    }
  }

  private static ReplicationRule rule(long id, String pattern, String level, SiteName site) {
    Wanted wanted = new Wanted(NamePattern.parse(pattern), level, site, true, 3);
    return new ReplicationRule(id, wanted, "somebody", "somebody", NOW, OptionalLong.empty());
  }

  @Test
  void aFileLacksEachWantedCopyOnce() {
    var file =
        new RuleEvaluator.Candidate(7, LogicalName.parse("/data/exp/f"), "L2", Set.of(MADISON));
    List<ReplicationRule> rules =
        List.of(
            rule(1, "/data/**", "", MADISON),
            rule(2, "/data/**", "l2", DESY),
            rule(3, "/data/exp/*", "", DESY),
            rule(4, "/data/**", "PFRaw", NERSC));
    List<Site> sites = Stream.of(MADISON, NERSC, DESY).map(DecisionsTest::site).toList();
    assertThat(RuleEvaluator.missing(rules, file, sites))
        .containsExactly(new Missing(7, rules.get(1), DESY));
  }

  private static Site site(SiteName name) {
    return Site.firn(name.value(), URI.create("https://" + name + ".example"));
  }

  private static ReplicationRule choosing(long id, int copies, Grouping grouping) {
    Wanted wanted =
        new Wanted(
            new Selection(NamePattern.ALL, "", ""),
            new Placing(SiteExpression.parse("!madison"), copies, grouping, false),
            Handling.USUAL);
    return new ReplicationRule(id, wanted, "somebody", "somebody", NOW, OptionalLong.empty());
  }

  private static List<Site> tenSites() {
    List<Site> sites = new ArrayList<>(List.of(site(MADISON)));
    IntStream.range(0, 9).forEach(i -> sites.add(site(new SiteName("site-" + i))));
    return sites;
  }

  private static List<SiteName> chosen(ReplicationRule rule, String name, Set<SiteName> there) {
    var file = new RuleEvaluator.Candidate(1, LogicalName.parse(name), "", there);
    return RuleEvaluator.missing(List.of(rule), file, tenSites()).stream()
        .map(Missing::site)
        .toList();
  }

  @Test
  void copiesSpreadOverTheSitesAndFillUpWhatIsThere() {
    ReplicationRule rule = choosing(1, 2, Grouping.NONE);
    Map<SiteName, Integer> counts = new TreeMap<>();
    for (int i = 0; i < 900; i++) {
      List<SiteName> sites = chosen(rule, "/data/f" + i, Set.of(MADISON));
      assertThat(sites).hasSize(2).doesNotHaveDuplicates().doesNotContain(MADISON);
      assertThat(chosen(rule, "/data/f" + i, Set.of(MADISON))).isEqualTo(sites);
      sites.forEach(s -> counts.merge(s, 1, Integer::sum));
    }
    assertThat(counts).hasSize(9);
    assertThat(counts.values()).allSatisfy(n -> assertThat(n).isBetween(120, 280));
    SiteName held = new SiteName("site-4");
    assertThat(chosen(rule, "/data/f", Set.of(MADISON, held))).hasSize(1).doesNotContain(held);
  }

  @Test
  void whatBelongsTogetherGoesTogether() {
    ReplicationRule byDirectory = choosing(1, 2, Grouping.DIRECTORY);
    ReplicationRule byRule = choosing(2, 2, Grouping.RULE);
    Set<List<SiteName>> placesOfDirectories = new HashSet<>();
    Set<List<SiteName>> placesOfRule = new HashSet<>();
    for (int directory = 0; directory < 20; directory++) {
      Set<List<SiteName>> here = new HashSet<>();
      for (int i = 0; i < 5; i++) {
        String name = "/data/d" + directory + "/f" + i;
        here.add(chosen(byDirectory, name, Set.of()));
        placesOfRule.add(chosen(byRule, name, Set.of()));
      }
      assertThat(here).hasSize(1);
      placesOfDirectories.addAll(here);
    }
    assertThat(placesOfDirectories).hasSizeGreaterThan(5);
    assertThat(placesOfRule).hasSize(1);
  }

  @Test
  void aCopyIsNeededUntilEnoughOthersAreVerified() {
    ReplicationRule rule = choosing(1, 2, Grouping.NONE);
    var file = new RuleEvaluator.Candidate(1, LogicalName.parse("/data/f"), "", Set.of());
    SiteName one = new SiteName("site-1");
    SiteName two = new SiteName("site-2");
    SiteName three = new SiteName("site-3");
    assertThat(RuleEvaluator.needs(rule, file, one, Set.of(one, two), tenSites())).isTrue();
    assertThat(RuleEvaluator.needs(rule, file, one, Set.of(one, two, MADISON), tenSites()))
        .as("a copy where the rule does not want one is none of its copies")
        .isTrue();
    assertThat(RuleEvaluator.needs(rule, file, one, Set.of(one, two, three), tenSites())).isFalse();
    assertThat(RuleEvaluator.needs(rule, file, MADISON, Set.of(), tenSites())).isFalse();
  }

  @Test
  void delaysDoubleUpToTheLongestAndJitterOnlyShortens() {
    RetryPolicy policy = new RetryPolicy(Duration.ofSeconds(10), Duration.ofSeconds(60));
    assertThat(policy.delay(1, 0.999999)).isBetween(Duration.ofSeconds(9), Duration.ofSeconds(10));
    assertThat(policy.delay(1, 0)).isEqualTo(Duration.ofSeconds(5));
    assertThat(policy.delay(3, 0)).isEqualTo(Duration.ofSeconds(20));
    assertThat(policy.delay(1_000_000, 0.5)).isLessThanOrEqualTo(Duration.ofSeconds(60));
  }

  @Test
  void outagesNeverUseUpAttemptsAndHopelessOnesEndAtOnce() {
    RetryPolicy policy = new RetryPolicy(Duration.ofSeconds(1), Duration.ofSeconds(2));
    assertThat(policy.next(FailureClass.UNREACHABLE, 1_000_000, 0)).isPresent();
    assertThat(policy.next(FailureClass.CAPACITY, 1_000_000, 0)).isPresent();
    assertThat(policy.next(FailureClass.OCCUPIED, 1, 0)).isEmpty();
    assertThat(policy.next(FailureClass.CHECKSUM, 2, 0)).isPresent();
    assertThat(policy.next(FailureClass.CHECKSUM, 3, 0)).isEmpty();
  }
}
