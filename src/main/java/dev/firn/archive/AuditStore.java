package dev.firn.archive;

import dev.firn.database.Database;
import dev.firn.model.SiteName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Custody and the readings it rests on.
final class AuditStore {
  private final Database database;

  AuditStore(Database database) {
    this.database = database;
  }

  /// What the schedule has to know of every site that has something in custody.
  ///
  /// @param since from when on bytes count as read lately
  /// @param but bundles that are left out for now
  List<AuditSchedule.View> views(Instant since, Set<UUID> but) {
    return database.read(c -> {
      List<AuditSchedule.View> views = new ArrayList<>();
      for (SiteName site : sites(c)) {
        views.add(
            new AuditSchedule.View(site, readSince(c, site, since), longestUnread(c, site, but)));
      }
      return views;
    });
  }

  private static List<SiteName> sites(Connection connection) throws SQLException {
    // One probe of the index for each site, however many bundles there are.
    String sql =
        "WITH RECURSIVE s AS (SELECT min(site) AS site FROM bundle UNION ALL"
            + " SELECT (SELECT min(b.site) FROM bundle b WHERE b.site > s.site) FROM s"
            + " WHERE s.site IS NOT NULL) SELECT site FROM s WHERE site IS NOT NULL";
    List<SiteName> sites = new ArrayList<>();
    try (PreparedStatement select = connection.prepareStatement(sql);
        ResultSet row = select.executeQuery()) {
      while (row.next()) {
        sites.add(new SiteName(row.getString(1)));
      }
    }
    return sites;
  }

