package dev.firn.transfer.execution;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.http.DigestHeaders;
import dev.firn.http.HttpClients;
import dev.firn.http.HttpFetcher;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.LogicalName;
import dev.firn.model.SiteName;
import dev.firn.model.TransferState;
import dev.firn.transfer.World;
import dev.firn.transfer.queue.Claim;
import dev.firn.transfer.queue.FailureClass;
import dev.firn.transfer.queue.RetryPolicy;
import dev.firn.transfer.queue.Settlement;
import dev.firn.transfer.queue.Settlement.Done;
import dev.firn.transfer.queue.Settlement.Failed;
import dev.firn.transfer.queue.Settlement.Retry;
import dev.firn.transfer.queue.Settlement.Unknown;
import dev.firn.transfer.queue.Subject;
import dev.firn.transfer.queue.Transfer;
import dev.firn.transfer.queue.TransferRequest;
import dev.firn.transfer.site.Place;
import dev.firn.transfer.site.Site;
import dev.firn.transfer.site.Sites;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// One claim against sites that lie, fall silent and answer nonsense.
class MoverTest {
  static final byte[] RIGHT = "the right bytes".getBytes(StandardCharsets.UTF_8);
  private static final byte[] WRONG = "the wrong bytes".getBytes(StandardCharsets.UTF_8);
  static final String MARKERS =
      "Perf Marker\nTimestamp: 1\nStripe Index: 0\nStripe Bytes Transferred: 15\n"
          + "Total Stripe Count: 1\nEnd\n";

  private final HttpFetcher http = open();
  private final LyingSite madison = new LyingSite();
  private final LyingSite nersc = new LyingSite();
  private Site.Kind kind = Site.Kind.FIRN;
  private boolean pulls = true;
  private int attempts = 1;
  private int earlier;
  private boolean touched;
  private boolean look;
  private boolean overwrite;

