package dev.firn.database;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Optional;

/// The trace that a writing transaction leaves of itself, by which a commit whose answer was lost
/// is told from one that never happened.
///
/// The number alone (`pg_xact_status`) does not tell: of a transaction that was open when the
/// server crashed nothing may have reached the disk, and then its number is given to another one,
/// whose commit is not ours. The mark is a row of ours that is there when our commit is.
///
/// @param session random, of one connection, which has one transaction at a time
/// @param number as the server numbers it (`xid8`)
record CommitMark(String session, String number) {
  /// What became of a transaction; `OPEN` when the server has not noticed yet that we are gone.
  enum Fate {
    OPEN,
    COMMITTED,
    LOST
  }

  /// Gives a new connection its random name.
  static void nameConnection(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("SELECT set_config('firn.session', gen_random_uuid()::text, false)");
    }
  }

  /// The last statement of a transaction; leaves nothing when nothing was written before it.
  static Optional<CommitMark> leave(Connection connection) throws SQLException {
    try (PreparedStatement insert =
            connection.prepareStatement(
                """
                INSERT INTO commit_mark(session, tx)
                SELECT current_setting('firn.session')::uuid, pg_current_xact_id()
                WHERE pg_current_xact_id_if_assigned() IS NOT NULL
                ON CONFLICT (session) DO UPDATE SET tx = excluded.tx, at = now()
                RETURNING session::text, tx::text
                """);
        ResultSet row = insert.executeQuery()) {
      return row.next()
          ? Optional.of(new CommitMark(row.getString(1), row.getString(2)))
          : Optional.empty();
    }
  }

  Fate fate(Connection connection) throws SQLException {
    try (PreparedStatement ask =
        connection.prepareStatement(
            "SELECT pg_xact_status(?::text::xid8), EXISTS (SELECT FROM commit_mark"
                + " WHERE session = ?::text::uuid AND tx = ?::text::xid8)")) {
      ask.setString(1, number);
      ask.setString(2, session);
      ask.setString(3, number);
      try (ResultSet row = ask.executeQuery()) {
        row.next();
        if ("in progress".equals(row.getString(1))) {
          return Fate.OPEN;
        }
        return row.getBoolean(2) ? Fate.COMMITTED : Fate.LOST;
      }
    } catch (SQLException e) {
      if (SqlStates.unknownTransaction(e)) {
        return Fate.LOST; // a number that lies in the future was ours before a crash
      }
      throw e;
    }
  }

  /// Rows of connections that are long gone.
  static int forgetOld(Connection connection) throws SQLException {
    try (PreparedStatement delete =
        connection.prepareStatement(
            "DELETE FROM commit_mark WHERE at < now() - interval '1 day'")) {
      return delete.executeUpdate();
    }
  }
}
