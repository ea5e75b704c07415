package dev.firn.transfer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.database.History;
import dev.firn.http.HttpFetcher;
import dev.firn.model.LogicalName;
import dev.firn.model.ReplicaState;
import dev.firn.model.SiteName;
import dev.firn.model.TransferState;
import dev.firn.transfer.deletion.ReapPolicy;
import dev.firn.transfer.deletion.Reaper;
import dev.firn.transfer.queue.Attempt;
import dev.firn.transfer.queue.Claim;
import dev.firn.transfer.queue.FailureClass;
import dev.firn.transfer.queue.Outcome;
import dev.firn.transfer.queue.Settlement;
import dev.firn.transfer.queue.Transfer;
import dev.firn.transfer.queue.TransferBook.Settled;
import dev.firn.transfer.queue.TransferRequest;
import dev.firn.transfer.rule.CopyRequest;
import dev.firn.transfer.rule.CopyRequests;
import dev.firn.transfer.rule.NamePattern;
import dev.firn.transfer.rule.ReplicationRule.Wanted;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Two real doors, a real database, and the engine between them.
class TransferEngineTest {
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

  private static Wanted wanted(String pattern, String site, boolean bundled) {
    return new Wanted(NamePattern.parse(pattern), "", new SiteName(site), bundled, 3);
  }

  @Test
  void aRuleBringsFilesThatWereThereAndThoseThatComeLater() throws Exception {
    world.put("/data/exp/early", 300_000);
    world.put("/data/other/elsewhere", 10);
    world.rules.add(wanted("/data/exp/**", "nersc", false), "operator");
    world.engine("hub");
    world.await(() -> world.verifiedAt("/data/exp/early", "nersc"));
    world.put("/data/exp/late", 0);
    world.await(() -> world.verifiedAt("/data/exp/late", "nersc"));
    assertThat(world.replica("/data/other/elsewhere", "nersc")).isEmpty();
    // Word for word the same: the catalog keeps each wording once, and not very many.
    assertThat(world.replica("/data/exp/early", "nersc").orElseThrow().verifiedHow())
        .contains("digest after a transfer")
        .contains("adler32")
        .isEqualTo(world.replica("/data/exp/late", "nersc").orElseThrow().verifiedHow());
    assertThat(world.transfers.list(TransferState.DONE, 0, 10)).hasSize(2);
    world.assertPromises();
  }

  @Test
  void aReleasedCopyIsDeletedAtItsDoorAndNowhereElse() throws Exception {
    world.put("/data/exp/f", 1000);
    var rule = world.rules.add(wanted("/data/exp/**", "nersc", false), "operator").rule();
    world.engine("hub");
    world.await(() -> world.verifiedAt("/data/exp/f", "nersc"));
    Reaper reaper = world.reaper();
    reaper.set(
        World.NERSC, new ReapPolicy(true, Duration.ZERO, 1, 0, 0.9, 0.8, 10, 10_000), "operator");
    world.rules.remove(rule.id(), "operator");
    world.await(() -> {
      reaper.pass(World.NERSC, false);
      reaper.carryOut();
      return world.replica("/data/exp/f", "nersc").isEmpty();
    });
    assertThat(world.find(world.nersc, "/data/exp/f")).isEmpty();
    assertThat(world.find(world.madison, "/data/exp/f")).isPresent();
    assertThat(world.replica("/data/exp/f", "madison").orElseThrow().verifiedHow())
        .contains("digest");
  }

  @Test
  void aBundledCopyWaitsForTheArchiveAndFollowsItsBundle() throws Exception {
    world.put("/data/exp/f", 10);
    world.rules.add(wanted("/data/exp/**", "nersc", true), "operator");
    world.engine("hub");
    SiteName nersc = new SiteName("nersc");
    world.await(() -> world.database.read(CopyRequests::sitesWaiting).equals(List.of(nersc)));
    UUID bundle = UUID.randomUUID();
    world.database.inTransaction(c -> {
      List<CopyRequest> open = CopyRequests.lockOpen(c, nersc, new SiteName("madison"), 10);
      assertThat(open).hasSize(1);
      return CopyRequests.assign(c, open.stream().map(CopyRequest::id).toList(), bundle, "archive");
    });
    world.database.inTransaction(
        c -> CopyRequests.bundleDone(c, bundle, "archive", "verified by reading back"));
    List<CopyRequest> requests = world.database.read(c -> CopyRequests.ofBundle(c, bundle));
    assertThat(requests).extracting(CopyRequest::state).containsExactly(CopyRequest.State.DONE);
    assertThat(world.transfers.list(null, 0, 10)).isEmpty();
  }

