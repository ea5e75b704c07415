package dev.firn.archive.request;

import dev.firn.model.SiteName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/// The files of requests as the archivist takes them, all in its own transactions.
public final class RequestedFiles {
  private RequestedFiles() {}

  /// A file that waits for a bundle.
  public record Waiting(long request, long fileId, Instant since) {}

  /// Sites for which files wait.
  public static List<SiteName> sites(Connection connection) throws SQLException {
    try (PreparedStatement select =
            connection.prepareStatement(
                "SELECT DISTINCT site FROM archive_request_file WHERE state = 'waiting'");
        ResultSet row = select.executeQuery()) {
      List<SiteName> sites = new ArrayList<>();
      while (row.next()) {
        sites.add(new SiteName(row.getString(1)));
      }
      return sites;
    }
  }

  /// Files for `site` that wait and lie at the hub, oldest requests first, locked until the
  /// transaction ends. What is not at the hub keeps nothing back.
  public static List<Waiting> lock(Connection connection, SiteName site, SiteName hub, int limit)
      throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT f.request, f.file_id, r.made FROM archive_request_file f"
                + " JOIN archive_request r ON r.id = f.request"
                + " WHERE f.site = ? AND f.state = 'waiting' AND EXISTS (SELECT FROM replica c"
                + " WHERE c.file_id = f.file_id AND c.state = 2 AND c.bundle IS NULL"
                + " AND c.site = (SELECT id FROM site WHERE name = ?))"
                + " ORDER BY f.request, f.file_id"
                + " LIMIT ? FOR UPDATE OF f SKIP LOCKED")) {
      select.setString(1, site.value());
      select.setString(2, hub.value());
      select.setInt(3, limit);
      List<Waiting> waiting = new ArrayList<>();
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          waiting.add(new Waiting(row.getLong(1), row.getLong(2), row.getTimestamp(3).toInstant()));
        }
      }
      return waiting;
    }
  }

  /// These files go into a bundle.
  public static void assign(
      Connection connection, long request, Collection<Long> files, UUID bundle)
      throws SQLException {
    try (PreparedStatement update =
        connection.prepareStatement(
            "UPDATE archive_request_file SET state = 'bundled', bundle = ?"
                + " WHERE request = ? AND file_id = ANY(?) AND state = 'waiting'")) {
      update.setObject(1, bundle);
      update.setLong(2, request);
      update.setArray(3, connection.createArrayOf("bigint", files.toArray()));
      update.executeUpdate();
    }
  }

  /// A file is not what the catalog says and was taken out of its bundle.
  public static void refuse(Connection connection, UUID bundle, long fileId, String why)
      throws SQLException {
    try (PreparedStatement update =
        connection.prepareStatement(
            "UPDATE archive_request_file SET state = 'refused', bundle = NULL, reason = ?"
                + " WHERE bundle = ? AND file_id = ?")) {
      update.setString(1, why);
      update.setObject(2, bundle);
      update.setLong(3, fileId);
      update.executeUpdate();
    }
  }

  /// Whether nobody else closes bundles for a site, until the transaction ends.
  ///
  /// @param wait until it is so
  public static boolean alone(Connection connection, SiteName site, boolean wait)
      throws SQLException {
    String lock = "(hashtextextended('archive-collector ' || ?, 0))";
    try (PreparedStatement select =
        connection.prepareStatement(
            wait
                ? "SELECT true FROM pg_advisory_xact_lock" + lock
                : "SELECT pg_try_advisory_xact_lock" + lock)) {
      select.setString(1, site.value());
      try (ResultSet row = select.executeQuery()) {
        return row.next() && row.getBoolean(1);
      }
    }
  }

  /// Whether an operator lets no new bundles be closed for a site.
  public static boolean drained(Connection connection, SiteName site) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement("SELECT drained FROM archive_site WHERE site = ?")) {
      select.setString(1, site.value());
      try (ResultSet row = select.executeQuery()) {
        return row.next() && row.getBoolean(1);
      }
    }
  }

  /// Which request waits for a file, as a [dev.firn.catalog.Keeper] says it.
  public static Optional<String> needs(Connection connection, long fileId) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT request FROM archive_request_file WHERE file_id = ? AND state = 'waiting'"
                + " LIMIT 1")) {
      select.setLong(1, fileId);
      try (ResultSet row = select.executeQuery()) {
        return row.next()
            ? Optional.of("archive request " + row.getLong(1) + " waits for it")
            : Optional.empty();
      }
    }
  }
}
