package dev.firn.catalog.dataset;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HexFormat;

/// What a snapshot's members are, in one number: sha256 over a line `NAME TAB SHA512 LF` for each
/// member, in the order of the names' bytes. The names are those at the time of asking, so a moved
/// member shows.
final class SnapshotDigest {
  private static final int AT_ONCE = 2_000;

  private SnapshotDigest() {}

  static String of(Connection connection, int snapshot) throws SQLException {
    MessageDigest digest = sha256();
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT d.path || '/' || f.name, encode(f.sha512, 'hex') FROM dataset_file m"
                + " JOIN file f ON f.id = m.file_id JOIN dir d ON d.id = f.dir_id"
                + " WHERE m.dataset_id = ? ORDER BY (d.path || '/' || f.name) COLLATE \"C\","
                + " f.sha512")) {
      select.setFetchSize(AT_ONCE);
      select.setInt(1, snapshot);
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          String line = row.getString(1) + "\t" + row.getString(2) + "\n";
          digest.update(line.getBytes(StandardCharsets.UTF_8));
        }
      }
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every Java has it
    }
  }
}
