package dev.firn.transfer;

import static dev.firn.transfer.RuleWorld.MADISON;
import static dev.firn.transfer.RuleWorld.NERSC;
import static dev.firn.transfer.RuleWorld.TACC;
import static dev.firn.transfer.RuleWorld.wanted;
import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.catalog.Cause;
import dev.firn.catalog.ReplicaChange;
import dev.firn.catalog.Verification;
import dev.firn.catalog.dataset.Dataset;
import dev.firn.catalog.dataset.Datasets;
import dev.firn.model.ReplicaState;
import dev.firn.model.SiteName;
import dev.firn.transfer.deletion.ReapPolicy;
import dev.firn.transfer.deletion.Reaper;
import dev.firn.transfer.deletion.Reaping.Kept;
import dev.firn.transfer.rule.CopyRequest;
import dev.firn.transfer.rule.ReplicationRule;
import dev.firn.transfer.site.Place;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// What becomes of copies that nobody asks for: a real record, and far sides that are a map.
class ReaperTest {
  private static final ReapPolicy AT_ONCE =
      new ReapPolicy(true, Duration.ZERO, 1, 0, 0.9, 0.8, 100, 1_000_000);

  private final RuleWorld world = new RuleWorld();
  private final FarSides far = new FarSides();
  private final Reaper reaper = far.reaper(world);

  @AfterEach
  void close() {
    world.close();
  }

  private long put(String path, SiteName at) {
    long id = world.put(path, 10, at);
    far.lay(world, id, at);
    return id;
  }

  private ReplicationRule rule(String pattern, String sites, int copies) {
    return world.rules.add(wanted(pattern, sites, copies), "operator").rule();
  }

  private void end(ReplicationRule rule) {
    world.rules.remove(rule.id(), "operator");
    world.follow();
  }

  /// A file at madison whose copy at nersc was made by a rule that is no more.
  private long released(String path) {
    long id = put(path, MADISON);
    ReplicationRule rule = rule(path, "nersc", 1);
    world.allArrive();
    far.lay(world, id, NERSC);
    end(rule);
    return id;
  }

  private void turns() {
    for (int i = 0; i < 8; i++) {
      reaper.pass(NERSC, false);
      reaper.carryOut();
      LockSupport.parkNanos(5_000_000);
    }
  }

  private long count(String sql) {
    return world.database.read(c -> {
      try (Statement statement = c.createStatement();
          ResultSet row = statement.executeQuery(sql)) {
        row.next();
        return row.getLong(1);
      }
    });
  }

  @Test
  void aReleasedCopyGoesOnceAnotherIsConfirmedByItsSite() {
    long id = released("/data/f");
    assertThat(world.verifiedAt(id))
        .as("what was taken in was never looked at")
        .containsOnly(NERSC);
    reaper.set(NERSC, AT_ONCE, "operator");
    Reaper.Pass first = reaper.pass(NERSC, false);
    assertThat(first.files()).isZero();
    assertThat(first.kept()).containsEntry(Kept.TOO_FEW, 1);
    assertThat(world.verifiedAt(id)).contains(MADISON);
    turns();
    assertThat(world.state(id, NERSC)).isEmpty();
    assertThat(far.files)
        .doesNotContainKey(new Place(NERSC, world.catalog.find(id).orElseThrow().name()));
    assertThat(world.state(id, MADISON)).contains(ReplicaState.AVAILABLE);
    assertThat(count("SELECT count(*) FROM deletion WHERE state = 'gone'")).isEqualTo(1);
    assertThat(count("SELECT count(*) FROM history WHERE subject_kind = 'deletion'")).isEqualTo(2);
  }

  @Test
  void theLastCopyNeverGoes() {
    long id = released("/data/f");
    far.files.keySet().removeIf(p -> p.site().equals(MADISON)); // madison has lost it
    reaper.set(NERSC, AT_ONCE, "operator");
    turns();
    assertThat(world.state(id, NERSC)).contains(ReplicaState.AVAILABLE);
    assertThat(far.deletions).isZero();
  }

