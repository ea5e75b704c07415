package dev.firn.transfer;

import static dev.firn.transfer.RuleWorld.MADISON;
import static dev.firn.transfer.RuleWorld.NERSC;
import static dev.firn.transfer.RuleWorld.wanted;
import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.catalog.CatalogFile;
import dev.firn.catalog.Cause;
import dev.firn.catalog.dataset.Dataset;
import dev.firn.catalog.dataset.Datasets;
import dev.firn.model.ReplicaState;
import dev.firn.model.SiteName;
import dev.firn.transfer.deletion.Predecessors;
import dev.firn.transfer.deletion.Reaper;
import dev.firn.transfer.queue.FailureClass;
import dev.firn.transfer.queue.Settlement;
import dev.firn.transfer.queue.Settlement.Trouble;
import dev.firn.transfer.queue.Subject;
import dev.firn.transfer.queue.Transfer;
import dev.firn.transfer.rule.CopyRequest;
import dev.firn.transfer.rule.Quotas;
import dev.firn.transfer.rule.ReplicationRule.Grouping;
import dev.firn.transfer.rule.ReplicationRule.Handling;
import dev.firn.transfer.rule.ReplicationRule.Placing;
import dev.firn.transfer.rule.ReplicationRule.Wanted;
import dev.firn.transfer.rule.SiteExpression;
import java.sql.Statement;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// What becomes of requests for a version whose name means another by now, and of copies that were
/// to be replaced and were not: a real record, and far sides that are a map.
class ReplacedRequestsTest {
  private static final String PATH = "/data/f";

  private final RuleWorld world = new RuleWorld();
  private final FarSides far = new FarSides();
  private final Reaper reaper = far.reaper(world);

  @AfterEach
  void close() {
    world.close();
  }

  /// Another file takes the name.
  private long replace(long old, int size) {
    world.database.inTransaction(c -> {
      world.catalog.supersede(c, old, new Cause("test", "replaced"));
      return 0;
    });
    long now = world.put(PATH, size, MADISON);
    world.follow();
    return now;
  }

  private CopyRequest.State asked(long file, SiteName site) {
    return world.requests(file).stream()
        .filter(r -> r.site().equals(site))
        .reduce((older, newer) -> newer)
        .orElseThrow()
        .state();
  }

  private void rule(String sites, boolean bundled) {
    Wanted usual = wanted("/data/**", sites, 1);
    Placing where = new Placing(SiteExpression.parse(sites), 1, Grouping.NONE, bundled);
    world.rules.add(new Wanted(usual.what(), where, Handling.USUAL), "operator");
    world.follow();
  }

  @Test
  void whatIsNotBegunOfAReplacedVersionIsNotMade() {
    long old = world.put(PATH, 10, MADISON);
    rule("nersc", true);
    rule("tacc", false);
    assertThat(asked(old, NERSC)).isEqualTo(CopyRequest.State.OPEN);
    assertThat(world.queued()).hasSize(1);
    long now = replace(old, 12);
    assertThat(world.requests(old))
        .hasSize(2)
        .allSatisfy(r -> assertThat(r.state()).isEqualTo(CopyRequest.State.CANCELLED))
        .allSatisfy(r -> assertThat(r.why()).isEqualTo("another version has taken its name"));
    assertThat(asked(now, NERSC)).isEqualTo(CopyRequest.State.OPEN);
    assertThat(world.queued())
        .singleElement()
        .satisfies(t -> assertThat(t.request().subject()).isEqualTo(Subject.file(now)));
  }

  @Test
  void whatAnOlderVersionTakesCountsAsGivenBackToTheOneThatReplacesIt() {
    new Quotas(world.database).set("operator", NERSC, OptionalLong.of(15), "operator");
    long old = world.put(PATH, 10, MADISON);
    rule("nersc", false);
    world.allArrive();
    long large = replace(old, 20);
    assertThat(asked(large, NERSC)).isEqualTo(CopyRequest.State.HELD);
    long fits = replace(large, 12);
    assertThat(asked(large, NERSC)).isEqualTo(CopyRequest.State.CANCELLED);
    assertThat(asked(fits, NERSC)).isEqualTo(CopyRequest.State.ASSIGNED);
    long other = world.put("/data/other", 4, MADISON);
    world.follow();
    assertThat(asked(other, NERSC)).isEqualTo(CopyRequest.State.HELD);
  }

