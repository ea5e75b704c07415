package dev.firn.issuer.oauth;

import dev.firn.database.Database;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/// Logins and their refresh tokens, in PostgreSQL; no token is kept, only its SHA-256.
///
/// Each use of a refresh token gives the next one, and the one before stops counting. A client that
/// did not hear the answer asks again with the old one: as long as the new one was not used and no
/// more than [#GRACE] has passed, it gets the *same* new one, which is why each is made from the
/// one before and a seed. Any other use of an old token means that two hold it, and ends the login
/// with all that it gave out.
final class Logins {
  /// How long a lost answer can be asked for again (WLCG profile, "Token lifetime guidance").
  static final Duration GRACE = Duration.ofDays(1);

  /// A login ends when it was not refreshed for so long,
  static final Duration IDLE = Duration.ofDays(30);

  /// and however often it was refreshed, after this.
  static final Duration LONGEST = Duration.ofDays(400);

  private final Database database;
  private final InstantSource clock;

  Logins(Database database, InstantSource clock) {
    this.database = database;
    this.clock = clock;
  }

  /// A login with the refresh token that counts now.
  record Held(Login login, String refreshToken) {
    /// Without the token.
    @Override
    public String toString() {
      return "login " + login.id();
    }
  }

  /// What came of a refresh token.
  sealed interface Outcome {
    record Rotated(Held held) implements Outcome {}

    /// It is none of ours, another client's, or its login has ended.
    record Refused(String why) implements Outcome {}

    /// It was used before by somebody else; the login has been ended.
    record Replayed(Login login) implements Outcome {}
  }

  /// Begins a login within `connection`'s transaction.
  Held begin(Connection connection, String account, String client, Login.Permit permit)
      throws SQLException {
    Instant now = clock.instant();
    Login login = new Login(UUID.randomUUID(), account, client, permit, now);
    String token = Secrets.random();
    try (PreparedStatement insert =
        connection.prepareStatement(
            """
            INSERT INTO login (id, account, client, scopes, audiences, seed, number, rotated, made, expires)
            VALUES (?, ?, ?, ?, ?, ?, 0, ?, ?, ?)\
            """)) {
      insert.setObject(1, login.id());
      insert.setString(2, account);
      insert.setString(3, client);
      insert.setArray(4, texts(connection, permit.scopes()));
      insert.setArray(5, texts(connection, permit.audiences()));
      insert.setBytes(6, Secrets.randomBytes());
      insert.setObject(7, at(now));
      insert.setObject(8, at(now));
      insert.setObject(9, at(now.plus(IDLE)));
      insert.executeUpdate();
    }
    keep(connection, login.id(), token, 0);
    return new Held(login, token);
  }

