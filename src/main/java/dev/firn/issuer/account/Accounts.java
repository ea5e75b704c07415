package dev.firn.issuer.account;

import dev.firn.database.Database;
import dev.firn.database.History;
import dev.firn.database.HistoryEntry;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.InstantSource;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// The accounts of a hub, in PostgreSQL.
public final class Accounts {
  /// The shortest password there may be, in characters.
  public static final int SHORTEST_PASSWORD = 10;

  /// The longest one.
  public static final int LONGEST_PASSWORD = 1024;

  private static final String KIND = "account";
  private static final String COLUMNS = "name, groups, scopes, disabled, made, password";

  private final Database database;
  private final InstantSource clock;
  private final Passwords passwords = new Passwords();

  /// Each check takes 19 MiB and tens of milliseconds of a core.
  private final Semaphore checking = new Semaphore(2, true);

  public Accounts(Database database, InstantSource clock) {
    this.database = database;
    this.clock = clock;
  }

  private record Row(Account account, String password) {}

  public Optional<Account> find(String name) {
    return database.read(c -> row(c, name, false)).map(Row::account);
  }

  /// All accounts by name.
  public List<Account> list() {
    return database.read(connection -> {
      try (PreparedStatement select =
              connection.prepareStatement("SELECT " + COLUMNS + " FROM account ORDER BY name");
          ResultSet rows = select.executeQuery()) {
        List<Account> all = new ArrayList<>();
        while (rows.next()) {
          all.add(read(rows).account());
        }
        return all;
      }
    });
  }

  /// Adds an account.
  ///
  /// @param by who did it, for the record
  /// @return whether the name was free
  /// @throws IllegalArgumentException when the password may not be one
  public boolean add(Account account, String password, String by) {
    String hash = hashed(password);
    return database.inTransaction(connection -> {
      try (PreparedStatement insert =
          connection.prepareStatement(
              """
              INSERT INTO account (name, groups, scopes, password, made, made_by)
              VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (name) DO NOTHING\
              """)) {
        insert.setString(1, account.name());
        insert.setArray(2, texts(connection, account.groups()));
        insert.setArray(3, texts(connection, account.scopes()));
        insert.setString(4, hash);
        insert.setObject(5, at(account.made()));
        insert.setString(6, by);
        if (insert.executeUpdate() == 0) {
          return false;
        }
      }
      note(connection, by, new Change(account.name(), "added", null, "enabled"));
      return true;
    });
  }

  /// Changes groups, scopes or whether it is disabled. Disabling ends its logins.
  ///
  /// @return the account as it is now; empty when there is none of this name
  public Optional<Account> change(String name, UnaryOperator<Account> how, String by) {
    return database.inTransaction(connection -> {
      Optional<Row> before = row(connection, name, true);
      if (before.isEmpty()) {
        return Optional.<Account>empty();
      }
      Account after = how.apply(before.get().account());
      try (PreparedStatement update =
          connection.prepareStatement(
              "UPDATE account SET groups = ?, scopes = ?, disabled = ? WHERE name = ?")) {
        update.setArray(1, texts(connection, after.groups()));
        update.setArray(2, texts(connection, after.scopes()));
        update.setObject(3, after.disabled().map(Accounts::at).orElse(null));
        update.setString(4, name);
        update.executeUpdate();
      }
      if (after.disabled().isPresent()) {
        endLogins(connection, name, "account disabled");
      }
      String from = before.get().account().disabled().isPresent() ? "disabled" : "enabled";
      String to = after.disabled().isPresent() ? "disabled" : "enabled";
      note(connection, by, new Change(name, "changed", from, to));
      return Optional.of(after);
    });
  }

  /// Gives an account another password and ends its logins.
  ///
  /// @return whether there is such an account
  /// @throws IllegalArgumentException when the password may not be one
  public boolean changePassword(String name, String password, String by) {
    String hash = hashed(password);
    return database.inTransaction(connection -> {
      try (PreparedStatement update =
          connection.prepareStatement("UPDATE account SET password = ? WHERE name = ?")) {
        update.setString(1, hash);
        update.setString(2, name);
        if (update.executeUpdate() == 0) {
          return false;
        }
      }
      endLogins(connection, name, "password changed");
      note(connection, by, new Change(name, "password changed", "enabled", "enabled"));
      return true;
    });
  }

