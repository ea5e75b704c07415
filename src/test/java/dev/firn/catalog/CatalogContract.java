package dev.firn.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.firn.catalog.RegisterOutcome.AlreadyThere;
import dev.firn.catalog.RegisterOutcome.Conflict;
import dev.firn.catalog.RegisterOutcome.Registered;
import dev.firn.database.HistoryRecord;
import dev.firn.model.Checksum;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.Checksums;
import dev.firn.model.LogicalName;
import dev.firn.model.ReplicaState;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

/// What the catalog promises, on whatever PostgreSQL it stands on.
abstract class CatalogContract extends CatalogFixture {
  @Test
  void whatIsRegisteredIsFoundByNameUuidAndContent() {
    FileMetadata metadata =
        FileMetadata.NONE
            .withSeason(2017)
            .withRun(130484, 0, 7)
            .withLevel("L2")
            .withDataType("real")
            .withEvents(100, 5L, 104L)
            .withExtra(new JsonMapper().readTree("{\"software\":{\"name\":\"icetray\",\"n\":1}}"));
    NewFile offered = offer("/data/exp/a.i3.zst", 7, metadata);
    CatalogFile file = ((Registered) register(offered, MADISON)).file();

    assertThat(catalog.find(offered.name())).contains(file);
    assertThat(catalog.find(file.uuid())).contains(file);
    assertThat(catalog.find(file.id())).contains(file);
    assertThat(catalog.withContent(offered.checksums().load(ChecksumAlgorithm.SHA512), 10))
        .containsExactly(file);
    assertThat(file.metadata()).isEqualTo(metadata);
    assertThat(file.checksums()).isEqualTo(offered.checksums());
    assertThat(file.size()).isEqualTo(offered.size());
    assertThat(file.live()).isTrue();
    assertThat(file.uuid().version()).isEqualTo(8);
    assertThat(file.replicas())
        .containsExactly(
            new Replica(
                file.id(), MADISON, ReplicaState.AVAILABLE, offered.name(), null, null, null));
  }

  @Test
  void theSameRegistrationTwiceIsOne() {
    CatalogFile first = registered("/data/a", 1);
    RegisterOutcome second = register(offer("/data/a", 1), MADISON);
    assertThat(second).isEqualTo(new AlreadyThere(first, false));
    assertThat(catalog.history(first.id(), 0, 10)).hasSize(2);
  }

  @Test
  void aSecondSiteAndMoreMetadataAreAdded() {
    CatalogFile first = registered("/data/a", 1);
    NewFile more = offer("/data/a", 1, FileMetadata.NONE.withLevel("L2"));
    RegisterOutcome outcome =
        catalog.register(more, DESY, LogicalName.parse("/elsewhere/a"), ME, WHY);
    assertThat(outcome)
        .isInstanceOfSatisfying(AlreadyThere.class, a -> assertThat(a.added()).isTrue());
    CatalogFile now = catalog.find(first.id()).orElseThrow();
    assertThat(now.metadata().level()).isEqualTo("L2");
    assertThat(now.replicas()).extracting(Replica::site).containsExactly(DESY, MADISON);
    assertThat(now.replicaAt(DESY).orElseThrow().path()).hasToString("/elsewhere/a");
  }

  @Test
  void anotherContentUnderTheNameIsAConflictThatSaysWhatDiffers() {
    CatalogFile first = registered("/data/a", 1);
    Conflict conflict = (Conflict) register(offer("/data/a", 2), MADISON);
    assertThat(conflict.file()).isEqualTo(first);
    assertThat(conflict.reason()).contains("size (1001, not 1002)").contains("sha512");
    assertThat(catalog.find(first.name())).contains(first);
  }

  @Test
  void contradictingMetadataAreAConflict() {
    register(offer("/data/a", 1, FileMetadata.NONE.withRun(7, null, null)), MADISON);
    Conflict conflict =
        (Conflict) register(offer("/data/a", 1, FileMetadata.NONE.withRun(8, null, null)), MADISON);
    assertThat(conflict.reason()).contains("run (7, not 8)");
  }

  @Test
  void manyAtOnceRegisterANameOnce() throws Exception {
    List<Callable<RegisterOutcome>> calls = new ArrayList<>();
    for (int i = 0; i < 16; i++) {
      int content = i % 4;
      calls.add(() -> register(offer("/data/new/dir/of/many/a", content), MADISON));
    }
    int registered = 0;
    try (ExecutorService threads = Executors.newFixedThreadPool(16)) {
      for (Future<RegisterOutcome> future : threads.invokeAll(calls)) {
        registered += future.get() instanceof Registered ? 1 : 0;
      }
    }
    assertThat(registered).isEqualTo(1);
    long id = catalog.find(LogicalName.parse("/data/new/dir/of/many/a")).orElseThrow().id();
    assertThat(catalog.history(id, 0, 50)).hasSize(2);
  }

