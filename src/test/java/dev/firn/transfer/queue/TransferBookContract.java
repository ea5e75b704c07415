package dev.firn.transfer.queue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.model.Checksum;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.Checksums;
import dev.firn.model.LogicalName;
import dev.firn.model.SiteName;
import dev.firn.model.TransferState;
import dev.firn.transfer.link.TransferScheduler;
import dev.firn.transfer.link.TransferScheduler.View;
import dev.firn.transfer.queue.Outcome.Account;
import dev.firn.transfer.queue.Settlement.Trouble;
import dev.firn.transfer.queue.TransferBook.Holder;
import dev.firn.transfer.queue.TransferBook.Settled;
import dev.firn.transfer.queue.TransferStore.Heard;
import dev.firn.transfer.site.Place;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What every record of transfers does: the hub's and the simulated one.
public abstract class TransferBookContract {
  protected static final SiteName MADISON = new SiteName("madison");
  protected static final SiteName NERSC = new SiteName("nersc");
  private static final Checksums SUMS =
      Checksums.of(Checksum.of(ChecksumAlgorithm.ADLER32, 0x01020304L));
  private static final Holder ALICE = new Holder("alice", Duration.ofMinutes(1));
  private static final Holder BOB = new Holder("bob", Duration.ofMinutes(1));
  private static final RetryPolicy RETRIES =
      new RetryPolicy(Duration.ofMinutes(1), Duration.ofHours(1));

  private TransferBook book;
  private final TransferScheduler scheduler = new TransferScheduler();
  private int paths;

  /// An empty record whose links run four transfers at a time.
  protected abstract TransferBook open();

  /// Lets so much time pass, as far as the record can tell.
  protected abstract void pass(Duration time);

  @BeforeEach
  void openBook() {
    book = open();
  }

  private long queue() {
    return book.queue(request(), "test", "asked");
  }

  private TransferRequest request() {
    LogicalName path = LogicalName.parse("/data/archive/nersc/" + ++paths + ".zip");
    return TransferRequest.of(
        Subject.bundle(new UUID(1, paths)),
        new Place(MADISON, path),
        new Place(NERSC, path),
        100,
        SUMS);
  }

  private List<Claim> claim(Holder holder, int slots) {
    return book.claim(holder, slots, scheduler::plan);
  }

  private boolean settle(Claim claim, Settlement settlement) {
    Outcome outcome = new Outcome(settlement, new Account("pull", 10, true), Set.of());
    return book.settle(List.of(new Settled(claim, outcome)), RETRIES).getFirst();
  }

  private TransferState state(long id) {
    return book.find(id).orElseThrow().state();
  }

  private static Settlement done() {
    return new Settlement.Done("digest", SUMS);
  }

  private static Settlement failing(FailureClass failure, Duration delay) {
    return new Settlement.Retry(new Trouble(failure, "because", NERSC), delay);
  }

  @Test
  void askingTwiceIsOneTransferUntilItHasEnded() {
    TransferRequest request = request();
    long first = book.queue(request, "test", "once");
    assertThat(book.queue(request, "test", "twice")).isEqualTo(first);
    settle(claim(ALICE, 1).getFirst(), done());
    assertThat(state(first)).isEqualTo(TransferState.DONE);
    assertThat(book.queue(request, "test", "again")).isNotEqualTo(first);
  }

  @Test
  void thePlannerSeesALinkAndWhatItStartsIsClaimedOnce() {
    long id = queue();
    List<View> seen = new ArrayList<>();
    List<Claim> claims =
        book.claim(
            ALICE,
            5,
            (view, now) -> {
              seen.add(view);
              return scheduler.plan(view, now);
            });
    assertThat(claims).extracting(Claim::id).containsExactly(id);
    assertThat(seen.getFirst().links())
        .singleElement()
        .satisfies(l -> assertThat(l.ready()).extracting(c -> c.id()).containsExactly(id));
    assertThat(claim(BOB, 5)).isEmpty();
    assertThat(state(id)).isEqualTo(TransferState.ACTIVE);
    assertThat(book.find(id).orElseThrow().attempts()).isEqualTo(1);
  }

  @Test
  void allThatFailedTogetherAreTriedAgainHoweverManyTheyAre() {
    int many = 130;
    for (int i = 0; i < many; i++) {
      queue();
    }
    Settlement later = failing(FailureClass.CAPACITY, Duration.ofMinutes(10));
    assertThat(settleAll(later)).isEqualTo(many);
    assertThat(claim(ALICE, 4)).isEmpty();
    pass(Duration.ofMinutes(11));
    assertThat(settleAll(done())).isEqualTo(many);
  }

  /// Claims and settles until nothing starts any more.
  private int settleAll(Settlement settlement) {
    int settled = 0;
    for (List<Claim> claims; !(claims = claim(ALICE, 4)).isEmpty(); settled += claims.size()) {
      claims.forEach(one -> assertThat(settle(one, settlement)).isTrue());
    }
    return settled;
  }

  @Test
  void aLinkRunsAsManyAsItMayOverAllHolders() {
    for (int i = 0; i < 10; i++) {
      queue();
    }
    assertThat(claim(ALICE, 3)).hasSize(3);
    assertThat(claim(BOB, 10)).hasSize(1);
    assertThat(claim(BOB, 10)).isEmpty();
  }

