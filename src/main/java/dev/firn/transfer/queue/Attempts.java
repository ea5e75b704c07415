package dev.firn.transfer.queue;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
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

  /// How many attempts of this class a transfer has had.
  static int count(Connection connection, long id, FailureClass failure) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT count(*) FROM transfer_attempt WHERE transfer_id = ? AND failure_class = ?")) {
      select.setLong(1, id);
      select.setString(2, failure.label());
      try (ResultSet row = select.executeQuery()) {
        row.next();
        return row.getInt(1);
      }
    }
  }
}
