package dev.firn.door.admission;

import dev.firn.model.LogicalName;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// What may be under way at one time, and how fast, of the requests that it is about.
///
/// @param name for answers and the console
/// @param about which requests
/// @param most how many of them at a time; 0 for any number
/// @param rate bytes a second of all of them together
public record Limit(String name, About about, int most, Calendar rate) {

  /// Which requests a limit is about: those that fit all of this.
  ///
  /// @param direction empty for both
  /// @param area the names at and below this one
  /// @param subject empty for all together, `*` for each subject by itself
  /// @param sites networks of the other end; none for any
  public record About(
      Optional<Direction> direction, LogicalName area, String subject, List<Network> sites) {
    public static final String EACH = "*";

    public About {
      sites = List.copyOf(sites);
    }

    boolean fits(Ask ask) {
      return direction.map(d -> d == ask.direction()).orElse(true)
          && ask.name().startsWith(area)
          && (subject.isEmpty() || subject.equals(EACH) || subject.equals(ask.subject()))
          && (sites.isEmpty() || sites.stream().anyMatch(n -> n.holds(ask.peer())));
    }
  }

  public Limit {
    if (most < 0) {
      throw new IllegalArgumentException("a limit is not negative: " + most);
    }
  }

  /// Whether each subject has this limit for itself.
  boolean each() {
    return about.subject().equals(About.EACH);
  }

  /// Bytes a second at `now`; 0 for any number.
  public long rateAt(Instant now) {
    return rate.at(now);
  }
}
