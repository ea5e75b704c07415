package dev.firn.server.simulation;

import dev.firn.model.LogicalName;
import dev.firn.model.ReplicaState;
import dev.firn.model.SiteName;
import dev.firn.server.simulation.SimFile.Copy;
import dev.firn.server.simulation.SimRequests.Request;
import dev.firn.transfer.link.Routes;
import dev.firn.transfer.link.Routes.Leg;
import dev.firn.transfer.link.Routes.Stop;
import dev.firn.transfer.queue.Subject;
import dev.firn.transfer.queue.TransferRequest;
import dev.firn.transfer.rule.CopyRequest;
import dev.firn.transfer.rule.ReplicationRule;
import dev.firn.transfer.rule.RuleEvaluator;
import dev.firn.transfer.site.Place;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Files, copies and requests of the simulated hub. What is missing is decided by the hub's own
/// [RuleEvaluator], from where it is copied by its own [Routes].
final class SimCatalog {
  private final SimWorld world;
  private final MemoryBook book;
  private final SimRules rules;
  private final SimRequests requests;
  private final List<SimFile> files = new ArrayList<>();
  private final Map<Line, Map<SimFile, ReplicationRule>> waiting = new LinkedHashMap<>();
  private final Set<Integer> unplaced = new HashSet<>();

  private final Set<Integer> lost = new HashSet<>();
  private final List<SimFile> touched = new ArrayList<>();

  /// Files that wait to be bundled for one site by one rule.
  record Line(long rule, int site) {}

  SimCatalog(SimWorld world, MemoryBook book, SimRules rules, SimRequests requests) {
    this.world = world;
    this.book = book;
    this.rules = rules;
    this.requests = requests;
  }

  List<SimFile> files() {
    return files;
  }

  SimRules rules() {
    return rules;
  }

  SimRequests requests() {
    return requests;
  }

  SimFile file(int id) {
    return files.get(id);
  }

  /// Files of which nobody has a good copy any more: named, as promised.
  Set<Integer> lost() {
    return lost;
  }

  void add(SimFile file) {
    files.add(file);
    evaluate(file);
    if (world.random.nextInt(50) == 0) {
      evaluate(file); // its news is delivered twice
    }
  }

  /// Asks for what rules want and is not there.
  void evaluate(SimFile file) {
    touch(file);
    unplaced.remove(file.id);
    if (hopeless(file)) {
      lost.add(file.id);
      waiting.values().forEach(line -> line.remove(file));
    }
    if (lost.contains(file.id)) {
      return;
    }
    RuleEvaluator.Candidate found = candidate(file);
    Set<SiteName> asked = new HashSet<>(found.there());
    for (int i = 0; i < file.copies.length; i++) {
      Request request = requests.find(file, i);
      if (request != null) {
        switch (request.state) {
          case HELD, ASSIGNED -> asked.add(world.sites.get(i).name());
          case OPEN -> {
            asked.add(world.sites.get(i).name());
            order(request);
          }
          case DONE, FAILED, CANCELLED -> {
            // asks for nothing
          }
        }
      }
    }
    RuleEvaluator.Candidate candidate =
        new RuleEvaluator.Candidate(file.id, found.name(), found.level(), asked, found.queries());
    for (RuleEvaluator.Missing missing :
        RuleEvaluator.missing(rules.inForce(), candidate, world.known.list())) {
      int site = world.number(missing.site());
      if (missing.rule().wanted().bundled()) {
        waiting
            .computeIfAbsent(new Line(missing.rule().id(), site), l -> new LinkedHashMap<>())
            .put(file, missing.rule());
      } else {
        requests.ask(file, missing.rule(), site).ifPresent(this::order);
      }
    }
  }

  /// A file as rules look at it.
  RuleEvaluator.Candidate candidate(SimFile file) {
    Set<SiteName> there = new HashSet<>();
    for (int i = 0; i < file.copies.length; i++) {
      Copy copy = file.copies[i];
      if (copy != null
          && copy.state != ReplicaState.DELETING
          && (copy.state != ReplicaState.BAD || copy.bundle != null)) {
        there.add(world.sites.get(i).name());
      }
    }
    return new RuleEvaluator.Candidate(
        file.id, file.name(), file.level.label, there, rules.queries(file));
  }

