package dev.firn.catalog;

import dev.firn.model.Checksum;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.Checksums;
import dev.firn.model.LogicalName;
import java.nio.ByteBuffer;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.sql.Types;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Rows of `file`.
final class FileStore {
  private final Words words;
  private final Directories directories;
  private final FileRows rows;

  FileStore(Words words, Directories directories, FileRows rows) {
    this.words = words;
    this.directories = directories;
    this.rows = rows;
  }

  /// Inserts a live version unless its name is taken, which the unique index decides.
  OptionalLong insert(Connection connection, NewFile file) throws SQLException {
    int directory = directories.require(connection, file.name().parent());
    try (PreparedStatement insert =
        connection.prepareStatement(
            "INSERT INTO file(size, checksum_key, event_count, first_event, last_event, dir_id,"
                + " adler32, crc32c, run, subrun, part, season, level, data_type, name, sha512,"
                + " sha256, md5, metadata, starts, ends, livetime, owner, working_group) VALUES"
                + " (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?::jsonb, ?, ?, ?, ?, ?)"
                + " ON CONFLICT (dir_id, name) WHERE state = 1 DO NOTHING RETURNING id")) {
      Checksums sums = file.checksums();
      byte[] sha512 = sums.load(ChecksumAlgorithm.SHA512).bytes();
      insert.setLong(1, file.size());
      insert.setLong(2, FileRows.checksumKey(sha512));
      insert.setInt(6, directory);
      setInt(insert, 7, narrow(sums, ChecksumAlgorithm.ADLER32));
      setInt(insert, 8, narrow(sums, ChecksumAlgorithm.CRC32C));
      setMetadata(connection, insert, file.metadata());
      insert.setString(15, file.name().lastSegment());
      insert.setBytes(16, sha512);
      insert.setBytes(17, wide(sums, ChecksumAlgorithm.SHA256));
      insert.setBytes(18, wide(sums, ChecksumAlgorithm.MD5));
      insert.setString(19, FileRows.json(file.metadata()));
      setTimesAndOwner(connection, insert, 20, file.metadata());
      try (ResultSet row = insert.executeQuery()) {
        return row.next() ? OptionalLong.of(row.getLong(1)) : OptionalLong.empty();
      }
    }
  }

  private void setMetadata(Connection connection, PreparedStatement to, FileMetadata metadata)
      throws SQLException {
    setLong(to, 3, metadata.eventCount());
    setLong(to, 4, metadata.firstEvent());
    setLong(to, 5, metadata.lastEvent());
    setInt(to, 9, metadata.run());
    setInt(to, 10, metadata.subrun());
    setInt(to, 11, metadata.part());
    setInt(to, 12, metadata.season());
    to.setShort(13, words.level().id(connection, metadata.level()));
    to.setShort(14, words.dataType().id(connection, metadata.dataType()));
  }

  private void setTimesAndOwner(
      Connection connection, PreparedStatement to, int first, FileMetadata metadata)
      throws SQLException {
    setTime(to, first, metadata.starts());
    setTime(to, first + 1, metadata.ends());
    to.setObject(first + 2, metadata.livetime(), Types.DOUBLE);
    to.setShort(first + 3, words.owner().id(connection, metadata.owner()));
    to.setShort(first + 4, words.group().id(connection, metadata.group()));
  }

  private static void setTime(PreparedStatement to, int index, @Nullable Instant value)
      throws SQLException {
    to.setTimestamp(index, value == null ? null : Timestamp.from(value));
  }

  /// Writes metadata over what is there.
  void describe(Connection connection, long id, FileMetadata metadata) throws SQLException {
    try (PreparedStatement update =
        connection.prepareStatement(
            "UPDATE file SET event_count = ?, first_event = ?, last_event = ?, run = ?, subrun = ?,"
                + " part = ?, season = ?, level = ?, data_type = ?, metadata = ?::jsonb, starts = ?,"
                + " ends = ?, livetime = ?, owner = ?, working_group = ? WHERE id = ?")) {
      setLong(update, 1, metadata.eventCount());
      setLong(update, 2, metadata.firstEvent());
      setLong(update, 3, metadata.lastEvent());
      setInt(update, 4, metadata.run());
      setInt(update, 5, metadata.subrun());
      setInt(update, 6, metadata.part());
      setInt(update, 7, metadata.season());
      update.setShort(8, words.level().id(connection, metadata.level()));
      update.setShort(9, words.dataType().id(connection, metadata.dataType()));
      update.setString(10, FileRows.json(metadata));
      setTimesAndOwner(connection, update, 11, metadata);
      update.setLong(16, id);
      update.executeUpdate();
    }
  }

  void addChecksums(Connection connection, long id, Checksums more) throws SQLException {
    try (PreparedStatement update =
        connection.prepareStatement(
            "UPDATE file SET adler32 = coalesce(adler32, ?), crc32c = coalesce(crc32c, ?),"
                + " sha256 = coalesce(sha256, ?), md5 = coalesce(md5, ?) WHERE id = ?")) {
      setInt(update, 1, narrow(more, ChecksumAlgorithm.ADLER32));
      setInt(update, 2, narrow(more, ChecksumAlgorithm.CRC32C));
      update.setBytes(3, wide(more, ChecksumAlgorithm.SHA256));
      update.setBytes(4, wide(more, ChecksumAlgorithm.MD5));
      update.setLong(5, id);
      update.executeUpdate();
    }
  }

