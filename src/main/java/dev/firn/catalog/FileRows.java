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
  static final String COLUMNS = FileColumn.ALL;

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
      String path = "";
      LogicalName directory = LogicalName.ROOT;
      while (row.next()) {
        String own = row.getString(FileColumn.DIRECTORY.at());
        if (!own.equals(path)) { // neighbours often share it
          path = own;
          directory = Directories.name(own);
        }
        bare.add(file(connection, row, directory));
      }
    }
    return withReplicas(connection, bare);
  }

  /// The file of the current row, without its copies.
  private CatalogFile file(Connection connection, ResultSet row, LogicalName directory)
      throws SQLException {
    long id = row.getLong(FileColumn.ID.at());
    UUID brought = row.getObject(FileColumn.UUID.at(), UUID.class);
    return new CatalogFile(
        id,
        brought == null ? uuids.of(id) : brought,
        directory.child(row.getString(FileColumn.NAME.at())),
        row.getLong(FileColumn.SIZE.at()),
        checksums(row),
        metadata(connection, row),
        row.getObject(FileColumn.CREATED.at(), OffsetDateTime.class).toInstant(),
        row.getShort(FileColumn.STATE.at()) == LIVE,
        List.of());
  }

  private static Checksums checksums(ResultSet row) throws SQLException {
    List<Checksum> found = new ArrayList<>();
    found.add(Checksum.of(ChecksumAlgorithm.SHA512, row.getBytes(FileColumn.SHA512.at())));
    addBytes(found, ChecksumAlgorithm.SHA256, row.getBytes(FileColumn.SHA256.at()));
    addBytes(found, ChecksumAlgorithm.MD5, row.getBytes(FileColumn.MD5.at()));
    addNumber(found, ChecksumAlgorithm.ADLER32, integer(row, FileColumn.ADLER32.at()));
    addNumber(found, ChecksumAlgorithm.CRC32C, integer(row, FileColumn.CRC32C.at()));
    return Checksums.of(found);
  }

  private static void addBytes(
      List<Checksum> to, ChecksumAlgorithm algorithm, byte @Nullable [] value) {
    if (value != null) {
      to.add(Checksum.of(algorithm, value));
    }
  }

  private static void addNumber(
      List<Checksum> to, ChecksumAlgorithm algorithm, @Nullable Integer value) {
    if (value != null) {
      to.add(Checksum.of(algorithm, value));
    }
  }

  private FileMetadata metadata(Connection connection, ResultSet row) throws SQLException {
    String extra = row.getString(FileColumn.METADATA.at());
    return new FileMetadata(
        integer(row, FileColumn.SEASON.at()),
        integer(row, FileColumn.RUN.at()),
        integer(row, FileColumn.SUBRUN.at()),
        integer(row, FileColumn.PART.at()),
        words.level().word(connection, row.getShort(FileColumn.LEVEL.at())),
        words.dataType().word(connection, row.getShort(FileColumn.DATA_TYPE.at())),
        number(row, FileColumn.EVENT_COUNT.at()),
        number(row, FileColumn.FIRST_EVENT.at()),
        number(row, FileColumn.LAST_EVENT.at()),
        time(row, FileColumn.STARTS.at()),
        time(row, FileColumn.ENDS.at()),
        row.getObject(FileColumn.LIVETIME.at(), Double.class),
        words.owner().word(connection, row.getShort(FileColumn.OWNER.at())),
        words.group().word(connection, row.getShort(FileColumn.WORKING_GROUP.at())),
        extra == null ? null : JSON.readTree(extra));
  }

  // Asked of each file and column: getObject would look up first what class is meant.

  private static @Nullable Integer integer(ResultSet row, int at) throws SQLException {
    int value = row.getInt(at);
    return row.wasNull() ? null : value;
  }

  private static @Nullable Long number(ResultSet row, int at) throws SQLException {
    long value = row.getLong(at);
    return row.wasNull() ? null : value;
  }

  private static @Nullable Instant time(ResultSet row, int at) throws SQLException {
    OffsetDateTime time = row.getObject(at, OffsetDateTime.class);
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
            "SELECT file_id, site, state, path, bundle, verified, verified_how FROM replica"
                + " WHERE file_id = ANY(?)")) {
      select.setArray(1, connection.createArrayOf("bigint", byId.keySet().toArray()));
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          CatalogFile file = Objects.requireNonNull(byId.get(row.getLong(1)));
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

  private Replica replica(Connection connection, ResultSet row, LogicalName name)
      throws SQLException {
    String site = words.site().word(connection, row.getShort(2));
    String path = row.getString(4);
    return new Replica(
        row.getLong(1),
        new SiteName(Objects.requireNonNull(site, "site")),
        state(row.getShort(3)),
        path == null ? name : LogicalName.parse(path),
        row.getObject(5, UUID.class),
        time(row, 6),
        words.verification().word(connection, row.getShort(7)));
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
