package dev.firn.catalog;

import dev.firn.database.History;
import dev.firn.database.HistoryEntry;
import dev.firn.model.LogicalName;
import dev.firn.model.ReplicaState;
import dev.firn.model.SiteName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Rows of `replica` and their history. Whoever calls holds the lock of the file's row, so that two
/// changes of one file's copies follow each other.
final class ReplicaStore {
  private final Words words;

  ReplicaStore(Words words) {
    this.words = words;
  }

  /// A copy that comes to be, of a file.
  record First(CatalogFile file, ReplicaChange change) {}

  void insert(Connection connection, CatalogFile file, ReplicaChange change) throws SQLException {
    insert(connection, List.of(new First(file, change)));
  }

  void insert(Connection connection, List<First> copies) throws SQLException {
    if (copies.isEmpty()) {
      return;
    }
    try (PreparedStatement insert =
        connection.prepareStatement(
            "INSERT INTO replica(file_id, site, state, path, bundle) VALUES (?, ?, ?, ?, ?)")) {
      for (First copy : copies) {
        ReplicaChange change = copy.change();
        insert.setLong(1, copy.file().id());
        insert.setShort(2, words.site().id(connection, change.site().value()));
        insert.setShort(3, FileRows.number(stateOf(change)));
        insert.setString(4, storedPath(copy.file(), change.path()));
        insert.setObject(5, change.bundle());
        insert.addBatch();
      }
      insert.executeBatch();
    }
  }

  /// Any change of state ends what was verified: that belongs to the bytes that were read.
  void update(Connection connection, CatalogFile file, Replica old, ReplicaChange change)
      throws SQLException {
    boolean keep = old.state() == change.to() && old.bundle() == null == (change.bundle() == null);
    LogicalName path = change.path() != null ? change.path() : old.path();
    UUID bundle = change.bundle() != null ? change.bundle() : old.bundle();
    try (PreparedStatement update =
        connection.prepareStatement(
            "UPDATE replica SET state = ?, path = ?, bundle = ?"
                + (keep ? "" : ", verified = NULL, verified_how = NULL")
                + " WHERE file_id = ? AND site = ?")) {
      update.setShort(1, FileRows.number(stateOf(change)));
      update.setString(2, storedPath(file, path));
      update.setObject(3, bundle);
      update.setLong(4, file.id());
      update.setShort(5, words.site().id(connection, change.site().value()));
      update.executeUpdate();
    }
  }

  void delete(Connection connection, long fileId, SiteName site) throws SQLException {
    try (PreparedStatement delete =
        connection.prepareStatement("DELETE FROM replica WHERE file_id = ? AND site = ?")) {
      delete.setLong(1, fileId);
      delete.setShort(2, words.site().id(connection, site.value()));
      delete.executeUpdate();
    }
  }

  /// Bytes of a copy were read and agreed.
  record Agreed(Replica replica, String how, Instant when) {}

  void setVerified(Connection connection, List<Agreed> copies) throws SQLException {
    if (copies.isEmpty()) {
      return;
    }
    try (PreparedStatement update =
        connection.prepareStatement(
            "UPDATE replica SET state = ?, verified = ?, verified_how = ?"
                + " WHERE file_id = ? AND site = ?")) {
      for (Agreed copy : copies) {
        update.setShort(1, FileRows.number(ReplicaState.AVAILABLE));
        update.setTimestamp(2, Timestamp.from(copy.when()));
        update.setShort(3, words.verification().id(connection, copy.how()));
        update.setLong(4, copy.replica().fileId());
        update.setShort(5, words.site().id(connection, copy.replica().site().value()));
        update.addBatch();
      }
      update.executeBatch();
    }
  }

  /// The history entry of a change; the subject is the file, the site stands in the detail.
  static HistoryEntry entry(
      ReplicaChange change, @Nullable ReplicaState from, String who, String why) {
    ObjectNode detail = JsonNodeFactory.instance.objectNode();
    detail.put("site", change.site().value());
    if (change.path() != null) {
      detail.put("path", change.path().toString());
    }
    if (change.bundle() != null) {
      detail.put("bundle", change.bundle().toString());
    }
    ReplicaState to = change.to();
    return new HistoryEntry(
        Catalog.REPLICA,
        Long.toString(change.fileId()),
        who,
        why,
        from == null ? null : from.label(),
        to == null ? null : to.label(),
        detail);
  }

  static void record(
      Connection connection,
      ReplicaChange change,
      @Nullable ReplicaState from,
      String who,
      String why)
      throws SQLException {
    History.record(connection, entry(change, from, who, why));
  }

  private static ReplicaState stateOf(ReplicaChange change) {
    ReplicaState to = change.to();
    if (to == null) {
      throw new IllegalArgumentException("a copy that goes has no state");
    }
    return to;
  }

  /// Most copies lie where their file's name says; only the others cost a path.
  private static @Nullable String storedPath(CatalogFile file, @Nullable LogicalName path) {
    return path == null || path.equals(file.name()) ? null : path.toString();
  }
}
