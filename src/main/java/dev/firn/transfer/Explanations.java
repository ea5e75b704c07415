package dev.firn.transfer;

import dev.firn.catalog.Catalog;
import dev.firn.model.SiteName;
import dev.firn.transfer.Explaining.Situation;
import dev.firn.transfer.link.Hold;
import dev.firn.transfer.link.Link;
import dev.firn.transfer.link.TransferScheduler;
import dev.firn.transfer.link.TransferScheduler.View;
import dev.firn.transfer.queue.Attempts;
import dev.firn.transfer.queue.LinkStore;
import dev.firn.transfer.queue.Queue;
import dev.firn.transfer.queue.Transfer;
import dev.firn.transfer.queue.TransferRequest;
import dev.firn.transfer.queue.TransferStore;
import dev.firn.transfer.rule.CopyRequest;
import dev.firn.transfer.rule.CopyRequests;
import dev.firn.transfer.rule.ReplicationRule;
import dev.firn.transfer.rule.Rules;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Says of any transfer and any copy request what it waits for, since when, what was tried, and
/// what an operator can do.
public final class Explanations {
  private static final int ATTEMPTS = 100;
  private static final int LOOKED_AT = 64;

  private final Transfers transfers;
  private final Catalog catalog;
  private final TransferConfig config;

  public Explanations(Transfers transfers, Catalog catalog, TransferConfig config) {
    this.transfers = transfers;
    this.catalog = catalog;
    this.config = config;
  }

  /// Empty when there is no such transfer.
  public Optional<Explanation> transfer(long id) {
    return transfers.database().read(c -> transfer(c, id));
  }

  /// Empty when there is no such request.
  public Optional<Explanation> request(long id) {
    return transfers
        .database()
        .read(c -> {
          Optional<CopyRequest> found = CopyRequests.find(c, id);
          if (found.isEmpty()) {
            return Optional.empty();
          }
          CopyRequest request = found.get();
          String name =
              catalog
                  .find(c, request.fileId())
                  .map(f -> f.name().toString())
                  .orElse("file " + request.fileId());
          Optional<Explanation> transfer =
              request.transfer().isPresent()
                  ? transfer(c, request.transfer().getAsLong())
                  : Optional.empty();
          return Optional.of(Explaining.request(request, name, older(c, request), transfer));
        });
  }

  /// Empty when there was never such a rule.
  public Optional<RuleExplanation> rule(Rules rules, long id) {
    Optional<ReplicationRule> rule = rules.find(id);
    if (rule.isEmpty()) {
      return Optional.empty();
    }
    RuleExplanation.Progress progress = transfers.database().read(c -> progress(c, id));
    List<RuleExplanation.Waiting> waiting = new ArrayList<>();
    for (CopyRequest.State state :
        List.of(
            CopyRequest.State.FAILED,
            CopyRequest.State.HELD,
            CopyRequest.State.OPEN,
            CopyRequest.State.ASSIGNED)) {
      if (progress.of(state) > 0) {
        OptionalLong oldest = transfers.database().read(c -> CopyRequests.oldest(c, id, state));
        if (oldest.isPresent()) {
          request(oldest.getAsLong())
              .ifPresent(
                  why -> waiting.add(new RuleExplanation.Waiting(state, progress.of(state), why)));
        }
      }
    }
    return Optional.of(RuleExplanation.of(rule.get(), progress, waiting));
  }

