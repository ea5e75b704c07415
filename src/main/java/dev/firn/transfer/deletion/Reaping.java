package dev.firn.transfer.deletion;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/// Decides which copies at one site are deleted now. Pure: a view and a time in, a plan out.
///
/// Oldest release first. With water marks, nothing goes before the site is fuller than the high
/// one, and no more than brings it down to the low one; a plan never names more files or bytes than
/// its limits.
public final class Reaping {
  private Reaping() {}

  /// A copy that somebody let go.
  ///
  /// @param released since when nobody has wanted it
  /// @param wantedBy the rule that wants it here after all; empty when none does
  /// @param others verified copies elsewhere
  /// @param needed how many of those there must be
  /// @param inUse whether a transfer reads it or is queued to
  public record Copy(
      long fileId,
      long size,
      Instant released,
      Optional<String> wantedBy,
      int others,
      int needed,
      boolean inUse) {}

  /// How much may go.
  ///
  /// @param grace how long a released copy is kept in any case
  /// @param mostFiles at most so many
  /// @param mostBytes at most so many
  public record Limits(Duration grace, long mostFiles, long mostBytes) {
    public Limits {
      if (grace.isNegative() || mostFiles < 0 || mostBytes < 0) {
        throw new IllegalArgumentException("grace and limits are not negative");
      }
    }
  }

  /// How full a site is.
  ///
  /// @param capacity 0 when it has no marks: everything that may go goes
  /// @param high nothing goes below this share of the capacity
  /// @param low deleting stops at this share
  public record Fill(long used, long capacity, double high, double low) {
    public static final Fill NO_MARKS = new Fill(0, 0, 0, 0);

    public Fill {
      if (capacity > 0 && !(0 <= low && low <= high && high <= 1)) {
        throw new IllegalArgumentException("water marks are 0 <= low <= high <= 1");
      }
    }

    /// Bytes to free now.
    long excess() {
      if (capacity == 0) {
        return Long.MAX_VALUE;
      }
      return used > high * capacity ? used - (long) (low * capacity) : 0;
    }
  }

  /// Why a copy is kept.
  public enum Kept {
    WANTED("a rule wants it"),
    GRACE("its grace is not over"),
    TOO_FEW("too few other copies are verified"),
    IN_USE("a transfer reads it"),
    ROOM("the site has room"),
    LIMIT("the limit of this pass is reached");

    private final String words;

    Kept(String words) {
      this.words = words;
    }

    public String words() {
      return words;
    }
  }

  /// @param delete in this order
  /// @param kept how many were kept for which reason
  public record Plan(List<Copy> delete, Map<Kept, Integer> kept) {
    public long bytes() {
      return delete.stream().mapToLong(Copy::size).sum();
    }
  }

  public static Plan plan(List<Copy> copies, Fill fill, Limits limits, Instant now) {
    List<Copy> delete = new ArrayList<>();
    Map<Kept, Integer> kept = new EnumMap<>(Kept.class);
    List<Copy> oldest = new ArrayList<>(copies);
    oldest.sort(Comparator.comparing(Copy::released).thenComparing(Copy::fileId));
    long excess = fill.excess();
    long freed = 0;
    for (Copy copy : oldest) {
      Optional<Kept> why = kept(copy, limits.grace(), now);
      if (why.isEmpty() && freed >= excess) {
        why = Optional.of(Kept.ROOM);
      }
      // The difference, because the sum might not fit into a long.
      if (why.isEmpty()
          && (delete.size() >= limits.mostFiles() || copy.size() > limits.mostBytes() - freed)) {
        why = Optional.of(Kept.LIMIT);
      }
      if (why.isPresent()) {
        kept.merge(why.get(), 1, Integer::sum);
      } else {
        delete.add(copy);
        freed += copy.size();
      }
    }
    return new Plan(delete, kept);
  }

  /// Why this copy is kept, however full the site is; empty when it may go.
  public static Optional<Kept> kept(Copy copy, Duration grace, Instant now) {
    if (copy.wantedBy().isPresent()) {
      return Optional.of(Kept.WANTED);
    }
    if (copy.inUse()) {
      return Optional.of(Kept.IN_USE);
    }
    if (copy.others() < Math.max(1, copy.needed())) {
      return Optional.of(Kept.TOO_FEW);
    }
    return copy.released().plus(grace).isAfter(now) ? Optional.of(Kept.GRACE) : Optional.empty();
  }

  /// How long the outcome of an attempt may be open: a site may carry out what it was asked after
  /// whoever asked has given up.
  static final Duration SETTLED = Duration.ofHours(1);

  /// What becomes of a deletion that was decided and is looked at again.
  public sealed interface Turn {
    /// It is carried out.
    record Goes() implements Turn {}

    /// The bytes are kept for now.
    record Waits(String why) implements Turn {}

    /// The bytes are the last good ones: they are read, and are a copy again when they are right.
    record Back(String why) implements Turn {}
  }

  /// Looks again at a copy that was to go: others may have been found bad since that was decided.
  /// Then its bytes are worth keeping as long as a rule lacks copies elsewhere; when there is no
  /// other verified copy at all, nothing is copied unless from this one. A rule that wants a copy
  /// here waits for the deletion.
  ///
  /// @param others verified copies elsewhere now
  /// @param awaited whether a rule asks for a copy anew at this place
  /// @param asked when the site was last asked to remove it; empty when it never was
  /// @param lacking the rule that does not have all its copies elsewhere; empty when none does
  public static Turn again(
      int others,
      int needed,
      boolean awaited,
      Optional<Instant> asked,
      Instant now,
      Supplier<Optional<String>> lacking) {
    if (others == 0) {
      Optional<Instant> settled = asked.map(a -> a.plus(SETTLED)).filter(s -> s.isAfter(now));
      String none = "no other copy is verified any more";
      return settled.isPresent()
          ? new Turn.Waits(
              "%s, and the site was asked to remove it: whether its bytes are kept is seen after %s"
                  .formatted(none, settled.get()))
          : new Turn.Back(none);
    }
    if (others < needed) {
      return new Turn.Waits(
          "only %d of %d other copies are verified now: its bytes are kept until more are"
              .formatted(others, needed));
    }
    return (awaited ? Optional.<String>empty() : lacking.get())
        .<Turn>map(
            rule -> new Turn.Waits(rule + ": its bytes are kept until that is true elsewhere"))
        .orElseGet(Turn.Goes::new);
  }
}
