package dev.firn.door.admission;

import java.net.InetAddress;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.atomic.LongAdder;

/// Who moved how much, which way and with whom: in the last ten seconds, hour, day and month.
///
/// Bounded: at most [#MOST] movers a span are told apart, what others move is counted together. All
/// threads of a door add to it.
public final class Traffic {
  /// How many movers are told apart in one span of time.
  public static final int MOST = 500;

  /// Spans that are looked back over, each in steps after which they are forgotten.
  public enum Span {
    NOW(Duration.ofSeconds(1), 10),
    HOUR(Duration.ofMinutes(1), 60),
    DAY(Duration.ofMinutes(30), 48),
    MONTH(Duration.ofHours(12), 60);

    private final long step;
    private final int steps;

    Span(Duration step, int steps) {
      this.step = step.toMillis();
      this.steps = steps;
    }

    /// The whole of it, in seconds.
    public long seconds() {
      return step * steps / 1000;
    }
  }

  /// @param peer name or address of the other end
  public record Mover(String subject, String peer, Direction direction) {}

  /// What one moved in one step of a span.
  record Step(Span span, long index, Moved moved) {}

  /// What one has moved in a span.
  public record Moved(Mover mover, long bytes, long requests) {
    Moved plus(Moved other) {
      return new Moved(mover, bytes + other.bytes, requests + other.requests);
    }
  }

  /// Counted by many threads at once.
  private static final class Sum {
    private final LongAdder bytes = new LongAdder();
    private final LongAdder requests = new LongAdder();

    void add(long moreBytes, long moreRequests) {
      bytes.add(moreBytes);
      requests.add(moreRequests);
    }

    Moved movedBy(Mover mover) {
      return new Moved(mover, bytes.sum(), requests.sum());
    }
  }

  /// The step of a span that now is, found without waiting for whoever else looks.
  private record Current(long index, Map<Mover, Sum> sums) {}

  private final InstantSource clock;
  private final AtomicReferenceArray<Current> currents =
      new AtomicReferenceArray<>(Span.values().length);
  private final Map<Span, TreeMap<Long, Map<Mover, Sum>>> steps = new ConcurrentHashMap<>();

  private final Map<Direction, LongAdder> totals =
      Map.of(Direction.IN, new LongAdder(), Direction.OUT, new LongAdder());

  public Traffic(InstantSource clock) {
    this.clock = clock;
    for (Span span : Span.values()) {
      steps.put(span, new TreeMap<>());
    }
  }

  void passed(Ask ask, long bytes, long requests) {
    total(ask.direction()).add(bytes);
    Mover mover = new Mover(ask.subject(), name(ask.peer()), ask.direction());
    long now = clock.millis();
    for (Map.Entry<Span, TreeMap<Long, Map<Mover, Sum>>> entry : steps.entrySet()) {
      sum(step(entry.getKey(), entry.getValue(), now), mover).add(bytes, requests);
    }
  }

  /// Bytes moved since the start.
  public long moved(Direction direction) {
    return total(direction).sum();
  }

  private LongAdder total(Direction direction) {
    return Objects.requireNonNull(totals.get(direction), "every direction has its total");
  }

  /// The name an address was found by, as those of copies are; else the address. Asks nobody.
  private static String name(InetAddress address) {
    String known = address.toString();
    String name = known.substring(0, known.indexOf('/'));
    return name.isEmpty() ? address.getHostAddress() : name;
  }

  private static Sum sum(Map<Mover, Sum> step, Mover mover) {
    Sum known = step.get(mover);
    if (known != null) {
      return known;
    }
    Mover counted = step.size() < MOST ? mover : new Mover("others", "", mover.direction());
    return step.computeIfAbsent(counted, m -> new Sum());
  }

  private Map<Mover, Sum> step(Span span, TreeMap<Long, Map<Mover, Sum>> all, long now) {
    long index = now / span.step;
    Current current = currents.get(span.ordinal());
    if (current != null && current.index == index) {
      return current.sums;
    }
    synchronized (all) {
      all.headMap(index - span.steps, true).clear();
      Map<Mover, Sum> sums = all.computeIfAbsent(index, i -> new ConcurrentHashMap<>());
      currents.set(span.ordinal(), new Current(index, sums));
      return sums;
    }
  }

  /// What is worth keeping over a restart: all but the last seconds.
  List<Step> kept() {
    List<Step> kept = new ArrayList<>();
    steps.forEach((span, all) -> {
      if (span != Span.NOW) {
        synchronized (all) {
          all.forEach((index, movers) ->
              movers.forEach((mover, sum) -> kept.add(new Step(span, index, sum.movedBy(mover)))));
        }
      }
    });
    return kept;
  }

  /// Adds what was kept, of spans that are not over.
  void restore(List<Step> kept) {
    for (Step step : kept) {
      TreeMap<Long, Map<Mover, Sum>> all = Objects.requireNonNull(steps.get(step.span()));
      Moved moved = step.moved();
      synchronized (all) {
        if (step.index() > clock.millis() / step.span().step - step.span().steps) {
          all.computeIfAbsent(step.index(), i -> new ConcurrentHashMap<>())
              .computeIfAbsent(moved.mover(), m -> new Sum())
              .add(moved.bytes(), moved.requests());
        }
      }
    }
  }

  /// All that moved in the span that ends now, those who moved most first.
  public List<Moved> in(Span span) {
    TreeMap<Long, Map<Mover, Sum>> all = Objects.requireNonNull(steps.get(span));
    Map<Mover, Moved> sums = new HashMap<>();
    synchronized (all) {
      long oldest = clock.millis() / span.step - span.steps;
      all.tailMap(oldest, false)
          .values()
          .forEach(step ->
              step.forEach((mover, sum) -> sums.merge(mover, sum.movedBy(mover), Moved::plus)));
    }
    List<Moved> moved = new ArrayList<>(sums.values());
    moved.sort(Comparator.comparingLong(Moved::bytes).reversed());
    return moved;
  }
}
