package dev.firn.catalog.area;

import dev.firn.catalog.Consistency.Settled;
import dev.firn.model.LogicalName;
import dev.firn.storage.journal.ChangeJournal;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One comparison of all directories, each before those in it.
///
/// What differs at the first look is looked at again a little later, one name at a time with its
/// record locked: meanwhile whoever changed it has said so. How far it is is written down once all
/// that differed so far is settled, so that a pass that was cut passes over nothing.
final class AreaPass {
  private static final Logger LOG = LoggerFactory.getLogger(AreaPass.class);

  /// Between a look at a directory and the second one at what differed in it.
  static final Duration GRACE = Duration.ofSeconds(5);

  private static final Duration SAVE_EVERY = Duration.ofSeconds(5);
  private static final Duration SETTLE_EVERY = Duration.ofMinutes(1);
  private static final int MANY = 10_000;
  private static final int MOST_DOUBTED = 1_000;

  private final AreaSettling settling;
  private final PassStore store;
  private final PassStore.Pass counts;
  private final Setting setting;
  private final Clock clock;
  private final List<LogicalName> differing = new ArrayList<>();
  private final List<LogicalName> rounds = new ArrayList<>();
  private @Nullable LogicalName last;
  private Instant saved;
  private Instant seen;
  private Instant first;
  private final CountDownLatch stopping = new CountDownLatch(1);

  /// @param top the area
  /// @param grace nothing when nobody else works in the area
  record Setting(LogicalName top, ChangeJournal journal, Duration grace, String who) {}

  AreaPass(
      AreaSettling settling, PassStore store, PassStore.Pass counts, Setting setting, Clock clock) {
    this.settling = settling;
    this.store = store;
    this.counts = counts;
    this.setting = setting;
    this.clock = clock;
    this.saved = clock.instant();
    this.seen = saved;
    this.first = saved;
  }

  boolean isEnded() {
    return counts.ended != null;
  }

  void stop() {
    stopping.countDown();
  }

  private boolean isStopped() {
    return stopping.getCount() == 0;
  }

  /// Compares from where it was to the end, or until it is told to stop.
  void run() throws IOException {
    differing.clear();
    rounds.clear();
    last = counts.reached;
    try {
      visit(setting.top());
      settle();
    } finally {
      save();
    }
    if (isStopped()) {
      return;
    }
    judge();
    counts.ended = clock.instant();
    store.save(counts);
    LOG.info(
        "compared {} files in {} directories of {} with the record: {} differed, {} were put right,"
            + " {} are open, {} directories lost too much to believe",
        counts.files,
        counts.directories,
        setting.top(),
        counts.differing,
        counts.repaired,
        counts.open,
        counts.doubted.size());
  }

  private void visit(LogicalName directory) throws IOException {
    if (isStopped()) {
      return;
    }
    LogicalName reached = counts.reached;
    List<LogicalName> below;
    if (reached != null && AreaSettling.ORDER.compare(directory, reached) <= 0) {
      if (!reached.startsWith(directory)) {
        return; // all below it comes before as well
      }
      below = settling.below(directory);
    } else {
      below = compare(directory);
    }
    for (LogicalName child : below) {
      visit(child);
    }
  }

  private List<LogicalName> compare(LogicalName directory) throws IOException {
    AreaSettling.Compared compared = settling.compare(directory);
    seen = clock.instant();
    counts.directories++;
    counts.files += compared.report().listed();
    if (!compared.report().isClean()) {
      note(directory, compared);
    }
    last = directory;
    boolean waited = !differing.isEmpty() && first.plus(SETTLE_EVERY).isBefore(seen);
    if (waited || differing.size() > MANY || !rounds.isEmpty()) {
      settle();
    }
    if (saved.plus(SAVE_EVERY).isBefore(seen)) {
      save();
    }
    return compared.below();
  }

  private void note(LogicalName directory, AreaSettling.Compared compared) {
    if (differing.isEmpty()) {
      first = seen;
    }
    List<LogicalName> different = compared.different();
    long lost = compared.report().lostCount();
    long other = compared.report().darkCount() + compared.report().differentCount();
    counts.differing += other + lost;
    counts.lost += lost;
    differing.addAll(different);
    if (compared.lossIsBelieved() && lossSoFarIsBelieved()) {
      differing.addAll(compared.lost());
    } else if (counts.doubted.size() < MOST_DOUBTED && !counts.doubted.contains(directory)) {
      counts.doubted.add(directory);
    }
    if (other > different.size()) {
      rounds.add(directory); // a report names the first only
    }
  }

  /// Small directories that lost all they had are as many as large ones that did: what all have
  /// lost is held against what was seen.
  private boolean lossSoFarIsBelieved() {
    return counts.files > 0 && AreaSettling.isBelieved(counts.lost, counts.files);
  }

  /// Looks again at what differed.
  private void settle() throws IOException {
    if (!differing.isEmpty()) {
      pause(Duration.between(clock.instant(), seen.plus(setting.grace())));
    }
    for (LogicalName name : differing) {
      if (isStopped()) {
        return;
      }
      // What somebody is changing is settled when he has, or by whoever looks after him.
      if (!setting.journal().covers(name)) {
        count(settling.settle(name, setting.who()));
      }
    }
    differing.clear();
    for (LogicalName directory : rounds) {
      settling.settleFiles(directory, setting.who());
    }
    rounds.clear();
    save();
  }

  private void count(Settled settled) {
    counts.repaired += settled == Settled.REPAIRED ? 1 : 0;
    counts.open += settled == Settled.OPEN ? 1 : 0;
  }

  private void save() {
    if (differing.isEmpty()) {
      counts.reached = last;
      store.save(counts);
      saved = clock.instant();
    }
  }

  /// Waits, unless it is told to stop.
  private void pause(Duration time) {
    try {
      if (time.isPositive() && stopping.await(time.toMillis(), TimeUnit.MILLISECONDS)) {
        LOG.debug("stops with {} names to look at again", differing.size());
      }
    } catch (InterruptedException e) {
      stop();
      Thread.currentThread().interrupt();
    }
  }

  /// Directories that lost much: of an area that is there by and large, it is believed after all.
  private void judge() throws IOException {
    if (counts.doubted.isEmpty()) {
      return;
    }
    if (counts.doubted.size() >= MOST_DOUBTED
        || !AreaSettling.isBelieved(counts.lost, Math.max(counts.records, counts.files))) {
      LOG.error(
          "{} copies on record are not in {}: that is too many to be believed, it is rather the"
              + " area that is not there; nothing was concluded",
          counts.lost,
          setting.top());
      return;
    }
    for (LogicalName directory : List.copyOf(counts.doubted)) {
      AreaSettling.Compared compared = settling.compare(directory);
      while (compared.report().lostCount() > 0) {
        long repaired = counts.repaired;
        for (LogicalName name : compared.lost()) {
          if (!setting.journal().covers(name)) {
            count(settling.settle(name, setting.who()));
          }
        }
        if (counts.repaired == repaired) {
          break;
        }
        compared = settling.compare(directory);
      }
    }
    counts.doubted.clear();
  }

  AreaProgress progress(int unsettled) {
    LogicalName at = last;
    return new AreaProgress(
        counts.began(),
        counts.ended,
        at == null ? null : at.toString(),
        counts.directories,
        counts.files,
        counts.records,
        counts.differing,
        counts.repaired,
        counts.open,
        counts.doubted.size(),
        unsettled);
  }
}
