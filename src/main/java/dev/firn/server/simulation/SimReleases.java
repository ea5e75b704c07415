package dev.firn.server.simulation;

import dev.firn.model.ReplicaState;
import dev.firn.model.SiteName;
import dev.firn.server.simulation.SimFile.Copy;
import dev.firn.transfer.deletion.ReapPolicy;
import dev.firn.transfer.deletion.Reaping;
import dev.firn.transfer.execution.Destinations.Expected;
import dev.firn.transfer.execution.Destinations.Finding;
import dev.firn.transfer.queue.RetryPolicy;
import dev.firn.transfer.queue.Subject;
import dev.firn.transfer.rule.CopyRequest;
import dev.firn.transfer.rule.ReplicationRule;
import dev.firn.transfer.site.Place;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Copies that nobody asks for any more, and their tombstones. What goes is decided by the hub's
/// own [Reaping] and [ReapPolicy], and looked at again by them before it is carried out.
final class SimReleases {
  private final SimWorld world;
  private final MemoryBook book;
  private final SimCatalog catalog;
  private final DeletionPromises promises;
  private final RetryPolicy retries;
  private final boolean asksRules;
  private final Map<Integer, ReapPolicy> policies = new TreeMap<>();
  private final Map<Integer, Map<SimFile, Instant>> released = new TreeMap<>();
  private final List<Tombstone> tombstones = new ArrayList<>();
  private final Map<Integer, List<Tombstone>> lately = new HashMap<>();
  private long deleted;

  /// A deletion that was decided.
  private static final class Tombstone {
    final SimFile file;
    final int site;
    final Instant began;
    int attempts;
    Instant notBefore;
    @Nullable Instant asked;

    Tombstone(SimFile file, int site, Instant began) {
      this.file = file;
      this.site = site;
      this.began = began;
      this.notBefore = began;
    }
  }

  /// @param asksRules whether what rules lack is looked at, as it has to be
  SimReleases(
      SimWorld world, MemoryBook book, SimCatalog catalog, RetryPolicy retries, boolean asksRules) {
    this.world = world;
    this.book = book;
    this.catalog = catalog;
    this.retries = retries;
    this.asksRules = asksRules;
    this.promises = new DeletionPromises(world, book, catalog);
  }

  void set(SiteName site, ReapPolicy policy) {
    policies.put(world.number(site), policy);
  }

  /// A copy that nobody asks for any more.
  void release(SimFile file, int site) {
    released.computeIfAbsent(site, s -> new LinkedHashMap<>()).putIfAbsent(file, book.now());
  }

  boolean isReleased(SimFile file, int site) {
    return released.getOrDefault(site, Map.of()).containsKey(file);
  }

  long deleted() {
    return deleted;
  }

  DeletionPromises promises() {
    return promises;
  }

  /// Deletions that wait, but for those of the last bytes of a file: they are kept.
  long pending() {
    return tombstones.stream().filter(t -> !catalog.lost().contains(t.file.id)).count();
  }

  /// Decides site by site what goes.
  void decide() {
    released.forEach(this::decide);
  }

  /// Carries out what is due.
  void turn() {
    for (Tombstone one : List.copyOf(tombstones)) {
      if (!one.notBefore.isAfter(book.now())) {
        carryOut(one);
      }
    }
  }

  private void decide(int site, Map<SimFile, Instant> all) {
    ReapPolicy policy = policies.getOrDefault(site, ReapPolicy.USUAL);
    Instant now = book.now();
    List<Tombstone> last = lately.computeIfAbsent(site, s -> new ArrayList<>());
    last.removeIf(t -> !t.began.isAfter(now.minus(Duration.ofHours(24))));
    List<Reaping.Copy> copies = new ArrayList<>();
    for (Map.Entry<SimFile, Instant> one : List.copyOf(all.entrySet())) {
      SimFile file = one.getKey();
      Copy copy = file.at(site);
      if (copy == null || copy.bundle != null || copy.state == ReplicaState.DELETING) {
        all.remove(file); // it is gone already
      } else if (!one.getValue().plus(policy.grace()).isAfter(now)) {
        copies.add(view(file, site, one.getValue(), policy));
      }
    }
    if (copies.isEmpty()) {
      return;
    }
    long used = used(site);
    Reaping.Plan plan =
        Reaping.plan(
            copies,
            policy.fill(used, 0),
            policy.limits(last.size(), last.stream().mapToLong(t -> t.file.size).sum()),
            now);
    for (Reaping.Copy one : plan.delete()) {
      SimFile file = catalog.file((int) one.fileId());
      promises.decided(file, site, one.released(), policy);
      Copy copy = file.at(site);
      if (copy != null) {
        copy.state = ReplicaState.DELETING;
      }
      all.remove(file);
      Tombstone tombstone = new Tombstone(file, site, now);
      tombstones.add(tombstone);
      last.add(tombstone);
      catalog.changed(file);
    }
    promises.planned(plan.delete(), used, policy);
  }

