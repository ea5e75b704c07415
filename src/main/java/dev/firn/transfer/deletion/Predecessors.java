package dev.firn.transfer.deletion;

import dev.firn.catalog.Catalog;
import dev.firn.catalog.CatalogFile;
import dev.firn.catalog.Cause;
import dev.firn.catalog.Replica;
import dev.firn.catalog.ReplicaChange;
import dev.firn.model.ReplicaState;
import dev.firn.model.SiteName;
import dev.firn.transfer.queue.Older;
import dev.firn.transfer.queue.Subject;
import dev.firn.transfer.queue.Transfer;
import dev.firn.transfer.rule.Needs;
import dev.firn.transfer.rule.ReplacedCopies;
import dev.firn.transfer.site.Place;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Copies of older versions of a file that lie where a transfer writes the one that its name means
/// now. Each method belongs to a transaction of the caller's.
///
/// Rules ask for what names mean now. An older version may be needed by datasets and snapshots that
/// have it as a member, and by others ([Catalog#keeper]): its last verified copies are kept, and
/// the newer version waits.
public final class Predecessors {
  private static final String WHO = "transfer";

  private final Catalog catalog;

  public Predecessors(Catalog catalog) {
    this.catalog = catalog;
  }

  /// Those on record at the place that a transfer writes to; none for what is no file's transfer.
  public List<Older> of(Connection connection, Transfer transfer) throws SQLException {
    return there(connection, transfer).stream()
        .map(f -> new Older(f.id(), f.size(), f.checksums()))
        .toList();
  }

  private List<CatalogFile> there(Connection connection, Transfer transfer) throws SQLException {
    return transfer.request().subject() instanceof Subject.OfFile(long file)
        ? catalog.olderVersions(connection, List.of(file)).getOrDefault(file, List.of()).stream()
            .filter(f -> copy(f, transfer.request().to()).isPresent())
            .toList()
        : List.of();
  }

  /// The copy of a file that is on record at exactly this place.
  private static Optional<Replica> copy(CatalogFile file, Place place) {
    return file.replicaAt(place.site())
        .filter(r -> r.bundle() == null && r.path().equals(place.path()));
  }

  /// Writes down that what lies at the place is about to be overwritten: from now on nobody takes
  /// it for a copy. Whether it was is seen when the transfer has ended, or by an audit.
  ///
  /// @param found the numbers of those versions whose bytes were found there
  /// @return why it must not be overwritten now; empty when it may be
  public Optional<String> letGo(Connection connection, Transfer transfer, Set<Long> found)
      throws SQLException {
    ReapStore.await(connection); // no two sites let the last two copies go
    Place place = transfer.request().to();
    List<CatalogFile> all = new ArrayList<>();
    for (CatalogFile file : there(connection, transfer)) {
      catalog
          .lock(connection, file.id())
          .filter(f -> copy(f, place).isPresent())
          .ifPresent(all::add);
    }
    if (all.stream().noneMatch(f -> found.contains(f.id()))) {
      return Optional.of("what the record says of " + place + " has changed meanwhile");
    }
    Set<Long> used =
        ReapStore.moving(connection, place.site(), all.stream().map(CatalogFile::id).toList());
    for (CatalogFile file : all) {
      Optional<String> kept =
          kept(connection, file, place, used.contains(file.id()), found.contains(file.id()));
      if (kept.isPresent()) {
        return kept;
      }
    }
    String why =
        "transfer %d replaces it with file %s"
            .formatted(transfer.id(), transfer.request().subject().id());
    for (CatalogFile file : all) {
      if (copy(file, place).orElseThrow().state() == ReplicaState.AVAILABLE) {
        ReplicaChange change = ReplicaChange.to(file.id(), place.site(), ReplicaState.SUSPECT);
        catalog.setReplica(connection, change, WHO, why);
        Unreplaced.note(connection, file.id(), place, transfer.id());
      }
    }
    return Optional.empty();
  }

  private Optional<String> kept(
      Connection connection, CatalogFile file, Place place, boolean used, boolean found)
      throws SQLException {
    String what = "an older version of it (file %d) lies at %s".formatted(file.id(), place);
    if (copy(file, place).orElseThrow().state() == ReplicaState.DELETING) {
      return Optional.of(what + " and is being deleted: that is waited for");
    }
    if (used) {
      return Optional.of(
          what + ", and another transfer reads or writes that copy: its end is waited for");
    }
    if (!found) {
      return Optional.empty(); // its bytes are not what lies there
    }
    Optional<String> keeper = catalog.keeper(connection, file.id());
    int needed = ReapStore.policy(connection, place.site()).copies();
    int others = Needs.verifiedElsewhere(file, place.site()).size();
    return keeper
        .filter(k -> others < needed)
        .map(k ->
            "%s, %s, and only %d of %d other copies of it are verified"
                .formatted(what, k, others, needed));
  }

  /// What was on record of older versions where these have arrived lies there no longer.
  public void overwritten(Connection connection, Collection<Transfer> arrived) throws SQLException {
    Map<Long, List<Transfer>> byFile = new HashMap<>();
    for (Transfer transfer : arrived) {
      if (transfer.request().subject() instanceof Subject.OfFile(long file)) {
        byFile.computeIfAbsent(file, f -> new ArrayList<>()).add(transfer);
      }
    }
    if (byFile.isEmpty()) {
      return; // bundles
    }
    for (Map.Entry<Long, List<CatalogFile>> one :
        catalog.olderVersions(connection, byFile.keySet()).entrySet()) {
      for (Transfer transfer : byFile.getOrDefault(one.getKey(), List.of())) {
        for (CatalogFile older : one.getValue()) {
          overwritten(connection, transfer, older);
        }
      }
    }
  }

  private void overwritten(Connection connection, Transfer transfer, CatalogFile older)
      throws SQLException {
    Place place = transfer.request().to();
    Optional<CatalogFile> now = catalog.lock(connection, older.id());
    if (now.flatMap(f -> copy(f, place)).isEmpty()) {
      return;
    }
    String why =
        "transfer %d replaced it with file %s"
            .formatted(transfer.id(), transfer.request().subject().id());
    SiteName site = place.site();
    catalog.overwritten(connection, now.get(), site, new Cause(WHO, why));
    ReplacedCopies.overwritten(connection, older.id(), site, why);
    ReapStore.forget(connection, site, older.id());
    Unreplaced.forget(connection, older.id(), site);
  }
}
