package dev.firn.catalog;

import dev.firn.database.History;
import dev.firn.model.Checksum;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.ReplicaState;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// What was read of copies, compared with what is known of their files, inside a transaction of the
/// caller's. Nothing else makes a copy verified.
final class CopyVerification {
  private final Changes changes;
  private final ReplicaStore replicas;
  private final Words words;

  CopyVerification(Changes changes, ReplicaStore replicas, Words words) {
    this.changes = changes;
    this.replicas = replicas;
    this.words = words;
  }

  VerifyOutcome verify(Connection connection, Verification seen, String who) throws SQLException {
    CatalogFile file = changes.load(connection, seen.fileId(), true);
    Replica replica =
        file.replicaAt(seen.site())
            .orElseThrow(
                () -> CatalogException.notFound("copy of " + file.name() + " at " + seen.site()));
    if (!ReplicaTransitions.verifiable(replica.state())) {
      throw new CatalogException(
          "illegal-transition",
          "the copy of " + file.name() + " at " + seen.site() + " is being deleted");
    }
    Optional<Checksum> other = seen.found().firstDifference(file.checksums());
    if (seen.size() != file.size() || other.isPresent()) {
      return mismatch(connection, file, replica, seen, other, who);
    }
    if (!file.checksums().comparableWith(seen.found())) {
      return new VerifyOutcome.NotComparable(file.checksums().load(ChecksumAlgorithm.SHA512));
    }
    record(connection, List.of(new Right(seen, file, replica)), who);
    return new VerifyOutcome.Verified(
        changes.load(connection, file.id(), false).replicaAt(seen.site()).orElseThrow());
  }

  /// A copy that was to be deleted was read and is right: it is available again.
  ///
  /// @throws CatalogException when it is not being deleted, or is not what it should be
  void takeBack(Connection connection, Verification seen, Cause cause) throws SQLException {
    CatalogFile file = changes.load(connection, seen.fileId(), true);
    Replica replica =
        file.replicaAt(seen.site())
            .filter(r -> r.state() == ReplicaState.DELETING)
            .orElseThrow(() ->
                new CatalogException(
                    "illegal-transition",
                    "no copy of " + file.name() + " at " + seen.site() + " is being deleted"));
    if (!isRight(seen, file)) {
      throw new CatalogException(
          "illegal-transition",
          "the copy of " + file.name() + " at " + seen.site() + " was not found right");
    }
    Right right = new Right(seen, file, replica);
    replicas.setVerified(
        connection, List.of(new ReplicaStore.Agreed(replica, right.how(), seen.when())));
    ReplicaStore.record(
        connection,
        ReplicaChange.to(file.id(), seen.site(), ReplicaState.AVAILABLE),
        replica.state(),
        cause.who(),
        cause.why() + "; verified, " + right.how());
  }

  /// What was read and agrees.
  private record Right(Verification seen, CatalogFile file, Replica replica) {
    String how() {
      return seen.how() + ": " + compared(file, seen);
    }
  }

  private void record(Connection connection, List<Right> right, String who) throws SQLException {
    replicas.setVerified(
        connection,
        right.stream()
            .map(r -> new ReplicaStore.Agreed(r.replica(), r.how(), r.seen().when()))
            .toList());
    History.record(
        connection,
        right.stream()
            .map(r ->
                ReplicaStore.entry(
                    ReplicaChange.to(r.file().id(), r.seen().site(), ReplicaState.AVAILABLE),
                    r.replica().state(),
                    who,
                    "verified, " + r.how()))
            .toList());
  }

