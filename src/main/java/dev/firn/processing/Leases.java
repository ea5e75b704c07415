package dev.firn.processing;

import dev.firn.catalog.Catalog;
import dev.firn.catalog.CatalogFile;
import dev.firn.catalog.Cause;
import dev.firn.catalog.FileMetadata;
import dev.firn.database.Database;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.LogicalName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;

/// Gives work units to workers and takes their results: the only place where a unit changes hands.
///
/// A unit belongs to one lease at a time; a commit counts only for the attempt and the lease that
/// hold it, whoever else still works at it. Every method is one transaction.
final class Leases {
  static final int MOST_UNITS = 1_000;

  private final Database database;
  private final Catalog catalog;
  private final WorkTokens tokens;
  private final Granting granting;

  /// @param root directory below which workers' results go
  Leases(
      Database database, Catalog catalog, WorkTokens tokens, LogicalName root, Supplier<UUID> ids) {
    this.database = database;
    this.catalog = catalog;
    this.tokens = tokens;
    this.granting = new Granting(database, catalog, tokens, root, ids);
  }

  /// Work for a worker.
  ///
  /// @param grant its `campaign` is empty when there is none of that name
  /// @param token empty when nothing was given, and when the lease's own is still good
  record Signed(Granting.Grant grant, Optional<WorkTokens.Signed> token) {}

  /// @param going the lease that the worker has and would go on with
  /// @throws CampaignException `not-found`
  Signed lease(String campaign, String worker, int most, Optional<UUID> going) {
    Granting.Grant grant = granting.grant(new Granting.Ask(campaign, worker, most, going));
    Campaign known =
        grant
            .campaign()
            .orElseThrow(
                () -> new CampaignException("not-found", "there is no campaign " + campaign));
    if (!grant.fresh()) {
      return new Signed(grant, Optional.empty());
    }
    LogicalName prefix = LogicalName.parse(grant.lease().prefix());
    return new Signed(grant, Optional.of(sign(known, prefix, grant.files().values())));
  }

  /// What the plan says of an input: its GCD, and how many events it has.
  record Planned(long gcd, long events) {}