  private static void keep(Connection connection, UUID login, String token, int number)
      throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement(
            "INSERT INTO login_refresh (hash, login, number) VALUES (?, ?, ?)"
                + " ON CONFLICT (hash) DO NOTHING")) {
      insert.setBytes(1, Secrets.hash(token));
      insert.setObject(2, login);
      insert.setInt(3, number);
      insert.executeUpdate();
    }
  }

  private record Row(
      Login login, byte[] seed, int number, Instant rotated, Instant expires, boolean ended) {}

  /// Uses a refresh token of `client`.
  Outcome refresh(String token, String client) {
    return database.inTransaction(connection -> {
      Optional<Integer> number = Optional.empty();
      UUID id = new UUID(0, 0);
      try (PreparedStatement select =
          connection.prepareStatement("SELECT login, number FROM login_refresh WHERE hash = ?")) {
        select.setBytes(1, Secrets.hash(token));
        try (ResultSet row = select.executeQuery()) {
          if (row.next()) {
            id = row.getObject(1, UUID.class);
            number = Optional.of(row.getInt(2));
          }
        }
      }
      Optional<Row> row = number.isEmpty() ? Optional.empty() : locked(connection, id);
      return row.isEmpty()
          ? new Outcome.Refused("unknown")
          : use(connection, row.get(), new Use(token, number.get(), client));
    });
  }

  private record Use(String token, int number, String client) {}

  private Outcome use(Connection connection, Row row, Use use) throws SQLException {
    Instant now = clock.instant();
    if (!row.login().client().equals(use.client())) {
      return new Outcome.Refused("another client's");
    }
    if (row.ended()) {
      return new Outcome.Refused("the login has ended");
    }
    if (!now.isBefore(row.expires())) {
      return new Outcome.Refused("expired");
    }
    boolean current = use.number() == row.number();
    boolean lostAnswer =
        use.number() == row.number() - 1 && now.isBefore(row.rotated().plus(GRACE));
    if (!current && !lostAnswer) {
      end(connection, row.login().id(), "refresh token replayed");
      return new Outcome.Replayed(row.login());
    }
    String next = Secrets.following(row.seed(), use.token());
    if (current) {
      rotate(connection, row, now);
      keep(connection, row.login().id(), next, row.number() + 1);
    }
    return new Outcome.Rotated(new Held(row.login(), next));
  }

  private void rotate(Connection connection, Row row, Instant now) throws SQLException {
    Instant last = row.login().made().plus(LONGEST);
    Instant expires = now.plus(IDLE).isBefore(last) ? now.plus(IDLE) : last;
    try (PreparedStatement update =
        connection.prepareStatement(
            "UPDATE login SET number = number + 1, rotated = ?, expires = ? WHERE id = ?")) {
      update.setObject(1, at(now));
      update.setObject(2, at(expires));
      update.setObject(3, row.login().id());
      update.executeUpdate();
    }
  }

  private static Optional<Row> locked(Connection connection, UUID id) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            """
            SELECT account, client, scopes, audiences, made, seed, number, rotated, expires, ended IS NOT NULL
            FROM login WHERE id = ? FOR UPDATE\
            """)) {
      select.setObject(1, id);
      try (ResultSet row = select.executeQuery()) {
        if (!row.next()) {
          return Optional.empty();
        }
        Login.Permit permit = new Login.Permit(texts(row.getArray(3)), texts(row.getArray(4)));
        return Optional.of(
            new Row(
                new Login(id, row.getString(1), row.getString(2), permit, instant(row, 5)),
                row.getBytes(6),
                row.getInt(7),
                instant(row, 8),
                instant(row, 9),
                row.getBoolean(10)));
      }
    }
  }

  /// Notes an access token that a login gave out.
  void gave(UUID login, String tokenId, Instant expires) {
    database.inTransaction(connection -> {
      try (PreparedStatement insert =
          connection.prepareStatement(
              "INSERT INTO login_access (token_id, login, expires) VALUES (?, ?, ?)")) {
        insert.setString(1, tokenId);
        insert.setObject(2, login);
        insert.setObject(3, at(expires));
        return insert.executeUpdate();
      }
    });
  }

  /// Notes an access token that was given for another, when that is of a login.
  void gaveFor(String earlier, String tokenId, Instant expires) {
    database.inTransaction(connection -> {
      try (PreparedStatement insert =
          connection.prepareStatement(
              "INSERT INTO login_access (token_id, login, expires)"
                  + " SELECT ?, login, ? FROM login_access WHERE token_id = ?")) {
        insert.setString(1, tokenId);
        insert.setObject(2, at(expires));
        insert.setString(3, earlier);
        return insert.executeUpdate();
      }
    });
  }

  /// Ends a login.
  ///
  /// @return whether it was there and had not ended
  boolean end(UUID login, String why) {
    return database.inTransaction(connection -> end(connection, login, why));
  }

  boolean end(Connection connection, UUID login, String why) throws SQLException {
    try (PreparedStatement update =
        connection.prepareStatement(
            "UPDATE login SET ended = ?, ended_why = ? WHERE id = ? AND ended IS NULL")) {
      update.setObject(1, at(clock.instant()));
      update.setString(2, why);
      update.setObject(3, login);
      return update.executeUpdate() == 1;
    }
  }

  /// A login that has not ended.
  Optional<Login> find(UUID id) {
    return database.read(connection -> {
      try (PreparedStatement select =
          connection.prepareStatement(
              """
              SELECT account, client, scopes, audiences, made FROM login
              WHERE id = ? AND ended IS NULL AND expires > ?\
              """)) {
        select.setObject(1, id);
        select.setObject(2, at(clock.instant()));
        try (ResultSet row = select.executeQuery()) {
          if (!row.next()) {
            return Optional.empty();
          }
          Login.Permit permit = new Login.Permit(texts(row.getArray(3)), texts(row.getArray(4)));
          return Optional.of(
              new Login(id, row.getString(1), row.getString(2), permit, instant(row, 5)));
        }
      }
    });
  }

  /// A login and whose it is.
  record Owned(UUID login, String account) {}

  /// The login that a refresh token of `client` belongs to, whether it counts or not.
  Optional<Owned> find(String refreshToken, String client) {
    return database.read(connection -> {
      try (PreparedStatement select =
          connection.prepareStatement(
              """
              SELECT l.id, l.account FROM login_refresh r JOIN login l ON l.id = r.login
              WHERE r.hash = ? AND l.client = ?\
              """)) {
        select.setBytes(1, Secrets.hash(refreshToken));
        select.setString(2, client);
        try (ResultSet row = select.executeQuery()) {
          return row.next()
              ? Optional.of(new Owned(row.getObject(1, UUID.class), row.getString(2)))
              : Optional.empty();
        }
      }
    });
  }

  /// Access tokens of a login that may be alive.
  List<String> alive(UUID login) {
    return database.read(connection -> {
      try (PreparedStatement select =
          connection.prepareStatement(
              "SELECT token_id FROM login_access WHERE login = ? AND expires > ?")) {
        select.setObject(1, login);
        select.setObject(2, at(clock.instant()));
        try (ResultSet row = select.executeQuery()) {
          List<String> ids = new ArrayList<>();
          while (row.next()) {
            ids.add(row.getString(1));
          }
          return ids;
        }
      }
    });
  }

  /// Forgets what has run out. Replayed refresh tokens are known until their login itself has.
  void forgetOld() {
    Instant now = clock.instant();
    for (String delete :
        List.of(
            "DELETE FROM login WHERE expires < ?",
            "DELETE FROM login_access WHERE expires < ?",
            "DELETE FROM login_code WHERE expires < ?::timestamptz - interval '1 day'",
            "DELETE FROM login_device WHERE expires < ?",
            "DELETE FROM used_assertion WHERE expires < ?")) {
      database.inTransaction(connection -> {
        try (PreparedStatement statement = connection.prepareStatement(delete)) {
          statement.setObject(1, at(now));
          return statement.executeUpdate();
        }
      });
    }
  }

  static List<String> texts(Array array) throws SQLException {
    return List.of((String[]) array.getArray());
  }

  static Array texts(Connection connection, List<String> texts) throws SQLException {
    return connection.createArrayOf("text", texts.toArray());
  }

  static Instant instant(ResultSet row, int column) throws SQLException {
    return row.getObject(column, OffsetDateTime.class).toInstant();
  }

  static OffsetDateTime at(Instant time) {
    return time.atOffset(ZoneOffset.UTC);
  }
}
