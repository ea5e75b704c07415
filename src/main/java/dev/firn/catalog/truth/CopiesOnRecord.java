package dev.firn.catalog.truth;

import dev.firn.catalog.CatalogException;
import dev.firn.database.Database;
import dev.firn.model.SiteName;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/// What the catalog has at a site, and what left its record of late.
final class CopiesOnRecord {
  /// The old catalog writes a member of an archived bundle as `<bundle>:<logical name>`; its bundle
  /// may be none of ours, and no listing of a site has it.
  private static final String INSIDE_A_BUNDLE =
      "(r.bundle IS NOT NULL OR coalesce(strpos(r.path, '.zip:') > 0, false))";

  private static final int AT_ONCE = 10_000;

  /// The database keeps a hundred bounds between as many files.
  private static final int BOUNDS_A_PIECE = 6;

  private final Database database;
  private final SiteName site;
  private final Path temporary;

  CopiesOnRecord(Database database, SiteName site, Path temporary) {
    this.database = database;
    this.site = site;
    this.temporary = temporary;
  }

  /// Deals out the copies on record in the area, bundles' members aside.
  ///
  /// @return how many that were
  /// @throws CatalogException `not-found` for a site without copies
  long read(Area area, Deal to, Lanes lanes) throws IOException {
    int number = database.read(this::siteNumber);
    LongAdder records = new LongAdder();
    // A directory that is made from now on has no files that the listing could know of.
    try (DirectoryPaths directories = directories(area)) {
      for (Numbers files : files()) {
        String select =
            "SELECT r.path, f.dir_id, f.name, f.size, r.state::bigint, f.id FROM replica r"
                + " JOIN file f ON f.id = r.file_id WHERE NOT "
                + INSIDE_A_BUNDLE
                + " AND r.site = "
                + number
                + files.within("r.file_id")
                + files.within("f.id");
        lanes.run(() -> {
          ByteBuffer path = ByteBuffer.allocate(Deal.LONGEST);
          records.add(
              CopiedRows.read(
                  database,
                  select,
                  row -> readPath(row, area, directories, path.clear()) && add(row, path, to)));
        });
      }
      lanes.join();
    }
    return records.sum();
  }

  private DirectoryPaths directories(Area area) throws IOException {
    ByteBuffer path = ByteBuffer.allocate(Deal.LONGEST);
    try (DirectoryPaths.Collecting all = new DirectoryPaths.Collecting(temporary)) {
      CopiedRows.read(
          database,
          "SELECT id, path FROM dir",
          row -> {
            int number = CopiedRows.readInt(row);
            CopiedRows.readText(row, path.clear());
            return area.holdsFilesOf(path) && all.add(number, path);
          });
      return all.collected();
    }
  }

  /// Three columns: a path of its own, or else the directory and the name.
  ///
  /// @return whether it is in the area
  private static boolean readPath(
      ByteBuffer row, Area area, DirectoryPaths directories, ByteBuffer path) {
    boolean own = CopiedRows.readText(row, path);
    int end = path.position();
    int directory = CopiedRows.readInt(row);
    boolean inside = own ? area.holds(path.array(), 0, end) : directories.copy(directory, path);
    path.put((byte) '/');
    CopiedRows.readText(row, path);
    if (own) {
      path.position(end);
    }
    return inside;
  }

  private static boolean add(ByteBuffer row, ByteBuffer path, Deal to) throws IOException {
    long size = CopiedRows.readLong(row);
    long state = CopiedRows.readLong(row);
    to.add(path.array(), 0, path.position(), size, state, CopiedRows.readLong(row));
    return true;
  }

  /// Files by their numbers, from one on and below another; null where there is no bound.
  private record Numbers(@Nullable Long from, @Nullable Long below) {
    String within(String column) {
      return (from == null ? "" : " AND " + column + " >= " + from)
          + (below == null ? "" : " AND " + column + " < " + below);
    }
  }

  /// All files in pieces that hold about as many, as far as the database has looked how their
  /// numbers lie.
  private List<Numbers> files() {
    List<Numbers> pieces = new ArrayList<>();
    @Nullable Long from = null;
    for (long bound : database.read(CopiesOnRecord::bounds)) {
      pieces.add(new Numbers(from, bound));
      from = bound;
    }
    pieces.add(new Numbers(from, null));
    return pieces;
  }

  private static List<Long> bounds(Connection connection) throws SQLException {
    List<Long> bounds = new ArrayList<>();
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT bound FROM pg_stats, unnest(histogram_bounds::text::bigint[])"
                + " WITH ORDINALITY AS h(bound, n) WHERE schemaname = current_schema()"
                + " AND tablename = 'file' AND attname = 'id' AND n % ? = 0 ORDER BY n")) {
      select.setInt(1, BOUNDS_A_PIECE);
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          bounds.add(row.getLong(1));
        }
      }
    }
    return bounds;
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
      database.read(c -> left(c, since, to));
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private boolean left(Connection connection, Instant since, Deal to) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT coalesce(h.detail->>'from', h.detail->>'path', d.path || '/' || f.name)"
                + " FROM history h LEFT JOIN file f ON f.id = h.subject_id::bigint"
                + " LEFT JOIN dir d ON d.id = f.dir_id WHERE h.at > ?"
                + " AND h.detail->>'site' = ? AND h.detail->>'bundle' IS NULL"
                + " AND (h.subject_kind = 'replica' AND h.to_state IS NULL"
                + " OR h.subject_kind = 'file' AND h.detail->>'from' IS NOT NULL)")) {
      select.setTimestamp(1, Timestamp.from(since));
      select.setString(2, site.value());
      select.setFetchSize(AT_ONCE);
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          String path = row.getString(1);
          if (path != null) {
            byte[] bytes = path.getBytes(StandardCharsets.UTF_8);
            to.add(bytes, 0, bytes.length, -1, 0, 0);
          }
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e); // through the database's work
    }
    return true;
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