  private static HttpFetcher open() {
    try {
      return HttpClients.create(HttpClients.Config.trusting());
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @BeforeEach
  void sourceHasTheFile() {
    madison.files.put("/data/f", RIGHT);
  }

  @AfterEach
  void stop() {
    http.close();
    madison.server.stop(0);
    nersc.server.stop(0);
  }

  private Settlement run() {
    return run(TransferTokens.NONE);
  }

  private Settlement run(TransferTokens tokens) {
    Site from = Site.firn("madison", madison.url());
    URI url = nersc.url();
    Site to = new Site(new SiteName("nersc"), url, url.toString(), kind, false, pulls);
    LogicalName path = LogicalName.parse("/data/f");
    TransferRequest request =
        new TransferRequest(
            Subject.bundle(new UUID(1, 2)),
            new Place(from.name(), path),
            new Place(to.name(), path),
            RIGHT.length,
            World.sums(RIGHT),
            TransferRequest.NORMAL,
            overwrite);
    Transfer transfer =
        new Transfer(
            1,
            request,
            TransferState.ACTIVE,
            "test",
            Instant.EPOCH,
            attempts,
            Instant.EPOCH,
            new Transfer.Lease("me", Instant.MAX),
            Transfer.Progress.NONE,
            Transfer.LastError.NONE,
            null,
            null);
    Duration silence = Duration.ofSeconds(1);
    Mover mover =
        new Mover(
            new Sites(List.of(from, to)),
            new HttpDestinations(http, tokens, silence),
            new ThirdPartyCopy(http, tokens, silence),
            new RetryPolicy(Duration.ofSeconds(1), Duration.ofMinutes(1)),
            () -> 0.5);
    return mover
        .execute(new Claim(transfer, 1, "me", look, touched), failure -> earlier, new CopyRun())
        .settlement();
  }

  private static FailureClass failure(Settlement settlement) {
    return switch (settlement) {
      case Retry retry -> retry.trouble().failure();
      case Failed failed -> failed.trouble().failure();
      case Unknown unknown -> unknown.trouble().failure();
      case Done _ -> throw new AssertionError("it is done");
    };
  }

  @Test
  void successThatIsTrueIsDoneByDigest() {
    Settlement settlement = run();
    assertThat(settlement).isInstanceOf(Done.class);
    assertThat(((Done) settlement).how()).isEqualTo("digest adler32");
  }

  private static String told(byte[] bytes) {
    return "Repr-Digest: "
        + DigestHeaders.reprDigest(World.sums(bytes).load(ChecksumAlgorithm.SHA512))
        + "\nsuccess: Created\n";
  }

  @Test
  void whatAFirnDoorFoundAfterTheCopyNeedsNoLook() {
    nersc.copyBody = MARKERS + told(RIGHT);
    assertThat(((Done) run()).how()).isEqualTo("digest sha512");
    assertThat(nersc.seen).noneMatch(s -> s.startsWith("HEAD"));
    nersc.copyBody = MARKERS + told(WRONG);
    assertThat(failure(run())).isEqualTo(FailureClass.CHECKSUM);
    nersc.copyBody = MARKERS.replace("15", "14") + told(RIGHT);
    assertThat(failure(run())).isEqualTo(FailureClass.CHECKSUM);
  }

  @Test
  void whatIsToldThatCannotBeComparedIsLookedAt() {
    nersc.copyBody = MARKERS + "Repr-Digest: sha-512=:no\nsuccess: Created\n";
    assertThat(((Done) run()).how()).isEqualTo("digest adler32");
    nersc.copyBody = MARKERS + "Repr-Digest: md5=:" + "A".repeat(22) + "==:\nsuccess: Created\n";
    assertThat(((Done) run()).how()).isEqualTo("digest adler32");
  }

  @Test
  void whatOtherServersTellOfACopyIsLookedAt() {
    kind = Site.Kind.WEBDAV;
    nersc.copyBody = MARKERS + told(RIGHT);
    nersc.arrives = WRONG;
    assertThat(failure(run())).isEqualTo(FailureClass.CHECKSUM);
  }

  @Test
  void aCreatedAnswerOfAnOldXrootdIsUnderstood() {
    nersc.copyStatus = 201;
    assertThat(run()).isInstanceOf(Done.class);
  }

  @Test
  void withoutADigestTheCopyIsReadBack() {
    nersc.digests = false;
    Settlement settlement = run();
    assertThat(((Done) settlement).how()).isEqualTo("read back adler32, sha512");
    nersc.arrives = WRONG;
    nersc.files.clear();
    assertThat(failure(run())).isEqualTo(FailureClass.CHECKSUM);
  }

  @Test
  void successWithWrongBytesIsNotDone() {
    nersc.arrives = WRONG;
    Settlement settlement = run();
    assertThat(settlement).isInstanceOf(Retry.class);
    assertThat(failure(settlement)).isEqualTo(FailureClass.CHECKSUM);
  }

  @Test
  void successWithoutAFileIsNotDone() {
    nersc.arrives = null;
    assertThat(failure(run())).isEqualTo(FailureClass.REMOTE);
  }

  @Test
  void successThatCannotBeLookedAtIsUnknown() {
    nersc.headStatus = 500;
    assertThat(run()).isInstanceOf(Unknown.class);
  }

  @Test
  void noFinalLineIsUnknownWhateverArrived() {
    nersc.copyBody = MARKERS;
    assertThat(run()).isInstanceOf(Unknown.class);
    nersc.arrives = null;
    assertThat(run()).isInstanceOf(Unknown.class);
  }

  @Test
  void aCutConnectionIsUnknown() {
    nersc.cutCopy = true;
    nersc.copyBody = MARKERS;
    assertThat(run()).isInstanceOf(Unknown.class);
  }

  @Test
  void lookingSettlesAnUnknownOutcome() {
    look = true;
    touched = true;
    assertThat(failure(run())).isEqualTo(FailureClass.UNHEARD);
    nersc.files.put("/data/f", RIGHT);
    assertThat(run()).isInstanceOf(Done.class);
    nersc.files.put("/data/f", WRONG);
    assertThat(failure(run())).isEqualTo(FailureClass.CHECKSUM);
    nersc.headStatus = 503;
    assertThat(run()).isInstanceOf(Unknown.class);
    assertThat(nersc.seen).noneMatch(s -> s.startsWith("COPY"));
  }

  @Test
  void aFailureThatTheSourceIsToBlameForEndsAtOnce() {
    nersc.copyBody = "failure: source answered 404";
    nersc.arrives = null;
    madison.files.clear();
    Settlement settlement = run();
    assertThat(settlement).isInstanceOf(Failed.class);
    assertThat(failure(settlement)).isEqualTo(FailureClass.SOURCE);
    madison.files.put("/data/f", WRONG);
    assertThat(failure(run())).isEqualTo(FailureClass.SOURCE);
  }

  @Test
  void aFailureIsTriedAgainAndFinalOnlyAfterALook() {
    nersc.copyBody = "Failed: disk error";
    nersc.arrives = null;
    assertThat(run()).isInstanceOf(Retry.class);
    earlier = 1000;
    assertThat(run()).isInstanceOf(Failed.class);
    nersc.arrives = RIGHT; // it says failed, and the file is there
    assertThat(run()).isInstanceOf(Done.class);
  }

  @Test
  void aDestinationThatIsFullCostsNoAttemptHoweverItSaysSo() {
    nersc.arrives = null;
    earlier = 1000;
    for (String said :
        List.of(
            "failure: 507 Insufficient Storage: /data/f: the disk is full",
            "failure: Unable to write: No space left on device",
            "failure: the destination answered 507")) {
      nersc.copyBody = said;
      Settlement settlement = run();
      assertThat(settlement).as(said).isInstanceOf(Retry.class);
      assertThat(failure(settlement)).isEqualTo(FailureClass.CAPACITY);
    }
  }

  @Test
  void anotherFileIsLeftAloneAndOnlyWhatWeLeftIsReplaced() {
    nersc.copyStatus = 412;
    nersc.files.put("/data/f", WRONG);
    assertThat(failure(run())).isEqualTo(FailureClass.OCCUPIED);
    nersc.copyStatus = 202;
    attempts = 2;
    assertThat(failure(run())).isEqualTo(FailureClass.OCCUPIED);
    touched = true;
    assertThat(failure(run())).as("a Firn door left none").isEqualTo(FailureClass.OCCUPIED);
    assertThat(nersc.seen).doesNotContain("overwrite T");
    kind = Site.Kind.WEBDAV;
    assertThat(run()).isInstanceOf(Done.class);
    assertThat(nersc.seen).contains("overwrite T");
  }

  @Test
  void aRetryFindsTheFileThatIsThereAlready() {
    attempts = 2;
    nersc.files.put("/data/f", RIGHT);
    assertThat(run()).isInstanceOf(Done.class);
    assertThat(nersc.seen).noneMatch(s -> s.startsWith("COPY"));
  }

  @Test
  void aServerThatIsNotOursIsLookedAtBeforeTheFirstCopy() {
    kind = Site.Kind.WEBDAV;
    nersc.files.put("/data/f", WRONG);
    assertThat(failure(run())).isEqualTo(FailureClass.OCCUPIED);
    assertThat(nersc.seen).noneMatch(s -> s.startsWith("COPY"));
  }

  @Test
  void aDestinationThatRefusesToPullIsPushedTo() {
    nersc.copyStatus = 405;
    nersc.files.put("/data/f", RIGHT); // as if the push had brought it
    assertThat(run()).isInstanceOf(Done.class);
    assertThat(madison.seen).anyMatch(s -> s.startsWith("COPY /data/f"));
  }

  @Test
  void anExpiredTokenIsDeniedAndTriedWithAFreshOne() {
    nersc.wantedToken = "fresh";
    assertThat(failure(run(tokens("stale")))).isEqualTo(FailureClass.DENIED);
    assertThat(run(tokens("fresh"))).isInstanceOf(Done.class);
  }

  @Test
  void aSiteThatCannotHaveTheKeysYetCostsNoAttempt() {
    nersc.wantedToken = "known";
    nersc.refusal = "the bearer token is not valid: keys-unavailable";
    earlier = 99;
    for (int before : List.of(1, 2)) { // copies at once, then looks first
      attempts = before;
      Settlement settlement = run(tokens("of a hub that cannot be asked"));
      assertThat(settlement).isInstanceOf(Retry.class);
      assertThat(failure(settlement)).isEqualTo(FailureClass.KEYS);
    }
  }

  @Test
  void aSourceThatCannotHaveTheKeysYetCostsNoAttempt() {
    madison.wantedToken = "known";
    madison.refusal = "the bearer token is not valid: keys-unavailable";
    nersc.copyBody = "failure: the source answered 401 to GET";
    nersc.arrives = null;
    earlier = 99;
    Settlement settlement = run(tokens("of a hub that cannot be asked"));
    assertThat(settlement).isInstanceOf(Retry.class);
    assertThat(failure(settlement)).isEqualTo(FailureClass.KEYS);
  }

  private static TransferTokens tokens(String token) {
    return new TransferTokens() {
      @Override
      public String readToken(Site site, LogicalName name) {
        return token;
      }

      @Override
      public String stageToken(Site site, LogicalName folder) {
        return token;
      }

      @Override
      public String createToken(Site site, LogicalName name, boolean overwrite) {
        return token;
      }
    };
  }

  @Test
  void aCopyThatReplacesARottenOneIsReadBecauseTheKeptDigestIsOfBetterDays() {
    overwrite = true;
    nersc.rotten = true;
    attempts = 2;
    nersc.files.put("/data/f", WRONG);
    assertThat(run()).isInstanceOf(Done.class);
    assertThat(nersc.files.get("/data/f")).isEqualTo(RIGHT);
    nersc.files.put("/data/f", WRONG);
    nersc.arrives = null; // and it lies about its success
    assertThat(run()).isInstanceOf(Retry.class);
  }

  @Test
  void busyAndBrokenSitesAreToldApart() {
    nersc.copyStatus = 503;
    assertThat(failure(run())).isEqualTo(FailureClass.CAPACITY);
    nersc.copyStatus = 429;
    assertThat(failure(run())).isEqualTo(FailureClass.CAPACITY);
    nersc.copyStatus = 507;
    assertThat(failure(run())).isEqualTo(FailureClass.CAPACITY);
    nersc.copyStatus = 500;
    assertThat(failure(run())).isEqualTo(FailureClass.REMOTE);
    nersc.copyStatus = 400;
    assertThat(run()).isInstanceOf(Failed.class);
    nersc.server.stop(0);
    // A kept connection may break first.
    assertThat(failure(run())).isIn(FailureClass.UNREACHABLE, FailureClass.UNHEARD);
    assertThat(failure(run())).isEqualTo(FailureClass.UNREACHABLE);
  }
}
