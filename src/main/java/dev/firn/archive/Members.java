package dev.firn.archive;

import dev.firn.model.Checksum;
import dev.firn.model.ChecksumAlgorithm;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/// The table `bundle_member`.
final class Members {
  private static final String SELECT =
      "SELECT file_id, file_uuid, path, size, sha512, record, coalesce(data_offset, -1),"
          + " coalesce(header_offset, -1), coalesce(crc32, -1), coalesce(deflated, -1)"
          + " FROM bundle_member WHERE ";

  private Members() {}

  /// Writes the members of a bundle in their order.
  static void insert(Connection connection, UUID bundle, List<Member> members) throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement(
            "INSERT INTO bundle_member(bundle, ordinal, file_id, file_uuid, path, size, sha512,"
                + " record) VALUES (?, ?, ?, ?, ?, ?, ?, ?)")) {
      int ordinal = 0;
      for (Member member : members) {
        insert.setObject(1, bundle);
        insert.setInt(2, ordinal++);
        insert.setLong(3, member.fileId());
        insert.setObject(4, member.packed().uuid());
        insert.setString(5, member.packed().path());
        insert.setLong(6, member.packed().size());
        insert.setString(7, member.packed().sha512().hex());
        insert.setString(8, member.packed().record());
        insert.addBatch();
      }
      insert.executeBatch();
    }
  }

  /// The members of a bundle, in their order.
  static List<Member> of(Connection connection, UUID bundle) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(SELECT + "bundle = ? ORDER BY ordinal")) {
      select.setObject(1, bundle);
      List<Member> members = new ArrayList<>();
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          members.add(member(row));
        }
      }
      return members;
    }
  }

  private static Member member(ResultSet row) throws SQLException {
    return new Member(
        row.getLong(1),
        new BundleMember(
            row.getObject(2, UUID.class),
            row.getString(3),
            row.getLong(4),
            new Checksum(ChecksumAlgorithm.SHA512, row.getString(5)),
            row.getString(6)),
        row.getLong(7),
        row.getLong(8),
        row.getLong(9),
        row.getLong(10));
  }

  /// Where a file lies in a bundle.
  static Optional<Member> find(Connection connection, UUID bundle, long fileId)
      throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(SELECT + "file_id = ? AND bundle = ?")) {
      select.setLong(1, fileId);
      select.setObject(2, bundle);
      try (ResultSet row = select.executeQuery()) {
        return row.next() ? Optional.of(member(row)) : Optional.empty();
      }
    }
  }

  /// A file's place in a bundle.
  record Place(UUID bundle, String path) {}

  /// Another bundle at the site of `but` that holds a file and of which nothing bad is known: one
  /// that was read and agreed before others, then the first by name.
  static Optional<Place> elsewhere(Connection connection, long fileId, Bundle but)
      throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT m.bundle, m.path FROM bundle_member m JOIN bundle b ON b.uuid = m.bundle"
                + " WHERE m.file_id = ? AND b.site = ? AND b.uuid <> ?"
                + " AND b.state IN ('verified', 'unread')"
                + " ORDER BY b.state = 'verified' DESC, b.name LIMIT 1")) {
      select.setLong(1, fileId);
      select.setString(2, but.site().value());
      select.setObject(3, but.uuid());
      try (ResultSet row = select.executeQuery()) {
        return row.next()
            ? Optional.of(new Place(row.getObject(1, UUID.class), row.getString(2)))
            : Optional.empty();
      }
    }
  }

  /// Notes where the members of a bundle lie since it was packed.
  static void place(Connection connection, UUID bundle, List<BundleOutcome.PackedMember> packed)
      throws SQLException {
    try (PreparedStatement update =
        connection.prepareStatement(
            "UPDATE bundle_member SET data_offset = ?, crc32 = ?"
                + " WHERE bundle = ? AND ordinal = ?")) {
      int ordinal = 0;
      for (BundleOutcome.PackedMember member : packed) {
        update.setLong(1, member.dataOffset());
        update.setLong(2, member.crc32());
        update.setObject(3, bundle);
        update.setInt(4, ordinal++);
        update.addBatch();
      }
      update.executeBatch();
    }
  }

  /// Takes a file out of a bundle that was never packed; the ordinals close up.
  static void drop(Connection connection, UUID bundle, long fileId) throws SQLException {
    try (PreparedStatement delete =
        connection.prepareStatement(
            "DELETE FROM bundle_member WHERE bundle = ? AND file_id = ? RETURNING ordinal")) {
      delete.setObject(1, bundle);
      delete.setLong(2, fileId);
      try (ResultSet row = delete.executeQuery()) {
        while (row.next()) {
          closeUp(connection, bundle, row.getInt(1));
        }
      }
    }
  }

  private static void closeUp(Connection connection, UUID bundle, int from) throws SQLException {
    // Twice, because the key must stay unique at every row.
    for (String step : List.of("ordinal = -ordinal", "ordinal = -ordinal - 1")) {
      String which = step.endsWith("1") ? "ordinal < 0" : "ordinal > " + from;
      try (PreparedStatement update =
          connection.prepareStatement(
              "UPDATE bundle_member SET " + step + " WHERE bundle = ? AND " + which)) {
        update.setObject(1, bundle);
        update.executeUpdate();
      }
    }
  }
}
