package dev.firn.transfer.site;

import dev.firn.model.SiteName;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// The sites this hub knows, by name. Immutable.
public final class Sites {
  private final Map<SiteName, Site> byName;

  public Sites(Collection<Site> sites) {
    Map<SiteName, Site> map = new TreeMap<>();
    for (Site site : sites) {
      if (map.put(site.name(), site) != null) {
        throw new IllegalArgumentException("two sites are called " + site.name());
      }
    }
    this.byName = map;
  }

  public Optional<Site> find(SiteName name) {
    return Optional.ofNullable(byName.get(name));
  }

  /// @throws IllegalArgumentException when there is no such site
  public Site load(SiteName name) {
    return find(name)
        .orElseThrow(() ->
            new IllegalArgumentException("no site is called " + name + "; known: " + names()));
  }

  /// By name.
  public List<Site> list() {
    return List.copyOf(byName.values());
  }

  private String names() {
    return String.join(", ", byName.keySet().stream().map(SiteName::value).toList());
  }
}
