package dev.firn.transfer.rule;

import dev.firn.database.Database;
import dev.firn.database.History;
import dev.firn.database.HistoryEntry;
import dev.firn.model.ByteSize;
import dev.firn.model.SiteName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/// How much the rules of an account may ask for at a site.
///
/// What an account has asked for and not given back counts, copies on their way included. A copy
/// that would go beyond is held until there is room.
public final class Quotas {
  public static final String KIND = "quota";

  private final Database database;

  public Quotas(Database database) {
    this.database = database;
  }

  /// @param bytes what it may have there; empty for as much as it likes
  public record Quota(
      String account, SiteName site, OptionalLong bytes, long usedFiles, long usedBytes) {
    /// Bytes that may still be asked for.
    public long room() {
      return bytes.isEmpty() ? Long.MAX_VALUE : bytes.getAsLong() - usedBytes;
    }
  }

  /// Every quota, and what is used without one.
  public List<Quota> list() {
    return database.read(Quotas::list);
  }

  static List<Quota> list(Connection connection) throws SQLException {
    List<Quota> quotas = new ArrayList<>();
    try (PreparedStatement select =
            connection.prepareStatement(
                """
                SELECT account, site, q.bytes AS most, coalesce(u.files, 0) AS files,
                  coalesce(u.bytes, 0) AS bytes
                FROM account_quota q FULL JOIN account_usage u USING (account, site)
                WHERE q.bytes IS NOT NULL OR u.files <> 0
                ORDER BY account, site
                """);
        ResultSet row = select.executeQuery()) {
      while (row.next()) {
        long most = row.getLong("most");
        OptionalLong bytes = row.wasNull() ? OptionalLong.empty() : OptionalLong.of(most);
        quotas.add(
            new Quota(
                row.getString("account"),
                new SiteName(row.getString("site")),
                bytes,
                row.getLong("files"),
                row.getLong("bytes")));
      }
    }
    return quotas;
  }

  /// What is left to accounts that have a quota, for one transaction that asks for copies.
  static Room room(Connection connection) throws SQLException {
    // Two hubs that ask for copies at the same time do not both take what is left.
    try (PreparedStatement lock =
        connection.prepareStatement(
            "SELECT FROM account_quota ORDER BY account, site FOR UPDATE")) {
      lock.execute();
    }
    return Room.of(list(connection));
  }

  /// Room as it gets less.
  public static final class Room {
    private final Map<List<String>, Quota> quotas;
    private final Map<List<String>, Long> taken = new HashMap<>();

    private Room(Map<List<String>, Quota> quotas) {
      this.quotas = quotas;
    }

    /// What these quotas leave; who has none may have as much as it likes.
    public static Room of(Collection<Quota> all) {
      Map<List<String>, Quota> quotas = new HashMap<>();
      for (Quota quota : all) {
        if (quota.bytes().isPresent()) {
          quotas.put(List.of(quota.account(), quota.site().value()), quota);
        }
      }
      return new Room(quotas);
    }

    /// Takes so many bytes; when there is not as much room, takes nothing and says why.
    public Optional<String> take(String account, SiteName site, long bytes) {
      List<String> key = List.of(account, site.value());
      Quota quota = quotas.get(key);
      if (quota == null) {
        return Optional.empty();
      }
      long used = taken.getOrDefault(key, 0L);
      if (bytes > quota.room() - used) {
        return Optional.of(
            "the quota of account %s at %s has no room for %s: %s of %s are asked for"
                .formatted(
                    account,
                    site,
                    new ByteSize(bytes),
                    new ByteSize(quota.usedBytes() + used),
                    new ByteSize(quota.bytes().getAsLong())));
      }
      taken.put(key, used + bytes);
      return Optional.empty();
    }
  }

  /// Sets a quota; empty `bytes` takes it away.
  public void set(String account, SiteName site, OptionalLong bytes, String who) {
    database.inTransaction(c -> {
      String sql =
          bytes.isPresent()
              ? "INSERT INTO account_quota (account, site, set_by, bytes) VALUES (?, ?, ?, ?)"
                  + " ON CONFLICT (account, site) DO UPDATE SET bytes = EXCLUDED.bytes,"
                  + " set_by = EXCLUDED.set_by, set_at = now()"
              : "DELETE FROM account_quota WHERE account = ? AND site = ?";
      try (PreparedStatement change = c.prepareStatement(sql)) {
        change.setString(1, account);
        change.setString(2, site.value());
        if (bytes.isPresent()) {
          change.setString(3, who);
          change.setLong(4, bytes.getAsLong());
        }
        change.executeUpdate();
      }
      String to =
          bytes.isPresent() ? new ByteSize(bytes.getAsLong()).toString() : "as much as it likes";
      History.record(
          c, new HistoryEntry(KIND, account + " at " + site, who, "may have " + to, null, to));
      return 0;
    });
  }
}
