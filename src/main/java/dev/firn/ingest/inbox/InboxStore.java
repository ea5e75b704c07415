package dev.firn.ingest.inbox;

import dev.firn.database.Database;
import dev.firn.database.History;
import dev.firn.database.HistoryEntry;
import dev.firn.model.LogicalName;
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
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// The table of `V82__inboxes.sql`.
final class InboxStore {
  private static final String COLUMNS =
      "id, owner, final, size, archive, state, reason, created, expires, files, bytes";

  private final Database database;

  InboxStore(Database database) {
    this.database = database;
  }

  /// Writes a new inbox; false when its final name has one.
  boolean open(Inbox inbox) {
    return database.inTransaction(c -> {
      try (PreparedStatement insert =
          c.prepareStatement(
              "INSERT INTO inbox(id, owner, final, size, archive, state, created, expires)"
                  + " VALUES (?, ?, ?, ?, ?, 'open', ?, ?) ON CONFLICT DO NOTHING")) {
        insert.setObject(1, inbox.id());
        insert.setString(2, inbox.owner());
        insert.setString(3, inbox.goal().toString());
        insert.setLong(4, inbox.size());
        insert.setString(5, inbox.archive() == null ? null : inbox.archive().value());
        insert.setTimestamp(6, Timestamp.from(inbox.created()));
        insert.setTimestamp(7, Timestamp.from(inbox.expires()));
        if (insert.executeUpdate() == 0) {
          return false;
        }
      }
      String archived = inbox.archive() == null ? "" : ", to be archived at " + inbox.archive();
      record(c, inbox, inbox.owner(), "for " + inbox.goal() + archived, null, "open");
      return true;
    });
  }

  private static void record(
      Connection c, Inbox inbox, String who, String why, @Nullable String from, String to)
      throws SQLException {
    History.record(c, new HistoryEntry("inbox", inbox.id().toString(), who, why, from, to));
  }

  /// A change of state that happens only from `from`.
  ///
  /// @param reason kept with it; null when there is none
  boolean change(Inbox inbox, String from, String to, String who, @Nullable String reason) {
    return database.inTransaction(c -> change(c, inbox, from, to, new Cause(who, reason)));
  }

  /// Who changes a state.
  ///
  /// @param reason kept with it; null when there is none
  record Cause(String who, @Nullable String reason) {}

  static boolean change(Connection c, Inbox inbox, String from, String to, Cause cause)
      throws SQLException {
    try (PreparedStatement update =
        c.prepareStatement(
            "UPDATE inbox SET state = ?, reason = ?,"
                + " ended = CASE WHEN ? IN ('published', 'expired') THEN now() END"
                + " WHERE id = ? AND state = ?")) {
      update.setString(1, to);
      update.setString(2, cause.reason);
      update.setString(3, to);
      update.setObject(4, inbox.id());
      update.setString(5, from);
      if (update.executeUpdate() == 0) {
        return false;
      }
    }
    String why = cause.reason == null ? inbox.goal().toString() : cause.reason;
    record(c, inbox, cause.who, why, from, to);
    return true;
  }

  void counted(Inbox inbox, long files, long bytes) {
    database.inTransaction(c -> {
      try (PreparedStatement update =
          c.prepareStatement("UPDATE inbox SET files = ?, bytes = ? WHERE id = ?")) {
        update.setLong(1, files);
        update.setLong(2, bytes);
        update.setObject(3, inbox.id());
        return update.executeUpdate();
      }
    });
  }

  Optional<Inbox> find(UUID id) {
    return select("WHERE id = ?", id).stream().findFirst();
  }

  /// Inboxes whose publication a crash interrupted, or that wait for it.
  List<Inbox> under(String state) {
    return select("WHERE state = ? ORDER BY created", state);
  }

  /// Open ones whose time is over.
  List<Inbox> overdue(Instant now) {
    return select("WHERE state = 'open' AND expires <= ?", Timestamp.from(now));
  }

  /// The latest.
  List<Inbox> list(int limit) {
    return select("ORDER BY created DESC LIMIT ?", limit);
  }

  private List<Inbox> select(String where, Object parameter) {
    return database.read(c -> {
      try (PreparedStatement select =
          c.prepareStatement("SELECT " + COLUMNS + " FROM inbox " + where)) {
        select.setObject(1, parameter);
        List<Inbox> found = new ArrayList<>();
        try (ResultSet row = select.executeQuery()) {
          while (row.next()) {
            found.add(inbox(row));
          }
        }
        return found;
      }
    });
  }

  private static Inbox inbox(ResultSet row) throws SQLException {
    return new Inbox(
        row.getObject(1, UUID.class),
        row.getString(2),
        LogicalName.parse(row.getString(3)),
        row.getLong(4),
        row.getString(5) == null ? null : new SiteName(row.getString(5)),
        row.getString(6),
        row.getString(7),
        row.getTimestamp(8).toInstant(),
        row.getTimestamp(9).toInstant(),
        row.getObject(10, Long.class),
        row.getObject(11, Long.class));
  }
}
