package dev.firn.transfer.queue;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Rows of `transfer_attempt`.
public final class Attempts {
  private Attempts() {}

  /// What was tried for a transfer, oldest first, the last `limit` of it.
  public static List<Attempt> list(Connection connection, long id, int limit) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT * FROM (SELECT * FROM transfer_attempt WHERE transfer_id = ?"
                + " ORDER BY id DESC LIMIT ?) newest ORDER BY id")) {
      select.setLong(1, id);
      select.setInt(2, limit);
      List<Attempt> attempts = new ArrayList<>();
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          attempts.add(
              new Attempt(
                  row.getString("action"),
                  row.getString("owner"),
                  Rows.loadInstant(row, "started"),
                  Rows.loadInstant(row, "ended"),
                  row.getString("outcome"),
                  row.getString("failure_class"),
                  row.getString("reason"),
                  row.getLong("bytes")));
        }
      }
      return attempts;
    }
  }

  /// How many attempts of this class count: those since somebody last had the transfer tried again,
  /// and since one got further than where they ended.
  static int count(Connection connection, long id, FailureClass failure) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            """
            SELECT count(*) FROM transfer_attempt
            WHERE transfer_id = ? AND failure_class = ? AND id > GREATEST(
              (SELECT counted_from FROM transfer WHERE id = ?),
              (SELECT coalesce(max(id), 0) FROM transfer_attempt
                WHERE transfer_id = ? AND bytes > 0 AND failure_class = ANY(?)))
            """)) {
      select.setLong(1, id);
      select.setString(2, failure.label());
      select.setLong(3, id);
      select.setLong(4, id);
      Object[] further =
          Arrays.stream(FailureClass.values())
              .filter(c -> c.leftBehind().contains(failure))
              .map(FailureClass::label)
              .toArray();
      select.setArray(5, connection.createArrayOf("text", further));
      try (ResultSet row = select.executeQuery()) {
        row.next();
        return row.getInt(1);
      }
    }
  }

  /// Attempts until now count no longer: somebody has the transfer tried again.
  public static void countAnew(Connection connection, long id) throws SQLException {
    try (PreparedStatement update =
        connection.prepareStatement(
            "UPDATE transfer t SET counted_from = (SELECT coalesce(max(a.id), 0)"
                + " FROM transfer_attempt a WHERE a.transfer_id = t.id) WHERE t.id = ?")) {
      update.setLong(1, id);
      update.executeUpdate();
    }
  }
}
