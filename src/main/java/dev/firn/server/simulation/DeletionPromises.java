package dev.firn.server.simulation;

import dev.firn.model.ReplicaState;
import dev.firn.model.SiteName;
import dev.firn.server.simulation.SimFile.Copy;
import dev.firn.transfer.deletion.ReapPolicy;
import dev.firn.transfer.deletion.Reaping;
import dev.firn.transfer.rule.ReplicationRule;
import dev.firn.transfer.rule.RuleEvaluator;
import dev.firn.transfer.site.Place;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Promise 3 of copies that nobody asks for any more: counted here once more, from the rules and
/// from the disks, whatever the reaper thinks.
final class DeletionPromises {
  private final SimWorld world;
  private final MemoryBook book;
  private final SimCatalog catalog;
  private final Map<Integer, List<Gone>> gone = new HashMap<>();
  private long checks;

  private record Gone(Instant at, long size) {}

  DeletionPromises(SimWorld world, MemoryBook book, SimCatalog catalog) {
    this.world = world;
    this.book = book;
    this.catalog = catalog;
  }

  long checks() {
    return checks;
  }

  private PromiseBroken broken(SimFile file, int site, String why) {
    return new PromiseBroken(
        3,
        world.agenda.instant(),
        "%s goes from %s and %s".formatted(catalog.words(file), world.sites.get(site).name(), why));
  }

  /// No rule goes below its verified copies, no grace is cut short, and no more goes in a day than
  /// was allowed.
  void decided(SimFile file, int site, Instant released, ReapPolicy policy) {
    checks++;
    Instant now = book.now();
    if (released.plus(policy.grace()).isAfter(now)) {
      throw broken(file, site, "its grace is not over");
    }
    for (ReplicationRule rule : catalog.rules().inForce()) {
      if (file.live && RuleEvaluator.matches(rule, catalog.candidate(file))) {
        Set<SiteName> meant = rule.wanted().where().at().among(world.known.list());
        long others = 0;
        for (int i = 0; i < file.copies.length; i++) {
          others +=
              i != site && verified(file, i) && meant.contains(world.sites.get(i).name()) ? 1 : 0;
        }
        if (others < rule.wanted().where().copies()) {
          throw broken(
              file,
              site,
              "rule %d has %d of %d copies elsewhere"
                  .formatted(rule.id(), others, rule.wanted().where().copies()));
        }
      }
    }
    List<Gone> day = gone.computeIfAbsent(site, s -> new ArrayList<>());
    day.removeIf(g -> !g.at().isAfter(now.minus(Duration.ofHours(24))));
    day.add(new Gone(now, file.size));
    long bytes = day.stream().mapToLong(Gone::size).sum();
    if (day.size() > policy.mostFiles() || bytes > policy.mostBytes()) {
      throw broken(file, site, "it is one more than may go in a day");
    }
  }

  private static boolean verified(SimFile file, int site) {
    Copy copy = file.at(site);
    return copy != null && copy.state == ReplicaState.AVAILABLE && copy.verified != null;
  }

  /// With water marks, no more goes than brings the site down to the low one.
  void planned(List<Reaping.Copy> all, long used, ReapPolicy policy) {
    checks++;
    if (policy.capacity() == 0 || all.isEmpty()) {
      return;
    }
    long bytes = all.stream().mapToLong(Reaping.Copy::size).sum();
    double left = used - bytes + (double) all.getLast().size();
    if (used <= policy.high() * policy.capacity() || left < policy.low() * policy.capacity()) {
      throw new PromiseBroken(
          3, world.agenda.instant(), bytes + " bytes of " + used + " go, for marks of " + policy);
    }
  }

  /// At the moment of a deletion another copy is really there.
  void deleted(SimFile file, int site) {
    checks++;
    for (int i = 0; i < file.copies.length; i++) {
      Copy copy = file.at(i);
      if (i != site && copy != null && verified(file, i)) {
        Place place = catalog.place(file, i, copy.bundle);
        // A flaw that came after the verification and that nobody could know of is not hope.
        if (world.good(place) || world.isHidden(place)) {
          return;
        }
      }
    }
    throw broken(file, site, "no other copy is sound");
  }

  /// In the end every copy is asked for, or is let go: none stays that nobody would ever delete.
  /// And nothing is lost of which good bytes wait to be deleted.
  void atRest(SimReleases releases, Set<Integer> kept) {
    for (SimFile file : catalog.files()) {
      for (int i = 0; i < file.copies.length; i++) {
        Copy copy = file.at(i);
        if (copy == null || copy.bundle != null || kept.contains(i)) {
          continue;
        }
        checks++;
        if (copy.state == ReplicaState.DELETING
            && catalog.lost().contains(file.id)
            && world.good(catalog.place(file, i, null))) {
          throw broken(file, i, "its last good bytes are no copy again");
        }
        if (copy.state != ReplicaState.DELETING
            && catalog.requests().find(file, i) == null
            && !releases.isReleased(file, i)) {
          throw new PromiseBroken(
              8,
              world.agenda.instant(),
              "nobody asks for %s at %s, and nobody deletes it"
                  .formatted(catalog.words(file), world.sites.get(i).name()));
        }
      }
    }
  }
}
