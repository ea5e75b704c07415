package dev.firn.transfer.rule;

import dev.firn.database.History;
import dev.firn.database.HistoryEntry;
import dev.firn.model.SiteName;
import dev.firn.transfer.queue.Rows;
import dev.firn.transfer.rule.CopyRequest.State;
import dev.firn.transfer.site.Site;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.stream.Collectors;

/// The copies that rules ask for. An unbundled one is made by a transfer; the archive takes bundled
/// ones from here, all in its own transactions.
public final class CopyRequests {
  public static final String KIND = "copy-request";
  private static final String COLUMNS =
      "id, file_id, rule_id, site, bundled, state, why, since, bundle, transfer_id, via";

  /// All states but `cancelled` and copies on their way; a transfer that only waits is not.
  static final String UNDOABLE =
      "(state IN ('held', 'open', 'done', 'failed') OR (state = 'assigned' AND EXISTS (SELECT FROM"
          + " transfer t WHERE t.id = transfer_id AND t.state = 'queued')))";

  /// Of a request `c`: cancelled, and nobody has asked for the copy since.
  static final String CANCELLED =
      "c.state = 'cancelled' AND NOT EXISTS (SELECT FROM copy_request o WHERE o.file_id = c.file_id"
          + " AND o.site = c.site AND o.state <> 'cancelled')";

  private CopyRequests() {}

  /// Sites for which bundled copies wait to be packed.
  public static List<SiteName> sitesWaiting(Connection connection) throws SQLException {
    try (PreparedStatement select =
            connection.prepareStatement(
                "SELECT DISTINCT site FROM copy_request WHERE state = 'open' AND bundled"
                    + " ORDER BY site");
        ResultSet row = select.executeQuery()) {
      List<SiteName> sites = new ArrayList<>();
      while (row.next()) {
        sites.add(new SiteName(row.getString(1)));
      }
      return sites;
    }
  }