  /// [#verify] of copies of different files, in a few statements.
  ///
  /// @param refused takes what could not be compared
  /// @return what did not agree
  Map<Verification, VerifyOutcome> verifyAll(
      Connection connection,
      Collection<Verification> all,
      String who,
      BiConsumer<Verification, CatalogException> refused)
      throws SQLException {
    Map<Long, CatalogFile> known =
        changes.locked(connection, all.stream().map(Verification::fileId).toList());
    List<Right> right = new ArrayList<>();
    Map<Verification, VerifyOutcome> wrong = new LinkedHashMap<>();
    for (Verification seen : all) {
      CatalogFile file = known.get(seen.fileId());
      Replica replica = file == null ? null : file.replicaAt(seen.site()).orElse(null);
      if (file != null && replica != null && agrees(seen, file, replica)) {
        right.add(new Right(seen, file, replica));
        continue;
      }
      try {
        wrong.put(seen, verify(connection, seen, who));
      } catch (CatalogException e) {
        refused.accept(seen, e);
      }
    }
    record(connection, right, who);
    return wrong;
  }

  private static boolean agrees(Verification seen, CatalogFile file, Replica replica) {
    return ReplicaTransitions.verifiable(replica.state()) && isRight(seen, file);
  }

  private static boolean isRight(Verification seen, CatalogFile file) {
    return seen.size() == file.size()
        && seen.found().firstDifference(file.checksums()).isEmpty()
        && file.checksums().comparableWith(seen.found());
  }

  private static String compared(CatalogFile file, Verification seen) {
    return seen.found().values().keySet().stream()
        .filter(a -> file.checksums().find(a).isPresent())
        .map(ChecksumAlgorithm::label)
        .collect(Collectors.joining(", "));
  }

  private VerifyOutcome mismatch(
      Connection connection,
      CatalogFile file,
      Replica replica,
      Verification seen,
      Optional<Checksum> other,
      String who)
      throws SQLException {
    String found = other.map(Checksum::toString).orElse(seen.size() + " bytes");
    String known =
        other
            .map(o -> file.checksums().load(o.algorithm()).toString())
            .orElse(file.size() + " bytes");
    ReplicaChange bad = ReplicaChange.to(file.id(), seen.site(), ReplicaState.BAD);
    if (replica.state() != ReplicaState.BAD) {
      replicas.update(connection, file, replica, bad);
    }
    ReplicaStore.record(
        connection,
        bad,
        replica.state(),
        who,
        seen.how() + " at " + seen.when() + " found " + found + ", not " + known);
    Replica now = changes.load(connection, file.id(), false).replicaAt(seen.site()).orElseThrow();
    return new VerifyOutcome.Mismatch(now, known, found);
  }

  /// Marks all members of a bundle at a site verified; returns how many.
  int verifyMembers(Connection connection, BundleVerification seen, String who)
      throws SQLException {
    ChecksumAlgorithm by =
        seen.found().find(ChecksumAlgorithm.SHA512).isPresent()
            ? ChecksumAlgorithm.SHA512
            : ChecksumAlgorithm.ADLER32;
    String how = seen.how() + ": " + by.label() + " of the bundle";
    String sql =
        """
        WITH old AS (
          SELECT file_id, site, state FROM replica
          WHERE bundle = ? AND site = ? AND state <> 5 ORDER BY file_id FOR UPDATE
        ), changed AS (
          UPDATE replica r SET state = 2, verified = ?, verified_how = ?
          FROM old WHERE r.file_id = old.file_id AND r.site = old.site
        )
        INSERT INTO history(subject_kind, subject_id, who, why, from_state, to_state, detail)
        SELECT 'replica', file_id::text, ?, ?,
          (ARRAY['copying', 'available', 'suspect', 'bad'])[state], 'available', ?::jsonb FROM old
        """;
    ObjectNode detail = JsonNodeFactory.instance.objectNode();
    detail.put("site", seen.site().value());
    detail.put("bundle", seen.bundle().toString());
    try (PreparedStatement update = connection.prepareStatement(sql)) {
      update.setObject(1, seen.bundle());
      update.setShort(2, words.site().id(connection, seen.site().value()));
      update.setTimestamp(3, Timestamp.from(seen.when()));
      update.setShort(4, words.verification().id(connection, how));
      update.setString(5, who);
      update.setString(6, "verified, " + how);
      update.setString(7, detail.toString());
      int members = update.executeUpdate();
      if (members > 0) {
        History.wrote();
      }
      return members;
    }
  }
}
