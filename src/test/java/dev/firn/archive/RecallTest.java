package dev.firn.archive;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.Hands;
import dev.firn.archive.recall.RecallEngine;
import dev.firn.archive.recall.RecallOrder;
import dev.firn.archive.recall.RecallOrders;
import dev.firn.archive.recall.RecallOrders.Mapping;
import dev.firn.archive.recall.RecallOrders.Wanted;
import dev.firn.archive.recall.RecallRoutes;
import dev.firn.archive.takeover.OldBundles;
import dev.firn.archive.takeover.Takeover;
import dev.firn.archive.tape.LibraryDesk;
import dev.firn.archive.tape.Locality;
import dev.firn.archive.tape.NearlineArea;
import dev.firn.archive.tape.Staging;
import dev.firn.archive.tape.TapeClient;
import dev.firn.archive.tape.TapeLibrary;
import dev.firn.archive.tape.TapeRoutes;
import dev.firn.catalog.CatalogFile;
import dev.firn.catalog.FileQuery;
import dev.firn.catalog.ReplicaChange;
import dev.firn.door.Door;
import dev.firn.door.TestSite;
import dev.firn.door.TestTokens;
import dev.firn.door.admission.Admission;
import dev.firn.model.LogicalName;
import dev.firn.model.ReplicaState;
import dev.firn.storage.PublishMode;
import dev.firn.storage.ReadChannel;
import dev.firn.storage.StageOptions;
import dev.firn.storage.StorageArea;
import dev.firn.token.ServedRoutes;
import dev.firn.transfer.execution.TransferTokens;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Recalls from an archive on tape: real database, real doors, the tape REST API between them, and
/// a simulated library whose clock is turned by hand.
class RecallTest {
  private static final Duration STAY = Duration.ofMinutes(10);
  @TempDir Path directory;
  private final Hands clock = new Hands();

  /// 250 kB a tape: two bundles of 100 kB each.
  private final TapeLibrary library =
      new TapeLibrary(
          new TapeLibrary.Make(
              1, 250_000, Duration.ofSeconds(90), Duration.ofSeconds(100), 1_000_000, STAY),
          clock);

  private ArchiveWorld world;
  private RecallOrders orders;
  private RecallEngine engine;
  private final List<CatalogFile> files = new ArrayList<>();

  @BeforeEach
  void start() throws Exception {
    TestSite.Options options = new TestSite.Options();
    options.wrapper = area -> nearline(area);
    options.routes =
        router ->
            new TapeRoutes(
                    "nersc",
                    () -> world.nersc.secure(""),
                    new LibraryDesk(library, clock, UUID::randomUUID),
                    new Door.Access(ArchiveApi.anybody(), ArchiveApi.OPEN),
                    new Admission(8, List.of(), Clock.systemUTC()))
                .addTo(router);
    world = new ArchiveWorld(directory, options, true);
    Archivist archivist = world.archivist();
    for (int i = 0; i < 16; i++) {
      files.add(world.put("01%02d/f%d.tar.gz".formatted(i / 4, i), 24_000 + i));
    }
    archivist.collect(true);
    world.settle(archivist);
    for (Bundle bundle : archivist.list(10)) {
      assertThat(bundle.state()).isEqualTo(BundleState.VERIFIED);
    }
    clock.turn(STAY.plusSeconds(1));
    forgetOnlineCopies();
    orders =
        new RecallOrders(
            world.database, world.catalog, archivist.recall(), ArchiveWorld.HUB, UUID::randomUUID);
    engine = engine(archivist);
  }

  private RecallEngine engine(Archivist archivist) {
    Staging staging =
        new Staging(world.database, new TapeClient(world.http, TransferTokens.NONE), Duration.ZERO);
    return new RecallEngine(
        new RecallEngine.Means(
            world.database,
            world.catalog,
            world.area,
            world.sites,
            archivist.recall(),
            staging,
            ArchiveWorld.HUB),
        "recaller",
        Duration.ofMinutes(1));
  }

