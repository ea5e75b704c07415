package dev.firn.alerts;

import dev.firn.http.Json;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Rows of `notice` and `notice_delivery`.
final class NoticeStore {
  private static final String SELECT =
      "SELECT id, event_name, run, event, revision, kind, tense, triggered, arrived,"
          + " scored, composed, payload::text AS payload, voevent FROM notice";

  private NoticeStore() {}

  /// Lets one at a time name events.
  static void lock(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("SELECT pg_advisory_xact_lock(hashtext('firn notice names'))");
    }
  }

  /// How many events have a name that begins so: `IceCube-230416`.
  static int named(Connection connection, String day) throws SQLException {
    String sql = "SELECT count(DISTINCT event_name) FROM notice WHERE left(event_name, 14) = ?";
    try (PreparedStatement select = connection.prepareStatement(sql)) {
      select.setString(1, day);
      try (ResultSet row = select.executeQuery()) {
        row.next();
        return row.getInt(1);
      }
    }
  }

  /// What a new revision is.
  record New(
      String eventName,
      Candidate candidate,
      int revision,
      Notice.Kind kind,
      Instant composed,
      String payload,
      String voevent) {}

  static long insert(Connection connection, New notice) throws SQLException {
    Candidate c = notice.candidate();
    String sql =
        "INSERT INTO notice(event_name, run, event, revision, kind, tense, triggered, composed,"
            + " payload, voevent, arrived, scored)"
            + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?::jsonb, ?, ?, ?) RETURNING id";
    try (PreparedStatement insert = connection.prepareStatement(sql)) {
      insert.setString(1, notice.eventName());
      insert.setInt(2, c.run());
      insert.setLong(3, c.event());
      insert.setInt(4, notice.revision());
      insert.setString(5, notice.kind().label());
      insert.setString(6, c.tense());
      insert.setObject(7, at(c.triggered()));
      insert.setObject(8, at(notice.composed()));
      insert.setString(9, notice.payload());
      insert.setString(10, notice.voevent());
      insert.setObject(11, c.arrived() == null ? null : at(c.arrived()));
      insert.setObject(12, c.scored() == null ? null : at(c.scored()));
      try (ResultSet row = insert.executeQuery()) {
        row.next();
        return row.getLong(1);
      }
    }
  }

  static void queue(Connection connection, long notice, List<String> channels, Instant now)
      throws SQLException {
    String sql =
        "INSERT INTO notice_delivery(notice_id, not_before, channel) SELECT ?, ?, unnest(?::text[])"
            + " ON CONFLICT DO NOTHING";
    try (PreparedStatement insert = connection.prepareStatement(sql)) {
      insert.setLong(1, notice);
      insert.setObject(2, at(now));
      insert.setArray(3, connection.createArrayOf("text", channels.toArray()));
      insert.executeUpdate();
    }
  }

  /// Revisions of one event, in order.
  static List<Notice> revisions(Connection connection, String eventName) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(SELECT + " WHERE event_name = ? ORDER BY revision")) {
      select.setString(1, eventName);
      return list(connection, select);
    }
  }

  /// Revisions of a candidate's event in its tense, in order.
  static List<Notice> revisions(Connection connection, Candidate candidate) throws SQLException {
    String where = " WHERE run = ? AND event = ? AND tense = ? ORDER BY revision";
    try (PreparedStatement select = connection.prepareStatement(SELECT + where)) {
      select.setInt(1, candidate.run());
      select.setLong(2, candidate.event());
      select.setString(3, candidate.tense());
      return list(connection, select);
    }
  }

  /// Newest first, older than the one with id `before`.
  static List<Notice> list(Connection connection, long before, int limit) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(SELECT + " WHERE id < ? ORDER BY id DESC LIMIT ?")) {
      select.setLong(1, before);
      select.setInt(2, limit);
      return list(connection, select);
    }
  }

  /// A notice that one sender now sends.
  ///
  /// @param position where the channel stood before an attempt whose end is not known; null when
  ///   there was none
  record Claim(Notice notice, @Nullable String position, int attempts) {}

  /// Takes the oldest notice of a channel that is due, and whose earlier revisions are settled.
  static Optional<Claim> claim(Connection connection, String channel, Instant now, Duration lease)
      throws SQLException {
    String sql =
        """
        UPDATE notice_delivery d SET state = 'sending', lease = ?, attempts = attempts + 1
        WHERE (d.notice_id, d.channel) = (
          SELECT o.notice_id, o.channel FROM notice_delivery o JOIN notice n ON n.id = o.notice_id
          WHERE o.channel = ? AND o.state IN ('queued', 'sending') AND o.not_before <= ?
            AND (o.lease IS NULL OR o.lease <= ?)
            AND NOT EXISTS (
              SELECT FROM notice b JOIN notice_delivery e ON e.notice_id = b.id
              WHERE b.event_name = n.event_name AND b.revision < n.revision
                AND e.channel = o.channel AND e.state IN ('queued', 'sending'))
          ORDER BY o.notice_id LIMIT 1 FOR UPDATE OF o SKIP LOCKED)
        RETURNING d.notice_id, d.position, d.attempts
        """;
    try (PreparedStatement update = connection.prepareStatement(sql)) {
      update.setObject(1, at(now.plus(lease)));
      update.setString(2, channel);
      update.setObject(3, at(now));
      update.setObject(4, at(now));
      try (ResultSet row = update.executeQuery()) {
        if (!row.next()) {
          return Optional.empty();
        }
        long id = row.getLong(1);
        String position = row.getString(2);
        int attempts = row.getInt(3);
        try (PreparedStatement select = connection.prepareStatement(SELECT + " WHERE id = ?")) {
          select.setLong(1, id);
          return list(connection, select).stream()
              .findFirst()
              .map(n -> new Claim(n, position, attempts));
        }
      }
    }
  }

  /// Remembers where the channel stands before the notice is sent, which may take until `lease`.
  ///
  /// @return 0 when another sender has taken the notice up since it was claimed
  static int note(
      Connection connection, Claim claim, String channel, String position, Instant lease)
      throws SQLException {
    return change(
        connection,
        "UPDATE notice_delivery SET position = ?, lease = ?"
            + " WHERE notice_id = ? AND channel = ? AND state = 'sending' AND attempts = ?",
        position,
        at(lease),
        claim.notice().id(),
        channel,
        claim.attempts());
  }

  static int sent(Connection connection, long notice, String channel, String receipt, Instant now)
      throws SQLException {
    return change(
        connection,
        "UPDATE notice_delivery SET state = 'sent', receipt = ?, sent = ?, lease = NULL, why = ''"
            + " WHERE notice_id = ? AND channel = ? AND state = 'sending'",
        receipt,
        at(now),
        notice,
        channel);
  }

  /// Lets a notice be claimed again from `notBefore` on; nothing when another sender has it now.
  static int later(
      Connection connection, Claim claim, String channel, String why, Instant notBefore)
      throws SQLException {
    return change(
        connection,
        "UPDATE notice_delivery SET lease = NULL, why = ?, not_before = ?"
            + " WHERE notice_id = ? AND channel = ? AND state = 'sending' AND attempts = ?",
        why,
        at(notBefore),
        claim.notice().id(),
        channel,
        claim.attempts());
  }

  /// Makes what waits for its turn due at once. Returns how many there were.
  static int hurry(Connection connection, String eventName, Instant now) throws SQLException {
    return change(
        connection,
        "UPDATE notice_delivery SET not_before = ? WHERE state IN ('queued', 'sending')"
            + " AND notice_id IN (SELECT id FROM notice WHERE event_name = ?)",
        at(now),
        eventName);
  }

  private static int change(Connection connection, String sql, Object... values)
      throws SQLException {
    try (PreparedStatement update = connection.prepareStatement(sql)) {
      for (int i = 0; i < values.length; i++) {
        update.setObject(i + 1, values[i]);
      }
      return update.executeUpdate();
    }
  }

  private static List<Notice> list(Connection connection, PreparedStatement select)
      throws SQLException {
    List<Notice> bare = new ArrayList<>();
    try (ResultSet row = select.executeQuery()) {
      while (row.next()) {
        bare.add(
            new Notice(
                row.getLong("id"),
                row.getString("event_name"),
                row.getInt("run"),
                row.getLong("event"),
                row.getInt("revision"),
                Notice.Kind.valueOf(row.getString("kind").toUpperCase(Locale.ROOT)),
                row.getString("tense"),
                row.getObject("triggered", OffsetDateTime.class).toInstant(),
                moment(row, "arrived"),
                moment(row, "scored"),
                row.getObject("composed", OffsetDateTime.class).toInstant(),
                Json.mapper().readTree(row.getString("payload")),
                row.getString("voevent"),
                List.of()));
      }
    }
    List<Notice> whole = new ArrayList<>();
    for (Notice n : bare) {
      whole.add(
          new Notice(
              n.id(),
              n.eventName(),
              n.run(),
              n.event(),
              n.revision(),
              n.kind(),
              n.tense(),
              n.triggered(),
              n.arrived(),
              n.scored(),
              n.composed(),
              n.payload(),
              n.voevent(),
              deliveries(connection, n)));
    }
    return whole;
  }

  private static List<Notice.Delivery> deliveries(Connection connection, Notice notice)
      throws SQLException {
    List<Notice.Delivery> found = new ArrayList<>();
    String sql =
        "SELECT channel, state, attempts, sent, receipt, why FROM notice_delivery"
            + " WHERE notice_id = ? ORDER BY channel";
    try (PreparedStatement select = connection.prepareStatement(sql)) {
      select.setLong(1, notice.id());
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          found.add(
              new Notice.Delivery(
                  row.getString("channel"),
                  row.getString("state"),
                  row.getInt("attempts"),
                  moment(row, "sent"),
                  row.getString("receipt"),
                  row.getString("why")));
        }
      }
    }
    return found;
  }

  private static @Nullable Instant moment(ResultSet row, String column) throws SQLException {
    OffsetDateTime moment = row.getObject(column, OffsetDateTime.class);
    return moment == null ? null : moment.toInstant();
  }

  private static OffsetDateTime at(Instant moment) {
    return moment.atOffset(ZoneOffset.UTC);
  }
}
