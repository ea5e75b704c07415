package dev.firn.transfer.queue;

import dev.firn.model.TransferState;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// What follows from changes of transfers for the files' copies and for who asked for them, written
/// in the same transaction.
public interface ReplicaBook {
  /// Bytes of the transfers' files are on their way to their destinations.
  void copying(Connection connection, List<Transfer> transfers) throws SQLException;

  /// A copy is there and was verified.
  record Arrival(Transfer transfer, Settlement.Done done) {}

  /// Copies are there and were verified.
  void arrived(Connection connection, List<Arrival> arrivals) throws SQLException;

  /// No copy came of it.
  void gone(Connection connection, Transfer transfer, String why) throws SQLException;

  /// The source's copy is missing or differs.
  void sourceSuspect(Connection connection, Transfer transfer, String why) throws SQLException;

  /// Older versions of the transfer's file that are on record where it writes.
  List<Older> older(Connection connection, Transfer transfer) throws SQLException;

  /// Writes down that older versions are about to be overwritten, which were found there.
  ///
  /// @return why they must not be; empty when they may
  Optional<String> letGo(Connection connection, Transfer transfer, Set<Long> found)
      throws SQLException;

  /// Transfers ended as done, failed or cancelled, or were queued again after they had ended.
  ///
  /// @param whys why, by the numbers of the transfers
  void followed(Connection connection, Map<Long, String> whys, TransferState to)
      throws SQLException;
}
