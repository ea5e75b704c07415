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
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Superseded versions of names, and what becomes of the copies that they have left.
final class OlderVersions {
  private final FileStore files;
  private final ReplicaStore replicas;

  OlderVersions(FileStore files, ReplicaStore replicas) {
    this.files = files;
    this.replicas = replicas;
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

  /// Who asks for this very version, whatever its name means by now: `dataset icecube-2024`,
  /// `archive request 7`, `campaign pass3`.
  Optional<String> keeper(Connection connection, long fileId) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT 'dataset ' || d.name FROM dataset_file m JOIN dataset d ON d.id = m.dataset_id"
                + " WHERE m.file_id = ? UNION ALL"
                + " SELECT 'snapshot ' || s.snapshot FROM filecatalog_snapshot_file s"
                + " WHERE s.file_id = ? UNION ALL"
                + " SELECT 'archive request ' || a.request FROM archive_request_file a"
                + " WHERE a.file_id = ? AND a.state = 'waiting' UNION ALL"
                + " SELECT 'campaign ' || c.name FROM campaign c"
                + " WHERE c.state IN ('planned', 'running', 'folding')"
                + " AND EXISTS (SELECT FROM campaign_input i WHERE i.campaign = c.id"
                + " AND i.excluded IS NULL AND (i.file_id = ? OR i.gcd_file = ?)) LIMIT 1")) {
      for (int i = 1; i <= 5; i++) {
        select.setLong(i, fileId);
      }
      try (ResultSet row = select.executeQuery()) {
        return row.next() ? Optional.of(row.getString(1)) : Optional.empty();
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
