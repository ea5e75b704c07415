package dev.firn.server.simulation;

import dev.firn.model.ReplicaState;
import dev.firn.model.TransferState;
import dev.firn.server.simulation.SimFile.Copy;
import dev.firn.transfer.Explaining;
import dev.firn.transfer.Explaining.Situation;
import dev.firn.transfer.Explanation;
import dev.firn.transfer.link.Downtime;
import dev.firn.transfer.link.Hold;
import dev.firn.transfer.link.Link;
import dev.firn.transfer.link.LinkCalendar;
import dev.firn.transfer.link.LinkPolicy;
import dev.firn.transfer.link.TransferScheduler;
import dev.firn.transfer.link.TransferScheduler.Plan;
import dev.firn.transfer.queue.FailureClass;
import dev.firn.transfer.queue.Transfer;
import dev.firn.transfer.rule.CopyRequest;
import dev.firn.transfer.rule.ReplicationRule;
import dev.firn.transfer.rule.RuleEvaluator;
import dev.firn.transfer.site.Place;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Compares what the simulated record says with what the simulated disks hold.
final class Promises {
  private final SimWorld world;
  private final MemoryBook book;
  private final SimCatalog catalog;
  private final SimQuotas quotas;
  private final Map<Long, TransferState> states = new HashMap<>();
  private int rolling;
  private long checks;

  Promises(SimWorld world, MemoryBook book, SimCatalog catalog, SimQuotas quotas) {
    this.quotas = quotas;
    this.world = world;
    this.book = book;
    this.catalog = catalog;
  }

  private PromiseBroken broken(int promise, String what) {
    return new PromiseBroken(promise, world.agenda.instant(), what);
  }

  long checks() {
    return checks;
  }

  /// Promises 4 and 7 for one change of a transfer: it follows from the one before, nothing ends
  /// twice, and `done` is true at this moment.
  void changed(Transfer transfer, @Nullable TransferState from, TransferState to) {
    checks++;
    TransferState before = states.get(transfer.id());
    if (before != from) {
      throw broken(
          7, "transfer " + transfer.id() + " was " + before + " and its history says " + from);
    }
    boolean legal =
        switch (to) {
          case QUEUED ->
              from == null
                  || from == TransferState.ACTIVE
                  || from == TransferState.UNKNOWN
                  || from == TransferState.FAILED;
          case ACTIVE -> from == TransferState.QUEUED;
          case UNKNOWN -> from == TransferState.ACTIVE;
          case DONE, FAILED -> from == TransferState.ACTIVE || from == TransferState.UNKNOWN;
          case CANCELLED -> from == TransferState.QUEUED;
        };
    if (!legal) {
      throw broken(7, "transfer " + transfer.id() + " went from " + from + " to " + to);
    }
    states.put(transfer.id(), to);
    if (to == TransferState.ACTIVE) {
      downtimes(transfer);
      closed(transfer);
    }
    if (to == TransferState.FAILED
        && transfer.lastError().failureClass().equals(FailureClass.OCCUPIED.label())) {
      throw broken(8, "nobody but us writes there: " + transfer.lastError().reason());
    }
    if (to == TransferState.CANCELLED) {
      states.remove(transfer.id());
    }
    if (to == TransferState.DONE) {
      Place there = transfer.request().to();
      if (!world.good(there) && !world.isHidden(there)) {
        throw broken(4, "transfer " + transfer.id() + " is done and " + there + " is not right");
      }
      states.remove(transfer.id());
    }
  }

  /// What an operator was promised with a downtime: nothing is started at its site.
  private void downtimes(Transfer transfer) {
    Link link = new Link(transfer.request().from().site(), transfer.request().to().site());
    for (Downtime downtime : book.downtimes()) {
      checks++;
      if (link.touches(downtime.site()) && downtime.holds(book.now())) {
        throw broken(8, "transfer " + transfer.id() + " was started in " + downtime);
      }
    }
  }

  /// Nothing is started where two sites cannot talk, or where the calendar has the link closed.
  private void closed(Transfer transfer) {
    Link link = new Link(transfer.request().from().site(), transfer.request().to().site());
    LinkPolicy policy = book.policy(link);
    checks++;
    if (policy.blocked()
        || policy.calendar().at(book.now()).filter(LinkCalendar.Window::closed).isPresent()) {
      throw broken(8, "transfer " + transfer.id() + " was started and " + link + " is closed");
    }
  }

  /// After every step: promises 1 and 2 for what changed in it, and no quota is gone beyond.
  void step() {
    catalog.takeTouched().forEach(this::file);
    quotas
        .most()
        .forEach((key, most) -> {
          checks++;
          if (quotas.used(key) > quotas.bound(key)) {
            throw broken(8, key + " was asked for " + quotas.used(key) + " of " + most);
          }
        });
  }

