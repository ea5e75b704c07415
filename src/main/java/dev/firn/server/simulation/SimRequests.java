package dev.firn.server.simulation;

import dev.firn.model.ReplicaState;
import dev.firn.model.TransferState;
import dev.firn.server.simulation.SimFile.Copy;
import dev.firn.transfer.queue.Subject;
import dev.firn.transfer.queue.Transfer;
import dev.firn.transfer.rule.CopyRequest;
import dev.firn.transfer.rule.CopyRequest.State;
import dev.firn.transfer.rule.ReplicationRule;
import dev.firn.transfer.rule.RuleEvaluator;
import dev.firn.transfer.site.Site;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// What rules ask for one by one, as the hub's table of requests has it: which copy, by which rule,
/// how far it is. A rule that ends lets go of its requests by the hub's own [RuleEvaluator#heir].
final class SimRequests {
  /// A copy that was asked for.
  static final class Request {
    final SimFile file;
    final int site;
    long rule;
    State state;
    Instant since;
    long transfer;

    /// The stop that its transfer takes it to; -1 when it is the copy itself.
    int via = -1;

    /// Whether a copy was on record at that stop before.
    boolean viaKept;

    String why;

    Request(SimFile file, int site, long rule, State state, String why, Instant since) {
      this.file = file;
      this.site = site;
      this.rule = rule;
      this.state = state;
      this.why = why;
      this.since = since;
    }

    CopyRequest view(SimWorld world) {
      return new CopyRequest(
          (long) file.id * 64 + site,
          file.id,
          rule,
          world.sites.get(site).name(),
          false,
          state,
          why,
          since,
          null,
          transfer == 0 ? OptionalLong.empty() : OptionalLong.of(transfer),
          via < 0 ? null : world.sites.get(via).name());
    }
  }

  private final SimWorld world;
  private final MemoryBook book;
  private final SimRules rules;
  private final SimQuotas quotas;
  private final Map<Long, Request> byPlace = new HashMap<>();
  private final Map<Long, List<Request>> byTransfer = new HashMap<>();

  /// Of each rule that may end.
  private final Map<Long, Set<Request>> byRule = new TreeMap<>();

  /// Places where transfers that ended may have left something, and those where they were to
  /// replace something.
  private final Set<Long> leavings = new HashSet<>();

  private final Set<Long> bad = new HashSet<>();

  private final Set<Request> waiting = new LinkedHashSet<>();

  SimRequests(SimWorld world, MemoryBook book, SimRules rules, SimQuotas quotas) {
    this.world = world;
    this.book = book;
    this.rules = rules;
    this.quotas = quotas;
  }

  private static long key(SimFile file, int site) {
    return (long) file.id * 64 + site;
  }

  /// What is asked for, or was made, at a site; null when nothing is.
  @Nullable Request find(SimFile file, int site) {
    return byPlace.get(key(file, site));
  }

  /// Those that are `held` or `open`.
  Collection<Request> waiting() {
    return waiting;
  }

  private boolean charged(State state) {
    return state == State.OPEN || state == State.ASSIGNED || state == State.DONE;
  }

  private void set(Request request, State state, String why) {
    long before = charged(request.state) ? request.file.size : 0;
    long after = charged(state) ? request.file.size : 0;
    quotas.charge(payer(request), after - before);
    request.state = state;
    request.why = why;
    request.since = book.now();
    if (state == State.HELD || state == State.OPEN) {
      waiting.add(request);
    } else {
      waiting.remove(request);
    }
  }

