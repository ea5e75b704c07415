package dev.firn.issuer.oauth;

import dev.firn.database.Database;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.UUID;

/// Authorization codes (RFC 6749 section 4.1), in PostgreSQL: good once, for a minute, for the
/// client, redirect and PKCE challenge that they were made with.
final class Codes {
  private static final Duration LIFE = Duration.ofMinutes(1);

  private final Database database;
  private final Logins logins;
  private final InstantSource clock;

  Codes(Database database, Logins logins, InstantSource clock) {
    this.database = database;
    this.logins = logins;
    this.clock = clock;
  }

  /// What a code stands for.
  ///
  /// @param challenge of PKCE (RFC 7636), method S256
  /// @param nonce for the ID token; empty for none
  record Approval(String account, String client, String redirect, String challenge, String nonce) {}

  /// What came of a code.
  sealed interface Outcome {
    record Used(Logins.Held held, String nonce) implements Outcome {}

    record Refused(String why) implements Outcome {}

    /// It was used before; the login it gave has been ended.
    record Replayed(UUID login, String account) implements Outcome {}
  }

  String make(Approval approval, Login.Permit permit) {
    String code = Secrets.random();
    Instant now = clock.instant();
    database.inTransaction(connection -> {
      try (PreparedStatement insert =
          connection.prepareStatement(
              """
              INSERT INTO login_code (hash, client, account, redirect, challenge, nonce, scopes, audiences,
                made, expires) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)\
              """)) {
        insert.setBytes(1, Secrets.hash(code));
        insert.setString(2, approval.client());
        insert.setString(3, approval.account());
        insert.setString(4, approval.redirect());
        insert.setString(5, approval.challenge());
        insert.setString(6, approval.nonce());
        insert.setArray(7, Logins.texts(connection, permit.scopes()));
        insert.setArray(8, Logins.texts(connection, permit.audiences()));
        insert.setObject(9, Logins.at(now));
        insert.setObject(10, Logins.at(now.plus(LIFE)));
        return insert.executeUpdate();
      }
    });
    return code;
  }

  private record Row(
      Approval approval, Login.Permit permit, Instant expires, Optional<UUID> login) {}

  /// Uses a code.
  ///
  /// @param verifier of PKCE, which the challenge was made of
  Outcome use(String code, String client, String redirect, String verifier) {
    return database.inTransaction(connection -> {
      Optional<Row> found = locked(connection, code);
      if (found.isEmpty()) {
        return new Outcome.Refused("unknown");
      }
      Row row = found.get();
      if (!row.approval().client().equals(client)) {
        return new Outcome.Refused("another client's");
      }
      if (row.login().isPresent()) {
        logins.end(connection, row.login().get(), "authorization code replayed");
        return new Outcome.Replayed(row.login().get(), row.approval().account());
      }
      if (!clock.instant().isBefore(row.expires())) {
        return new Outcome.Refused("expired");
      }
      if (!row.approval().redirect().equals(redirect)) {
        return new Outcome.Refused("made for another redirect_uri");
      }
      if (!Pkce.matches(verifier, row.approval().challenge())) {
        return new Outcome.Refused("wrong code_verifier");
      }
      Logins.Held held = logins.begin(connection, row.approval().account(), client, row.permit());
      try (PreparedStatement update =
          connection.prepareStatement("UPDATE login_code SET login = ? WHERE hash = ?")) {
        update.setObject(1, held.login().id());
        update.setBytes(2, Secrets.hash(code));
        update.executeUpdate();
      }
      return new Outcome.Used(held, row.approval().nonce());
    });
  }

  private static Optional<Row> locked(Connection connection, String code) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            """
            SELECT account, client, redirect, challenge, nonce, scopes, audiences, expires, login
            FROM login_code WHERE hash = ? FOR UPDATE\
            """)) {
      select.setBytes(1, Secrets.hash(code));
      try (ResultSet row = select.executeQuery()) {
        if (!row.next()) {
          return Optional.empty();
        }
        return Optional.of(
            new Row(
                new Approval(
                    row.getString(1),
                    row.getString(2),
                    row.getString(3),
                    row.getString(4),
                    row.getString(5)),
                new Login.Permit(Logins.texts(row.getArray(6)), Logins.texts(row.getArray(7))),
                Logins.instant(row, 8),
                Optional.ofNullable(row.getObject(9, UUID.class))));
      }
    }
  }
}
