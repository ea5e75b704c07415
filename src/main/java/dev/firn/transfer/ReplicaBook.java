package dev.firn.transfer;

import java.sql.Connection;
import java.sql.SQLException;

/// What the catalog is told of a file's copies, in the transaction that changes the transfer.
interface ReplicaBook {
  /// Bytes of the transfer's file are on their way to the destination.
  void copying(Connection connection, Transfer transfer) throws SQLException;

  /// The copy is there and was verified.
  void arrived(Connection connection, Transfer transfer, Settlement.Done done) throws SQLException;

  /// No copy came of it.
  void gone(Connection connection, Transfer transfer, String why) throws SQLException;

  /// The source's copy is missing or differs.
  void sourceSuspect(Connection connection, Transfer transfer, String why) throws SQLException;
}
