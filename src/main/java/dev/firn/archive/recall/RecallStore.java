package dev.firn.archive.recall;

import dev.firn.archive.recall.RecallFile.State;
import dev.firn.database.Database;
import dev.firn.database.History;
import dev.firn.database.HistoryEntry;
import dev.firn.model.LogicalName;
import dev.firn.model.SiteName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.sql.Types;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// The tables of `V110__recall.sql`. Times of leases are the database's.
final class RecallStore {
  static final String KIND = "recall";

  private static final String FILE =
      "recall, ordinal, file_id, name, target, size, site, bundle, bundle_name, state, reason,"
          + " attempts, started, finished";
  private static final String ORDER =
      "SELECT o.id, o.who, o.made, o.what, o.priority, o.replace,"
          + " count(*) FILTER (WHERE f.state = 'waiting'),"
          + " count(*) FILTER (WHERE f.state = 'done'),"
          + " count(*) FILTER (WHERE f.state = 'failed'),"
          + " count(*) FILTER (WHERE f.state = 'cancelled'),"
          + " coalesce(sum(f.size), 0), coalesce(sum(f.size) FILTER (WHERE f.state = 'done'), 0)"
          + " FROM recall_order o LEFT JOIN recall_file f ON f.recall = o.id";

  private final Database database;
  private final String holder;

  /// @param holder names this process in leases
  RecallStore(Database database, String holder) {
    this.database = database;
    this.holder = holder;
  }

  Database database() {
    return database;
  }

  /// A bundle from which files are wanted.
  record Group(SiteName site, UUID bundle, LogicalName bundleName) {}

  void insert(Connection c, RecallOrder order) throws SQLException {
    try (PreparedStatement insert =
        c.prepareStatement(
            "INSERT INTO recall_order(id, who, what, priority, replace) VALUES (?, ?, ?, ?, ?)")) {
      insert.setObject(1, order.id());
      insert.setString(2, order.who());
      insert.setString(3, order.what());
      insert.setInt(4, order.priority());
      insert.setBoolean(5, order.replace());
      insert.executeUpdate();
    }
    History.record(
        c,
        new HistoryEntry(KIND, order.id().toString(), order.who(), order.what(), null, "waiting"));
  }

  void insert(Connection c, Collection<RecallFile> files, int priority) throws SQLException {
    try (PreparedStatement insert =
        c.prepareStatement(
            "INSERT INTO recall_file(recall, ordinal, file_id, name, target, size, site, bundle,"
                + " bundle_name, priority, state, reason, finished) VALUES (?, ?, ?, ?, ?, ?, ?,"
                + " ?, ?, ?, ?, ?, CASE WHEN ? THEN NULL ELSE now() END)")) {
      for (RecallFile file : files) {
        insert.setObject(1, file.recall());
        insert.setInt(2, file.ordinal());
        insert.setLong(3, file.fileId());
        insert.setString(4, file.name().toString());
        insert.setString(5, file.target().toString());
        insert.setLong(6, file.size());
        insert.setString(7, file.site() == null ? null : file.site().value());
        insert.setObject(8, file.bundle());
        insert.setString(9, file.bundleName() == null ? null : file.bundleName().toString());
        insert.setInt(10, priority);
        insert.setString(11, label(file.state()));
        insert.setString(12, file.reason());
        insert.setBoolean(13, file.state() == State.WAITING);
        insert.addBatch();
      }
      insert.executeBatch();
    }
  }

  private static String label(State state) {
    return state.name().toLowerCase(Locale.ROOT);
  }

  /// The bundles that files wait for, the most urgent first, at most `limit` of a site: what waits
  /// for one site's tapes keeps nothing back that lies at another.
  List<Group> waiting(int limit) {
    return database.read(c -> {
      try (PreparedStatement select =
          c.prepareStatement(
              "SELECT site, bundle, bundle_name FROM (SELECT site, bundle, bundle_name,"
                  + " max(priority) AS priority, row_number() OVER (PARTITION BY site"
                  + " ORDER BY max(priority) DESC, bundle) AS n FROM recall_file"
                  + " WHERE state = 'waiting' AND not_before <= now() AND lease_until <= now()"
                  + " GROUP BY site, bundle, bundle_name) w WHERE n <= ?"
                  + " ORDER BY priority DESC, site, bundle")) {
        select.setInt(1, limit);
        List<Group> groups = new ArrayList<>();
        try (ResultSet row = select.executeQuery()) {
          while (row.next()) {
            groups.add(
                new Group(
                    new SiteName(row.getString(1)),
                    row.getObject(2, UUID.class),
                    LogicalName.parse(row.getString(3))));
          }
        }
        return groups;
      }
    });
  }

