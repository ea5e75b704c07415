package dev.firn.database;

import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.util.Set;

/// What an SQLSTATE means for us.
final class SqlStates {
  /// Admin shutdown, crash shutdown, cannot connect now (starting, recovering), idle timeout.
  private static final Set<String> AWAY = Set.of("57P01", "57P02", "57P03", "57P05");

  /// Serialization failure, deadlock.
  private static final Set<String> RACE = Set.of("40001", "40P01");

  /// Invalid parameter value: `pg_xact_status` of a transaction "in the future".
  private static final String FUTURE = "22023";

  private SqlStates() {}

  static boolean connectionLost(SQLException e) {
    String state = e.getSQLState();
    return e instanceof SQLTransientConnectionException
        || (state != null && (state.startsWith("08") || AWAY.contains(state)));
  }

  /// Whether `pg_xact_status` says that a transaction's number was never given out.
  static boolean unknownTransaction(SQLException e) {
    return FUTURE.equals(e.getSQLState());
  }

  static boolean lostRace(SQLException e) {
    return e.getSQLState() != null && RACE.contains(e.getSQLState());
  }
}
