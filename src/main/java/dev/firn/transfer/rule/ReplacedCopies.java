package dev.firn.transfer.rule;

import dev.firn.model.SiteName;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/// Copies that rules asked for of versions of which others have taken the place.
public final class ReplacedCopies {
  private ReplacedCopies() {}

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
