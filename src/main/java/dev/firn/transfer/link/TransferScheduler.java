package dev.firn.transfer.link;

import dev.firn.model.SiteName;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Decides which queued transfers start now. Pure: a view and a time in, a plan out.
///
/// A link runs at most so many transfers at a time. A site that did not answer gets nothing until
/// its pause is over, and then one transfer to try it with. Links take turns, the one with the
/// fewest running first; within a link higher priority goes first, then the older.
public final class TransferScheduler {
  private final int perLink;

  public TransferScheduler(int perLink) {
    if (perLink < 1) {
      throw new IllegalArgumentException("a link needs at least one transfer at a time");
    }
    this.perLink = perLink;
  }

  /// An ordered pair of sites.
  public record Link(SiteName source, SiteName destination) {
    boolean touches(SiteName site) {
      return source.equals(site) || destination.equals(site);
    }

    @Override
    public String toString() {
      return source + " to " + destination;
    }
  }

  /// A transfer that could start, as far as its own back-off is concerned.
  public record Candidate(long id, int priority) {}

  /// @param active transfers running on the link, in all processes
  /// @param ready the best candidates of the link, in any order
  public record LinkView(Link link, int active, List<Candidate> ready) {}

  /// A site that did not answer `failures` times in a row since `since`.
  public record Pause(SiteName site, int failures, Instant since, Instant retryAt, String why) {}

  /// @param slots how many transfers this process can still take
  public record View(List<LinkView> links, List<Pause> pauses, int slots) {}

  /// @param start what to start, in this order
  /// @param held why the other candidates of a link do not start
  public record Plan(List<Long> start, Map<Link, String> held) {}

  public Plan plan(View view, Instant now) {
    Map<SiteName, Pause> pauses = new HashMap<>();
    view.pauses().forEach(p -> pauses.put(p.site(), p));
    List<Turn> turns = new ArrayList<>();
    Map<Link, String> held = new HashMap<>();
    Map<SiteName, Integer> trials = new HashMap<>();
    for (LinkView link : view.links()) {
      Optional<String> closed = closed(link.link(), pauses, now);
      if (closed.isPresent()) {
        held.put(link.link(), closed.get());
      } else {
        turns.add(new Turn(link));
      }
      for (SiteName site : pauses.keySet()) {
        if (link.link().touches(site)) {
          trials.merge(site, link.active(), Integer::sum);
        }
      }
    }
    List<Long> start = new ArrayList<>();
    while (start.size() < view.slots()) {
      Optional<Turn> next =
          turns.stream()
              .filter(t -> t.running < perLink && !t.ready.isEmpty())
              .filter(t -> onTrial(t.link, pauses, trials))
              .min(Comparator.comparingInt((Turn t) -> t.running).thenComparing(t -> t.oldest()));
      if (next.isEmpty()) {
        break;
      }
      Turn turn = next.get();
      start.add(turn.ready.removeFirst().id());
      turn.running++;
      trials.replaceAll((site, n) -> turn.link.touches(site) ? n + 1 : n);
    }
    turns.stream()
        .filter(t -> !t.ready.isEmpty())
        .forEach(t -> held.put(t.link, why(t, pauses, trials)));
    return new Plan(start, held);
  }

  /// A link under plan.
  private static final class Turn {
    final Link link;
    final Deque<Candidate> ready;
    int running;

    Turn(LinkView view) {
      this.link = view.link();
      this.running = view.active();
      List<Candidate> ordered = new ArrayList<>(view.ready());
      ordered.sort(
          Comparator.comparingInt((Candidate c) -> -c.priority()).thenComparing(Candidate::id));
      this.ready = new ArrayDeque<>(ordered);
    }

    long oldest() {
      return ready.getFirst().id();
    }
  }

  private static Optional<String> closed(Link link, Map<SiteName, Pause> pauses, Instant now) {
    return pauses.values().stream()
        .filter(p -> link.touches(p.site()) && p.retryAt().isAfter(now))
        .max(Comparator.comparing(Pause::retryAt))
        .map(p ->
            "%s has not answered since %s (%s); it is tried again at %s"
                .formatted(p.site(), p.since(), p.why(), p.retryAt()));
  }

  private static boolean onTrial(
      Link link, Map<SiteName, Pause> pauses, Map<SiteName, Integer> trials) {
    return pauses.keySet().stream()
        .noneMatch(site -> link.touches(site) && trials.getOrDefault(site, 0) > 0);
  }

  private String why(Turn turn, Map<SiteName, Pause> pauses, Map<SiteName, Integer> trials) {
    if (turn.running >= perLink) {
      return "the link %s runs %d of %d".formatted(turn.link, turn.running, perLink);
    }
    return onTrial(turn.link, pauses, trials)
        ? "this process runs as many transfers as it may"
        : "one transfer tries whether a silent site answers again";
  }
}
