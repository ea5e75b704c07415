package dev.firn.transfer;

import dev.firn.catalog.CatalogFile;
import dev.firn.model.SiteName;
import dev.firn.transfer.deletion.Reaper;
import dev.firn.transfer.deletion.Removals;
import dev.firn.transfer.execution.Destinations;
import dev.firn.transfer.queue.FailureClass;
import dev.firn.transfer.queue.RetryPolicy;
import dev.firn.transfer.site.Place;
import dev.firn.transfer.site.Site;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/// Files at sites. A site that is away does not say anything.
final class FarSides implements Removals, Destinations {
  final Map<Place, String> files = new HashMap<>();
  final Map<SiteName, Integer> away = new HashMap<>();
  int deletions;

  /// So many times the answer to a deletion is not heard; the bytes are there still.
  int unheard;

  /// A reaper of this world that deletes here, and waits for nothing.
  Reaper reaper(RuleWorld world) {
    RetryPolicy soon = new RetryPolicy(Duration.ofMillis(1), Duration.ofMillis(2));
    return new Reaper(
        world.database, world.catalog, world.sites, new Reaper.Means(this, this, soon));
  }

  /// The bytes of a file lie at a site.
  void lay(RuleWorld world, long id, SiteName at) {
    CatalogFile file = world.catalog.find(id).orElseThrow();
    files.put(new Place(at, file.name()), file.checksums().toString());
  }

  private boolean isAway(Site site) {
    int turns = away.getOrDefault(site.name(), 0);
    away.put(site.name(), turns - 1);
    return turns > 0;
  }

  @Override
  public Removal remove(Site site, Place place) {
    deletions++;
    if (unheard > 0) {
      unheard--;
      return new Removal.NotGone("nothing was heard of " + site.name());
    }
    files.remove(place);
    return isAway(site)
        ? new Removal.NotGone(site.name() + " does not answer")
        : new Removal.Gone("it says so");
  }

  @Override
  public Finding glance(Site site, Place place, Expected expected) {
    if (isAway(site)) {
      return new Finding.CannotTell(FailureClass.UNREACHABLE, "does not answer");
    }
    String sums = files.get(place);
    if (sums == null) {
      return new Finding.Absent();
    }
    return sums.equals(expected.checksums().toString())
        ? new Finding.Right("digest", expected.checksums())
        : new Finding.Wrong("other bytes");
  }

  @Override
  public Finding look(Site site, Place place, Expected expected) {
    return glance(site, place, expected);
  }

  @Override
  public Finding read(Site site, Place place, Expected expected) {
    return glance(site, place, expected);
  }
}