  /// Bundled copies for `site` that nobody has taken, of files that lie at the hub, oldest first,
  /// locked until the transaction ends; those that another transaction holds are passed over.
  public static List<CopyRequest> lockOpen(
      Connection connection, SiteName site, SiteName hub, int limit) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT "
                + COLUMNS
                + " FROM copy_request q WHERE state = 'open' AND bundled AND site = ?"
                + " AND EXISTS (SELECT FROM replica c WHERE c.file_id = q.file_id AND c.state = 2"
                + " AND c.bundle IS NULL AND c.site = (SELECT s.id FROM site s WHERE s.name = ?))"
                + " ORDER BY id LIMIT ? FOR UPDATE SKIP LOCKED")) {
      select.setString(1, site.value());
      select.setString(2, hub.value());
      select.setInt(3, limit);
      return rows(select);
    }
  }

  /// The requests that a bundle answers.
  public static List<CopyRequest> ofBundle(Connection connection, UUID bundle) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT " + COLUMNS + " FROM copy_request WHERE bundle = ? ORDER BY id")) {
      select.setObject(1, bundle);
      return rows(select);
    }
  }

  /// What is asked for, or was made, of one file now.
  static Map<Long, List<CopyRequest>> inForce(Connection connection, Collection<Long> fileIds)
      throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT "
                + COLUMNS
                + " FROM copy_request WHERE file_id = ANY(?) AND state <> 'cancelled' ORDER BY id")) {
      select.setArray(1, connection.createArrayOf("bigint", fileIds.toArray()));
      return rows(select).stream().collect(Collectors.groupingBy(CopyRequest::fileId));
    }
  }

  /// All requests there ever were for one file, cancelled ones included; reads the whole table.
  public static List<CopyRequest> ofFile(Connection connection, long fileId) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT " + COLUMNS + " FROM copy_request WHERE file_id = ? ORDER BY id")) {
      select.setLong(1, fileId);
      return rows(select);
    }
  }

  /// What a removed rule asked for and what can be undone now: all but copies on their way.
  static List<CopyRequest> toLetGo(Connection connection, long rule, int limit)
      throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT "
                + COLUMNS
                + " FROM copy_request WHERE rule_id = ? AND "
                + UNDOABLE
                + " ORDER BY id LIMIT ? FOR UPDATE")) {
      select.setLong(1, rule);
      select.setInt(2, limit);
      return rows(select);
    }
  }

  /// Of each rule and each of these sites at which its account has not used its quota up, the
  /// oldest held requests, locked.
  ///
  /// @param limit for each rule and site
  static List<CopyRequest> lockHeld(Connection connection, Collection<Site> sites, int limit)
      throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            """
            WITH room AS MATERIALIZED (
              SELECT r.id AS rule, s.site FROM replication_rule r
                CROSS JOIN unnest(?::text[]) AS s(site)
                LEFT JOIN account_quota q ON q.account = r.account AND q.site = s.site
                LEFT JOIN account_usage u ON u.account = r.account AND u.site = s.site
              WHERE r.removed IS NULL AND (q.bytes IS NULL OR q.bytes >= coalesce(u.bytes, 0)))
            SELECT held.* FROM room CROSS JOIN LATERAL (
              SELECT %s FROM copy_request
              WHERE rule_id = room.rule AND site = room.site COLLATE "C" AND state = 'held'
              ORDER BY id LIMIT ? FOR UPDATE SKIP LOCKED) held
            ORDER BY held.id
            """
                .formatted(COLUMNS))) {
      select.setArray(
          1, connection.createArrayOf("text", sites.stream().map(s -> s.name().value()).toArray()));
      select.setInt(2, limit);
      return rows(select);
    }
  }

  /// Another rule asks for this copy from now on.
  static void handOver(Connection connection, CopyRequest request, long rule) throws SQLException {
    try (PreparedStatement update =
        connection.prepareStatement(
            "UPDATE copy_request SET rule_id = ? WHERE id = ? RETURNING id")) {
      update.setLong(1, rule);
      update.setLong(2, request.id());
      String why = "rule " + rule + " asks for it now, not rule " + request.ruleId();
      record(connection, update, "rules", why, request.state(), request.state());
    }
  }

  /// Nobody asks for this copy any more.
  static void cancel(Connection connection, CopyRequest request, String why) throws SQLException {
    try (PreparedStatement update =
        connection.prepareStatement(
            "UPDATE copy_request SET state = 'cancelled', why = ?, since = now() WHERE id = ?"
                + " RETURNING id")) {
      update.setString(1, why);
      update.setLong(2, request.id());
      record(connection, update, "rules", why, request.state(), State.CANCELLED);
    }
  }

  /// The newest requests below number `before` (0 for the newest of all), at most `limit`.
  public static List<CopyRequest> list(Connection connection, State state, long before, int limit)
      throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT "
                + COLUMNS
                + " FROM copy_request WHERE state = ? AND id < ? ORDER BY id DESC LIMIT ?")) {
      select.setString(1, state.label());
      select.setLong(2, before == 0 ? Long.MAX_VALUE : before);
      select.setInt(3, limit);
      return rows(select);
    }
  }

  /// The one of a rule that has been in a state the longest by its number.
  public static OptionalLong oldest(Connection connection, long rule, State state)
      throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT min(id) FROM copy_request WHERE rule_id = ? AND state = ?")) {
      select.setLong(1, rule);
      select.setString(2, state.label());
      try (ResultSet row = select.executeQuery()) {
        row.next();
        long id = row.getLong(1);
        return row.wasNull() ? OptionalLong.empty() : OptionalLong.of(id);
      }
    }
  }

  /// A copy is to be made by another transfer than the one that was to make it.
  static void reopen(Connection connection, long request, String why) throws SQLException {
    try (PreparedStatement update =
        connection.prepareStatement(
            "UPDATE copy_request SET state = 'open', why = ?, since = now(), transfer_id = NULL,"
                + " via = NULL WHERE id = ? AND state = 'assigned' RETURNING id")) {
      update.setString(1, why);
      update.setLong(2, request);
      record(connection, update, "rules", why, State.ASSIGNED, State.OPEN);
    }
  }

  /// How many copies of a rule were cancelled that nobody has asked for since.
  public static long cancelled(Connection connection, long rule) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT count(*) FROM copy_request c WHERE rule_id = ? AND " + CANCELLED)) {
      select.setLong(1, rule);
      try (ResultSet row = select.executeQuery()) {
        row.next();
        return row.getLong(1);
      }
    }
  }

  public static Optional<CopyRequest> find(Connection connection, long id) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement("SELECT " + COLUMNS + " FROM copy_request WHERE id = ?")) {
      select.setLong(1, id);
      return rows(select).stream().findFirst();
    }
  }

  /// Open requests become part of a bundle.
  ///
  /// @return how many were open
  public static int assign(Connection connection, Collection<Long> ids, UUID bundle, String who)
      throws SQLException {
    try (PreparedStatement update =
        connection.prepareStatement(
            "UPDATE copy_request SET state = 'assigned', bundle = ?, why = ?, since = now()"
                + " WHERE id = ANY(?) AND state = 'open' AND bundled RETURNING id")) {
      String why = "packed into bundle " + bundle;
      update.setObject(1, bundle);
      update.setString(2, why);
      update.setArray(3, connection.createArrayOf("bigint", ids.toArray()));
      return record(connection, update, who, why, State.OPEN, State.ASSIGNED);
    }
  }

  /// A bundle's copies are at the archive and verified.
  public static int bundleDone(Connection connection, UUID bundle, String who, String why)
      throws SQLException {
    return ofBundle(connection, bundle, State.DONE, who, why);
  }

  /// A bundle is given up; its requests are open again.
  public static int bundleReleased(Connection connection, UUID bundle, String who, String why)
      throws SQLException {
    return ofBundle(connection, bundle, State.OPEN, who, why);
  }

  /// One file of a bundle could not be packed; its request is open again.
  public static int release(Connection connection, UUID bundle, long fileId, String who, String why)
      throws SQLException {
    try (PreparedStatement update =
        connection.prepareStatement(
            "UPDATE copy_request SET state = 'open', why = ?, since = now(), bundle = NULL"
                + " WHERE bundle = ? AND file_id = ? AND state = 'assigned' RETURNING id")) {
      update.setString(1, why);
      update.setObject(2, bundle);
      update.setLong(3, fileId);
      return record(connection, update, who, why, State.ASSIGNED, State.OPEN);
    }
  }

  /// One request cannot be answered; the others of its bundle are not touched.
  public static boolean fail(Connection connection, long id, String who, String why)
      throws SQLException {
    try (PreparedStatement update =
        connection.prepareStatement(
            "UPDATE copy_request SET state = 'failed', why = ?, since = now()"
                + " WHERE id = ? AND state IN ('open', 'assigned') RETURNING id")) {
      update.setString(1, why);
      update.setLong(2, id);
      return record(connection, update, who, why, State.OPEN, State.FAILED) > 0;
    }
  }

  private static int ofBundle(Connection connection, UUID bundle, State to, String who, String why)
      throws SQLException {
    try (PreparedStatement update =
        connection.prepareStatement(
            "UPDATE copy_request SET state = ?, why = ?, since = now(),"
                + " bundle = CASE WHEN ? THEN NULL ELSE bundle END"
                + " WHERE bundle = ? AND state = 'assigned' RETURNING id")) {
      update.setString(1, to.label());
      update.setString(2, why);
      update.setBoolean(3, to == State.OPEN);
      update.setObject(4, bundle);
      return record(connection, update, who, why, State.ASSIGNED, to);
    }
  }

  /// The requests of transfers follow their state; those that were let go meanwhile do not. One
  /// whose transfer only took the file to a stop on its way is open again when it is there: the
  /// rules ask for the next step, and the copy at the stop is released.
  ///
  /// @param whys why, by the numbers of the transfers
  public static void follow(Connection connection, Map<Long, String> whys, State to)
      throws SQLException {
    State from = to == State.ASSIGNED ? State.FAILED : State.ASSIGNED;
    Array transfers = connection.createArrayOf("bigint", whys.keySet().toArray());
    if (to == State.DONE) {
      StopsOnTheWay.reached(connection, transfers);
    }
    try (PreparedStatement update =
        connection.prepareStatement(
            "UPDATE copy_request r SET state = ?, why = t.why, since = now()"
                + " FROM unnest(?::bigint[], ?::text[]) AS t(id, why)"
                + " WHERE r.transfer_id = t.id AND r.state = ? RETURNING r.id, t.why")) {
      update.setString(1, to.label());
      update.setArray(2, transfers);
      update.setArray(3, connection.createArrayOf("text", whys.values().toArray()));
      update.setString(4, from.label());
      record(connection, update, "transfer", from, to);
    }
  }

  /// @param update returns the numbers of requests, and why each was changed
  private static void record(
      Connection connection, PreparedStatement update, String who, State from, State to)
      throws SQLException {
    List<HistoryEntry> entries = new ArrayList<>();
    try (ResultSet row = update.executeQuery()) {
      while (row.next()) {
        entries.add(
            new HistoryEntry(
                KIND,
                Long.toString(row.getLong(1)),
                who,
                row.getString(2),
                from.label(),
                to.label()));
      }
    }
    History.record(connection, entries);
  }

  private static int record(
      Connection connection, PreparedStatement update, String who, String why, State from, State to)
      throws SQLException {
    List<HistoryEntry> entries = new ArrayList<>();
    try (ResultSet row = update.executeQuery()) {
      while (row.next()) {
        entries.add(
            new HistoryEntry(
                KIND, Long.toString(row.getLong(1)), who, why, from.label(), to.label()));
      }
    }
    if (!entries.isEmpty()) {
      History.record(connection, entries);
    }
    return entries.size();
  }

  private static List<CopyRequest> rows(PreparedStatement select) throws SQLException {
    List<CopyRequest> requests = new ArrayList<>();
    try (ResultSet row = select.executeQuery()) {
      while (row.next()) {
        long transfer = row.getLong("transfer_id");
        OptionalLong ofTransfer = row.wasNull() ? OptionalLong.empty() : OptionalLong.of(transfer);
        String via = row.getString("via");
        requests.add(
            new CopyRequest(
                row.getLong("id"),
                row.getLong("file_id"),
                row.getLong("rule_id"),
                new SiteName(row.getString("site")),
                row.getBoolean("bundled"),
                State.ofLabel(row.getString("state")),
                row.getString("why"),
                Rows.loadInstant(row, "since"),
                row.getObject("bundle", UUID.class),
                ofTransfer,
                via == null ? null : new SiteName(via)));
      }
    }
    return requests;
  }
}
