package dev.firn.catalog;

import dev.firn.model.Checksum;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.Checksums;
import dev.firn.model.LogicalName;
import dev.firn.model.ReplicaState;
import dev.firn.model.SiteName;
import java.nio.ByteBuffer;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/// Reads files and copies from rows.
final class FileRows {
  /// Selected of `file f JOIN dir d ON d.id = f.dir_id`.
  static final String COLUMNS =
      "f.id, f.size, f.created, f.event_count, f.first_event, f.last_event, f.adler32, f.crc32c,"
          + " f.run, f.subrun, f.part, f.season, f.level, f.data_type, f.state, f.name, f.sha512,"
          + " f.sha256, f.md5, f.metadata::text AS metadata, f.uuid, f.starts, f.ends, f.livetime,"
          + " f.owner, f.working_group, d.path AS directory";

  static final String FROM = " FROM file f JOIN dir d ON d.id = f.dir_id ";
  static final short LIVE = 1;
  static final short SUPERSEDED = 2;
  static final short GONE = 3;

  private static final JsonMapper JSON = new JsonMapper();

  private final Words words;
  private final Uuids uuids;

  FileRows(Words words, Uuids uuids) {
    this.words = words;
    this.uuids = uuids;
  }

  Uuids uuids() {
    return uuids;
  }

  /// All files a statement yields, with their copies.
  List<CatalogFile> list(Connection connection, PreparedStatement select) throws SQLException {
    List<CatalogFile> bare = new ArrayList<>();
    try (ResultSet row = select.executeQuery()) {
      while (row.next()) {
        bare.add(file(connection, row));
      }
    }
    return withReplicas(connection, bare);
  }

  /// The file of the current row, without its copies.
  CatalogFile file(Connection connection, ResultSet row) throws SQLException {
    long id = row.getLong("id");
    UUID brought = row.getObject("uuid", UUID.class);
    LogicalName name = Directories.name(row.getString("directory")).child(row.getString("name"));
    return new CatalogFile(
        id,
        brought == null ? uuids.of(id) : brought,
        name,
        row.getLong("size"),
        checksums(row),
        metadata(connection, row),
        row.getObject("created", OffsetDateTime.class).toInstant(),
        row.getShort("state") == LIVE,
        List.of());
  }

  private static Checksums checksums(ResultSet row) throws SQLException {
    List<Checksum> found = new ArrayList<>();
    found.add(Checksum.of(ChecksumAlgorithm.SHA512, row.getBytes("sha512")));
    for (ChecksumAlgorithm wide : List.of(ChecksumAlgorithm.SHA256, ChecksumAlgorithm.MD5)) {
      byte[] value = row.getBytes(wide.label());
      if (value != null) {
        found.add(Checksum.of(wide, value));
      }
    }
    for (ChecksumAlgorithm narrow : List.of(ChecksumAlgorithm.ADLER32, ChecksumAlgorithm.CRC32C)) {
      int value = row.getInt(narrow.label());
      if (!row.wasNull()) {
        found.add(Checksum.of(narrow, value));
      }
    }
    return Checksums.of(found);
  }

  private FileMetadata metadata(Connection connection, ResultSet row) throws SQLException {
    String extra = row.getString("metadata");
    return new FileMetadata(
        row.getObject("season", Integer.class),
        row.getObject("run", Integer.class),
        row.getObject("subrun", Integer.class),
        row.getObject("part", Integer.class),
        words.level().word(connection, row.getShort("level")),
        words.dataType().word(connection, row.getShort("data_type")),
        row.getObject("event_count", Long.class),
        row.getObject("first_event", Long.class),
        row.getObject("last_event", Long.class),
        time(row, "starts"),
        time(row, "ends"),
        row.getObject("livetime", Double.class),
        words.owner().word(connection, row.getShort("owner")),
        words.group().word(connection, row.getShort("working_group")),
        extra == null ? null : JSON.readTree(extra));
  }

  private static @Nullable Instant time(ResultSet row, String column) throws SQLException {
    OffsetDateTime time = row.getObject(column, OffsetDateTime.class);
    return time == null ? null : time.toInstant();
  }

  List<CatalogFile> withReplicas(Connection connection, List<CatalogFile> files)
      throws SQLException {
    if (files.isEmpty()) {
      return files;
    }
    Map<Long, CatalogFile> byId = new HashMap<>();
    files.forEach(f -> byId.put(f.id(), f));
    Map<Long, List<Replica>> replicas = new HashMap<>();
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT file_id, verified, bundle, site, state, verified_how, path FROM replica"
                + " WHERE file_id = ANY(?)")) {
      select.setArray(1, connection.createArrayOf("bigint", byId.keySet().toArray()));
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          CatalogFile file = Objects.requireNonNull(byId.get(row.getLong("file_id")));
          replicas
              .computeIfAbsent(file.id(), i -> new ArrayList<>())
              .add(replica(connection, row, file.name()));
        }
      }
    }
    List<CatalogFile> complete = new ArrayList<>(files.size());
    for (CatalogFile file : files) {
      List<Replica> own = replicas.getOrDefault(file.id(), new ArrayList<>());
      own.sort(Comparator.comparing(Replica::site));
      complete.add(with(file, own));
    }
    return complete;
  }

  private static CatalogFile with(CatalogFile f, List<Replica> replicas) {
    return new CatalogFile(
        f.id(),
        f.uuid(),
        f.name(),
        f.size(),
        f.checksums(),
        f.metadata(),
        f.created(),
        f.live(),
        replicas);
  }

  short levelNumber(Connection connection, CatalogFile file) throws SQLException {
    return words.level().id(connection, file.metadata().level());
  }

  Replica replica(Connection connection, ResultSet row, LogicalName name) throws SQLException {
    String path = row.getString("path");
    Instant verified = time(row, "verified");
    String site =
        Objects.requireNonNull(words.site().word(connection, row.getShort("site")), "site");
    return new Replica(
        row.getLong("file_id"),
        new SiteName(site),
        state(row.getShort("state")),
        path == null ? name : LogicalName.parse(path),
        row.getObject("bundle", UUID.class),
        verified,
        words.verification().word(connection, row.getShort("verified_how")));
  }

  static ReplicaState state(short number) {
    return ReplicaState.values()[number - 1];
  }

  static short number(ReplicaState state) {
    return (short) (state.ordinal() + 1);
  }

  /// The first 8 bytes, which are indexed.
  static long checksumKey(byte[] sha512) {
    return ByteBuffer.wrap(sha512).getLong();
  }

  static @Nullable String json(FileMetadata metadata) {
    return metadata.extra() == null || metadata.extra().isEmpty()
        ? null
        : JSON.writeValueAsString(metadata.extra());
  }
}
