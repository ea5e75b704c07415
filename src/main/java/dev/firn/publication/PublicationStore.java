package dev.firn.publication;

import dev.firn.model.LogicalName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Rows of `publication`.
final class PublicationStore {
  /// The last change as harvesters see it: see [Publication#datestamp].
  private static final String STAMP =
      "CASE WHEN p.withdrawn IS NULL AND p.opens > p.changed AND p.opens <= ? THEN p.opens"
          + " ELSE p.changed END";

  private static final String SELECT =
      """
      SELECT p.id, p.slug, d.name AS dataset, d.digest, d.files, d.bytes, p.description::text AS
        description, p.published, p.changed, p.opens, p.withdrawn, p.reason,
        (SELECT n.slug FROM publication n WHERE n.supersedes = p.slug) AS successor
      FROM publication p JOIN dataset d ON d.id = p.dataset_id
      """;

  private PublicationStore() {}

  /// Lets one at a time date a change, until its transaction ends: dates and commits have one
  /// order.
  static void lockDates(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("SELECT pg_advisory_xact_lock(hashtext('firn datestamps'))");
    }
  }

  /// Waits until every change that has its date is committed.
  static void awaitDates(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("SELECT pg_advisory_xact_lock_shared(hashtext('firn datestamps'))");
    }
  }

  static Optional<Publication> find(Connection connection, String slug) throws SQLException {
    try (PreparedStatement select = connection.prepareStatement(SELECT + " WHERE p.slug = ?")) {
      select.setString(1, slug);
      return list(select).stream().findFirst();
    }
  }

  /// The slug of what has a DOI; their letters' case means nothing.
  static Optional<String> ofDoi(Connection connection, String doi) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT slug FROM publication WHERE lower(description->>'doi') = lower(?) LIMIT 1")) {
      select.setString(1, doi);
      try (ResultSet row = select.executeQuery()) {
        return row.next() ? Optional.of(row.getString(1)) : Optional.empty();
      }
    }
  }

  /// In the order of publishing.
  static List<Publication> list(Connection connection, int after, int limit) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(SELECT + " WHERE p.id > ? ORDER BY p.id LIMIT ?")) {
      select.setInt(1, after);
      select.setInt(2, limit);
      return list(select);
    }
  }

  /// A span of last changes, from where a harvester stopped.
  record Span(Instant from, Instant until, Instant afterStamp, int afterId) {}

  static List<Publication> changed(Connection connection, Span span, Instant now, int limit)
      throws SQLException {
    String sql =
        "WITH stamped AS (SELECT p.id, "
            + STAMP
            + " AS stamp FROM publication p) "
            + SELECT
            + " JOIN stamped s ON s.id = p.id"
            + " WHERE s.stamp >= ? AND s.stamp < ? AND (s.stamp, p.id) > (?, ?)"
            + " ORDER BY s.stamp, p.id LIMIT ?";
    try (PreparedStatement select = connection.prepareStatement(sql)) {
      select.setObject(1, at(now));
      select.setObject(2, at(span.from()));
      select.setObject(3, at(span.until()));
      select.setObject(4, at(span.afterStamp()));
      select.setInt(5, span.afterId());
      select.setInt(6, limit);
      return list(select);
    }
  }

  static long countChanged(Connection connection, Span span, Instant now) throws SQLException {
    String sql =
        "SELECT count(*) FROM (SELECT "
            + STAMP
            + " AS stamp FROM publication p) s"
            + " WHERE stamp >= ? AND stamp < ?";
    try (PreparedStatement select = connection.prepareStatement(sql)) {
      select.setObject(1, at(now));
      select.setObject(2, at(span.from()));
      select.setObject(3, at(span.until()));
      try (ResultSet row = select.executeQuery()) {
        row.next();
        return row.getLong(1);
      }
    }
  }

  /// Whether anything, and when first, was published.
  static Optional<Instant> earliest(Connection connection) throws SQLException {
    try (PreparedStatement select =
            connection.prepareStatement("SELECT min(changed) FROM publication");
        ResultSet row = select.executeQuery()) {
      row.next();
      return Optional.ofNullable(instant(row, 1));
    }
  }

  /// Adds one; false when its slug is taken.
  static boolean insert(
      Connection connection,
      String slug,
      int dataset,
      Description description,
      Instant now,
      @Nullable Instant opens)
      throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement(
            "INSERT INTO publication(slug, dataset_id, description, published, changed, opens,"
                + " supersedes) VALUES (?, ?, ?::jsonb, ?, ?, ?, ?) ON CONFLICT (slug) DO NOTHING")) {
      insert.setString(1, slug);
      insert.setInt(2, dataset);
      insert.setString(3, description.json());
      insert.setObject(4, at(now));
      insert.setObject(5, at(now));
      insert.setObject(6, opens == null ? null : at(opens));
      insert.setString(7, description.supersedes());
      return insert.executeUpdate() == 1;
    }
  }

  static void withdraw(Connection connection, int id, String reason, Instant now)
      throws SQLException {
    try (PreparedStatement update =
        connection.prepareStatement(
            "UPDATE publication SET withdrawn = ?, reason = ?, changed = ? WHERE id = ?")) {
      update.setObject(1, at(now));
      update.setString(2, reason);
      update.setObject(3, at(now));
      update.setInt(4, id);
      update.executeUpdate();
    }
  }

  /// Its page changed, as when another one replaces it.
  static void touch(Connection connection, String slug, Instant now) throws SQLException {
    try (PreparedStatement update =
        connection.prepareStatement("UPDATE publication SET changed = ? WHERE slug = ?")) {
      update.setObject(1, at(now));
      update.setString(2, slug);
      update.executeUpdate();
    }
  }

  /// Whether the live version of a name belongs to something that is open at `now`.
  static boolean opened(Connection connection, LogicalName name, Instant now) throws SQLException {
    if (name.isRoot()) {
      return false;
    }
    String path = name.toString();
    int slash = path.lastIndexOf('/');
    String sql =
        """
        SELECT EXISTS (
          SELECT FROM dir d JOIN file f ON f.dir_id = d.id AND f.state = 1
            JOIN dataset_file m ON m.file_id = f.id
            JOIN publication p ON p.dataset_id = m.dataset_id
          WHERE d.path = ? AND f.name = ? AND p.withdrawn IS NULL
            AND (p.opens IS NULL OR p.opens <= ?))
        """;
    try (PreparedStatement select = connection.prepareStatement(sql)) {
      select.setString(1, path.substring(0, slash));
      select.setString(2, path.substring(slash + 1));
      select.setObject(3, at(now));
      try (ResultSet row = select.executeQuery()) {
        row.next();
        return row.getBoolean(1);
      }
    }
  }

  private static List<Publication> list(PreparedStatement select) throws SQLException {
    List<Publication> found = new ArrayList<>();
    try (ResultSet row = select.executeQuery()) {
      while (row.next()) {
        found.add(
            new Publication(
                row.getInt("id"),
                row.getString("slug"),
                row.getString("dataset"),
                row.getString("digest"),
                row.getLong("files"),
                row.getLong("bytes"),
                Description.parse(row.getString("description")),
                moment(row, "published"),
                moment(row, "changed"),
                instant(row, row.findColumn("opens")),
                instant(row, row.findColumn("withdrawn")),
                row.getString("reason"),
                row.getString("successor")));
      }
    }
    return found;
  }

  private static Instant moment(ResultSet row, String column) throws SQLException {
    return row.getObject(column, OffsetDateTime.class).toInstant();
  }

  private static @Nullable Instant instant(ResultSet row, int column) throws SQLException {
    OffsetDateTime at = row.getObject(column, OffsetDateTime.class);
    return at == null ? null : at.toInstant();
  }

  private static OffsetDateTime at(Instant moment) {
    return moment.atOffset(ZoneOffset.UTC);
  }
}
