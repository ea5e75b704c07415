package dev.firn.transfer.rule;

import dev.firn.catalog.CatalogFile;
import dev.firn.catalog.Replica;
import dev.firn.database.Columns;
import dev.firn.database.History;
import dev.firn.database.HistoryEntry;
import dev.firn.model.ReplicaState;
import dev.firn.model.SiteName;
import dev.firn.transfer.link.Routes.Leg;
import dev.firn.transfer.queue.Subject;
import dev.firn.transfer.queue.TransferRequest;
import dev.firn.transfer.queue.TransferStore;
import dev.firn.transfer.queue.Wanted;
import dev.firn.transfer.rule.RuleEvaluator.Missing;
import dev.firn.transfer.site.Place;
import dev.firn.transfer.site.Sites;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Writes requests for missing copies down, and has transfers make the unbundled ones. For one
/// transaction: what links may do and what quotas leave is read once, and [#finish()] ends it.
final class Asking {
  private final Connection connection;
  private final TransferStore transfers;
  private final Ways ways;
  private final Quotas.Room room;

  /// What was changed so far, for the history.
  private final List<HistoryEntry> news = new ArrayList<>();

  private final List<First> firsts = new ArrayList<>();
  private final List<Order> orders = new ArrayList<>();

  Asking(Connection connection, Sites sites, TransferStore transfers) throws SQLException {
    this.connection = connection;
    this.transfers = transfers;
    this.ways = Ways.load(connection, sites);
    this.room = Quotas.room(connection);
  }

  /// A copy nobody has asked for before.
  ///
  /// @param held why it is not made yet; empty when it is
  private record First(CatalogFile file, Missing missing, Optional<String> held) {
    boolean bundled() {
      return missing.rule().wanted().bundled();
    }

    String state() {
      return held.isPresent() ? "held" : "open";
    }

    String why() {
      return held.orElse(
          bundled() ? "waits for the archive to pack it" : "waits for a transfer to be queued");
    }
  }

  /// An open, unbundled copy that a transfer is to make.
  ///
  /// @param way the way it shall take; null for the one that is found
  private record Order(
      CatalogFile file, ReplicationRule rule, long request, SiteName site, @Nullable Way way) {}

  /// A way that somebody has found.
  ///
  /// @param replaces whether what lies at its end is what an earlier transfer left
  record Way(Leg leg, boolean replaces) {}

  /// @param kept whether another copy was on record at the stop before
  private record Assigned(
      long request, long transfer, @Nullable SiteName via, boolean kept, String why) {}

  /// Asks for a copy, once; one that was done before and whose copy is lost is asked for again, and
  /// one that failed when there is another source.
  ///
  /// @param before the request there is; null when there is none
  /// @param payer the account that is charged for that now; empty when it is not known
  void ask(CatalogFile file, Missing missing, @Nullable CopyRequest before, String payer)
      throws SQLException {
    boolean charged =
        before != null
            && before.state() == CopyRequest.State.DONE
            && payer.equals(missing.rule().account());
    First first =
        new First(
            file,
            missing,
            charged ? Optional.empty() : take(missing.rule().account(), missing.site(), file));
    if (before == null) {
      firsts.add(first);
      return;
    }
    try (PreparedStatement update =
        connection.prepareStatement(
            """
            UPDATE copy_request r SET state = ?, since = now(), bundle = NULL, transfer_id = NULL,
              via = NULL, bundled = ?, rule_id = ?,
              why = CASE WHEN ? THEN ? WHEN r.state = 'done' THEN 'the copy was lost'
                ELSE 'another source may do' END
            WHERE file_id = ? AND site = ? AND (r.state = 'done'
              OR (r.state = 'failed' AND NOT r.bundled AND EXISTS (
                SELECT FROM transfer t WHERE t.id = r.transfer_id AND NOT t.source = ANY(?))))
            RETURNING id
            """)) {
      update.setString(1, first.state());
      update.setBoolean(2, first.bundled());
      update.setLong(3, missing.rule().id());
      update.setBoolean(4, first.held().isPresent());
      update.setString(5, first.why());
      update.setLong(6, file.id());
      update.setString(7, missing.site().value());
      update.setArray(8, connection.createArrayOf("text", sources(file)));
      try (ResultSet row = update.executeQuery()) {
        if (row.next()) {
          asked(first, row.getLong(1));
        }
      }
    }
  }

