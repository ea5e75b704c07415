package dev.firn.transfer;

import static dev.firn.transfer.RuleWorld.DESY;
import static dev.firn.transfer.RuleWorld.MADISON;
import static dev.firn.transfer.RuleWorld.NERSC;
import static dev.firn.transfer.RuleWorld.POLE;
import static dev.firn.transfer.RuleWorld.wanted;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.firn.catalog.Cause;
import dev.firn.catalog.ReplicaChange;
import dev.firn.catalog.dataset.Dataset;
import dev.firn.catalog.dataset.Datasets;
import dev.firn.model.LogicalName;
import dev.firn.model.ReplicaState;
import dev.firn.model.SiteName;
import dev.firn.model.TransferState;
import dev.firn.transfer.link.LinkCalendar;
import dev.firn.transfer.link.LinkPolicy;
import dev.firn.transfer.queue.FailureClass;
import dev.firn.transfer.queue.Queue;
import dev.firn.transfer.queue.Settlement;
import dev.firn.transfer.queue.Settlement.Trouble;
import dev.firn.transfer.queue.Subject;
import dev.firn.transfer.queue.Transfer;
import dev.firn.transfer.rule.CopyRequest;
import dev.firn.transfer.rule.NamePattern;
import dev.firn.transfer.rule.Quotas;
import dev.firn.transfer.rule.ReplicationRule;
import dev.firn.transfer.rule.ReplicationRule.Selection;
import dev.firn.transfer.rule.ReplicationRule.Wanted;
import dev.firn.transfer.rule.RuleEngine;
import dev.firn.transfer.rule.RuleEstimates;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Rules that come, go and meet while what they asked for is under way.
class RulesUnderWayTest {
  private static final LinkPolicy BLOCKED =
      new LinkPolicy(true, 1, 1, 0, 0, Map.of(), LinkCalendar.NONE);

  private final RuleWorld world = new RuleWorld();
  private final Links links = new Links(world.transfers, TransferConfig.DEFAULT);

  @AfterEach
  void close() {
    world.close();
  }

  private ReplicationRule rule(String pattern, String sites) {
    ReplicationRule rule = world.rules.add(wanted(pattern, sites, 1), "operator").rule();
    world.follow();
    return rule;
  }

  private void end(ReplicationRule rule) {
    world.rules.remove(rule.id(), "operator");
    world.follow();
  }

  private Transfer queued() {
    assertThat(world.queued()).hasSize(1);
    return world.queued().getFirst();
  }

  private CopyRequest.State state(long file, SiteName site) {
    return world.requests(file).stream()
        .filter(r -> r.site().equals(site))
        .reduce((older, newer) -> newer)
        .orElseThrow()
        .state();
  }

  private static Settlement failed() {
    return new Settlement.Failed(new Trouble(FailureClass.OCCUPIED, "another file lies there"));
  }

  @Test
  void anExpressionThatSaysAWordTwiceIsOneRuleWhenItIsAddedTwice() {
    ReplicationRule once = rule("/**", "(nersc & nersc) | desy");
    assertThat(rule("/**", "(nersc & nersc) | desy").id()).isEqualTo(once.id());
  }

  @Test
  void aPatternThatAQueryCannotSayIsEstimatedAllTheSame() {
    world.put("/data/f", 10, MADISON);
    RuleEstimates estimates =
        new RuleEstimates(world.database, world.catalog, world.sites, world.rules);
    assertThat(estimates.estimate(wanted("/", "nersc", 1)).matching()).isZero();
    Selection many =
        new Selection(NamePattern.parse("/data/*"), "", "size > 1" + " and size > 1".repeat(499));
    Wanted nersc = wanted("/**", "nersc", 1);
    assertThat(estimates.estimate(new Wanted(many, nersc.where(), nersc.how())).copies())
        .isEqualTo(1);
  }

  @Test
  void whoHasRoomDoesNotWaitBehindWhoHasNone() {
    Quotas quotas = new Quotas(world.database);
    quotas.set("full", NERSC, OptionalLong.of(0), "operator");
    quotas.set("other", NERSC, OptionalLong.of(0), "operator");
    ReplicationRule full = world.rules.add(wanted("/full/**", "nersc", 1), "full", "me").rule();
    world.sql(
        "INSERT INTO copy_request (file_id, rule_id, site, bundled, state, why) SELECT g, "
            + full.id()
            + ", 'nersc', false, 'held', 'test' FROM generate_series(1000001, 1000600) g");
    world.rules.add(wanted("/other/**", "nersc", 1), "other", "me");
    world.put("/other/f", 10, MADISON);
    world.follow();
    assertThat(world.queued()).isEmpty();
    quotas.set("other", NERSC, OptionalLong.of(10), "operator");
    world.follow();
    assertThat(world.queued()).hasSize(1);
  }

