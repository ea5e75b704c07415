package dev.firn.transfer.link;

import dev.firn.model.SiteName;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/// Chooses from where a copy is made, and by way of which site when the two cannot talk. Pure.
public final class Routes {
  private Routes() {}

  /// A site as far as routes are concerned.
  ///
  /// @param nearline its files lie on tape: a source of last resort, and no stop on the way
  /// @param down it has a downtime now or does not answer: others of its kind go before it
  public record Stop(SiteName site, boolean nearline, boolean down) {}

  private static final Comparator<Stop> FIRST_UP =
      Comparator.comparing(Stop::down).thenComparing(Stop::site);

  /// What to copy first.
  ///
  /// @param via where the copy is a stop on its way to the destination; equals `to` when direct
  public record Leg(SiteName from, SiteName via, SiteName to) {
    public boolean direct() {
      return via.equals(to);
    }
  }

  /// The first leg to `to`: direct from an online site, else direct from tape, else by way of one
  /// site that both can talk to. Empty when there is no way. A downtime ends by itself, and tape is
  /// not read because of one: the copy waits.
  public static Optional<Leg> first(
      Collection<Stop> holders, SiteName to, Collection<Stop> all, Predicate<Link> blocked) {
    List<Stop> sources =
        holders.stream()
            .filter(s -> !s.site().equals(to))
            .sorted(Comparator.comparing(Stop::nearline).thenComparing(FIRST_UP))
            .toList();
    Optional<Leg> direct =
        sources.stream()
            .filter(s -> !blocked.test(new Link(s.site(), to)))
            .findFirst()
            .map(s -> new Leg(s.site(), to, to));
    if (direct.isPresent()) {
      return direct;
    }
    for (Stop source : sources) {
      Optional<Leg> leg =
          all.stream()
              .filter(s -> !s.nearline() && !s.site().equals(to) && !s.site().equals(source.site()))
              .filter(s -> !blocked.test(new Link(source.site(), s.site())))
              .filter(s -> !blocked.test(new Link(s.site(), to)))
              .min(FIRST_UP)
              .map(s -> new Leg(source.site(), s.site(), to));
      if (leg.isPresent()) {
        return leg;
      }
    }
    return Optional.empty();
  }
}
