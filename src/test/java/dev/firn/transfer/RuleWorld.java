package dev.firn.transfer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.archive.request.RequestedFiles;
import dev.firn.catalog.Catalog;
import dev.firn.catalog.FileMetadata;
import dev.firn.catalog.NewFile;
import dev.firn.catalog.Replica;
import dev.firn.database.Database;
import dev.firn.database.TestDatabase;
import dev.firn.model.LogicalName;
import dev.firn.model.ReplicaState;
import dev.firn.model.SiteName;
import dev.firn.model.TransferState;
import dev.firn.processing.Campaigns;
import dev.firn.transfer.queue.Claim;
import dev.firn.transfer.queue.Outcome;
import dev.firn.transfer.queue.Outcome.Account;
import dev.firn.transfer.queue.Settlement;
import dev.firn.transfer.queue.Transfer;
import dev.firn.transfer.queue.TransferBook.Settled;
import dev.firn.transfer.rule.CopyRequest;
import dev.firn.transfer.rule.CopyRequests;
import dev.firn.transfer.rule.NamePattern;
import dev.firn.transfer.rule.ReplicationRule.Grouping;
import dev.firn.transfer.rule.ReplicationRule.Handling;
import dev.firn.transfer.rule.ReplicationRule.Placing;
import dev.firn.transfer.rule.ReplicationRule.Selection;
import dev.firn.transfer.rule.ReplicationRule.Wanted;
import dev.firn.transfer.rule.RuleEngine;
import dev.firn.transfer.rule.Rules;
import dev.firn.transfer.rule.SiteExpression;
import dev.firn.transfer.site.Site;
import dev.firn.transfer.site.Sites;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// A hub's record without any doors: transfers are settled by hand, and so stand for what far sides
/// did.
///
/// Sites: `pole`; `madison` (us, cost=20); `nersc` and `tacc` (us, tape); `desy` (eu, tape), which
/// is no Firn site.
final class RuleWorld implements AutoCloseable {
  static final SiteName POLE = new SiteName("pole");
  static final SiteName MADISON = new SiteName("madison");
  static final SiteName NERSC = new SiteName("nersc");
  static final SiteName TACC = new SiteName("tacc");
  static final SiteName DESY = new SiteName("desy");

  final Sites sites =
      new Sites(
          List.of(
              site("pole", false),
              site("madison", false).withAttributes(List.of("us", "cost=20")),
              site("nersc", true).withAttributes(List.of("us")),
              site("tacc", true).withAttributes(List.of("us")),
              site("desy", true).withAttributes(List.of("eu"))));
  final TestDatabase test = TestDatabase.create();
  final Database database = test.database();
  final Catalog catalog = new Catalog(database, List.of(RequestedFiles::needs, Campaigns::needs));
  final Transfers transfers = new Transfers(database, catalog, sites);
  final Rules rules = new Rules(database, catalog, sites);
  final RuleEngine engine = new RuleEngine(database, catalog, sites, transfers.store());
  final Explanations explanations = new Explanations(transfers, catalog, TransferConfig.DEFAULT);

  private static Site site(String name, boolean nearline) {
    URI url = URI.create("https://" + name + ".example");
    Site.Kind kind = name.equals("desy") ? Site.Kind.WEBDAV : Site.Kind.FIRN;
    return new Site(new SiteName(name), url, url.toString(), kind, nearline, true);
  }

  /// A file of `size` bytes at a site, in the catalog.
  long put(String path, int size, SiteName at) {
    LogicalName name = LogicalName.parse(path);
    byte[] bytes =
        path.repeat(size / path.length() + 1)
            .substring(0, size)
            .getBytes(StandardCharsets.US_ASCII);
    catalog.register(
        new NewFile(name, size, World.sums(bytes), FileMetadata.NONE),
        at,
        name,
        "test",
        "taken in");
    return catalog.find(name).orElseThrow().id();
  }

