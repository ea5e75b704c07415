package dev.firn.door.admission;

import java.util.HashMap;
import java.util.Map;

/// Places for what takes long, shared fairly between subjects as [Places] says.
///
/// For any thread.
public final class Shares {
  private final int places;
  private final int kept;
  private final Map<String, Integer> own = new HashMap<>();
  private int taken;

  /// @param places how many there are, of which one in eight, and one at least, is kept for those
  ///   who have less than their share
  public Shares(int places) {
    this(places, Math.max(1, places / 8));
  }

  Shares(int places, int kept) {
    this.places = places;
    this.kept = kept;
  }

  /// How many places are taken.
  public synchronized int taken() {
    return taken;
  }

  /// Takes a place, if there is one for the subject; to be given back by [#leave].
  synchronized Places.Answer take(String subject) {
    int had = own.getOrDefault(subject, 0);
    int subjects = own.size() + (had == 0 ? 1 : 0);
    Places.Answer answer = new Places(places, kept, taken, subjects, had).decide();
    if (answer == Places.Answer.YES) {
      taken++;
      own.merge(subject, 1, Integer::sum);
    }
    return answer;
  }

  synchronized void leave(String subject) {
    taken--;
    own.computeIfPresent(subject, (s, n) -> n > 1 ? n - 1 : null);
  }

  /// A place that was taken.
  public interface Place extends AutoCloseable {
    @Override
    void close();
  }
}
