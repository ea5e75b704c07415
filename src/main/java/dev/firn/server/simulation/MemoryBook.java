package dev.firn.server.simulation;

import dev.firn.model.SiteName;
import dev.firn.model.TransferState;
import dev.firn.transfer.link.Downtime;
import dev.firn.transfer.link.Link;
import dev.firn.transfer.link.LinkPolicy;
import dev.firn.transfer.link.TransferScheduler.Pause;
import dev.firn.transfer.link.TransferScheduler.View;
import dev.firn.transfer.queue.Attempt;
import dev.firn.transfer.queue.Claim;
import dev.firn.transfer.queue.FailureClass;
import dev.firn.transfer.queue.Older;
import dev.firn.transfer.queue.Outcome;
import dev.firn.transfer.queue.PostgresBook;
import dev.firn.transfer.queue.RetryPolicy;
import dev.firn.transfer.queue.Settlement;
import dev.firn.transfer.queue.Settlement.Trouble;
import dev.firn.transfer.queue.Subject;
import dev.firn.transfer.queue.Transfer;
import dev.firn.transfer.queue.TransferBook;
import dev.firn.transfer.queue.TransferRequest;
import dev.firn.transfer.queue.TransferStore.Heard;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// A record of transfers kept in memory, for simulations: the behaviour of the hub's own, without
/// its durability. One thread at a time.
final class MemoryBook implements TransferBook {
  private final InstantSource clock;
  private final Listener listener;
  private final LinkLines lines;
  private final Map<Long, BookEntry> entries = new HashMap<>();
  private final Map<List<String>, Long> open = new HashMap<>();
  private final Map<String, Set<BookEntry>> bySubject = new HashMap<>();
  private final Map<Long, BookEntry> active = new TreeMap<>();
  private final Map<Long, BookEntry> unknown = new TreeMap<>();
  private final SimPauses pauses = new SimPauses();
  private final List<Downtime> downtimes = new ArrayList<>();
  private long lastId;

  /// What follows from a change of state, as the catalog and the requests are told in a hub.
  interface Listener {
    void changed(Transfer transfer, @Nullable TransferState from, TransferState to, String why);

    /// Older versions of the file on record where it is to go.
    default List<Older> older(Transfer transfer) {
      return List.of();
    }

    /// They are about to be overwritten; returns why they must not be.
    default Optional<String> letGo(Transfer transfer, List<Older> found) {
      return Optional.of("there are none");
    }
  }

  MemoryBook(InstantSource clock, LinkPolicy usual, Listener listener) {
    this.clock = clock;
    this.listener = listener;
    this.lines = new LinkLines(usual, clock.instant());
  }

  @Override
  public long queue(TransferRequest request, String who, String why) {
    BookEntry entry = new BookEntry(lastId + 1, request, why, clock.instant());
    Long there = open.putIfAbsent(entry.once(), entry.id);
    if (there != null) {
      return there;
    }
    lastId++;
    entries.put(entry.id, entry);
    bySubject.computeIfAbsent(entry.subject(), s -> new LinkedHashSet<>()).add(entry);
    lines.add(entry);
    listener.changed(entry.view(), null, TransferState.QUEUED, why);
    return entry.id;
  }

  @Override
  public List<Claim> claim(Holder holder, int slots, Planner planner) {
    Instant now = clock.instant();
    lines.adapt(now);
    expire(now);
    List<Claim> claims = new ArrayList<>();
    for (BookEntry entry : unknown.values()) {
      Instant until = entry.leaseUntil;
      boolean free = entry.owner == null || (until != null && until.isBefore(now));
      if (claims.size() < slots
          && free
          && !entry.notBefore.isAfter(now)
          && pauses.mayAsk(entry.request.to().site(), now)) {
        claims.add(claimed(entry, holder, now, true));
      }
    }
    if (claims.size() < slots) {
      int left = slots - claims.size();
      for (long id : planner.plan(view(left), now).start()) {
        BookEntry entry = entries.get(id);
        if (entry == null || entry.state != TransferState.QUEUED) {
          throw new IllegalStateException("planned what is not queued: " + id);
        }
        lines.remove(entry);
        entry.attempts++;
        entry.bytes = 0;
        move(entry, TransferState.ACTIVE, "attempt " + entry.attempts);
        claims.add(claimed(entry, holder, now, false));
      }
    }
    return claims;
  }

  private Claim claimed(BookEntry entry, Holder holder, Instant now, boolean look) {
    entry.owner = holder.owner();
    entry.leaseUntil = now.plus(holder.lease());
    entry.claim++;
    entry.started = now;
    return new Claim(entry.view(), entry.claim, holder.owner(), look, entry.touched);
  }

  /// What the scheduler sees now.
  View view(int slots) {
    Instant now = clock.instant();
    return new View(
        lines.views(active.values(), slots, now),
        List.copyOf(pauses.all()),
        List.copyOf(downtimes),
        slots);
  }

