package dev.firn.server.simulation;

import dev.firn.model.LogicalName;
import dev.firn.model.SiteName;
import dev.firn.transfer.site.Site;
import java.net.URI;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/// What really lies at a site, and how the site is.
final class SimSite {
  final Site site;
  final long capacity;
  private final Map<LogicalName, Blob> blobs = new HashMap<>();
  private final List<LogicalName> names = new ArrayList<>();
  private final Map<LogicalName, Integer> places = new HashMap<>();
  private long used;
  Instant downUntil = Instant.MIN;
  Instant deniedUntil = Instant.MIN;
  Instant fullUntil = Instant.MIN;
  Instant slowUntil = Instant.MIN;
  double slowness = 1;

  /// Bytes under a name.
  static final class Blob {
    final long size;

    /// Whether the bytes were right when they were written; a Firn door's digests say so for ever.
    final boolean right;

    /// Whether all of them arrived.
    final boolean whole;

    /// Whether they have rotted since, which no digest kept beside them tells.
    boolean rotten;

    Blob(long size, boolean right, boolean whole) {
      this.size = size;
      this.right = right;
      this.whole = whole;
    }

    /// Whether reading it now gives the right bytes.
    boolean good() {
      return right && whole && !rotten;
    }
  }

  SimSite(String name, Site.Kind kind, boolean nearline, long capacity) {
    URI url = URI.create("https://" + name + ".example");
    this.site = new Site(new SiteName(name), url, url.toString(), kind, nearline, true);
    this.capacity = capacity;
  }

  SiteName name() {
    return site.name();
  }

  boolean down(Instant now) {
    return now.isBefore(downUntil);
  }

  boolean denies(Instant now) {
    return now.isBefore(deniedUntil);
  }

  boolean full(Instant now, long more) {
    return now.isBefore(fullUntil) || used + more > capacity;
  }

  double slowness(Instant now) {
    return now.isBefore(slowUntil) ? slowness : 1;
  }

  long used() {
    return used;
  }

  @Nullable Blob find(LogicalName name) {
    return blobs.get(name);
  }

  void put(LogicalName name, Blob blob) {
    Blob before = blobs.put(name, blob);
    used += blob.size - (before == null ? 0 : before.size);
    if (before == null) {
      places.put(name, names.size());
      names.add(name);
    }
  }

  boolean remove(LogicalName name) {
    Blob before = blobs.remove(name);
    if (before == null) {
      return false;
    }
    used -= before.size;
    Integer place = places.remove(name);
    LogicalName last = names.removeLast();
    if (place != null && place < names.size()) {
      names.set(place, last);
      places.put(last, place);
    }
    return true;
  }

  /// Any name that lies here; null when none does.
  @Nullable LogicalName any(Random random) {
    return names.isEmpty() ? null : names.get(random.nextInt(names.size()));
  }
}
