package dev.firn.transfer;

import dev.firn.catalog.Catalog;
import dev.firn.catalog.CatalogException;
import dev.firn.catalog.ReplicaChange;
import dev.firn.catalog.Verification;
import dev.firn.catalog.VerifyOutcome;
import dev.firn.model.ReplicaState;
import dev.firn.model.TransferState;
import dev.firn.transfer.queue.ReplicaBook;
import dev.firn.transfer.queue.Settlement;
import dev.firn.transfer.queue.Subject;
import dev.firn.transfer.queue.Transfer;
import dev.firn.transfer.rule.CopyRequest;
import dev.firn.transfer.rule.CopyRequests;
import dev.firn.transfer.site.Place;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.InstantSource;
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

  private final Catalog catalog;
  private final InstantSource clock;

  CatalogReplicas(Catalog catalog, InstantSource clock) {
    this.catalog = catalog;
    this.clock = clock;
  }

  @Override
  public void copying(Connection connection, Transfer transfer) throws SQLException {
    if (transfer.request().subject() instanceof Subject.OfFile file) {
      Place to = transfer.request().to();
      ReplicaChange change =
          ReplicaChange.to(file.fileId(), to.site(), ReplicaState.COPYING).at(to.path());
      change(connection, transfer, change, "transfer " + transfer.id() + " began");
    }
  }

  @Override
  public void arrived(Connection connection, Transfer transfer, Settlement.Done done)
      throws SQLException {
    if (transfer.request().subject() instanceof Subject.OfFile file) {
      Place to = transfer.request().to();
      copying(connection, transfer); // a copy found there without an attempt has no record yet
      Verification seen =
          new Verification(
              file.fileId(),
              to.site(),
              transfer.request().size(),
              done.compared(),
              done.by() + " after transfer " + transfer.id(),
              clock.instant());
      try {
        VerifyOutcome outcome = catalog.verify(connection, seen, WHO);
        if (!(outcome instanceof VerifyOutcome.Verified)) {
          LOG.error(
              "transfer {} is right and the catalog says otherwise: {}", transfer.id(), outcome);
        }
      } catch (CatalogException e) {
        LOG.warn("transfer {}: the catalog keeps its record: {}", transfer.id(), e.getMessage());
      }
    }
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
  public void followed(Connection connection, long transfer, TransferState to, String why)
      throws SQLException {
    CopyRequest.State state =
        switch (to) {
          case DONE -> CopyRequest.State.DONE;
          case FAILED -> CopyRequest.State.FAILED;
          case CANCELLED -> CopyRequest.State.CANCELLED;
          case QUEUED, ACTIVE, UNKNOWN -> CopyRequest.State.ASSIGNED;
        };
    CopyRequests.follow(connection, transfer, state, why);
  }
}