  @Test
  void nothingGoesBeforeItsGraceNorWhenTheReaperIsOff() {
    long id = released("/data/f");
    turns();
    assertThat(world.state(id, NERSC)).as("14 days").contains(ReplicaState.AVAILABLE);
    reaper.set(NERSC, new ReapPolicy(false, Duration.ZERO, 1, 0, 0.9, 0.8, 100, 1000), "operator");
    turns();
    assertThat(world.state(id, NERSC)).contains(ReplicaState.AVAILABLE);
    assertThat(far.deletions).isZero();
  }

  @Test
  void aCopyStaysWhileARuleForItsFileLacksOneElsewhere() {
    long id = released("/data/f");
    reaper.set(NERSC, AT_ONCE, "operator");
    rule("/data/**", "tacc", 1);
    world.follow();
    assertThat(world.queued()).hasSize(1);
    turns();
    assertThat(reaper.pass(NERSC, true).kept()).containsEntry(Kept.WANTED, 1);
    assertThat(world.state(id, NERSC)).contains(ReplicaState.AVAILABLE);
    world.allArrive();
    far.lay(world, id, TACC);
    turns();
    assertThat(world.state(id, NERSC)).isEmpty();
  }

  @Test
  void ofTheLastTwoReleasedCopiesOnlyOneGoes() {
    long id = put("/data/f", MADISON);
    ReplicationRule rule = rule("/data/f", "tape & us", 2);
    world.allArrive();
    far.lay(world, id, NERSC);
    far.lay(world, id, TACC);
    end(rule);
    world.database.inTransaction(c -> {
      world.catalog.setReplica(
          c, ReplicaChange.to(id, MADISON, ReplicaState.BAD), "audit", "rotten");
      return 0;
    });
    reaper.set(NERSC, AT_ONCE, "operator");
    reaper.set(TACC, AT_ONCE, "operator");
    assertThat(reaper.pass(NERSC, false).files()).isEqualTo(1);
    assertThat(reaper.pass(TACC, false).files()).isZero();
    while (reaper.carryOut() > 0) {
      // until all is carried out
    }
    assertThat(world.state(id, NERSC)).isEmpty();
    assertThat(world.state(id, TACC)).contains(ReplicaState.AVAILABLE);
  }

  private void turnsBad(long id, SiteName at) {
    world.database.inTransaction(c -> {
      world.catalog.setReplica(c, ReplicaChange.to(id, at, ReplicaState.BAD), "audit", "rotten");
      return 0;
    });
  }

  /// It was decided that a file's copy at nersc goes.
  private long decided(String path) {
    long id = released(path);
    reaper.set(NERSC, AT_ONCE, "operator");
    reaper.pass(NERSC, false); // madison is confirmed
    assertThat(reaper.pass(NERSC, false).files()).isEqualTo(1);
    return id;
  }

  private String trouble() {
    return reaper.standing().stream()
        .filter(s -> s.site().equals(NERSC))
        .findFirst()
        .orElseThrow()
        .trouble();
  }

  @Test
  void whatTurnsBadBetweenDecisionAndDeletionStopsIt() {
    long id = released("/data/f");
    rule("/data/**", "tacc", 1);
    world.allArrive();
    far.lay(world, id, TACC);
    reaper.set(NERSC, AT_ONCE, "operator");
    reaper.pass(NERSC, false);
    assertThat(world.state(id, NERSC)).contains(ReplicaState.DELETING);
    world.database.inTransaction(c ->
        world.catalog.verify(
            c,
            new Verification(
                id,
                MADISON,
                10,
                world.catalog.find(id).orElseThrow().checksums(),
                "read back",
                Instant.now()),
            "audit"));
    turnsBad(id, TACC);
    for (int i = 0; i < 3; i++) {
      reaper.carryOut();
    }
    assertThat(far.deletions).isZero();
    assertThat(trouble()).contains("its bytes are kept");
    assertThat(world.state(id, NERSC)).contains(ReplicaState.DELETING);
  }