  private static long readSince(Connection connection, SiteName site, Instant since)
      throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT coalesce(sum(bytes), 0)::bigint FROM audit WHERE site = ? AND at > ?"
                + " AND kind = 'fixity'")) {
      select.setString(1, site.value());
      select.setTimestamp(2, Timestamp.from(since));
      try (ResultSet row = select.executeQuery()) {
        row.next();
        return row.getLong(1);
      }
    }
  }

  private static Optional<AuditSchedule.Candidate> longestUnread(
      Connection connection, SiteName site, Set<UUID> but) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT uuid, size, audited FROM bundle WHERE site = ?"
                + " AND state IN ('unread', 'verified') AND lease_until <= now()"
                + " AND NOT uuid = ANY(?)"
                + " ORDER BY audited NULLS FIRST, uuid LIMIT 1")) {
      select.setString(1, site.value());
      select.setArray(2, connection.createArrayOf("uuid", but.toArray()));
      try (ResultSet row = select.executeQuery()) {
        if (!row.next()) {
          return Optional.empty();
        }
        @Nullable Timestamp audited = row.getTimestamp(3);
        return Optional.of(
            new AuditSchedule.Candidate(
                row.getObject(1, UUID.class),
                row.getLong(2),
                audited == null ? null : audited.toInstant()));
      }
    }
  }

  /// One site's archive as its funding agency wants to know it.
  ///
  /// @param within read in full since the asked time
  /// @param oldest when the copy that has gone unread for longest was read; null when one never was
  /// @param readings full readings since the asked time, and what they found
  record SiteReport(
      String site,
      long bundles,
      long files,
      long bytes,
      long unread,
      long within,
      @Nullable Instant oldest,
      long damaged,
      long quarantined,
      long readings,
      long bytesRead,
      long differing,
      long repaired) {}

  List<SiteReport> report(Instant since) {
    String sql =
        """
        SELECT b.site, count(*), coalesce(sum(b.file_count), 0)::bigint, coalesce(sum(b.size), 0)::bigint,
          count(*) FILTER (WHERE b.state = 'unread'), count(*) FILTER (WHERE b.audited > ?),
          CASE WHEN count(*) FILTER (WHERE b.audited IS NULL) = 0 THEN min(b.audited) END,
          count(*) FILTER (WHERE b.state = 'damaged'), count(*) FILTER (WHERE b.state = 'quarantined'),
          coalesce(max(a.readings), 0), coalesce(max(a.bytes), 0)::bigint, coalesce(max(a.differing), 0),
          coalesce(max(a.repaired), 0)
        FROM bundle b LEFT JOIN (
          SELECT site, count(*) AS readings, sum(bytes) AS bytes,
            count(*) FILTER (WHERE verdict IN ('differs', 'missing')) AS differing,
            count(*) FILTER (WHERE kind = 'repair' AND verdict = 'agrees') AS repaired
          FROM audit WHERE at > ? GROUP BY site) a ON a.site = b.site
        WHERE b.state IN ('unread', 'verified', 'damaged', 'quarantined')
        GROUP BY b.site ORDER BY b.site\
        """;
    return database.read(c -> {
      try (PreparedStatement select = c.prepareStatement(sql)) {
        select.setTimestamp(1, Timestamp.from(since));
        select.setTimestamp(2, Timestamp.from(since));
        List<SiteReport> reports = new ArrayList<>();
        try (ResultSet row = select.executeQuery()) {
          while (row.next()) {
            @Nullable Timestamp oldest = row.getTimestamp(7);
            reports.add(
                new SiteReport(
                    row.getString(1),
                    row.getLong(2),
                    row.getLong(3),
                    row.getLong(4),
                    row.getLong(5),
                    row.getLong(6),
                    oldest == null ? null : oldest.toInstant(),
                    row.getLong(8),
                    row.getLong(9),
                    row.getLong(10),
                    row.getLong(11),
                    row.getLong(12),
                    row.getLong(13)));
          }
        }
        return reports;
      }
    });
  }

  /// One full reading of an archived copy.
  ///
  /// @param kind `custody`, `fixity` or `repair`
  /// @param verdict `agrees`, `differs`, `missing` or `unreadable`
  record Reading(
      Bundle bundle, Instant at, String kind, String verdict, long bytes, String detail) {}

  static void record(Connection connection, Reading reading) throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement(
            "INSERT INTO audit(bundle, site, at, kind, verdict, bytes, detail)"
                + " VALUES (?, ?, ?, ?, ?, ?, ?)")) {
      insert.setObject(1, reading.bundle.uuid());
      insert.setString(2, reading.bundle.site().value());
      insert.setTimestamp(3, Timestamp.from(reading.at));
      insert.setString(4, reading.kind);
      insert.setString(5, reading.verdict);
      insert.setLong(6, reading.bytes);
      insert.setString(7, reading.detail);
      insert.executeUpdate();
    }
  }

  /// Writes down that an archive has accepted a bundle, or was read again.
  static void accept(Connection connection, Bundle bundle, String how, Instant at)
      throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement(
            "INSERT INTO custody(bundle, site, accepted, how, last_read) VALUES (?, ?, ?, ?, ?)"
                + " ON CONFLICT (bundle) DO UPDATE SET last_read = excluded.last_read,"
                + " how = excluded.how, reads = custody.reads + 1")) {
      insert.setObject(1, bundle.uuid());
      insert.setString(2, bundle.site().value());
      insert.setTimestamp(3, Timestamp.from(at));
      insert.setString(4, how);
      insert.setTimestamp(5, Timestamp.from(at));
      insert.executeUpdate();
    }
  }

  /// A bundle in custody, as shown.
  record Custody(
      UUID bundle,
      String site,
      String name,
      String state,
      long files,
      long bytes,
      Instant accepted,
      Instant lastRead,
      long reads,
      String how) {}

  static List<Custody> custody(Database database, int limit) {
    return database.read(c -> {
      try (PreparedStatement select =
          c.prepareStatement(
              "SELECT b.uuid, b.site, b.name, b.state, b.file_count, b.size, c.accepted,"
                  + " c.last_read, c.reads, c.how FROM custody c JOIN bundle b"
                  + " ON b.uuid = c.bundle ORDER BY b.created DESC, b.uuid LIMIT ?")) {
        select.setInt(1, limit);
        List<Custody> all = new ArrayList<>();
        try (ResultSet row = select.executeQuery()) {
          while (row.next()) {
            all.add(
                new Custody(
                    row.getObject(1, UUID.class),
                    row.getString(2),
                    row.getString(3),
                    row.getString(4),
                    row.getLong(5),
                    row.getLong(6),
                    row.getTimestamp(7).toInstant(),
                    row.getTimestamp(8).toInstant(),
                    row.getLong(9),
                    row.getString(10)));
          }
        }
        return all;
      }
    });
  }
}
