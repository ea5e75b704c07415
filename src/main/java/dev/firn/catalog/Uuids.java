package dev.firn.catalog;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.OptionalLong;
import java.util.UUID;

/// Names of files for the outside, made from the catalog's ids: nothing to store, nothing to index.
///
/// Version 8 of RFC 9562: 48 bits say which catalog, 62 bits are the id.
record Uuids(long instance) {
  private static final long VARIANT = 0x8000_0000_0000_0000L;
  private static final long VERSION = 0x8000L;

  static Uuids load(Connection connection) throws SQLException {
    try (PreparedStatement select =
            connection.prepareStatement("SELECT instance FROM catalog_identity");
        ResultSet row = select.executeQuery()) {
      row.next();
      return new Uuids(row.getLong(1));
    }
  }

  UUID of(long id) {
    return new UUID(instance << 16 | VERSION, VARIANT | id);
  }

  /// The id a uuid of this catalog was made from; empty for any other uuid.
  OptionalLong id(UUID uuid) {
    boolean ours =
        uuid.getMostSignificantBits() == (instance << 16 | VERSION)
            && (uuid.getLeastSignificantBits() >>> 62) == 2;
    return ours
        ? OptionalLong.of(uuid.getLeastSignificantBits() & ~(3L << 62))
        : OptionalLong.empty();
  }
}
