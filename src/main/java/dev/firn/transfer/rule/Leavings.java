package dev.firn.transfer.rule;

import dev.firn.model.LogicalName;
import dev.firn.model.SiteName;
import dev.firn.transfer.site.Place;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;

/// What transfers that ended without their copy may have left where they were to bring it: part of
/// a file, or other bytes. Whoever asks for the same copy again may replace that.
///
/// @param places by file
record Leavings(Set<Left> places) {
  /// The place of one file's copy.
  record Left(long file, Place place) {}

  /// Of some files, as far as the last transfer to a place says: one that failed or was cancelled
  /// after an attempt that may have written there, or that was to replace what such a one had left.
  static Leavings of(Connection connection, Collection<Long> files) throws SQLException {
    Set<Left> places = new HashSet<>();
    try (PreparedStatement select =
        connection.prepareStatement(
            """
            SELECT subject_id, destination, destination_path FROM (
              SELECT DISTINCT ON (subject_id, destination, destination_path) subject_id,
                destination, destination_path, state, touched OR overwrite AS left_something
              FROM transfer WHERE subject_kind = 'file' AND subject_id = ANY(?)
              ORDER BY subject_id, destination, destination_path, id DESC) last
            WHERE left_something AND state IN ('failed', 'cancelled')
            """)) {
      select.setArray(
          1, connection.createArrayOf("text", files.stream().map(String::valueOf).toArray()));
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          places.add(
              new Left(
                  Long.parseLong(row.getString("subject_id")),
                  new Place(
                      new SiteName(row.getString("destination")),
                      LogicalName.parse(row.getString("destination_path")))));
        }
      }
    }
    return new Leavings(Set.copyOf(places));
  }

  boolean at(long file, Place place) {
    return places.contains(new Left(file, place));
  }
}
