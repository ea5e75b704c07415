package dev.firn.archive;

import dev.firn.database.Database;
import dev.firn.database.History;
import dev.firn.database.HistoryEntry;
import dev.firn.database.HistoryRecord;
import dev.firn.model.Checksum;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.Checksums;
import dev.firn.model.LogicalName;
import dev.firn.model.SiteName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// The tables of `V3__archive.sql`. Times of leases are the database's.
final class ArchiveStore {
  /// History's kind of subject.
  static final String KIND = "bundle";

  private static final String COLUMNS =
      "uuid, site, request_path, name, state, created, file_count, member_bytes, size, adler32,"
          + " sha512, staged, transfer, attempts, origin, overwrite, reason, verified, audited";
  private static final int HISTORY = 1000;
  private static final String WORK =
      "(state IN ('closed', 'packed', 'transferring', 'verifying') OR (state = 'verified' AND staged)"
          + " OR (state = 'damaged' AND overwrite))";

  private final Database database;
  private final String holder;

  /// @param holder names this process in leases
  ArchiveStore(Database database, String holder) {
    this.database = database;
    this.holder = holder;
  }

  Database database() {
    return database;
  }

  /// Claims the bundle that has waited longest for work.
  Optional<Bundle> claim(Duration lease) {
    return claim(
        "SELECT uuid FROM bundle WHERE "
            + WORK
            + " AND not_before <= now() AND lease_until <= now()"
            + " ORDER BY not_before, created, uuid LIMIT 1 FOR UPDATE SKIP LOCKED",
        null,
        lease);
  }

  /// Claims one bundle, whatever its state; empty when somebody else holds it.
  Optional<Bundle> claim(UUID uuid, Duration lease) {
    return claim(
        "SELECT uuid FROM bundle WHERE uuid = ? AND lease_until <= now() FOR UPDATE", uuid, lease);
  }

  private Optional<Bundle> claim(String which, @Nullable UUID uuid, Duration lease) {
    return database.inTransaction(c -> {
      try (PreparedStatement update =
          c.prepareStatement(
              "UPDATE bundle SET lease_holder = ?,"
                  + " lease_until = clock_timestamp() + ? * interval '1 millisecond'"
                  + " WHERE uuid = ("
                  + which
                  + ") RETURNING "
                  + COLUMNS)) {
        update.setString(1, holder);
        update.setLong(2, lease.toMillis());
        if (uuid != null) {
          update.setObject(3, uuid);
        }
        return rows(update).stream().findFirst();
      }
    });
  }

  /// Says that the holder lives; false when the lease is lost.
  boolean keep(UUID uuid, Duration lease) {
    return database.inTransaction(c -> {
      try (PreparedStatement update =
          c.prepareStatement(
              "UPDATE bundle SET lease_until = clock_timestamp() + ? * interval '1 millisecond'"
                  + " WHERE uuid = ? AND lease_holder = ?")) {
        update.setLong(1, lease.toMillis());
        update.setObject(2, uuid);
        update.setString(3, holder);
        return update.executeUpdate() == 1;
      }
    });
  }

  /// What a change of state sets beside the state: column assignments with their values.
  record Set(String assignments, List<?> values) {
    static final Set NOTHING = new Set("", List.of());

    static Set of(String assignments, Object... values) {
      return new Set(", " + assignments, List.of(values));
    }
  }

  /// Moves a claimed bundle on, lets go of it and writes history.
  ///
  /// @throws LeaseLostException when it is not ours any more: the transaction must end
  void move(Connection connection, Bundle bundle, BundleState to, String why, Set set)
      throws SQLException {
    String sql =
        "UPDATE bundle SET state = ?, lease_holder = NULL, lease_until = '-infinity'"
            + set.assignments
            + " WHERE uuid = ? AND state = ? AND lease_holder = ?";
    try (PreparedStatement update = connection.prepareStatement(sql)) {
      int i = 0;
      update.setString(++i, to.label());
      for (Object value : set.values) {
        if (value instanceof Instant instant) {
          update.setTimestamp(++i, Timestamp.from(instant));
        } else {
          update.setObject(++i, value);
        }
      }
      update.setObject(++i, bundle.uuid());
      update.setString(++i, bundle.state().label());
      update.setString(++i, holder);
      if (update.executeUpdate() != 1) {
        throw new LeaseLostException("bundle " + bundle.uuid() + " is somebody else's now");
      }
    }
    if (to != bundle.state()) {
      History.record(connection, entry(bundle, why, to));
    }
  }

