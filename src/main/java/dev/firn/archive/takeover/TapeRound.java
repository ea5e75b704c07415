package dev.firn.archive.takeover;

import dev.firn.archive.tape.Staging;
import dev.firn.model.LogicalName;
import dev.firn.transfer.site.Site;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Future;
import java.util.function.LongConsumer;

/// Some bundles of a site on tape: ordered in one go, each looked into as soon as it is on disk and
/// let go of then, so that the site's disk has to hold no more than comes at a time.
final class TapeRound {
  private static final Duration PAUSE = Duration.ofMillis(500);

  private final Staging staging;
  private final Site site;
  private final Readings readings;
  private final LongConsumer waiting;

  /// @param readings tells how far a long bundle is
  /// @param waiting told now and then how many have not come yet
  TapeRound(Staging staging, Site site, Readings readings, LongConsumer waiting) {
    this.readings = readings;
    this.staging = staging;
    this.site = site;
    this.waiting = waiting;
  }

  /// Looks into bundles.
  interface Look {
    /// Begins with one that is on disk, or of which its site says why it does not come.
    Future<FoundBundle> begin(LogicalName bundle, Staging.Fate fate);
  }

  /// @return what was begun for each bundle, in their order; all of it has ended
  /// @throws IOException when the site does not say how they fare
  List<Takeover.Ahead> read(Collection<LogicalName> bundles, Look look) throws IOException {
    Map<LogicalName, Future<FoundBundle>> begun = new HashMap<>();
    List<LogicalName> left = new ArrayList<>(bundles);
    while (!left.isEmpty()) {
      List<LogicalName> here = new ArrayList<>();
      staging
          .prepare(site, left)
          .forEach((name, fate) -> {
            if (fate.ready() || fate.trouble() != null) {
              here.add(name);
              begun.put(name, look.begin(name, fate));
            }
          });
      for (LogicalName name : here) {
        awaitEnd(name, Objects.requireNonNull(begun.get(name)));
      }
      staging.done(site, here);
      left.removeAll(here);
      waiting.accept(left.size());
      if (here.isEmpty()) {
        pause();
      }
    }
    return bundles.stream()
        .map(b -> new Takeover.Ahead(b, Objects.requireNonNull(begun.get(b))))
        .toList();
  }

  /// Whatever came of it: who takes it finds that out.
  private void awaitEnd(LogicalName bundle, Future<FoundBundle> reading) throws IOException {
    try {
      readings.await(bundle, reading);
    } catch (InterruptedIOException e) {
      throw e;
    } catch (IOException | CancellationException e) {
      return;
    }
  }

  private static void pause() throws IOException {
    try {
      Thread.sleep(PAUSE);
    } catch (InterruptedException e) {
      throw stopped();
    }
  }

  private static InterruptedIOException stopped() {
    Thread.currentThread().interrupt();
    return new InterruptedIOException("stopped; run it again to go on");
  }
}
