package dev.firn.catalog.filecatalog;

import dev.firn.catalog.Sql;
import dev.firn.http.Json;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import tools.jackson.databind.node.ObjectNode;

/// Collections (a query with a name) and snapshots (the files that one found).
final class CollectionStore {
  /// The uuid that the catalog makes of a file's id, as `Uuids` does.
  private static final String MADE =
      "(lpad(to_hex(i.instance & ((1::bigint << 48) - 1)), 12, '0') || '8000'"
          + " || to_hex((1::bigint << 63) | f.id))::uuid::text";

  record Collection(UUID uuid, ObjectNode document) {}

  /// By uuid, else by name.
  Optional<Collection> find(Connection c, String wanted) throws SQLException {
    Optional<Collection> byUuid =
        wanted.matches("[0-9a-fA-F-]{32,36}")
            ? one(
                c,
                "SELECT uuid, document::text FROM filecatalog_collection WHERE uuid = ?",
                Document.uuid(wanted))
            : Optional.empty();
    return byUuid.isPresent()
        ? byUuid
        : one(
            c,
            "SELECT uuid, document::text FROM filecatalog_collection"
                + " WHERE md5(name) = md5(?) ORDER BY at LIMIT 1",
            LocationsSql.storable(wanted));
  }

  /// The uuids of a snapshot's files, in the order of their ids.
  List<String> files(Connection c, UUID snapshot) throws SQLException {
    List<String> files = new ArrayList<>();
    try (PreparedStatement select =
        c.prepareStatement(
            "SELECT coalesce(r.written, f.uuid::text, "
                + MADE
                + ") FROM filecatalog_snapshot_file m JOIN file f ON f.id = m.file_id"
                + " LEFT JOIN filecatalog_record r ON r.file_id = f.id"
                + " CROSS JOIN catalog_identity i WHERE m.snapshot = ? ORDER BY f.id")) {
      select.setObject(1, snapshot);
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          files.add(row.getString(1));
        }
      }
    }
    return files;
  }

  Optional<Collection> snapshot(Connection c, String wanted) throws SQLException {
    return wanted.matches("[0-9a-fA-F-]{32,36}")
        ? one(
            c,
            "SELECT uuid, document::text FROM filecatalog_snapshot WHERE uuid = ?",
            Document.uuid(wanted))
        : Optional.empty();
  }

  private static Optional<Collection> one(Connection c, String sql, Object value)
      throws SQLException {
    return list(c, new Sql().add(sql, value)).stream().findFirst();
  }

  List<Collection> all(Connection c, long start, int limit) throws SQLException {
    return list(
        c,
        new Sql()
            .add(
                "SELECT uuid, document::text FROM filecatalog_collection"
                    + " ORDER BY at OFFSET ? LIMIT ?",
                start,
                limit));
  }

  List<Collection> snapshots(Connection c, UUID collection, long start, int limit)
      throws SQLException {
    return list(
        c,
        new Sql()
            .add(
                "SELECT uuid, document::text FROM filecatalog_snapshot WHERE collection = ?"
                    + " ORDER BY at OFFSET ? LIMIT ?",
                collection,
                start,
                limit));
  }

  private static List<Collection> list(Connection c, Sql sql) throws SQLException {
    List<Collection> found = new ArrayList<>();
    try (PreparedStatement select = sql.prepare(c);
        ResultSet row = select.executeQuery()) {
      while (row.next()) {
        found.add(
            new Collection(
                row.getObject(1, UUID.class),
                (ObjectNode) Json.mapper().readTree(row.getString(2))));
      }
    }
    return found;
  }

  void insert(Connection c, UUID uuid, String name, ObjectNode document) throws SQLException {
    execute(
        c,
        new Sql()
            .add(
                "INSERT INTO filecatalog_collection(uuid, name, document) VALUES (?, ?, ?::jsonb)",
                uuid,
                name,
                document.toString()));
  }

  /// Freezes what a condition finds now, in no longer than any query may take.
  void insertSnapshot(Connection c, UUID uuid, UUID collection, ObjectNode document, Sql condition)
      throws SQLException {
    FileSearch.limitTime(c, Arguments.LONGEST_MILLIS);
    execute(
        c,
        new Sql()
            .add(
                "INSERT INTO filecatalog_snapshot(uuid, collection, document)"
                    + " VALUES (?, ?, ?::jsonb)",
                uuid,
                collection,
                document.toString()));
    execute(
        c,
        new Sql()
            .add(
                "INSERT INTO filecatalog_snapshot_file(snapshot, file_id)"
                    + " SELECT ?, f.id FROM file f WHERE f.state IN (1, 2) AND ",
                uuid)
            .add(condition));
  }

  private static void execute(Connection c, Sql sql) throws SQLException {
    try (PreparedStatement statement = sql.prepare(c)) {
      statement.executeUpdate();
    }
  }
}
