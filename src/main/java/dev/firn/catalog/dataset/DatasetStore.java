package dev.firn.catalog.dataset;

import dev.firn.catalog.CatalogQueries;
import dev.firn.model.LogicalName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/// Rows of `dataset`, `dataset_file` and `dataset_part`.
final class DatasetStore {
  private static final String SELECT =
      """
      SELECT d.id, d.name, d.kind, d.query, d.digest, d.owner, d.description, d.created,
        CASE d.kind WHEN 'snapshot' THEN d.files WHEN 'set' THEN t.files END AS files,
        CASE d.kind WHEN 'snapshot' THEN d.bytes WHEN 'set' THEN t.bytes END AS bytes,
        ARRAY(SELECT p.name FROM dataset_part c JOIN dataset p ON p.id = c.part
              WHERE c.container = d.id ORDER BY p.name) AS parts
      FROM dataset d LEFT JOIN LATERAL (
        SELECT count(*) AS files, coalesce(sum(f.size), 0)::bigint AS bytes
        FROM dataset_file m JOIN file f ON f.id = m.file_id
        WHERE m.dataset_id = d.id AND d.kind = 'set') t ON true
      """;

  private DatasetStore() {}

  static boolean insert(
      Connection connection,
      String name,
      Dataset.Kind kind,
      @Nullable String query,
      String description,
      String owner)
      throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement(
            "INSERT INTO dataset(name, kind, query, description, owner) VALUES (?, ?, ?, ?, ?)"
                + " ON CONFLICT (name) DO NOTHING")) {
      insert.setString(1, name);
      insert.setString(2, kind.label());
      insert.setString(3, query);
      insert.setString(4, description);
      insert.setString(5, owner);
      return insert.executeUpdate() == 1;
    }
  }

  static Optional<Dataset> find(Connection connection, String name) throws SQLException {
    try (PreparedStatement select = connection.prepareStatement(SELECT + " WHERE d.name = ?")) {
      select.setString(1, name);
      return datasets(select).stream().findFirst();
    }
  }

  static List<Dataset> list(Connection connection, String after, int limit) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(SELECT + " WHERE d.name > ? ORDER BY d.name LIMIT ?")) {
      select.setString(1, after);
      select.setInt(2, limit);
      return datasets(select);
    }
  }

  private static List<Dataset> datasets(PreparedStatement select) throws SQLException {
    List<Dataset> found = new ArrayList<>();
    try (ResultSet row = select.executeQuery()) {
      while (row.next()) {
        found.add(
            new Dataset(
                row.getInt("id"),
                row.getString("name"),
                Dataset.Kind.ofLabel(row.getString("kind")).orElseThrow(),
                row.getString("query"),
                row.getString("digest"),
                row.getObject("files", Long.class),
                row.getObject("bytes", Long.class),
                row.getString("owner"),
                row.getString("description"),
                row.getObject("created", OffsetDateTime.class).toInstant(),
                List.of((String[]) row.getArray("parts").getArray())));
      }
    }
    return found;
  }

  static int add(Connection connection, int dataset, List<Long> files) throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement(
            "INSERT INTO dataset_file(dataset_id, file_id)"
                + " SELECT DISTINCT ?::int, unnest(?::bigint[]) ON CONFLICT DO NOTHING")) {
      insert.setInt(1, dataset);
      insert.setArray(2, connection.createArrayOf("bigint", files.toArray()));
      return insert.executeUpdate();
    }
  }

  /// All members of these names, also those whose files were replaced or are gone.
  static int remove(Connection connection, int dataset, Collection<LogicalName> files)
      throws SQLException {
    try (PreparedStatement delete =
        connection.prepareStatement(
            "DELETE FROM dataset_file m USING file f JOIN dir d ON d.id = f.dir_id"
                + " WHERE m.dataset_id = ? AND f.id = m.file_id AND (d.path, f.name) IN"
                + " (SELECT * FROM unnest(?::text[], ?::text[]))")) {
      delete.setInt(1, dataset);
      delete.setArray(
          2,
          connection.createArrayOf(
              "text", files.stream().map(f -> f.parent().toString()).toArray()));
      delete.setArray(
          3,
          connection.createArrayOf("text", files.stream().map(LogicalName::lastSegment).toArray()));
      return delete.executeUpdate();
    }
  }

  /// All that a statement of the catalog yields, inside the database.
  static long addAll(Connection connection, int dataset, CatalogQueries.Ids ids)
      throws SQLException {
    try (PreparedStatement insert =
        ids.prepare(
            connection,
            "INSERT INTO dataset_file(dataset_id, file_id) SELECT " + dataset + ", found.id FROM (",
            ") found(id) ON CONFLICT DO NOTHING")) {
      return insert.executeLargeUpdate();
    }
  }

  /// Keeps two changes of containers from making a circle together.
  static void lock(Connection connection) throws SQLException {
    try (Statement lock = connection.createStatement()) {
      lock.execute("LOCK TABLE dataset_part IN SHARE ROW EXCLUSIVE MODE");
    }
  }

  /// Whether a container holds another dataset, at any depth.
  static boolean holds(Connection connection, int container, int part) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            "WITH RECURSIVE held(id) AS (SELECT part FROM dataset_part WHERE container = ? UNION"
                + " SELECT p.part FROM dataset_part p JOIN held h ON p.container = h.id)"
                + " SELECT 1 FROM held WHERE id = ?")) {
      select.setInt(1, container);
      select.setInt(2, part);
      try (ResultSet row = select.executeQuery()) {
        return row.next();
      }
    }
  }

  static boolean put(Connection connection, int container, int part) throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement(
            "INSERT INTO dataset_part(container, part) VALUES (?, ?) ON CONFLICT DO NOTHING")) {
      insert.setInt(1, container);
      insert.setInt(2, part);
      return insert.executeUpdate() == 1;
    }
  }

  /// A snapshot that is being taken: until it is frozen its digest is empty. None when there is a
  /// dataset of this name; one that is just being made is waited for.
  static OptionalInt begin(
      Connection connection, String name, String query, String description, String owner)
      throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement(
            "INSERT INTO dataset(name, kind, query, description, owner, digest)"
                + " VALUES (?, 'snapshot', ?, ?, ?, '') ON CONFLICT (name) DO NOTHING"
                + " RETURNING id")) {
      insert.setString(1, name);
      insert.setString(2, query);
      insert.setString(3, description);
      insert.setString(4, owner);
      try (ResultSet row = insert.executeQuery()) {
        return row.next() ? OptionalInt.of(row.getInt(1)) : OptionalInt.empty();
      }
    }
  }

  static void freeze(Connection connection, int snapshot, String digest) throws SQLException {
    try (PreparedStatement update =
        connection.prepareStatement(
            "UPDATE dataset SET digest = ?, (files, bytes) = (SELECT count(*),"
                + " coalesce(sum(f.size), 0) FROM dataset_file m JOIN file f ON f.id = m.file_id"
                + " WHERE m.dataset_id = dataset.id) WHERE id = ?")) {
      update.setString(1, digest);
      update.setInt(2, snapshot);
      update.executeUpdate();
    }
  }

  /// Removes a snapshot that was taken in this transaction and is not kept.
  static void discard(Connection connection, int snapshot) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("DELETE FROM dataset WHERE id = " + snapshot);
    }
  }
}
