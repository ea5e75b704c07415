package dev.firn.archive.request;

import dev.firn.catalog.CatalogFile;
import dev.firn.database.History;
import dev.firn.database.HistoryEntry;
import dev.firn.model.SiteName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Timestamp;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// The tables of `V111__archive_requests.sql`.
final class RequestStore {
  static final String KIND = "archive-request";
  static final String SITE_KIND = "archive-site";

  private static final String REQUEST =
      "SELECT r.id, r.site, r.query, r.who, r.made, r.cancelled, count(f.file_id),"
          + " coalesce(sum(f.size), 0), count(*) FILTER (WHERE f.state = 'waiting'),"
          + " count(*) FILTER (WHERE b.state = 'verified'),"
          + " count(*) FILTER (WHERE f.state = 'refused'), count(DISTINCT f.bundle)"
          + " FROM archive_request r LEFT JOIN archive_request_file f ON f.request = r.id"
          + " LEFT JOIN bundle b ON b.uuid = f.bundle";

  private RequestStore() {}

  static long insert(Connection c, ArchiveRequests.Wanted wanted, String who) throws SQLException {
    try (PreparedStatement insert =
        c.prepareStatement(
            "INSERT INTO archive_request(site, query, who) VALUES (?, ?, ?)",
            Statement.RETURN_GENERATED_KEYS)) {
      insert.setString(1, wanted.site().value());
      insert.setString(2, wanted.query().toString());
      insert.setString(3, who);
      insert.executeUpdate();
      try (ResultSet row = insert.getGeneratedKeys()) {
        row.next();
        long id = row.getLong(1);
        String why = "to " + wanted.site() + ": " + wanted.query();
        History.record(c, new HistoryEntry(KIND, Long.toString(id), who, why, null, "waiting"));
        return id;
      }
    }
  }

  /// @return how many were taken: what another request has taken meanwhile is not
  static int insert(Connection c, long id, SiteName site, List<CatalogFile> files)
      throws SQLException {
    try (PreparedStatement insert =
        c.prepareStatement(
            "INSERT INTO archive_request_file(request, file_id, site, size)"
                + " SELECT ?, f.id, ?, f.size FROM unnest(?::bigint[], ?::bigint[]) AS f(id, size)"
                + " ON CONFLICT DO NOTHING")) {
      insert.setLong(1, id);
      insert.setString(2, site.value());
      insert.setArray(3, c.createArrayOf("bigint", files.stream().map(CatalogFile::id).toArray()));
      insert.setArray(
          4, c.createArrayOf("bigint", files.stream().map(CatalogFile::size).toArray()));
      return insert.executeUpdate();
    }
  }

  /// Which of these files a rule or a request is bringing to a site in a bundle.
  static Set<Long> underWay(Connection c, SiteName site, Collection<Long> files)
      throws SQLException {
    try (PreparedStatement select =
        c.prepareStatement(
            "SELECT file_id FROM archive_request_file WHERE site = ? AND file_id = ANY(?)"
                + " AND state IN ('waiting', 'bundled') UNION"
                + " SELECT file_id FROM copy_request WHERE site = ? AND file_id = ANY(?)"
                + " AND state IN ('held', 'open', 'assigned', 'done')")) {
      for (int i = 1; i <= 3; i += 2) {
        select.setString(i, site.value());
        select.setArray(i + 1, c.createArrayOf("bigint", files.toArray()));
      }
      Set<Long> found = new HashSet<>();
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          found.add(row.getLong(1));
        }
      }
      return found;
    }
  }

  static Optional<ArchiveRequest> find(Connection c, long id) throws SQLException {
    try (PreparedStatement select = c.prepareStatement(REQUEST + " WHERE r.id = ? GROUP BY r.id")) {
      select.setLong(1, id);
      return rows(select).stream().findFirst();
    }
  }

  static List<ArchiveRequest> list(Connection c, int limit) throws SQLException {
    try (PreparedStatement select =
        c.prepareStatement(
            REQUEST
                + " WHERE r.id IN (SELECT id FROM archive_request ORDER BY id DESC LIMIT ?)"
                + " GROUP BY r.id ORDER BY r.id DESC")) {
      select.setInt(1, limit);
      return rows(select);
    }
  }

  private static List<ArchiveRequest> rows(PreparedStatement select) throws SQLException {
    List<ArchiveRequest> requests = new ArrayList<>();
    try (ResultSet row = select.executeQuery()) {
      while (row.next()) {
        Timestamp cancelled = row.getTimestamp(6);
        requests.add(
            new ArchiveRequest(
                row.getLong(1),
                new SiteName(row.getString(2)),
                row.getString(3),
                row.getString(4),
                row.getTimestamp(5).toInstant(),
                cancelled == null ? null : cancelled.toInstant(),
                row.getLong(7),
                row.getLong(8),
                row.getLong(9),
                row.getLong(10),
                row.getLong(11),
                row.getLong(12)));
      }
    }
    return requests;
  }

  static boolean cancel(Connection c, long id, String who) throws SQLException {
    try (PreparedStatement update =
        c.prepareStatement(
            "UPDATE archive_request SET cancelled = now() WHERE id = ? AND cancelled IS NULL")) {
      update.setLong(1, id);
      if (update.executeUpdate() == 0) {
        return false;
      }
    }
    try (PreparedStatement update =
        c.prepareStatement(
            "UPDATE archive_request_file SET state = 'cancelled'"
                + " WHERE request = ? AND state = 'waiting'")) {
      update.setLong(1, id);
      String why = update.executeUpdate() + " files given up that were in no bundle";
      History.record(c, new HistoryEntry(KIND, Long.toString(id), who, why, null, "cancelled"));
    }
    return true;
  }

  static void drain(Connection c, SiteName site, boolean drained, String why, String who)
      throws SQLException {
    try (PreparedStatement insert =
        c.prepareStatement(
            "INSERT INTO archive_site(site, drained, why, set_by) VALUES (?, ?, ?, ?)"
                + " ON CONFLICT (site) DO UPDATE SET drained = excluded.drained,"
                + " why = excluded.why, set_by = excluded.set_by, set_at = now()")) {
      insert.setString(1, site.value());
      insert.setBoolean(2, drained);
      insert.setString(3, why);
      insert.setString(4, who);
      insert.executeUpdate();
    }
    History.record(
        c,
        new HistoryEntry(
            SITE_KIND, site.value(), who, why, null, drained ? "drained" : "accepting"));
  }
}
