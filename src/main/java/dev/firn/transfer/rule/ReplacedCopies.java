package dev.firn.transfer.rule;

import dev.firn.model.SiteName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;

/// Copies that rules asked for of versions of which others have taken the place.
public final class ReplacedCopies {
  private ReplacedCopies() {}

  /// Bytes that an account is charged for at a site for older versions of a file, and that are
  /// given back when the version that its name means now has taken their place.
  static long givenBack(Connection connection, long fileId, SiteName site, String account)
      throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            """
            SELECT coalesce(sum(o.size), 0) FROM file n
              JOIN file o ON o.dir_id = n.dir_id AND o.name = n.name AND o.state = 2
              JOIN copy_request q ON q.file_id = o.id AND q.site = ? AND q.state = 'done'
                AND NOT q.bundled
              JOIN replication_rule r ON r.id = q.rule_id AND r.account = ?
            WHERE n.id = ? AND n.state = 1
            """)) {
      select.setString(1, site.value());
      select.setString(2, account);
      select.setLong(3, fileId);
      try (ResultSet row = select.executeQuery()) {
        row.next();
        return row.getLong(1);
      }
    }
  }

  /// Other bytes lie where a copy was made: nobody asks for that one any more, and its account is
  /// not charged for it.
  public static void overwritten(Connection connection, long fileId, SiteName site, String why)
      throws SQLException {
    for (CopyRequest request :
        CopyRequests.inForce(connection, List.of(fileId)).getOrDefault(fileId, List.of())) {
      boolean ended =
          request.state() == CopyRequest.State.DONE || request.state() == CopyRequest.State.FAILED;
      if (ended && !request.bundled() && request.site().equals(site)) {
        CopyRequests.cancel(connection, request, why);
      }
    }
  }
}
