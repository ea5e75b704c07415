package dev.firn.console;

import dev.firn.database.Database;
import dev.firn.http.Exchange;
import dev.firn.issuer.oauth.PageLogins;
import dev.firn.token.Caller;
import dev.firn.token.Role;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/// Browsers that are signed in.
///
/// A session is a secret in a cookie and a row that names a login; it ends with the login, eight
/// hours after it began, or when it was not used for an hour. Any process of the hub knows it.
public final class Sessions {
  static final String COOKIE = "__Host-firn";
  private static final Duration LONGEST = Duration.ofHours(8);
  private static final Duration IDLE = Duration.ofHours(1);

  private final Database database;
  private final PageLogins logins;
  private final InstantSource clock;

  public Sessions(Database database, PageLogins logins, InstantSource clock) {
    this.database = database;
    this.logins = logins;
    this.clock = clock;
  }

  /// What people may do on pages at most: every role there is.
  public static List<String> roles() {
    return Arrays.stream(Role.values()).map(Role::scope).toList();
  }

  /// A browser that is signed in, and as whom.
  ///
  /// @param form what its forms bring along, so that no other site's page can post one
  record Session(String secret, UUID login, Caller caller, String form) {
    @Override
    public String toString() {
      return "session of " + caller.who();
    }
  }

  PageLogins logins() {
    return logins;
  }

  /// Begins a session of a login.
  ///
  /// @return the cookie to set
  String begin(UUID login) {
    String secret = PageLogins.secret();
    Instant now = clock.instant();
    database.inTransaction(connection -> {
      try (PreparedStatement forget =
              connection.prepareStatement("DELETE FROM console_session WHERE expires < ?");
          PreparedStatement insert =
              connection.prepareStatement(
                  "INSERT INTO console_session (hash, login, used, expires) VALUES (?, ?, ?, ?)")) {
        forget.setObject(1, at(now));
        forget.executeUpdate();
        insert.setBytes(1, PageLogins.kept(secret));
        insert.setObject(2, login);
        insert.setObject(3, at(now));
        insert.setObject(4, at(now.plus(LONGEST)));
        return insert.executeUpdate();
      }
    });
    return cookie(COOKIE, secret, LONGEST);
  }

  /// The session of a request, if it has one that counts.
  Optional<Session> find(Exchange exchange) {
    return value(exchange, COOKIE).flatMap(secret -> find(secret));
  }

  private Optional<Session> find(String secret) {
    byte[] hash = PageLogins.kept(secret);
    Instant now = clock.instant();
    Optional<UUID> login =
        database.inTransaction(connection -> {
          try (PreparedStatement select =
              connection.prepareStatement(
                  "SELECT login, used FROM console_session"
                      + " WHERE hash = ? AND expires > ? AND used > ?")) {
            select.setBytes(1, hash);
            select.setObject(2, at(now));
            select.setObject(3, at(now.minus(IDLE)));
            try (ResultSet row = select.executeQuery()) {
              if (!row.next()) {
                return Optional.empty();
              }
              if (row.getObject(2, OffsetDateTime.class).isBefore(at(now.minusSeconds(60)))) {
                used(connection, hash, now);
              }
              return Optional.of(row.getObject(1, UUID.class));
            }
          }
        });
    String form = PageLogins.following(secret, "forms of the console");
    return login.flatMap(id ->
        logins
            .find(id, form.substring(0, 16))
            .map(caller -> new Session(secret, id, caller, form)));
  }

  private static void used(Connection connection, byte[] hash, Instant now) throws SQLException {
    try (PreparedStatement update =
        connection.prepareStatement("UPDATE console_session SET used = ? WHERE hash = ?")) {
      update.setObject(1, at(now));
      update.setBytes(2, hash);
      update.executeUpdate();
    }
  }

  /// Ends a session and the login that it was of.
  ///
  /// @return the cookie that takes the other away
  String end(Session session) {
    logins.end(session.login(), "signed out");
    database.inTransaction(connection -> {
      try (PreparedStatement delete =
          connection.prepareStatement("DELETE FROM console_session WHERE hash = ?")) {
        delete.setBytes(1, PageLogins.kept(session.secret()));
        return delete.executeUpdate();
      }
    });
    return cookie(COOKIE, "", Duration.ZERO);
  }

  /// `__Host-` makes browsers refuse it without TLS, from another host, or for a part of the site.
  static String cookie(String name, String value, Duration life) {
    return name
        + "="
        + value
        + "; Path=/; Max-Age="
        + life.toSeconds()
        + "; Secure; HttpOnly; SameSite=Lax";
  }

  /// What a cookie of a request holds.
  static Optional<String> value(Exchange exchange, String name) {
    return exchange.headers("Cookie").stream()
        .flatMap(header -> Arrays.stream(header.split(";")))
        .map(String::strip)
        .filter(pair -> pair.startsWith(name + "="))
        .map(pair -> pair.substring(name.length() + 1))
        .filter(value -> !value.isEmpty())
        .findFirst();
  }

  private static OffsetDateTime at(Instant time) {
    return time.atOffset(ZoneOffset.UTC);
  }
}
