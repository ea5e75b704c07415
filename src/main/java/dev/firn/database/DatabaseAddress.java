package dev.firn.database;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Properties;

/// Where a PostgreSQL is and who we are there. The password never shows in `toString`.
public record DatabaseAddress(String jdbcUrl, String user, String password) {
  private static final String APPLICATION = "firn";

  public DatabaseAddress {
    if (!jdbcUrl.startsWith("jdbc:postgresql:")) {
      throw new IllegalArgumentException(
          "a database address begins with jdbc:postgresql:, not " + jdbcUrl);
    }
  }

  /// The same server with another database of it.
  public DatabaseAddress withDatabase(String name) {
    int slash = jdbcUrl.lastIndexOf('/');
    int query = jdbcUrl.indexOf('?', slash);
    String tail = query < 0 ? "" : jdbcUrl.substring(query);
    return new DatabaseAddress(jdbcUrl.substring(0, slash + 1) + name + tail, user, password);
  }

  /// Opens one connection outside of any pool.
  Connection connect() throws SQLException {
    Properties properties = new Properties();
    properties.setProperty("user", user);
    properties.setProperty("password", password);
    properties.setProperty("ApplicationName", APPLICATION);
    properties.setProperty("tcpKeepAlive", "true");
    properties.setProperty("connectTimeout", "10");
    properties.setProperty("reWriteBatchedInserts", "true");
    return DriverManager.getConnection(jdbcUrl, properties);
  }

  @Override
  public String toString() {
    return user + "@" + jdbcUrl;
  }
}
