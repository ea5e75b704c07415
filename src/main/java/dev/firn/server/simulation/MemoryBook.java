package dev.firn.server.simulation;

import dev.firn.model.SiteName;
import dev.firn.model.TransferState;
import dev.firn.transfer.link.Concurrency;
import dev.firn.transfer.link.Concurrency.Level;
import dev.firn.transfer.link.Concurrency.Seen;
import dev.firn.transfer.link.Downtime;
import dev.firn.transfer.link.Link;
import dev.firn.transfer.link.LinkPolicy;
import dev.firn.transfer.link.TransferScheduler.Candidate;
import dev.firn.transfer.link.TransferScheduler.LinkView;
import dev.firn.transfer.link.TransferScheduler.Pause;
import dev.firn.transfer.link.TransferScheduler.Traffic;
import dev.firn.transfer.link.TransferScheduler.View;
import dev.firn.transfer.queue.Attempt;
import dev.firn.transfer.queue.Claim;
import dev.firn.transfer.queue.FailureClass;
import dev.firn.transfer.queue.Outcome;
import dev.firn.transfer.queue.PostgresBook;
import dev.firn.transfer.queue.RetryPolicy;
import dev.firn.transfer.queue.Settlement;
import dev.firn.transfer.queue.Settlement.Trouble;
import dev.firn.transfer.queue.Transfer;
import dev.firn.transfer.queue.TransferBook;
import dev.firn.transfer.queue.TransferRequest;
import dev.firn.transfer.queue.TransferStore.Heard;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// A record of transfers kept in memory, for simulations: the behaviour of the hub's own, without
/// its durability. One thread at a time.
final class MemoryBook implements TransferBook {
  private static final Duration ADAPT = Duration.ofHours(1);

  private final InstantSource clock;
  private final LinkPolicy usual;
  private final Listener listener;
  private final Map<Long, Entry> entries = new HashMap<>();
  private final Map<List<String>, Long> open = new HashMap<>();
  private final Map<Link, Map<String, TreeSet<Entry>>> queued = new LinkedHashMap<>();
  private final Map<Long, Entry> active = new TreeMap<>();
  private final Map<Long, Entry> unknown = new TreeMap<>();
  private final Map<SiteName, Pause> pauses = new TreeMap<>();
  private final Map<Link, Level> levels = new HashMap<>();
  private final Map<Link, Fared> fared = new HashMap<>();
  private final List<Downtime> downtimes = new ArrayList<>();
  private final List<String> rationales = new ArrayList<>();
  private Instant adapted;
  private long lastId;

  /// What follows from a change of state, as the catalog and the requests are told in a hub.
  interface Listener {
    void changed(Transfer transfer, @Nullable TransferState from, TransferState to, String why);
  }

  private static final class Entry {
    final long id;
    final TransferRequest request;
    final String why;
    final Instant queued;
    final List<Attempt> tried = new ArrayList<>();
    final Map<FailureClass, Integer> failures = new EnumMap<>(FailureClass.class);
    TransferState state = TransferState.QUEUED;
    int attempts;
    Instant notBefore;
    @Nullable String owner;
    @Nullable Instant leaseUntil;
    long claim;
    boolean touched;
    @Nullable Instant started;
    long bytes;
    long rate;
    Transfer.LastError error = Transfer.LastError.NONE;
    @Nullable Instant finished;
    Transfer.@Nullable Verification verification;

    Entry(long id, TransferRequest request, String why, Instant now) {
      this.id = id;
      this.request = request;
      this.why = why;
      this.queued = now;
      this.notBefore = now;
    }

    Link link() {
      return new Link(request.from().site(), request.to().site());
    }

    List<String> once() {
      return List.of(request.subject().kind() + request.subject().id(), request.to().toString());
    }

    Transfer view() {
      String holder = owner;
      Instant until = leaseUntil;
      return new Transfer(
          id,
          request,
          state,
          why,
          queued,
          attempts,
          notBefore,
          holder == null || until == null ? null : new Transfer.Lease(holder, until),
          new Transfer.Progress(bytes, rate, started, started),
          error,
          finished,
          verification);
    }
  }

  /// How a link fared since it was looked at last.
  private static final class Fared {
    int done;
    int failed;
    long bytes;
  }

  MemoryBook(InstantSource clock, LinkPolicy usual, Listener listener) {
    this.clock = clock;
    this.usual = usual;
    this.listener = listener;
    this.adapted = clock.instant();
  }

