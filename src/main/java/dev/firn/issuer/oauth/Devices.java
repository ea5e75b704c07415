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

/// Devices that wait for somebody to approve them in a browser (RFC 8628), in PostgreSQL.
final class Devices {
  /// How long one waits.
  static final Duration LIFE = Duration.ofMinutes(10);

  /// How long it waits between two questions, until it is told to slow down.
  static final int PAUSE_SECONDS = 5;

  private final Database database;
  private final Logins logins;
  private final InstantSource clock;

  Devices(Database database, Logins logins, InstantSource clock) {
    this.database = database;
    this.logins = logins;
    this.clock = clock;
  }

  /// A new device's codes.
  record Codes(String device, String user) {
    /// Without them.
    @Override
    public String toString() {
      return "device";
    }
  }

  /// A device that somebody may approve: its client and what it asked for.
  record Waiting(String client, Login.Permit asked) {}

  /// What a device is told.
  sealed interface Outcome {
    record Approved(Logins.Held held) implements Outcome {}

    record Pending() implements Outcome {}

    record TooFast() implements Outcome {}

    record Denied() implements Outcome {}

    record Expired() implements Outcome {}

    record Refused(String why) implements Outcome {}
  }

  Codes begin(String client, Login.Permit asked) {
    Codes codes = new Codes(Secrets.random(), Secrets.userCode());
    database.inTransaction(connection -> {
      try (PreparedStatement insert =
          connection.prepareStatement(
              """
              INSERT INTO login_device (hash, user_hash, client, scopes, audiences, expires, pause, state)
              VALUES (?, ?, ?, ?, ?, ?, ?, 'pending')\
              """)) {
        insert.setBytes(1, Secrets.hash(codes.device()));
        insert.setBytes(2, Secrets.hash(codes.user()));
        insert.setString(3, client);
        insert.setArray(4, Logins.texts(connection, asked.scopes()));
        insert.setArray(5, Logins.texts(connection, asked.audiences()));
        insert.setObject(6, Logins.at(clock.instant().plus(LIFE)));
        insert.setInt(7, PAUSE_SECONDS);
        return insert.executeUpdate();
      }
    });
    return codes;
  }

  /// The device whose code somebody typed.
  Optional<Waiting> waiting(String userCode) {
    return database.read(connection -> {
      try (PreparedStatement select =
          connection.prepareStatement(
              """
              SELECT client, scopes, audiences FROM login_device
              WHERE user_hash = ? AND state = 'pending' AND expires > ?\
              """)) {
        select.setBytes(1, Secrets.hash(userCode));
        select.setObject(2, Logins.at(clock.instant()));
        try (ResultSet row = select.executeQuery()) {
          return row.next()
              ? Optional.of(
                  new Waiting(
                      row.getString(1),
                      new Login.Permit(
                          Logins.texts(row.getArray(2)), Logins.texts(row.getArray(3)))))
              : Optional.empty();
        }
      }
    });
  }

  /// Lets a device have what is granted.
  ///
  /// @return whether it was still waiting
  boolean approve(String userCode, String account, Login.Permit granted) {
    return database.inTransaction(connection -> {
      try (PreparedStatement update =
          connection.prepareStatement(
              """
              UPDATE login_device SET state = 'approved', account = ?, scopes = ?, audiences = ?, approved = ?
              WHERE user_hash = ? AND state = 'pending' AND expires > ?\
              """)) {
        update.setString(1, account);
        update.setArray(2, Logins.texts(connection, granted.scopes()));
        update.setArray(3, Logins.texts(connection, granted.audiences()));
        update.setObject(4, Logins.at(clock.instant()));
        update.setBytes(5, Secrets.hash(userCode));
        update.setObject(6, Logins.at(clock.instant()));
        return update.executeUpdate() == 1;
      }
    });
  }

  /// Turns a device away.
  void deny(String userCode) {
    database.inTransaction(connection -> {
      try (PreparedStatement update =
          connection.prepareStatement(
              "UPDATE login_device SET state = 'denied' WHERE user_hash = ? AND state = 'pending'")) {
        update.setBytes(1, Secrets.hash(userCode));
        return update.executeUpdate();
      }
    });
  }

  private record Row(
      String client,
      String state,
      Optional<String> account,
      Login.Permit permit,
      Pace pace,
      Instant expires) {}

  private record Pace(int pause, Optional<Instant> asked) {}

  /// Answers a device's question. Once it has been told yes, its code is used up.
  Outcome ask(String deviceCode, String client) {
    byte[] hash = Secrets.hash(deviceCode);
    Instant now = clock.instant();
    return database.inTransaction(connection -> {
      Optional<Row> found = locked(connection, hash);
      if (found.isEmpty()) {
        return new Outcome.Refused("unknown");
      }
      Row row = found.get();
      if (!row.client().equals(client)) {
        return new Outcome.Refused("another client's");
      }
      if (!now.isBefore(row.expires())) {
        return new Outcome.Expired();
      }
      return switch (row.state()) {
        case "pending" -> paced(connection, hash, row.pace(), now);
        case "denied" -> new Outcome.Denied();
        case "approved" -> {
          useUp(connection, hash);
          yield new Outcome.Approved(
              logins.begin(connection, row.account().orElseThrow(), client, row.permit()));
        }
        default -> new Outcome.Refused("used before");
      };
    });
  }

  private static Outcome paced(Connection connection, byte[] hash, Pace pace, Instant now)
      throws SQLException {
    // A second is left to the network's whims.
    boolean tooFast =
        pace.asked()
            .map(before -> now.isBefore(before.plusSeconds(pace.pause() - 1)))
            .orElse(false);
    try (PreparedStatement update =
        connection.prepareStatement(
            "UPDATE login_device SET asked = ?, pause = pause + ? WHERE hash = ?")) {
      update.setObject(1, Logins.at(now));
      update.setInt(2, tooFast ? PAUSE_SECONDS : 0); // RFC 8628 section 3.5
      update.setBytes(3, hash);
      update.executeUpdate();
    }
    return tooFast ? new Outcome.TooFast() : new Outcome.Pending();
  }

  private static void useUp(Connection connection, byte[] hash) throws SQLException {
    try (PreparedStatement update =
        connection.prepareStatement("UPDATE login_device SET state = 'used' WHERE hash = ?")) {
      update.setBytes(1, hash);
      update.executeUpdate();
    }
  }

  private static Optional<Row> locked(Connection connection, byte[] hash) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            """
            SELECT client, state, account, scopes, audiences, pause, asked, expires
            FROM login_device WHERE hash = ? FOR UPDATE\
            """)) {
      select.setBytes(1, hash);
      try (ResultSet row = select.executeQuery()) {
        if (!row.next()) {
          return Optional.empty();
        }
        Optional<Instant> asked =
            row.getObject(7) == null ? Optional.empty() : Optional.of(Logins.instant(row, 7));
        return Optional.of(
            new Row(
                row.getString(1),
                row.getString(2),
                Optional.ofNullable(row.getString(3)),
                new Login.Permit(Logins.texts(row.getArray(4)), Logins.texts(row.getArray(5))),
                new Pace(row.getInt(6), asked),
                Logins.instant(row, 8)));
      }
    }
  }
}
