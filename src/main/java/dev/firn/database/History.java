package dev.firn.database;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Who changed what, when and why: written in the transaction of the change, read by whoever has to
/// act on it.
public final class History {
  /// What [Database#listen] is given to be woken after history was written.
  public static final String CHANNEL = "history";

  private static final JsonMapper JSON = new JsonMapper();

  /// Its number is not called `tx` again: ORDER BY would take the result's name for the column's,
  /// and sort all that there is instead of following the index.
  private static final String COLUMNS =
      "id, tx::text::bigint AS number, at, subject_kind, subject_id, who, why, from_state, to_state,"
          + " detail::text AS detail";

  private static final int LONGEST = 2_000;

  private History() {}

  /// Writes entries in the transaction of `connection`.
  public static void record(Connection connection, List<HistoryEntry> entries) throws SQLException {
    if (entries.isEmpty()) {
      return;
    }
    try (PreparedStatement insert =
        connection.prepareStatement(
            """
            INSERT INTO history(subject_kind, subject_id, who, why, from_state, to_state, detail)
            SELECT kind, subject, who, why, was, becomes, detail::jsonb
            FROM unnest(?::text[], ?::text[], ?::text[], ?::text[], ?::text[], ?::text[], ?::text[])
              AS entry(kind, subject, who, why, was, becomes, detail)
            """)) {
      new Columns<>(insert, entries)
          .add("text", HistoryEntry::subjectKind)
          .add("text", HistoryEntry::subjectId)
          .add("text", entry -> clean(entry.who()))
          .add("text", entry -> clean(entry.why()))
          .add("text", HistoryEntry::from)
          .add("text", HistoryEntry::to)
          .add("text", entry -> text(entry.detail()));
      insert.executeUpdate();
    }
    HistoryMark.set();
  }

  public static void record(Connection connection, HistoryEntry entry) throws SQLException {
    record(connection, List.of(entry));
  }

  /// Says that a statement of the caller's own has inserted rows into `history`, as bulk changes
  /// do.
  public static void wrote() {
    HistoryMark.set();
  }

  /// What happened after `position`, oldest first, at most `limit` entries. Entries of transactions
  /// that may still be followed by older ones are held back until that is settled.
  public static List<HistoryRecord> after(
      Connection connection, HistoryPosition position, int limit) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT "
                + COLUMNS
                + " FROM history WHERE (tx, id) > (?::text::xid8, ?)"
                + " AND tx < pg_snapshot_xmin(pg_current_snapshot()) ORDER BY tx, id LIMIT ?")) {
      select.setString(1, Long.toString(position.transaction()));
      select.setLong(2, position.id());
      select.setInt(3, limit);
      return records(select);
    }
  }

  /// What happened to one subject, newest first, older than the entry `before` (0 for the newest).
  /// Several kinds may tell of the same thing, as a file and its copies do.
  public static List<HistoryRecord> of(
      Connection connection, List<String> subjectKinds, String subjectId, long before, int limit)
      throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT "
                + COLUMNS
                + " FROM history WHERE subject_kind = ANY(?) AND subject_id = ? AND id < ?"
                + " ORDER BY id DESC LIMIT ?")) {
      select.setArray(1, connection.createArrayOf("text", subjectKinds.toArray()));
      select.setString(2, subjectId);
      select.setLong(3, before == 0 ? Long.MAX_VALUE : before);
      select.setInt(4, limit);
      return records(select);
    }
  }

  /// The newest entries of all, older than the entry `before` (0 for the newest).
  public static List<HistoryRecord> latest(Connection connection, long before, int limit)
      throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT " + COLUMNS + " FROM history WHERE id < ? ORDER BY id DESC LIMIT ?")) {
      select.setLong(1, before == 0 ? Long.MAX_VALUE : before);
      select.setInt(2, limit);
      return records(select);
    }
  }

  private static List<HistoryRecord> records(PreparedStatement select) throws SQLException {
    List<HistoryRecord> records = new ArrayList<>();
    try (ResultSet row = select.executeQuery()) {
      while (row.next()) {
        HistoryEntry entry =
            new HistoryEntry(
                row.getString("subject_kind"),
                row.getString("subject_id"),
                row.getString("who"),
                row.getString("why"),
                row.getString("from_state"),
                row.getString("to_state"),
                json(row.getString("detail")));
        records.add(
            new HistoryRecord(
                new HistoryPosition(row.getLong("number"), row.getLong("id")),
                row.getObject("at", OffsetDateTime.class).toInstant(),
                entry));
      }
    }
    return records;
  }

  private static @Nullable String text(@Nullable JsonNode detail) {
    return detail == null ? null : JSON.writeValueAsString(detail);
  }

  private static @Nullable JsonNode json(@Nullable String text) {
    return text == null ? null : JSON.readTree(text);
  }

  /// A reason may quote what a client sent: NUL does not fit into a text, and a novel does not fit
  /// the purpose.
  private static String clean(String text) {
    String fit = text.length() > LONGEST ? text.substring(0, LONGEST) : text;
    return fit.replace("\0", "\\0");
  }
}
