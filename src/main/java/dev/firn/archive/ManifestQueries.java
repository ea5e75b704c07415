package dev.firn.archive;

import dev.firn.database.Database;
import dev.firn.model.LogicalName;
import dev.firn.model.SiteName;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// What an export of the manifests reads.
record ManifestQueries(Database database) {
  /// A member with its logical name, as an export says it.
  record Named(String path, LogicalName name, String sha512, String record) {}

  /// The bundles whose bytes lie at an archive, or at all of them, the oldest first.
  List<UUID> archived(@Nullable SiteName site) {
    return database.read(c -> {
      try (PreparedStatement select =
          c.prepareStatement(
              "SELECT uuid FROM bundle WHERE (?::text IS NULL OR site = ?)"
                  + " AND state IN ('verified', 'unread', 'damaged') ORDER BY created, uuid")) {
        String wanted = site == null ? null : site.value();
        select.setString(1, wanted);
        select.setString(2, wanted);
        List<UUID> found = new ArrayList<>();
        try (ResultSet row = select.executeQuery()) {
          while (row.next()) {
            found.add(row.getObject(1, UUID.class));
          }
        }
        return found;
      }
    });
  }

  /// A bundle's members in their order.
  List<Named> named(UUID bundle) {
    return database.read(c -> {
      try (PreparedStatement select =
          c.prepareStatement(
              "SELECT m.path, d.path || '/' || f.name, m.sha512, m.record FROM bundle_member m"
                  + " JOIN file f ON f.id = m.file_id JOIN dir d ON d.id = f.dir_id"
                  + " WHERE m.bundle = ? ORDER BY m.ordinal")) {
        select.setObject(1, bundle);
        List<Named> found = new ArrayList<>();
        try (ResultSet row = select.executeQuery()) {
          while (row.next()) {
            found.add(
                new Named(
                    row.getString(1),
                    LogicalName.parse(row.getString(2)),
                    row.getString(3),
                    row.getString(4)));
          }
        }
        return found;
      }
    });
  }
}