  /// Asks for a copy, once; one that was done before and whose copy is lost is asked for again, and
  /// one that failed when its source is none any more.
  ///
  /// @return the request, when it is open now
  Optional<Request> ask(SimFile file, ReplicationRule rule, int site) {
    Request there = find(file, site);
    if (there != null && there.state != State.DONE && !sourceIsGone(there)) {
      return Optional.empty();
    }
    boolean charged =
        there != null
            && there.state == State.DONE
            && rules.account(there.rule).equals(rule.account());
    Optional<String> full =
        charged
            ? Optional.empty()
            : quotas.take(
                new SimQuotas.Key(rule.account(), world.sites.get(site).name()), file.size);
    Request request = there;
    if (request == null) {
      request = new Request(file, site, rule.id(), State.CANCELLED, "", book.now());
      byPlace.put(key(file, site), request);
    } else {
      forgetTransfer(request);
      set(request, State.CANCELLED, "asked for again");
    }
    own(request, rule.id());
    set(request, full.isPresent() ? State.HELD : State.OPEN, full.orElse("waits for a transfer"));
    return full.isPresent() ? Optional.empty() : Optional.of(request);
  }

  private void own(Request request, long rule) {
    disown(request);
    request.rule = rule;
    byRule.computeIfAbsent(rule, r -> new LinkedHashSet<>()).add(request);
  }

  private boolean sourceIsGone(Request request) {
    return request.state == State.FAILED
        && book.find(request.transfer)
            .map(t -> request.file.at(world.number(t.request().from().site())))
            .filter(c -> c.state == ReplicaState.AVAILABLE && c.bundle == null)
            .isEmpty();
  }

  /// Who is charged for it, and where.
  SimQuotas.Key payer(Request request) {
    return new SimQuotas.Key(rules.account(request.rule), world.sites.get(request.site).name());
  }

  /// Whether one that is held has room now; then it is open.
  boolean let(Request request) {
    boolean room = quotas.take(payer(request), request.file.size).isEmpty();
    if (room) {
      set(request, State.OPEN, "the quota of its account has room");
    }
    return room;
  }

  void assign(Request request, long transfer, int via, boolean viaKept) {
    set(request, State.ASSIGNED, "transfer " + transfer + " is to make it");
    request.transfer = transfer;
    request.via = via;
    request.viaKept = viaKept;
    byTransfer.computeIfAbsent(transfer, t -> new ArrayList<>()).add(request);
  }

  /// What was asked for is there: its deletion was taken back.
  void met(Request request) {
    set(request, State.DONE, "a verified copy is there");
  }

  private void forgetTransfer(Request request) {
    List<Request> others = byTransfer.get(request.transfer);
    if (others != null) {
      others.remove(request);
      if (others.isEmpty()) {
        byTransfer.remove(request.transfer);
      }
    }
    request.transfer = 0;
    request.via = -1;
  }

  /// Whether the last transfer of a file to a site ended without its copy, and may have left
  /// something there. A Firn door publishes whole files only, but keeps bad ones that were to be
  /// replaced.
  boolean mayHaveLeft(SimFile file, SimSite site) {
    long place = key(file, world.number(site.name()));
    return bad.contains(place) || site.site.kind() != Site.Kind.FIRN && leavings.contains(place);
  }

  private void note(Transfer transfer, SimFile file, TransferState to) {
    long place = key(file, world.number(transfer.request().to().site()));
    if (to == TransferState.DONE) {
      leavings.remove(place);
      bad.remove(place);
    } else if (to == TransferState.FAILED || to == TransferState.CANCELLED) {
      if (transfer.request().overwrite()) {
        bad.add(place);
      } else if (transfer.attempts() > 0) {
        leavings.add(place);
      }
    }
  }

  /// Requests follow their transfer.
  ///
  /// @return those whose file has come to a stop on its way
  List<Request> follow(Transfer transfer, SimFile file, TransferState to) {
    note(transfer, file, to);
    List<Request> stopped = new ArrayList<>();
    for (Request request : List.copyOf(byTransfer.getOrDefault(transfer.id(), List.of()))) {
      switch (to) {
        case DONE -> {
          if (request.via >= 0 && request.state == State.ASSIGNED) {
            stopped.add(request);
            set(request, State.OPEN, "the file is at a stop on its way");
          } else if (request.state == State.ASSIGNED) {
            set(request, State.DONE, "verified at the destination");
          }
          forgetTransfer(request);
        }
        case FAILED -> set(request, State.FAILED, transfer.lastError().reason());
        case QUEUED -> {
          if (request.state == State.FAILED) {
            set(request, State.ASSIGNED, "its transfer is tried again");
            quotas.allow(payer(request));
          }
        }
        case CANCELLED -> {
          set(request, State.CANCELLED, "its transfer was cancelled");
          drop(request);
        }
        case ACTIVE, UNKNOWN -> {
          // it is on its way
        }
      }
    }
    return stopped;
  }