  /// Where there is no room, what an older version of the file takes there counts as given back:
  /// the new one takes its place.
  private Optional<String> take(String account, SiteName site, CatalogFile file)
      throws SQLException {
    Optional<String> full = room.take(account, site, file.size());
    if (full.isEmpty()) {
      return full;
    }
    long back = ReplacedCopies.givenBack(connection, file.id(), site, account);
    return back == 0 ? full : room.take(account, site, Math.max(0, file.size() - back));
  }

  private void asked(First first, long request) {
    ReplicationRule rule = first.missing().rule();
    String but = first.held().map(h -> "; " + h).orElse("");
    record(
        request, "rule " + rule.id() + ": " + rule.wanted().sentence() + but, null, first.state());
    if (!first.bundled() && first.held().isEmpty()) {
      queue(first.file(), rule, request, first.missing().site());
    }
  }

  /// Those that another process has asked for meanwhile stay its own.
  private void insertFirsts() throws SQLException {
    Map<List<Object>, First> byPlace = new HashMap<>();
    firsts.forEach(f -> byPlace.putIfAbsent(place(f.file().id(), f.missing().site().value()), f));
    try (PreparedStatement insert =
        connection.prepareStatement(
            """
            INSERT INTO copy_request (file_id, rule_id, site, bundled, state, why)
            SELECT * FROM unnest(?::bigint[], ?::bigint[], ?::text[], ?::boolean[], ?::text[],
              ?::text[])
            ON CONFLICT (file_id, site) WHERE state <> 'cancelled' DO NOTHING
            RETURNING id, file_id, site
            """)) {
      new Columns<>(insert, firsts)
          .add("bigint", f -> f.file().id())
          .add("bigint", f -> f.missing().rule().id())
          .add("text", f -> f.missing().site().value())
          .add("boolean", First::bundled)
          .add("text", First::state)
          .add("text", First::why);
      try (ResultSet row = insert.executeQuery()) {
        while (row.next()) {
          First first = byPlace.get(place(row.getLong("file_id"), row.getString("site")));
          asked(Objects.requireNonNull(first), row.getLong("id"));
        }
      }
    }
    firsts.clear();
  }

  private static List<Object> place(long file, String site) {
    return List.of(file, site);
  }

  /// Whether a copy that was held has room now; then it is open.
  boolean let(CatalogFile file, ReplicationRule rule, CopyRequest request) throws SQLException {
    if (take(rule.account(), request.site(), file).isPresent()) {
      return false;
    }
    try (PreparedStatement update =
        connection.prepareStatement(
            "UPDATE copy_request SET state = 'open', since = now(), why = ? WHERE id = ?")) {
      update.setString(1, "the quota of account " + rule.account() + " has room");
      update.setLong(2, request.id());
      update.executeUpdate();
    }
    record(request.id(), "the quota has room", "held", "open");
    if (!request.bundled()) {
      queue(file, rule, request.id(), request.site());
    }
    return true;
  }

  private void record(long request, String why, @Nullable String from, String to) {
    news.add(new HistoryEntry(CopyRequests.KIND, Long.toString(request), "rules", why, from, to));
  }

  /// Writes all that was asked down, as many statements for hundreds as for one.
  void finish() throws SQLException {
    if (!firsts.isEmpty()) {
      insertFirsts();
    }
    if (!orders.isEmpty()) {
      assign();
    }
    History.record(connection, news);
    news.clear();
  }

  /// Sites with a copy to copy from. A request whose transfer failed is taken up again when that
  /// transfer's source is not among them any more.
  private static Object[] sources(CatalogFile file) {
    return file.replicas().stream().filter(Ways::isSource).map(r -> r.site().value()).toArray();
  }

  /// Has a transfer make an open, unbundled copy, or bring it a step nearer.
  void queue(CatalogFile file, ReplicationRule rule, long request, SiteName site) {
    orders.add(new Order(file, rule, request, site, null));
  }

  /// The same by a way that the caller has found.
  void queue(CatalogFile file, ReplicationRule rule, long request, SiteName site, Way way) {
    orders.add(new Order(file, rule, request, site, way));
  }