  /// Claims what waits for a bundle: the files of the most urgent orders first, at most `limit`.
  List<RecallFile> claim(UUID bundle, Duration lease, int limit) {
    return database.inTransaction(c -> {
      try (PreparedStatement update =
          c.prepareStatement(
              "UPDATE recall_file SET lease_holder = ?, started = coalesce(started, now()),"
                  + " lease_until = clock_timestamp() + ? * interval '1 millisecond'"
                  + " WHERE (recall, ordinal) IN (SELECT recall, ordinal FROM recall_file"
                  + " WHERE bundle = ? AND state = 'waiting' AND not_before <= now()"
                  + " AND lease_until <= now() ORDER BY priority DESC, recall, ordinal LIMIT ?"
                  + " FOR UPDATE SKIP LOCKED) RETURNING "
                  + FILE)) {
        update.setString(1, holder);
        update.setLong(2, lease.toMillis());
        update.setObject(3, bundle);
        update.setInt(4, limit);
        return files(update);
      }
    });
  }

  /// Says that the holder lives, for all it has claimed of a bundle.
  void keep(UUID bundle, Duration lease) {
    database.inTransaction(c -> {
      try (PreparedStatement update =
          c.prepareStatement(
              "UPDATE recall_file SET lease_until = clock_timestamp() + ? * interval"
                  + " '1 millisecond' WHERE bundle = ? AND lease_holder = ? AND state = 'waiting'")) {
        update.setLong(1, lease.toMillis());
        update.setObject(2, bundle);
        update.setString(3, holder);
        return update.executeUpdate();
      }
    });
  }

  /// Whether a claimed file is still ours and wanted, and holds it for the time of a lease more.
  boolean hold(RecallFile file, Duration lease) {
    return database.inTransaction(c -> {
      try (PreparedStatement update =
          c.prepareStatement(
              "UPDATE recall_file SET lease_until = clock_timestamp() + ? * interval"
                  + " '1 millisecond' WHERE recall = ? AND ordinal = ? AND state = 'waiting'"
                  + " AND lease_holder = ?")) {
        update.setLong(1, lease.toMillis());
        update.setObject(2, file.recall());
        update.setInt(3, file.ordinal());
        update.setString(4, holder);
        return update.executeUpdate() == 1;
      }
    });
  }

  /// Ends a claimed file in the transaction that recorded its copy; false when it is not ours.
  boolean end(Connection c, RecallFile file, State state, String reason) throws SQLException {
    try (PreparedStatement update =
        c.prepareStatement(
            "UPDATE recall_file SET state = ?, reason = ?, finished = now(), lease_holder = NULL,"
                + " lease_until = '-infinity' WHERE recall = ? AND ordinal = ?"
                + " AND state = 'waiting' AND lease_holder = ?")) {
      update.setString(1, label(state));
      update.setString(2, reason);
      update.setObject(3, file.recall());
      update.setInt(4, file.ordinal());
      update.setString(5, holder);
      return update.executeUpdate() == 1;
    }
  }

  /// Lets a claimed file wait for something that is no fault of its copy.
  void waits(RecallFile file, Duration delay, String reason) {
    later(file, delay, reason, null, 0);
  }

  /// Lets a claimed file wait after a failure, and be read from another bundle when `from` is one.
  void later(RecallFile file, Duration delay, String reason, @Nullable Group from) {
    later(file, delay, reason, from, 1);
  }

  private void later(
      RecallFile file, Duration delay, String reason, @Nullable Group from, int failures) {
    database.inTransaction(c -> {
      try (PreparedStatement update =
          c.prepareStatement(
              "UPDATE recall_file SET reason = ?, attempts = attempts + ?, lease_holder = NULL,"
                  + " lease_until = '-infinity', not_before = now() + ? * interval '1 millisecond',"
                  + " site = coalesce(?, site), bundle = coalesce(?, bundle),"
                  + " bundle_name = coalesce(?, bundle_name) WHERE recall = ? AND ordinal = ?"
                  + " AND state = 'waiting' AND lease_holder = ?")) {
        update.setString(1, reason);
        update.setInt(2, failures);
        update.setLong(3, delay.toMillis());
        update.setString(4, from == null ? null : from.site().value());
        update.setObject(5, from == null ? null : from.bundle(), Types.OTHER);
        update.setString(6, from == null ? null : from.bundleName().toString());
        update.setObject(7, file.recall());
        update.setInt(8, file.ordinal());
        update.setString(9, holder);
        return update.executeUpdate();
      }
    });
  }

  /// Lets everything that waits for a site's bundles wait a little longer.
  void postpone(SiteName site, Duration delay, String reason) {
    database.inTransaction(c -> {
      try (PreparedStatement update =
          c.prepareStatement(
              "UPDATE recall_file SET reason = ?,"
                  + " not_before = now() + ? * interval '1 millisecond'"
                  + " WHERE site = ? AND state = 'waiting' AND lease_until <= now()")) {
        update.setString(1, reason);
        update.setLong(2, delay.toMillis());
        update.setString(3, site.value());
        return update.executeUpdate();
      }
    });
  }

