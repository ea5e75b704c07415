package dev.firn.server.simulation;

import dev.firn.model.LogicalName;
import dev.firn.model.ReplicaState;
import dev.firn.model.SiteName;
import dev.firn.model.TransferState;
import dev.firn.server.simulation.SimFile.Copy;
import dev.firn.transfer.link.Routes;
import dev.firn.transfer.link.Routes.Leg;
import dev.firn.transfer.link.Routes.Stop;
import dev.firn.transfer.queue.Subject;
import dev.firn.transfer.queue.TransferRequest;
import dev.firn.transfer.rule.ReplicationRule;
import dev.firn.transfer.rule.RuleEvaluator;
import dev.firn.transfer.site.Place;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Files, copies and requests of the simulated hub. What is missing is decided by the hub's own
/// [RuleEvaluator], from where it is copied by its own [Routes].
final class SimCatalog {
  private final SimWorld world;
  private final MemoryBook book;
  private final List<ReplicationRule> rules;
  private final List<SimFile> files = new ArrayList<>();
  private final SimQuotas quotas;
  private final Map<Line, Map<SimFile, ReplicationRule>> waiting = new LinkedHashMap<>();
  private final Map<Long, Long> moving = new HashMap<>();
  private final Set<Integer> unplaced = new HashSet<>();

  /// Files of which a copy is held back by a quota, and in what words.
  private final Map<Integer, String> held = new TreeMap<>();

  private final Set<Integer> lost = new HashSet<>();
  private final List<SimFile> touched = new ArrayList<>();

  /// Files that wait to be bundled for one site by one rule.
  record Line(long rule, int site) {}

  SimCatalog(SimWorld world, MemoryBook book, List<ReplicationRule> rules, SimQuotas quotas) {
    this.quotas = quotas;
    this.world = world;
    this.book = book;
    this.rules = List.copyOf(rules);
  }

  List<SimFile> files() {
    return files;
  }

  List<ReplicationRule> rules() {
    return rules;
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
    held.remove(file.id);
    if (hopeless(file)) {
      lost.add(file.id);
      waiting.values().forEach(line -> line.remove(file));
    }
    if (lost.contains(file.id)) {
      return;
    }
    Set<SiteName> there = new HashSet<>();
    for (int i = 0; i < file.copies.length; i++) {
      Copy copy = file.copies[i];
      if (copy != null
          && copy.state != ReplicaState.DELETING
          && (copy.state != ReplicaState.BAD || copy.bundle != null)) {
        there.add(world.sites.get(i).name());
      }
    }
    RuleEvaluator.Candidate candidate =
        new RuleEvaluator.Candidate(file.id, file.name(), file.level.label, there);
    for (RuleEvaluator.Missing missing :
        RuleEvaluator.missing(rules, candidate, world.known.list())) {
      if (missing.rule().wanted().bundled()) {
        waiting
            .computeIfAbsent(
                new Line(missing.rule().id(), world.number(missing.site())),
                l -> new LinkedHashMap<>())
            .put(file, missing.rule());
      } else {
        move(file, missing.rule(), missing.site());
      }
    }
  }

  private void move(SimFile file, ReplicationRule rule, SiteName to) {
    int site = world.number(to);
    Long before = moving.get(key(file.id, site));
    if (before != null && !sourceIsGone(file, before)) {
      return; // asked for already, or failed and left to the operator
    }
    Optional<String> full = quotas.charge(key(file.id, site), rule.account(), to, file.size);
    if (full.isPresent()) {
      held.put(file.id, full.get());
      return;
    }
    List<Stop> holders = new ArrayList<>();
    for (int i = 0; i < file.copies.length; i++) {
      Copy copy = file.copies[i];
      if (copy != null && copy.state == ReplicaState.AVAILABLE && copy.bundle == null) {
        holders.add(stop(i));
      }
    }
    List<Stop> all = new ArrayList<>();
    for (int i = 0; i < world.sites.size(); i++) {
      all.add(stop(i));
    }
    Optional<Leg> leg = Routes.first(holders, to, all, link -> false);
    if (leg.isEmpty()) {
      unplaced.add(file.id);
      return;
    }
    unplaced.remove(file.id);
    LogicalName name = file.name();
    TransferRequest request =
        new TransferRequest(
            Subject.file(file.id),
            new Place(leg.get().from(), name),
            new Place(to, name),
            file.size,
            file.checksums(),
            rule.wanted().how().priority(),
            file.at(site) != null);
    long id = book.queue(request, "rules", "rule " + rule.id());
    moving.put(key(file.id, site), id);
  }

  /// Whether a transfer has failed whose source has since been found bad: another may do.
  private boolean sourceIsGone(SimFile file, long transfer) {
    return book.find(transfer)
        .filter(t -> t.state() == TransferState.FAILED)
        .map(t -> file.at(world.number(t.request().from().site())))
        .filter(source -> source.state != ReplicaState.AVAILABLE)
        .isPresent();
  }

  private Stop stop(int site) {
    SiteName name = world.sites.get(site).name();
    boolean down =
        book.downtimes().stream().anyMatch(d -> d.site().equals(name) && d.holds(book.now()))
            || book.pauses().stream().anyMatch(p -> p.site().equals(name));
    return new Stop(name, world.sites.get(site).site.nearline(), down);
  }

  private static long key(int file, int site) {
    return (long) file * 64 + site;
  }

  /// A transfer of a file ended with a copy.
  void arrived(SimFile file, int site) {
    moving.remove(key(file.id, site));
  }

  /// Files that wait to be packed, by rule and site.
  Map<Line, Map<SimFile, ReplicationRule>> waiting() {
    return waiting;
  }

  int waitingCount() {
    return waiting.values().stream().mapToInt(Map::size).sum() + unplaced.size() + held.size();
  }

  /// Files for which there was nothing to copy from when they were looked at.
  List<SimFile> unplaced() {
    return unplaced.stream().sorted().map(files::get).toList();
  }

  /// Why copies are held back, by file.
  Map<Integer, String> held() {
    return held;
  }

  /// Asks again for what quotas held back.
  void askAgain() {
    List.copyOf(held.keySet()).forEach(id -> evaluate(files.get(id)));
  }

  /// Bytes of whole files at a site, those on their way included.
  long unbundled(int site) {
    long bytes = 0;
    for (SimFile file : files) {
      Copy copy = file.at(site);
      bytes += copy != null && copy.bundle == null ? file.size : 0;
    }
    return bytes;
  }

  /// A few of the files that wait, each with its copies.
  List<String> waitingWords() {
    List<SimFile> some = new ArrayList<>(unplaced());
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

  /// A copy was read and is wrong or gone.
  void bad(SimFile file, int site) {
    Copy copy = file.at(site);
    if (copy != null && copy.state != ReplicaState.DELETING) {
      copy.state = ReplicaState.BAD;
      copy.verified = null;
      evaluate(file);
    }
  }

  /// Whether nothing is left of a file, and nothing on its way, but copies that are bad.
  private static boolean hopeless(SimFile file) {
    boolean hope = false;
    for (Copy copy : file.copies) {
      hope |= copy != null && copy.state != ReplicaState.BAD;
    }
    return !hope;
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
