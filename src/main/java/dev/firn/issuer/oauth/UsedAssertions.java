package dev.firn.issuer.oauth;

import dev.firn.database.Database;
import java.sql.PreparedStatement;
import java.time.Instant;

/// Assertions that clients have used, in PostgreSQL, so that one counts once for all processes.
final class UsedAssertions {
  private final Database database;

  UsedAssertions(Database database) {
    this.database = database;
  }

  boolean first(String client, String tokenId, Instant expires) {
    return database.inTransaction(connection -> {
      try (PreparedStatement insert =
          connection.prepareStatement(
              "INSERT INTO used_assertion (client, token_id, expires) VALUES (?, ?, ?)"
                  + " ON CONFLICT DO NOTHING")) {
        insert.setString(1, client);
        insert.setString(2, tokenId);
        insert.setObject(3, Logins.at(expires));
        return insert.executeUpdate() == 1;
      }
    });
  }
}