  @Test
  void aBundleIsMovedWithoutTheCatalog() throws Exception {
    TransferRequest request = world.bundleRequest("/data/archive/nersc/b.zip", 1_000_000);
    world.engine("hub");
    long id = world.transfers.queue(request, "archive", "bundle closed");
    assertThat(world.ended(id).state()).isEqualTo(TransferState.DONE);
    world.assertPromises();
  }

  @Test
  void aDestinationThatCannotPullIsPushedTo() throws Exception {
    world.close();
    world = World.startPushing(directory.resolve("pushing"));
    TransferRequest request = world.bundleRequest("/data/archive/nersc/b.zip", 1_000_000);
    world.engine("hub");
    long id = world.transfers.queue(request, "archive", "bundle closed");
    assertThat(world.ended(id).state()).isEqualTo(TransferState.DONE);
    assertThat(world.transfers.attempts(id, 10))
        .extracting(Attempt::action)
        .containsExactly("push");
    world.assertPromises();
  }

  @Test
  void aFileThatIsAtTheDestinationAlreadyIsDone() throws Exception {
    TransferRequest request = world.bundleRequest("/data/archive/nersc/b.zip", 1000);
    world.store(world.nersc, "/data/archive/nersc/b.zip", world.bytesOf(request));
    world.engine("hub");
    long id = world.transfers.queue(request, "archive", "bundle closed");
    assertThat(world.ended(id).state()).isEqualTo(TransferState.DONE);
    world.assertPromises();
  }

  @Test
  void anotherFileAtTheDestinationIsNeverOverwritten() throws Exception {
    TransferRequest request = world.bundleRequest("/data/archive/nersc/b.zip", 1000);
    byte[] other = new byte[500];
    world.store(world.nersc, "/data/archive/nersc/b.zip", other);
    world.engine("hub");
    long id = world.transfers.queue(request, "archive", "bundle closed");
    Transfer failed = world.ended(id);
    assertThat(failed.state()).isEqualTo(TransferState.FAILED);
    assertThat(failed.lastError().failureClass()).isEqualTo("occupied");
    assertThat(world.bytesAt(world.nersc, "/data/archive/nersc/b.zip")).isEqualTo(other);
  }

  @Test
  void aMissingSourceFailsAndIsSuspected() throws Exception {
    world.put("/data/exp/f", 1000);
    world.madison.area.delete(LogicalName.parse("/data/exp/f"), false);
    world.rules.add(wanted("/data/exp/**", "nersc", false), "operator");
    world.engine("hub");
    world.await(() -> !world.transfers.list(TransferState.FAILED, 0, 10).isEmpty());
    assertThat(world.transfers.list(TransferState.FAILED, 0, 10).getFirst().lastError())
        .extracting(Transfer.LastError::failureClass)
        .isEqualTo("source");
    assertThat(world.replica("/data/exp/f", "madison").orElseThrow().state())
        .isEqualTo(ReplicaState.SUSPECT);
    assertThat(world.replica("/data/exp/f", "nersc")).isEmpty();
  }

  @Test
  void aStoppedEngineHandsItsTransfersBackAndAnotherFinishesThem() throws Exception {
    world.gate.hold();
    TransferRequest request = world.bundleRequest("/data/archive/nersc/b.zip", 3_000_000);
    TransferEngine first = world.engine("first");
    long id = world.transfers.queue(request, "archive", "bundle closed");
    world.await(() -> world.state(id) == TransferState.ACTIVE && world.gate.held() > 0);
    first.close();
    world.gate.release();
    world.engine("second");
    assertThat(world.ended(id).state()).isEqualTo(TransferState.DONE);
    world.assertPromises();
  }