  /// The account of somebody who knows its password and may log in. Wrong names take as long as
  /// wrong passwords.
  ///
  /// @throws InterruptedException when interrupted while others are being checked
  public Outcome check(String name, String password) throws InterruptedException {
    Optional<Row> row = database.read(c -> row(c, name, false));
    String given = password.length() > LONGEST_PASSWORD ? "" : password;
    if (!checking.tryAcquire(5, TimeUnit.SECONDS)) {
      return new Outcome.Busy();
    }
    try {
      if (row.isEmpty()) {
        passwords.compareWithNobody(given);
        return new Outcome.Wrong();
      }
      Account account = row.get().account();
      boolean right = passwords.matches(given, row.get().password());
      return right && account.disabled().isEmpty()
          ? new Outcome.Right(account)
          : new Outcome.Wrong();
    } finally {
      checking.release();
    }
  }

  /// What came of checking a password.
  public sealed interface Outcome {
    record Right(Account account) implements Outcome {}

    /// The name, the password, or the account is disabled: which of them is not told.
    record Wrong() implements Outcome {}

    /// Too many others are being checked.
    record Busy() implements Outcome {}
  }

  private String hashed(String password) {
    if (password.length() < SHORTEST_PASSWORD || password.length() > LONGEST_PASSWORD) {
      throw new IllegalArgumentException(
          "a password has %d to %d characters".formatted(SHORTEST_PASSWORD, LONGEST_PASSWORD));
    }
    return passwords.hash(password);
  }

  private void endLogins(Connection connection, String name, String why) throws SQLException {
    try (PreparedStatement update =
        connection.prepareStatement(
            "UPDATE login SET ended = ?, ended_why = ? WHERE account = ? AND ended IS NULL")) {
      update.setObject(1, at(clock.instant()));
      update.setString(2, why);
      update.setString(3, name);
      update.executeUpdate();
    }
    try (PreparedStatement delete =
        connection.prepareStatement("DELETE FROM login_code WHERE account = ?")) {
      delete.setString(1, name);
      delete.executeUpdate();
    }
    try (PreparedStatement deny =
        connection.prepareStatement(
            "UPDATE login_device SET state = 'denied' WHERE account = ? AND state = 'approved'")) {
      deny.setString(1, name);
      deny.executeUpdate();
    }
  }

  private record Change(String name, String why, @Nullable String from, String to) {}

  private static void note(Connection connection, String by, Change change) throws SQLException {
    History.record(
        connection,
        new HistoryEntry(KIND, change.name(), by, change.why(), change.from(), change.to()));
  }

  private static Optional<Row> row(Connection connection, String name, boolean locked)
      throws SQLException {
    if (!Account.isName(name)) {
      return Optional.empty(); // what somebody typed may be more than the database can hold
    }
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT " + COLUMNS + " FROM account WHERE name = ?" + (locked ? " FOR UPDATE" : ""))) {
      select.setString(1, name);
      try (ResultSet row = select.executeQuery()) {
        return row.next() ? Optional.of(read(row)) : Optional.empty();
      }
    }
  }

  private static Row read(ResultSet row) throws SQLException {
    OffsetDateTime disabled = row.getObject(4, OffsetDateTime.class);
    return new Row(
        new Account(
            row.getString(1),
            texts(row.getArray(2)),
            texts(row.getArray(3)),
            Optional.ofNullable(disabled).map(OffsetDateTime::toInstant),
            row.getObject(5, OffsetDateTime.class).toInstant()),
        row.getString(6));
  }

  private static List<String> texts(Array array) throws SQLException {
    return List.of((String[]) array.getArray());
  }

  private static Array texts(Connection connection, List<String> texts) throws SQLException {
    return connection.createArrayOf("text", texts.toArray());
  }

  private static @Nullable OffsetDateTime at(@Nullable Instant time) {
    return time == null ? null : time.atOffset(ZoneOffset.UTC);
  }
}