  @Override
  public long queue(TransferRequest request, String who, String why) {
    Entry entry = new Entry(lastId + 1, request, why, clock.instant());
    Long there = open.putIfAbsent(entry.once(), entry.id);
    if (there != null) {
      return there;
    }
    lastId++;
    entries.put(entry.id, entry);
    enqueue(entry);
    listener.changed(entry.view(), null, TransferState.QUEUED, why);
    return entry.id;
  }

  private void enqueue(Entry entry) {
    queued
        .computeIfAbsent(entry.link(), l -> new TreeMap<>())
        .computeIfAbsent(
            entry.request.activity(),
            a ->
                new TreeSet<>(
                    Comparator.comparingInt((Entry e) -> -e.request.priority())
                        .thenComparing(e -> e.id)))
        .add(entry);
  }

  private void dequeue(Entry entry) {
    Map<String, TreeSet<Entry>> byActivity = queued.get(entry.link());
    TreeSet<Entry> line = byActivity == null ? null : byActivity.get(entry.request.activity());
    if (line != null) {
      line.remove(entry);
    }
  }

  @Override
  public List<Claim> claim(Holder holder, int slots, Planner planner) {
    Instant now = clock.instant();
    adapt(now);
    expire(now);
    List<Claim> claims = new ArrayList<>();
    for (Entry entry : unknown.values()) {
      Instant until = entry.leaseUntil;
      boolean free = entry.owner == null || (until != null && until.isBefore(now));
      Pause pause = pauses.get(entry.request.to().site());
      if (claims.size() < slots
          && free
          && !entry.notBefore.isAfter(now)
          && (pause == null || !pause.retryAt().isAfter(now))) {
        claims.add(claimed(entry, holder, now, true));
      }
    }
    if (claims.size() < slots) {
      int left = slots - claims.size();
      for (long id : planner.plan(view(left), now).start()) {
        Entry entry = entries.get(id);
        if (entry == null || entry.state != TransferState.QUEUED) {
          throw new IllegalStateException("planned what is not queued: " + id);
        }
        dequeue(entry);
        entry.attempts++;
        entry.bytes = 0;
        move(entry, TransferState.ACTIVE, "attempt " + entry.attempts);
        claims.add(claimed(entry, holder, now, false));
      }
    }
    return claims;
  }

  private Claim claimed(Entry entry, Holder holder, Instant now, boolean look) {
    entry.owner = holder.owner();
    entry.leaseUntil = now.plus(holder.lease());
    entry.claim++;
    entry.started = now;
    return new Claim(entry.view(), entry.claim, holder.owner(), look, entry.touched);
  }

  /// What the scheduler sees now.
  View view(int slots) {
    Instant now = clock.instant();
    List<LinkView> views = new ArrayList<>();
    Map<Link, Map<String, Integer>> running = new HashMap<>();
    for (Entry entry : active.values()) {
      running
          .computeIfAbsent(entry.link(), l -> new HashMap<>())
          .merge(entry.request.activity(), 1, Integer::sum);
    }
    queued.forEach((link, byActivity) -> {
      List<Candidate> ready = new ArrayList<>();
      byActivity.forEach((activity, line) -> {
        int taken = 0;
        for (Iterator<Entry> it = line.iterator(); it.hasNext() && taken < slots; ) {
          Entry entry = it.next();
          if (!entry.notBefore.isAfter(now)) {
            ready.add(
                new Candidate(entry.id, entry.request.priority(), activity, entry.request.size()));
            taken++;
          }
        }
      });
      Map<String, Integer> on = running.getOrDefault(link, Map.of());
      int count = on.values().stream().mapToInt(n -> n).sum();
      if (!ready.isEmpty() || count > 0) {
        views.add(
            new LinkView(
                link,
                usual,
                levels.getOrDefault(link, Level.first(usual)),
                new Traffic(count, on, 0, 0),
                ready));
      }
    });
    return new View(views, List.copyOf(pauses.values()), List.copyOf(downtimes), slots);
  }

  private void expire(Instant now) {
    for (Entry entry : List.copyOf(active.values())) {
      Instant until = entry.leaseUntil;
      if (until != null && until.isBefore(now)) {
        String why = "the process that held it (" + entry.owner + ") stopped";
        log(entry, "copy", "unknown", new Trouble(FailureClass.UNHEARD, why), entry.bytes);
        entry.error = new Transfer.LastError(FailureClass.UNHEARD.label(), why);
        entry.claim++;
        entry.touched = true;
        entry.notBefore = now;
        entry.owner = null;
        entry.leaseUntil = null;
        move(entry, TransferState.UNKNOWN, why);
      }
    }
  }

