package dev.firn.transfer;

import static dev.firn.transfer.RuleWorld.DESY;
import static dev.firn.transfer.RuleWorld.MADISON;
import static dev.firn.transfer.RuleWorld.NERSC;
import static dev.firn.transfer.RuleWorld.POLE;
import static dev.firn.transfer.RuleWorld.wanted;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.firn.catalog.ReplicaChange;
import dev.firn.model.LogicalName;
import dev.firn.model.ReplicaState;
import dev.firn.model.SiteName;
import dev.firn.transfer.deletion.ReapPolicy;
import dev.firn.transfer.deletion.Reaper;
import dev.firn.transfer.rule.ReplicationRule;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// What stops deletions, and what does not.
class ReaperStopsTest {
  private final RuleWorld world = new RuleWorld();
  private final FarSides far = new FarSides();
  private final Reaper reaper = far.reaper(world);

  @AfterEach
  void close() {
    world.close();
  }

  private static ReapPolicy atOnce(boolean enabled) {
    return new ReapPolicy(enabled, Duration.ZERO, 1, 0, 0.9, 0.8, 100, 1_000_000);
  }

  private long put(String path, SiteName at) {
    long id = world.put(path, 10, at);
    far.lay(world, id, at);
    return id;
  }

  /// Files at madison, which is confirmed, whose copies at nersc were made by a rule that is no
  /// more.
  private void released(int files) {
    long[] ids = new long[files];
    for (int i = 0; i < files; i++) {
      ids[i] = put("/data/f" + i, MADISON);
    }
    ReplicationRule rule = world.rules.add(wanted("/**", "nersc", 1), "operator").rule();
    world.allArrive();
    for (long id : ids) {
      far.lay(world, id, NERSC);
    }
    world.rules.remove(rule.id(), "operator");
    world.follow();
    reaper.set(NERSC, atOnce(true), "operator");
    reaper.pass(NERSC, false);
  }

  private void turns() {
    for (int i = 0; i < 3; i++) {
      LockSupport.parkNanos(5_000_000);
      reaper.carryOut();
    }
  }

  @Test
  void switchedOffStopsWhatWasDecidedBefore() {
    released(1);
    assertThat(reaper.pass(NERSC, false).files()).isEqualTo(1);
    reaper.set(NERSC, atOnce(false), "operator");
    turns();
    assertThat(far.deletions).isZero();
    reaper.set(NERSC, atOnce(true), "operator");
    turns();
    assertThat(far.deletions).isEqualTo(1);
  }

  @Test
  void aRuleThatLosesACopyElsewhereStopsWhatWasDecidedBefore() {
    long file = put("/data/f", POLE);
    world.rules.add(wanted("/**", "madison | desy", 2), "operator");
    ReplicationRule rule = world.rules.add(wanted("/**", "nersc", 1), "operator").rule();
    world.allArrive();
    List.of(MADISON, DESY, NERSC).forEach(site -> far.lay(world, file, site));
    world.rules.remove(rule.id(), "operator");
    world.follow();
    reaper.set(NERSC, atOnce(true), "operator");
    assertThat(reaper.pass(NERSC, false).files()).isEqualTo(1);
    world.database.inTransaction(c -> {
      world.catalog.setReplica(c, ReplicaChange.to(file, DESY, ReplicaState.BAD), "audit", "rot");
      return 0;
    });
    turns();
    assertThat(far.deletions).isZero();
    world.allArrive();
    turns();
    assertThat(far.deletions).isEqualTo(1);
  }

  @Test
  void aCopyThatARuleWantsAnewIsDeletedFirst() {
    released(1);
    assertThat(reaper.pass(NERSC, false).files()).isEqualTo(1);
    world.rules.add(wanted("/data/**", "nersc", 1), "operator");
    world.follow();
    turns();
    assertThat(far.deletions).isEqualTo(1);
    world.follow();
    assertThat(world.queued()).hasSize(1);
  }

  @Test
  void aSiteThatDoesNotAnswerIsAskedOnceInATurn() {
    released(3);
    assertThat(reaper.pass(NERSC, false).files()).isEqualTo(3);
    far.away.put(NERSC, 9);
    reaper.carryOut();
    assertThat(far.away).containsEntry(NERSC, 8);
    far.away.put(NERSC, 0);
    turns();
    assertThat(far.deletions).isEqualTo(3);
  }

  @Test
  void whatCannotBeDecidedAtOneSiteKeepsNoOtherWaiting() {
    released(1);
    long here = world.catalog.find(LogicalName.parse("/data/f0")).orElseThrow().id();
    world.sql(
        "INSERT INTO reap_policy (site, enabled, grace_s, copies, capacity, high, low, most_files,"
            + " most_bytes, set_by) VALUES ('desy', true, 9000000000000000000, 1, 0, 0.9, 0.8, 1, 1,"
            + " 'nobody')");
    assertThatThrownBy(() -> reaper.pass(DESY, false)).isInstanceOf(RuntimeException.class);
    reaper.start();
    try {
      for (int i = 0; i < 1_000 && world.state(here, NERSC).isPresent(); i++) {
        LockSupport.parkNanos(20_000_000);
      }
    } finally {
      reaper.close();
    }
    assertThat(far.deletions).isEqualTo(1);
  }

  @Test
  void aDryRunLooksAlsoWhileAnotherHubDecides() {
    released(1);
    world.database.inTransaction(c -> {
      try (Statement statement = c.createStatement()) {
        statement.execute("SELECT pg_advisory_xact_lock(" + 0x6669726e72656170L + ")");
      }
      assertThat(reaper.pass(NERSC, false).looked()).isZero();
      assertThat(reaper.pass(NERSC, true).files()).isEqualTo(1);
      return 0;
    });
  }

  @Test
  void aGraceWithoutAnEndIsRefused() {
    assertThatThrownBy(
            () -> new ReapPolicy(true, Duration.ofSeconds(Long.MAX_VALUE), 1, 0, 0.9, 0.8, 1, 1))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
