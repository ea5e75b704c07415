package dev.firn.database;

import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.util.function.Supplier;
import java.util.logging.Logger;
import javax.sql.DataSource;
import org.jspecify.annotations.NullUnmarked;

/// Connects to wherever the database is at the moment of asking.
@NullUnmarked
final class CurrentAddress implements DataSource {
  private final Supplier<DatabaseAddress> address;

  CurrentAddress(Supplier<DatabaseAddress> address) {
    this.address = address;
  }

  @Override
  public Connection getConnection() throws SQLException {
    Connection connection = address.get().connect();
    try {
      CommitMark.nameConnection(connection);
    } catch (SQLException e) {
      connection.close();
      throw e;
    }
    return connection;
  }

  @Override
  public Connection getConnection(String user, String password) throws SQLException {
    throw new SQLFeatureNotSupportedException("the address says who we are");
  }

  @Override
  public PrintWriter getLogWriter() {
    return null;
  }

  @Override
  public void setLogWriter(PrintWriter out) {
    // DataSource's own log is not used: pool and driver log through SLF4J and exceptions.
  }

  @Override
  public void setLoginTimeout(int seconds) {
    // The address carries its own connect timeout.
  }

  @Override
  public int getLoginTimeout() {
    return 10; // seconds, as the address says; the pool waits as long when it closes
  }

  @Override
  public Logger getParentLogger() throws SQLFeatureNotSupportedException {
    throw new SQLFeatureNotSupportedException("no java.util.logging here");
  }

  @Override
  public <T> T unwrap(Class<T> type) throws SQLException {
    throw new SQLException("wraps nothing");
  }

  @Override
  public boolean isWrapperFor(Class<?> type) {
    return false;
  }
}