  private Reaping.Copy view(SimFile file, int site, Instant since, ReapPolicy policy) {
    return new Reaping.Copy(
        file.id,
        file.size,
        since,
        file.live ? lacking(file, site) : Optional.empty(),
        file.verifiedElsewhere(site),
        policy.copies(),
        book.inUse(Subject.file(file.id), world.sites.get(site).name()));
  }

  private Optional<String> lacking(SimFile file, int site) {
    return asksRules ? catalog.lacking(file, site).map(SimReleases::words) : Optional.empty();
  }

  private static String words(ReplicationRule rule) {
    return "rule " + rule.id() + ": " + rule.wanted().sentence();
  }

  /// Bytes at a site that are not about to go.
  private long used(int site) {
    long going = tombstones.stream().filter(t -> t.site == site).mapToLong(t -> t.file.size).sum();
    return world.sites.get(site).used() - going;
  }

  private void carryOut(Tombstone one) {
    one.attempts++;
    switch (turn(one)) {
      case Reaping.Turn.Waits _ -> postpone(one);
      case Reaping.Turn.Back _ -> takeBack(one);
      case Reaping.Turn.Goes _ -> {
        if (remove(one)) {
          gone(one);
        } else {
          postpone(one);
        }
      }
    }
  }

  private void postpone(Tombstone one) {
    one.notBefore = book.now().plus(retries.delay(one.attempts, world.random.nextDouble()));
  }

  private void gone(Tombstone one) {
    tombstones.remove(one);
    deleted++;
    one.file.copies[one.site] = null;
    catalog.touch(one.file);
    catalog.changed(one.file);
  }

  private Reaping.Turn turn(Tombstone one) {
    SimFile file = one.file;
    if (!file.live) {
      return new Reaping.Turn.Goes();
    }
    SimRequests.Request anew = catalog.requests().find(file, one.site);
    return Reaping.again(
        file.verifiedElsewhere(one.site),
        policies.getOrDefault(one.site, ReapPolicy.USUAL).copies(),
        anew != null && anew.state != CopyRequest.State.CANCELLED,
        Optional.ofNullable(one.asked),
        book.now(),
        () -> lacking(file, one.site));
  }

  /// The last good bytes there may be are read; when they are right, they are a copy again.
  private void takeBack(Tombstone one) {
    SimFile file = one.file;
    Copy copy = file.at(one.site);
    Place place = catalog.place(file, one.site, null);
    Finding found =
        world.read(
            world.sites.get(one.site).site, place, new Expected(file.size, file.checksums()));
    switch (found) {
      case Finding.Right _ -> {
        if (copy != null) {
          copy.state = ReplicaState.AVAILABLE;
          copy.verified = book.now();
        }
        tombstones.remove(one);
        release(file, one.site);
        catalog.foundAgain(file);
      }
      case Finding.Absent _ -> gone(one);
      case Finding.Wrong _ -> {
        catalog.changed(file); // it may be lost
        postpone(one);
      }
      case Finding.CannotTell _ -> postpone(one);
    }
  }

  /// @return whether it is gone
  private boolean remove(Tombstone one) {
    SimFile file = one.file;
    Place place = catalog.place(file, one.site, null);
    SimSite site = world.sites.get(one.site);
    return switch (world.glance(site.site, place, new Expected(file.size, file.checksums()))) {
      case Finding.Absent _, Finding.Wrong _ -> true; // another file is left alone
      case Finding.CannotTell _ -> false;
      case Finding.Right _ -> {
        promises.deleted(file, one.site);
        one.asked = book.now();
        yield world.remove(place);
      }
    };
  }
}