  @Test
  void manyAtOnceRegisterTheSameNamesInOrdersOfTheirOwn() throws Exception {
    int names = 60;
    List<Callable<Integer>> calls = new ArrayList<>();
    for (int client = 0; client < 16; client++) {
      List<Integer> order = new ArrayList<>(IntStream.range(0, names).boxed().toList());
      Collections.shuffle(order, new Random(client));
      calls.add(() -> {
        int registered = 0;
        for (int i : order) {
          RegisterOutcome outcome = register(offer("/data/many/" + i % 7 + "/" + i, i), MADISON);
          registered += outcome instanceof Registered ? 1 : 0;
        }
        return registered;
      });
    }
    int registered = 0;
    try (ExecutorService threads = Executors.newFixedThreadPool(16)) {
      for (Future<Integer> future : threads.invokeAll(calls)) {
        registered += future.get();
      }
    }
    assertThat(registered).isEqualTo(names);
    assertThat(catalog.summary().live().files()).isEqualTo(names);
  }

  @Test
  void everyLegalTransitionIsTakenWithHistoryAndEveryOtherRefused() {
    int checked = 0;
    for (ReplicaState from : ReplicaState.values()) {
      for (ReplicaState to : ReplicaState.values()) {
        CatalogFile file = registered("/data/" + from + "-" + to, ++checked);
        lead(file.id(), from);
        int before = catalog.history(file.id(), 0, 100).size();
        ReplicaChange change = ReplicaChange.to(file.id(), DESY, to);
        if (!ReplicaTransitions.allowed(from, to)) {
          assertThatThrownBy(() -> set(change))
              .isInstanceOf(CatalogException.class)
              .hasMessageContaining(from.label());
          assertThat(state(file.id())).isEqualTo(from);
          assertThat(catalog.history(file.id(), 0, 100)).hasSize(before);
        } else {
          set(change);
          assertThat(state(file.id())).isEqualTo(to);
          List<HistoryRecord> history = catalog.history(file.id(), 0, 100);
          assertThat(history).hasSize(from == to ? before : before + 1);
          if (from != to) {
            assertThat(history.getFirst().entry().from()).isEqualTo(from.label());
            assertThat(history.getFirst().entry().to()).isEqualTo(to.label());
            assertThat(history.getFirst().entry().who()).isEqualTo(ME);
          }
        }
      }
    }
    assertThat(checked).isEqualTo(25);
  }

  private ReplicaState state(long file) {
    return catalog.find(file).orElseThrow().replicaAt(DESY).orElseThrow().state();
  }

  private void lead(long file, ReplicaState to) {
    set(ReplicaChange.to(file, DESY, ReplicaState.COPYING));
    if (to != ReplicaState.COPYING) {
      set(ReplicaChange.to(file, DESY, ReplicaState.AVAILABLE));
      set(ReplicaChange.to(file, DESY, to));
    }
  }

  @Test
  void verificationIsWrittenOnlyForBytesThatAgree() {
    CatalogFile file = registered("/data/a", 1);
    VerifyOutcome good = verify(file.id(), MADISON, 1001, sums(1));
    assertThat(good)
        .isInstanceOfSatisfying(
            VerifyOutcome.Verified.class,
            v -> {
              assertThat(v.replica().verified()).isEqualTo(NOW);
              assertThat(v.replica().verifiedHow()).isEqualTo("read back: adler32, sha512");
            });

    VerifyOutcome wrong = verify(file.id(), MADISON, 1001, sums(2));
    assertThat(wrong).isInstanceOf(VerifyOutcome.Mismatch.class);
    Replica bad = catalog.find(file.id()).orElseThrow().replicaAt(MADISON).orElseThrow();
    assertThat(bad.state()).isEqualTo(ReplicaState.BAD);
    assertThat(bad.verified()).isNull();

    verify(file.id(), MADISON, 1001, sums(1));
    assertThat(catalog.find(file.id()).orElseThrow().replicaAt(MADISON).orElseThrow().state())
        .isEqualTo(ReplicaState.AVAILABLE);
    verify(file.id(), MADISON, 5, sums(1));
    assertThat(catalog.find(file.id()).orElseThrow().replicaAt(MADISON).orElseThrow().state())
        .isEqualTo(ReplicaState.BAD);
  }

