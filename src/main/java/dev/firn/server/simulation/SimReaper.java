package dev.firn.server.simulation;

import dev.firn.model.ReplicaState;
import dev.firn.server.simulation.SimFile.Copy;
import dev.firn.transfer.deletion.Reaping;
import dev.firn.transfer.queue.Subject;
import dev.firn.transfer.site.Place;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Frees the hub's disk of raw files that the archives hold. What goes is decided by the hub's own
/// [Reaping]; before each deletion the world itself is asked whether the others are really there.
final class SimReaper {
  /// What is promised: so many other sound copies at each deletion.
  private static final int PROMISED = 2;

  private static final int HUB = 0;
  private static final int LOOKED_AT = 4_000;
  private static final Reaping.Limits LIMITS =
      new Reaping.Limits(Duration.ofDays(3), 2_000, 50_000_000_000_000L);

  private final SimWorld world;
  private final MemoryBook book;
  private final SimCatalog catalog;
  private final Duration kept;
  private final int needed;
  private final boolean asksRules;
  private final ArrayDeque<SimFile> oldest = new ArrayDeque<>();
  private long deleted;

  /// @param kept how long raw files stay at the hub in any case
  /// @param needed verified copies elsewhere that the reaper is told to ask for
  /// @param asksRules whether what rules lack is looked at, as it has to be
  SimReaper(
      SimWorld world,
      MemoryBook book,
      SimCatalog catalog,
      Duration kept,
      int needed,
      boolean asksRules) {
    this.world = world;
    this.book = book;
    this.needed = needed;
    this.asksRules = asksRules;
    this.kept = kept;
    this.catalog = catalog;
  }

  /// A raw file came, or came back.
  void watch(SimFile file) {
    oldest.add(file);
  }

  long deleted() {
    return deleted;
  }

  void pass() {
    Instant now = world.agenda.instant();
    List<Reaping.Copy> copies = new ArrayList<>();
    List<SimFile> looked = new ArrayList<>();
    while (!oldest.isEmpty() && looked.size() < LOOKED_AT) {
      SimFile file = oldest.peekFirst();
      if (file.created.plus(kept).isAfter(now)) {
        break;
      }
      looked.add(oldest.removeFirst());
      Copy online = file.at(HUB);
      if (online != null && online.state == ReplicaState.AVAILABLE) {
        copies.add(
            new Reaping.Copy(
                file.id,
                file.size,
                file.created.plus(kept),
                wantedBy(file),
                file.verifiedElsewhere(HUB),
                needed,
                book.inUse(Subject.file(file.id), world.sites.get(HUB).name())));
      }
    }
    long used = world.sites.get(HUB).used();
    Reaping.Fill fill = new Reaping.Fill(used, world.sites.get(HUB).capacity, 0.85, 0.8);
    Reaping.Plan plan = Reaping.plan(copies, fill, LIMITS, now);
    for (Reaping.Copy copy : plan.delete()) {
      delete(catalog.file((int) copy.fileId()));
    }
    // Those that stay are looked at again, the oldest first.
    for (SimFile file : looked.reversed()) {
      Copy online = file.at(HUB);
      if (online != null && online.state == ReplicaState.AVAILABLE) {
        oldest.addFirst(file);
      }
    }
  }

  /// Of those with too few other copies nobody needs to ask.
  private Optional<String> wantedBy(SimFile file) {
    return asksRules && file.verifiedElsewhere(HUB) >= needed
        ? catalog.lacking(file, HUB).map(r -> r.wanted().sentence())
        : Optional.empty();
  }

  private void delete(SimFile file) {
    int sound = 0;
    for (int i = 1; i < file.copies.length; i++) {
      Copy copy = file.copies[i];
      if (copy != null && copy.state == ReplicaState.AVAILABLE && copy.verified != null) {
        Place place = catalog.place(file, i, copy.bundle);
        // A flaw that came after the verification and that nobody could know of is not hope.
        if (world.good(place) || world.isHidden(place)) {
          sound++;
        }
      }
    }
    if (sound < PROMISED) {
      throw new PromiseBroken(
          3,
          world.agenda.instant(),
          file.name() + " was deleted at the hub with " + sound + " other sound copies");
    }
    Copy online = file.at(HUB);
    if (online != null) {
      online.state = ReplicaState.DELETING;
      world.delete(catalog.place(file, HUB, null));
      file.copies[HUB] = null;
      deleted++;
    }
  }
}