  @Test
  void theLastGoodBytesAreACopyAgainOfWhichOthersAreMade() {
    long id = decided("/data/f");
    turnsBad(id, MADISON);
    reaper.carryOut();
    assertThat(world.state(id, NERSC)).contains(ReplicaState.AVAILABLE);
    assertThat(world.verifiedAt(id)).containsOnly(NERSC);
    assertThat(far.deletions).isZero();
    assertThat(count("SELECT count(*) FROM deletion WHERE state = 'kept'")).isEqualTo(1);
    assertThat(count("SELECT count(*) FROM released_copy")).as("it may go again").isEqualTo(1);
    assertThat(
            count(
                "SELECT count(*) FROM history WHERE subject_kind IN ('deletion', 'replica')"
                    + " AND why LIKE 'its deletion is taken back: no other copy is verified%'"))
        .isEqualTo(2);
    rule("/data/**", "tacc", 1);
    world.follow();
    assertThat(world.queued())
        .singleElement()
        .satisfies(t -> assertThat(t.request().from().site()).isEqualTo(NERSC));
    turns();
    assertThat(world.state(id, NERSC)).as("a rule lacks a copy").contains(ReplicaState.AVAILABLE);
  }

  @Test
  void theLastBytesThatAreWrongAreNoCopy() {
    long id = decided("/data/f");
    turnsBad(id, MADISON);
    far.files.put(new Place(NERSC, world.catalog.find(id).orElseThrow().name()), "rotten");
    reaper.carryOut();
    assertThat(world.state(id, NERSC)).contains(ReplicaState.DELETING);
    assertThat(trouble()).contains("neither is this one");
    assertThat(far.files).containsValue("rotten");
  }

  @Test
  void aRemovalThatMayStillComeIsSettledBeforeItsBytesAreACopy() {
    long id = decided("/data/f");
    far.unheard = 1;
    reaper.carryOut();
    turnsBad(id, MADISON);
    turns();
    assertThat(world.state(id, NERSC)).contains(ReplicaState.DELETING);
    assertThat(trouble()).contains("the site was asked to remove it");
    later("2 hours");
    reaper.carryOut();
    assertThat(world.state(id, NERSC)).contains(ReplicaState.AVAILABLE);
    assertThat(far.deletions).isEqualTo(1);
  }

  @Test
  void aRemovalThatWasNotHeardOfAndCameIsNoCopy() {
    long id = decided("/data/f");
    far.unheard = 1;
    reaper.carryOut();
    turnsBad(id, MADISON);
    far.files.remove(new Place(NERSC, world.catalog.find(id).orElseThrow().name()));
    later("2 hours");
    reaper.carryOut();
    assertThat(world.state(id, NERSC)).isEmpty();
  }

  /// The time passes that sites are given to do what they were asked.
  private void later(String interval) {
    world.database.inTransaction(c -> {
      try (Statement statement = c.createStatement()) {
        return statement.executeUpdate(
            "UPDATE deletion SET asked = asked - interval '" + interval + "', not_before = now()");
      }
    });
  }

  @Test
  void aRuleThatAskedForTheCopyAnewHasItWhenItsDeletionIsTakenBack() {
    long id = decided("/data/f");
    rule("/data/**", "nersc", 1);
    world.follow();
    turnsBad(id, MADISON);
    world.follow();
    assertThat(world.requests(id).getLast().state()).isEqualTo(CopyRequest.State.OPEN);
    reaper.carryOut();
    world.follow();
    assertThat(world.requests(id).getLast().state()).isEqualTo(CopyRequest.State.DONE);
    assertThat(world.queued()).isEmpty();
  }

  @Test
  void theLastCopyOfAVersionThatADatasetHasIsTakenBackToo() {
    long id = decided("/data/f");
    Datasets datasets = new Datasets(world.database, world.catalog);
    Cause cause = new Cause("physicist", "to be cited");
    datasets.create("paper", Dataset.Kind.SET, null, "", cause);
    datasets.add("paper", List.of(world.catalog.find(id).orElseThrow().name()), cause);
    world.database.inTransaction(c -> {
      world.catalog.supersede(c, id, new Cause("test", "replaced"));
      return 0;
    });
    turnsBad(id, MADISON);
    reaper.carryOut();
    assertThat(far.deletions).isZero();
    assertThat(world.state(id, NERSC)).contains(ReplicaState.AVAILABLE);
  }

