package dev.firn.catalog.truth;

import dev.firn.catalog.CatalogException;
import dev.firn.database.Database;
import dev.firn.model.SiteName;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyOut;

/// What the catalog has at a site, and what left its record of late.
final class CopiesOnRecord {
  /// The old catalog writes a member of an archived bundle as `<bundle>:<logical name>`; its bundle
  /// may be none of ours, and no listing of a site has it.
  private static final String INSIDE_A_BUNDLE =
      "(r.bundle IS NOT NULL OR coalesce(strpos(r.path, '.zip:') > 0, false))";

  private static final int AT_ONCE = 10_000;

  /// PostgreSQL's binary `COPY`: a signature of 11 bytes, flags and the length of an extension.
  private static final int HEADER = 19;

  private final Database database;
  private final SiteName site;

  CopiesOnRecord(Database database, SiteName site) {
    this.database = database;
    this.site = site;
  }

  /// Deals out the copies on record in the area, bundles' members aside.
  ///
  /// @return how many that were
  /// @throws CatalogException `not-found` for a site without copies
  long read(Area area, Deal to) throws IOException {
    try {
      return database.read(c -> {
        // The parts of a path travel apart and as they are: at a site's size, putting them together
        // and writing numbers in digits is most of the work, and is better done here.
        String rows =
            "SELECT r.path, d.path, f.name, f.size, r.state::bigint, f.id FROM replica r"
                + " JOIN file f ON f.id = r.file_id JOIN dir d ON d.id = f.dir_id WHERE NOT "
                + INSIDE_A_BUNDLE
                + " AND r.site = "
                + siteNumber(c);
        CopyOut copy =
            c.unwrap(PGConnection.class)
                .getCopyAPI()
                .copyOut("COPY (" + rows + ") TO STDOUT (FORMAT binary)");
        ByteBuffer path = ByteBuffer.allocate(Deal.LONGEST);
        long records = 0;
        boolean first = true;
        for (byte[] message = copy.readFromCopy(); message != null; message = copy.readFromCopy()) {
          ByteBuffer row = ByteBuffer.wrap(message);
          if (first) {
            row.position(HEADER);
            first = false;
          }
          if (row.hasRemaining() && row.getShort() > 0) { // the last message is a mark, -1
            readPath(row, path);
            if (area.holds(path)) {
              add(to, path, readLong(row), readLong(row), readLong(row));
              records++;
            }
          }
        }
        return records;
      });
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  /// Three columns: a path of its own, or else the directory and the name.
  private static void readPath(ByteBuffer row, ByteBuffer path) {
    path.clear();
    boolean own = readText(row, path);
    int end = path.position();
    readText(row, path);
    path.put((byte) '/');
    readText(row, path);
    if (own) {
      path.position(end);
    }
  }

  private static boolean readText(ByteBuffer row, ByteBuffer to) {
    int length = row.getInt();
    if (length < 0) {
      return false;
    }
    to.put(row.array(), row.position(), length);
    row.position(row.position() + length);
    return true;
  }

  private static long readLong(ByteBuffer row) {
    row.getInt(); // its length
    return row.getLong();
  }

  private static void add(Deal to, ByteBuffer path, long size, long number, long id) {
    try {
      to.add(path, size, number, id);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // through the database's work
    }
  }

  private int siteNumber(Connection connection) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement("SELECT id FROM site WHERE name = ?")) {
      select.setString(1, site.value());
      try (ResultSet row = select.executeQuery()) {
        if (!row.next()) {
          throw CatalogException.of("not-found", "the catalog has no copies at " + site);
        }
        return row.getInt(1);
      }
    }
  }

  /// Deals out where copies lay that were removed or moved since: a listing that was begun before
  /// may still have them.
  void readLeft(Instant since, Deal to) throws IOException {
    try {
      database.read(c -> {
        try (PreparedStatement select =
            c.prepareStatement(
                "SELECT coalesce(h.detail->>'from', h.detail->>'path', d.path || '/' || f.name)"
                    + " FROM history h LEFT JOIN file f ON f.id = h.subject_id::bigint"
                    + " LEFT JOIN dir d ON d.id = f.dir_id WHERE h.at > ?"
                    + " AND h.detail->>'site' = ? AND h.detail->>'bundle' IS NULL AND (h.subject_kind = 'replica'"
                    + " AND h.to_state IS NULL OR h.subject_kind = 'file'"
                    + " AND h.detail->>'from' IS NOT NULL)")) {
          select.setTimestamp(1, Timestamp.from(since));
          select.setString(2, site.value());
          select.setFetchSize(AT_ONCE);
          try (ResultSet row = select.executeQuery()) {
            while (row.next()) {
              String path = row.getString(1);
              if (path != null) {
                byte[] bytes = path.getBytes(StandardCharsets.UTF_8);
                add(to, ByteBuffer.wrap(bytes).position(bytes.length), -1, 0, 0);
              }
            }
          }
        }
        return true;
      });
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  /// Which of these files were registered or moved, or had a copy changed, since.
  Set<Long> changed(Instant since, Collection<Long> files) {
    if (files.isEmpty()) {
      return Set.of();
    }
    Object[] ids = files.toArray();
    Object[] subjects = files.stream().map(Object::toString).toArray();
    return database.read(c -> {
      Set<Long> changed = new HashSet<>();
      try (PreparedStatement select =
          c.prepareStatement(
              "SELECT id FROM file WHERE id = ANY(?) AND created > ? UNION"
                  + " SELECT subject_id::bigint FROM history WHERE (subject_kind = 'replica'"
                  + " OR subject_kind = 'file' AND detail->>'from' IS NOT NULL)"
                  + " AND subject_id = ANY(?) AND at > ?")) {
        Timestamp settled = Timestamp.from(since);
        select.setArray(1, c.createArrayOf("bigint", ids));
        select.setTimestamp(2, settled);
        select.setArray(3, c.createArrayOf("text", subjects));
        select.setTimestamp(4, settled);
        try (ResultSet row = select.executeQuery()) {
          while (row.next()) {
            changed.add(row.getLong(1));
          }
        }
      }
      return changed;
    });
  }
}
