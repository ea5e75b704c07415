package dev.firn.door.admission;

import dev.firn.model.LogicalName;
import java.net.InetAddress;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// What may be under way at one time, and how fast, of the requests that it is about.
///
/// @param name for answers and the console
/// @param about which requests
/// @param most how many of them
/// @param rate bytes a second of all of them together
public record Limit(String name, About about, Most most, Calendar rate) {

  /// How many there may be; 0 for any number.
  ///
  /// @param transfers whose bytes move at a time
  /// @param requests that begin in a second, whatever their method
  /// @param connections open at a time; only of limits that are about nothing but sites, because
  ///   nobody has said yet who he is and what he wants
  public record Most(int transfers, int requests, int connections) {
    public static final Most ANY = new Most(0, 0, 0);

    /// @throws IllegalArgumentException when one is negative
    public Most {
      if (transfers < 0 || requests < 0 || connections < 0) {
        throw new IllegalArgumentException("a limit is not negative");
      }
    }
  }

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

    private boolean onlySites() {
      return direction.isEmpty() && area.isRoot() && subject.isEmpty();
    }

    boolean holds(InetAddress peer) {
      return sites.isEmpty() || sites.stream().anyMatch(n -> n.holds(peer));
    }

    boolean fits(Ask ask) {
      return direction.map(d -> d == ask.direction()).orElse(true)
          && ask.name().startsWith(area)
          && (subject.isEmpty() || subject.equals(EACH) || subject.equals(ask.subject()))
          && holds(ask.peer());
    }
  }

  /// @throws IllegalArgumentException when connections are bounded by what is not known of them
  public Limit {
    if (most.connections() > 0 && !about.onlySites()) {
      throw new IllegalArgumentException(
          "connections are limited by sites only, not by subject, area or direction");
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
