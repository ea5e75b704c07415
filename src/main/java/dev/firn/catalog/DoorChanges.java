package dev.firn.catalog;

import dev.firn.catalog.RegisterOutcome.AlreadyThere;
import dev.firn.catalog.RegisterOutcome.Conflict;
import dev.firn.catalog.RegisterOutcome.Difference;
import dev.firn.database.History;
import dev.firn.model.LogicalName;
import dev.firn.model.ReplicaState;
import dev.firn.model.SiteName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// What happened in a catalogued storage area, as its door tells it.
///
/// Names at the area are logical names. Only copies that lie where their file's name says are
/// touched: what is recorded at another path of the site is not what the door spoke of.
final class DoorChanges {
  static final String STORED = "stored through the door";

  private final FileStore files;
  private final Changes changes;
  private final Directories directories;
  private final Words words;

  DoorChanges(FileStore files, Changes changes, Directories directories, Words words) {
    this.files = files;
    this.changes = changes;
    this.directories = directories;
    this.words = words;
  }

  /// Bytes were stored under a name. The same content is the same file version; another content is
  /// a new version, and the old one stays on record with the copies it has elsewhere.
  ///
  /// Where the door created the name (`replaced` is false) but the catalog knows it with another
  /// content kept elsewhere, it is a conflict: the right to create is not the right to replace.
  RegisterOutcome stored(
      Connection connection, NewFile offered, boolean replaced, SiteName site, String who)
      throws SQLException {
    Cause cause = new Cause(who, replaced ? "replaced through the door" : STORED);
    Optional<CatalogFile> known = files.find(connection, offered.name(), true);
    if (known.isPresent()) {
      List<Difference> differences = Registration.contentDifferences(known.get(), offered);
      if (differences.isEmpty()) {
        return new AlreadyThere(arrived(connection, known.get(), site, cause), true);
      }
      boolean elsewhere = known.get().replicas().stream().anyMatch(r -> !r.site().equals(site));
      if (!replaced && elsewhere) {
        return new Conflict(known.get(), differences);
      }
      supersede(connection, known.get(), site, cause);
    }
    return changes.register(connection, offered, site, offered.name(), cause);
  }

  /// New whole bytes lie at the site, whatever was thought of the copy before.
  private CatalogFile arrived(Connection connection, CatalogFile file, SiteName site, Cause cause)
      throws SQLException {
    Optional<Replica> old = file.replicaAt(site);
    ReplicaChange available =
        ReplicaChange.to(file.id(), site, ReplicaState.AVAILABLE).at(file.name());
    if (old.isPresent() && old.get().state() != ReplicaState.AVAILABLE) {
      changes.apply(connection, file, old.get(), available, cause);
    } else {
      changes.setReplica(connection, file, available, cause);
    }
    return changes.load(connection, file.id(), false);
  }

  private void supersede(Connection connection, CatalogFile file, SiteName site, Cause cause)
      throws SQLException {
    files.setState(connection, file.id(), FileRows.SUPERSEDED);
    History.record(connection, Changes.fileEntry(file.id(), "live", "superseded", cause, null));
    Optional<Replica> copy = file.replicaAt(site).filter(r -> r.path().equals(file.name()));
    if (copy.isPresent()) {
      changes.apply(connection, file, copy.get(), ReplicaChange.gone(file.id(), site), cause);
    }
  }

  /// A file, or a directory with all that lies below it, was removed at a site. A file with no copy
  /// left is gone and its name free. Returns how many copies went.
  int removed(Connection connection, LogicalName name, SiteName site, String who)
      throws SQLException {
    Cause cause = new Cause(who, "removed through the door");
    int copies = 0;
    Optional<CatalogFile> file = files.find(connection, name, true);
    if (file.isPresent()) {
      Optional<Replica> copy = file.get().replicaAt(site).filter(r -> r.path().equals(name));
      if (copy.isPresent()) {
        ReplicaChange gone = ReplicaChange.gone(file.get().id(), site);
        changes.apply(connection, file.get(), copy.get(), gone, cause);
        copies++;
        if (file.get().replicas().size() == 1) {
          files.setState(connection, file.get().id(), FileRows.GONE);
          History.record(
              connection, Changes.fileEntry(file.get().id(), "live", "gone", cause, null));
        }
      }
    }
    for (Map.Entry<Integer, LogicalName> directory : tree(connection, name).entrySet()) {
      copies += removeIn(connection, directory, site, cause);
    }
    return copies;
  }

