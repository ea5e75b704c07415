package dev.firn.transfer;

import java.sql.Connection;

/// Tells the catalog of copies that transfers make.
final class CatalogReplicas {
  /// For transfers of things that the catalog does not hold.
  static final ReplicaBook NONE =
      new ReplicaBook() {
        @Override
        public void copying(Connection connection, Transfer transfer) {
          // nobody is told
        }

        @Override
        public void arrived(Connection connection, Transfer transfer, String how) {
          // nobody is told
        }

        @Override
        public void gone(Connection connection, Transfer transfer, String why) {
          // nobody is told
        }

        @Override
        public void sourceSuspect(Connection connection, Transfer transfer, String why) {
          // nobody is told
        }
      };

  private CatalogReplicas() {}
}