  @Test
  void aSiteThatIsAwayIsAskedUntilItSaysThatNothingIsThere() {
    long id = released("/data/f");
    reaper.set(NERSC, AT_ONCE, "operator");
    reaper.pass(NERSC, false);
    reaper.pass(NERSC, false);
    far.away.put(NERSC, 2);
    reaper.carryOut();
    assertThat(world.state(id, NERSC)).contains(ReplicaState.DELETING);
    turns();
    assertThat(world.state(id, NERSC)).isEmpty();
  }

  @Test
  void anotherFileUnderTheNameIsLeftAlone() {
    long id = released("/data/f");
    reaper.set(NERSC, AT_ONCE, "operator");
    reaper.pass(NERSC, false);
    far.files.put(new Place(NERSC, world.catalog.find(id).orElseThrow().name()), "others");
    turns();
    assertThat(far.files).containsValue("others");
    assertThat(far.deletions).isZero();
    assertThat(world.state(id, NERSC)).isEmpty();
  }

  /// A hundred thousand released copies at nersc, each verified at madison too.
  private void hundredThousand() {
    world.put("/data/first", 10, MADISON); // so that the sites are known
    world.put("/data/second", 10, NERSC);
    world.database.inTransaction(c -> {
      try (Statement statement = c.createStatement()) {
        statement.executeUpdate("INSERT INTO verification (name) VALUES ('test')");
        statement.executeUpdate(
            """
            WITH made AS (
              INSERT INTO file (size, checksum_key, dir_id, name, sha512, adler32)
                SELECT 10, g, (SELECT id FROM dir WHERE path = '/data'), 'many-' || g,
                  decode(lpad(to_hex(g), 128, '0'), 'hex'), g
                FROM generate_series(1, 100000) g RETURNING id)
            INSERT INTO replica (file_id, site, state, verified, verified_how)
              SELECT made.id, s.id, 2, now(), v.id
              FROM made, site s, verification v
              WHERE s.name IN ('madison', 'nersc') AND v.name = 'test'
            """);
        statement.executeUpdate(
            "INSERT INTO released_copy (file_id, site, released, why) SELECT id, 'nersc',"
                + " now() - id * interval '1 second' - interval '1 day', 'test'"
                + " FROM file WHERE name LIKE 'many-%'");
        return 0;
      }
    });
  }

  @Test
  void ofAHundredThousandCandidatesNoMoreGoesThanIsAllowedToTheFile() {
    hundredThousand();
    reaper.set(
        NERSC, new ReapPolicy(true, Duration.ofHours(1), 1, 0, 0.9, 0.8, 237, 1 << 30), "me");
    Reaper.Pass dry = reaper.pass(NERSC, true);
    assertThat(dry.files()).isEqualTo(237);
    assertThat(dry.bytes()).isEqualTo(2_370);
    assertThat(dry.named()).hasSize(100);
    assertThat(count("SELECT count(*) FROM deletion")).as("a dry run changes nothing").isZero();
    assertThat(reaper.pass(NERSC, false).files()).isEqualTo(237);
    assertThat(reaper.pass(NERSC, false).files()).as("none is left for today").isZero();
    assertThat(count("SELECT count(*) FROM deletion")).isEqualTo(237);
    assertThat(count("SELECT count(*) FROM replica WHERE state = 5")).isEqualTo(237);
    assertThat(count("SELECT count(*) FROM released_copy")).isEqualTo(100_000 - 237);
    assertThat(
            count(
                "SELECT count(*) FROM deletion d WHERE d.file_id <= (SELECT max(id) FROM file)"
                    + " - 237"))
        .as("the longest released go first")
        .isZero();
    reaper.set(
        NERSC, new ReapPolicy(true, Duration.ofHours(1), 1, 0, 0.9, 0.8, 100_000, 5_005), "me");
    assertThat(reaper.pass(NERSC, false).files()).as("5,005 bytes in all").isEqualTo(263);
    long used = 10L * (100_001 - 500);
    reaper.set(
        NERSC,
        new ReapPolicy(true, Duration.ofHours(1), 1, 1_000_000, 0.99, 0.985, 100_000, 1 << 30),
        "me");
    assertThat(reaper.pass(NERSC, false).bytes())
        .as("down to the low mark")
        .isEqualTo(used - 985_000);
    assertThat(reaper.pass(NERSC, false).files()).as("between the marks nothing goes").isZero();
  }
}