  void setUuid(Connection connection, long id, UUID uuid) throws SQLException {
    try (PreparedStatement update =
        connection.prepareStatement("UPDATE file SET uuid = ? WHERE id = ?")) {
      update.setObject(1, uuid);
      update.setLong(2, id);
      update.executeUpdate();
    }
  }

  void setSize(Connection connection, long id, long size) throws SQLException {
    try (PreparedStatement update =
        connection.prepareStatement("UPDATE file SET size = ? WHERE id = ?")) {
      update.setLong(1, size);
      update.setLong(2, id);
      update.executeUpdate();
    }
  }

  void setState(Connection connection, long id, short state) throws SQLException {
    try (PreparedStatement update =
        connection.prepareStatement("UPDATE file SET state = ? WHERE id = ?")) {
      update.setShort(1, state);
      update.setLong(2, id);
      update.executeUpdate();
    }
  }

  /// The live version of a name. Locked against concurrent changes when asked for.
  Optional<CatalogFile> find(Connection connection, LogicalName name, boolean lock)
      throws SQLException {
    if (name.isRoot()) {
      return Optional.empty();
    }
    Optional<Integer> directory = directories.find(connection, name.parent());
    if (directory.isEmpty()) {
      return Optional.empty();
    }
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT "
                + FileRows.COLUMNS
                + FileRows.FROM
                + "WHERE f.dir_id = ? AND f.name = ? AND f.state = 1"
                + (lock ? " FOR NO KEY UPDATE OF f" : ""))) {
      select.setInt(1, directory.get());
      select.setString(2, name.lastSegment());
      return rows.list(connection, select).stream().findFirst();
    }
  }

  Optional<CatalogFile> find(Connection connection, long id, boolean lock) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT "
                + FileRows.COLUMNS
                + FileRows.FROM
                + "WHERE f.id = ?"
                + (lock ? " FOR NO KEY UPDATE OF f" : ""))) {
      select.setLong(1, id);
      return rows.list(connection, select).stream().findFirst();
    }
  }

  /// Those of some files that there are, in the order of their ids.
  List<CatalogFile> find(Connection connection, Collection<Long> ids, boolean lock)
      throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT "
                + FileRows.COLUMNS
                + FileRows.FROM
                + "WHERE f.id = ANY(?) ORDER BY f.id"
                + (lock ? " FOR NO KEY UPDATE OF f" : ""))) {
      select.setArray(1, connection.createArrayOf("bigint", ids.toArray()));
      return rows.list(connection, select);
    }
  }

  Optional<CatalogFile> find(Connection connection, UUID uuid) throws SQLException {
    OptionalLong id = rows.uuids().id(uuid);
    Optional<CatalogFile> made =
        id.isPresent() ? find(connection, id.getAsLong(), false) : Optional.empty();
    if (made.isPresent() && (made.get().live() || !made.get().replicas().isEmpty())) {
      return made;
    }
    // What was deleted and comes back brings the uuid along that its old row was known by.
    return brought(connection, uuid).or(() -> made);
  }

  private Optional<CatalogFile> brought(Connection connection, UUID uuid) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT " + FileRows.COLUMNS + FileRows.FROM + "WHERE f.uuid = ?")) {
      select.setObject(1, uuid);
      return rows.list(connection, select).stream().findFirst();
    }
  }

  /// All versions with this content, live or not, at most `limit`.
  List<CatalogFile> withContent(Connection connection, Checksum sha512, int limit)
      throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT "
                + FileRows.COLUMNS
                + FileRows.FROM
                + "WHERE f.checksum_key = ? AND f.sha512 = ? ORDER BY f.id LIMIT ?")) {
      select.setLong(1, FileRows.checksumKey(sha512.bytes()));
      select.setBytes(2, sha512.bytes());
      select.setInt(3, limit);
      return rows.list(connection, select);
    }
  }

  private static @Nullable Integer narrow(Checksums sums, ChecksumAlgorithm algorithm) {
    return sums.find(algorithm).map(c -> ByteBuffer.wrap(c.bytes()).getInt()).orElse(null);
  }

  private static byte @Nullable [] wide(Checksums sums, ChecksumAlgorithm algorithm) {
    return sums.find(algorithm).map(Checksum::bytes).orElse(null);
  }

  private static void setInt(PreparedStatement to, int index, @Nullable Integer value)
      throws SQLException {
    if (value == null) {
      to.setNull(index, Types.INTEGER);
    } else {
      to.setInt(index, value);
    }
  }

  private static void setLong(PreparedStatement to, int index, @Nullable Long value)
      throws SQLException {
    if (value == null) {
      to.setNull(index, Types.BIGINT);
    } else {
      to.setLong(index, value);
    }
  }

  /// Ids of live versions above `after`, in order, at most `limit`.
  List<Long> liveIds(Connection connection, long after, int limit) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT id FROM file WHERE id > ? AND state = 1 ORDER BY id LIMIT ?")) {
      select.setLong(1, after);
      select.setInt(2, limit);
      List<Long> ids = new ArrayList<>();
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          ids.add(row.getLong(1));
        }
      }
      return ids;
    }
  }
}
