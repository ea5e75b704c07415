package dev.firn.server.simulation;

import dev.firn.archive.Packing;
import dev.firn.archive.Packing.Waiting;
import dev.firn.model.ReplicaState;
import dev.firn.server.simulation.SimFile.Copy;
import dev.firn.transfer.queue.Subject;
import dev.firn.transfer.queue.TransferRequest;
import dev.firn.transfer.rule.ReplicationRule;
import dev.firn.transfer.site.Place;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/// Bundles, custody, audits and repair of the simulated hub. Which files become bundles is decided
/// by the hub's own [Packing]; bundles move by its own transfers.
final class SimArchive {
  private static final long TARGET = 100L << 30;
  private static final int HUB = 0;

  private final SimWorld world;
  private final MemoryBook book;
  private final SimCatalog catalog;
  private final SimReaper reaper;
  private final Supplier<Instant> hubClock;
  private final Map<Integer, SimBundle> bundles = new HashMap<>();
  private final ArrayDeque<SimBundle> unread = new ArrayDeque<>();
  private int numbers;
  private int repairs;
  private int released;
  private long audited;

  SimArchive(
      SimWorld world,
      MemoryBook book,
      SimCatalog catalog,
      SimReaper reaper,
      Supplier<Instant> hubClock) {
    this.world = world;
    this.reaper = reaper;
    this.book = book;
    this.catalog = catalog;
    this.hubClock = hubClock;
  }

  SimBundle bundle(long low) {
    SimBundle bundle = bundles.get((int) low);
    if (bundle == null) {
      throw new IllegalArgumentException("no bundle " + low);
    }
    return bundle;
  }

  int count() {
    return numbers;
  }

  int repairs() {
    return repairs;
  }

  long audited() {
    return audited;
  }

  int released() {
    return released;
  }

  /// Closes what is due, site by site and rule by rule.
  void collect(boolean flush) {
    catalog.waiting().forEach((line, files) -> collect(line.site(), files, flush));
  }

  private void collect(int site, Map<SimFile, ReplicationRule> line, boolean flush) {
    List<Waiting> waiting = new ArrayList<>();
    for (Map.Entry<SimFile, ReplicationRule> entry : List.copyOf(line.entrySet())) {
      SimFile file = entry.getKey();
      Copy online = file.at(HUB);
      if (online != null && online.state == ReplicaState.AVAILABLE) {
        waiting.add(new Waiting(file.id, file.id, file.name(), file.size, file.created));
      } else {
        restage(file);
      }
    }
    if (waiting.isEmpty()) {
      return;
    }
    Packing.Limits limits = new Packing.Limits(TARGET, TARGET * 12 / 10, Duration.ofDays(1), flush);
    for (List<Waiting> chosen : Packing.plan(waiting, limits, hubClock.get())) {
      close(chosen, line, site);
    }
  }

  /// Reads every member and leaves out what is not what the catalog says.
  private void close(List<Waiting> chosen, Map<SimFile, ReplicationRule> line, int site) {
    List<SimFile> members = new ArrayList<>();
    for (Waiting one : chosen) {
      SimFile file = catalog.file((int) one.fileId());
      if (sound(file)) {
        members.add(file);
      }
    }
    if (members.isEmpty() || world.sites.get(HUB).full(world.agenda.instant(), TARGET)) {
      return; // they wait on
    }
    SimBundle bundle =
        new SimBundle(++numbers, site, world.sites.get(site).name().value(), members);
    bundles.put(bundle.number, bundle);
    for (SimFile member : members) {
      line.remove(member);
      Copy copy = new Copy(ReplicaState.COPYING);
      copy.bundle = bundle;
      member.copies[site] = copy;
    }
    send(bundle, false);
  }

  private boolean sound(SimFile file) {
    Place online = catalog.place(file, HUB, null);
    if (world.good(online)) {
      return true;
    }
    world.seen(online);
    catalog.bad(file, HUB);
    return false;
  }

  private void send(SimBundle bundle, boolean overwrite) {
    Place staged = new Place(world.sites.get(HUB).name(), bundle.path);
    world.write(staged, bundle.size, true, true);
    bundle.state = SimBundle.State.SENT;
    book.queue(
        new TransferRequest(
            Subject.bundle(bundle.uuid()),
            staged,
            archived(bundle),
            bundle.size,
            SimFile.sums(bundle.content()),
            TransferRequest.NORMAL,
            overwrite,
            "archive"),
        "archive",
        "bundle closed");
  }

  private Place archived(SimBundle bundle) {
    return new Place(world.sites.get(bundle.site).name(), bundle.path);
  }

  /// A bundle's transfer is done: the archive's copy is read in full.
  void custody(SimBundle bundle) {
    Duration reading = Duration.ofSeconds(10 + bundle.size / 300_000_000);
    world.agenda.in(
        reading,
        () -> {
          Optional<Boolean> read = world.readBack(world.sites.get(bundle.site).name(), bundle.path);
          if (read.isEmpty()) {
            custody(bundle); // the site does not answer: later
          } else if (read.get()) {
            verified(bundle);
            unread.add(bundle);
            world.delete(new Place(world.sites.get(HUB).name(), bundle.path));
          } else {
            damaged(bundle);
          }
        });
  }

  private void verified(SimBundle bundle) {
    bundle.state = SimBundle.State.VERIFIED;
    for (SimFile member : bundle.members) {
      Copy copy = member.at(bundle.site);
      if (copy != null && copy.bundle == bundle) {
        copy.state = ReplicaState.AVAILABLE;
        copy.verified = hubClock.get();
        catalog.touch(member);
      }
    }
  }

