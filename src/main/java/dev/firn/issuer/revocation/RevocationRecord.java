package dev.firn.issuer.revocation;

import dev.firn.database.Database;
import dev.firn.token.revocation.Revocation;
import dev.firn.token.revocation.Revocation.Kind;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Instant;
import java.time.InstantSource;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The hub's revocations in PostgreSQL, shared by all hub processes and kept over restarts.
public final class RevocationRecord {
  /// Notified after each change; whoever keeps a copy in memory reads it again then.
  public static final String CHANNEL = "firn_revocation";

  private final Database database;
  private final InstantSource clock;

  /// A revocation as asked for.
  ///
  /// @param issuedBefore null for tokens issued at any time
  /// @param forgotten null for until it is lifted
  public record Wish(
      Kind kind,
      String issuer,
      String value,
      @Nullable Instant issuedBefore,
      @Nullable Instant forgotten) {}

  /// A revocation in force, with its name and who made it.
  public record Entry(long id, Wish what, String reason, String madeBy, Instant made) {
    /// The same as it is published.
    public Revocation published() {
      Instant before = what.issuedBefore();
      Instant forgotten = what.forgotten();
      return Revocation.of(
          what.kind(),
          what.issuer(),
          what.value(),
          before == null ? Instant.MAX : before,
          forgotten == null ? Instant.MAX : forgotten);
    }
  }

  public RevocationRecord(Database database, InstantSource clock) {
    this.database = database;
    this.clock = clock;
  }

  /// Records a revocation; when this returns it is durable and every hub process is being told.
  public Entry add(Wish wish, String reason, String by) {
    Instant now = clock.instant();
    long id =
        database.inTransaction(connection -> {
          try (PreparedStatement insert =
              connection.prepareStatement(
                  """
                  INSERT INTO revocation
                    (kind, issuer, value, issued_before, forgotten, reason, made_by, made)
                  VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING id\
                  """)) {
            insert.setString(1, wish.kind().label());
            insert.setString(2, wish.issuer());
            insert.setString(3, wish.value());
            set(insert, 4, wish.issuedBefore());
            set(insert, 5, wish.forgotten());
            insert.setString(6, reason);
            insert.setString(7, by);
            set(insert, 8, now);
            try (ResultSet row = insert.executeQuery()) {
              row.next();
              return row.getLong(1);
            }
          }
        });
    database.wake(CHANNEL);
    return new Entry(id, wish, reason, by, now);
  }

  /// Ends a revocation.
  ///
  /// @return whether it was in force
  public boolean lift(long id) {
    Instant now = clock.instant();
    int changed =
        database.inTransaction(connection -> {
          try (PreparedStatement update =
              connection.prepareStatement(
                  "UPDATE revocation SET lifted = ? WHERE id = ? AND lifted IS NULL")) {
            set(update, 1, now);
            update.setLong(2, id);
            return update.executeUpdate();
          }
        });
    database.wake(CHANNEL);
    return changed == 1;
  }

  /// Those in force, the newest first.
  public List<Entry> list() {
    Instant now = clock.instant();
    return database.read(connection -> {
      try (PreparedStatement select =
          connection.prepareStatement(
              """
              SELECT id, kind, issuer, value, issued_before, forgotten, reason, made_by, made
              FROM revocation
              WHERE lifted IS NULL AND (forgotten IS NULL OR forgotten > ?) ORDER BY id DESC\
              """)) {
        set(select, 1, now);
        try (ResultSet row = select.executeQuery()) {
          List<Entry> all = new ArrayList<>();
          while (row.next()) {
            all.add(entry(row));
          }
          return all;
        }
      }
    });
  }

  private static Entry entry(ResultSet row) throws SQLException {
    String label = row.getString(2);
    Kind kind =
        Kind.ofLabel(label).orElseThrow(() -> new SQLException("revocation of kind " + label));
    Wish wish =
        new Wish(kind, row.getString(3), row.getString(4), instant(row, 5), instant(row, 6));
    Instant made = row.getObject(9, OffsetDateTime.class).toInstant();
    return new Entry(row.getLong(1), wish, row.getString(7), row.getString(8), made);
  }

  private static @Nullable Instant instant(ResultSet row, int column) throws SQLException {
    OffsetDateTime time = row.getObject(column, OffsetDateTime.class);
    return time == null ? null : time.toInstant();
  }

  private static void set(PreparedStatement statement, int at, @Nullable Instant time)
      throws SQLException {
    if (time == null) {
      statement.setNull(at, Types.TIMESTAMP_WITH_TIMEZONE);
    } else {
      statement.setObject(at, time.atOffset(ZoneOffset.UTC));
    }
  }
}
