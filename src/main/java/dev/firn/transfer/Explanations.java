package dev.firn.transfer;

import dev.firn.catalog.Catalog;
import dev.firn.model.SiteName;
import dev.firn.transfer.Explaining.Situation;
import dev.firn.transfer.link.TransferScheduler.Link;
import dev.firn.transfer.queue.Queue;
import dev.firn.transfer.queue.Transfer;
import dev.firn.transfer.queue.TransferRequest;
import dev.firn.transfer.queue.TransferStore;
import dev.firn.transfer.rule.CopyRequest;
import dev.firn.transfer.rule.CopyRequests;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// Says of any transfer and any copy request what it waits for, since when, what was tried, and
/// what an operator can do.
public final class Explanations {
  private static final int ATTEMPTS = 100;

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
    Situation situation =
        new Situation(
            Queue.now(connection),
            ahead(connection, transfer),
            Queue.active(connection).getOrDefault(link, 0),
            config.perLink(),
            Queue.pauses(connection),
            lost);
    return Optional.of(
        Explaining.transfer(
            transfer, situation, TransferStore.attempts(connection, transfer.id(), ATTEMPTS)));
  }

  private static long ahead(Connection connection, Transfer transfer) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            """
            SELECT count(*) FROM (
              SELECT FROM transfer WHERE state = 'queued' AND source = ? AND destination = ?
                AND (priority > ? OR (priority = ? AND id < ?)) LIMIT ?) ahead
            """)) {
      select.setString(1, transfer.request().from().site().value());
      select.setString(2, transfer.request().to().site().value());
      select.setInt(3, transfer.request().priority());
      select.setInt(4, transfer.request().priority());
      select.setLong(5, transfer.id());
      select.setInt(6, Situation.COUNTED);
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