  /// The sites where a file has a verified copy.
  Set<SiteName> verifiedAt(SimFile file) {
    Set<SiteName> verified = new HashSet<>();
    for (int i = 0; i < file.copies.length; i++) {
      Copy copy = file.copies[i];
      if (copy != null && copy.state == ReplicaState.AVAILABLE && copy.verified != null) {
        verified.add(world.sites.get(i).name());
      }
    }
    return verified;
  }

  /// The first rule that does not have all its copies of a file at sites other than this one.
  Optional<ReplicationRule> lacking(SimFile file, int site) {
    Set<SiteName> others = verifiedAt(file);
    others.remove(world.sites.get(site).name());
    return RuleEvaluator.lacking(rules.inForce(), candidate(file), others, world.known.list());
  }

  /// Has a transfer make an open copy, or bring it a step nearer.
  private void order(Request request) {
    SimFile file = request.file;
    Copy there = file.at(request.site);
    if (there != null && there.state == ReplicaState.DELETING) {
      request.why = "the copy that was there is being deleted: it is made anew after that";
      return;
    }
    if (there != null && there.state == ReplicaState.AVAILABLE && there.bundle == null) {
      requests.met(request);
      return;
    }
    Optional<Leg> leg = leg(file, world.sites.get(request.site).name());
    if (leg.isEmpty()) {
      request.why = "no site has an available copy that can be brought there";
      unplaced.add(file.id);
      return;
    }
    int via = world.number(leg.get().via());
    ReplicationRule.Handling how =
        rules.inForce().stream()
            .filter(r -> r.id() == request.rule)
            .findFirst()
            .map(r -> r.wanted().how())
            .orElse(null);
    if (how == null) {
      return; // its rule has ended: it is let go
    }
    LogicalName name = file.name();
    TransferRequest wanted =
        new TransferRequest(
            Subject.file(file.id),
            new Place(leg.get().from(), name),
            new Place(leg.get().via(), name),
            file.size,
            file.checksums(),
            how.priority(),
            file.at(via) != null || requests.mayHaveLeft(file, world.sites.get(via)),
            how.activity());
    long id = book.queue(wanted, "rules", "rule " + request.rule);
    Copy stop = file.at(via);
    boolean kept = stop != null && stop.state != ReplicaState.COPYING;
    requests.assign(request, id, leg.get().direct() ? -1 : via, kept);
  }

  private Optional<Leg> leg(SimFile file, SiteName to) {
    List<Stop> holders = new ArrayList<>();
    List<Stop> all = new ArrayList<>();
    for (int i = 0; i < file.copies.length; i++) {
      Copy copy = file.copies[i];
      if (copy != null && copy.state == ReplicaState.AVAILABLE && copy.bundle == null) {
        holders.add(stop(i));
      }
      if (copy == null || (copy.bundle == null && copy.state != ReplicaState.DELETING)) {
        all.add(stop(i));
      }
    }
    return Routes.first(holders, to, all, link -> book.policy(link).blocked());
  }

  private Stop stop(int site) {
    SiteName name = world.sites.get(site).name();
    boolean down =
        book.downtimes().stream().anyMatch(d -> d.site().equals(name) && d.holds(book.now()))
            || book.pauses().stream().anyMatch(p -> p.site().equals(name));
    return new Stop(name, world.sites.get(site).site.nearline(), down);
  }

  /// Files that wait to be packed, by rule and site.
  Map<Line, Map<SimFile, ReplicationRule>> waiting() {
    return waiting;
  }

  int waitingCount() {
    return waiting.values().stream().mapToInt(Map::size).sum()
        + (int) unplaced.stream().filter(id -> !lost.contains(id)).count()
        + (int) requests.waiting().stream().filter(r -> !lost.contains(r.file.id)).count();
  }