  /// Three thousand files that are nowhere.
  private void manyFiles() {
    world.sql(
        "INSERT INTO file (size, checksum_key, dir_id, name, sha512, adler32)"
            + " SELECT 10, g, (SELECT id FROM dir WHERE path = '/data'), 'many-' || g,"
            + " decode(lpad(to_hex(g), 128, '0'), 'hex'), g FROM generate_series(1, 3000) g");
  }

  @Test
  void aDatasetThatGrowsAllTheTimeKeepsNoRuleFromCatchingUp() {
    Datasets datasets = new Datasets(world.database, world.catalog);
    Cause cause = new Cause("somebody", "analysis");
    datasets.create("pass2", Dataset.Kind.SET, null, "", cause);
    world.put("/data/first", 10, MADISON);
    manyFiles();
    long last = world.put("/data/last", 10, MADISON);
    datasets.add("pass2", List.of(LogicalName.parse("/data/last")), cause);
    world.follow();
    Wanted nersc = wanted("/**", "nersc", 1);
    Selection dataset = new Selection(NamePattern.ALL, "", "in dataset pass2");
    world.rules.add(new Wanted(dataset, nersc.where(), nersc.how()), "operator");
    world.rules.add(wanted("/data/first", "desy", 1), "operator");
    for (int i = 1; i <= 20; i++) {
      datasets.add("pass2", List.of(LogicalName.parse("/data/many-" + i)), cause);
      world.engine.step();
    }
    assertThat(world.queued())
        .extracting(t -> t.request().to().site())
        .containsExactlyInAnyOrder(NERSC, DESY);
    assertThat(world.requests(last)).hasSize(1);
    world.follow();
    assertThat(world.caughtUp()).isEqualTo(2);
  }

  @Test
  void aTransferThatAnotherRuleWaitsForTooIsNotTakenBack() {
    links.set("pole", "nersc", BLOCKED, "operator");
    long file = world.put("/data/f", 10, POLE);
    ReplicationRule far = rule("/**", "nersc");
    rule("/**", "madison");
    Transfer both = queued();
    end(far);
    assertThat(queued().id()).isEqualTo(both.id());
    assertThat(state(file, NERSC)).isEqualTo(CopyRequest.State.CANCELLED);
    assertThat(state(file, MADISON)).isEqualTo(CopyRequest.State.ASSIGNED);
    world.allArrive();
    assertThat(state(file, MADISON)).isEqualTo(CopyRequest.State.DONE);
    assertThat(state(file, NERSC)).isEqualTo(CopyRequest.State.CANCELLED);
    assertThat(world.verifiedAt(file)).containsExactly(MADISON);
  }

  @Test
  void aRequestThatWasLetGoStaysSoWhenItsTransferIsTriedAgain() {
    long file = world.put("/data/f", 10, MADISON);
    ReplicationRule first = rule("/**", "nersc");
    Transfer old = queued();
    world.settle(old, failed());
    end(first);
    rule("/**", "nersc");
    world.settle(queued(), failed());
    assertThat(world.transfers.retry(old.id(), "operator", "the other file is gone")).isTrue();
    assertThat(world.requests(file))
        .extracting(CopyRequest::state)
        .containsExactly(CopyRequest.State.CANCELLED, CopyRequest.State.FAILED);
  }

  @Test
  void whatWasCancelledIsToldAndAskedForWhenTheRuleIsAddedAgain() {
    world.put("/data/f", 10, MADISON);
    ReplicationRule rule = rule("/**", "nersc");
    assertThat(world.transfers.cancel(queued().id(), "operator", "not now")).isTrue();
    world.follow();
    assertThat(world.explanations.rule(world.rules, rule.id()).orElseThrow().sentence())
        .contains("1 cancelled (asked for again when the rule is added again)");
    assertThat(rule("/**", "nersc").id()).isEqualTo(rule.id());
    assertThat(queued().state()).isEqualTo(TransferState.QUEUED);
    assertThat(world.explanations.rule(world.rules, rule.id()).orElseThrow().sentence())
        .doesNotContain("cancelled")
        .contains("1 being moved or queued for it");
  }

