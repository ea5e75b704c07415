package dev.firn.server.simulation;

import dev.firn.model.SiteName;
import dev.firn.transfer.link.TransferScheduler.Pause;
import dev.firn.transfer.queue.RetryPolicy;
import dev.firn.transfer.queue.Settlement.Trouble;
import java.time.Instant;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;

/// Sites that did not answer, and when they are asked again.
final class SimPauses {
  private final Map<SiteName, Pause> pauses = new TreeMap<>();

  Collection<Pause> all() {
    return pauses.values();
  }

  boolean mayAsk(SiteName site, Instant now) {
    Pause pause = pauses.get(site);
    return pause == null || !pause.retryAt().isAfter(now);
  }

  /// A site did not answer: it is asked again later, each time it does not after a longer while.
  void begin(Trouble trouble, RetryPolicy retries, Instant now) {
    SiteName site = trouble.site();
    if (site == null || !mayAsk(site, now)) {
      return;
    }
    Pause before = pauses.get(site);
    Pause after =
        before == null
            ? new Pause(site, 1, now, now.plus(retries.first()), trouble.reason())
            : new Pause(
                site,
                before.failures() + 1,
                before.since(),
                now.plus(retries.delay(before.failures() + 1, 1)),
                trouble.reason());
    pauses.put(site, after);
  }

  /// It has answered.
  void end(SiteName site) {
    pauses.remove(site);
  }
}