  /// A copy at nersc that a transfer of the new version was about to overwrite when it failed.
  private long almostReplaced() {
    long old = world.put(PATH, 10, MADISON);
    rule("nersc", false);
    world.allArrive();
    CatalogFile file = world.catalog.find(old).orElseThrow();
    far.lay(world, old, NERSC);
    replace(old, 12);
    Transfer transfer = world.queued().getFirst();
    Optional<String> kept =
        world.database.inTransaction(
            c -> new Predecessors(world.catalog).letGo(c, transfer, Set.of(old)));
    assertThat(kept).isEmpty();
    reaper.carryOut();
    assertThat(world.state(old, NERSC))
        .as("its transfer has not ended")
        .contains(ReplicaState.SUSPECT);
    world.settle(
        transfer, new Settlement.Failed(new Trouble(FailureClass.SOURCE, "nothing to read")));
    return old;
  }

  @Test
  void aCopyThatWasToBeReplacedAndWasNotIsOneAgain() {
    long old = almostReplaced();
    reaper.carryOut();
    assertThat(world.state(old, NERSC)).contains(ReplicaState.AVAILABLE);
  }

  @Test
  void aCopyThatWasToBeReplacedAndLiesThereNoMoreIsBad() {
    long old = almostReplaced();
    far.files.clear();
    reaper.carryOut();
    assertThat(world.state(old, NERSC)).contains(ReplicaState.BAD);
  }

  private void sql(String statement) {
    world.database.inTransaction(c -> {
      try (Statement one = c.createStatement()) {
        return one.executeUpdate(statement);
      }
    });
  }

  private Optional<String> keeper(long file) {
    return world.database.read(c -> world.catalog.keeper(c, file));
  }

  @Test
  void anArchiveRequestThatWaitsHoldsTheVersionThatItIsFor() {
    long old = world.put(PATH, 10, MADISON);
    assertThat(keeper(old)).isEmpty();
    sql("INSERT INTO archive_request (site, query, who) VALUES ('nersc', 'q', 'me')");
    sql(
        "INSERT INTO archive_request_file (request, file_id, site, size)"
            + " SELECT max(id), "
            + old
            + ", 'nersc', 10 FROM archive_request");
    assertThat(keeper(old).orElse("")).matches("archive request \\d+ waits for it");
    sql("UPDATE archive_request_file SET state = 'cancelled'");
    assertThat(keeper(old)).isEmpty();
  }

  @Test
  void aCampaignUnderWayHoldsWhatItsInputsAreReadWith() {
    long old = world.put(PATH, 10, MADISON);
    long input = world.put("/data/input", 10, MADISON);
    new Datasets(world.database, world.catalog)
        .create("inputs", Dataset.Kind.SET, null, "", new Cause("me", "test"));
    sql("INSERT INTO event_pass (name, pulses, columns) VALUES ('p', 'x', '')");
    sql(
        "INSERT INTO campaign (name, state, pass, query, snapshot, good_runs, gcd, command,"
            + " unit_events, lease_seconds, limit_seconds, expected, who)"
            + " SELECT 'c', 'running', p.id, 'q', d.id, '', '1', 'x', 1, 1, 1, 1, 'me'"
            + " FROM event_pass p, dataset d");
    sql(
        "INSERT INTO campaign_input (campaign, file_id, events, gcd_file) SELECT id, "
            + input
            + ", 1, "
            + old
            + " FROM campaign");
    assertThat(keeper(old)).contains("campaign c reads it");
    assertThat(keeper(input)).contains("campaign c reads it");
    sql("UPDATE campaign SET state = 'folded'");
    assertThat(keeper(old)).isEmpty();
  }
}
