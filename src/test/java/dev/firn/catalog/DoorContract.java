package dev.firn.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.catalog.RegisterOutcome.Conflict;
import dev.firn.catalog.RegisterOutcome.Registered;
import dev.firn.model.LogicalName;
import dev.firn.model.ReplicaState;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/// What the catalog promises a door that stores, moves and removes files, on whatever PostgreSQL it
/// stands on.
abstract class DoorContract extends CatalogFixture {
  @Test
  void newContentIsANewVersionAndTheOldKeepsItsOtherCopies() {
    CatalogFile old = registered("/data/a", 1);
    set(ReplicaChange.to(old.id(), DESY, ReplicaState.AVAILABLE));
    CatalogFile now = ((Registered) catalog.stored(offer("/data/a", 2), true, MADISON, ME)).file();
    assertThat(now.id()).isNotEqualTo(old.id());
    assertThat(catalog.find(old.name())).contains(now);
    CatalogFile superseded = catalog.find(old.uuid()).orElseThrow();
    assertThat(superseded.live()).isFalse();
    assertThat(superseded.replicas()).extracting(Replica::site).containsExactly(DESY);
  }

  @Test
  void aCreatedNameDoesNotReplaceWhatIsKeptElsewhere() {
    CatalogFile old = registered("/data/a", 1);
    set(ReplicaChange.to(old.id(), DESY, ReplicaState.AVAILABLE));
    assertThat(catalog.stored(offer("/data/a", 2), false, MADISON, ME))
        .isInstanceOf(Conflict.class);
    assertThat(catalog.find(old.name()).orElseThrow().id()).isEqualTo(old.id());
  }

  @Test
  void storingAgainWhatWasBadMakesItAvailable() {
    CatalogFile file = registered("/data/a", 1);
    set(ReplicaChange.to(file.id(), MADISON, ReplicaState.BAD));
    catalog.stored(offer("/data/a", 1), true, MADISON, ME);
    assertThat(catalog.find(file.id()).orElseThrow().replicaAt(MADISON).orElseThrow().state())
        .isEqualTo(ReplicaState.AVAILABLE);
  }

  @Test
  void removingTheLastCopyFreesTheName() {
    CatalogFile kept = registered("/data/kept", 1);
    set(ReplicaChange.to(kept.id(), DESY, ReplicaState.AVAILABLE));
    CatalogFile last = registered("/data/last", 2);
    assertThat(catalog.removed(kept.name(), MADISON, ME)).isEqualTo(1);
    assertThat(catalog.removed(last.name(), MADISON, ME)).isEqualTo(1);
    assertThat(catalog.find(kept.name()).orElseThrow().replicas())
        .extracting(Replica::site)
        .containsExactly(DESY);
    assertThat(catalog.find(last.name())).isEmpty();
    assertThat(register(offer("/data/last", 3), MADISON)).isInstanceOf(Registered.class);
    assertThat(catalog.history(last.id(), 0, 10)).hasSize(4);
  }

  @Test
  void removingADirectoryRemovesWhatLiesBelowAndNothingBeside() {
    CatalogFile below = registered("/data/a/b/c", 1);
    CatalogFile direct = registered("/data/a/x", 2);
    CatalogFile beside = registered("/data/ab", 3);
    CatalogFile besideToo = registered("/data/a.b/c", 4);
    assertThat(catalog.removed(LogicalName.parse("/data/a"), MADISON, ME)).isEqualTo(2);
    assertThat(catalog.find(below.name())).isEmpty();
    assertThat(catalog.find(direct.name())).isEmpty();
    assertThat(catalog.find(beside.name())).isPresent();
    assertThat(catalog.find(besideToo.name())).isPresent();
  }

  /// A transfer records its copy, and a door removes or moves the directory before that is
  /// committed.
  @Test
  void aCopyThatIsRecordedMeanwhileIsNotForgotten() throws Exception {
    CatalogFile removed = registered("/data/rm/x", 1);
    CatalogFile moved = registered("/data/mv/x", 2);
    copiedWhile(removed, () -> catalog.removed(LogicalName.parse("/data/rm"), MADISON, ME));
    assertThat(catalog.find(removed.name()).orElseThrow().replicas())
        .extracting(Replica::site)
        .containsExactly(DESY);
    copiedWhile(
        moved,
        () ->
            catalog.moved(
                LogicalName.parse("/data/mv"), LogicalName.parse("/data/to"), MADISON, ME));
    CatalogFile now = catalog.find(LogicalName.parse("/data/to/x")).orElseThrow();
    assertThat(now.replicaAt(DESY).orElseThrow().path()).isEqualTo(moved.name());
  }

  private void copiedWhile(CatalogFile file, Runnable change) throws Exception {
    CountDownLatch recorded = new CountDownLatch(1);
    try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
      Future<?> copy =
          threads.submit(() ->
              database.inTransaction(c -> {
                ReplicaChange here = ReplicaChange.to(file.id(), DESY, ReplicaState.AVAILABLE);
                catalog.setReplica(c, here.at(file.name()), ME, "test");
                recorded.countDown();
                sleep(1_000); // the other waits for this one by then
                return true;
              }));
      recorded.await();
      threads.submit(change).get();
      copy.get();
    }
  }

  private static void sleep(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void aMovedFileKeepsItsIdentityAndItsOtherCopiesTheirPath() {
    CatalogFile file = registered("/data/a/x", 1);
    set(ReplicaChange.to(file.id(), DESY, ReplicaState.AVAILABLE));
    CatalogFile overwritten = registered("/data/b/y", 2);
    LogicalName to = LogicalName.parse("/data/b/y");
    assertThat(catalog.moved(file.name(), to, MADISON, ME)).isEqualTo(1);
    CatalogFile now = catalog.find(to).orElseThrow();
    assertThat(now.uuid()).isEqualTo(file.uuid());
    assertThat(now.replicaAt(MADISON).orElseThrow().path()).isEqualTo(to);
    assertThat(now.replicaAt(DESY).orElseThrow().path()).isEqualTo(file.name());
    assertThat(catalog.find(file.name())).isEmpty();
    assertThat(catalog.find(overwritten.id()).orElseThrow().live()).isFalse();
  }

  @Test
  void aMovedDirectoryTakesItsTreeAlong() {
    registered("/data/a/x", 1);
    registered("/data/a/deep/er/y", 2);
    registered("/data/ab/z", 3);
    registered("/data/n/deep/er/y", 4);
    int moved =
        catalog.moved(LogicalName.parse("/data/a"), LogicalName.parse("/data/n"), MADISON, ME);
    assertThat(moved).isEqualTo(2);
    assertThat(catalog.find(LogicalName.parse("/data/n/x"))).isPresent();
    assertThat(catalog.find(LogicalName.parse("/data/n/deep/er/y")).orElseThrow().size())
        .isEqualTo(1002);
    assertThat(catalog.find(LogicalName.parse("/data/ab/z"))).isPresent();
    assertThat(catalog.find(LogicalName.parse("/data/a/x"))).isEmpty();
  }
}
