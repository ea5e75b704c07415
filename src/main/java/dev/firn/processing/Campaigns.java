package dev.firn.processing;

import dev.firn.catalog.Catalog;
import dev.firn.catalog.Cause;
import dev.firn.catalog.FileQuery;
import dev.firn.catalog.dataset.Dataset;
import dev.firn.catalog.dataset.Datasets;
import dev.firn.catalog.run.GoodRunList;
import dev.firn.catalog.run.RunFormatException;
import dev.firn.catalog.run.Runs;
import dev.firn.database.Database;
import dev.firn.database.History;
import dev.firn.database.HistoryEntry;
import dev.firn.events.Pass;
import dev.firn.events.Passes;
import dev.firn.issuer.TokenSigner;
import dev.firn.model.SiteName;
import dev.firn.storage.StorageArea;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// The campaigns there are, and what is done to one as a whole.
public final class Campaigns {
  /// History's kind of subject for a campaign; its id is the campaign's name.
  public static final String KIND = "campaign";

  private static final int HANDS = 100;
  private static final int LONGEST_COMMAND = 10_000;
  private static final int MOST_EVENTS = 1_000_000;

  private final Database database;
  private final Passes passes;
  private final Datasets datasets;
  private final Gathering gathering;
  private final Ledger ledger;
  private final Leases leases;
  private final WorkTokens tokens;

  /// @param site whose storage area holds inputs and results
  /// @param url of the hub, which is what workers' tokens are for
  public record Means(
      Database database,
      Catalog catalog,
      Passes passes,
      StorageArea area,
      SiteName site,
      String url,
      TokenSigner signer) {}

  public Campaigns(Means means) {
    this.database = means.database();
    this.passes = means.passes();
    this.datasets = new Datasets(means.database(), means.catalog());
    this.gathering = new Gathering(means.catalog(), new Runs(database), means.area(), means.site());
    this.ledger = new Ledger(database);
    this.tokens = new WorkTokens(means.signer(), means.url());
    this.leases =
        new Leases(
            database,
            means.catalog(),
            tokens,
            means.area().prefix().child("campaigns"),
            UUID::randomUUID);
  }

  /// What somebody wants of a campaign.
  ///
  /// @param gcd version: a directory of that name above a GCD file, or the version in its name
  /// @param goodRuns text of a good-run list; null for all runs
  /// @param pulses key of the pulses, when the pass is to be made; empty when it is there
  public record Wish(
      String pass,
      String query,
      String goodRunsName,
      @Nullable String goodRuns,
      String gcd,
      String command,
      int unitEvents,
      Duration lease,
      Duration limit,
      String pulses,
      String columns) {
    public Wish {
      if (command.isBlank() || command.length() > LONGEST_COMMAND) {
        throw new CampaignException("bad-campaign", "a campaign needs a command, and no novel");
      }
      if (unitEvents < 1 || unitEvents > MOST_EVENTS) {
        throw new CampaignException("bad-campaign", "a unit has 1 to " + MOST_EVENTS + " events");
      }
      if (lease.toSeconds() < 1 || lease.toHours() > 2 || limit.toSeconds() < 1) {
        throw new CampaignException("bad-campaign", "a lease takes a second to two hours");
      }
      if (gcd.isBlank()) {
        throw new CampaignException("bad-campaign", "a campaign needs a version of GCD files");
      }
    }
  }

  Leases leases() {
    return leases;
  }

  Ledger ledger() {
    return ledger;
  }

  WorkTokens tokens() {
    return tokens;
  }

  /// Plans a campaign: freezes its inputs, judges them, and cuts what is ready into units. Nothing
  /// is given out before [#start]. A plan that never started may be made again.
  ///
  /// @throws CampaignException `bad-campaign`, or `conflict` when one of that name has started
  public Campaign plan(String name, Wish wish, String who) throws IOException {
    FileQuery.requireDatasetName(name);
    Pass pass = pass(wish, who);
    Optional<Campaign> before = find(name);
    if (before.isPresent() && before.get().state() != Campaign.State.PLANNED) {
      throw new CampaignException("conflict", "there is a campaign " + name + ", and it has begun");
    }
    FileQuery query = FileQuery.parse(wish.query());
    Dataset snapshot = freeze(name, query, who);
    Readiness.Report report =
        Readiness.judge(
            gathering.view(
                FileQuery.parse("in dataset " + snapshot.name()), list(wish), wish.gcd()));
    List<Units.Unit> units = units(name, report, wish.unitEvents());
    long expected = report.verdicts().stream().mapToLong(Readiness.Verdict::events).sum();
    return database.inTransaction(c -> {
      if (before.isPresent() && !CampaignStore.discard(c, before.get().id())) {
        throw new CampaignException("conflict", "campaign " + name + " has just begun");
      }
      String list = wish.goodRuns() == null ? "" : wish.goodRunsName();
      CampaignStore.New made =
          new CampaignStore.New(
              name, pass.id(), query.toString(), snapshot.id(), list, wish, expected, who);
      int id = CampaignStore.insert(c, made);
      CampaignStore.addInputs(c, id, report.verdicts());
      CampaignStore.addLacks(c, id, report.lacks());
      CampaignStore.addUnits(c, id, units);
      record(c, name, who, expected + " events in " + units.size() + " units", null, "planned");
      return load(c, name);
    });
  }

  private Pass pass(Wish wish, String who) throws IOException {
    Optional<Pass> there = passes.find(wish.pass());
    if (there.isPresent()) {
      return there.get();
    }
    if (wish.pulses().isEmpty()) {
      throw new CampaignException(
          "bad-campaign",
          "there is no pass " + wish.pass() + ": name the key of its pulses, and it is made");
    }
    return passes.create(wish.pass(), wish.pulses(), wish.columns(), who);
  }

