package dev.firn.transfer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.catalog.Catalog;
import dev.firn.database.Database;
import dev.firn.database.History;
import dev.firn.database.TestDatabase;
import dev.firn.model.Checksum;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.Checksums;
import dev.firn.model.LogicalName;
import dev.firn.model.SiteName;
import dev.firn.model.TransferState;
import dev.firn.transfer.link.LinkCalendar;
import dev.firn.transfer.link.LinkPolicy;
import dev.firn.transfer.queue.Attempt;
import dev.firn.transfer.queue.Claim;
import dev.firn.transfer.queue.FailureClass;
import dev.firn.transfer.queue.LinkStore;
import dev.firn.transfer.queue.Outcome;
import dev.firn.transfer.queue.Outcome.Account;
import dev.firn.transfer.queue.PostgresBook;
import dev.firn.transfer.queue.Queue;
import dev.firn.transfer.queue.RetryPolicy;
import dev.firn.transfer.queue.Settlement;
import dev.firn.transfer.queue.Settlement.Trouble;
import dev.firn.transfer.queue.Subject;
import dev.firn.transfer.queue.Transfer;
import dev.firn.transfer.queue.TransferBook.Settled;
import dev.firn.transfer.queue.TransferRequest;
import dev.firn.transfer.queue.TransferStore;
import dev.firn.transfer.queue.TransferStore.Heard;
import dev.firn.transfer.site.Place;
import dev.firn.transfer.site.Site;
import dev.firn.transfer.site.Sites;
import java.net.URI;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.assertj.core.groups.Tuple;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TransferStoreTest {
  private static final Duration LEASE = Duration.ofMinutes(1);
  private static final Account MOVED = new Account("pull", 10, true);
  private static final Checksums SUMS =
      Checksums.of(Checksum.of(ChecksumAlgorithm.ADLER32, 0x01020304L));
  private static final Settlement DONE = new Settlement.Done("digest", SUMS);

  private final Sites sites =
      new Sites(
          List.of(
              Site.firn("madison", URI.create("https://madison.example")),
              Site.firn("nersc", URI.create("https://nersc.example"))));
  private TestDatabase test;
  private Database database;
  private Transfers transfers;
  private TransferStore store;

  @BeforeEach
  void open() {
    test = TestDatabase.create();
    database = test.database();
    transfers = new Transfers(database, new Catalog(database), sites);
    store = transfers.store();
  }

  @AfterEach
  void close() {
    test.close();
  }

  static TransferRequest request(UUID bundle) {
    LogicalName path = LogicalName.parse("/data/archive/nersc/" + bundle + ".zip");
    return TransferRequest.of(
        Subject.bundle(bundle),
        new Place(new SiteName("madison"), path),
        new Place(new SiteName("nersc"), path),
        100,
        SUMS);
  }

  private long queue() {
    return transfers.queue(request(UUID.randomUUID()), "archive", "bundle closed");
  }

  private Claim claim(long id, String owner) {
    return database.inTransaction(c -> store.claimQueued(c, owner, LEASE, List.of(id))).getFirst();
  }

  private boolean settle(Claim claim, Settlement settlement) {
    Settled settled = new Settled(claim, new Outcome(settlement, MOVED, Set.of()));
    return database.inTransaction(c -> store.settle(c, List.of(settled))).getFirst();
  }

  private List<Claim> queued(String owner, long id) {
    return database.inTransaction(c -> store.claimQueued(c, owner, LEASE, List.of(id)));
  }

  private List<Claim> looks(String owner, Duration lease, int limit) {
    return database.inTransaction(c -> store.claimUnknown(c, owner, lease, limit));
  }

  private List<Long> extended(List<Heard> held) {
    return database.inTransaction(c -> store.extend(c, LEASE, held));
  }

  private void sql(String text) {
    database.inTransaction(c -> {
      try (Statement statement = c.createStatement()) {
        return statement.executeUpdate(text);
      }
    });
  }

  private List<String> states(long id) {
    return database
        .read(c -> History.of(c, List.of(TransferStore.KIND), Long.toString(id), 0, 100))
        .stream()
        .map(h -> h.entry().from() + ">" + h.entry().to())
        .toList()
        .reversed();
  }

  @Test
  void askingTwiceIsOneTransferUntilItHasEnded() {
    TransferRequest request = request(UUID.randomUUID());
    long first = transfers.queue(request, "archive", "once");
    assertThat(transfers.queue(request, "archive", "twice")).isEqualTo(first);
    settle(claim(first, "a"), DONE);
    assertThat(transfers.queue(request, "archive", "again")).isNotEqualTo(first);
  }

  @Test
  void whatWasQueuedIsFoundAsItWas() {
    TransferRequest request = request(UUID.randomUUID());
    long id = transfers.queue(request, "archive", "bundle closed");
    Transfer found = transfers.find(id).orElseThrow();
    assertThat(found.request()).isEqualTo(request);
    assertThat(found.state()).isEqualTo(TransferState.QUEUED);
    assertThat(transfers.list(TransferState.QUEUED, 0, 10)).containsExactly(found);
    assertThat(transfers.list(TransferState.DONE, 0, 10)).isEmpty();
    assertThat(transfers.list(null, id, 10)).isEmpty();
  }

  @Test
  void oneTransferIsClaimedByOneOnly() {
    long id = queue();
    claim(id, "a");
    assertThat(queued("b", id)).isEmpty();
  }

  @Test
  void everyChangeOfStateHasAHistory() {
    long id = queue();
    settle(
        claim(id, "a"),
        new Settlement.Retry(new Trouble(FailureClass.REMOTE, "cut"), Duration.ZERO));
    settle(claim(id, "a"), DONE);
    assertThat(states(id))
        .containsExactly(
            "null>queued", "queued>active", "active>queued", "queued>active", "active>done");
    assertThat(transfers.attempts(id, 10))
        .extracting(Attempt::outcome, Attempt::reason)
        .containsExactly(Tuple.tuple("retry", "cut"), Tuple.tuple("done", "digest adler32"));
    Transfer done = transfers.find(id).orElseThrow();
    assertThat(done.verification().how()).isEqualTo("digest adler32");
    assertThat(done.progress().bytes()).isEqualTo(100);
  }

  @Test
  void aLeaseThatEndedIsAnUnknownOutcomeAndItsHolderSettlesNothing() {
    long id = queue();
    Claim dead = claim(id, "dead");
    sql("UPDATE transfer SET lease_until = now() - interval '1 second'");
    assertThat(database.inTransaction(store::expire)).isEqualTo(1);
    assertThat(transfers.find(id).orElseThrow().state()).isEqualTo(TransferState.UNKNOWN);
    assertThat(settle(dead, DONE)).isFalse();
    List<Claim> looks = database.inTransaction(c -> store.claimUnknown(c, "alive", LEASE, 10));
    assertThat(looks).singleElement().satisfies(l -> assertThat(l.look()).isTrue());
    assertThat(settle(dead, DONE)).isFalse();
    assertThat(settle(looks.getFirst(), DONE)).isTrue();
    assertThat(settle(looks.getFirst(), DONE)).isFalse();
    assertThat(states(id))
        .containsExactly("null>queued", "queued>active", "active>unknown", "unknown>done");
    assertThat(transfers.attempts(id, 10).getFirst().reason())
        .isEqualTo("the process that held it stopped");
  }

  @Test
  void extendingKeepsProgressAndTellsWhatIsLost() {
    long id = queue();
    Claim claim = claim(id, "a");
    Heard mine = new Heard(id, claim.number(), 42, 7);
    Heard old = new Heard(id, claim.number() - 1, 99, 7);
    assertThat(extended(List.of(mine, old))).containsExactly(id);
    Transfer now = transfers.find(id).orElseThrow();
    assertThat(now.progress().bytes()).isEqualTo(42);
    assertThat(now.progress().bytesPerSecond()).isEqualTo(7);
  }

  @Test
  void anUnknownOutcomeIsNotLookedAtBeforeItsTimeNorByTwo() {
    long id = queue();
    settle(
        claim(id, "a"),
        new Settlement.Unknown(
            new Trouble(FailureClass.UNHEARD, "silence"), Duration.ofMinutes(5)));
    assertThat(looks("a", LEASE, 10)).isEmpty();
    assertThat(transfers.retry(id, "operator", "hurry")).isTrue();
    assertThat(looks("a", LEASE, 10)).hasSize(1);
    assertThat(looks("b", LEASE, 10)).isEmpty();
  }

  @Test
  void onlyWhatIsQueuedCanBeCancelledAndWhatFailedRevived() {
    long queued = queue();
    assertThat(transfers.cancel(queued, "operator", "not needed")).isTrue();
    assertThat(transfers.cancel(queued, "operator", "again")).isFalse();
    long failed = queue();
    settle(claim(failed, "a"), new Settlement.Failed(new Trouble(FailureClass.REMOTE, "cut")));
    assertThat(transfers.retry(failed, "operator", "link repaired")).isTrue();
    assertThat(transfers.find(failed).orElseThrow().state()).isEqualTo(TransferState.QUEUED);
    long active = queue();
    claim(active, "a");
    assertThat(transfers.cancel(active, "operator", "too late")).isFalse();
  }

  @Test
  void whoeverHasATransferTriedAgainGivesItAllItsAttempts() {
    long id = queue();
    Trouble denied = new Trouble(FailureClass.DENIED, "401");
    PostgresBook book = new PostgresBook(database, store, sites, TransferConfig.DEFAULT.links());
    for (int i = 0; i < 3; i++) {
      settle(claim(id, "a"), new Settlement.Retry(denied, Duration.ZERO));
    }
    settle(claim(id, "a"), new Settlement.Failed(denied));
    assertThat(book.attempts(id, FailureClass.DENIED)).isEqualTo(4);
    assertThat(transfers.retry(id, "operator", "the issuer is trusted again")).isTrue();
    assertThat(book.attempts(id, FailureClass.DENIED)).isZero();
    settle(claim(id, "a"), new Settlement.Retry(denied, Duration.ZERO));
    assertThat(book.attempts(id, FailureClass.DENIED)).isEqualTo(1);
    assertThat(transfers.attempts(id, 10)).as("all stay on record").hasSize(5);
  }

  @Test
  void whateverAFarSideSaysCanBeWrittenDown() {
    long id = queue();
    Trouble rude =
        new Trouble(FailureClass.REMOTE, " disk\0full\u001b[31m\r\n" + "!".repeat(9_000));
    assertThat(settle(claim(id, "a"), new Settlement.Retry(rude, Duration.ZERO))).isTrue();
    Transfer again = transfers.find(id).orElseThrow();
    assertThat(again.state()).isEqualTo(TransferState.QUEUED);
    assertThat(again.lastError().reason()).startsWith("disk full [31m !!!").hasSize(2_000);
    assertThat(transfers.attempts(id, 10)).hasSize(1);
  }

  @Test
  void onePauseCountsOncePerSpellAndEndsWithAnAnswer() throws SQLException {
    RetryPolicy retries = new RetryPolicy(Duration.ofMinutes(1), Duration.ofHours(1));
    SiteName nersc = new SiteName("nersc");
    for (int i = 0; i < 50; i++) {
      database.inTransaction(c -> {
        Queue.pause(c, nersc, "cannot connect", retries);
        return 0;
      });
    }
    assertThat(database.read(Queue::pauses))
        .singleElement()
        .satisfies(p -> assertThat(p.failures()).isEqualTo(1));
    sql("UPDATE transfer_site_pause SET retry_at = now()");
    database.inTransaction(c -> {
      Queue.pause(c, nersc, "cannot connect", retries);
      return 0;
    });
    assertThat(database.read(Queue::pauses).getFirst().failures()).isEqualTo(2);
    database.inTransaction(c -> {
      Queue.answered(c, List.of(nersc));
      return 0;
    });
    assertThat(database.read(Queue::pauses)).isEmpty();
  }

  @Test
  void theSchedulersViewHoldsAFewOfEachLink() {
    for (int i = 0; i < 20; i++) {
      queue();
    }
    claim(queue(), "a");
    var links = database.read(c -> Queue.links(c, sites, LinkPolicy.fixed(4), 4));
    assertThat(links)
        .singleElement()
        .satisfies(l -> {
          assertThat(l.ready()).hasSize(4);
          assertThat(l.traffic().active()).isEqualTo(1);
        });
  }

  @Test
  void whatWasStartedLatelyIsCountedWhetherItRunsStillOrNot() {
    LinkPolicy slow = new LinkPolicy(false, 4, 4, 0, 0.5, Map.of(), LinkCalendar.NONE);
    database.inTransaction(c -> {
      LinkStore.set(c, "madison", "nersc", slow, "operator");
      return 0;
    });
    claim(queue(), "a");
    claim(queue(), "a");
    settle(claim(queue(), "a"), DONE);
    assertThat(database.read(Queue::traffic).values())
        .singleElement()
        .satisfies(t -> assertThat(t.startedLately()).isEqualTo(3));
  }

  @Test
  void oneProcessPlansAtATime() {
    database.inTransaction(c -> {
      assertThat(Queue.lock(c)).isTrue();
      assertThat(database.inTransaction(Queue::lock)).isFalse();
      return 0;
    });
    assertThat(database.inTransaction(Queue::lock)).isTrue();
  }
}
