package dev.firn.door.admission;

import dev.firn.http.Doorman;
import dev.firn.http.Exchange;
import dev.firn.http.HttpProblem;
import dev.firn.model.LogicalName;
import java.net.InetAddress;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;

/// Decides which requests may begin, which may move bytes now and how fast, and keeps account of
/// them.
///
/// Besides the configured limits there are some of the door's own: it carries so many large
/// transfers and so many listings at a time, shared fairly between subjects, so that small reads
/// always find a thread.
public final class Admission implements Doorman {
  /// From this size on a transfer is large: it takes one of the places.
  public static final long LARGE = 1024 * 1024;

  private static final int LONGEST_WAIT_SECONDS = 15;

  /// Directories that are listed at a time: one may have a million names.
  private static final int LISTINGS = 32;

  /// From so many gauges on those that are not in use are forgotten.
  private static final int MANY_GAUGES = 10_000;

  private final InstantSource clock;
  private final Traffic traffic;
  private final Shares large;
  private final Shares listings = new Shares(LISTINGS);
  private final AtomicInteger refused = new AtomicInteger();
  private volatile Rules rules;

  /// The gauges of limits that each subject has for itself are made when it comes.
  private record Rules(List<Limit> limits, Map<Key, Gauge> gauges) {}

  private record Key(Limit limit, String subject) {}

  /// @param places how many large transfers are carried at a time
  public Admission(int places, List<Limit> limits, InstantSource clock) {
    this.large = new Shares(places);
    this.clock = clock;
    this.traffic = new Traffic(clock);
    this.rules = new Rules(List.copyOf(limits), new HashMap<>());
  }

  /// Puts other limits in force for what begins from now on. Those that stay as they were go on
  /// counting what they counted.
  public void replace(List<Limit> limits) {
    Rules before = rules;
    synchronized (before.gauges()) {
      Map<Key, Gauge> gauges = new HashMap<>(before.gauges());
      gauges.keySet().removeIf(key -> !limits.contains(key.limit()));
      rules = new Rules(List.copyOf(limits), gauges);
    }
  }

  public List<Limit> limits() {
    return rules.limits();
  }

  public Traffic traffic() {
    return traffic;
  }

  /// Large transfers under way.
  public int underWay() {
    return large.taken();
  }

  /// Listings under way.
  public int listings() {
    return listings.taken();
  }

  /// How many requests were told to come later since the start.
  public int refused() {
    return refused.get();
  }

  /// The same request, admitted when its bytes begin to move and held to its limits while they do.
  public Guarded guard(Exchange exchange, String subject, LogicalName name) {
    return new Guarded(exchange, this, subject, name);
  }

  /// Lets a request in, whatever it wants; the bytes it moves are [#admit admitted] by themselves.
  ///
  /// @throws HttpProblem 429 when its subject has asked as often as it may, 503 when everybody
  ///   together has, with `Retry-After`
  public void enter(Ask ask) {
    Rules inForce = rules;
    for (Limit limit : inForce.limits()) {
      if (limit.most().requests() > 0 && limit.about().fits(ask)) {
        RequestRate.Answer answer = gauge(inForce, limit, ask.subject()).request(ask.subject());
        if (answer != RequestRate.Answer.YES) {
          boolean own = limit.each() || answer == RequestRate.Answer.OVER_SHARE;
          throw later(own ? 429 : 503, limit.name() + " has as many requests a second", 1);
        }
      }
    }
  }

  /// A connection counts for the limits of its site; nobody has said yet who he is.
  @Override
  public Entry opened(InetAddress from) {
    List<Gauge> gauges = new ArrayList<>();
    Optional<String> full = Optional.empty();
    Rules inForce = rules;
    for (Limit limit : inForce.limits()) {
      if (limit.most().connections() > 0 && limit.about().holds(from)) {
        Gauge gauge = gauge(inForce, limit, "");
        gauges.add(gauge);
        if (gauge.connect() > limit.most().connections()) {
          refused.incrementAndGet();
          full = Optional.of(limit.name() + " has as many connections as it may");
        }
      }
    }
    return new Entry(full, () -> gauges.forEach(Gauge::disconnect));
  }

  /// Accounts for a request that moves no bytes.
  void accountFor(Ask ask) {
    traffic.passed(ask, 0, 1);
  }

  /// Lets a request's bytes begin to move.
  ///
  /// @throws HttpProblem 429 when its subject has what it may have, 503 when the door is full, with
  ///   `Retry-After`
  public Passage admit(Ask ask) {
    List<Gauge> entered = new ArrayList<>();
    try {
      Rules inForce = rules;
      for (Limit limit : inForce.limits()) {
        if (limit.about().fits(ask)) {
          Gauge gauge = gauge(inForce, limit, ask.subject());
          Places.Answer answer = gauge.enter(ask.subject());
          if (answer != Places.Answer.YES) {
            boolean own = limit.each() || answer == Places.Answer.OVER_SHARE;
            throw later(own ? 429 : 503, limit.name() + " has as many transfers under way", 1);
          }
          entered.add(gauge);
        }
      }
      boolean big = ask.bytes() < 0 || ask.bytes() >= LARGE;
      if (big) {
        take(large, ask.subject(), "transfers under way");
      }
      Passage passage = new Passage(this, ask, List.copyOf(entered), big);
      entered.clear();
      return passage;
    } finally {
      entered.forEach(gauge -> gauge.leave(ask.subject()));
    }
  }

  /// Lets a directory be listed.
  ///
  /// @throws HttpProblem 429 when its subject has as many listings under way as it may, 503 when
  ///   the door is full of them, with `Retry-After`
  public Shares.Place list(String subject) {
    return place(listings, subject, "listings under way");
  }

  /// Takes one of `shares` for a subject.
  ///
  /// @param what they are for, as in "third-party copies"
  /// @throws HttpProblem 429 when the subject has its share, 503 when all are taken, with
  ///   `Retry-After`
  public Shares.Place place(Shares shares, String subject, String what) {
    take(shares, subject, what);
    return () -> shares.leave(subject);
  }

  private void take(Shares shares, String subject, String what) {
    switch (shares.take(subject)) {
      case YES -> {}
      case OVER_SHARE -> throw later(429, "this subject has as many " + what, shares.taken());
      case FULL -> throw later(503, "the door has as many " + what, shares.taken());
    }
  }

  private Gauge gauge(Rules inForce, Limit limit, String subject) {
    Key key = new Key(limit, limit.each() ? subject : "");
    synchronized (inForce.gauges()) {
      if (inForce.gauges().size() >= MANY_GAUGES && !inForce.gauges().containsKey(key)) {
        inForce.gauges().values().removeIf(Gauge::spent);
      }
      return inForce.gauges().computeIfAbsent(key, k -> new Gauge(limit, clock));
    }
  }

  /// Whoever comes back later comes at different times, the later the more were sent away.
  private HttpProblem later(int status, String what, int crowd) {
    refused.incrementAndGet();
    int most = Math.clamp(crowd / 8, 2, LONGEST_WAIT_SECONDS);
    int seconds = 1 + ThreadLocalRandom.current().nextInt(most);
    return new HttpProblem(
        status,
        status == 429 ? "too-many-requests" : "busy",
        what + " as it may; come again in " + seconds + " s",
        Map.of("Retry-After", Integer.toString(seconds)));
  }

  void leave(Passage passage) {
    String subject = passage.ask().subject();
    passage.gauges().forEach(gauge -> gauge.leave(subject));
    if (passage.large()) {
      large.leave(subject);
    }
  }
}
