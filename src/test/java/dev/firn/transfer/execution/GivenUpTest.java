package dev.firn.transfer.execution;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.http.HttpClients;
import dev.firn.http.HttpFetcher;
import dev.firn.model.LogicalName;
import dev.firn.transfer.World;
import dev.firn.transfer.execution.Copies.Heard;
import dev.firn.transfer.execution.Copies.Mode;
import dev.firn.transfer.execution.Copies.Order;
import dev.firn.transfer.queue.Subject;
import dev.firn.transfer.queue.TransferRequest;
import dev.firn.transfer.site.Place;
import dev.firn.transfer.site.Site;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Copies that are given up before their far side has said how they ended.
class GivenUpTest {
  private final HttpFetcher http = open();
  private final LyingSite madison = new LyingSite();
  private final LyingSite nersc = new LyingSite();

  private static HttpFetcher open() {
    try {
      return HttpClients.create(HttpClients.Config.trusting());
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @AfterEach
  void stop() {
    nersc.endless = false;
    http.close();
    madison.server.stop(0);
    nersc.server.stop(0);
  }

  private Heard copy(CopyRun run) {
    Site from = Site.firn("madison", madison.url());
    Site to = Site.firn("nersc", nersc.url());
    LogicalName path = LogicalName.parse("/data/f");
    TransferRequest request =
        TransferRequest.of(
            Subject.file(1),
            new Place(from.name(), path),
            new Place(to.name(), path),
            MoverTest.RIGHT.length,
            World.sums(MoverTest.RIGHT));
    return new ThirdPartyCopy(
            http, TransferTokens.NONE, Duration.ofSeconds(30), Duration.ofMillis(200))
        .run(new Order(request, from, to, false), Mode.PULL, run);
  }

  @Test
  @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void aCopyOfWhichNothingMoreArrivesIsGivenUpThoughMarkersCome() {
    nersc.copyBody = MoverTest.MARKERS;
    nersc.endless = true;
    assertThat(copy(new CopyRun()))
        .isInstanceOfSatisfying(
            Heard.Nothing.class,
            nothing -> assertThat(nothing.reason()).contains("nothing more has arrived"));
  }

  @Test
  void aCopyWhoseLeaseWasLostBeforeItBeganIsNotBegun() {
    CopyRun run = new CopyRun();
    run.cancel("the lease was lost");
    assertThat(copy(run)).isEqualTo(new Heard.Nothing("the lease was lost"));
    assertThat(nersc.seen).isEmpty();
  }
}
