package dev.firn.catalog;

import dev.firn.catalog.RegisterOutcome.AlreadyThere;
import dev.firn.catalog.RegisterOutcome.Conflict;
import dev.firn.catalog.RegisterOutcome.Difference;
import dev.firn.catalog.RegisterOutcome.Registered;
import dev.firn.database.History;
import dev.firn.database.HistoryEntry;
import dev.firn.model.Checksum;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.LogicalName;
import dev.firn.model.ReplicaState;
import dev.firn.model.SiteName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// The changes of the catalog, each inside a transaction of the caller's.
final class Changes {
  private final FileStore files;
  private final ReplicaStore replicas;
  private final Words words;

  Changes(FileStore files, ReplicaStore replicas, Words words) {
    this.files = files;
    this.replicas = replicas;
    this.words = words;
  }

  RegisterOutcome register(
      Connection connection, NewFile offered, SiteName site, LogicalName path, Cause cause)
      throws SQLException {
    while (true) {
      OptionalLong id = files.insert(connection, offered);
      if (id.isPresent()) {
        return new Registered(firstCopy(connection, id.getAsLong(), site, path, cause));
      }
      Optional<CatalogFile> known = files.find(connection, offered.name(), true);
      if (known.isPresent()) {
        return registerAgain(
            connection, known.get(), offered, copy(known.get(), site, path), cause);
      } // else it went between the two statements: the name is free again
    }
  }

  private CatalogFile firstCopy(
      Connection connection, long id, SiteName site, LogicalName path, Cause cause)
      throws SQLException {
    CatalogFile file = load(connection, id, false);
    ReplicaChange copy = copy(file, site, path);
    replicas.insert(connection, file, copy);
    ObjectNode detail = JsonNodeFactory.instance.objectNode();
    detail.put("name", file.name().toString());
    detail.put("size", file.size());
    History.record(
        connection,
        List.of(
            fileEntry(id, null, "live", cause, detail),
            ReplicaStore.entry(copy, null, cause.who(), cause.why())));
    return load(connection, id, false);
  }

  private static ReplicaChange copy(CatalogFile file, SiteName site, LogicalName path) {
    return ReplicaChange.to(file.id(), site, ReplicaState.AVAILABLE).at(path);
  }

  private RegisterOutcome registerAgain(
      Connection connection, CatalogFile known, NewFile offered, ReplicaChange copy, Cause cause)
      throws SQLException {
    List<Difference> differences = new ArrayList<>(Registration.contentDifferences(known, offered));
    differences.addAll(Registration.metadataDifferences(known.metadata(), offered.metadata()));
    Optional<Replica> there = known.replicaAt(copy.site());
    if (there.isPresent() && !there.get().path().equals(copy.path())) {
      differences.add(
          new Difference(
              "path at " + copy.site(), there.get().path().toString(), "" + copy.path()));
    }
    if (!differences.isEmpty()) {
      return new Conflict(known, differences);
    }
    boolean added = complete(connection, known, offered, cause);
    if (there.isEmpty() || there.get().state() == ReplicaState.COPYING) {
      setReplica(connection, known, copy, cause);
      added = true;
    }
    return new AlreadyThere(added ? load(connection, known.id(), false) : known, added);
  }

  /// Adds what only the offer knows.
  private boolean complete(Connection connection, CatalogFile known, NewFile offered, Cause cause)
      throws SQLException {
    FileMetadata merged = Registration.merged(known.metadata(), offered.metadata());
    boolean described = !merged.equals(known.metadata());
    boolean summed = Registration.addsChecksums(known.checksums(), offered.checksums());
    if (described) {
      files.describe(connection, known.id(), merged);
    }
    if (summed) {
      files.addChecksums(connection, known.id(), offered.checksums());
    }
    if (described || summed) {
      History.record(connection, fileEntry(known.id(), "live", "live", cause, null));
    }
    return described || summed;
  }

  void supersede(Connection connection, long fileId, Cause cause) throws SQLException {
    files.setState(connection, fileId, FileRows.SUPERSEDED);
    History.record(connection, fileEntry(fileId, "live", "superseded", cause, null));
  }

  /// Ends a file on record; nothing is said about its bytes.
  void forget(Connection connection, long fileId, Cause cause) throws SQLException {
    CatalogFile file = load(connection, fileId, true);
    for (Replica copy : file.replicas()) {
      apply(connection, file, copy, ReplicaChange.gone(fileId, copy.site()), cause);
    }
    files.setState(connection, fileId, FileRows.GONE);
    String from = file.live() ? "live" : "superseded";
    History.record(connection, fileEntry(fileId, from, "gone", cause, null));
  }

  /// Replaces the metadata of a file.
  void describe(Connection connection, long fileId, FileMetadata metadata, Cause cause)
      throws SQLException {
    load(connection, fileId, true);
    files.describe(connection, fileId, metadata);
    History.record(connection, fileEntry(fileId, "live", "live", cause, null));
  }

  void setReplica(Connection connection, ReplicaChange change, Cause cause) throws SQLException {
    setReplica(connection, load(connection, change.fileId(), true), change, cause);
  }

