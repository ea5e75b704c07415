package dev.firn.door.admission;

import java.util.HashMap;
import java.util.Map;

/// Whether one more request begins where only so many a second may.
///
/// A second's worth may come at once, and an eighth of it more is kept for subjects that had less
/// than their share in the last second, so that who comes while one asks without end is let in at
/// once. One alone gets all.
///
/// Not for several threads; time is passed in.
final class RequestRate {
  private static final double SECOND = 1e9;

  /// How many subjects are told apart in a second; the others count as one.
  private static final int MOST = 10_000;

  enum Answer {
    YES,
    /// The subject had its share and others wait for theirs.
    OVER_SHARE,
    /// Nobody may begin now.
    FULL
  }

  private final double perSecond;
  private final double kept;
  private double credit;
  private long last;
  private long second;

  /// How many of the second before have not come again.
  private int departed;

  private Map<String, Integer> before = new HashMap<>();
  private Map<String, Integer> current = new HashMap<>();

  /// @param perSecond at least 1
  /// @param now in nanoseconds of any clock that never goes back
  RequestRate(int perSecond, long now) {
    this.perSecond = perSecond;
    this.kept = Math.max(1, perSecond / 8.0);
    this.credit = perSecond + kept;
    this.last = now;
    this.second = Math.floorDiv(now, (long) SECOND);
  }

  Answer ask(String who, long now) {
    credit = Math.min(perSecond + kept, credit + (now - last) * perSecond / SECOND);
    last = now;
    turn(now);
    boolean told = current.containsKey(who) || current.size() < MOST;
    String subject = told ? who : "";
    double own = used(subject, now);
    int subjects = subjects(subject);
    // Who is refused is counted as well: his share is kept for when he comes again.
    if (current.putIfAbsent(subject, 0) == null && before.containsKey(subject)) {
      departed--;
    }
    if (credit >= 1 + kept || (credit >= 1 && own < perSecond / Math.max(2, subjects))) {
      credit--;
      current.merge(subject, 1, Integer::sum);
      return Answer.YES;
    }
    return subjects > 1 && own >= perSecond / subjects ? Answer.OVER_SHARE : Answer.FULL;
  }

  private void turn(long now) {
    long index = Math.floorDiv(now, (long) SECOND);
    if (index != second) {
      before = index == second + 1 ? current : new HashMap<>();
      current = new HashMap<>();
      departed = before.size();
      second = index;
    }
  }

  /// Requests of the last second, of which the part that lies in the one before is estimated.
  private double used(String subject, long now) {
    double gone = Math.floorMod(now, (long) SECOND) / SECOND;
    return current.getOrDefault(subject, 0) + before.getOrDefault(subject, 0) * (1 - gone);
  }

  /// Subjects of this second and the one before, the one that asks included.
  private int subjects(String asking) {
    boolean fresh = !current.containsKey(asking) && !before.containsKey(asking);
    return current.size() + departed + (fresh ? 1 : 0);
  }
}