  private void expire(Instant now) {
    for (BookEntry entry : List.copyOf(active.values())) {
      Instant until = entry.leaseUntil;
      if (until != null && until.isBefore(now)) {
        String why = "the process that held it (" + entry.owner + ") stopped";
        entry.log("copy", "unknown", new Trouble(FailureClass.UNHEARD, why), now, entry.bytes);
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

  private void move(BookEntry entry, TransferState to, String why) {
    TransferState from = entry.state;
    active.remove(entry.id);
    unknown.remove(entry.id);
    entry.state = to;
    switch (to) {
      case QUEUED -> lines.add(entry);
      case ACTIVE -> active.put(entry.id, entry);
      case UNKNOWN -> unknown.put(entry.id, entry);
      case DONE, FAILED, CANCELLED -> {
        open.remove(entry.once());
        Set<BookEntry> others = bySubject.getOrDefault(entry.subject(), new LinkedHashSet<>());
        others.remove(entry);
        if (others.isEmpty()) {
          bySubject.remove(entry.subject());
        }
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
      BookEntry entry = entries.get(heard.id());
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
    BookEntry entry = entries.get(id);
    return entry == null ? 0 : entry.failures.getOrDefault(failure, 0);
  }

  @Override
  public List<Older> older(Claim claim) {
    return listener.older(claim.transfer());
  }

  @Override
  public Optional<String> letGo(Claim claim, List<Older> found) {
    BookEntry entry = entries.get(claim.id());
    return entry == null || entry.claim != claim.number()
        ? Optional.of("the lease was lost")
        : listener.letGo(claim.transfer(), found);
  }

  @Override
  public List<Boolean> settle(List<Settled> settled, RetryPolicy retries) {
    List<Boolean> counted = new ArrayList<>();
    for (Settled one : settled) {
      counted.add(settle(one.claim(), one.outcome()));
      one.outcome().answered().forEach(pauses::end);
      PostgresBook.unreachable(one.outcome().settlement())
          .ifPresent(trouble -> pauses.begin(trouble, retries, clock.instant()));
    }
    return counted;
  }

  private boolean settle(Claim claim, Outcome outcome) {
    BookEntry entry = entries.get(claim.id());
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
    entry.log(account.action(), outcomeOf(settlement), trouble, now, account.bytes());
    lines.fares(entry, trouble, account.bytes());
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

  /// Takes a queued transfer back; whether it was queued.
  boolean cancel(long id, String why) {
    BookEntry entry = entries.get(id);
    if (entry == null || entry.state != TransferState.QUEUED) {
      return false;
    }
    lines.remove(entry);
    entry.claim++;
    move(entry, TransferState.CANCELLED, why);
    return true;
  }

  /// Whether a transfer that has not ended reads or writes the copy of a subject at a site.
  boolean inUse(Subject subject, SiteName site) {
    return bySubject.getOrDefault(subject.kind() + subject.id(), Set.of()).stream()
        .anyMatch(e -> e.link().touches(site));
  }

  /// What an operator allows a link.
  LinkPolicy policy(Link link) {
    return lines.policy(link);
  }

  void set(Link link, LinkPolicy policy) {
    lines.set(link, policy);
  }

  /// Queues a failed transfer again; whether it was one.
  boolean retry(long id) {
    BookEntry entry = entries.get(id);
    if (entry == null
        || entry.state != TransferState.FAILED
        || open.putIfAbsent(entry.once(), id) != null) {
      return false;
    }
    entry.notBefore = clock.instant();
    entry.finished = null;
    entry.failures.clear();
    bySubject.computeIfAbsent(entry.subject(), s -> new LinkedHashSet<>()).add(entry);
    move(entry, TransferState.QUEUED, "asked for again");
    return true;
  }

  @Override
  public Optional<Transfer> find(long id) {
    return Optional.ofNullable(entries.get(id)).map(BookEntry::view);
  }

  @Override
  public List<Attempt> tried(long id, int limit) {
    BookEntry entry = entries.get(id);
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
    BookEntry entry = entries.get(transfer.id());
    return entry == null ? 0 : lines.ahead(entry);
  }

  Collection<Pause> pauses() {
    return pauses.all();
  }

  List<Downtime> downtimes() {
    return downtimes;
  }

  /// The time by the record's own clock.
  Instant now() {
    return clock.instant();
  }

  /// A downtime is announced; those that are long past are forgotten.
  void plan(Downtime downtime) {
    Instant past = clock.instant().minus(Duration.ofDays(1));
    downtimes.removeIf(d -> d.until().isBefore(past));
    downtimes.add(downtime);
  }

  List<String> rationales() {
    return lines.rationales();
  }

  /// Forgets what ended, so that ten years fit into memory; returns whether it had ended.
  boolean forget(long id) {
    BookEntry entry = entries.get(id);
    boolean ended = entry != null && entry.finished != null;
    if (ended) {
      entries.remove(id);
    }
    return ended;
  }

  /// When something that waits is due next; empty when nothing waits.
  Optional<Instant> nextDue() {
    Optional<Instant> due = lines.nextDue();
    for (BookEntry entry : unknown.values()) {
      Instant at = entry.leaseUntil == null ? entry.notBefore : entry.leaseUntil;
      due = due.filter(d -> d.isBefore(at)).or(() -> Optional.of(at));
    }
    return due;
  }
}