  private void record(ReplicaChange change) {
    world.database.inTransaction(c -> {
      world.catalog.setReplica(c, change, "test", "as if");
      return 0;
    });
    world.follow();
  }

  @Test
  void aCopyThatIsBeingDeletedIsMadeAnewOnlyAfterThat() {
    long file = world.put("/data/f", 10, MADISON);
    ReplicationRule first = rule("/**", "nersc");
    world.allArrive();
    end(first);
    record(ReplicaChange.to(file, NERSC, ReplicaState.DELETING));
    rule("/data/**", "nersc");
    assertThat(world.queued()).isEmpty();
    assertThat(state(file, NERSC)).isEqualTo(CopyRequest.State.OPEN);
    assertThat(world.requests(file).getLast().why()).contains("is being deleted");
    record(ReplicaChange.gone(file, NERSC));
    world.done(queued());
    assertThat(state(file, NERSC)).isEqualTo(CopyRequest.State.DONE);
  }

  @Test
  void aSourceThatDoesNotAnswerIsPassedOverWhereAnotherDoes() {
    long file = world.put("/data/f", 10, POLE);
    record(ReplicaChange.to(file, MADISON, ReplicaState.AVAILABLE));
    world.database.inTransaction(c -> {
      Queue.pause(c, MADISON, "cannot connect", TransferConfig.DEFAULT.retries());
      return 0;
    });
    rule("/**", "nersc");
    assertThat(queued().request().from().site()).isEqualTo(POLE);
  }

  @Test
  void whatWaitsForASourceThatStaysAwayIsCopiedFromAnother() {
    long file = world.put("/data/f", 10, POLE);
    record(ReplicaChange.to(file, MADISON, ReplicaState.AVAILABLE));
    long alone = world.put("/data/alone", 10, MADISON);
    long onTape = world.put("/data/tape", 10, DESY);
    record(ReplicaChange.to(onTape, MADISON, ReplicaState.AVAILABLE));
    rule("/**", "nersc");
    assertThat(world.queued())
        .extracting(t -> t.request().from().site())
        .containsExactly(MADISON, MADISON, MADISON);
    world.sql(
        "INSERT INTO transfer_site_pause (site, failures, since, retry_at, why)"
            + " VALUES ('madison', 9, now() - interval '2 hours', now(), 'cannot connect')");
    new RuleEngine(world.database, world.catalog, world.sites, world.transfers.store()).step();
    assertThat(world.queued())
        .extracting(t -> t.request().subject(), t -> t.request().from().site())
        .containsExactlyInAnyOrder(
            tuple(Subject.file(file), POLE),
            tuple(Subject.file(alone), MADISON),
            tuple(Subject.file(onTape), DESY));
    assertThat(world.transfers.list(TransferState.CANCELLED, 0, 10)).hasSize(2);
    assertThat(state(file, NERSC)).isEqualTo(CopyRequest.State.ASSIGNED);
    world.allArrive();
    assertThat(state(file, NERSC)).isEqualTo(CopyRequest.State.DONE);
  }

  @Test
  void aSiteThatHoldsTheFileInABundleIsNoStopOnTheWay() {
    links.set("pole", "nersc", BLOCKED, "operator");
    long file = world.put("/data/f", 10, POLE);
    record(
        ReplicaChange.to(file, MADISON, ReplicaState.AVAILABLE)
            .at(LogicalName.parse("/data/archive/b.zip"))
            .inBundle(new UUID(1, 2)));
    rule("/**", "nersc");
    assertThat(world.queued()).isEmpty();
    assertThat(world.requests(file).getFirst().why()).contains("no site has an available copy");
  }

  @Test
  void aCopyThatWasMadeOnlyToBeCopiedOnIsReleased() {
    links.set("pole", "nersc", BLOCKED, "operator");
    long file = world.put("/data/f", 10, POLE);
    rule("/**", "nersc");
    world.allArrive();
    assertThat(world.verifiedAt(file)).containsExactly(MADISON, NERSC);
    assertThat(world.released()).isEqualTo(List.of(file + " madison"));
  }

