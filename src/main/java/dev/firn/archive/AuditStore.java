package dev.firn.archive;

import dev.firn.database.Database;
import dev.firn.model.SiteName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.sql.Types;
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

  /// What is read: whole copies, or some members of them.
  enum Kind {
    FULL("fixity", "audited"),
    SAMPLE("sample", "sampled");

    private final String label;
    private final String column;

    Kind(String label, String column) {
      this.label = label;
      this.column = column;
    }
  }

  /// What the schedule has to know of a site.
  ///
  /// @param since from when on bytes count as read lately
  /// @param but bundles that are left out for now
  AuditSchedule.View view(Kind kind, SiteName site, Instant since, Set<UUID> but) {
    return database.read(c ->
        new AuditSchedule.View(
            site, readSince(c, kind, site, since), longestUnread(c, kind, site, but)));
  }

  /// The sites that have something in custody.
  List<SiteName> sites() {
    return database.read(AuditStore::sites);
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

  private static long readSince(Connection connection, Kind kind, SiteName site, Instant since)
      throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT coalesce(sum(bytes), 0)::bigint FROM audit WHERE site = ? AND at > ?"
                + " AND kind = ?")) {
      select.setString(1, site.value());
      select.setTimestamp(2, Timestamp.from(since));
      select.setString(3, kind.label);
      try (ResultSet row = select.executeQuery()) {
        row.next();
        return row.getLong(1);
      }
    }
  }

  private static Optional<AuditSchedule.Candidate> longestUnread(
      Connection connection, Kind kind, SiteName site, Set<UUID> but) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT uuid, size, %1$s FROM bundle WHERE site = ? AND state IN ('unread', 'verified')"
                    .formatted(kind.column)
                + " AND lease_until <= now() AND NOT uuid = ANY(?)"
                + " ORDER BY %1$s NULLS FIRST, uuid LIMIT 1".formatted(kind.column))) {
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
  /// @param unread never read in full since it is in custody
  /// @param onWord of these, verified by a checksum that the site gave
  /// @param within read in full since the asked time
  /// @param oldest when the copy that has gone unread for longest was read; null when one never was
  /// @param readings full readings since the asked time, and the bytes of them
  /// @param sampled bundles of which a part was read since the asked time
  /// @param found what readings of either kind found since the asked time
  record SiteReport(
      String site,
      long bundles,
      long files,
      long bytes,
      long unread,
      long onWord,
      long within,
      @Nullable Instant oldest,
      long damaged,
      long quarantined,
      long readings,
      long bytesRead,
      long sampled,
      Samples samples,
      Found found) {}

  /// Readings of a part, the members they read and their bytes.
  record Samples(long readings, long members, long bytes) {}

  /// @param differing readings that found other bytes, or none
  /// @param repaired readings that found a mended copy right
  record Found(long differing, long repaired) {}

  List<SiteReport> report(Instant since) {
    String sql =
        """
        SELECT b.site, count(*) AS bundles, coalesce(sum(b.file_count), 0)::bigint AS files,
          coalesce(sum(b.size), 0)::bigint AS bytes, count(*) FILTER (WHERE b.audited IS NULL) AS unread,
          count(*) FILTER (WHERE b.audited IS NULL AND b.state = 'verified') AS on_word,
          count(*) FILTER (WHERE b.audited > ?) AS within,
          CASE WHEN count(*) FILTER (WHERE b.audited IS NULL) = 0 THEN min(b.audited) END AS oldest,
          count(*) FILTER (WHERE b.state = 'damaged') AS damaged,
          count(*) FILTER (WHERE b.state = 'quarantined') AS quarantined,
          count(*) FILTER (WHERE b.sampled > ?) AS sampled,
          coalesce(max(a.readings), 0) AS readings, coalesce(max(a.bytes), 0)::bigint AS bytes_read,
          coalesce(max(a.samples), 0) AS samples, coalesce(max(a.members), 0) AS members,
          coalesce(max(a.sample_bytes), 0)::bigint AS sample_bytes,
          coalesce(max(a.differing), 0) AS differing, coalesce(max(a.repaired), 0) AS repaired
        FROM bundle b LEFT JOIN (
          SELECT site, count(*) FILTER (WHERE kind IN ('custody', 'fixity', 'repair')) AS readings,
            sum(bytes) FILTER (WHERE kind IN ('custody', 'fixity', 'repair')) AS bytes,
            count(*) FILTER (WHERE kind = 'sample') AS samples,
            sum(members) FILTER (WHERE kind = 'sample') AS members,
            sum(bytes) FILTER (WHERE kind = 'sample') AS sample_bytes,
            count(*) FILTER (WHERE verdict IN ('differs', 'missing')) AS differing,
            count(*) FILTER (WHERE kind = 'repair' AND verdict = 'agrees') AS repaired
          FROM audit WHERE at > ? GROUP BY site) a ON a.site = b.site
        WHERE b.state IN ('unread', 'verified', 'damaged', 'quarantined')
        GROUP BY b.site ORDER BY b.site\
        """;
    return database.read(c -> {
      try (PreparedStatement select = c.prepareStatement(sql)) {
        for (int i = 1; i <= 3; i++) {
          select.setTimestamp(i, Timestamp.from(since));
        }
        List<SiteReport> reports = new ArrayList<>();
        try (ResultSet row = select.executeQuery()) {
          while (row.next()) {
            reports.add(report(row));
          }
        }
        return reports;
      }
    });
  }

  private static SiteReport report(ResultSet row) throws SQLException {
    return new SiteReport(
        row.getString("site"),
        row.getLong("bundles"),
        row.getLong("files"),
        row.getLong("bytes"),
        row.getLong("unread"),
        row.getLong("on_word"),
        row.getLong("within"),
        instant(row, "oldest"),
        row.getLong("damaged"),
        row.getLong("quarantined"),
        row.getLong("readings"),
        row.getLong("bytes_read"),
        row.getLong("sampled"),
        new Samples(row.getLong("samples"), row.getLong("members"), row.getLong("sample_bytes")),
        new Found(row.getLong("differing"), row.getLong("repaired")));
  }

  private static @Nullable Instant instant(ResultSet row, String column) throws SQLException {
    @Nullable Timestamp at = row.getTimestamp(column);
    return at == null ? null : at.toInstant();
  }

  /// One look at an archived copy.
  ///
  /// @param kind `custody`, `fixity` or `repair` for a full reading, `sample` for a part, `digest`
  ///   when the site was asked and nothing was read
  /// @param verdict `agrees`, `differs`, `missing` or `unreadable`
  /// @param sample what part was read; null for anything but a sample
  record Reading(
      Bundle bundle,
      Instant at,
      String kind,
      String verdict,
      long bytes,
      String detail,
      @Nullable Sample sample) {
    static Reading of(Bundle bundle, Instant at, String kind, CopyJudge.Judgement judgement) {
      return new Reading(
          bundle, at, kind, judgement.verdict(), judgement.bytes(), judgement.detail(), null);
    }

    static Reading of(Bundle bundle, Instant at, Sample sample, CopyJudge.Judgement judgement) {
      return new Reading(
          bundle,
          at,
          Kind.SAMPLE.label,
          judgement.verdict(),
          judgement.bytes(),
          judgement.detail(),
          sample);
    }
  }

  static void record(Connection connection, Reading reading) throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement(
            "INSERT INTO audit(bundle, site, at, kind, verdict, bytes, detail, members, seed, pass)"
                + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")) {
      insert.setObject(1, reading.bundle.uuid());
      insert.setString(2, reading.bundle.site().value());
      insert.setTimestamp(3, Timestamp.from(reading.at));
      insert.setString(4, reading.kind);
      insert.setString(5, reading.verdict);
      insert.setLong(6, reading.bytes);
      insert.setString(7, reading.detail);
      @Nullable Sample sample = reading.sample;
      insert.setObject(8, sample == null ? null : sample.members().size(), Types.INTEGER);
      insert.setObject(9, sample == null ? null : sample.seed(), Types.BIGINT);
      insert.setObject(10, sample == null ? null : sample.pass(), Types.INTEGER);
      insert.executeUpdate();
    }
  }

  /// Writes down that an archive has accepted a bundle, or was read again.
  ///
  /// @param read whether every byte was
  static void accept(Connection connection, Bundle bundle, String how, Instant at, boolean read)
      throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement(
            "INSERT INTO custody(bundle, site, accepted, how, last_read, reads)"
                + " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (bundle) DO UPDATE"
                + " SET last_read = coalesce(excluded.last_read, custody.last_read),"
                + " how = excluded.how, reads = custody.reads + excluded.reads")) {
      insert.setObject(1, bundle.uuid());
      insert.setString(2, bundle.site().value());
      insert.setTimestamp(3, Timestamp.from(at));
      insert.setString(4, how);
      insert.setTimestamp(5, read ? Timestamp.from(at) : null);
      insert.setLong(6, read ? 1 : 0);
      insert.executeUpdate();
    }
  }

  /// A bundle in custody, as shown.
  ///
  /// @param lastRead null when nobody read it: custody was given on the site's word
  record Custody(
      UUID bundle,
      String site,
      String name,
      String state,
      long files,
      long bytes,
      Instant accepted,
      @Nullable Instant lastRead,
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
                    instant(row, "last_read"),
                    row.getLong(9),
                    row.getString(10)));
          }
        }
        return all;
      }
    });
  }
}
