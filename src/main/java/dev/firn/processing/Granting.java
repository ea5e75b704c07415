package dev.firn.processing;

import dev.firn.catalog.Catalog;
import dev.firn.catalog.CatalogFile;
import dev.firn.database.Database;
import dev.firn.database.GroupCommit;
import dev.firn.model.LogicalName;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Supplier;

/// Gives units to the workers that ask at one time, by one transaction for all of them.
///
/// A worker that asks again may go on with the lease it has: while that lease's token names what
/// the new units read and lives long enough, nothing is signed and nothing inserted.
final class Granting {
  /// Files one lease may read: its token names each.
  private static final int MOST_FILES = 16;

  /// Failures in a row after which a worker is told to stop: it is the machine then.
  private static final int BLACK_HOLE = 40;

  private static final Comparator<LeaseStore.Row> IN_ORDER =
      Comparator.comparingLong(LeaseStore.Row::seq).thenComparingLong(LeaseStore.Row::first);

  private final Catalog catalog;
  private final WorkTokens tokens;
  private final LogicalName root;
  private final Supplier<UUID> ids;
  private final GroupCommit<Ask, Grant> group;

  Granting(
      Database database, Catalog catalog, WorkTokens tokens, LogicalName root, Supplier<UUID> ids) {
    this.catalog = catalog;
    this.tokens = tokens;
    this.root = root;
    this.ids = ids;
    this.group = new GroupCommit<>(database, this::grant);
  }

  /// @param lease that the worker has and would go on with
  record Ask(String campaign, String worker, int units, Optional<UUID> lease) {}

  /// Work for a worker.
  ///
  /// @param fresh whether the lease is new and needs a token
  /// @param units none when nothing is ready now
  /// @param files inputs and GCDs of the units, by id
  /// @param inputs what the plan says of each input
  /// @param stop why the worker should end; empty when it should not
  record Grant(
      Optional<Campaign> campaign,
      LeaseStore.Lease lease,
      boolean fresh,
      List<LeaseStore.Row> units,
      Map<Long, CatalogFile> files,
      Map<Long, Leases.Planned> inputs,
      String stop) {
    private static final LeaseStore.Lease NONE =
        new LeaseStore.Lease(new UUID(0, 0), 0, "", "", List.of());

    static Grant nothing(Optional<Campaign> campaign, String stop) {
      return new Grant(campaign, NONE, false, List.of(), Map.of(), Map.of(), stop);
    }
  }

  Grant grant(Ask ask) {
    return group.submit(ask);
  }

  private List<Grant> grant(Connection c, List<Ask> asks) throws SQLException {
    Map<String, List<Integer>> byCampaign = new LinkedHashMap<>();
    for (int i = 0; i < asks.size(); i++) {
      byCampaign.computeIfAbsent(asks.get(i).campaign(), name -> new ArrayList<>()).add(i);
    }
    List<Grant> grants =
        new ArrayList<>(Collections.nCopies(asks.size(), Grant.nothing(Optional.empty(), "")));
    for (Map.Entry<String, List<Integer>> some : byCampaign.entrySet()) {
      Optional<Campaign> campaign = CampaignStore.find(c, some.getKey());
      if (campaign.isPresent()) {
        List<Grant> made =
            grant(c, campaign.get(), some.getValue().stream().map(asks::get).toList());
        for (int i = 0; i < made.size(); i++) {
          grants.set(some.getValue().get(i), made.get(i));
        }
      }
    }
    return grants;
  }

  private List<Grant> grant(Connection c, Campaign campaign, List<Ask> asks) throws SQLException {
    if (campaign.state() != Campaign.State.RUNNING) {
      boolean over = campaign.state() != Campaign.State.PLANNED;
      String stop = over ? "the campaign is " + campaign.state().label() : "";
      return Collections.nCopies(asks.size(), Grant.nothing(Optional.of(campaign), stop));
    }
    List<String> workers = asks.stream().map(Ask::worker).distinct().toList();
    Set<String> failing = GrantStore.failing(c, campaign, workers, BLACK_HOLE);
    List<Share> shares = shares(c, campaign, asks, failing);
    List<GrantStore.Slot> slots = new ArrayList<>();
    for (Share share : shares) {
      slots.addAll(
          Collections.nCopies(
              Math.min(share.ask().units(), Leases.MOST_UNITS),
              new GrantStore.Slot(share.id(), share.ask().worker())));
    }
    if (!slots.isEmpty()) {
      for (LeaseStore.Row unit : GrantStore.claim(c, campaign, slots)) {
        shares.stream()
            .filter(s -> s.id().equals(unit.lease()))
            .findFirst()
            .orElseThrow()
            .add(unit);
      }
    }
    for (Share share : shares) {
      List<UUID> surplus = share.bound();
      if (!surplus.isEmpty()) {
        LeaseStore.giveBack(c, share.id(), surplus);
      }
    }
    return finished(c, campaign, asks, shares);
  }

