package dev.firn.transfer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.door.DoorConfig;
import dev.firn.door.admission.Admission;
import dev.firn.door.admission.Ask;
import dev.firn.door.admission.Calendar;
import dev.firn.door.admission.Direction;
import dev.firn.door.admission.Limit;
import dev.firn.door.admission.Passage;
import dev.firn.http.HttpFetcher;
import dev.firn.model.LogicalName;
import dev.firn.model.ReplicaState;
import dev.firn.model.TransferState;
import dev.firn.transfer.queue.Attempt;
import dev.firn.transfer.queue.Transfer;
import dev.firn.transfer.queue.TransferRequest;
import dev.firn.transfer.rule.NamePattern;
import dev.firn.transfer.rule.ReplicationRule.Wanted;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// An engine in the process of the source's door: two real doors, a real database.
class SmallFilesTest {
  private static final String PATH = "/data/archive/nersc/small";

  @TempDir Path directory;
  private World world;
  private Asked asked;

  @BeforeEach
  void start() throws Exception {
    world = World.start(directory);
    asked = new Asked(world.http);
  }

  @AfterEach
  void stop() throws Exception {
    world.close();
  }

  /// The methods of the requests that the engine made.
  private record Asked(HttpFetcher http, List<String> methods) implements HttpFetcher {
    Asked(HttpFetcher http) {
      this(http, new CopyOnWriteArrayList<>());
    }

    @Override
    public Response send(Request request) throws IOException {
      methods.add(request.method());
      return http.send(request);
    }

    @Override
    public void close() {
      http.close();
    }
  }

  private void engine() {
    engine(new Admission(8, List.of(), Clock.systemUTC()));
  }

  private void engine(Admission admission) {
    world.engineAtMadison(asked, DoorConfig.of(Set.of()).withAdmission(admission));
  }

  private long queue(TransferRequest request) {
    return world.transfers.queue(request, "archive", "bundle closed");
  }

  private List<String> actions(long id) {
    return world.transfers.attempts(id, 10).stream().map(Attempt::action).toList();
  }

  @Test
  void aSmallFileIsSentByOneRequestAndVerified() throws Exception {
    world.gate.refuse(); // nobody needs to fetch it
    TransferRequest request = world.bundleRequest(PATH, 4096);
    Admission admission = new Admission(8, List.of(), Clock.systemUTC());
    engine(admission);
    long id = queue(request);
    Transfer ended = world.ended(id);
    assertThat(ended.state()).isEqualTo(TransferState.DONE);
    assertThat(ended.verification().how()).contains("digest").contains("sha512");
    assertThat(actions(id)).containsExactly("send");
    assertThat(asked.methods()).containsExactly("PUT");
    assertThat(admission.traffic().moved(Direction.OUT)).isEqualTo(4096);
    world.assertPromises();
  }

  @Test
  void anEmptyFileIsSent() throws Exception {
    TransferRequest request = world.bundleRequest(PATH, 0);
    engine();
    long id = queue(request);
    assertThat(world.ended(id).state()).isEqualTo(TransferState.DONE);
    assertThat(actions(id)).containsExactly("send");
    world.assertPromises();
  }

  @Test
  void aLargeFileIsFetchedFromItsDoor() throws Exception {
    TransferRequest request = world.bundleRequest(PATH, 1024 * 1024);
    engine();
    long id = queue(request);
    assertThat(world.ended(id).state()).isEqualTo(TransferState.DONE);
    assertThat(actions(id)).containsExactly("pull");
    world.assertPromises();
  }

  @Test
  void anAnswerThatIsLostIsAnUnknownOutcomeThatIsLookedAt() throws Exception {
    TransferRequest request = world.bundleRequest(PATH, 4096);
    world.control.cutAfter(20);
    engine();
    long id = queue(request);
    world.await(() -> !world.transfers.attempts(id, 10).isEmpty());
    world.control.heal();
    assertThat(world.ended(id).state()).isEqualTo(TransferState.DONE);
    List<Attempt> attempts = world.transfers.attempts(id, 10);
    assertThat(attempts.getFirst().outcome()).isEqualTo("unknown");
    assertThat(attempts.getLast().action()).isEqualTo("look");
    assertThat(asked.methods().stream().filter("PUT"::equals)).as("sent once").hasSize(1);
    world.assertPromises();
  }

  @Test
  void bytesThatAreNotWhatTheyShouldBeAreNeverPublished() throws Exception {
    TransferRequest request = world.bundleRequest(PATH, 4096);
    Path there = world.madison.files.resolve("archive/nersc/small");
    byte[] rotten = Files.readAllBytes(there);
    rotten[1000] ^= 1;
    Files.write(there, rotten);
    engine();
    long id = queue(request);
    Transfer failed = world.ended(id);
    assertThat(failed.state()).isEqualTo(TransferState.FAILED);
    assertThat(failed.lastError().failureClass()).isIn("checksum", "source");
    assertThat(world.find(world.nersc, PATH)).isEmpty();
    world.assertPromises();
  }

  @Test
  void aFileThatIsGoneFailsAndIsSuspected() throws Exception {
    world.put("/data/exp/f", 1000);
    world.madison.area.delete(LogicalName.parse("/data/exp/f"), false);
    world.rules.add(
        new Wanted(NamePattern.parse("/data/exp/**"), "", World.NERSC, false, 3), "operator");
    engine();
    world.await(() -> !world.transfers.list(TransferState.FAILED, 0, 10).isEmpty());
    Transfer failed = world.transfers.list(TransferState.FAILED, 0, 10).getFirst();
    assertThat(failed.lastError().failureClass()).isEqualTo("source");
    assertThat(world.replica("/data/exp/f", "madison").orElseThrow().state())
        .isEqualTo(ReplicaState.SUSPECT);
  }

  @Test
  void aFileWaitsWhileItsSiteSendsAsMuchAsItMay() throws Exception {
    Limit.About about =
        new Limit.About(Optional.of(Direction.OUT), LogicalName.parse("/data"), "", List.of());
    Limit one = new Limit("network", about, new Limit.Most(1, 0, 0), Calendar.always(0));
    Admission admission = new Admission(8, List.of(one), Clock.systemUTC());
    LogicalName other = LogicalName.parse("/data/other");
    Ask ask = new Ask("reader", InetAddress.getLoopbackAddress(), other, Direction.OUT, 10);
    long id;
    try (Passage _ = admission.admit(ask)) {
      engine(admission);
      id = queue(world.bundleRequest(PATH, 4096));
      world.await(() -> !world.transfers.attempts(id, 10).isEmpty());
      assertThat(world.transfers.attempts(id, 10).getLast().failureClass()).isEqualTo("capacity");
    }
    assertThat(world.ended(id).state()).isEqualTo(TransferState.DONE);
  }

  @Test
  void anotherFileAtTheDestinationIsNeverOverwritten() throws Exception {
    TransferRequest request = world.bundleRequest(PATH, 1000);
    byte[] other = new byte[500];
    world.store(world.nersc, PATH, other);
    engine();
    Transfer failed = world.ended(queue(request));
    assertThat(failed.state()).isEqualTo(TransferState.FAILED);
    assertThat(failed.lastError().failureClass()).isEqualTo("occupied");
    assertThat(world.bytesAt(world.nersc, PATH)).isEqualTo(other);
  }
}
