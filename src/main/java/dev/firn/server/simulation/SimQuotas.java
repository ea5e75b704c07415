package dev.firn.server.simulation;

import dev.firn.model.SiteName;
import dev.firn.transfer.rule.Quotas;
import dev.firn.transfer.rule.Quotas.Quota;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;

/// What accounts may ask for at sites, and what they have asked for. Whether there is room is said
/// by the hub's own [Quotas.Room].
final class SimQuotas {
  private final Map<SiteName, Long> most = new TreeMap<>();
  private final Map<SiteName, Long> used = new TreeMap<>();
  private final Set<Long> charged = new HashSet<>();

  /// Sets the quota of the only account at a site.
  void set(SiteName site, long bytes) {
    most.put(site, bytes);
  }

  void lift() {
    most.clear();
  }

  Map<SiteName, Long> most() {
    return most;
  }

  long used(SiteName site) {
    return used.getOrDefault(site, 0L);
  }

  /// Charges a copy once, however often it is asked for; says why when there is no room for it.
  Optional<String> charge(long copy, String account, SiteName site, long bytes) {
    if (charged.contains(copy)) {
      return Optional.empty();
    }
    OptionalLong bound =
        most.containsKey(site) ? OptionalLong.of(most.get(site)) : OptionalLong.empty();
    Quota quota = new Quota(account, site, bound, 0, used(site));
    Optional<String> full = Quotas.Room.of(List.of(quota)).take(account, site, bytes);
    if (full.isEmpty()) {
      charged.add(copy);
      used.merge(site, bytes, Long::sum);
    }
    return full;
  }
}
