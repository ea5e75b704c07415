package dev.firn.database;

import java.sql.Connection;
import java.sql.SQLException;

/// A piece of work inside one transaction. It may be run more than once, each time in a fresh
/// transaction, so it does nothing outside of its connection that must happen only once, and it
/// neither commits nor closes.
@FunctionalInterface
public interface SqlWork<T> {
  T run(Connection connection) throws SQLException;
}