  static HistoryEntry entry(Bundle bundle, String why, BundleState to) {
    return new HistoryEntry(
        KIND, bundle.uuid().toString(), Archivist.WHO, why, bundle.state().label(), to.label());
  }

  /// Lets go of a claimed bundle, to be looked at again after `delay`.
  void release(Bundle bundle, Duration delay, @Nullable String reason) {
    database.inTransaction(c -> {
      try (PreparedStatement update =
          c.prepareStatement(
              "UPDATE bundle SET lease_holder = NULL, lease_until = '-infinity',"
                  + " not_before = now() + ? * interval '1 millisecond',"
                  + " reason = coalesce(?, reason) WHERE uuid = ? AND lease_holder = ?")) {
        update.setLong(1, delay.toMillis());
        update.setString(2, reason);
        update.setObject(3, bundle.uuid());
        update.setString(4, holder);
        return update.executeUpdate();
      }
    });
  }

  /// Moves a quarantined bundle back to the state it was in.
  boolean resume(UUID uuid, Duration lease, String who) {
    Optional<Bundle> bundle = claim(uuid, lease);
    if (bundle.isEmpty() || bundle.get().state() != BundleState.QUARANTINED) {
      bundle.ifPresent(b -> release(b, Duration.ZERO, null));
      return false;
    }
    return database.inTransaction(c -> {
      String original;
      try (PreparedStatement select =
          c.prepareStatement("SELECT original_state FROM bundle WHERE uuid = ?")) {
        select.setObject(1, uuid);
        try (ResultSet row = select.executeQuery()) {
          row.next();
          original = row.getString(1);
        }
      }
      move(
          c,
          bundle.get(),
          BundleState.ofLabel(original),
          "resumed by " + who,
          new Set(
              ", attempts = 0, not_before = now(), overwrite = overwrite OR original_state = 'damaged'",
              List.of()));
      return true;
    });
  }