  private void log(
      Entry entry, String action, String outcome, @Nullable Trouble trouble, long bytes) {
    if (trouble != null) {
      entry.failures.merge(trouble.failure(), 1, Integer::sum);
    }
    Instant started = entry.started == null ? entry.queued : entry.started;
    entry.tried.add(
        new Attempt(
            action,
            String.valueOf(entry.owner),
            started,
            clock.instant(),
            outcome,
            trouble == null ? "" : trouble.failure().label(),
            trouble == null ? "" : trouble.reason(),
            bytes));
  }

  private void move(Entry entry, TransferState to, String why) {
    TransferState from = entry.state;
    active.remove(entry.id);
    unknown.remove(entry.id);
    entry.state = to;
    switch (to) {
      case QUEUED -> enqueue(entry);
      case ACTIVE -> active.put(entry.id, entry);
      case UNKNOWN -> unknown.put(entry.id, entry);
      case DONE, FAILED, CANCELLED -> {
        open.remove(entry.once());
        entry.finished = clock.instant();
      }
    }
    if (from != to) {
      listener.changed(entry.view(), from, to, why);
    }
  }

  @Override
  public List<Long> extend(Duration lease, List<Heard> held) {
    List<Long> lost = new ArrayList<>();
    for (Heard heard : held) {
      Entry entry = entries.get(heard.id());
      if (entry == null || entry.claim != heard.claim() || entry.owner == null) {
        lost.add(heard.id());
      } else {
        entry.leaseUntil = clock.instant().plus(lease);
        entry.bytes = Math.max(entry.bytes, heard.bytes());
        entry.rate = heard.bytesPerSecond();
      }
    }
    return lost;
  }

  @Override
  public int attempts(long id, FailureClass failure) {
    Entry entry = entries.get(id);
    return entry == null ? 0 : entry.failures.getOrDefault(failure, 0);
  }

  @Override
  public List<Boolean> settle(List<Settled> settled, RetryPolicy retries) {
    List<Boolean> counted = new ArrayList<>();
    for (Settled one : settled) {
      counted.add(settle(one.claim(), one.outcome()));
      one.outcome().answered().forEach(pauses::remove);
      PostgresBook.unreachable(one.outcome().settlement())
          .ifPresent(trouble -> pause(trouble, retries));
    }
    return counted;
  }

  private boolean settle(Claim claim, Outcome outcome) {
    Entry entry = entries.get(claim.id());
    if (entry == null
        || entry.claim != claim.number()
        || !claim.owner().equals(entry.owner)
        || (entry.state != TransferState.ACTIVE && entry.state != TransferState.UNKNOWN)) {
      return false;
    }
    Instant now = clock.instant();
    Settlement settlement = outcome.settlement();
    Trouble trouble =
        switch (settlement) {
          case Settlement.Done _ -> null;
          case Settlement.Retry retry -> retry.trouble();
          case Settlement.Failed failed -> failed.trouble();
          case Settlement.Unknown vague -> vague.trouble();
        };
    Outcome.Account account = outcome.account();
    log(entry, account.action(), outcomeOf(settlement), trouble, account.bytes());
    fares(entry, trouble, account.bytes());
    entry.owner = null;
    entry.leaseUntil = null;
    entry.touched |= account.touched();
    entry.bytes = Math.max(entry.bytes, account.bytes());
    entry.rate = 0;
    entry.error =
        trouble == null
            ? Transfer.LastError.NONE
            : new Transfer.LastError(trouble.failure().label(), trouble.reason());
    String why = trouble == null ? "" : trouble.reason();
    switch (settlement) {
      case Settlement.Done done -> {
        entry.bytes = entry.request.size();
        entry.verification = new Transfer.Verification(now, done.how());
        move(entry, TransferState.DONE, "verified at the destination: " + done.how());
      }
      case Settlement.Retry retry -> {
        entry.notBefore = now.plus(retry.delay());
        move(entry, TransferState.QUEUED, why);
      }
      case Settlement.Failed _ -> move(entry, TransferState.FAILED, why);
      case Settlement.Unknown vague -> {
        entry.notBefore = now.plus(vague.delay());
        move(entry, TransferState.UNKNOWN, why);
      }
    }
    return true;
  }

  private static String outcomeOf(Settlement settlement) {
    return switch (settlement) {
      case Settlement.Done _ -> "done";
      case Settlement.Retry _ -> "retry";
      case Settlement.Failed _ -> "failed";
      case Settlement.Unknown _ -> "unknown";
    };
  }

