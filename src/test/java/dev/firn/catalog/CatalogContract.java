package dev.firn.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.firn.catalog.RegisterOutcome.AlreadyThere;
import dev.firn.catalog.RegisterOutcome.Conflict;
import dev.firn.catalog.RegisterOutcome.Registered;
import dev.firn.database.Database;
import dev.firn.database.HistoryRecord;
import dev.firn.database.TestDatabase;
import dev.firn.model.Checksum;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.Checksums;
import dev.firn.model.LogicalName;
import dev.firn.model.ReplicaState;
import dev.firn.model.SiteName;
import java.time.Instant;
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
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

/// What the catalog promises, on whatever PostgreSQL it stands on.
abstract class CatalogContract {
  static final SiteName MADISON = new SiteName("madison");
  static final SiteName DESY = new SiteName("desy");
  static final String ME = "tester";
  static final String WHY = "to see";
  private static final Instant NOW = Instant.parse("2026-11-23T06:00:00Z");

  private TestDatabase test;
  Database database;
  Catalog catalog;

  abstract TestDatabase createDatabase();

  @BeforeEach
  void open() {
    test = createDatabase();
    database = test.database();
    catalog = new Catalog(database);
  }

  @AfterEach
  void close() {
    test.close();
  }

  static NewFile offer(String name, int content) {
    return offer(name, content, FileMetadata.NONE);
  }

  static NewFile offer(String name, int content, FileMetadata metadata) {
    return new NewFile(LogicalName.parse(name), 1000 + content, sums(content), metadata);
  }

  static Checksums sums(int content) {
    byte[] sha512 = new byte[64];
    new Random(content).nextBytes(sha512);
    return Checksums.of(
        Checksum.of(ChecksumAlgorithm.SHA512, sha512),
        Checksum.of(ChecksumAlgorithm.ADLER32, content));
  }

  RegisterOutcome register(NewFile file, SiteName site) {
    return catalog.register(file, site, file.name(), ME, WHY);
  }

  CatalogFile registered(String name, int content) {
    return ((Registered) register(offer(name, content), MADISON)).file();
  }

  VerifyOutcome verify(long file, SiteName site, long size, Checksums found) {
    return database.inTransaction(
        c -> catalog.verify(c, new Verification(file, site, size, found, "read back", NOW), ME));
  }

  void set(ReplicaChange change) {
    database.inTransaction(c -> {
      catalog.setReplica(c, change, ME, WHY);
      return true;
    });
  }

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
