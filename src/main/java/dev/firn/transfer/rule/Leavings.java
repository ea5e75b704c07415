package dev.firn.transfer.rule;

import dev.firn.model.LogicalName;
import dev.firn.model.SiteName;
import dev.firn.transfer.site.Place;
import dev.firn.transfer.site.Site;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;

/// What transfers that ended without their copy may have left where they were to bring it: part of
/// a file, or the bad bytes that they were to replace. Whoever asks for the same copy again may
/// replace that.
///
/// @param parts where an attempt may have written
/// @param bad where something was to be replaced
record Leavings(Set<Left> parts, Set<Left> bad) {
  /// The place of one file's copy.
  record Left(long file, Place place) {}

  /// Of some files, as far as the last transfer to a place says: one that failed or was cancelled
  /// after an attempt that may have written there, or that was to replace what such a one had left.
  static Leavings of(Connection connection, Collection<Long> files) throws SQLException {
    Set<Left> parts = new HashSet<>();
    Set<Left> bad = new HashSet<>();
    try (PreparedStatement select =
        connection.prepareStatement(
            """
            SELECT subject_id, destination, destination_path, overwrite FROM (
              SELECT DISTINCT ON (subject_id, destination, destination_path) subject_id,
                destination, destination_path, state, touched, overwrite
              FROM transfer WHERE subject_kind = 'file' AND subject_id = ANY(?)
              ORDER BY subject_id, destination, destination_path, id DESC) last
            WHERE (touched OR overwrite) AND state IN ('failed', 'cancelled')
            """)) {
      select.setArray(
          1, connection.createArrayOf("text", files.stream().map(String::valueOf).toArray()));
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          Left left =
              new Left(
                  Long.parseLong(row.getString("subject_id")),
                  new Place(
                      new SiteName(row.getString("destination")),
                      LogicalName.parse(row.getString("destination_path"))));
          (row.getBoolean("overwrite") ? bad : parts).add(left);
        }
      }
    }
    return new Leavings(Set.copyOf(parts), Set.copyOf(bad));
  }

  /// Whether what lies there may be replaced. A Firn door publishes whole files only: parts of
  /// files are none of ours there. But the digest that it keeps of a bad file is that of the good
  /// days, so that looking without replacing would take it for right.
  boolean at(long file, Place place, Site.Kind kind) {
    Left left = new Left(file, place);
    return bad.contains(left) || kind != Site.Kind.FIRN && parts.contains(left);
  }
}