  /// The snapshot of a plan; one that is made again has a number.
  private Dataset freeze(String name, FileQuery query, String who) {
    Cause cause = new Cause(who, "input of campaign " + name);
    String wanted = "campaign-" + name;
    int again = 1;
    while (datasets.find(wanted).isPresent()) {
      wanted = "campaign-" + name + "-" + ++again;
    }
    return datasets.snapshot(wanted, query, "Input of campaign " + name, cause);
  }

  private static @Nullable GoodRunList list(Wish wish) {
    String text = wish.goodRuns();
    if (text == null) {
      return null;
    }
    try {
      return GoodRunList.parse(wish.goodRunsName(), text);
    } catch (RunFormatException e) {
      throw new CampaignException("bad-campaign", "good-run list: " + e.getMessage());
    }
  }

  private static List<Units.Unit> units(String name, Readiness.Report report, int most) {
    List<Units.Unit> units = new ArrayList<>();
    long seq = 0;
    for (Readiness.Verdict verdict : report.verdicts()) {
      if (verdict.gcd() != null) {
        units.addAll(Units.cut(name, verdict.input(), seq++, most));
      }
    }
    return units;
  }

  public Optional<Campaign> find(String name) {
    return database.read(c -> CampaignStore.find(c, name));
  }

  /// @throws CampaignException `not-found`
  public Campaign load(String name) {
    return database.read(c -> load(c, name));
  }

  private static Campaign load(Connection connection, String name) throws SQLException {
    return CampaignStore.find(connection, name)
        .orElseThrow(() -> new CampaignException("not-found", "there is no campaign " + name));
  }

  /// Which campaign reads a file, as a [dev.firn.catalog.Keeper] says it.
  public static Optional<String> needs(Connection connection, long fileId) throws SQLException {
    return CampaignStore.reader(connection, fileId).map(name -> "campaign " + name + " reads it");
  }

  /// Newest first.
  public List<Campaign> list() {
    return database.read(CampaignStore::list);
  }

  /// Where a campaign stands.
  public Status status(Campaign campaign) {
    return ledger.status(campaign);
  }

  /// What is not done, and why: events of files that are in, quarantine first, and files that are
  /// out.
  ///
  /// @param excluded whether also files that are out
  public Status.Gaps missing(Campaign campaign, boolean excluded, int most) {
    return ledger.missing(campaign, excluded, most);
  }

  /// Its workers, the one heard of last first, a hundred at most.
  public List<Status.Hand> hands(Campaign campaign) {
    return ledger.hands(campaign, HANDS);
  }

  /// Lets workers have units, for the first time or after a stop.
  public Campaign start(Campaign campaign, String who) {
    return turn(
        campaign,
        List.of(Campaign.State.PLANNED, Campaign.State.STOPPED),
        Campaign.State.RUNNING,
        who,
        "started");
  }

  /// Gives nothing out any more; what is at work may still commit.
  public Campaign stop(Campaign campaign, String who) {
    return turn(
        campaign,
        List.of(Campaign.State.RUNNING, Campaign.State.FOLDING),
        Campaign.State.STOPPED,
        who,
        "stopped");
  }

  /// Goes on after whatever ended it: a stopped campaign runs, and what is in quarantine is tried
  /// again when `quarantined` asks for that, also after it was folded.
  ///
  /// @return how many units are tried again
  public int resume(Campaign campaign, boolean quarantined, String who) {
    return database.inTransaction(c -> {
      int again = quarantined ? Ledger.release(c, campaign.id()) : 0;
      boolean folded = campaign.state() == Campaign.State.FOLDED && again == 0;
      if (!folded) {
        List<Campaign.State> from =
            List.of(
                Campaign.State.STOPPED,
                Campaign.State.FOLDED,
                Campaign.State.FOLDING,
                Campaign.State.RUNNING);
        if (!CampaignStore.setState(c, campaign.id(), from, Campaign.State.RUNNING)) {
          throw new CampaignException("conflict", "campaign " + campaign.name() + " never started");
        }
        String what = again + " units out of quarantine";
        record(c, campaign.name(), who, what, campaign.state().label(), "running");
      }
      return again;
    });
  }

  private Campaign turn(
      Campaign campaign, List<Campaign.State> from, Campaign.State to, String who, String why) {
    return database.inTransaction(c -> {
      if (!CampaignStore.setState(c, campaign.id(), from, to)) {
        String name = campaign.name();
        Campaign now = load(c, name);
        throw new CampaignException("conflict", "campaign " + name + " is " + now.state().label());
      }
      record(c, campaign.name(), who, why, campaign.state().label(), to.label());
      return load(c, campaign.name());
    });
  }

  /// Shows readers the pass that a campaign made, in one step; the pass before stays.
  ///
  /// @return the tag it has for ever
  /// @throws CampaignException `not-ready` while it is not folded
  public String promote(Campaign campaign, String who) throws IOException {
    if (campaign.state() != Campaign.State.FOLDED) {
      throw new CampaignException(
          "not-ready", "campaign " + campaign.name() + " is " + campaign.state().label());
    }
    return passes.promote(passes.load(campaign.pass()), who);
  }

  static void record(
      Connection connection,
      String name,
      String who,
      String why,
      @Nullable String from,
      @Nullable String to)
      throws SQLException {
    History.record(connection, new HistoryEntry(KIND, name, who, why, from, to));
  }
}
