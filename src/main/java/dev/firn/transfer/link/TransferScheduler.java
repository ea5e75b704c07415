package dev.firn.transfer.link;

import dev.firn.model.ByteSize;
import dev.firn.model.SiteName;
import dev.firn.transfer.link.Concurrency.Level;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// Decides which queued transfers start now. Pure: a view and a time in, a plan out.
///
/// Nothing starts where a site has a downtime or did not answer (once its pause is over, one
/// transfer tries it), where the calendar closes the link, or where the link moves as much as it
/// may. Links take turns, the one with the fewest running first; within a link activities go by
/// their shares, within an activity higher priority goes first, then the older.
public final class TransferScheduler {
  /// Over how long starts are counted for the limit of files per second.
  public static final Duration LATELY = Duration.ofSeconds(10);

  /// A transfer that could start, as far as its own back-off is concerned.
  public record Candidate(long id, int priority, String activity, long size) {
    public Candidate(long id, int priority) {
      this(id, priority, "", 0);
    }
  }

  /// What moves on a link, in all processes.
  ///
  /// @param byActivity running transfers by activity
  /// @param startedLately within [#LATELY]
  public record Traffic(
      int active, Map<String, Integer> byActivity, long bytesPerSecond, int startedLately) {
    public static final Traffic NONE = new Traffic(0, Map.of(), 0, 0);

    public static Traffic of(int active) {
      return new Traffic(active, Map.of("", active), 0, 0);
    }
  }

  /// @param ready the best candidates of each of the link's activities, in any order
  public record LinkView(
      Link link, LinkPolicy policy, Level level, Traffic traffic, List<Candidate> ready) {
    public LinkView with(List<Candidate> candidates) {
      return new LinkView(link, policy, level, traffic, candidates);
    }

    /// How many transfers at a time it may run now: what was found out, and no more than an
    /// operator allows since.
    public int allowed() {
      return Math.min(level.allowed(), policy.most());
    }

    /// How many more than run now; not positive when it is full.
    public int room() {
      return allowed() - traffic.active();
    }

    /// A link with a fixed number of transfers at a time.
    public static LinkView fixed(Link link, int transfers, int active, List<Candidate> ready) {
      LinkPolicy policy = LinkPolicy.fixed(transfers);
      return new LinkView(link, policy, Level.first(policy), Traffic.of(active), ready);
    }
  }

  /// A site that did not answer `failures` times in a row since `since`.
  public record Pause(SiteName site, int failures, Instant since, Instant retryAt, String why) {}

  /// @param slots how many transfers this process can still take
  public record View(
      List<LinkView> links, List<Pause> pauses, List<Downtime> downtimes, int slots) {
    /// Without downtimes.
    public View(List<LinkView> links, List<Pause> pauses, int slots) {
      this(links, pauses, List.of(), slots);
    }
  }

  /// @param start what to start, in this order
  /// @param held why the other candidates of a link do not start
  public record Plan(List<Long> start, Map<Link, Hold> held) {}

  public Plan plan(View view, Instant now) {
    return new Planning(view, now).plan();
  }

  /// One plan in the making.
  private static final class Planning {
    private final View view;
    private final Instant now;
    private final Map<SiteName, Pause> pauses = new HashMap<>();
    private final Map<SiteName, Integer> trials = new HashMap<>();
    private final Map<Link, Hold> held = new HashMap<>();
    private final List<Turn> turns = new ArrayList<>();

    Planning(View view, Instant now) {
      this.view = view;
      this.now = now;
      view.pauses().forEach(p -> pauses.put(p.site(), p));
      for (LinkView link : view.links()) {
        Optional<Hold> closed = closed(link);
        if (closed.isPresent()) {
          held.put(link.link(), closed.get());
        } else {
          turns.add(new Turn(link, now));
        }
        for (SiteName site : pauses.keySet()) {
          if (link.link().touches(site)) {
            trials.merge(site, link.traffic().active(), Integer::sum);
          }
        }
      }
    }

    Plan plan() {
      List<Long> start = new ArrayList<>();
      while (start.size() < view.slots()) {
        Optional<Turn> next =
            turns.stream()
                .filter(t -> t.waits() && !t.isFull() && onTrial(t.link))
                .min(Comparator.comparingInt((Turn t) -> t.running).thenComparing(Turn::oldest));
        if (next.isEmpty()) {
          break;
        }
        Turn turn = next.get();
        start.add(turn.take().id());
        trials.replaceAll((site, n) -> turn.link.touches(site) ? n + 1 : n);
      }
      turns.stream().filter(Turn::waits).forEach(t -> held.put(t.link, why(t)));
      return new Plan(start, held);
    }

