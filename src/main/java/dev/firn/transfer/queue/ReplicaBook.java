package dev.firn.transfer.queue;

import dev.firn.model.TransferState;
import java.sql.Connection;
import java.sql.SQLException;

/// What follows from a transfer's change for the file's copies and for who asked for them, written
/// in the same transaction.
public interface ReplicaBook {
  /// Bytes of the transfer's file are on their way to the destination.
  void copying(Connection connection, Transfer transfer) throws SQLException;

  /// The copy is there and was verified.
  void arrived(Connection connection, Transfer transfer, Settlement.Done done) throws SQLException;

  /// No copy came of it.
  void gone(Connection connection, Transfer transfer, String why) throws SQLException;

  /// The source's copy is missing or differs.
  void sourceSuspect(Connection connection, Transfer transfer, String why) throws SQLException;

  /// A transfer ended as done, failed or cancelled, or was queued again after it had ended.
  void followed(Connection connection, long transfer, TransferState to, String why)
      throws SQLException;
}