  private NearlineArea nearline(StorageArea area) {
    try {
      return NearlineArea.over(area, library, clock);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @AfterEach
  void stop() throws IOException {
    world.close();
  }

  private void forgetOnlineCopies() throws IOException {
    for (CatalogFile file : files) {
      world.area.delete(file.name(), false);
      world.database.inTransaction(c -> {
        world.catalog.setReplica(
            c,
            ReplicaChange.to(file.id(), ArchiveWorld.HUB, ReplicaState.DELETING),
            "test",
            "space");
        world.catalog.setReplica(
            c, ReplicaChange.gone(file.id(), ArchiveWorld.HUB), "test", "space");
        return true;
      });
    }
  }

  private RecallOrder order(Wanted wanted) {
    return orders.add(wanted, "physicist", (name, target) -> {}).orElseThrow();
  }

  private static Wanted all() {
    return new Wanted(
        List.of(), FileQuery.parse("name ~ " + ArchiveWorld.RAW + "/**"), null, 3, false);
  }

  private static Wanted single(CatalogFile file) {
    return new Wanted(List.of(file.name()), null, null, 3, false);
  }

  private RecallOrder settle(RecallOrder order) {
    for (int i = 0; i < 100 && !orders.find(order.id()).orElseThrow().ended(); i++) {
      if (!engine.step()) {
        clock.turn(Duration.ofSeconds(20));
      }
    }
    return orders.find(order.id()).orElseThrow();
  }

  private byte[] bytes(LogicalName name) throws IOException {
    try (ReadChannel file = world.area.open(name)) {
      ByteBuffer all = ByteBuffer.allocate((int) file.object().size());
      while (all.hasRemaining() && file.read(all, all.position()) >= 0) {
        // on
      }
      return all.array();
    }
  }

  private static byte[] content(CatalogFile file) {
    String name = file.name().toString().substring(ArchiveWorld.RAW.toString().length() + 1);
    return ArchiveWorld.content(name, (int) file.size());
  }

  @Test
  void custodyOnTheSitesWordReadsNothingFromTapeAndWaitsUntilTheBundleIsThere() throws Exception {
    Archivist archivist =
        world.archivist(
            world
                .config()
                .withCare(ArchiveCare.USUAL.withCustody(ArchiveCare.Custody.DIGEST), Map.of()));
    CatalogFile file = world.put("0199/new.tar.gz", 5000);
    archivist.collect(true);
    archivist.step();
    archivist.step();
    world.deliver();
    Bundle bundle =
        archivist.list(10).stream().filter(b -> b.memberBytes() == 5000).findFirst().orElseThrow();
    int tape = library.place(bundle.name()).orElseThrow().tape();
    library.lose(tape); // it is on disk only
    for (int i = 0; i < 2; i++) {
      world.sql("UPDATE bundle SET not_before = '-infinity'");
      archivist.step();
    }
    assertThat(archivist.find(bundle.uuid()).orElseThrow().state())
        .isEqualTo(BundleState.VERIFYING);
    assertThat(archivist.find(bundle.uuid()).orElseThrow().reason()).contains("on tape");

    library.removed(bundle.name());
    library.stored(LogicalName.parse("/data/filler"), 1L << 50, clock.instant()); // a new tape
    library.stored(bundle.name(), bundle.size(), clock.instant().minus(STAY).minusSeconds(1));
    long mounts = library.work().mounts();
    world.settle(archivist);
    assertThat(archivist.find(bundle.uuid()).orElseThrow().state()).isEqualTo(BundleState.VERIFIED);
    assertThat(world.replica(file, ArchiveWorld.NERSC).verifiedHow()).contains("site's digest");
    assertThat(library.work().mounts()).isEqualTo(mounts);
  }

  @Test
  void everyTapeIsMountedOnceForAllThatIsWanted() throws Exception {
    RecallOrder order = order(all());
    RecallOrder ended = settle(order);
    assertThat(ended.files()).isEqualTo(new RecallOrder.Counts(0, 16, 0, 0));
    for (CatalogFile file : files) {
      assertThat(bytes(file.name())).isEqualTo(content(file));
      assertThat(world.replica(file, ArchiveWorld.HUB).state()).isEqualTo(ReplicaState.AVAILABLE);
    }
    assertThat(library.work().mounts()).as("four bundles on two tapes").isEqualTo(2);
    assertThat(library.work().reads()).isEqualTo(4);
    assertThat(world.count("SELECT count(*) FROM staging")).as("all were released").isZero();
  }

  @Test
  void filesGoWhereTheMappingSaysAndReplaceNothingUnasked() throws Exception {
    LogicalName to = LogicalName.parse("/data/user/me");
    LogicalName occupied = to.resolve(files.getFirst().name().below(ArchiveWorld.RAW));
    try (var staged = world.area.stage(occupied, StageOptions.DEFAULT)) {
      staged.write(ByteBuffer.wrap(new byte[] {1, 2, 3}));
      staged.publish(PublishMode.CREATE_NEW, staged.finish());
    }
    Mapping mapping = new Mapping(ArchiveWorld.RAW, to);
    FileQuery query = FileQuery.parse("name ~ " + ArchiveWorld.RAW + "/0100/*");
    RecallOrder ended = settle(order(new Wanted(List.of(), query, mapping, 3, false)));
    assertThat(ended.files()).isEqualTo(new RecallOrder.Counts(0, 3, 1, 0));
    assertThat(bytes(occupied)).containsExactly(1, 2, 3);
    RecallOrder replaced = settle(order(new Wanted(List.of(), query, mapping, 3, true)));
    assertThat(replaced.files()).isEqualTo(new RecallOrder.Counts(0, 4, 0, 0));
    assertThat(bytes(occupied)).isEqualTo(content(files.getFirst()));
  }

  @Test
  void wrongBytesReplaceNothingAndTheCopyIsSuspect() throws Exception {
    CatalogFile file = files.get(5);
    LogicalName to = LogicalName.parse("/data/user/kept");
    Mapping mapping = new Mapping(file.name().parent(), to);
    LogicalName target = mapping.to().child(file.name().segments().getLast());
    try (var staged = world.area.stage(target, StageOptions.DEFAULT)) {
      staged.write(ByteBuffer.wrap(new byte[] {1, 2, 3}));
      staged.publish(PublishMode.CREATE_NEW, staged.finish());
    }
    UUID uuid = world.replica(file, ArchiveWorld.NERSC).bundle();
    Archivist archivist = world.archivist();
    Bundle bundle = archivist.find(uuid).orElseThrow();
    byte[] archived = Files.readAllBytes(world.archived(bundle));
    archived[(int) archivist.recall().find(file.name()).orElseThrow().offset() + 9] ^= 4;
    Files.write(world.archived(bundle), archived);

    RecallOrder ended = settle(order(new Wanted(List.of(file.name()), null, mapping, 3, true)));
    assertThat(ended.files()).isEqualTo(new RecallOrder.Counts(0, 0, 1, 0));
    assertThat(bytes(target)).containsExactly(1, 2, 3);
    assertThat(world.replica(file, ArchiveWorld.NERSC).state()).isEqualTo(ReplicaState.SUSPECT);
  }

  @Test
  void aLostTapeFailsWithItsReason() {
    CatalogFile file = files.getFirst();
    UUID uuid = world.replica(file, ArchiveWorld.NERSC).bundle();
    LogicalName bundle = world.archivist().find(uuid).orElseThrow().name();
    library.lose(library.place(bundle).orElseThrow().tape());
    RecallOrder ended = settle(order(single(file)));
    assertThat(ended.files()).isEqualTo(new RecallOrder.Counts(0, 0, 1, 0));
    assertThat(world.count("SELECT count(*) FROM recall_file WHERE reason LIKE '%is lost%'"))
        .isEqualTo(1);
  }

  @Test
  void aHubThatStartsAgainAsksAfterItsOrdersAndDoesNotOrderTwice() throws Exception {
    RecallOrder order = order(single(files.getFirst()));
    assertThat(engine.step()).isFalse();
    String first = request();
    engine = engine(world.archivist());
    RecallOrder ended = settle(order);
    assertThat(ended.files().done()).isEqualTo(1);
    assertThat(first).isNotEmpty();
    assertThat(library.work().reads()).isEqualTo(1);
  }

  private String request() {
    return world.database.read(c -> {
      try (var s = c.createStatement();
          var row = s.executeQuery("SELECT request FROM staging")) {
        return row.next() ? row.getString(1) : "";
      }
    });
  }

  @Test
  void anAuditBringsABundleFromTapeReadsItAndLetsItGo() {
    Archivist archivist = world.archivist();
    Bundle bundle = archivist.list(1).getFirst();
    Fixity.Result first = archivist.fixity().check(bundle.uuid(), bytes -> {});
    assertThat(first.verdict()).isEqualTo("on-tape");
    assertThat(world.count("SELECT count(*) FROM audit WHERE kind = 'fixity'")).isZero();
    clock.turn(Duration.ofMinutes(5));
    assertThat(archivist.fixity().check(bundle.uuid(), bytes -> {}).verdict()).isEqualTo("agrees");
    assertThat(library.work().reads()).isEqualTo(1);
    assertThat(library.locality(bundle.name())).isEqualTo(Locality.TAPE);
  }

  @Test
  void anAuditOfWhatTheTapeLostEndsAndSaysSo() {
    Archivist archivist = world.archivist();
    Bundle bundle = archivist.list(1).getFirst();
    library.lose(library.place(bundle.name()).orElseThrow().tape());
    Fixity.Result result = archivist.fixity().check(bundle.uuid(), bytes -> {});
    assertThat(result.onTape()).as("the first question orders it").isTrue();
    result = archivist.fixity().check(bundle.uuid(), bytes -> {});
    assertThat(result.verdict()).isEqualTo("unreadable");
    assertThat(result.detail()).contains("is lost");
  }

  @Test
  void aSingleFileIsOrderedFromTapeAndComesWhenItIsAskedForAgain() throws Exception {
    CatalogFile file = files.get(3);
    comesWhenItIsAskedForAgain(file.name(), content(file));
  }

  private void comesWhenItIsAskedForAgain(LogicalName name, byte[] content) throws Exception {
    Path target = directory.resolve("back");
    try (ArchiveApi api = ArchiveApi.start(directory, world.archivist())) {
      ArchiveApi.Result early = api.archive("recall", name.toString(), "-o", target.toString());
      assertThat(early.err()).contains("409 on-tape");
      clock.turn(Duration.ofMinutes(5));
      ArchiveApi.Result later = api.archive("recall", name.toString(), "-o", target.toString());
      assertThat(later.status()).as(later.err()).isZero();
    }
    assertThat(Files.readAllBytes(target)).isEqualTo(content);
  }

  @Test
  void aFileInABundleThatOthersPackedComesFromTapeLikeAnyOther() throws Exception {
    LogicalName name = LogicalName.parse("/data/exp/IceCube/2014/old.tar.gz");
    byte[] bytes = ArchiveWorld.content("old", 5000);
    byte[] zip = OldBundles.zip(Map.of(name.toString().substring(1), bytes));
    LogicalName bundle = LogicalName.parse("/data/archive/old/old.zip");
    Path planted = world.nersc.files.resolve("archive/old/old.zip");
    Files.createDirectories(planted.getParent());
    Files.write(planted, zip);
    library.stored(bundle, zip.length, clock.instant());
    world
        .takeover()
        .run(new Takeover.Order(ArchiveWorld.NERSC, bundle.parent(), Map.of()), "test", p -> {});
    clock.turn(STAY.plusSeconds(1));
    comesWhenItIsAskedForAgain(name, bytes);
  }

  @Test
  void bundlesOnTapeAreOrderedTogetherAndReadAsTheyComeWhenTheyAreTakenOver() throws Exception {
    LogicalName folder = LogicalName.parse("/data/archive/old");
    List<LogicalName> bundles = new ArrayList<>();
    for (String name : List.of("a", "b", "c", "lost")) {
      byte[] content = ArchiveWorld.content(name, name.equals("lost") ? 240_000 : 5000);
      byte[] zip = OldBundles.zip(Map.of("data/exp/IceCube/2014/" + name + ".tar.gz", content));
      LogicalName bundle = folder.child(name + ".zip");
      Path planted = world.nersc.files.resolve("archive/old/" + name + ".zip");
      Files.createDirectories(planted.getParent());
      Files.write(planted, zip);
      library.stored(bundle, zip.length, clock.instant());
      bundles.add(bundle);
    }
    clock.turn(STAY.plusSeconds(1));
    int tape = library.place(bundles.getFirst()).orElseThrow().tape();
    int other = library.place(bundles.getLast()).orElseThrow().tape();
    assertThat(other).isNotEqualTo(tape);
    library.lose(other);
    TapeLibrary.Work before = library.work();

    List<Long> waiting = new ArrayList<>();
    Takeover.Progress progress =
        world
            .takeover()
            .run(
                new Takeover.Order(ArchiveWorld.NERSC, folder, Map.of()),
                "test",
                p -> {
                  waiting.add(p.waiting());
                  clock.turn(Duration.ofSeconds(30));
                });
    assertThat(waiting).contains(4L).endsWith(0L);
    assertThat(progress.whole()).isTrue();
    assertThat(progress.members()).isEqualTo(3);
    String found = "SELECT count(*) FROM archive_finding WHERE kind = 'unreadable-bundle'";
    assertThat(world.count(found + " AND bundle = '" + bundles.getLast() + "'")).isOne();
    assertThat(library.work().mounts() - before.mounts()).isOne();
    assertThat(library.work().reads() - before.reads()).isEqualTo(3);
    assertThat(world.count("SELECT count(*) FROM staging")).as("let go of").isZero();
  }

  @Test
  void anOrderIsGivenUpByATokenThatMayReadItsFiles() throws Exception {
    RecallOrder order = orders.add(all(), "alice", (name, target) -> {}).orElseThrow();
    TestTokens tokens = new TestTokens();
    Door.Access access = tokens.access();
    String path = "/api/v1/recalls/" + order.id() + "/cancel";
    try (ServedRoutes served =
        ServedRoutes.of(
            access.authenticator(),
            access.policy(),
            (router, authenticator, policy) ->
                new RecallRoutes(orders, authenticator, policy).addTo(router))) {
      List<Integer> answers = new ArrayList<>();
      for (String scopes : List.of("openid", "storage.read:/data/other", "storage.read:/data")) {
        HttpRequest.Builder request =
            served.to(path).header("Authorization", "Bearer " + tokens.token(scopes));
        request.POST(HttpRequest.BodyPublishers.noBody());
        answers.add(served.send(request).statusCode());
      }
      assertThat(answers).containsExactly(403, 403, 200);
    }
    assertThat(orders.find(order.id()).orElseThrow().ended()).isTrue();
  }

  @Test
  void anEmptyOrderIsNoneAndWhatIsHereIsNotReadAgain() {
    FileQuery nothing = FileQuery.parse("name ~ /data/nothing/**");
    assertThat(
            orders.add(new Wanted(List.of(), nothing, null, 3, false), "me", (name, target) -> {}))
        .isEmpty();
    settle(order(single(files.getFirst())));
    long reads = library.work().reads();
    RecallOrders.Estimate estimate = orders.estimate(all(), (name, target) -> {});
    assertThat(estimate.present()).isEqualTo(1);
    assertThat(estimate.files()).isEqualTo(15);
    assertThat(estimate.bundles()).isEqualTo(4);
    assertThat(library.work().reads()).isEqualTo(reads);
  }

  @Test
  void whatIsCancelledDoesNotCome() throws Exception {
    RecallOrder order = order(all());
    assertThat(engine.step()).isFalse();
    assertThat(orders.cancel(order.id(), null, "physicist")).isEqualTo(16);
    clock.turn(Duration.ofHours(1));
    assertThat(engine.step()).isFalse();
    assertThat(world.area.find(files.getFirst().name())).isEmpty();
  }
}