  Optional<ReplicaState> state(long id, SiteName at) {
    return catalog.find(id).orElseThrow().replicaAt(at).map(Replica::state);
  }

  static Wanted wanted(String pattern, String sites, int copies) {
    return new Wanted(
        new Selection(NamePattern.parse(pattern), "", ""),
        new Placing(SiteExpression.parse(sites), copies, Grouping.NONE, false),
        Handling.USUAL);
  }

  /// Until the rules have nothing left to do. What happened is only seen when no older transaction
  /// of the database runs any more, which may be another test's.
  void follow() {
    long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    boolean more;
    do {
      more = engine.step() | behind();
      assertThat(System.nanoTime()).as("the rules come to an end").isLessThan(end);
    } while (more);
  }

  private boolean behind() {
    return database.read(c -> {
      try (Statement statement = c.createStatement();
          ResultSet row =
              statement.executeQuery(
                  "SELECT EXISTS (SELECT FROM history h, history_follower f WHERE f.name = 'rules'"
                      + " AND (h.tx, h.id) > (f.tx::text::xid8, f.id))")) {
        row.next();
        return row.getBoolean(1);
      }
    });
  }

  List<Transfer> queued() {
    return transfers.list(TransferState.QUEUED, 0, 1000);
  }

  /// A transfer ends like this; the rules hear of it.
  void settle(Transfer transfer, Settlement settlement) {
    Claim claim =
        database
            .inTransaction(c ->
                transfers
                    .store()
                    .claimQueued(c, "hub", Duration.ofMinutes(1), List.of(transfer.id())))
            .getFirst();
    boolean counted =
        database
            .inTransaction(c ->
                transfers
                    .store()
                    .settle(
                        c,
                        List.of(
                            new Settled(
                                claim,
                                new Outcome(settlement, new Account("pull", 10, true), Set.of())))))
            .getFirst();
    assertThat(counted).isTrue();
    follow();
  }

  void done(Transfer transfer) {
    settle(transfer, new Settlement.Done("digest", transfer.request().checksums()));
  }

  /// All that is queued arrives, and what is queued because of it.
  void allArrive() {
    follow();
    for (List<Transfer> queued = queued(); !queued.isEmpty(); queued = queued()) {
      queued.forEach(this::done);
    }
  }

  List<CopyRequest> requests(long file) {
    return database.read(c -> CopyRequests.ofFile(c, file));
  }

  /// The only request there is for a file.
  CopyRequest request(long file) {
    List<CopyRequest> all = requests(file);
    assertThat(all).hasSize(1);
    return all.getFirst();
  }

  /// The sites at which a file has a verified copy.
  List<SiteName> verifiedAt(long file) {
    return catalog.find(file).orElseThrow().replicas().stream()
        .filter(r -> r.verified() != null)
        .map(r -> r.site())
        .sorted()
        .toList();
  }

  /// Copies that nobody asks for any more: `12 nersc`.
  List<String> released() {
    return database.read(c -> {
      List<String> rows = new ArrayList<>();
      try (Statement statement = c.createStatement();
          ResultSet row =
              statement.executeQuery("SELECT file_id, site FROM released_copy ORDER BY 1, 2")) {
        while (row.next()) {
          rows.add(row.getLong(1) + " " + row.getString(2));
        }
      }
      return rows;
    });
  }

  /// How many rules have looked at all files there are.
  long caughtUp() {
    return database.read(c -> {
      try (Statement statement = c.createStatement();
          ResultSet row =
              statement.executeQuery("SELECT count(*) FROM replication_rule WHERE caught_up")) {
        row.next();
        return row.getLong(1);
      }
    });
  }

  /// Does to the record what no caller can.
  void sql(String text) {
    database.inTransaction(c -> {
      try (Statement statement = c.createStatement()) {
        return statement.executeUpdate(text);
      } catch (SQLException e) {
        throw new IllegalStateException(e);
      }
    });
  }

  @Override
  public void close() {
    test.close();
  }
}
