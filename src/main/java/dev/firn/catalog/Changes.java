package dev.firn.catalog;

import dev.firn.catalog.RegisterOutcome.AlreadyThere;
import dev.firn.catalog.RegisterOutcome.Conflict;
import dev.firn.catalog.RegisterOutcome.Difference;
import dev.firn.catalog.RegisterOutcome.Registered;
import dev.firn.database.History;
import dev.firn.database.HistoryEntry;
import dev.firn.model.LogicalName;
import dev.firn.model.ReplicaState;
import dev.firn.model.SiteName;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// The changes of the catalog, each inside a transaction of the caller's.
final class Changes {
  private final FileStore files;
  private final ReplicaStore replicas;

  Changes(FileStore files, ReplicaStore replicas) {
    this.files = files;
    this.replicas = replicas;
  }

  RegisterOutcome register(
      Connection connection, NewFile offered, SiteName site, LogicalName path, Cause cause)
      throws SQLException {
    return register(connection, Offer.of(offered, site, path), cause);
  }

  /// Registers a file with its copies, each in the state it is offered in; what it was made from is
  /// left to the caller.
  RegisterOutcome register(Connection connection, Offer offer, Cause cause) throws SQLException {
    while (true) {
      OptionalLong id = files.insert(connection, offer.file());
      if (id.isPresent()) {
        return new Registered(firstCopies(connection, id.getAsLong(), offer.copies(), cause));
      }
      Optional<CatalogFile> known = files.find(connection, offer.file().name(), true);
      if (known.isPresent()) {
        return registerAgain(connection, known.get(), offer, cause);
      } // else it went between the two statements: the name is free again
    }
  }

  private CatalogFile firstCopies(
      Connection connection, long id, List<Offer.Copy> copies, Cause cause) throws SQLException {
    CatalogFile file = load(connection, id, false);
    ObjectNode detail = JsonNodeFactory.instance.objectNode();
    detail.put("name", file.name().toString());
    detail.put("size", file.size());
    List<HistoryEntry> news = new ArrayList<>();
    news.add(fileEntry(id, null, "live", cause, detail));
    for (Offer.Copy one : copies) {
      ReplicaChange copy = one.of(id);
      replicas.insert(connection, file, copy);
      news.add(ReplicaStore.entry(copy, null, cause.who(), cause.why()));
    }
    History.record(connection, news);
    return load(connection, id, false);
  }

  private RegisterOutcome registerAgain(
      Connection connection, CatalogFile known, Offer offer, Cause cause) throws SQLException {
    List<Difference> differences = Registration.differences(known, offer);
    if (!differences.isEmpty()) {
      return new Conflict(known, differences);
    }
    boolean added = complete(connection, known, offer.file(), cause);
    for (Offer.Copy copy : offer.copies()) {
      if (!Registration.isThere(known, copy)) {
        Replica old = known.replicaAt(copy.site()).orElse(null);
        apply(connection, known, old, copy.of(known.id()), cause);
        added = true;
      }
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
  Map<Long, CatalogFile> locked(Connection connection, List<Long> ids) throws SQLException {
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
