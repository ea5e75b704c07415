package dev.firn.archive.takeover;

import dev.firn.model.LogicalName;
import dev.firn.model.SiteName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// The table `archive_finding`.
final class Findings {
  private Findings() {}

  /// Writes findings, each once: what is found again is told in its last words.
  static void insert(Connection connection, SiteName site, List<Finding> findings)
      throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement(
            "INSERT INTO archive_finding(site, bundle, kind, subject, detail)"
                + " VALUES (?, ?, ?, ?, ?) ON CONFLICT (site, kind, bundle, subject)"
                + " DO UPDATE SET detail = excluded.detail")) {
      for (Finding finding : findings) {
        insert.setString(1, site.value());
        insert.setString(2, finding.bundle());
        insert.setString(3, finding.kind().label());
        insert.setString(4, finding.subject());
        insert.setString(5, finding.detail());
        insert.addBatch();
      }
      insert.executeBatch();
    }
  }

  /// Bundles at a site that could not be read.
  static Set<String> unreadable(Connection connection, SiteName site) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT bundle FROM archive_finding WHERE site = ? AND kind = ?")) {
      select.setString(1, site.value());
      select.setString(2, Finding.Kind.UNREADABLE_BUNDLE.label());
      Set<String> names = new HashSet<>();
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          names.add(row.getString(1));
        }
      }
      return names;
    }
  }

  /// A bundle that could not be read before, and can by now.
  static void readable(Connection connection, SiteName site, LogicalName bundle)
      throws SQLException {
    try (PreparedStatement delete =
        connection.prepareStatement(
            "DELETE FROM archive_finding WHERE site = ? AND kind = ? AND bundle = ?")) {
      delete.setString(1, site.value());
      delete.setString(2, Finding.Kind.UNREADABLE_BUNDLE.label());
      delete.setString(3, bundle.toString());
      delete.executeUpdate();
    }
  }
}