  @Test
  void aBadCopyThatWasToBeMadeAnewIsLetGoOfToo() {
    long file = world.put("/data/f", 10, MADISON);
    ReplicationRule rule = rule("/**", "nersc");
    world.allArrive();
    record(ReplicaChange.to(file, NERSC, ReplicaState.BAD));
    assertThat(world.queued()).hasSize(1);
    end(rule);
    assertThat(world.queued()).isEmpty();
    assertThat(world.released()).isEqualTo(List.of(file + " nersc"));
  }

  @Test
  void aStopIsReleasedThoughAnotherRuleWaitsForItsOwnCopyThere() {
    new Quotas(world.database).set("other", MADISON, OptionalLong.of(0), "operator");
    links.set("pole", "nersc", BLOCKED, "operator");
    long file = world.put("/data/f", 10, POLE);
    ReplicationRule held = world.rules.add(wanted("/**", "madison", 1), "other").rule();
    rule("/**", "nersc");
    world.allArrive();
    assertThat(state(file, MADISON)).isEqualTo(CopyRequest.State.HELD);
    assertThat(state(file, NERSC)).isEqualTo(CopyRequest.State.DONE);
    end(held);
    assertThat(world.released()).isEqualTo(List.of(file + " madison"));
  }

  @Test
  void whatOneAccountHasPaidForIsNotMadeAnewForAnotherBeyondItsQuota() {
    long file = world.put("/data/f", 10, MADISON);
    rule("/**", "nersc | tacc");
    SiteName first = queued().request().to().site();
    SiteName second = first.equals(NERSC) ? RuleWorld.TACC : NERSC;
    world.allArrive();
    new Quotas(world.database).set("other", first, OptionalLong.of(0), "operator");
    world.rules.add(wanted("/**", first.value(), 1), "other");
    world.follow();
    record(ReplicaChange.to(file, second, ReplicaState.AVAILABLE));
    record(ReplicaChange.to(file, first, ReplicaState.BAD));
    assertThat(world.queued()).isEmpty();
    assertThat(state(file, first)).isEqualTo(CopyRequest.State.HELD);
  }

  @Test
  void whatATransferThatWasTakenBackHasLeftMayBeReplaced() {
    world.put("/data/f", 10, MADISON);
    Trouble silence = new Trouble(FailureClass.UNHEARD, "nothing was heard for 60 s");
    for (SiteName site : List.of(DESY, NERSC)) {
      ReplicationRule rule = rule("/**", site.value());
      assertThat(queued().request().overwrite()).isFalse();
      world.settle(queued(), new Settlement.Retry(silence, Duration.ofHours(1)));
      end(rule);
      rule = rule("/data/**", site.value());
      assertThat(queued().request().overwrite())
          .as("a Firn door leaves no parts of files")
          .isEqualTo(site.equals(DESY));
      end(rule);
    }
  }

  /// A Firn door keeps the digest of the good days with a bad file: a copy that is made anew beside
  /// it, and refused as "there is one", would be found right.
  @Test
  void aBadCopyWhoseReplacingFailedIsStillReplacedWhenItsRecordHasGone() {
    long file = world.put("/data/f", 10, MADISON);
    ReplicationRule rule = rule("/**", "nersc");
    world.allArrive();
    record(ReplicaChange.to(file, NERSC, ReplicaState.BAD));
    assertThat(queued().request().overwrite()).isTrue();
    world.settle(queued(), failed());
    end(rule);
    record(ReplicaChange.gone(file, NERSC));
    rule("/data/**", "nersc");
    assertThat(queued().request().overwrite()).isTrue();
  }

  @Test
  void whatReplacesTheLeavingsAtAStopIsReleasedToo() {
    links.set("pole", "nersc", BLOCKED, "operator");
    long file = world.put("/data/f", 10, POLE);
    ReplicationRule first = rule("/**", "madison");
    world.allArrive();
    record(ReplicaChange.to(file, MADISON, ReplicaState.BAD));
    world.settle(queued(), new Settlement.Failed(new Trouble(FailureClass.REMOTE, "its disk")));
    record(ReplicaChange.gone(file, MADISON));
    end(first);
    assertThat(world.released()).isEmpty();
    rule("/data/**", "nersc");
    assertThat(queued().request().to().site()).isEqualTo(MADISON);
    assertThat(queued().request().overwrite()).isTrue();
    world.allArrive();
    assertThat(world.verifiedAt(file)).containsExactly(MADISON, NERSC);
    assertThat(world.released()).isEqualTo(List.of(file + " madison"));
  }
}