  /// Whether any file waits for a bundle.
  boolean wanted(UUID bundle) {
    return database.read(c -> {
      try (PreparedStatement select =
          c.prepareStatement(
              "SELECT 1 FROM recall_file WHERE bundle = ? AND state = 'waiting' LIMIT 1")) {
        select.setObject(1, bundle);
        try (ResultSet row = select.executeQuery()) {
          return row.next();
        }
      }
    });
  }

  /// Gives up what waits of an order: all of it, or only these names. Returns how many.
  int cancel(UUID recall, @Nullable Collection<LogicalName> names, String who) {
    return database.inTransaction(c -> {
      try (PreparedStatement update =
          c.prepareStatement(
              "UPDATE recall_file SET state = 'cancelled', reason = ?, finished = now(),"
                  + " lease_holder = NULL, lease_until = '-infinity'"
                  + " WHERE recall = ? AND state = 'waiting' AND (? OR name = ANY(?))")) {
        update.setString(1, "cancelled by " + who);
        update.setObject(2, recall);
        update.setBoolean(3, names == null);
        Object[] some =
            names == null ? new Object[0] : names.stream().map(LogicalName::toString).toArray();
        update.setArray(4, c.createArrayOf("text", some));
        int cancelled = update.executeUpdate();
        if (cancelled > 0) {
          History.record(
              c,
              new HistoryEntry(
                  KIND, recall.toString(), who, cancelled + " files given up", null, "cancelled"));
        }
        return cancelled;
      }
    });
  }

  Optional<RecallOrder> find(UUID id) {
    return database.read(c -> {
      try (PreparedStatement select = c.prepareStatement(ORDER + " WHERE o.id = ? GROUP BY o.id")) {
        select.setObject(1, id);
        return orders(select).stream().findFirst();
      }
    });
  }

  /// The newest orders.
  List<RecallOrder> list(int limit) {
    return database.read(c -> {
      try (PreparedStatement select =
          c.prepareStatement(
              ORDER
                  + " WHERE o.id IN (SELECT id FROM recall_order ORDER BY made DESC, id LIMIT ?)"
                  + " GROUP BY o.id ORDER BY o.made DESC, o.id")) {
        select.setInt(1, limit);
        return orders(select);
      }
    });
  }

  List<RecallFile> files(UUID recall, int from, int limit) {
    return database.read(c -> {
      try (PreparedStatement select =
          c.prepareStatement(
              "SELECT "
                  + FILE
                  + " FROM recall_file WHERE recall = ? AND ordinal >= ?"
                  + " ORDER BY ordinal LIMIT ?")) {
        select.setObject(1, recall);
        select.setInt(2, from);
        select.setInt(3, limit);
        return files(select);
      }
    });
  }

  private static List<RecallOrder> orders(PreparedStatement select) throws SQLException {
    List<RecallOrder> orders = new ArrayList<>();
    try (ResultSet row = select.executeQuery()) {
      while (row.next()) {
        orders.add(
            new RecallOrder(
                row.getObject(1, UUID.class),
                row.getString(2),
                row.getTimestamp(3).toInstant(),
                row.getString(4),
                row.getInt(5),
                row.getBoolean(6),
                new RecallOrder.Counts(
                    row.getLong(7), row.getLong(8), row.getLong(9), row.getLong(10)),
                row.getLong(11),
                row.getLong(12)));
      }
    }
    return orders;
  }

  private static List<RecallFile> files(PreparedStatement statement) throws SQLException {
    List<RecallFile> files = new ArrayList<>();
    try (ResultSet row = statement.executeQuery()) {
      while (row.next()) {
        String site = row.getString(7);
        String bundleName = row.getString(9);
        files.add(
            new RecallFile(
                row.getObject(1, UUID.class),
                row.getInt(2),
                row.getLong(3),
                LogicalName.parse(row.getString(4)),
                LogicalName.parse(row.getString(5)),
                row.getLong(6),
                site == null ? null : new SiteName(site),
                row.getObject(8, UUID.class),
                bundleName == null ? null : LogicalName.parse(bundleName),
                State.valueOf(row.getString(10).toUpperCase(Locale.ROOT)),
                row.getString(11),
                row.getInt(12),
                instant(row, 13),
                instant(row, 14)));
      }
    }
    return files;
  }

  private static @Nullable Instant instant(ResultSet row, int column) throws SQLException {
    Timestamp value = row.getTimestamp(column);
    return value == null ? null : value.toInstant();
  }
}
