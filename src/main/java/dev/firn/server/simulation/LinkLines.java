package dev.firn.server.simulation;

import dev.firn.transfer.link.Concurrency;
import dev.firn.transfer.link.Concurrency.Level;
import dev.firn.transfer.link.Concurrency.Seen;
import dev.firn.transfer.link.Link;
import dev.firn.transfer.link.LinkPolicy;
import dev.firn.transfer.link.TransferScheduler.Candidate;
import dev.firn.transfer.link.TransferScheduler.LinkView;
import dev.firn.transfer.link.TransferScheduler.Traffic;
import dev.firn.transfer.queue.Settlement.Trouble;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// The queues of a [MemoryBook], one for each link and activity, and how the links fare: their
/// number of transfers at a time is adapted by the hub's own [Concurrency].
final class LinkLines {
  private static final Duration ADAPT = Duration.ofHours(1);
  private static final Comparator<BookEntry> ORDER =
      Comparator.comparingInt((BookEntry e) -> -e.request.priority()).thenComparing(e -> e.id);

  private final LinkPolicy usual;
  private final Map<Link, Map<String, TreeSet<BookEntry>>> queued = new LinkedHashMap<>();
  private final Map<Link, LinkPolicy> policies = new HashMap<>();
  private final Map<Link, Level> levels = new HashMap<>();
  private final Map<Link, Fared> fared = new HashMap<>();
  private final List<String> rationales = new ArrayList<>();
  private Instant adapted;

  /// How a link fared since it was looked at last.
  private static final class Fared {
    int done;
    int failed;
    long bytes;
  }

  LinkLines(LinkPolicy usual, Instant now) {
    this.usual = usual;
    this.adapted = now;
  }

  LinkPolicy policy(Link link) {
    return policies.getOrDefault(link, usual);
  }

  void set(Link link, LinkPolicy policy) {
    policies.put(link, policy);
  }

  void add(BookEntry entry) {
    queued
        .computeIfAbsent(entry.link(), l -> new TreeMap<>())
        .computeIfAbsent(entry.request.activity(), a -> new TreeSet<>(ORDER))
        .add(entry);
  }

  void remove(BookEntry entry) {
    line(entry).ifPresent(line -> line.remove(entry));
  }

  private Optional<TreeSet<BookEntry>> line(BookEntry entry) {
    return Optional.ofNullable(
        queued.getOrDefault(entry.link(), Map.of()).get(entry.request.activity()));
  }

  /// How many go before it.
  long ahead(BookEntry entry) {
    return line(entry).map(line -> line.headSet(entry).size()).orElse(0);
  }

  /// When the first of those that wait is due; empty when none waits.
  Optional<Instant> nextDue() {
    return queued.values().stream()
        .flatMap(byActivity -> byActivity.values().stream())
        .flatMap(Collection::stream)
        .map(entry -> entry.notBefore)
        .min(Comparator.naturalOrder());
  }

  /// Links on which something moves or may start.
  List<LinkView> views(Collection<BookEntry> active, int slots, Instant now) {
    Map<Link, Map<String, Integer>> running = new HashMap<>();
    Map<Link, Long> rates = new HashMap<>();
    for (BookEntry entry : active) {
      running
          .computeIfAbsent(entry.link(), l -> new HashMap<>())
          .merge(entry.request.activity(), 1, Integer::sum);
      rates.merge(entry.link(), entry.rate, Long::sum);
    }
    List<LinkView> views = new ArrayList<>();
    queued.forEach((link, byActivity) -> {
      List<Candidate> ready = ready(byActivity, slots, now);
      Map<String, Integer> on = running.getOrDefault(link, Map.of());
      int count = on.values().stream().mapToInt(n -> n).sum();
      if (!ready.isEmpty() || count > 0) {
        LinkPolicy policy = policy(link);
        Level level = levels.getOrDefault(link, Level.first(policy));
        Traffic traffic = new Traffic(count, on, rates.getOrDefault(link, 0L), 0);
        views.add(new LinkView(link, policy, level, traffic, ready));
      }
    });
    return views;
  }

  /// The best few of each activity.
  private static List<Candidate> ready(
      Map<String, TreeSet<BookEntry>> byActivity, int slots, Instant now) {
    List<Candidate> ready = new ArrayList<>();
    byActivity.forEach((activity, line) -> {
      int taken = 0;
      for (Iterator<BookEntry> it = line.iterator(); it.hasNext() && taken < slots; ) {
        BookEntry entry = it.next();
        if (!entry.notBefore.isAfter(now)) {
          ready.add(
              new Candidate(entry.id, entry.request.priority(), activity, entry.request.size()));
          taken++;
        }
      }
    });
    return ready;
  }

  /// An attempt on its link ended.
  void fares(BookEntry entry, @Nullable Trouble trouble, long bytes) {
    Fared link = fared.computeIfAbsent(entry.link(), l -> new Fared());
    link.bytes += bytes;
    if (trouble == null) {
      link.done++;
    } else {
      switch (trouble.failure()) {
        case REMOTE, CHECKSUM, UNHEARD, CAPACITY -> link.failed++;
        case UNREACHABLE, KEYS, DENIED, SOURCE, OCCUPIED, KEPT, REFUSED -> {
          // not the link's doing
        }
      }
    }
  }

  /// Looks once an hour how many transfers at a time links carry.
  void adapt(Instant now) {
    Duration over = Duration.between(adapted, now);
    if (over.compareTo(ADAPT) < 0) {
      return;
    }
    adapted = now;
    fared.forEach((link, is) -> {
      LinkPolicy policy = policy(link);
      Level before = levels.getOrDefault(link, Level.first(policy));
      boolean waiting =
          queued.getOrDefault(link, Map.of()).values().stream().anyMatch(q -> !q.isEmpty());
      Seen seen = new Seen(is.done, is.failed, is.bytes, over, waiting);
      Level after = Concurrency.next(before, seen, policy, now);
      levels.put(link, after);
      if (after.allowed() != before.allowed()) {
        rationales.add(now + " " + link + ": " + after.rationale());
      }
    });
    fared.clear();
  }

  /// Each change of a link's number of transfers at a time, in words.
  List<String> rationales() {
    return rationales;
  }
}
