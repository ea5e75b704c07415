package dev.firn.transfer;

import dev.firn.catalog.Catalog;
import dev.firn.catalog.CatalogException;
import dev.firn.catalog.Cause;
import dev.firn.catalog.ReplicaChange;
import dev.firn.catalog.Verification;
import dev.firn.model.ReplicaState;
import dev.firn.model.TransferState;
import dev.firn.transfer.deletion.Predecessors;
import dev.firn.transfer.queue.Older;
import dev.firn.transfer.queue.ReplicaBook;
import dev.firn.transfer.queue.Subject;
import dev.firn.transfer.queue.Transfer;
import dev.firn.transfer.rule.CopyRequest;
import dev.firn.transfer.rule.CopyRequests;
import dev.firn.transfer.site.Place;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Tells the catalog of the copies of files that transfers make, and the requests that asked for
/// them; bundles are the archive's business.
///
/// The catalog may have moved on meanwhile (a file removed, a copy marked by an audit). Then it
/// knows better: what it refuses is noted in the log, and the transfer's own record stands.
final class CatalogReplicas implements ReplicaBook {
  private static final Logger LOG = LoggerFactory.getLogger(CatalogReplicas.class);
  private static final String WHO = "transfer";

  /// Without the transfer's number, which its own history has: the catalog keeps each wording once,
  /// and has room for some thousands.
  private static final String AFTER = " after a transfer";

  private final Catalog catalog;
  private final InstantSource clock;
  private final Predecessors predecessors;

  CatalogReplicas(Catalog catalog, InstantSource clock) {
    this.catalog = catalog;
    this.clock = clock;
    this.predecessors = new Predecessors(catalog);
  }

  @Override
  public void copying(Connection connection, List<Transfer> transfers) throws SQLException {
    for (List<Transfer> some : eachFileOnce(transfers, t -> t)) {
      Map<ReplicaChange, Cause> changes = new LinkedHashMap<>();
      for (Transfer transfer : some) {
        Place to = transfer.request().to();
        changes.put(
            ReplicaChange.to(fileOf(transfer), to.site(), ReplicaState.COPYING).at(to.path()),
            new Cause(WHO, "transfer " + transfer.id() + " began"));
      }
      catalog.setReplicas(
          connection,
          changes,
          (change, e) -> LOG.info("{}: the catalog keeps its record: {}", change, e.getMessage()));
    }
  }

  @Override
  public void arrived(Connection connection, List<Arrival> arrivals) throws SQLException {
    List<Arrival> unknown = new ArrayList<>();
    verify(connection, arrivals, (arrival, e) -> unknown.add(arrival));
    // Their record went while they were on their way.
    copying(connection, unknown.stream().map(Arrival::transfer).toList());
    verify(
        connection,
        unknown,
        (one, e) -> LOG.warn("{}: the catalog keeps its record: {}", one, e.getMessage()));
    predecessors.overwritten(connection, arrivals.stream().map(Arrival::transfer).toList());
  }

  @Override
  public List<Older> older(Connection connection, Transfer transfer) throws SQLException {
    return predecessors.of(connection, transfer);
  }

  @Override
  public Optional<String> letGo(Connection connection, Transfer transfer, Set<Long> found)
      throws SQLException {
    return predecessors.letGo(connection, transfer, found);
  }

  private void verify(
      Connection connection, List<Arrival> arrivals, BiConsumer<Arrival, CatalogException> refused)
      throws SQLException {
    for (List<Arrival> some : eachFileOnce(arrivals, Arrival::transfer)) {
      Map<Verification, Arrival> seen = new LinkedHashMap<>();
      some.forEach(arrival -> seen.put(seen(arrival), arrival));
      catalog
          .verifyAll(
              connection,
              seen.keySet(),
              WHO,
              (one, e) -> refused.accept(Objects.requireNonNull(seen.get(one)), e))
          .forEach((one, outcome) ->
              LOG.error("a transfer is right ({}), the catalog says: {}", one, outcome));
    }
  }

  private Verification seen(Arrival arrival) {
    Transfer transfer = arrival.transfer();
    return new Verification(
        fileOf(transfer),
        transfer.request().to().site(),
        transfer.request().size(),
        arrival.done().compared(),
        arrival.done().by() + AFTER,
        clock.instant());
  }

  private static long fileOf(Transfer transfer) {
    return ((Subject.OfFile) transfer.request().subject()).fileId();
  }

  /// Those that move files, in the order of the files and in as many parts as the file that comes
  /// most often needs, so that none comes twice in a part.
  private static <T> List<List<T>> eachFileOnce(List<T> all, Function<T, Transfer> transfer) {
    Map<Long, Integer> times = new HashMap<>();
    List<List<T>> parts = new ArrayList<>();
    all.stream()
        .filter(t -> transfer.apply(t).request().subject() instanceof Subject.OfFile)
        .sorted(Comparator.comparingLong(t -> fileOf(transfer.apply(t))))
        .forEach(t -> {
          int part = times.merge(fileOf(transfer.apply(t)), 1, Integer::sum) - 1;
          if (part == parts.size()) {
            parts.add(new ArrayList<>());
          }
          parts.get(part).add(t);
        });
    return parts;
  }

  @Override
  public void gone(Connection connection, Transfer transfer, String why) throws SQLException {
    if (transfer.request().subject() instanceof Subject.OfFile file) {
      boolean ours =
          catalog
              .find(connection, file.fileId())
              .flatMap(f -> f.replicaAt(transfer.request().to().site()))
              .filter(r -> r.state() == ReplicaState.COPYING)
              .isPresent();
      if (ours) {
        ReplicaChange change = ReplicaChange.gone(file.fileId(), transfer.request().to().site());
        change(connection, transfer, change, why);
      }
    }
  }

  @Override
  public void sourceSuspect(Connection connection, Transfer transfer, String why)
      throws SQLException {
    if (transfer.request().subject() instanceof Subject.OfFile file) {
      ReplicaChange change =
          ReplicaChange.to(file.fileId(), transfer.request().from().site(), ReplicaState.SUSPECT);
      change(connection, transfer, change, why);
    }
  }

  private void change(Connection connection, Transfer transfer, ReplicaChange change, String why)
      throws SQLException {
    try {
      catalog.setReplica(connection, change, WHO, why);
    } catch (CatalogException e) {
      LOG.info("transfer {}: the catalog keeps its record: {}", transfer.id(), e.getMessage());
    }
  }

  @Override
  public void followed(Connection connection, Map<Long, String> whys, TransferState to)
      throws SQLException {
    CopyRequest.State state =
        switch (to) {
          case DONE -> CopyRequest.State.DONE;
          case FAILED -> CopyRequest.State.FAILED;
          case CANCELLED -> CopyRequest.State.CANCELLED;
          case QUEUED, ACTIVE, UNKNOWN -> CopyRequest.State.ASSIGNED;
        };
    CopyRequests.follow(connection, whys, state);
  }
}
