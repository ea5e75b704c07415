package dev.firn.transfer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.model.LogicalName;
import dev.firn.model.SiteName;
import dev.firn.model.TransferState;
import dev.firn.transfer.Explaining.Situation;
import dev.firn.transfer.link.Hold;
import dev.firn.transfer.link.TransferScheduler.Pause;
import dev.firn.transfer.queue.Subject;
import dev.firn.transfer.queue.Transfer;
import dev.firn.transfer.queue.TransferRequest;
import dev.firn.transfer.rule.CopyRequest;
import dev.firn.transfer.site.Place;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class ExplainingTest {
  private static final Instant NOW = Instant.parse("2026-11-23T06:00:00Z");
  private static final Hold FULL =
      new Hold(Hold.Kind.TRANSFERS, "the link madison to nersc runs 4 of 4");
  private static final Situation CALM = new Situation(NOW, 0, null, List.of(), List.of());

  private static Transfer transfer(TransferState state, Instant notBefore, String failure) {
    LogicalName path = LogicalName.parse("/data/f");
    TransferRequest request =
        TransferRequest.of(
            Subject.bundle(new UUID(1, 2)),
            new Place(new SiteName("madison"), path),
            new Place(new SiteName("nersc"), path),
            2_000_000,
            World.sums(new byte[0]));
    Transfer.Lease lease =
        state == TransferState.ACTIVE ? new Transfer.Lease("hub-1", NOW.plusSeconds(30)) : null;
    return new Transfer(
        7,
        request,
        state,
        "test",
        NOW.minusSeconds(600),
        2,
        notBefore,
        lease,
        new Transfer.Progress(1_000_000, 500_000, NOW.minusSeconds(60), NOW.minusSeconds(5)),
        failure.isEmpty()
            ? Transfer.LastError.NONE
            : new Transfer.LastError(failure, "the disk was full"),
        NOW.minusSeconds(1),
        state == TransferState.DONE ? new Transfer.Verification(NOW, "digest adler32") : null);
  }

  private static String sentence(Transfer transfer, Situation situation) {
    return Explaining.transfer(transfer, situation, List.of()).sentence();
  }

  @Test
  void aQueuedTransferNamesWhatItWaitsFor() {
    Transfer queued = transfer(TransferState.QUEUED, NOW.minusSeconds(1), "");
    assertThat(sentence(queued, CALM)).contains("is the next on the link madison to nersc");
    Transfer again = transfer(TransferState.QUEUED, NOW.minusSeconds(1), "capacity");
    assertThat(sentence(again, CALM)).contains("is the next on the link", "the disk was full");
    assertThat(sentence(queued, new Situation(NOW, 12, FULL, List.of(), List.of())))
        .contains(
            "waits behind 12 others of activity default because the link madison to nersc runs 4 of 4");
    Pause pause =
        new Pause(new SiteName("nersc"), 3, NOW.minusSeconds(90), NOW.plusSeconds(9), "refused");
    assertThat(sentence(queued, new Situation(NOW, 12, null, List.of(pause), List.of())))
        .contains("waits for nersc, which has not answered since 2026-11-23T05:58:30Z (refused)")
        .contains("tried again at 2026-11-23T06:00:09Z");
    assertThat(
            sentence(
                queued, new Situation(NOW, 0, null, List.of(), List.of(new SiteName("nersc")))))
        .contains("waits for site nersc, which this hub does not know");
    assertThat(sentence(transfer(TransferState.QUEUED, NOW.plusSeconds(60), "capacity"), CALM))
        .contains("waits until 2026-11-23T06:01:00Z for attempt 3")
        .contains("the disk was full");
  }

  @Test
  void everyStateHasASentenceOfItsOwnWithATimeAndAdvice() {
    for (TransferState state : TransferState.values()) {
      String failure = state == TransferState.FAILED ? "capacity" : "";
      Explanation explanation = Explaining.transfer(transfer(state, NOW, failure), CALM, List.of());
      assertThat(explanation.sentence())
          .startsWith("transfer 7 (2.00 MB, madison:/data/f to nersc)");
      assertThat(explanation.advice()).isNotBlank();
      assertThat(explanation.since()).isBeforeOrEqualTo(NOW);
    }
    assertThat(sentence(transfer(TransferState.ACTIVE, NOW, ""), CALM))
        .contains("is being copied by hub-1, attempt 2: 1.00 MB of 2.00 MB arrived, 500 kB/s");
    assertThat(sentence(transfer(TransferState.DONE, NOW, ""), CALM))
        .contains("is done: verified at the destination by digest adler32 after 2 attempts");
    assertThat(sentence(transfer(TransferState.UNKNOWN, NOW, "unheard"), CALM))
        .contains("has an unknown outcome (the disk was full); the destination is looked at next");
  }

  @Test
  void everyRequestHasASentence() {
    for (CopyRequest.State state : CopyRequest.State.values()) {
      for (boolean bundled : new boolean[] {true, false}) {
        CopyRequest request =
            new CopyRequest(
                1,
                2,
                3,
                new SiteName("nersc"),
                bundled,
                state,
                "because",
                NOW,
                bundled ? new UUID(3, 4) : null,
                OptionalLong.empty(),
                null);
        Explanation explanation = Explaining.request(request, "/data/f", 2, Optional.empty());
        assertThat(explanation.sentence()).contains("copy of /data/f at nersc");
        assertThat(explanation.advice()).isNotBlank();
      }
    }
  }
}
