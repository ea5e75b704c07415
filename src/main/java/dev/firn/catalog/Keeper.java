package dev.firn.catalog;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Optional;

/// Somebody above the catalog who needs one version of a file, whatever its name means by now.
@FunctionalInterface
public interface Keeper {
  /// Who needs it and for what, as a sentence goes on: `archive request 7 waits for it`; empty when
  /// nobody does. Belongs to the transaction of the caller.
  Optional<String> needs(Connection connection, long fileId) throws SQLException;
}