  /// Files for which there was nothing to copy from when they were looked at.
  List<SimFile> unplaced() {
    return unplaced.stream().sorted().map(files::get).toList();
  }

  /// Gives those that were held for want of quota what room there is now. Where one found none, no
  /// larger one of the same account and site is looked at.
  void giveRoom() {
    Map<SimQuotas.Key, Long> refused = new HashMap<>();
    for (Request request : List.copyOf(requests.waiting())) {
      if (request.state != CopyRequest.State.HELD) {
        continue;
      }
      SimQuotas.Key key = requests.payer(request);
      if (request.file.size >= refused.getOrDefault(key, Long.MAX_VALUE)) {
        continue;
      }
      if (requests.let(request)) {
        order(request);
      } else {
        refused.put(key, request.file.size);
      }
    }
  }

  /// Files taken in at a time or later, and before another.
  List<SimFile> between(Instant from, Instant until) {
    return files.subList(firstSince(from), firstSince(until));
  }

  private int firstSince(Instant time) {
    int low = 0;
    int high = files.size();
    while (low < high) {
      int middle = (low + high) / 2;
      if (files.get(middle).created.isBefore(time)) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /// A few of the files that wait, each with its copies.
  List<String> waitingWords() {
    List<SimFile> some = new ArrayList<>(unplaced());
    requests.waiting().forEach(r -> some.add(r.file));
    waiting.values().forEach(line -> some.addAll(line.keySet()));
    return some.stream().limit(3).map(this::words).toList();
  }

  /// A file with its copies.
  String words(SimFile file) {
    StringBuilder words = new StringBuilder(file.name().toString());
    for (int i = 0; i < file.copies.length; i++) {
      Copy copy = file.copies[i];
      if (copy != null) {
        Place place = place(file, i, copy.bundle);
        words
            .append(", ")
            .append(copy.state.label())
            .append(world.good(place) ? " and good at " : " and wrong at ")
            .append(place);
        if (copy.bundle != null) {
          words.append(" (").append(copy.bundle.state).append(')');
        }
      }
    }
    return words.append(lost.contains(file.id) ? ", lost" : "").toString();
  }

  Place place(SimFile file, int site, @Nullable SimBundle bundle) {
    return new Place(world.sites.get(site).name(), bundle == null ? file.name() : bundle.path);
  }

  /// The rules hear of a change of its copies.
  void changed(SimFile file) {
    world.agenda.in(Duration.ofSeconds(1), () -> evaluate(file));
  }

  /// Links were opened: what had no way to its site may have one now.
  void lookAgainAtStranded() {
    for (Request request : List.copyOf(requests.waiting())) {
      if (request.state == CopyRequest.State.OPEN) {
        evaluate(request.file);
      }
    }
  }

  /// A copy that was to be deleted is one again.
  void foundAgain(SimFile file) {
    touch(file);
    changed(file);
  }

  /// A copy was read and is wrong or gone.
  void bad(SimFile file, int site) {
    Copy copy = file.at(site);
    if (copy != null && copy.state != ReplicaState.DELETING) {
      copy.state = ReplicaState.BAD;
      copy.verified = null;
      evaluate(file);
    }
  }

  /// Whether nothing is left of a file, and nothing on its way, but copies that are bad. One that
  /// was to be deleted is hope as long as its bytes are good: it is taken back.
  private boolean hopeless(SimFile file) {
    for (int i = 0; i < file.copies.length; i++) {
      Copy copy = file.copies[i];
      boolean bad =
          copy == null
              || copy.state == ReplicaState.BAD
              || (copy.state == ReplicaState.DELETING && !world.good(place(file, i, copy.bundle)));
      if (!bad) {
        return false;
      }
    }
    return true;
  }

  /// Something changed about a file: it is checked after this step.
  void touch(SimFile file) {
    touched.add(file);
  }

  /// What changed since the last call.
  List<SimFile> takeTouched() {
    if (touched.isEmpty()) {
      return List.of();
    }
    List<SimFile> taken = List.copyOf(touched);
    touched.clear();
    return taken;
  }
}
