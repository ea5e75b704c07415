package dev.firn.catalog;

import dev.firn.database.History;
import dev.firn.database.HistoryEntry;
import dev.firn.model.SiteName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Superseded versions of names, and what becomes of the copies that they have left.
final class OlderVersions {
  private final FileStore files;
  private final ReplicaStore replicas;
  private final List<Keeper> keepers;

  OlderVersions(FileStore files, ReplicaStore replicas, List<Keeper> keepers) {
    this.files = files;
    this.replicas = replicas;
    this.keepers = keepers;
  }

  /// Of those of these files that are live, the superseded versions of the same names.
  Map<Long, List<CatalogFile>> of(Connection connection, Collection<Long> fileIds)
      throws SQLException {
    Map<Long, List<Long>> ids = new HashMap<>();
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT f.id, o.id FROM file f JOIN file o ON o.dir_id = f.dir_id AND o.name = f.name"
                + " AND o.state = 2 WHERE f.id = ANY(?) AND f.state = 1 ORDER BY o.id")) {
      select.setArray(1, connection.createArrayOf("bigint", fileIds.toArray()));
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          ids.computeIfAbsent(row.getLong(1), id -> new ArrayList<>()).add(row.getLong(2));
        }
      }
    }
    Map<Long, List<CatalogFile>> older = new HashMap<>();
    for (Map.Entry<Long, List<Long>> one : ids.entrySet()) {
      older.put(one.getKey(), files.find(connection, one.getValue(), false));
    }
    return older;
  }

  /// Who needs this very version, whatever its name means by now, and for what: `dataset
  /// icecube-2024 has it as a member`, or what a keeper says.
  Optional<String> keeper(Connection connection, long fileId) throws SQLException {
    Optional<String> who = member(connection, fileId);
    for (Iterator<Keeper> others = keepers.iterator(); who.isEmpty() && others.hasNext(); ) {
      who = others.next().needs(connection, fileId);
    }
    return who;
  }

  private static Optional<String> member(Connection connection, long fileId) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT 'dataset ' || d.name FROM dataset_file m JOIN dataset d ON d.id = m.dataset_id"
                + " WHERE m.file_id = ? UNION ALL"
                + " SELECT 'snapshot ' || s.snapshot FROM filecatalog_snapshot_file s"
                + " WHERE s.file_id = ? LIMIT 1")) {
      select.setLong(1, fileId);
      select.setLong(2, fileId);
      try (ResultSet row = select.executeQuery()) {
        return row.next()
            ? Optional.of(row.getString(1) + " has it as a member")
            : Optional.empty();
      }
    }
  }

  /// Other bytes lie where this copy lay: its record goes, whatever its state.
  void overwritten(Connection connection, CatalogFile file, SiteName site, Cause cause)
      throws SQLException {
    Optional<Replica> copy = file.replicaAt(site);
    if (copy.isPresent()) {
      replicas.delete(connection, file.id(), site);
      ReplicaChange gone = ReplicaChange.gone(file.id(), site).at(copy.get().path());
      HistoryEntry entry = ReplicaStore.entry(gone, copy.get().state(), cause.who(), cause.why());
      History.record(connection, entry);
    }
  }
}