  private void assign() throws SQLException {
    Leavings leavings =
        Leavings.of(connection, orders.stream().map(o -> o.file().id()).distinct().toList());
    List<Order> going = new ArrayList<>();
    List<Leg> legs = new ArrayList<>();
    List<Wanted> wanted = new ArrayList<>();
    for (Order order : orders) {
      if (isLeaving(order)) {
        wait(
            order.request(),
            "the copy that was there is being deleted: it is made anew after that");
        continue;
      }
      if (isThere(order)) {
        met(order.request());
        continue;
      }
      Optional<Leg> leg =
          order.way() == null
              ? ways.leg(order.file(), order.site())
              : Optional.of(order.way().leg());
      if (leg.isEmpty()) {
        wait(order.request(), "no site has an available copy that can be brought there");
        continue;
      }
      going.add(order);
      legs.add(leg.get());
      wanted.add(wanted(order, leg.get(), leavings));
    }
    orders.clear();
    if (wanted.isEmpty()) {
      return;
    }
    List<Long> queued = transfers.queue(connection, wanted, "rules", news);
    List<Assigned> assigned = new ArrayList<>();
    for (int i = 0; i < going.size(); i++) {
      assigned.add(assigned(going.get(i), legs.get(i), queued.get(i)));
    }
    assign(assigned);
  }

  /// The catalog would not take a copy that arrives before the old one has gone, and the reaper
  /// would take it for the old one. That it is gone is news, by which the rules look again.
  private static boolean isLeaving(Order order) {
    return order
        .file()
        .replicaAt(order.site())
        .filter(r -> r.state() == ReplicaState.DELETING)
        .isPresent();
  }

  /// Whether what is asked for is there: its deletion, which it waited for, was taken back.
  private static boolean isThere(Order order) {
    return order
        .file()
        .replicaAt(order.site())
        .filter(Ways::isSource)
        .filter(r -> r.verified() != null)
        .isPresent();
  }

  private void met(long request) throws SQLException {
    String why = "a verified copy is there: its deletion was taken back";
    try (PreparedStatement update =
        connection.prepareStatement(
            "UPDATE copy_request SET state = 'done', why = ?, since = now() WHERE id = ?"
                + " AND state = 'open'")) {
      update.setString(1, why);
      update.setLong(2, request);
      if (update.executeUpdate() > 0) {
        record(request, why, "open", "done");
      }
    }
  }

  private Wanted wanted(Order order, Leg leg, Leavings leavings) {
    CatalogFile file = order.file();
    Place to = new Place(leg.via(), file.name());
    boolean ours = leavings.at(file.id(), to, ways.sites().load(leg.via()).kind());
    Replica source = file.replicaAt(leg.from()).orElseThrow();
    ReplicationRule rule = order.rule();
    TransferRequest request =
        new TransferRequest(
            Subject.file(file.id()),
            new Place(source.site(), source.path()),
            to,
            file.size(),
            file.checksums(),
            rule.wanted().how().priority(),
            ours
                || file.replicaAt(leg.via()).isPresent()
                || (order.way() != null && order.way().replaces()),
            rule.wanted().how().activity());
    return new Wanted(request, "rule " + rule.id());
  }

  private static Assigned assigned(Order order, Leg leg, long transfer) {
    return leg.direct()
        ? new Assigned(
            order.request(), transfer, null, false, "transfer " + transfer + " is to make it")
        : new Assigned(
            order.request(),
            transfer,
            leg.via(),
            isOnRecord(order.file(), leg.via()),
            "%s and %s cannot talk: transfer %d takes it to %s on its way"
                .formatted(leg.from(), order.site(), transfer, leg.via()));
  }

  /// Whether a copy is there already, if not a good one; what is on its way belongs to a request.
  private static boolean isOnRecord(CatalogFile file, SiteName site) {
    return file.replicaAt(site).filter(r -> r.state() != ReplicaState.COPYING).isPresent();
  }

  private void wait(long request, String why) throws SQLException {
    try (PreparedStatement update =
        connection.prepareStatement("UPDATE copy_request SET why = ? WHERE id = ?")) {
      update.setString(1, why);
      update.setLong(2, request);
      update.executeUpdate();
    }
  }

  private void assign(List<Assigned> all) throws SQLException {
    try (PreparedStatement update =
        connection.prepareStatement(
            """
            UPDATE copy_request r SET state = 'assigned', why = a.why, since = now(),
              transfer_id = a.transfer, via = a.via, via_kept = a.kept
            FROM unnest(?::bigint[], ?::bigint[], ?::text[], ?::boolean[], ?::text[])
              AS a(request, transfer, via, kept, why)
            WHERE r.id = a.request
            """)) {
      new Columns<>(update, all)
          .add("bigint", Assigned::request)
          .add("bigint", Assigned::transfer)
          .add("text", a -> a.via() == null ? null : a.via().value())
          .add("boolean", Assigned::kept)
          .add("text", Assigned::why);
      update.executeUpdate();
    }
    all.forEach(a -> record(a.request(), a.why(), "open", "assigned"));
  }
}