  private void drop(Request request) {
    forgetTransfer(request);
    byPlace.remove(key(request.file, request.site));
    disown(request);
  }

  private void disown(Request request) {
    Set<Request> all = byRule.get(request.rule);
    if (all != null) {
      all.remove(request);
    }
  }

  /// What becomes of the requests of rules that are no longer in force.
  ///
  /// @return copies that nobody asks for any more
  List<Request> letGo(SimCatalog catalog) {
    List<Request> released = new ArrayList<>();
    Set<Long> inForce = new LinkedHashSet<>();
    rules.inForce().forEach(r -> inForce.add(r.id()));
    for (Map.Entry<Long, Set<Request>> rule : new TreeMap<>(byRule).entrySet()) {
      if (inForce.contains(rule.getKey())) {
        continue;
      }
      for (Request request : List.copyOf(rule.getValue())) {
        if (letGo(request, catalog)) {
          released.add(request);
        }
      }
      if (rule.getValue().isEmpty()) {
        byRule.remove(rule.getKey());
      }
    }
    return released;
  }

  private boolean letGo(Request request, SimCatalog catalog) {
    boolean begun =
        request.state == State.ASSIGNED
            && book.find(request.transfer)
                .filter(t -> t.state() != TransferState.QUEUED)
                .isPresent();
    if (begun) {
      return false; // it is waited for
    }
    Optional<ReplicationRule> heir =
        RuleEvaluator.heir(
            rules.inForce(),
            catalog.candidate(request.file),
            new RuleEvaluator.Left(world.sites.get(request.site).name(), false),
            catalog.verifiedAt(request.file),
            world.known.list());
    if (heir.isPresent()) {
      State state = request.state;
      String why = request.why;
      set(request, State.CANCELLED, why);
      own(request, heir.get().id());
      set(request, state, why);
      quotas.allow(payer(request));
      return false;
    }
    Copy copy = request.file.at(request.site);
    boolean left = request.state.leaves(copy == null ? null : copy.state);
    List<Request> others = byTransfer.getOrDefault(request.transfer, List.of());
    long transfer = request.state == State.ASSIGNED && others.size() == 1 ? request.transfer : 0;
    set(request, State.CANCELLED, "its rule is no longer in force");
    drop(request);
    if (transfer != 0) {
      book.cancel(transfer, "its rule is no longer in force");
    }
    return left;
  }

  /// Whether somebody waits for a transfer; of bundles the archive does.
  boolean isWanted(Transfer transfer) {
    return transfer.request().subject() instanceof Subject.OfBundle
        || byTransfer.containsKey(transfer.id());
  }

  /// How many are held for want of quota.
  int held() {
    return (int) waiting.stream().filter(r -> r.state == State.HELD).count();
  }

  /// What accounts have asked for and not given back, counted anew.
  Map<SimQuotas.Key, Long> charged() {
    Map<SimQuotas.Key, Long> all = new TreeMap<>();
    for (Request request : byPlace.values()) {
      if (charged(request.state)) {
        all.merge(payer(request), request.file.size, Long::sum);
      }
    }
    return all;
  }

  /// How much is left of what ended rules asked for.
  int unsettled() {
    Set<Long> inForce = new LinkedHashSet<>();
    rules.inForce().forEach(r -> inForce.add(r.id()));
    return byRule.entrySet().stream()
        .filter(e -> !inForce.contains(e.getKey()))
        .mapToInt(e -> e.getValue().size())
        .sum();
  }
}