  /// A share for each who may have one. Two that go on with one lease share it no further.
  private List<Share> shares(Connection c, Campaign campaign, List<Ask> asks, Set<String> failing)
      throws SQLException {
    List<UUID> wanted = asks.stream().flatMap(ask -> ask.lease().stream()).toList();
    Map<UUID, LeaseStore.Lease> had =
        wanted.isEmpty() ? new HashMap<>() : GrantStore.lasting(c, campaign, wanted);
    List<Share> shares = new ArrayList<>();
    for (Ask ask : asks) {
      if (!failing.contains(ask.worker())) {
        Optional<LeaseStore.Lease> before =
            ask.lease()
                .flatMap(id -> Optional.ofNullable(had.remove(id)))
                .filter(lease -> lease.worker().equals(ask.worker()));
        shares.add(new Share(ask, before, ids.get()));
      }
    }
    return shares;
  }

  private List<Grant> finished(Connection c, Campaign campaign, List<Ask> asks, List<Share> shares)
      throws SQLException {
    TreeSet<Long> all = new TreeSet<>();
    shares.forEach(share -> all.addAll(share.inputs()));
    Map<Long, Leases.Planned> planned =
        all.isEmpty() ? Map.of() : Leases.planned(c, campaign.id(), all);
    TreeSet<Long> readable = new TreeSet<>(all);
    planned.values().forEach(input -> readable.add(input.gcd()));
    Map<Long, CatalogFile> files = new LinkedHashMap<>();
    if (!readable.isEmpty()) {
      catalog.find(c, readable).forEach(file -> files.put(file.id(), file));
    }
    List<LeaseStore.Lease> fresh = new ArrayList<>();
    Map<Ask, Grant> made = new IdentityHashMap<>();
    for (Share share : shares) {
      made.put(share.ask(), finished(c, campaign, share, planned, files, fresh));
    }
    GrantStore.insert(c, fresh, tokens.leaseLife(campaign));
    String stop = BLACK_HOLE + " units in a row failed here";
    return asks.stream()
        .map(ask -> made.getOrDefault(ask, Grant.nothing(Optional.of(campaign), stop)))
        .toList();
  }

  private Grant finished(
      Connection c,
      Campaign campaign,
      Share share,
      Map<Long, Leases.Planned> planned,
      Map<Long, CatalogFile> files,
      List<LeaseStore.Lease> fresh)
      throws SQLException {
    if (share.units().isEmpty()) {
      return Grant.nothing(Optional.of(campaign), "");
    }
    Map<Long, Leases.Planned> inputs = new HashMap<>();
    Map<Long, CatalogFile> own = new LinkedHashMap<>();
    for (long input : share.inputs()) {
      Leases.Planned plan = planned.get(input);
      if (plan != null) {
        inputs.put(input, plan);
        copy(files, own, List.of(input, plan.gcd()));
      }
    }
    Optional<LeaseStore.Lease> before = share.before();
    if (before.isPresent() && before.get().files().containsAll(own.keySet())) {
      return new Grant(Optional.of(campaign), before.get(), false, share.units(), own, inputs, "");
    }
    UUID id = share.fresh();
    if (before.isPresent()) {
      GrantStore.move(
          c, before.get().id(), id, share.units().stream().map(LeaseStore.Row::id).toList());
    }
    String prefix = root.child(campaign.name()).child(id.toString()).toString();
    LeaseStore.Lease lease =
        new LeaseStore.Lease(
            id, campaign.id(), share.ask().worker(), prefix, List.copyOf(own.keySet()));
    fresh.add(lease);
    return new Grant(Optional.of(campaign), lease, true, share.units(), own, inputs, "");
  }

  private static void copy(
      Map<Long, CatalogFile> from, Map<Long, CatalogFile> to, Collection<Long> ids) {
    for (long id : ids) {
      CatalogFile file = from.get(id);
      if (file != null) {
        to.put(id, file);
      }
    }
  }

  /// What one asker gets.
  private static final class Share {
    private final Ask ask;
    private final Optional<LeaseStore.Lease> before;
    private final UUID fresh;
    private final List<LeaseStore.Row> units = new ArrayList<>();

    /// @param fresh the id of a new lease, when the one before cannot go on
    Share(Ask ask, Optional<LeaseStore.Lease> before, UUID fresh) {
      this.ask = ask;
      this.before = before;
      this.fresh = fresh;
    }

    Ask ask() {
      return ask;
    }

    Optional<LeaseStore.Lease> before() {
      return before;
    }

    UUID fresh() {
      return fresh;
    }

    /// Under which the units are claimed.
    UUID id() {
      return before.map(LeaseStore.Lease::id).orElse(fresh);
    }

    List<LeaseStore.Row> units() {
      return units;
    }

    Set<Long> inputs() {
      Set<Long> files = new TreeSet<>();
      units.forEach(unit -> files.add(unit.file()));
      return files;
    }

    void add(LeaseStore.Row unit) {
      units.add(unit);
    }

    /// Puts the units in order, and takes out those that need more files than a token can name.
    List<UUID> bound() {
      units.sort(IN_ORDER);
      Set<Long> files = new TreeSet<>();
      List<UUID> surplus = new ArrayList<>();
      units.removeIf(unit -> {
        if (files.contains(unit.file()) || files.size() < MOST_FILES) {
          files.add(unit.file());
          return false;
        }
        surplus.add(unit.id());
        return true;
      });
      return surplus;
    }
  }
}
