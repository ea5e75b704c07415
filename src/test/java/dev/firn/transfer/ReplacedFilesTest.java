package dev.firn.transfer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.catalog.Catalog;
import dev.firn.catalog.CatalogFile;
import dev.firn.catalog.Cause;
import dev.firn.catalog.Replica;
import dev.firn.catalog.ReplicaChange;
import dev.firn.catalog.Verification;
import dev.firn.catalog.dataset.Dataset;
import dev.firn.catalog.dataset.Datasets;
import dev.firn.database.History;
import dev.firn.database.HistoryRecord;
import dev.firn.model.ReplicaState;
import dev.firn.model.SiteName;
import dev.firn.model.TransferState;
import dev.firn.transfer.deletion.ReapPolicy;
import dev.firn.transfer.deletion.Reaper;
import dev.firn.transfer.link.TransferScheduler;
import dev.firn.transfer.queue.Attempt;
import dev.firn.transfer.queue.Claim;
import dev.firn.transfer.queue.Older;
import dev.firn.transfer.queue.Subject;
import dev.firn.transfer.queue.Transfer;
import dev.firn.transfer.queue.TransferBook;
import dev.firn.transfer.queue.TransferBook.Holder;
import dev.firn.transfer.queue.TransferRequest;
import dev.firn.transfer.rule.CopyRequest;
import dev.firn.transfer.rule.CopyRequests;
import dev.firn.transfer.rule.NamePattern;
import dev.firn.transfer.rule.ReplicationRule.Wanted;
import dev.firn.transfer.site.Place;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What becomes of a mirror's copy when the hub has another content under the same name: two real
/// doors, a real database, and the engine between them.
class ReplacedFilesTest {
  private static final String PATH = "/data/exp/f";

  @TempDir Path directory;
  private World world;

  @BeforeEach
  void start() throws Exception {
    world = World.start(directory);
  }

  @AfterEach
  void stop() throws Exception {
    world.close();
  }

  /// A file of which nersc has a verified copy, by a rule that stays in force.
  private CatalogFile mirrored() throws Exception {
    CatalogFile first = world.put(PATH, 1000);
    world.rules.add(
        new Wanted(NamePattern.parse("/data/exp/**"), "", World.NERSC, false, 3), "operator");
    TransferEngine engine = world.engine("hub");
    world.await(() -> world.verifiedAt(PATH, "nersc"));
    engine.close();
    return first;
  }

  private Optional<Replica> copy(CatalogFile file, SiteName site) {
    return world.catalog.find(file.id()).orElseThrow().replicaAt(site);
  }

  /// The only transfer of a version of the file, when there is one.
  private Optional<Transfer> found(CatalogFile file) {
    return world.transfers.list(null, 0, 100).stream()
        .filter(t -> t.request().subject().equals(Subject.file(file.id())))
        .findFirst();
  }

  private Transfer transferOf(CatalogFile file) {
    return found(file).orElseThrow();
  }

  private Transfer ended(CatalogFile file) {
    world.await(() -> found(file).filter(Transfer::ended).isPresent());
    return transferOf(file);
  }

  private String explained(CatalogFile file) {
    return new Explanations(world.transfers, world.catalog, World.QUICK)
        .transfer(transferOf(file).id())
        .orElseThrow()
        .sentence();
  }

  private List<HistoryRecord> historyOfCopies(CatalogFile file) {
    return world.database.read(
        c -> History.of(c, List.of(Catalog.REPLICA), Long.toString(file.id()), 0, 100));
  }

  @Test
  void theNewVersionTakesThePlaceOfTheOldOneAtTheMirror() throws Exception {
    CatalogFile old = mirrored();
    CatalogFile now = world.replace(PATH, 1200);
    world.engine("hub");
    assertThat(ended(now).state()).isEqualTo(TransferState.DONE);
    assertThat(world.bytesAt(world.nersc, PATH)).isEqualTo(world.bytesAt(world.madison, PATH));
    assertThat(copy(now, World.NERSC).orElseThrow().verified()).isNotNull();
    assertThat(copy(old, World.NERSC)).isEmpty();
    assertThat(historyOfCopies(old).getFirst().entry())
        .satisfies(e -> assertThat(e.from()).isEqualTo("suspect"))
        .satisfies(e -> assertThat(e.to()).isNull())
        .satisfies(e -> assertThat(e.why()).contains("replaced it with file " + now.id()));
    assertThat(explained(now)).contains("in place of file " + old.id());
    List<CopyRequest> asked = world.database.read(c -> CopyRequests.ofFile(c, old.id()));
    assertThat(asked).extracting(CopyRequest::state).containsExactly(CopyRequest.State.CANCELLED);
  }

