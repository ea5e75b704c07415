package dev.firn.transfer;

import static dev.firn.transfer.RuleWorld.DESY;
import static dev.firn.transfer.RuleWorld.MADISON;
import static dev.firn.transfer.RuleWorld.NERSC;
import static dev.firn.transfer.RuleWorld.POLE;
import static dev.firn.transfer.RuleWorld.TACC;
import static dev.firn.transfer.RuleWorld.wanted;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.firn.catalog.Cause;
import dev.firn.catalog.ReplicaChange;
import dev.firn.catalog.dataset.Dataset;
import dev.firn.catalog.dataset.Datasets;
import dev.firn.database.History;
import dev.firn.database.HistoryRecord;
import dev.firn.model.LogicalName;
import dev.firn.model.ReplicaState;
import dev.firn.model.TransferState;
import dev.firn.transfer.queue.FailureClass;
import dev.firn.transfer.queue.Outcome;
import dev.firn.transfer.queue.Outcome.Account;
import dev.firn.transfer.queue.Settlement;
import dev.firn.transfer.queue.TransferBook.Settled;
import dev.firn.transfer.rule.CopyRequest;
import dev.firn.transfer.rule.NamePattern;
import dev.firn.transfer.rule.Quotas;
import dev.firn.transfer.rule.ReplicationRule.Handling;
import dev.firn.transfer.rule.ReplicationRule.Selection;
import dev.firn.transfer.rule.ReplicationRule.Wanted;
import dev.firn.transfer.rule.RuleEstimates;
import dev.firn.transfer.rule.RuleEstimates.Estimate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// What rules ask for and let go of, on a real database; far sides are played by hand.
class RulesTest {
  private final RuleWorld world = new RuleWorld();

  @AfterEach
  void close() {
    world.close();
  }

  private static Wanted with(Wanted wanted, Handling how) {
    return new Wanted(wanted.what(), wanted.where(), how);
  }

  private static Wanted finding(String query, String sites) {
    Wanted wanted = wanted("/**", sites, 1);
    return new Wanted(new Selection(NamePattern.ALL, "", query), wanted.where(), wanted.how());
  }

  @Test
  void twoCopiesOnTapeInTheStatesAreMade() {
    long file = world.put("/data/exp/f", 10, MADISON);
    world.rules.add(wanted("/data/exp/**", "tape & us", 2), "operator");
    world.allArrive();
    assertThat(world.verifiedAt(file)).containsExactly(NERSC, TACC);
    long later = world.put("/data/exp/late", 10, POLE);
    world.allArrive();
    assertThat(world.verifiedAt(later)).containsExactly(NERSC, TACC);
  }

  @Test
  void aCopyThatIsThereCountsAndOneThatIsLostIsMadeAgain() {
    long file = world.put("/data/exp/f", 10, NERSC);
    world.rules.add(wanted("/**", "tape", 2), "operator");
    world.allArrive();
    assertThat(world.requests(file)).hasSize(1);
    var at = world.request(file).site();
    world.database.inTransaction(c -> {
      world.catalog.setReplica(c, ReplicaChange.to(file, at, ReplicaState.BAD), "audit", "rotten");
      return 0;
    });
    world.follow();
    assertThat(world.queued()).hasSize(1);
    assertThat(world.queued().getFirst().request().overwrite())
        .isEqualTo(world.queued().getFirst().request().to().site().equals(at));
    world.allArrive();
    assertThat(
            world.catalog.find(file).orElseThrow().replicas().stream()
                .filter(r -> r.state() == ReplicaState.AVAILABLE))
        .hasSizeGreaterThanOrEqualTo(2);
  }

  @Test
  void saidTwiceIsOneRuleAndTheLastWordOnPriorityCounts() {
    var first = world.rules.add(wanted("/data/**", "us & tape", 1), "operator");
    Handling urgent = new Handling(5, "raw", null, true);
    var second = world.rules.add(with(wanted("/data/**", "tape&us", 1), urgent), "operator");
    assertThat(first.fresh()).isTrue();
    assertThat(second.fresh()).isFalse();
    assertThat(second.rule().id()).isEqualTo(first.rule().id());
    assertThat(world.rules.list())
        .singleElement()
        .satisfies(r -> assertThat(r.wanted().how()).isEqualTo(urgent));
    world.put("/data/f", 10, MADISON);
    world.follow();
    assertThat(world.queued())
        .singleElement()
        .satisfies(t -> {
          assertThat(t.request().priority()).isEqualTo(5);
          assertThat(t.request().activity()).isEqualTo("raw");
        });
  }

  @Test
  void whatCannotBeTrueIsRefused() {
    for (Wanted wrong :
        List.of(
            wanted("/**", "atlantis", 1),
            wanted("/**", "tape & eu", 2),
            finding("run =", "nersc"),
            finding("in dataset nowhere", "nersc"),
            with(
                wanted("/**", "nersc", 1),
                new Handling(3, "default", Instant.now().minusSeconds(9), true)))) {
      assertThatThrownBy(() -> world.rules.add(wrong, "operator"))
          .as("%s", wrong)
          .isInstanceOf(IllegalArgumentException.class);
    }
    assertThat(world.rules.list()).isEmpty();
  }

