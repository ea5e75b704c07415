package dev.firn.catalog.truth;

import dev.firn.database.Database;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyOut;

/// Rows of a query in PostgreSQL's binary `COPY`: columns travel as they are. At a site's size,
/// writing numbers in digits and making Strings of texts is most of the work.
final class CopiedRows {
  /// A signature of 11 bytes, flags and the length of an extension.
  private static final int HEADER = 19;

  private CopiedRows() {}

  /// Takes a row, whose columns are read one after the other.
  @FunctionalInterface
  interface Row {
    /// @return whether it counts
    boolean take(ByteBuffer row) throws IOException;
  }

  /// @return how many rows counted
  static long read(Database database, String select, Row each) throws IOException {
    try {
      return database.read(c -> read(c, select, each));
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private static long read(Connection connection, String select, Row each) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      // What is joined lies in the order of the same numbers and is read side by side; of so many
      // rows a hash would be written to the disk and read again.
      statement.execute("SET LOCAL enable_hashjoin = off");
    }
    CopyOut copy =
        connection
            .unwrap(PGConnection.class)
            .getCopyAPI()
            .copyOut("COPY (" + select + ") TO STDOUT (FORMAT binary)");
    long counted = 0;
    boolean first = true;
    for (byte[] message = copy.readFromCopy(); message != null; message = copy.readFromCopy()) {
      ByteBuffer row = ByteBuffer.wrap(message);
      if (first) {
        row.position(HEADER);
        first = false;
      }
      if (row.hasRemaining() && row.getShort() > 0) { // the last message is a mark, -1
        counted += take(each, row) ? 1 : 0;
      }
    }
    return counted;
  }

  private static boolean take(Row each, ByteBuffer row) {
    try {
      return each.take(row);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // through the database's work
    }
  }

  /// @return false for NULL
  static boolean readText(ByteBuffer row, ByteBuffer to) {
    int length = row.getInt();
    if (length < 0) {
      return false;
    }
    to.put(row.array(), row.position(), length);
    row.position(row.position() + length);
    return true;
  }

  static int readInt(ByteBuffer row) {
    row.getInt(); // its length
    return row.getInt();
  }

  static long readLong(ByteBuffer row) {
    row.getInt(); // its length
    return row.getLong();
  }
}
