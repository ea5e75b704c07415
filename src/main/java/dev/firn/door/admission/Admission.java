package dev.firn.door.admission;

import dev.firn.http.Exchange;
import dev.firn.http.HttpProblem;
import dev.firn.model.LogicalName;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;

/// Decides which requests may move bytes now and how fast, and keeps account of them.
///
/// Besides the configured limits there is one of the door's own: it carries so many large transfers
/// at a time, shared fairly between subjects, so that small reads always find a thread.
public final class Admission {
  /// From this size on a transfer is large: it takes one of the places.
  public static final long LARGE = 1024 * 1024;

  private static final int LONGEST_WAIT_SECONDS = 15;

  private final int places;
  private final InstantSource clock;
  private final Traffic traffic;
  private final Map<String, Integer> large = new HashMap<>();
  private int taken;
  private int refused;
  private volatile Rules rules;

  /// The gauges of limits that each subject has for itself are made when it comes.
  private record Rules(List<Limit> limits, Map<String, Gauge> gauges) {}

  /// @param places how many large transfers are carried at a time
  public Admission(int places, List<Limit> limits, InstantSource clock) {
    this.places = places;
    this.clock = clock;
    this.traffic = new Traffic(clock);
    this.rules = new Rules(List.copyOf(limits), new HashMap<>());
  }

  /// Puts other limits in force for what begins from now on.
  public void replace(List<Limit> limits) {
    rules = new Rules(List.copyOf(limits), new HashMap<>());
  }

  public List<Limit> limits() {
    return rules.limits();
  }

  public Traffic traffic() {
    return traffic;
  }

  /// Large transfers under way.
  public synchronized int underWay() {
    return taken;
  }

  /// How many requests were told to come later since the start.
  public synchronized int refused() {
    return refused;
  }

  /// The same request, admitted when its bytes begin to move and held to its limits while they do.
  public Guarded guard(Exchange exchange, String subject, LogicalName name) {
    return new Guarded(exchange, this, subject, name);
  }

  /// Lets a request begin.
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
          if (!gauge.enter()) {
            throw limit.each() ? later(429, limit.name(), 1) : later(503, limit.name(), 1);
          }
          entered.add(gauge);
        }
      }
      boolean big = ask.bytes() < 0 || ask.bytes() >= LARGE;
      if (big) {
        takePlace(ask.subject());
      }
      Passage passage = new Passage(this, ask, List.copyOf(entered), big);
      entered.clear();
      return passage;
    } finally {
      entered.forEach(Gauge::leave);
    }
  }

  private Gauge gauge(Rules inForce, Limit limit, String subject) {
    String key = limit.name() + '\n' + (limit.each() ? subject : "");
    synchronized (inForce.gauges()) {
      return inForce.gauges().computeIfAbsent(key, k -> new Gauge(limit, clock));
    }
  }

  private synchronized void takePlace(String subject) {
    int own = large.getOrDefault(subject, 0);
    int subjects = large.size() + (own == 0 ? 1 : 0);
    switch (new Places(places, taken, subjects, own).decide()) {
      case YES -> {
        taken++;
        large.merge(subject, 1, Integer::sum);
      }
      case OVER_SHARE -> throw later(429, "this subject's share of the door", own);
      case FULL -> throw later(503, "the door", taken);
    }
  }

  /// Whoever comes back later comes at different times, the later the more were sent away.
  private synchronized HttpProblem later(int status, String what, int crowd) {
    refused++;
    int most = Math.clamp(crowd / 8, 2, LONGEST_WAIT_SECONDS);
    int seconds = 1 + ThreadLocalRandom.current().nextInt(most);
    return new HttpProblem(
        status,
        status == 429 ? "too-many-requests" : "busy",
        what + " has as many transfers under way as it may; come again in " + seconds + " s",
        Map.of("Retry-After", Integer.toString(seconds)));
  }

  void leave(Passage passage) {
    passage.gauges().forEach(Gauge::leave);
    if (passage.large()) {
      synchronized (this) {
        taken--;
        large.computeIfPresent(passage.ask().subject(), (s, n) -> n > 1 ? n - 1 : null);
      }
    }
  }
}
