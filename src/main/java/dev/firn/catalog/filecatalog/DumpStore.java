package dev.firn.catalog.filecatalog;

import dev.firn.http.Json;
import dev.firn.model.SiteName;
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
    Map<String, Long> owners = new HashMap<>();
    try (PreparedStatement select =
        c.prepareStatement(
            "SELECT l.site, l.path, l.file_id FROM unnest(?::text[], ?::text[]) w(site, path)"
                + " JOIN filecatalog_location l ON md5(l.path) = md5(w.path)"
                + " AND l.site = w.site AND l.path = w.path")) {
      select.setArray(
          1, c.createArrayOf("text", all.stream().map(p -> p.location.site()).toArray()));
      select.setArray(
          2, c.createArrayOf("text", all.stream().map(p -> p.location.path()).toArray()));
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          owners.put(row.getString(1) + "\0" + row.getString(2), row.getLong(3));
        }
      }
    }
    Set<Placed> taken = new HashSet<>();
    for (Placed one : all) {
      Long owner = owners.get(one.location.site() + "\0" + one.location.path());
      if (owner != null && owner != one.file) {
        taken.add(one);
      }
    }
    return taken;
  }

  /// When records were last changed, and how their uuids were written.
  record Dated(long file, Instant modified, @Nullable String written) {}

  static void date(Connection c, List<Dated> all) throws SQLException {
    try (PreparedStatement insert =
        c.prepareStatement(
            "INSERT INTO filecatalog_record(file_id, modified, written) VALUES (?, ?, ?)"
                + " ON CONFLICT (file_id) DO NOTHING")) {
      for (Dated one : all) {
        insert.setLong(1, one.file);
        insert.setTimestamp(2, Timestamp.from(one.modified));
        insert.setString(3, one.written);
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
    locations.forEach((id, l) -> beside.put(id, new Document.Beside(l, null, null)));
    try (PreparedStatement select =
        c.prepareStatement(
            "SELECT file_id, modified, written FROM filecatalog_record WHERE file_id = ANY(?)")) {
      select.setArray(1, c.createArrayOf("bigint", ids.toArray()));
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          long id = row.getLong(1);
          beside.put(
              id,
              new Document.Beside(
                  locations.getOrDefault(id, List.of()),
                  row.getTimestamp(2).toInstant(),
                  row.getString(3)));
        }
      }
    }
    return beside;
  }
}
