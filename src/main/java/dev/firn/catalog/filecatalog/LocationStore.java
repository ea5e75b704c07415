package dev.firn.catalog.filecatalog;

import dev.firn.catalog.FileMetadata;
import dev.firn.http.Json;
import dev.firn.model.SiteName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// Locations and dates of records, in the tables of `V20__file_catalog.sql`.
final class LocationStore {
  Document.Beside beside(Connection c, long id) throws SQLException {
    List<Location> locations = new ArrayList<>();
    try (PreparedStatement select =
        c.prepareStatement(
            "SELECT site, path, flags::text FROM filecatalog_place WHERE file_id = ?"
                + " ORDER BY site, path")) {
      select.setLong(1, id);
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          ObjectNode flags = (ObjectNode) Json.mapper().readTree(row.getString(3));
          locations.add(new Location(row.getString(1), row.getString(2), flags));
        }
      }
    }
    try (PreparedStatement select =
        c.prepareStatement(
            "SELECT modified, written, name FROM filecatalog_record WHERE file_id = ?")) {
      select.setLong(1, id);
      try (ResultSet row = select.executeQuery()) {
        boolean there = row.next();
        Instant modified = there ? row.getTimestamp(1).toInstant() : null;
        Document.Written written =
            there
                ? new Document.Written(row.getString(2), row.getString(3))
                : Document.Written.USUAL;
        return new Document.Beside(locations, modified, written);
      }
    }
  }

  /// A location that belongs to a file.
  record Taken(Location location, long file) {}

  /// The first of some locations that belongs to a file other than `own`.
  Optional<Taken> taken(Connection c, List<Location> locations, long own) throws SQLException {
    for (Location location : locations) {
      try (PreparedStatement select =
          c.prepareStatement(
              "SELECT l.file_id FROM filecatalog_location l"
                  + " WHERE md5(l.path) = md5(?) AND l.path = ? AND l.site = ?"
                  + " AND coalesce(l.flags ->> 'archive', '') = ?")) {
        select.setString(1, location.path());
        select.setString(2, location.path());
        select.setString(3, location.site());
        select.setString(4, location.archived());
        try (ResultSet row = select.executeQuery()) {
          if (row.next() && row.getLong(1) != own) {
            return Optional.of(new Taken(location, row.getLong(1)));
          }
        }
      }
    }
    return Optional.empty();
  }

  /// @param mirror the site of Firn's copy that this location is; null when it is none
  void insert(Connection c, long id, Location location, @Nullable SiteName mirror)
      throws SQLException {
    FileMetadata.NONE.withExtra(location.flags()); // what cannot be stored is refused there
    try (PreparedStatement insert =
        c.prepareStatement(
            "INSERT INTO filecatalog_location(file_id, mirror, site, path, flags)"
                + " VALUES (?, ?, ?, ?, ?::jsonb)")) {
      insert.setLong(1, id);
      insert.setString(2, mirror == null ? null : mirror.value());
      insert.setString(3, location.site());
      insert.setString(4, location.path());
      insert.setString(5, location.flags().toString());
      insert.executeUpdate();
    }
  }

  /// The site whose copy a written location is, empty text for none; empty when the location was
  /// never written but is Firn's own.
  Optional<String> mirrorOf(Connection c, long id, Location location) throws SQLException {
    try (PreparedStatement select =
        c.prepareStatement(
            "SELECT coalesce(mirror, '') FROM filecatalog_location"
                + " WHERE file_id = ? AND site = ? AND path = ?"
                + " AND coalesce(flags ->> 'archive', '') = ?")) {
      select.setLong(1, id);
      select.setString(2, location.site());
      select.setString(3, location.path());
      select.setString(4, location.archived());
      try (ResultSet row = select.executeQuery()) {
        return row.next() ? Optional.of(row.getString(1)) : Optional.empty();
      }
    }
  }

  void delete(Connection c, long id, Location location) throws SQLException {
    try (PreparedStatement delete =
        c.prepareStatement(
            "DELETE FROM filecatalog_location WHERE file_id = ? AND site = ? AND path = ?"
                + " AND coalesce(flags ->> 'archive', '') = ?")) {
      delete.setLong(1, id);
      delete.setString(2, location.site());
      delete.setString(3, location.path());
      delete.setString(4, location.archived());
      delete.executeUpdate();
    }
  }

  /// Sets the date of the last change to now.
  void modified(Connection c, long id, Document.Written written) throws SQLException {
    try (PreparedStatement upsert =
        c.prepareStatement(
            "INSERT INTO filecatalog_record(file_id, modified, written, name) VALUES (?, ?, ?, ?)"
                + " ON CONFLICT (file_id) DO UPDATE SET modified = excluded.modified,"
                + " written = coalesce(excluded.written, filecatalog_record.written),"
                + " name = coalesce(excluded.name, filecatalog_record.name)")) {
      upsert.setLong(1, id);
      upsert.setTimestamp(2, Timestamp.from(Instant.now()));
      upsert.setString(3, written.uuid());
      upsert.setString(4, written.name());
      upsert.executeUpdate();
    }
  }

  /// Frees the locations and the uuid of a record that is gone.
  void forget(Connection c, long id) throws SQLException {
    for (String sql :
        List.of(
            "DELETE FROM filecatalog_location WHERE file_id = ?",
            "DELETE FROM filecatalog_record WHERE file_id = ?",
            "UPDATE file SET uuid = NULL WHERE id = ?")) {
      try (PreparedStatement forget = c.prepareStatement(sql)) {
        forget.setLong(1, id);
        forget.executeUpdate();
      }
    }
  }
}
