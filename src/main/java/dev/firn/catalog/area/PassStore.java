package dev.firn.catalog.area;

import dev.firn.database.Database;
import dev.firn.model.LogicalName;
import dev.firn.model.SiteName;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// The tables of `V179__area_passes.sql`.
final class PassStore {
  private static final String COLUMNS =
      "id, began, ended, reached, directories, files, records, differing, repaired, still_open,"
          + " lost, doubted";

  private final Database database;
  private final SiteName site;

  PassStore(Database database, SiteName site) {
    this.database = database;
    this.site = site;
  }

  /// A comparison; its thread counts in it.
  static final class Pass {
    private final long id;
    private final Instant began;
    @Nullable Instant ended;
    @Nullable LogicalName reached;
    long directories;
    long files;
    final long records;
    long differing;
    long repaired;
    long open;
    long lost;
    final List<LogicalName> doubted = new ArrayList<>();

    private Pass(long id, Instant began, long records) {
      this.id = id;
      this.began = began;
      this.records = records;
    }

    Instant began() {
      return began;
    }
  }

  Optional<UUID> lastStart() {
    return database.read(c -> {
      try (PreparedStatement select =
          c.prepareStatement("SELECT start FROM area_start WHERE site = ?")) {
        select.setString(1, site.value());
        try (ResultSet row = select.executeQuery()) {
          return row.next() ? Optional.of(row.getObject(1, UUID.class)) : Optional.empty();
        }
      }
    });
  }

  void started(UUID start) {
    database.inTransaction(c -> {
      try (PreparedStatement put =
          c.prepareStatement(
              "INSERT INTO area_start(site, start) VALUES (?, ?)"
                  + " ON CONFLICT (site) DO UPDATE SET start = excluded.start")) {
        put.setString(1, site.value());
        put.setObject(2, start);
        return put.executeUpdate();
      }
    });
  }

  /// The pass that was cut, or a new one over so many records.
  Pass open(long records) {
    return database.inTransaction(c -> {
      try (PreparedStatement begin =
          c.prepareStatement(
              "INSERT INTO area_pass(site, records) VALUES (?, ?) ON CONFLICT DO NOTHING")) {
        begin.setString(1, site.value());
        begin.setLong(2, records);
        begin.executeUpdate();
      }
      try (PreparedStatement select =
          c.prepareStatement(
              "SELECT " + COLUMNS + " FROM area_pass WHERE site = ? AND ended IS NULL")) {
        select.setString(1, site.value());
        try (ResultSet row = select.executeQuery()) {
          row.next();
          return pass(row);
        }
      }
    });
  }

  /// What was cut is not gone on with.
  void forget() {
    database.inTransaction(c -> {
      try (PreparedStatement delete =
          c.prepareStatement("DELETE FROM area_pass WHERE site = ? AND ended IS NULL")) {
        delete.setString(1, site.value());
        return delete.executeUpdate();
      }
    });
  }

  private static Pass pass(ResultSet row) throws SQLException {
    Pass pass = new Pass(row.getLong(1), row.getTimestamp(2).toInstant(), row.getLong(7));
    Timestamp ended = row.getTimestamp(3);
    pass.ended = ended == null ? null : ended.toInstant();
    String reached = row.getString(4);
    pass.reached = reached == null ? null : LogicalName.parse(reached);
    pass.directories = row.getLong(5);
    pass.files = row.getLong(6);
    pass.differing = row.getLong(8);
    pass.repaired = row.getLong(9);
    pass.open = row.getLong(10);
    pass.lost = row.getLong(11);
    for (String directory : (String[]) row.getArray(12).getArray()) {
      pass.doubted.add(LogicalName.parse(directory));
    }
    return pass;
  }

  void save(Pass pass) {
    database.inTransaction(c -> {
      try (PreparedStatement update =
          c.prepareStatement(
              """
              UPDATE area_pass SET updated = now(), ended = ?, reached = ?, directories = ?,
                files = ?, differing = ?, repaired = ?, still_open = ?, lost = ?, doubted = ?
              WHERE id = ?\
              """)) {
        update.setTimestamp(1, pass.ended == null ? null : Timestamp.from(pass.ended));
        update.setString(2, pass.reached == null ? null : pass.reached.toString());
        update.setLong(3, pass.directories);
        update.setLong(4, pass.files);
        update.setLong(5, pass.differing);
        update.setLong(6, pass.repaired);
        update.setLong(7, pass.open);
        update.setLong(8, pass.lost);
        update.setArray(
            9, c.createArrayOf("text", pass.doubted.stream().map(LogicalName::toString).toArray()));
        update.setLong(10, pass.id);
        return update.executeUpdate();
      }
    });
  }
}