    private Optional<Hold> closed(LinkView view) {
      Link link = view.link();
      Optional<Downtime> down =
          this.view.downtimes().stream()
              .filter(d -> link.touches(d.site()) && d.holds(now))
              .max(Comparator.comparing(Downtime::until));
      if (down.isPresent()) {
        return down.map(d ->
            Hold.Kind.DOWNTIME.because(
                "%s has a downtime until %s (%s)".formatted(d.site(), at(d.until()), d.why())));
      }
      if (view.policy().blocked()) {
        return Optional.of(
            Hold.Kind.BLOCKED.because(
                "the link " + link + " is blocked: the two sites cannot talk"));
      }
      Optional<LinkCalendar.Window> window =
          view.policy().calendar().at(now).filter(LinkCalendar.Window::closed);
      if (window.isPresent()) {
        return window.map(w ->
            Hold.Kind.CALENDAR.because(
                "the calendar of the link %s has it closed now: %s".formatted(link, w.text())));
      }
      return pauses.values().stream()
          .filter(p -> link.touches(p.site()) && p.retryAt().isAfter(now))
          .max(Comparator.comparing(Pause::retryAt))
          .map(p ->
              Hold.Kind.SILENT.because(
                  "%s has not answered since %s (%s); it is tried again at %s"
                      .formatted(p.site(), at(p.since()), p.why(), at(p.retryAt()))));
    }

    private static Instant at(Instant instant) {
      return instant.truncatedTo(ChronoUnit.SECONDS);
    }

    private boolean onTrial(Link link) {
      return pauses.keySet().stream()
          .noneMatch(site -> link.touches(site) && trials.getOrDefault(site, 0) > 0);
    }

    private Hold why(Turn turn) {
      Optional<Hold> full = turn.full();
      if (full.isPresent()) {
        return full.get();
      }
      return onTrial(turn.link)
          ? Hold.Kind.SLOTS.because("this process runs as many transfers as it may")
          : Hold.Kind.SILENT.because("one transfer tries whether a silent site answers again");
    }
  }

  /// A link under plan.
  private static final class Turn {
    final Link link;
    private final LinkView view;
    private final long bytesPerSecond;
    private final Map<String, Deque<Candidate>> ready = new TreeMap<>();
    private final Map<String, Integer> shares = new HashMap<>();
    int running;
    private int started;

    Turn(LinkView view, Instant now) {
      this.link = view.link();
      this.view = view;
      this.running = view.traffic().active();
      this.bytesPerSecond =
          view.policy()
              .calendar()
              .at(now)
              .map(LinkCalendar.Window::bytesPerSecond)
              .orElse(view.policy().bytesPerSecond());
      shares.putAll(view.traffic().byActivity());
      List<Candidate> ordered = new ArrayList<>(view.ready());
      ordered.sort(
          Comparator.comparingInt((Candidate c) -> -c.priority()).thenComparing(Candidate::id));
      for (Candidate one : ordered) {
        ready.computeIfAbsent(one.activity(), a -> new ArrayDeque<>()).add(one);
      }
    }

    boolean waits() {
      return !ready.isEmpty();
    }

    long oldest() {
      return ready.values().stream().mapToLong(q -> q.getFirst().id()).min().orElse(0);
    }

    boolean isFull() {
      return running >= view.allowed() || bytesAreUp() || filesAreUp();
    }

    /// A rate is known only once something runs: what starts is added one at a time.
    private boolean bytesAreUp() {
      return bytesPerSecond > 0
          && running > 0
          && (view.traffic().bytesPerSecond() >= bytesPerSecond || started > 0);
    }

    private boolean filesAreUp() {
      double files = view.policy().filesPerSecond();
      return files > 0 && lately() >= Math.max(1, files * LATELY.toSeconds());
    }

    private int lately() {
      return view.traffic().startedLately() + started;
    }

    /// What keeps more from starting here; empty when nothing does.
    Optional<Hold> full() {
      if (running >= view.allowed()) {
        return Optional.of(
            Hold.Kind.TRANSFERS.because(
                "the link %s runs %d of %d%s (%s)"
                    .formatted(
                        link,
                        view.traffic().active(),
                        view.allowed(),
                        view.room() > 0 ? ", and those ahead of it take the rest" : "",
                        view.level().rationale())));
      }
      if (bytesAreUp()) {
        return Optional.of(
            Hold.Kind.BYTES.because(
                "the link %s moves %s/s of %s/s"
                    .formatted(
                        link,
                        new ByteSize(view.traffic().bytesPerSecond()),
                        new ByteSize(bytesPerSecond))));
      }
      return filesAreUp()
          ? Optional.of(
              Hold.Kind.FILES.because(
                  "the link %s started %d transfers in the last %d s and may start %s a second"
                      .formatted(
                          link, lately(), LATELY.toSeconds(), view.policy().filesPerSecond())))
          : Optional.empty();
    }

    /// The best of the activity that is furthest below its share.
    Candidate take() {
      Map.Entry<String, Deque<Candidate>> line =
          ready.entrySet().stream()
              .min(
                  Comparator.comparingDouble((Map.Entry<String, Deque<Candidate>> e) ->
                          shares.getOrDefault(e.getKey(), 0)
                              / (double) view.policy().weight(e.getKey()))
                      .thenComparing(e -> -e.getValue().getFirst().priority())
                      .thenComparing(e -> e.getValue().getFirst().id()))
              .orElseThrow();
      Candidate one = line.getValue().removeFirst();
      shares.merge(line.getKey(), 1, Integer::sum);
      if (line.getValue().isEmpty()) {
        ready.remove(line.getKey());
      }
      running++;
      started++;
      return one;
    }
  }
}