  @Test
  void aQueryChoosesAlsoAmongFilesNotYetBorn() {
    world.rules.add(finding("size > 50", "nersc"), "operator");
    long small = world.put("/data/small", 10, MADISON);
    long large = world.put("/data/large", 100, MADISON);
    world.allArrive();
    assertThat(world.verifiedAt(small)).isEmpty();
    assertThat(world.verifiedAt(large)).containsExactly(NERSC);
  }

  @Test
  void aDatasetsFilesAreCopiedAlsoThoseThatComeToItLater() {
    Datasets datasets = new Datasets(world.database, world.catalog);
    Cause cause = new Cause("somebody", "analysis");
    datasets.create("pass2", Dataset.Kind.SET, null, "", cause);
    long first = world.put("/data/a", 10, MADISON);
    long second = world.put("/data/b", 10, MADISON);
    datasets.add("pass2", List.of(LogicalName.parse("/data/a")), cause);
    world.rules.add(finding("in dataset pass2", "desy"), "operator");
    world.allArrive();
    assertThat(world.verifiedAt(first)).containsExactly(DESY);
    assertThat(world.requests(second)).isEmpty();
    datasets.add("pass2", List.of(LogicalName.parse("/data/b")), cause);
    world.allArrive();
    assertThat(world.verifiedAt(second)).containsExactly(DESY);
  }

  @Test
  void aRuleForWhatIsThereNowLeavesLaterFilesAlone() {
    long now = world.put("/data/now", 10, MADISON);
    world.rules.add(
        with(wanted("/**", "nersc", 1), new Handling(3, "default", null, false)), "operator");
    long later = world.put("/data/later", 10, MADISON);
    world.allArrive();
    assertThat(world.verifiedAt(now)).containsExactly(NERSC);
    assertThat(world.requests(later)).isEmpty();
  }

  @Test
  void aRemovedRuleLetsGoOfWhatNoOtherWants() {
    long made = world.put("/data/exp/made", 10, MADISON);
    var rule = world.rules.add(wanted("/data/**", "nersc", 1), "operator").rule();
    world.allArrive();
    long waiting = world.put("/data/exp/waiting", 10, MADISON);
    world.follow();
    assertThat(world.queued()).hasSize(1);
    assertThat(world.rules.remove(rule.id(), "operator")).isTrue();
    world.follow();
    assertThat(world.queued()).isEmpty();
    assertThat(world.request(waiting).state()).isEqualTo(CopyRequest.State.CANCELLED);
    assertThat(world.request(made).state()).isEqualTo(CopyRequest.State.CANCELLED);
    assertThat(world.released()).containsExactly(made + " nersc");
    assertThat(world.verifiedAt(made)).as("released is not deleted").containsExactly(NERSC);
    assertThat(world.rules.remove(rule.id(), "operator")).isFalse();
  }

  @Test
  void whatAnotherRuleWantsBecomesItsOwn() {
    long file = world.put("/data/exp/f", 10, MADISON);
    var first = world.rules.add(wanted("/data/**", "nersc", 1), "operator").rule();
    var second = world.rules.add(wanted("/data/exp/**", "nersc", 1), "somebody").rule();
    world.allArrive();
    world.rules.remove(first.id(), "operator");
    world.follow();
    assertThat(world.request(file).ruleId()).isEqualTo(second.id());
    assertThat(world.released()).isEmpty();
    world.rules.remove(second.id(), "operator");
    world.follow();
    assertThat(world.released()).containsExactly(file + " nersc");
  }

  @Test
  void aCopyOnItsWayIsWaitedForAndThenReleased() {
    long file = world.put("/data/exp/f", 10, MADISON);
    var rule = world.rules.add(wanted("/data/**", "nersc", 1), "operator").rule();
    world.follow();
    var claim =
        world
            .database
            .inTransaction(c ->
                world
                    .transfers
                    .store()
                    .claimQueued(
                        c, "hub", Duration.ofMinutes(1), List.of(world.queued().getFirst().id())))
            .getFirst();
    world.rules.remove(rule.id(), "operator");
    world.follow();
    assertThat(world.request(file).state()).isEqualTo(CopyRequest.State.ASSIGNED);
    world.database.inTransaction(c ->
        world
            .transfers
            .store()
            .settle(
                c,
                List.of(
                    new Settled(
                        claim,
                        new Outcome(
                            new Settlement.Done("digest", claim.request().checksums()),
                            new Account("pull", 10, true),
                            Set.of())))));
    world.follow();
    assertThat(world.released()).containsExactly(file + " nersc");
  }

  @Test
  void aRuleEndsWithItsLifetime() {
    long file = world.put("/data/f", 10, MADISON);
    Handling short_ = new Handling(3, "default", Instant.now().plusSeconds(3600), true);
    var rule = world.rules.add(with(wanted("/**", "nersc", 1), short_), "operator").rule();
    world.allArrive();
    assertThat(world.rules.list()).hasSize(1);
    world.sql("UPDATE replication_rule SET expires = now() - interval '1 second'");
    world.follow();
    assertThat(world.rules.list()).isEmpty();
    assertThat(world.released()).containsExactly(file + " nersc");
    assertThat(world.explanations.rule(world.rules, rule.id()).orElseThrow().sentence())
        .contains("no longer in force");
  }