  private void damaged(SimBundle bundle) {
    world.seen(archived(bundle));
    bundle.state = SimBundle.State.DAMAGED;
    for (SimFile member : bundle.members) {
      Copy copy = member.at(bundle.site);
      if (copy != null && copy.bundle == bundle) {
        catalog.bad(member, bundle.site);
      }
    }
    repair(bundle);
  }

  /// Reads the longest unread bundles again, as many as the budget allows. Those of a site that is
  /// away keep their place.
  void audit(long budget) {
    long left = budget;
    List<SimBundle> away = new ArrayList<>();
    // A bundle that is given up leaves the line while others are read.
    for (int n = unread.size(); n > 0 && left > 0 && !unread.isEmpty(); n--) {
      SimBundle bundle = unread.removeFirst();
      Optional<Boolean> read = world.readBack(world.sites.get(bundle.site).name(), bundle.path);
      if (read.isEmpty()) {
        away.add(bundle);
        continue;
      }
      left -= bundle.size;
      audited += bundle.size;
      if (read.get()) {
        unread.add(bundle);
      } else {
        damaged(bundle);
      }
    }
    away.removeIf(bundle -> bundle.state != SimBundle.State.VERIFIED);
    away.reversed().forEach(unread::addFirst);
  }

  /// Packs the identical bundle again from its members' online copies, and sends it over the bad
  /// one.
  private void repair(SimBundle bundle) {
    List<SimFile> missing = new ArrayList<>();
    for (SimFile member : bundle.members) {
      Copy online = member.at(HUB);
      boolean there = online != null && online.state == ReplicaState.AVAILABLE && sound(member);
      if (!there) {
        missing.add(member);
      }
    }
    missing.removeIf(this::restage);
    if (missing.isEmpty() && !world.sites.get(HUB).full(world.agenda.instant(), bundle.size)) {
      repairs++;
      send(bundle, true);
      return;
    }
    boolean hopeless = missing.stream().anyMatch(f -> catalog.lost().contains(f.id));
    if (hopeless) {
      release(bundle);
    } else {
      world.agenda.in(Duration.ofDays(1), () -> repair(bundle));
    }
  }

  /// Brings a file back from a bundle that is sound; the copy there is read to get it.
  ///
  /// @return whether it is online now
  private boolean restage(SimFile file) {
    for (int i = 1; i < file.copies.length; i++) {
      Copy copy = file.copies[i];
      if (copy == null || copy.state != ReplicaState.AVAILABLE) {
        continue;
      }
      SimBundle bundle = copy.bundle;
      Place place = catalog.place(file, i, bundle);
      Optional<Boolean> read = world.readBack(place.site(), place.path());
      if (read.isEmpty()) {
        continue;
      }
      if (read.get()) {
        world.write(catalog.place(file, HUB, null), file.size, true, true);
        Copy online = new Copy(ReplicaState.AVAILABLE);
        online.verified = hubClock.get();
        file.copies[HUB] = online;
        catalog.touch(file);
        if (file.level == SimFile.Level.RAW) {
          reaper.watch(file);
        }
        return true;
      }
      if (bundle != null) {
        unread.remove(bundle);
        damaged(bundle);
      } else {
        world.seen(place);
        catalog.bad(file, i);
      }
    }
    return false;
  }

  /// Reads one online copy and says what is wrong with it.
  ///
  /// @return false when its site is away
  boolean read(SimFile file, int site) {
    Copy copy = file.at(site);
    if (copy == null || copy.bundle != null || copy.state == ReplicaState.DELETING) {
      return true;
    }
    Place place = catalog.place(file, site, null);
    Optional<Boolean> read = world.readBack(place.site(), place.path());
    if (read.isEmpty()) {
      return false;
    }
    if (copy.state == ReplicaState.COPYING) {
      return true;
    }
    if (read.get()) {
      copy.state = ReplicaState.AVAILABLE;
      copy.verified = hubClock.get();
    } else if (copy.state != ReplicaState.BAD) {
      world.seen(place);
      catalog.bad(file, site);
      if (site == HUB && restage(file)) {
        catalog.evaluate(file);
      }
    }
    return true;
  }

  /// A file that has no online copy to copy from is fetched out of a bundle.
  void bringBack(SimFile file) {
    Copy online = file.at(HUB);
    if ((online != null && online.state == ReplicaState.AVAILABLE) || restage(file)) {
      catalog.evaluate(file);
    }
  }

  /// A bundle's transfer has failed: what is staged is read, and made again when it is not right.
  void restore(SimBundle bundle) {
    Place staged = new Place(world.sites.get(HUB).name(), bundle.path);
    if (!world.good(staged)) {
      world.write(staged, bundle.size, true, true);
    }
  }

  /// A bundle that can never be whole again is given up; its other members are asked for anew.
  private void release(SimBundle bundle) {
    released++;
    for (SimFile member : bundle.members) {
      Copy copy = member.at(bundle.site);
      if (copy != null && copy.bundle == bundle && !catalog.lost().contains(member.id)) {
        member.copies[bundle.site] = null;
        catalog.evaluate(member);
      }
    }
  }

  /// Bundles that are on their way or being mended.
  long busy() {
    return bundles.values().stream().filter(b -> b.state == SimBundle.State.SENT).count();
  }
}