  @Test
  void nothingInCommonVerifiesNothing() {
    CatalogFile file = registered("/data/a", 1);
    Checksums other = Checksums.of(Checksum.of(ChecksumAlgorithm.MD5, new byte[16]));
    assertThat(verify(file.id(), MADISON, 1001, other))
        .isInstanceOf(VerifyOutcome.NotComparable.class);
    assertThat(catalog.find(file.id()).orElseThrow().replicaAt(MADISON).orElseThrow().verified())
        .isNull();
  }

  @Test
  void aBundleReadBackVerifiesItsMembersAndNoOthers() {
    UUID bundle = UUID.randomUUID();
    CatalogFile in = registered("/data/in", 1);
    CatalogFile out = registered("/data/out", 2);
    for (CatalogFile file : List.of(in, out)) {
      ReplicaChange change = ReplicaChange.to(file.id(), DESY, ReplicaState.COPYING);
      set(file == in ? change.inBundle(bundle) : change);
    }
    int members =
        database.inTransaction(c ->
            catalog.verifyMembers(
                c,
                new BundleVerification(bundle, DESY, sums(9), sums(9), "bundle read back", NOW),
                ME));
    assertThat(members).isEqualTo(1);
    Replica verified = catalog.find(in.id()).orElseThrow().replicaAt(DESY).orElseThrow();
    assertThat(verified.state()).isEqualTo(ReplicaState.AVAILABLE);
    assertThat(verified.verified()).isEqualTo(NOW);
    assertThat(verified.bundle()).isEqualTo(bundle);
    assertThat(state(out.id())).isEqualTo(ReplicaState.COPYING);
    HistoryRecord last = catalog.history(in.id(), 0, 1).getFirst();
    assertThat(last.entry().from()).isEqualTo("copying");
    assertThat(last.entry().to()).isEqualTo("available");
  }

  @Test
  void aChangedStateEndsWhatWasVerified() {
    CatalogFile file = registered("/data/a", 1);
    verify(file.id(), MADISON, 1001, sums(1));
    set(ReplicaChange.to(file.id(), MADISON, ReplicaState.SUSPECT));
    assertThat(catalog.find(file.id()).orElseThrow().replicaAt(MADISON).orElseThrow().verified())
        .isNull();
  }

  @Test
  void failedTransactionLeavesNeitherChangeNorHistory() {
    CatalogFile file = registered("/data/a", 1);
    assertThatThrownBy(() ->
            database.inTransaction(c -> {
              catalog.setReplica(
                  c, ReplicaChange.to(file.id(), MADISON, ReplicaState.BAD), ME, WHY);
              throw new IllegalStateException("no");
            }))
        .isInstanceOf(IllegalStateException.class);
    assertThat(catalog.find(file.id())).contains(file);
    assertThat(catalog.history(file.id(), 0, 10)).hasSize(2);
  }

  @Test
  void hostileNamesAndMetadataAreKeptExactlyOrRefusedWhole() {
    List<String> names =
        List.of(
            "/data/'; DROP TABLE file; --",
            "/data/%_\\*?[a]{b}".replace("\\", ""),
            "/data/$1 ${x} :name ?",
            "/data/\u00e9e\u0301\uD83E\uDDCA",
            "/data/" + "x".repeat(255),
            "/data/ leading and trailing ");
    int content = 0;
    for (String name : names) {
      CatalogFile file = registered(name, ++content);
      assertThat(catalog.find(LogicalName.parse(name))).contains(file);
    }
    JsonMapper json = new JsonMapper();
    String deep = "{\"a\":".repeat(100) + "1" + "}".repeat(100);
    for (String extra :
        List.of(
            "{\"a\":\"\\u0000\"}",
            "{\"\\u0000\":1}",
            "{\"a\":\"\\ud800\"}",
            "{\"a\":\"" + "x".repeat(300_000) + "\"}",
            "{\"" + "k".repeat(300) + "\":1}",
            "{\"a\":1e999999}",
            deep,
            "[1]")) {
      assertThatThrownBy(() -> FileMetadata.NONE.withExtra(json.readTree(extra)))
          .as(extra.substring(0, Math.min(40, extra.length())))
          .isInstanceOf(CatalogException.class);
    }
    String kept = "{\"'; --\":{\"$.a\":[null,true,1.5,\"\\u0001\\\\\"]}}";
    register(offer("/data/kept", 99, FileMetadata.NONE.withExtra(json.readTree(kept))), MADISON);
    assertThat(catalog.find(LogicalName.parse("/data/kept")).orElseThrow().metadata().extra())
        .isEqualTo(json.readTree(kept));
  }
}