  private void fares(Entry entry, @Nullable Trouble trouble, long bytes) {
    Fared link = fared.computeIfAbsent(entry.link(), l -> new Fared());
    link.bytes += bytes;
    if (trouble == null) {
      link.done++;
    } else {
      switch (trouble.failure()) {
        case REMOTE, CHECKSUM, UNHEARD, CAPACITY -> link.failed++;
        case UNREACHABLE, DENIED, SOURCE, OCCUPIED, REFUSED -> {
          // not the link's doing
        }
      }
    }
  }

  private void adapt(Instant now) {
    Duration over = Duration.between(adapted, now);
    if (over.compareTo(ADAPT) < 0) {
      return;
    }
    adapted = now;
    fared.forEach((link, is) -> {
      Level before = levels.getOrDefault(link, Level.first(usual));
      boolean waiting =
          queued.getOrDefault(link, Map.of()).values().stream().anyMatch(q -> !q.isEmpty());
      Seen seen = new Seen(is.done, is.failed, is.bytes, over, waiting);
      Level after = Concurrency.next(before, seen, usual, now);
      levels.put(link, after);
      if (after.allowed() != before.allowed()) {
        rationales.add(now + " " + link + ": " + after.rationale());
      }
    });
    fared.clear();
  }

  private void pause(Trouble trouble, RetryPolicy retries) {
    SiteName site = trouble.site();
    if (site == null) {
      return;
    }
    Instant now = clock.instant();
    Pause before = pauses.get(site);
    if (before == null) {
      pauses.put(site, new Pause(site, 1, now, now.plus(retries.first()), trouble.reason()));
    } else if (!before.retryAt().isAfter(now)) {
      int failures = before.failures() + 1;
      pauses.put(
          site,
          new Pause(
              site,
              failures,
              before.since(),
              now.plus(retries.delay(failures, 1)),
              trouble.reason()));
    }
  }

  /// Queues a failed transfer again; whether it was one.
  boolean retry(long id) {
    Entry entry = entries.get(id);
    if (entry == null
        || entry.state != TransferState.FAILED
        || open.putIfAbsent(entry.once(), id) != null) {
      return false;
    }
    entry.notBefore = clock.instant();
    entry.finished = null;
    move(entry, TransferState.QUEUED, "asked for again");
    return true;
  }

  @Override
  public Optional<Transfer> find(long id) {
    return Optional.ofNullable(entries.get(id)).map(Entry::view);
  }

  @Override
  public List<Attempt> tried(long id, int limit) {
    Entry entry = entries.get(id);
    List<Attempt> all = entry == null ? List.of() : entry.tried;
    return List.copyOf(all.subList(Math.max(0, all.size() - limit), all.size()));
  }

  /// Those that have not ended.
  List<Transfer> pending() {
    return open.values().stream().sorted().map(id -> find(id).orElseThrow()).toList();
  }

  int pendingCount() {
    return open.size();
  }

  /// How many go before a queued one on its link within its activity.
  long ahead(Transfer transfer) {
    Map<String, TreeSet<Entry>> on =
        queued.getOrDefault(
            new Link(transfer.request().from().site(), transfer.request().to().site()), Map.of());
    TreeSet<Entry> line = on.get(transfer.request().activity());
    Entry entry = entries.get(transfer.id());
    return line == null || entry == null ? 0 : line.headSet(entry).size();
  }

  Collection<Pause> pauses() {
    return pauses.values();
  }

  List<Downtime> downtimes() {
    return downtimes;
  }

  List<String> rationales() {
    return rationales;
  }

  /// Forgets what ended, so that ten years fit into memory; returns whether it had ended.
  boolean forget(long id) {
    Entry entry = entries.get(id);
    boolean ended = entry != null && entry.finished != null;
    if (ended) {
      entries.remove(id);
    }
    return ended;
  }

  /// When something that waits is due next; empty when nothing waits.
  Optional<Instant> nextDue() {
    Instant due = null;
    for (Entry entry : unknown.values()) {
      due = earlier(due, entry.leaseUntil == null ? entry.notBefore : entry.leaseUntil);
    }
    for (Map<String, TreeSet<Entry>> byActivity : queued.values()) {
      for (TreeSet<Entry> line : byActivity.values()) {
        for (Entry entry : line) {
          due = earlier(due, entry.notBefore);
        }
      }
    }
    return Optional.ofNullable(due);
  }

  private static Instant earlier(@Nullable Instant a, Instant b) {
    return a == null || b.isBefore(a) ? b : a;
  }
}
