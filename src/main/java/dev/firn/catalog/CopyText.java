package dev.firn.catalog;

import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyIn;

/// Rows in PostgreSQL's text format for `COPY`: columns between tabs, `\N` for what is not there.
///
/// Sent in pieces, so that memory does not grow with the number of rows.
final class CopyText implements AutoCloseable {
  private static final int PIECE = 256 * 1024;

  private final CopyIn copy;
  private final StringBuilder text = new StringBuilder(PIECE + 8_192);
  private boolean first = true;

  /// @param target a table with its columns: `replica(file_id, site)`
  CopyText(Connection connection, String target) throws SQLException {
    copy =
        connection.unwrap(PGConnection.class).getCopyAPI().copyIn("COPY " + target + " FROM STDIN");
  }

  CopyText add(@Nullable Object value) {
    between();
    if (value == null) {
      text.append("\\N");
    } else if (value instanceof String string) {
      escaped(string);
    } else {
      text.append(value); // numbers, uuids and moments hold nothing that is special
    }
    return this;
  }

  CopyText add(long value) {
    between();
    text.append(value);
    return this;
  }

  CopyText add(@Nullable Instant value) {
    return add((Object) value);
  }

  /// A bytea from its hex digits.
  CopyText addHex(@Nullable String hex) {
    between();
    if (hex == null) {
      text.append("\\N");
    } else {
      text.append("\\\\x").append(hex);
    }
    return this;
  }

  CopyText endRow() throws SQLException {
    text.append('\n');
    first = true;
    if (text.length() > PIECE) {
      send();
    }
    return this;
  }

  /// Ends the copy well; returns how many rows it had.
  long end() throws SQLException {
    send();
    return copy.endCopy();
  }

  private void between() {
    if (first) {
      first = false;
    } else {
      text.append('\t');
    }
  }

  private void escaped(String value) {
    int plain = 0;
    while (plain < value.length() && value.charAt(plain) != '\\' && value.charAt(plain) >= ' ') {
      plain++;
    }
    text.append(value, 0, plain);
    for (int i = plain; i < value.length(); i++) {
      char c = value.charAt(i);
      switch (c) {
        case '\\' -> text.append("\\\\");
        case '\t' -> text.append("\\t");
        case '\n' -> text.append("\\n");
        case '\r' -> text.append("\\r");
        default -> text.append(c);
      }
    }
  }

  private void send() throws SQLException {
    byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
    text.setLength(0);
    copy.writeToCopy(bytes, 0, bytes.length);
  }

  /// Gives the copy up unless it has ended.
  @Override
  public void close() throws SQLException {
    if (copy.isActive()) {
      copy.cancelCopy();
    }
  }
}