  @Test
  void aDeadWorkersTransferIsFinishedByAnotherAndOnlyOnce() throws Exception {
    TransferRequest request = world.bundleRequest("/data/archive/nersc/b.zip", 1000);
    long id = world.transfers.queue(request, "archive", "bundle closed");
    // What a killed process leaves behind: a claim whose lease nobody extends.
    Claim dead =
        world
            .database
            .inTransaction(c ->
                world.transfers.store().claimQueued(c, "dead", Duration.ofMillis(100), List.of(id)))
            .getFirst();
    world.engine("alive");
    assertThat(world.ended(id).state()).isEqualTo(TransferState.DONE);
    boolean counted =
        world.database.inTransaction(c ->
            world
                .transfers
                .store()
                .settle(
                    c,
                    List.of(
                        new Settled(
                            dead,
                            new Outcome(
                                new Settlement.Failed(
                                    new Settlement.Trouble(FailureClass.REMOTE, "late")),
                                new Outcome.Account("pull", 0, true),
                                Set.of()))))
                .getFirst());
    assertThat(counted).isFalse();
    assertThat(world.state(id)).isEqualTo(TransferState.DONE);
    world.assertPromises();
  }

  /// Which copies were asked for, and which of their answers are listened to no longer.
  private static final class Listening implements HttpFetcher {
    final List<AtomicBoolean> given = new CopyOnWriteArrayList<>();
    private final HttpFetcher http;

    Listening(HttpFetcher http) {
      this.http = http;
    }

    @Override
    public Response send(Request request) throws IOException {
      Response response = http.send(request);
      if (!request.method().equals("COPY")) {
        return response;
      }
      AtomicBoolean closed = new AtomicBoolean();
      given.add(closed);
      return (Response)
          Proxy.newProxyInstance(
              Response.class.getClassLoader(),
              new Class<?>[] {Response.class},
              (proxy, method, arguments) -> {
                if (method.getName().equals("close")) {
                  closed.set(true);
                }
                try {
                  return method.invoke(response, arguments);
                } catch (InvocationTargetException e) {
                  throw e.getCause();
                }
              });
    }

    @Override
    public void close() {
      http.close();
    }
  }

  @Test
  void aCopyWhoseLeaseEndedIsGivenUpAlsoWhenTheSameHubHasTheTransferAgain() throws Exception {
    world.gate.hold();
    TransferRequest request = world.bundleRequest("/data/archive/nersc/b.zip", 3_000_000);
    Listening listening = new Listening(world.http);
    world.engine("hub", listening);
    long id = world.transfers.queue(request, "archive", "bundle closed");
    world.await(() -> world.state(id) == TransferState.ACTIVE && world.gate.held() > 0);
    world.database.inTransaction(c -> {
      try (Statement statement = c.createStatement()) {
        statement.executeUpdate("UPDATE transfer SET lease_until = now() - interval '1 second'");
      }
      return world.transfers.store().expire(c);
    });
    world.database.wake(History.CHANNEL);
    world.await(() -> listening.given.size() > 1);
    assertThat(listening.given.getFirst()).as("the first copy is given up").isTrue();
    world.gate.release();
    assertThat(world.ended(id).state()).isEqualTo(TransferState.DONE);
    world.assertPromises();
  }

  @Test
  void aLinkThatIsCutInTheMiddleIsTriedAgain() throws Exception {
    world.gate.cutAfter(100_000);
    TransferRequest request = world.bundleRequest("/data/archive/nersc/b.zip", 3_000_000);
    world.engine("hub");
    long id = world.transfers.queue(request, "archive", "bundle closed");
    world.await(() -> !world.transfers.attempts(id, 10).isEmpty());
    assertThat(world.find(world.nersc, "/data/archive/nersc/b.zip")).isEmpty();
    world.gate.heal();
    assertThat(world.ended(id).state()).isEqualTo(TransferState.DONE);
    world.assertPromises();
  }
}
