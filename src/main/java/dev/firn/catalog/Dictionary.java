package dev.firn.catalog;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// Words that repeat in every row, kept once; rows are never changed or removed, so what was once
/// read is remembered. A word added by a transaction still running is not: it may roll back.
final class Dictionary {
  /// What stands for a word that is not known.
  static final short UNKNOWN = 0;

  private final String table;
  private final Map<String, Short> ids = new ConcurrentHashMap<>();
  private final Map<Short, String> names = new ConcurrentHashMap<>();

  Dictionary(String table) {
    this.table = table;
  }

  /// The word's number, added when it is new.
  short id(Connection connection, @Nullable String word) throws SQLException {
    if (word == null) {
      return UNKNOWN;
    }
    Short known = ids.get(word);
    if (known == null) {
      known = select(connection, word);
    }
    while (known == null) {
      try (PreparedStatement insert =
          connection.prepareStatement(
              "INSERT INTO " + table + "(name) VALUES (?) ON CONFLICT (name) DO NOTHING")) {
        insert.setString(1, word);
        insert.executeUpdate();
      }
      known = select(connection, word);
    }
    return known;
  }

  /// The number of a word that is there; null when it is not.
  @Nullable Short known(Connection connection, String word) throws SQLException {
    Short known = ids.get(word);
    return known != null ? known : select(connection, word);
  }

  /// The word of a number; null for unknown.
  @Nullable String word(Connection connection, short id) throws SQLException {
    if (id == UNKNOWN) {
      return null;
    }
    String known = names.get(id);
    return known != null ? known : read(connection, "id = " + id, null);
  }

  private @Nullable Short select(Connection connection, String word) throws SQLException {
    String found = read(connection, "name = ?", word);
    return found == null ? null : Short.valueOf(found);
  }

  /// Reads one row and remembers it unless our own transaction wrote it, or a part of it that a
  /// savepoint began: those have later numbers than the transaction. Answers with the number when a
  /// word was asked for, else with the word.
  private @Nullable String read(Connection connection, String where, @Nullable String word)
      throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT id, name, age(xmin) <= 0 AS fresh FROM " + table + " WHERE " + where)) {
      if (word != null) {
        select.setString(1, word);
      }
      try (ResultSet row = select.executeQuery()) {
        if (!row.next()) {
          return null;
        }
        short id = row.getShort("id");
        String name = row.getString("name");
        if (!row.getBoolean("fresh")) {
          ids.put(name, id);
          names.put(id, name);
        }
        return word == null ? name : Short.toString(id);
      }
    }
  }
}
