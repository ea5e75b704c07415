package dev.firn.catalog.filecatalog;

import dev.firn.http.Json;
import dev.firn.model.SiteName;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// What belongs to many records at once, for dumps.
final class DumpStore {
  private DumpStore() {}

  /// A location to be written.
  ///
  /// @param mirror the site of Firn's copy that it is; null when it is none
  record Placed(long file, Location location, @Nullable SiteName mirror) {}

  /// Writes locations that are free, and says which belong to another file.
  static Set<Placed> place(Connection c, List<Placed> all) throws SQLException {
    try (PreparedStatement insert =
        c.prepareStatement(
            "INSERT INTO filecatalog_location(file_id, mirror, site, path, flags)"
                + " VALUES (?, ?, ?, ?, ?::jsonb) ON CONFLICT DO NOTHING")) {
      for (Placed one : all) {
        insert.setLong(1, one.file);
        insert.setString(2, one.mirror == null ? null : one.mirror.value());
        insert.setString(3, one.location.site());
        insert.setString(4, one.location.path());
        insert.setString(5, one.location.flags().toString());
        insert.addBatch();
      }
      insert.executeBatch();
    }
    return elsewhere(c, all);
  }

  private static Set<Placed> elsewhere(Connection c, List<Placed> all) throws SQLException {
    try (PreparedStatement select =
        c.prepareStatement(
            "SELECT w.n, l.file_id"
                + " FROM unnest(?::text[], ?::text[], ?::text[]) WITH ORDINALITY"
                + " w(site, path, archived, n) JOIN filecatalog_location l"
                + " ON md5(l.path) = md5(w.path) AND l.site = w.site AND l.path = w.path"
                + " AND coalesce(l.flags ->> 'archive', '') = w.archived")) {
      select.setArray(1, texts(c, all, Location::site));
      select.setArray(2, texts(c, all, Location::path));
      select.setArray(3, texts(c, all, Location::archived));
      Set<Placed> taken = new HashSet<>();
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          Placed one = all.get(row.getInt(1) - 1);
          if (row.getLong(2) != one.file) {
            taken.add(one);
          }
        }
      }
      return taken;
    }
  }

  private static Array texts(Connection c, List<Placed> all, Function<Location, String> part)
      throws SQLException {
    return c.createArrayOf("text", all.stream().map(p -> part.apply(p.location)).toArray());
  }

  /// When records were last changed, and how they were written.
  record Dated(long file, Instant modified, Document.Written written) {}

  static void date(Connection c, List<Dated> all) throws SQLException {
    try (PreparedStatement insert =
        c.prepareStatement(
            "INSERT INTO filecatalog_record(file_id, modified, written, name) VALUES (?, ?, ?, ?)"
                + " ON CONFLICT (file_id) DO NOTHING")) {
      for (Dated one : all) {
        insert.setLong(1, one.file);
        insert.setTimestamp(2, Timestamp.from(one.modified));
        insert.setString(3, one.written.uuid());
        insert.setString(4, one.written.name());
        insert.addBatch();
      }
      insert.executeBatch();
    }
  }

  /// What is stored beside each of these files.
  static Map<Long, Document.Beside> beside(Connection c, Collection<Long> ids) throws SQLException {
    Map<Long, List<Location>> locations = new HashMap<>();
    ids.forEach(id -> locations.put(id, new ArrayList<>()));
    try (PreparedStatement select =
        c.prepareStatement(
            "SELECT file_id, site, path, flags::text FROM filecatalog_place"
                + " WHERE file_id = ANY(?) ORDER BY file_id, site, path")) {
      select.setArray(1, c.createArrayOf("bigint", ids.toArray()));
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          ObjectNode flags = (ObjectNode) Json.mapper().readTree(row.getString(4));
          locations
              .computeIfAbsent(row.getLong(1), id -> new ArrayList<>())
              .add(new Location(row.getString(2), row.getString(3), flags));
        }
      }
    }
    Map<Long, Document.Beside> beside = new HashMap<>();
    locations.forEach(
        (id, l) -> beside.put(id, new Document.Beside(l, null, Document.Written.USUAL)));
    try (PreparedStatement select =
        c.prepareStatement(
            "SELECT file_id, modified, written, name FROM filecatalog_record"
                + " WHERE file_id = ANY(?)")) {
      select.setArray(1, c.createArrayOf("bigint", ids.toArray()));
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          long id = row.getLong(1);
          beside.put(
              id,
              new Document.Beside(
                  locations.getOrDefault(id, List.of()),
                  row.getTimestamp(2).toInstant(),
                  new Document.Written(row.getString(3), row.getString(4))));
        }
      }
    }
    return beside;
  }
}
