package dev.firn.door;

import dev.firn.model.Checksums;
import dev.firn.model.LogicalName;
import java.io.IOException;

/// Told of every change behind a door, before the change is acknowledged to the client.
///
/// An `IOException` becomes a 503 and says that the record could not be made; an `HttpProblem`
/// refuses the change with its own status. A crash between the change and its record is repaired by
/// whoever keeps the record, by looking at the area.
public interface Registrar {
  /// Keeps no record.
  Registrar NONE =
      new Registrar() {
        @Override
        public void stored(
            LogicalName name, long size, Checksums checksums, boolean replaced, String who) {}

        @Override
        public void removed(LogicalName name, String who) {}

        @Override
        public void moved(LogicalName from, LogicalName to, String who) {}
      };

  /// A file is visible and durable at `name`. When the record is refused, a new file is taken away
  /// again; one that took another's place stays.
  ///
  /// @param size in bytes
  /// @param replaced whether there was a file at the name before
  void stored(LogicalName name, long size, Checksums checksums, boolean replaced, String who)
      throws IOException;

  /// `name`, and everything below it when it is a directory, is about to be removed. Called before
  /// the bytes go, so that no record ever points at bytes that are not there.
  void removed(LogicalName name, String who) throws IOException;

  /// `from`, and everything below it when it is a directory, is now at `to`, and what was at `to`
  /// before is gone.
  void moved(LogicalName from, LogicalName to, String who) throws IOException;
}