  private static RuleExplanation.Progress progress(Connection connection, long id)
      throws SQLException {
    Map<CopyRequest.State, Long> counts = new EnumMap<>(CopyRequest.State.class);
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT state, count(*) FROM copy_request WHERE rule_id = ? GROUP BY 1")) {
      select.setLong(1, id);
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          counts.put(CopyRequest.State.ofLabel(row.getString(1)), row.getLong(2));
        }
      }
    }
    counts.put(CopyRequest.State.CANCELLED, CopyRequests.cancelled(connection, id));
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT removed IS NULL, caught_up FROM replication_rule WHERE id = ?")) {
      select.setLong(1, id);
      try (ResultSet row = select.executeQuery()) {
        row.next();
        return new RuleExplanation.Progress(row.getBoolean(1), row.getBoolean(2), counts);
      }
    }
  }

  private Optional<Explanation> transfer(Connection connection, long id) throws SQLException {
    Optional<Transfer> found = TransferStore.find(connection, id);
    if (found.isEmpty()) {
      return Optional.empty();
    }
    Transfer transfer = found.get();
    TransferRequest request = transfer.request();
    List<SiteName> lost =
        Stream.of(request.from().site(), request.to().site())
            .filter(name -> transfers.sites().find(name).isEmpty())
            .toList();
    Link link = new Link(request.from().site(), request.to().site());
    Instant now = Queue.now(connection);
    Situation situation =
        new Situation(
            now,
            ahead(connection, transfer),
            held(connection, link, now),
            Queue.pauses(connection),
            lost,
            goal(connection, id),
            replaces(connection, id));
    return Optional.of(
        Explaining.transfer(
            transfer, situation, Attempts.list(connection, transfer.id(), ATTEMPTS)));
  }

  /// Where the copy is wanted that this transfer is only the first step to; null for no other
  /// place.
  private static @Nullable SiteName goal(Connection connection, long id) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT site FROM copy_request WHERE transfer_id = ? AND via IS NOT NULL LIMIT 1")) {
      select.setLong(1, id);
      try (ResultSet row = select.executeQuery()) {
        return row.next() ? new SiteName(row.getString(1)) : null;
      }
    }
  }

  /// The older version of the file whose place it takes; empty when there is none.
  private static OptionalLong replaces(Connection connection, long id) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement("SELECT replaces FROM transfer WHERE id = ?")) {
      select.setLong(1, id);
      try (ResultSet row = select.executeQuery()) {
        row.next();
        long file = row.getLong(1);
        return row.wasNull() ? OptionalLong.empty() : OptionalLong.of(file);
      }
    }
  }

  /// The scheduler's own word on the link.
  private @Nullable Hold held(Connection connection, Link link, Instant now) throws SQLException {
    View view =
        new View(
            Queue.links(connection, List.of(link), config.links(), LOOKED_AT),
            Queue.pauses(connection),
            LinkStore.downtimes(connection, now),
            Integer.MAX_VALUE);
    return new TransferScheduler().plan(view, now).held().get(link);
  }

  private static long ahead(Connection connection, Transfer transfer) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            """
            WITH line AS NOT MATERIALIZED (
              SELECT priority, id FROM transfer WHERE state = 'queued' AND due
                AND source = ? AND destination = ? AND activity = ?)
            SELECT count(*) FROM (
              SELECT FROM line WHERE priority > ?
              UNION ALL SELECT FROM line WHERE priority = ? AND id < ?
              LIMIT ?) ahead
            """)) {
      select.setString(1, transfer.request().from().site().value());
      select.setString(2, transfer.request().to().site().value());
      select.setString(3, transfer.request().activity());
      select.setInt(4, transfer.request().priority());
      select.setInt(5, transfer.request().priority());
      select.setLong(6, transfer.id());
      select.setInt(7, Situation.COUNTED);
      return count(select);
    }
  }

  private static long older(Connection connection, CopyRequest request) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            """
            SELECT count(*) FROM (
              SELECT FROM copy_request WHERE state = 'open' AND bundled AND site = ? AND id < ?
              LIMIT ?) older
            """)) {
      select.setString(1, request.site().value());
      select.setLong(2, request.id());
      select.setInt(3, Situation.COUNTED);
      return count(select);
    }
  }

  private static long count(PreparedStatement select) throws SQLException {
    try (ResultSet row = select.executeQuery()) {
      row.next();
      return row.getLong(1);
    }
  }
}