  @Test
  void otherBytesThanThoseOfTheOldVersionStay() throws Exception {
    CatalogFile old = mirrored();
    byte[] foreign = new byte[1000];
    world.store(world.nersc, PATH, foreign);
    CatalogFile now = world.replace(PATH, 1200);
    world.engine("hub");
    assertThat(ended(now).lastError().failureClass()).isEqualTo("occupied");
    assertThat(world.bytesAt(world.nersc, PATH)).isEqualTo(foreign);
    assertThat(copy(old, World.NERSC)).isPresent();
  }

  @Test
  void theLastCopyOfAVersionThatADatasetHasIsKeptUntilThereIsAnother() throws Exception {
    CatalogFile old = mirrored();
    Datasets datasets = new Datasets(world.database, world.catalog);
    Cause cause = new Cause("physicist", "to be cited");
    datasets.create("paper", Dataset.Kind.SET, null, "", cause);
    datasets.add("paper", List.of(old.name()), cause);
    byte[] before = world.bytesAt(world.nersc, PATH);
    CatalogFile now = world.replace(PATH, 1200);
    world.engine("hub");
    world.await(
        () -> found(now).filter(t -> t.lastError().failureClass().equals("kept")).isPresent());
    assertThat(explained(now)).contains("dataset paper has it as a member");
    assertThat(world.bytesAt(world.nersc, PATH)).isEqualTo(before);
    assertThat(copy(old, World.NERSC).orElseThrow().state()).isEqualTo(ReplicaState.AVAILABLE);
    world.database.inTransaction(c -> {
      SiteName tacc = new SiteName("tacc");
      world.catalog.setReplica(
          c, ReplicaChange.to(old.id(), tacc, ReplicaState.AVAILABLE), "test", "brought there");
      return world.catalog.verify(
          c,
          new Verification(old.id(), tacc, old.size(), old.checksums(), "read back", Instant.now()),
          "test");
    });
    assertThat(ended(now).state()).isEqualTo(TransferState.DONE);
    assertThat(copy(old, World.NERSC)).isEmpty();
  }

  @Test
  void aHubThatDiesBeforeItOverwritesLeavesNoCopyThatIsReliedOn() throws Exception {
    CatalogFile old = mirrored();
    CatalogFile now = world.replace(PATH, 1200);
    TransferBook book = World.book(world.database, world.catalog, world.sites, World.QUICK.links());
    book.queue(
        TransferRequest.of(
            Subject.file(now.id()),
            new Place(World.MADISON, now.name()),
            new Place(World.NERSC, now.name()),
            now.size(),
            now.checksums()),
        "test",
        "asked");
    Claim dead =
        book.claim(new Holder("dead", Duration.ofMillis(100)), 1, new TransferScheduler()::plan)
            .getFirst();
    List<Older> there = book.older(dead);
    assertThat(there).extracting(Older::fileId).containsExactly(old.id());
    assertThat(book.letGo(dead, there)).isEmpty();
    assertThat(copy(old, World.NERSC).orElseThrow().state()).isEqualTo(ReplicaState.SUSPECT);
    world.engine("alive");
    assertThat(ended(now).state()).isEqualTo(TransferState.DONE);
    assertThat(world.transfers.attempts(transferOf(now).id(), 10))
        .extracting(Attempt::failureClass)
        .doesNotContain("checksum", "occupied");
    assertThat(copy(old, World.NERSC)).isEmpty();
    assertThat(book.letGo(dead, there)).as("a claim that was lost").isPresent();
  }

  @Test
  void theReaperLeavesAPlaceAloneThatANewVersionGoesTo() throws Exception {
    CatalogFile old = mirrored();
    world.rules.list().forEach(r -> world.rules.remove(r.id(), "operator"));
    TransferEngine engine = world.engine("hub");
    world.await(() ->
        world.database.read(c -> CopyRequests.ofFile(c, old.id())).stream()
            .allMatch(r -> r.state() == CopyRequest.State.CANCELLED));
    engine.close();
    world.database.inTransaction(c ->
        world.catalog.verify(
            c,
            new Verification(
                old.id(), World.MADISON, old.size(), old.checksums(), "read back", Instant.now()),
            "test"));
    Reaper reaper = world.reaper();
    reaper.set(
        World.NERSC, new ReapPolicy(true, Duration.ZERO, 1, 0, 0.9, 0.8, 10, 10_000), "operator");
    assertThat(reaper.pass(World.NERSC, true).files()).isEqualTo(1);
    world.database.inTransaction(c -> {
      world.catalog.supersede(c, old.id(), new Cause("test", "replaced"));
      return 0;
    });
    CatalogFile now = world.put(PATH, 1200);
    world.transfers.queue(
        TransferRequest.of(
            Subject.file(now.id()),
            new Place(World.MADISON, now.name()),
            new Place(World.NERSC, now.name()),
            now.size(),
            now.checksums()),
        "test",
        "asked");
    assertThat(reaper.pass(World.NERSC, false).files()).isZero();
  }
}
