package dev.firn.server.simulation;

import dev.firn.model.SiteName;
import dev.firn.transfer.rule.Quotas;
import dev.firn.transfer.rule.Quotas.Quota;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;

/// What accounts may ask for at sites, and what they have asked for and not given back. Whether
/// there is room is said by the hub's own [Quotas.Room].
final class SimQuotas {
  /// An account at a site.
  record Key(String account, SiteName site) implements Comparable<Key> {
    @Override
    public int compareTo(Key other) {
      int byAccount = account.compareTo(other.account);
      return byAccount != 0 ? byAccount : site.compareTo(other.site);
    }
  }

  private final Map<Key, Long> most = new TreeMap<>();
  private final Map<Key, Long> used = new TreeMap<>();

  /// What accounts have beyond their quotas, because a copy that another had asked for became
  /// theirs, or an operator had a failed transfer tried again.
  private final Map<Key, Long> allowed = new TreeMap<>();

  void set(Key key, long bytes) {
    most.put(key, bytes);
  }

  void lift() {
    most.clear();
  }

  Map<Key, Long> most() {
    return most;
  }

  long used(Key key) {
    return used.getOrDefault(key, 0L);
  }

  /// What all accounts have at a site.
  long used(SiteName site) {
    return used.entrySet().stream()
        .filter(e -> e.getKey().site().equals(site))
        .mapToLong(Map.Entry::getValue)
        .sum();
  }

  /// Says why there is no room; empty when there is. Charges nothing.
  Optional<String> take(Key key, long bytes) {
    OptionalLong bound =
        most.containsKey(key) ? OptionalLong.of(most.get(key)) : OptionalLong.empty();
    Quota quota = new Quota(key.account(), key.site(), bound, 0, used(key));
    return Quotas.Room.of(List.of(quota)).take(key.account(), key.site(), bytes);
  }

  /// @param bytes negative when something is given back
  void charge(Key key, long bytes) {
    if (bytes != 0) {
      used.merge(key, bytes, Long::sum);
    }
  }

  /// What an account has now is right, whatever its quota.
  void allow(Key key) {
    allowed.put(key, Math.max(allowed.getOrDefault(key, 0L), used(key)));
  }

  /// How much an account may have at most, as far as it is bound.
  long bound(Key key) {
    return Math.max(most.getOrDefault(key, Long.MAX_VALUE), allowed.getOrDefault(key, 0L));
  }
}