  /// What is charged is what was asked for, and what waits to be begun says why.
  private void requests() {
    catalog
        .requests()
        .charged()
        .forEach((key, bytes) -> {
          checks++;
          if (bytes != quotas.used(key)) {
            throw broken(8, key + " is charged " + quotas.used(key) + ", and asked for " + bytes);
          }
        });
    for (SimRequests.Request request : catalog.requests().waiting()) {
      checks++;
      CopyRequest view = request.view(world);
      String words =
          Explaining.request(view, request.file.name().toString(), 0, Optional.empty()).sentence();
      boolean why =
          switch (request.state) {
            case HELD -> words.contains("has no room for");
            case OPEN ->
                words.contains("no site has an available copy")
                    || words.contains("is being deleted")
                    || words.contains("is at a stop on its way");
            default -> false;
          };
      if (!why && !catalog.lost().contains(request.file.id)) {
        throw broken(8, "a request does not say why it waits: " + words);
      }
    }
  }

  /// Promises 1 and 2: what the catalog calls available is there, whole and right, or has rotted
  /// since without anybody having had the time to look.
  private void file(SimFile file) {
    for (int i = 0; i < file.copies.length; i++) {
      Copy copy = file.copies[i];
      if (copy != null && copy.state == ReplicaState.AVAILABLE) {
        checks++;
        Place place = catalog.place(file, i, copy.bundle);
        if (!world.good(place) && !world.isHidden(place)) {
          throw broken(
              world.at(place.site()).find(place.path()) == null ? 2 : 1,
              "the catalog calls " + file.name() + " available at " + place + " and it is not");
        }
      }
    }
  }

  /// Goes through all files, some of them each day.
  void day() {
    List<SimFile> files = catalog.files();
    for (int i = files.size() / 60; i >= 0 && !files.isEmpty(); i--) {
      rolling = (rolling + 1) % files.size();
      file(files.get(rolling));
    }
  }

  /// Promise 2 again: no flaw stays unseen for longer than the audits take to come round. And what
  /// was asked for is counted.
  void week(Duration round) {
    requests();
    Instant late = world.agenda.instant().minus(round);
    world
        .hidden()
        .forEach((place, since) -> {
          if (since.isBefore(late)) {
            throw broken(2, place + " has been wrong since " + since + " and no audit has seen it");
          }
        });
  }

  /// Promise 8: everything that waits says why.
  List<Explanation> explained() {
    Instant now = world.agenda.instant();
    Plan plan = new TransferScheduler().plan(book.view(64), now);
    List<Explanation> all = new ArrayList<>();
    for (Transfer transfer : book.pending()) {
      Link link = new Link(transfer.request().from().site(), transfer.request().to().site());
      Hold held = plan.held().get(link);
      Explanation explanation =
          Explaining.transfer(
              transfer,
              new Situation(now, book.ahead(transfer), held, List.copyOf(book.pauses()), List.of()),
              book.tried(transfer.id(), 100));
      String words = explanation.sentence();
      if (words.isBlank() || words.contains("null") || explanation.advice().isBlank()) {
        throw broken(8, "transfer " + transfer.id() + " does not say why it waits: " + words);
      }
      all.add(explanation);
    }
    return all;
  }

  /// How many of the sites that a rule means have a verified copy.
  private long verified(SimFile file, ReplicationRule rule) {
    return rule.wanted().where().at().among(world.known.list()).stream()
        .map(site -> file.at(world.number(site)))
        .filter(c -> c != null && c.state == ReplicaState.AVAILABLE && c.verified != null)
        .count();
  }

  /// In the end, with everything well again for a while: nothing waits, nothing is held, and every
  /// rule is true of every file that a good copy was left of.
  void atRest(SimArchive archive, SimReleases releases) {
    requests();
    releases.promises().atRest(releases, Set.of(0));
    int left = catalog.requests().unsettled();
    if (book.pendingCount() > 0
        || catalog.waitingCount() > 0
        || archive.busy() > 0
        || left > 0
        || releases.pending() > 0) {
      throw broken(
          8,
          "%d transfers, %d files, %d bundles, %d requests of ended rules and %d deletions still wait: %s %s"
              .formatted(
                  book.pendingCount(),
                  catalog.waitingCount(),
                  archive.busy(),
                  left,
                  releases.pending(),
                  explained().stream().limit(3).map(Explanation::sentence).toList(),
                  catalog.waitingWords()));
    }
    for (SimFile file : catalog.files()) {
      file(file);
      if (catalog.lost().contains(file.id)) {
        continue;
      }
      for (ReplicationRule rule : catalog.rules().inForce()) {
        if (RuleEvaluator.matches(rule, catalog.candidate(file))) {
          checks++;
          if (verified(file, rule) < rule.wanted().where().copies()) {
            throw broken(8, "rule %d is not true of %s".formatted(rule.id(), catalog.words(file)));
          }
        }
      }
    }
  }
}
