package dev.firn.catalog;

import dev.firn.database.Columns;
import dev.firn.database.History;
import dev.firn.database.HistoryEntry;
import dev.firn.model.LogicalName;
import dev.firn.model.ReplicaState;
import dev.firn.model.SiteName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.stream.Stream;
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
            "INSERT INTO replica(file_id, site, state, path, bundle)"
                + " SELECT * FROM unnest(?::bigint[], ?::smallint[], ?::smallint[], ?::text[],"
                + " ?::uuid[])")) {
      Map<SiteName, Short> sites = sites(connection, copies.stream().map(c -> c.change().site()));
      new Columns<>(insert, copies)
          .add("bigint", copy -> copy.file().id())
          .add("smallint", copy -> sites.get(copy.change().site()))
          .add("smallint", copy -> FileRows.number(stateOf(copy.change())))
          .add("text", copy -> storedPath(copy.file(), copy.change().path()))
          .add("uuid", copy -> copy.change().bundle());
      insert.executeUpdate();
    }
  }

  /// Any change of state, or of the bundle, ends what was verified: that belongs to the bytes that
  /// were read.
  void update(Connection connection, CatalogFile file, Replica old, ReplicaChange change)
      throws SQLException {
    boolean keep = old.state() == change.to() && Objects.equals(old.bundle(), change.bundle());
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
            """
            UPDATE replica r SET state = ?, verified = seen.at, verified_how = seen.how
            FROM unnest(?::bigint[], ?::smallint[], ?::timestamptz[], ?::smallint[])
              AS seen(file_id, site, at, how)
            WHERE r.file_id = seen.file_id AND r.site = seen.site
            """)) {
      Map<SiteName, Short> sites = sites(connection, copies.stream().map(c -> c.replica().site()));
      Map<String, Short> hows = new HashMap<>();
      for (Agreed copy : copies) {
        hows.put(copy.how(), words.verification().id(connection, copy.how()));
      }
      update.setShort(1, FileRows.number(ReplicaState.AVAILABLE));
      new Columns<>(update, copies, 1)
          .add("bigint", copy -> copy.replica().fileId())
          .add("smallint", copy -> sites.get(copy.replica().site()))
          .add("timestamptz", copy -> copy.when().toString())
          .add("smallint", copy -> hows.get(copy.how()));
      update.executeUpdate();
    }
  }

  private Map<SiteName, Short> sites(Connection connection, Stream<SiteName> all)
      throws SQLException {
    Map<SiteName, Short> numbers = new HashMap<>();
    for (SiteName site : all.distinct().toList()) {
      numbers.put(site, words.site().id(connection, site.value()));
    }
    return numbers;
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