  private int removeIn(
      Connection connection, Map.Entry<Integer, LogicalName> directory, SiteName site, Cause cause)
      throws SQLException {
    String sql =
        """
        WITH hit AS (
          SELECT f.id, r.state, ? || '/' || f.name AS path,
            NOT EXISTS (SELECT FROM replica o WHERE o.file_id = f.id AND o.site <> r.site) AS last
          FROM file f JOIN replica r ON r.file_id = f.id AND r.site = ? AND r.path IS NULL
          WHERE f.dir_id = ? AND f.state = 1 ORDER BY f.id FOR UPDATE OF f
        ), copy AS (
          DELETE FROM replica r USING hit WHERE r.file_id = hit.id AND r.site = ?
        ), gone AS (
          UPDATE file f SET state = 3 FROM hit WHERE f.id = hit.id AND hit.last
        ), told AS (
          INSERT INTO history(subject_kind, subject_id, who, why, from_state, to_state, detail)
          SELECT 'replica', id::text, ?, ?,
            (ARRAY['copying', 'available', 'suspect', 'bad', 'deleting'])[state], NULL,
            ?::jsonb || jsonb_build_object('path', path)
          FROM hit
          UNION ALL
          SELECT 'file', id::text, ?, ?, 'live', 'gone', NULL FROM hit WHERE last
        ) SELECT count(*) FROM hit
        """;
    short siteId = words.site().id(connection, site.value());
    lockIn(connection, directory.getKey(), siteId, null);
    try (PreparedStatement remove = connection.prepareStatement(sql)) {
      remove.setString(1, Directories.path(directory.getValue()));
      remove.setShort(2, siteId);
      remove.setInt(3, directory.getKey());
      remove.setShort(4, siteId);
      remove.setString(5, cause.who());
      remove.setString(6, cause.why());
      remove.setString(7, atSite(site).toString());
      remove.setString(8, cause.who());
      remove.setString(9, cause.why());
      int changed = count(remove);
      if (changed > 0) {
        History.wrote();
      }
      return changed;
    }
  }

  /// Waits for whoever changes files of a directory, or the one of a name: a statement that waits
  /// itself goes on with the copies that there were when it began.
  private static void lockIn(
      Connection connection, int directory, short site, @Nullable String name) throws SQLException {
    try (PreparedStatement lock =
        connection.prepareStatement(
            "SELECT count(*) FROM (SELECT FROM file f JOIN replica r ON r.file_id = f.id"
                + " AND r.site = ? AND r.path IS NULL WHERE f.dir_id = ? AND f.state = 1"
                + " AND (?::text IS NULL OR f.name = ?) ORDER BY f.id FOR UPDATE OF f) locked")) {
      lock.setShort(1, site);
      lock.setInt(2, directory);
      lock.setString(3, name);
      lock.setString(4, name);
      lock.executeQuery().close();
    }
  }

  /// A file, or a directory with all that lies below it, has another name at a site now. What was
  /// moved takes its record along; copies elsewhere keep the path they have. Returns how many files
  /// were moved.
  int moved(Connection connection, LogicalName from, LogicalName to, SiteName site, String who)
      throws SQLException {
    if (from.equals(to)) {
      return 0;
    }
    Cause cause = new Cause(who, "moved through the door from " + from + " to " + to);
    int moved = 0;
    Optional<CatalogFile> file = files.find(connection, from, true);
    if (file.flatMap(f -> f.replicaAt(site)).filter(r -> r.path().equals(from)).isPresent()) {
      makeRoom(connection, to, site, cause);
      moved +=
          moveIn(connection, new DirectoryMove(from.parent(), to.parent(), from, to), site, cause);
    }
    for (Map.Entry<Integer, LogicalName> directory : tree(connection, from).entrySet()) {
      LogicalName target = to.resolve(directory.getValue().below(from));
      makeRoomIn(connection, directory.getKey(), target, site, cause);
      moved +=
          moveIn(
              connection, new DirectoryMove(directory.getValue(), target, null, null), site, cause);
    }
    return moved;
  }