  @Test
  void whatIsTriedAgainWaitsForItsTime() {
    long id = queue();
    settle(claim(ALICE, 1).getFirst(), failing(FailureClass.REMOTE, Duration.ofMinutes(5)));
    assertThat(state(id)).isEqualTo(TransferState.QUEUED);
    assertThat(claim(ALICE, 1)).isEmpty();
    pass(Duration.ofMinutes(6));
    assertThat(claim(ALICE, 1)).extracting(Claim::id).containsExactly(id);
    assertThat(book.attempts(id, FailureClass.REMOTE)).isEqualTo(1);
    assertThat(book.tried(id, 10))
        .singleElement()
        .satisfies(a -> {
          assertThat(a.outcome()).isEqualTo("retry");
          assertThat(a.reason()).isEqualTo("because");
        });
  }

  @Test
  void aLeaseThatEndedIsAnUnknownOutcomeThatOnlyTheNextHolderSettles() {
    long id = queue();
    Claim dead = claim(ALICE, 1).getFirst();
    pass(Duration.ofMinutes(2));
    Claim look = claim(BOB, 1).getFirst();
    assertThat(look.id()).isEqualTo(id);
    assertThat(look.look()).isTrue();
    assertThat(look.touched()).isTrue();
    assertThat(settle(dead, done())).isFalse();
    assertThat(state(id)).isEqualTo(TransferState.UNKNOWN);
    assertThat(settle(look, done())).isTrue();
    assertThat(settle(look, done())).isFalse();
    assertThat(state(id)).isEqualTo(TransferState.DONE);
  }

  @Test
  void anExtendedLeaseHoldsAndALostOneIsTold() {
    long id = queue();
    Claim claim = claim(ALICE, 1).getFirst();
    for (int i = 0; i < 5; i++) {
      pass(Duration.ofSeconds(40));
      assertThat(book.extend(ALICE.lease(), List.of(new Heard(id, claim.number(), i, 1))))
          .isEmpty();
    }
    assertThat(claim(BOB, 1)).isEmpty();
    assertThat(book.find(id).orElseThrow().progress().bytes()).isEqualTo(4);
    pass(Duration.ofMinutes(2));
    claim(BOB, 1);
    assertThat(book.extend(ALICE.lease(), List.of(new Heard(id, claim.number(), 9, 1))))
        .containsExactly(id);
  }

  @Test
  void aSiteThatCannotBeReachedIsPausedAndTriedWithOne() {
    for (int i = 0; i < 3; i++) {
      queue();
    }
    Claim claim = claim(ALICE, 1).getFirst();
    settle(claim, failing(FailureClass.UNREACHABLE, Duration.ZERO));
    assertThat(claim(ALICE, 3)).isEmpty();
    pass(Duration.ofSeconds(61));
    List<Claim> trial = claim(ALICE, 3);
    assertThat(trial).hasSize(1);
    assertThat(claim(BOB, 3)).isEmpty();
    Outcome answered = new Outcome(done(), new Account("pull", 100, true), Set.of(NERSC));
    book.settle(List.of(new Settled(trial.getFirst(), answered)), RETRIES);
    assertThat(claim(ALICE, 3)).hasSize(2);
  }

  @Test
  void anUnknownOutcomeIsLookedAtWhenItIsDue() {
    long id = queue();
    settle(
        claim(ALICE, 1).getFirst(),
        new Settlement.Unknown(
            new Trouble(FailureClass.UNHEARD, "silence"), Duration.ofMinutes(3)));
    assertThat(state(id)).isEqualTo(TransferState.UNKNOWN);
    assertThat(claim(BOB, 1)).isEmpty();
    pass(Duration.ofMinutes(4));
    Claim look = claim(BOB, 1).getFirst();
    assertThat(look.look()).isTrue();
    assertThat(claim(ALICE, 1)).isEmpty();
    settle(look, failing(FailureClass.UNHEARD, Duration.ZERO));
    assertThat(claim(ALICE, 1)).singleElement().satisfies(c -> assertThat(c.look()).isFalse());
  }

  @Test
  void whatAnAttemptGotPastCountsNoLonger() {
    long id = queue();
    fails(FailureClass.DENIED);
    fails(FailureClass.DENIED);
    assertThat(book.attempts(id, FailureClass.DENIED)).isEqualTo(2);
    fails(FailureClass.REMOTE); // with bytes: it was let in
    assertThat(book.attempts(id, FailureClass.DENIED)).isZero();
    fails(FailureClass.CHECKSUM); // and now all bytes came
    assertThat(book.attempts(id, FailureClass.REMOTE)).isZero();
    fails(FailureClass.REMOTE);
    assertThat(book.attempts(id, FailureClass.CHECKSUM)).as("they end").isEqualTo(1);
    assertThat(book.attempts(id, FailureClass.REMOTE)).isEqualTo(1);
    assertThat(book.tried(id, 10)).as("all stay on record").hasSize(5);
  }

  private void fails(FailureClass failure) {
    assertThat(settle(claim(ALICE, 1).getFirst(), failing(failure, Duration.ZERO))).isTrue();
  }

  @Test
  void whatFailedHasEnded() {
    long id = queue();
    Claim claim = claim(ALICE, 1).getFirst();
    settle(claim, new Settlement.Failed(new Trouble(FailureClass.OCCUPIED, "another file")));
    Transfer failed = book.find(id).orElseThrow();
    assertThat(failed.ended()).isTrue();
    assertThat(failed.lastError().failureClass()).isEqualTo("occupied");
    assertThat(claim(ALICE, 5)).isEmpty();
  }
}
