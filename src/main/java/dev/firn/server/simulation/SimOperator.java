package dev.firn.server.simulation;

import dev.firn.model.ReplicaState;
import dev.firn.server.simulation.SimFile.Copy;
import dev.firn.transfer.link.Downtime;
import dev.firn.transfer.queue.Subject;
import dev.firn.transfer.queue.Transfer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;

/// Who runs the simulated hub: announces downtimes, raises quotas and looks at failed transfers on
/// Mondays, and has online copies read again in turn.
final class SimOperator {
  private final SimWorld world;
  private final MemoryBook book;
  private final SimCatalog catalog;
  private final SimArchive archive;
  private final SimQuotas quotas;
  private final TreeSet<Long> failed = new TreeSet<>();
  private final List<Missed> missed = new ArrayList<>();
  private long downtimes;
  private int scrubbed;
  private int mostHeld;
  private boolean resting;

  /// An online copy whose turn it was while its site was away.
  private record Missed(SimFile file, int site) {}

  SimOperator(
      SimWorld world, MemoryBook book, SimCatalog catalog, SimArchive archive, SimQuotas quotas) {
    this.world = world;
    this.book = book;
    this.catalog = catalog;
    this.archive = archive;
    this.quotas = quotas;
  }

  /// All downtimes and quotas are taken back.
  void rest() {
    resting = true;
    book.downtimes().clear();
    quotas.lift();
  }

  /// A site says when it will be away, and is.
  void announce() {
    SimSite site = world.sites.get(1 + world.random.nextInt(world.sites.size() - 1));
    Instant from = world.agenda.instant().plus(Duration.ofHours(1 + world.random.nextInt(7 * 24)));
    Instant until = from.plus(Duration.ofHours(2 + world.random.nextInt(72)));
    book.plan(new Downtime(++downtimes, site.name(), from, until, "maintenance", "operator"));
    world.agenda.at(
        from,
        () -> {
          if (!resting && site.downUntil.isBefore(until)) {
            site.downUntil = until;
          }
        });
  }

  /// Reads the longest unread online copies again, first those whose site was away.
  void scrub() {
    List<Missed> again = List.copyOf(missed);
    missed.clear();
    again.forEach(one -> scrub(one.file(), one.site()));
    List<SimFile> files = catalog.files();
    int budget = Math.max(2_500, files.size() / 600);
    for (int n = Math.min(budget, files.size()); n > 0; n--) {
      scrubbed = (scrubbed + 1) % files.size();
      SimFile file = files.get(scrubbed);
      for (int i = 0; i < file.copies.length; i++) {
        Copy copy = file.copies[i];
        if (copy != null && copy.state != ReplicaState.BAD) {
          scrub(file, i);
        }
      }
    }
  }

  private void scrub(SimFile file, int site) {
    if (!archive.read(file, site)) {
      missed.add(new Missed(file, site));
    }
  }

  /// A transfer has failed: it is looked at on Monday.
  void failed(long transfer) {
    failed.add(transfer);
  }

  /// What is done on a Monday: quotas are raised, and what failed is looked at and tried again.
  void monday() {
    mostHeld = Math.max(mostHeld, catalog.requests().held());
    new TreeMap<>(quotas.most())
        .forEach((key, most) -> {
          if (key.account().equals("operator")) {
            long more = world.random.nextInt(1200) * 1_000_000_000L;
            quotas.set(key, Math.max(most, quotas.used(key) + more));
          }
        });
    catalog.giveRoom();
    for (long id : List.copyOf(failed)) {
      failed.remove(id);
      book.find(id).ifPresent(transfer -> again(id, transfer));
    }
  }

  private void again(long id, Transfer transfer) {
    if (transfer.request().subject() instanceof Subject.OfFile(long file)) {
      archive.read(catalog.file((int) file), world.number(transfer.request().from().site()));
    } else if (transfer.request().subject() instanceof Subject.OfBundle(var uuid)) {
      archive.restore(archive.bundle(uuid.getLeastSignificantBits()));
    }
    if (catalog.requests().isWanted(transfer)) {
      book.retry(id);
    }
  }

  /// The most files that a quota held back at a time.
  int mostHeld() {
    return mostHeld;
  }
}