  /// What a move overwrites is superseded.
  private void makeRoom(Connection connection, LogicalName to, SiteName site, Cause cause)
      throws SQLException {
    Optional<CatalogFile> taken = files.find(connection, to, true);
    if (taken.isPresent()) {
      supersede(connection, taken.get(), site, cause);
    }
  }

  private void makeRoomIn(
      Connection connection, int from, LogicalName target, SiteName site, Cause cause)
      throws SQLException {
    Optional<Integer> existing = directories.find(connection, target);
    if (existing.isEmpty()) {
      return;
    }
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT t.name FROM file t JOIN file f ON f.dir_id = ? AND f.state = 1"
                + " AND f.name = t.name WHERE t.dir_id = ? AND t.state = 1")) {
      select.setInt(1, from);
      select.setInt(2, existing.get());
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          makeRoom(connection, target.child(row.getString(1)), site, cause);
        }
      }
    }
  }

  /// A move of one file, or of all files directly in a directory when `file` is null.
  private record DirectoryMove(
      LogicalName from, LogicalName to, @Nullable LogicalName file, @Nullable LogicalName target) {}

  private int moveIn(Connection connection, DirectoryMove move, SiteName site, Cause cause)
      throws SQLException {
    String sql =
        """
        WITH moving AS (
          SELECT f.id, f.name
          FROM file f JOIN replica r ON r.file_id = f.id AND r.site = ? AND r.path IS NULL
          WHERE f.dir_id = ? AND f.state = 1 AND (?::text IS NULL OR f.name = ?)
          ORDER BY f.id FOR UPDATE OF f
        ), kept AS (
          UPDATE replica r SET path = ? || '/' || m.name
          FROM moving m WHERE r.file_id = m.id AND r.site <> ? AND r.path IS NULL
        ), moved AS (
          UPDATE file f SET dir_id = ?, name = coalesce(?, f.name) FROM moving m WHERE f.id = m.id
        ), told AS (
          INSERT INTO history(subject_kind, subject_id, who, why, from_state, to_state, detail)
          SELECT 'file', id::text, ?, ?, 'live', 'live',
            ?::jsonb || jsonb_build_object('from', ? || '/' || name) FROM moving
        ) SELECT count(*) FROM moving
        """;
    int source = directories.require(connection, move.from());
    int target = directories.require(connection, move.to());
    short siteId = words.site().id(connection, site.value());
    String only = move.file() == null ? null : move.file().lastSegment();
    lockIn(connection, source, siteId, only);
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setShort(1, siteId);
      statement.setInt(2, source);
      statement.setString(3, only);
      statement.setString(4, only);
      statement.setString(5, Directories.path(move.from()));
      statement.setShort(6, siteId);
      statement.setInt(7, target);
      statement.setString(8, move.target() == null ? null : move.target().lastSegment());
      statement.setString(9, cause.who());
      statement.setString(10, cause.why());
      statement.setString(11, atSite(site).toString());
      statement.setString(12, Directories.path(move.from()));
      int changed = count(statement);
      if (changed > 0) {
        History.wrote();
      }
      return changed;
    }
  }

  /// A directory and all below it that have rows, by id, in the order of their paths.
  private static Map<Integer, LogicalName> tree(Connection connection, LogicalName top)
      throws SQLException {
    Map<Integer, LogicalName> found = new LinkedHashMap<>();
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT id, path FROM dir WHERE path = ? UNION ALL"
                + " SELECT id, path FROM dir WHERE path >= ? AND path < ? ORDER BY path")) {
      String path = Directories.path(top);
      select.setString(1, path);
      select.setString(2, path + "/");
      select.setString(3, path + "0"); // the character after '/'
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          found.put(row.getInt(1), Directories.name(row.getString(2)));
        }
      }
    }
    return found;
  }

  private static ObjectNode atSite(SiteName site) {
    return JsonNodeFactory.instance.objectNode().put("site", site.value());
  }

  private static int count(PreparedStatement statement) throws SQLException {
    try (ResultSet row = statement.executeQuery()) {
      row.next();
      return row.getInt(1);
    }
  }
}