  static Map<Long, Planned> planned(Connection c, int campaign, Collection<Long> inputs)
      throws SQLException {
    try (PreparedStatement select =
        c.prepareStatement(
            "SELECT file_id, gcd_file, events FROM campaign_input WHERE campaign = ?"
                + " AND file_id = ANY(?) AND gcd_file IS NOT NULL")) {
      select.setInt(1, campaign);
      select.setArray(2, c.createArrayOf("bigint", inputs.toArray()));
      Map<Long, Planned> found = new HashMap<>();
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          found.put(row.getLong(1), new Planned(row.getLong(2), row.getLong(3)));
        }
      }
      return found;
    }
  }

  private Map<Long, CatalogFile> files(Connection c, Collection<Long> ids) throws SQLException {
    Map<Long, CatalogFile> found = new LinkedHashMap<>();
    catalog.find(c, ids).forEach(file -> found.put(file.id(), file));
    return found;
  }

  private WorkTokens.Signed sign(
      Campaign campaign, LogicalName prefix, Collection<CatalogFile> files) {
    return tokens.forLease(prefix, files.stream().map(CatalogFile::name).toList(), campaign);
  }

  /// What a worker learns when it says that it lives.
  ///
  /// @param held units that are still its own
  record Beat(int held, WorkTokens.Signed token, String stop) {}

  /// @throws CampaignException `not-found`
  Beat heartbeat(Campaign campaign, UUID lease) {
    return database.inTransaction(c -> {
      LeaseStore.Lease known = load(c, campaign, lease);
      LogicalName prefix = LogicalName.parse(known.prefix());
      WorkTokens.Signed token = sign(campaign, prefix, files(c, known.files()).values());
      int held = LeaseStore.renew(c, lease, campaign.lease(), token.ends());
      boolean stopped = campaign.state() == Campaign.State.STOPPED;
      return new Beat(held, token, stopped ? "the campaign is stopped" : "");
    });
  }

  private static LeaseStore.Lease load(Connection c, Campaign campaign, UUID lease)
      throws SQLException {
    return LeaseStore.find(c, lease)
        .filter(l -> l.campaign() == campaign.id())
        .orElseThrow(() -> new CampaignException("not-found", "there is no lease " + lease));
  }

  /// A result that a worker delivers. Its file lies at the lease's prefix.
  ///
  /// @param names sha256 of the events' names, in hex
  record Delivery(UUID unit, int attempt, String sha512, long events, String names) {}

  /// What became of a delivery, in a word, and why.
  record Outcome(UUID unit, String word, String why) {}

  List<Outcome> commit(Campaign campaign, UUID lease, List<Delivery> deliveries, String who) {
    return database.inTransaction(c -> {
      LeaseStore.Lease known = load(c, campaign, lease);
      Map<UUID, LeaseStore.Row> rows = locked(c, deliveries.stream().map(Delivery::unit).toList());
      List<Outcome> outcomes = new ArrayList<>();
      Inputs inputs = inputs(c, campaign, rows.values());
      int done = 0;
      int failed = 0;
      for (Delivery delivery : deliveries) {
        LeaseStore.Row row = rows.remove(delivery.unit());
        Outcome outcome =
            row == null
                ? new Outcome(delivery.unit(), "discarded", "there is no such unit")
                : commit(c, new Taking(campaign, known, inputs, who), row, delivery);
        outcomes.add(outcome);
        done += outcome.word().equals("committed") ? 1 : 0;
        failed += outcome.word().equals("refused") ? 1 : 0;
      }
      LeaseStore.count(c, campaign.id(), known.worker(), done, failed);
      return outcomes;
    });
  }

  private static Map<UUID, LeaseStore.Row> locked(Connection c, List<UUID> units)
      throws SQLException {
    Map<UUID, LeaseStore.Row> rows = new HashMap<>();
    LeaseStore.lock(c, units).forEach(row -> rows.put(row.id(), row));
    return rows;
  }

  /// Files that units are ranges of, and what the plan says of them.
  private record Inputs(Map<Long, CatalogFile> files, Map<Long, Planned> planned) {}

  private Inputs inputs(Connection c, Campaign campaign, Collection<LeaseStore.Row> rows)
      throws SQLException {
    List<Long> ids = rows.stream().map(LeaseStore.Row::file).distinct().toList();
    return new Inputs(files(c, ids), planned(c, campaign.id(), ids));
  }

  /// What the results of one request have in common.
  private record Taking(Campaign campaign, LeaseStore.Lease lease, Inputs inputs, String who) {}

  private Outcome commit(Connection c, Taking taking, LeaseStore.Row row, Delivery delivery)
      throws SQLException {
    UUID unit = row.id();
    byte[] sha512 = HexFormat.of().parseHex(delivery.sha512());
    if (row.state().equals("done") && Arrays.equals(row.sha512(), sha512)) {
      return new Outcome(unit, "committed", "it was already");
    }
    if (!holds(row, taking.lease().id(), delivery.attempt())) {
      return new Outcome(
          unit, "discarded", "attempt " + delivery.attempt() + " is not its own now");
    }
    LogicalName name =
        LogicalName.parse(taking.lease().prefix()).child(outputName(unit, row.attempt()));
    Optional<CatalogFile> output = catalog.find(c, name);
    if (output.isEmpty()
        || !output
            .get()
            .checksums()
            .load(ChecksumAlgorithm.SHA512)
            .hex()
            .equals(delivery.sha512().toLowerCase(Locale.ROOT))) {
      return refuse(c, row, Settling.Fault.AROUND, "its file is not there as it was delivered");
    }
    if (delivery.events() != row.events()) {
      String why = "%d events came back of %d".formatted(delivery.events(), row.events());
      return refuse(c, row, Settling.Fault.EVENT, why);
    }
    describe(c, taking, row, output.get());
    byte[] names = HexFormat.of().parseHex(delivery.names());
    LeaseStore.done(c, unit, new LeaseStore.Result(output.get().id(), sha512, names));
    return new Outcome(unit, "committed", "");
  }

  private static Outcome refuse(Connection c, LeaseStore.Row row, Settling.Fault fault, String why)
      throws SQLException {
    LeaseStore.settle(c, row, fault, Settling.after(fault, row.counts()), why);
    return new Outcome(row.id(), "refused", why);
  }

  private static boolean holds(LeaseStore.Row row, UUID lease, int attempt) {
    return row.state().equals("leased") && lease.equals(row.lease()) && row.attempt() == attempt;
  }

  /// The name of an attempt's result below its lease's prefix.
  static String outputName(UUID unit, int attempt) {
    return "%s-%d.i3.zst".formatted(unit, attempt);
  }

  /// What the result is, and what it was made of.
  private void describe(Connection c, Taking taking, LeaseStore.Row row, CatalogFile output)
      throws SQLException {
    Cause cause = new Cause(taking.who(), "result of campaign " + taking.campaign().name());
    CatalogFile input = Objects.requireNonNull(taking.inputs().files().get(row.file()));
    FileMetadata of = input.metadata();
    FileMetadata metadata = output.metadata().withEvents(row.events(), null, null);
    Integer run = of.run();
    if (run != null) {
      metadata = metadata.withRun(run, of.subrun(), of.part());
    }
    if (of.season() != null) {
      metadata = metadata.withSeason(Objects.requireNonNull(of.season()));
    }
    Double livetime = of.livetime();
    Long all = of.eventCount();
    if (livetime != null && all != null && all > 0) {
      metadata = metadata.withTimes(null, null, livetime * row.events() / all);
    }
    catalog.describe(c, output.id(), metadata, cause);
    Planned planned = Objects.requireNonNull(taking.inputs().planned().get(row.file()));
    List<Long> parents = List.of(row.file(), planned.gcd());
    catalog.derivedFrom(c, output.id(), parents);
  }

  /// An attempt that a worker gives up, and why.
  record Failure(UUID unit, int attempt, Settling.Fault fault, String reason) {}

  List<Outcome> fail(Campaign campaign, UUID lease, List<Failure> failures) {
    return database.inTransaction(c -> {
      LeaseStore.Lease known = load(c, campaign, lease);
      Map<UUID, LeaseStore.Row> rows = locked(c, failures.stream().map(Failure::unit).toList());
      List<Outcome> outcomes = new ArrayList<>();
      int failed = 0;
      for (Failure failure : failures) {
        LeaseStore.Row row = rows.remove(failure.unit());
        if (row == null || !holds(row, lease, failure.attempt())) {
          outcomes.add(new Outcome(failure.unit(), "discarded", "it is not this attempt's now"));
          continue;
        }
        Settling.Next next = Settling.after(failure.fault(), row.counts());
        LeaseStore.settle(c, row, failure.fault(), next, failure.reason());
        failed++;
        String word =
            switch (next) {
              case Settling.Next.Again again -> "again";
              case Settling.Next.Halve halve -> "split";
              case Settling.Next.GiveUp giveUp -> "quarantined";
            };
        outcomes.add(new Outcome(row.id(), word, failure.reason()));
      }
      LeaseStore.count(c, campaign.id(), known.worker(), 0, failed);
      return outcomes;
    });
  }

  /// Takes units back that a worker has not begun.
  int giveBack(Campaign campaign, UUID lease, List<UUID> units) {
    return database.inTransaction(c -> {
      load(c, campaign, lease);
      return LeaseStore.giveBack(c, lease, units);
    });
  }

  /// Ends leases that nobody renewed; returns how many units were freed.
  int expire() {
    return database.inTransaction(c -> {
      List<LeaseStore.Row> expired = LeaseStore.expired(c, MOST_UNITS);
      for (LeaseStore.Row row : expired) {
        Settling.Next next = Settling.after(Settling.Fault.LOST, row.counts());
        String reason = "worker " + row.worker() + " was not heard of any more";
        LeaseStore.settle(c, row, Settling.Fault.LOST, next, reason);
      }
      return expired.size();
    });
  }
}