  void setReplica(Connection connection, CatalogFile file, ReplicaChange change, Cause cause)
      throws SQLException {
    Replica old = file.replicaAt(change.site()).orElse(null);
    ReplicaState from = old == null ? null : old.state();
    if (from == null && change.to() == null) {
      return; // gone is gone
    }
    if (!ReplicaTransitions.allowed(from, change.to())) {
      throw new CatalogException(
          "illegal-transition",
          String.format(
              "the copy of %s at %s cannot go from %s to %s",
              file.name(), change.site(), label(from), label(change.to())));
    }
    apply(connection, file, old, change, cause);
  }

  /// The same for copies of different files, in a few statements. What is refused is handed over
  /// and the others are done.
  void setReplicas(
      Connection connection,
      Map<ReplicaChange, Cause> all,
      BiConsumer<ReplicaChange, CatalogException> refused)
      throws SQLException {
    Map<Long, CatalogFile> known =
        locked(connection, all.keySet().stream().map(ReplicaChange::fileId).toList());
    List<ReplicaStore.First> first = new ArrayList<>();
    List<HistoryEntry> news = new ArrayList<>();
    for (Map.Entry<ReplicaChange, Cause> one : all.entrySet()) {
      ReplicaChange change = one.getKey();
      CatalogFile file = known.get(change.fileId());
      boolean fresh =
          file != null
              && file.replicaAt(change.site()).isEmpty()
              && ReplicaTransitions.allowed(null, change.to());
      if (fresh) {
        first.add(new ReplicaStore.First(Objects.requireNonNull(file), change));
        news.add(ReplicaStore.entry(change, null, one.getValue().who(), one.getValue().why()));
        continue;
      }
      try {
        if (file == null) {
          throw CatalogException.notFound("file with id " + change.fileId());
        }
        setReplica(connection, file, change, one.getValue());
      } catch (CatalogException e) {
        refused.accept(change, e);
      }
    }
    replicas.insert(connection, first);
    History.record(connection, news);
  }

  /// Locked in the order of their ids, so that no two callers deadlock.
  private Map<Long, CatalogFile> locked(Connection connection, List<Long> ids) throws SQLException {
    if (Set.copyOf(ids).size() != ids.size()) {
      throw new IllegalArgumentException("a file comes twice");
    }
    Map<Long, CatalogFile> known = new HashMap<>();
    files.find(connection, ids, true).forEach(f -> known.put(f.id(), f));
    return known;
  }

  /// Writes a change that was found right, and its history.
  void apply(
      Connection connection,
      CatalogFile file,
      @Nullable Replica old,
      ReplicaChange change,
      Cause cause)
      throws SQLException {
    if (old == null) {
      replicas.insert(connection, file, change);
    } else if (change.to() == null) {
      replicas.delete(connection, file.id(), change.site());
      ReplicaChange where = change.at(old.path()); // its row is gone: only the history can tell
      ReplicaChange went = old.bundle() == null ? where : where.inBundle(old.bundle());
      ReplicaStore.record(connection, went, old.state(), cause.who(), cause.why());
      return;
    } else if (isSame(old, change)) {
      return;
    } else {
      replicas.update(connection, file, old, change);
    }
    ReplicaStore.record(
        connection, change, old == null ? null : old.state(), cause.who(), cause.why());
  }

  private static boolean isSame(Replica old, ReplicaChange change) {
    return old.state() == change.to()
        && (change.path() == null || change.path().equals(old.path()))
        && (change.bundle() == null || change.bundle().equals(old.bundle()));
  }

  VerifyOutcome verify(Connection connection, Verification seen, String who) throws SQLException {
    CatalogFile file = load(connection, seen.fileId(), true);
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
        load(connection, file.id(), false).replicaAt(seen.site()).orElseThrow());
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

  /// [#verify(Connection, Verification, String)] of copies of different files, in a few statements.
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
        locked(connection, all.stream().map(Verification::fileId).toList());
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
    return ReplicaTransitions.verifiable(replica.state())
        && seen.size() == file.size()
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
    Replica now = load(connection, file.id(), false).replicaAt(seen.site()).orElseThrow();
    return new VerifyOutcome.Mismatch(now, known, found);
  }

  /// Marks all members of a bundle at a site verified; returns how many.
  int verifyMembers(Connection connection, BundleVerification seen, String who)
      throws SQLException {
    String how = seen.how() + ": sha512 of the bundle";
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

  CatalogFile load(Connection connection, long id, boolean lock) throws SQLException {
    return files
        .find(connection, id, lock)
        .orElseThrow(() -> CatalogException.notFound("file with id " + id));
  }

  static HistoryEntry fileEntry(
      long id, @Nullable String from, String to, Cause cause, @Nullable ObjectNode detail) {
    return new HistoryEntry(
        Catalog.FILE, Long.toString(id), cause.who(), cause.why(), from, to, detail);
  }

  private static String label(@Nullable ReplicaState state) {
    return state == null ? "absent" : state.label();
  }
}