  /// Bytes that are staged for a site, or will be once its closed bundles are packed.
  long staged(Connection connection, SiteName site) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT coalesce(sum(member_bytes), 0)::bigint FROM bundle WHERE site = ?"
                + " AND (state IN ('closed', 'packed', 'transferring', 'verifying')"
                + " OR (state = 'verified' AND staged))")) {
      select.setString(1, site.value());
      try (ResultSet row = select.executeQuery()) {
        row.next();
        return row.getLong(1);
      }
    }
  }

  /// Writes a bundle whose members were chosen.
  void insert(Connection connection, Bundle bundle, List<Member> members) throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement(
            "INSERT INTO bundle(uuid, site, request_path, name, created, file_count, member_bytes)"
                + " VALUES (?, ?, ?, ?, ?, ?, ?)")) {
      insert.setObject(1, bundle.uuid());
      insert.setString(2, bundle.site().value());
      insert.setString(3, bundle.requestPath().toString());
      insert.setString(4, bundle.name().toString());
      insert.setTimestamp(5, Timestamp.from(bundle.created()));
      insert.setLong(6, bundle.fileCount());
      insert.setLong(7, bundle.memberBytes());
      insert.executeUpdate();
    }
    Members.insert(connection, bundle.uuid(), members);
    History.record(
        connection,
        new HistoryEntry(
            KIND,
            bundle.uuid().toString(),
            Archivist.WHO,
            bundle.fileCount() + " files for " + bundle.site(),
            null,
            "closed"));
  }

  List<Member> members(UUID bundle) {
    return database.read(c -> Members.of(c, bundle));
  }

  /// Where a file lies in a bundle.
  Optional<Member> memberOf(UUID bundle, long fileId) {
    return database.read(c -> Members.find(c, bundle, fileId));
  }

  /// Whether a bundle says itself what its members are.
  boolean hasManifest(UUID uuid) {
    return database.read(c -> {
      try (PreparedStatement select =
          c.prepareStatement("SELECT manifest IS DISTINCT FROM 0 FROM bundle WHERE uuid = ?")) {
        select.setObject(1, uuid);
        try (ResultSet row = select.executeQuery()) {
          return row.next() && row.getBoolean(1);
        }
      }
    });
  }

  Optional<Bundle> find(UUID uuid) {
    return database.read(c -> {
      try (PreparedStatement select =
          c.prepareStatement("SELECT " + COLUMNS + " FROM bundle WHERE uuid = ?")) {
        select.setObject(1, uuid);
        return rows(select).stream().findFirst();
      }
    });
  }

  /// The state that a bundle in quarantine was in; empty when it is in none.
  String originalState(UUID uuid) {
    return database.read(c -> {
      try (PreparedStatement select =
          c.prepareStatement("SELECT coalesce(original_state, '') FROM bundle WHERE uuid = ?")) {
        select.setObject(1, uuid);
        try (ResultSet row = select.executeQuery()) {
          return row.next() ? row.getString(1) : "";
        }
      }
    });
  }

  /// How many samples of a bundle were read.
  int samplePasses(UUID uuid) {
    return database.read(c -> {
      try (PreparedStatement select =
          c.prepareStatement("SELECT sample_passes FROM bundle WHERE uuid = ?")) {
        select.setObject(1, uuid);
        try (ResultSet row = select.executeQuery()) {
          return row.next() ? row.getInt(1) : 0;
        }
      }
    });
  }

  /// What happened to a bundle, newest first.
  List<HistoryRecord> history(UUID uuid) {
    return database.read(c -> History.of(c, List.of(KIND), uuid.toString(), 0, HISTORY));
  }

  /// Bundles, newest first.
  List<Bundle> list(@Nullable SiteName site, @Nullable BundleState state, int limit) {
    return database.read(c -> {
      try (PreparedStatement select =
          c.prepareStatement(
              "SELECT "
                  + COLUMNS
                  + " FROM bundle WHERE (?::text IS NULL OR site = ?)"
                  + " AND (?::text IS NULL OR state = ?) ORDER BY created DESC, uuid LIMIT ?")) {
        String wantedSite = site == null ? null : site.value();
        String wantedState = state == null ? null : state.label();
        select.setString(1, wantedSite);
        select.setString(2, wantedSite);
        select.setString(3, wantedState);
        select.setString(4, wantedState);
        select.setInt(5, limit);
        return rows(select);
      }
    });
  }

  private static List<Bundle> rows(PreparedStatement statement) throws SQLException {
    List<Bundle> bundles = new ArrayList<>();
    try (ResultSet row = statement.executeQuery()) {
      while (row.next()) {
        bundles.add(bundle(row));
      }
    }
    return bundles;
  }

  private static Bundle bundle(ResultSet row) throws SQLException {
    long size = row.getLong("size");
    boolean packed = !row.wasNull();
    long transfer = row.getLong("transfer");
    OptionalLong transferId = row.wasNull() ? OptionalLong.empty() : OptionalLong.of(transfer);
    return new Bundle(
        row.getObject("uuid", UUID.class),
        new SiteName(row.getString("site")),
        LogicalName.parse(row.getString("request_path")),
        LogicalName.parse(row.getString("name")),
        BundleState.ofLabel(row.getString("state")),
        row.getTimestamp("created").toInstant(),
        row.getLong("file_count"),
        row.getLong("member_bytes"),
        packed ? size : -1,
        checksums(row),
        row.getBoolean("staged"),
        transferId,
        row.getInt("attempts"),
        row.getString("origin").equals("imported"),
        row.getBoolean("overwrite"),
        row.getString("reason"),
        instant(row, "verified"),
        instant(row, "audited"));
  }

  private static Checksums checksums(ResultSet row) throws SQLException {
    List<Checksum> known = new ArrayList<>();
    @Nullable String adler32 = row.getString("adler32");
    if (adler32 != null) {
      known.add(new Checksum(ChecksumAlgorithm.ADLER32, adler32));
    }
    @Nullable String sha512 = row.getString("sha512");
    if (sha512 != null) {
      known.add(new Checksum(ChecksumAlgorithm.SHA512, sha512));
    }
    return Checksums.of(known);
  }

  private static @Nullable Instant instant(ResultSet row, String column) throws SQLException {
    Timestamp value = row.getTimestamp(column);
    return value == null ? null : value.toInstant();
  }
}