  @Test
  void aQuotaHoldsCopiesUntilThereIsRoom() {
    Quotas quotas = new Quotas(world.database);
    quotas.set("physicist", NERSC, OptionalLong.of(25), "operator");
    for (int i = 0; i < 4; i++) {
      world.put("/data/f" + i, 10, MADISON);
    }
    var rule = world.rules.add(wanted("/**", "nersc", 1), "physicist", "operator").rule();
    world.follow();
    assertThat(world.queued()).hasSize(2);
    RuleExplanation told = world.explanations.rule(world.rules, rule.id()).orElseThrow();
    assertThat(told.sentence()).contains("2 held by the quota of account physicist");
    assertThat(told.waiting())
        .filteredOn(w -> w.state() == CopyRequest.State.HELD)
        .singleElement()
        .satisfies(w -> assertThat(w.oldest().sentence()).contains("20 B of 25 B"));
    assertThat(quotas.list())
        .singleElement()
        .satisfies(q -> assertThat(q.usedBytes()).isEqualTo(20));
    quotas.set("physicist", NERSC, OptionalLong.of(30), "operator");
    world.follow();
    assertThat(world.queued()).hasSize(3);
    quotas.set("physicist", NERSC, OptionalLong.empty(), "operator");
    world.allArrive();
    assertThat(world.transfers.list(TransferState.DONE, 0, 10)).hasSize(4);
    world.rules.remove(rule.id(), "operator");
    world.follow();
    assertThat(quotas.list()).as("given back").isEmpty();
  }

  @Test
  void aDryRunSaysFilesBytesTimeAndCostAndChangesNothing() {
    world.put("/data/exp/a", 30, POLE);
    world.put("/data/exp/b", 70, POLE);
    world.put("/data/exp/c", 50, MADISON);
    world.put("/data/other", 50, POLE);
    world.sql(
        "INSERT INTO link_level (source, destination, allowed, rate, decided, rationale)"
            + " VALUES ('pole', 'madison', 4, 10, now(), 'measured')");
    RuleEstimates estimates =
        new RuleEstimates(world.database, world.catalog, world.sites, world.rules);
    Estimate estimate = estimates.estimate(wanted("/data/exp/**", "madison", 1));
    assertThat(estimate.matching()).isEqualTo(3);
    assertThat(estimate.copies()).isEqualTo(2);
    assertThat(estimate.bytes()).isEqualTo(100);
    assertThat(estimate.there()).isEqualTo(1);
    assertThat(estimate.time()).isEqualTo(Duration.ofSeconds(10));
    assertThat(estimate.sites().getFirst().cost()).hasValue(100 * 20 / 1e12);
    Estimate unknown = estimates.estimate(wanted("/data/exp/**", "desy", 1));
    assertThat(unknown.time()).isNull();
    assertThat(unknown.sites().getFirst().basis()).contains("has not carried anything yet");
    world.follow();
    assertThat(world.rules.list()).isEmpty();
    assertThat(world.transfers.list(null, 0, 10)).isEmpty();
  }

  @Test
  void anExplanationCountsAndNamesTheOldestOfEachKind() {
    long a = world.put("/data/a", 10, MADISON);
    world.put("/data/b", 10, MADISON);
    world.put("/data/c", 10, MADISON);
    var rule = world.rules.add(wanted("/**", "nersc", 1), "operator").rule();
    world.follow();
    var transfers = world.queued().reversed();
    world.settle(
        transfers.get(0),
        new Settlement.Failed(
            new Settlement.Trouble(FailureClass.OCCUPIED, "another file lies there")));
    world.done(transfers.get(1));
    RuleExplanation told = world.explanations.rule(world.rules, rule.id()).orElseThrow();
    assertThat(told.sentence())
        .isEqualTo(
            "rule 1 says that files matching /** have a copy at nersc: 1 made and verified,"
                + " 1 being moved or queued for it, 1 failed");
    assertThat(told.waiting()).hasSize(2);
    assertThat(told.waiting().getFirst().oldest().sentence()).contains("another file lies there");
    assertThat(world.requests(a)).hasSize(1);
  }

  @Test
  void everyChangeOfARuleIsInItsHistory() {
    var rule = world.rules.add(wanted("/**", "nersc", 1), "operator").rule();
    world.rules.add(
        with(wanted("/**", "nersc", 1), new Handling(4, "default", null, true)), "operator");
    world.rules.remove(rule.id(), "somebody");
    List<HistoryRecord> history =
        world.database.read(c -> History.of(c, List.of("rule"), Long.toString(rule.id()), 0, 10));
    assertThat(history.stream().map(h -> h.entry().who()).toList())
        .containsExactly("somebody", "operator", "operator");
  }
}
