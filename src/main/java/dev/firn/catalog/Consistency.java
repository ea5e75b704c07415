package dev.firn.catalog;

import dev.firn.database.Database;
import dev.firn.model.Checksum;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.Checksums;
import dev.firn.model.LogicalName;
import dev.firn.model.ReplicaState;
import dev.firn.model.SiteName;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyIn;

/// Compares the catalog with what lies in an area of a site, and repairs what is certain.
///
/// A crash between publishing a file and recording it leaves a *dark* file; one that lost bytes
/// leaves a *lost* record; a replaced file that was published and not recorded is *different*. The
/// database joins the two sides, so memory is bounded however many names there are.
///
/// Finding looks at a directory as a whole and may be wrong about what changes meanwhile; settling
/// looks at one name again, with its record locked, and is not.
public final class Consistency {
  private static final int SHOWN = 10_000;
  private static final int BATCH = 64 * 1024;

  /// What differs between the table `listed` and a directory; the site, then its path, as
  /// [#compare] sets them.
  static final String DIFFERENCES =
      """
      WITH here AS (SELECT id FROM site WHERE name = ?), known AS (
        SELECT d.path || '/' || f.name AS path, f.id, f.size, f.sha512, r.state
        FROM dir d JOIN file f ON f.dir_id = d.id AND f.state = 1
          JOIN replica r ON r.file_id = f.id AND r.site = (SELECT id FROM here)
            AND r.path IS NULL AND r.bundle IS NULL
        WHERE d.path = ?
        UNION ALL
        SELECT r.path, f.id, f.size, f.sha512, r.state
        FROM replica r JOIN file f ON f.id = r.file_id
        WHERE r.site = (SELECT id FROM here) AND r.bundle IS NULL AND r.path >= ? AND r.path < ?
          AND strpos(substr(r.path, ?), '/') = 0
      )
      SELECT coalesce(l.path, k.path) AS path, l.path IS NOT NULL AS there, l.size, l.sha512,
        k.id, k.state, (SELECT count(*) FROM known) AS records
      FROM listed l FULL JOIN known k ON k.path = l.path
      WHERE l.path IS NULL OR k.path IS NULL OR l.size <> k.size OR l.sha512 <> k.sha512
      ORDER BY 1
      """;

  /// The file whose copy lies at a path, at a site.
  static final String PLACED =
      "SELECT file_id FROM replica WHERE path = ? AND bundle IS NULL"
          + " AND site = (SELECT id FROM site WHERE name = ?)";

  private final Catalog catalog;
  private final Database database;
  private final SiteName site;

  public Consistency(Catalog catalog, Database database, SiteName site) {
    this.catalog = catalog;
    this.database = database;
    this.site = site;
  }

  /// A file as it lies in the area.
  ///
  /// @param checksums what was recorded with the bytes when they were written; may be empty
  public record Found(LogicalName name, long size, Checksums checksums) {}

  /// Shows the files of a directory, in any order, once each.
  @FunctionalInterface
  public interface AreaListing {
    void each(Consumer<Found> visitor) throws IOException;
  }

  /// Looks at one name.
  @FunctionalInterface
  public interface Look {
    Optional<Found> at(LogicalName name) throws IOException;
  }

  /// What came of settling a name.
  public enum Settled {
    /// The record agrees with the area.
    AGREES,
    /// It does now.
    REPAIRED,
    /// It does not: what lies there has no checksum on record with it, or its name is taken.
    OPEN
  }

  /// Finds what differs among the files that lie directly in a directory; changes nothing.
  public ConsistencyReport check(LogicalName directory, AreaListing listing) throws IOException {
    try {
      return database.inTransaction(connection -> {
        long listed = load(connection, listing);
        return compare(connection, directory, listed);
      });
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private static long load(Connection connection, AreaListing listing) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(
          "CREATE TEMPORARY TABLE listed(path text COLLATE \"C\" NOT NULL, size bigint NOT NULL,"
              + " sha512 bytea) ON COMMIT DROP");
    }
    CopyIn copy =
        connection.unwrap(PGConnection.class).getCopyAPI().copyIn("COPY listed FROM STDIN");
    try {
      StringBuilder lines = new StringBuilder();
      listing.each(found -> {
        lines.append(line(found));
        if (lines.length() > BATCH) {
          write(copy, lines);
        }
      });
      write(copy, lines);
      return copy.endCopy();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      if (copy.isActive()) {
        copy.cancelCopy();
      }
    }
  }

  /// A name has neither tabs nor backslashes nor line ends: nothing needs escaping.
  private static String line(Found found) {
    String sha512 =
        found.checksums().find(ChecksumAlgorithm.SHA512).map(c -> "\\\\x" + c.hex()).orElse("\\N");
    return found.name() + "\t" + found.size() + "\t" + sha512 + "\n";
  }

  private static void write(CopyIn copy, StringBuilder lines) {
    byte[] bytes = lines.toString().getBytes(StandardCharsets.UTF_8);
    lines.setLength(0);
    try {
      copy.writeToCopy(bytes, 0, bytes.length);
    } catch (SQLException e) {
      throw new UncheckedIOException(new IOException("the listing cannot be loaded", e));
    }
  }

  private ConsistencyReport compare(Connection connection, LogicalName directory, long listed)
      throws SQLException {
    ConsistencyReport.Builder report = new ConsistencyReport.Builder(listed, SHOWN);
    String path = Directories.path(directory);
    try (PreparedStatement select = connection.prepareStatement(DIFFERENCES)) {
      select.setFetchSize(1_000);
      select.setString(1, site.value());
      select.setString(2, path);
      select.setString(3, path + "/");
      select.setString(4, path + "0"); // the character after '/'
      select.setInt(5, path.codePointCount(0, path.length()) + 2);
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          sort(row, report);
        }
      }
    }
    return report.build();
  }

  private static void sort(ResultSet row, ConsistencyReport.Builder report) throws SQLException {
    report.records(row.getLong("records"));
    LogicalName name = LogicalName.parse(row.getString("path"));
    long id = row.getLong("id");
    boolean known = !row.wasNull();
    if (!row.getBoolean("there")) {
      ReplicaState state = FileRows.state(row.getShort("state"));
      if (state == ReplicaState.AVAILABLE || state == ReplicaState.SUSPECT) {
        report.lost(new ConsistencyReport.Lost(name, id));
      } // else nobody says that it is there
      return;
    }
    byte @Nullable [] sha512 = row.getBytes("sha512");
    Checksums sums =
        sha512 == null
            ? Checksums.NONE
            : Checksums.of(Checksum.of(ChecksumAlgorithm.SHA512, sha512));
    Found found = new Found(name, row.getLong("size"), sums);
    if (known) {
      report.different(new ConsistencyReport.Different(found, id));
    } else {
      report.dark(found);
    }
  }

  /// Looks at one name again and repairs what is certain: bytes that were written whole with their
  /// sha512 are recorded as what they are; a copy whose bytes are not there, or not these, becomes
  /// suspect and is no longer read from. Nothing is removed.
  ///
  /// The record stays locked from before the look until it is written, so that a change of the file
  /// meanwhile is recorded after it.
  ///
  /// @param describe what the name says about a file
  public Settled settle(
      LogicalName name, Look look, Function<LogicalName, FileMetadata> describe, String who)
      throws IOException {
    try {
      return database.inTransaction(connection -> {
        Optional<CatalogFile> file = catalog.lock(connection, name);
        if (file.flatMap(f -> f.replicaAt(site)).isEmpty()) {
          // A file that is known by another name may have its copy here.
          Optional<Long> other = placed(connection, name);
          if (other.isPresent()) {
            file = catalog.lock(connection, other.get());
          }
        }
        Optional<Replica> copy =
            file.flatMap(f -> f.replicaAt(site))
                .filter(r -> r.path().equals(name) && r.bundle() == null);
        Optional<Found> there = at(look, name);
        if (copy.isPresent()) {
          if (there.isPresent() && agrees(file.orElseThrow(), there.get())) {
            return Settled.AGREES;
          }
          boolean ours = file.orElseThrow().name().equals(name);
          if (there.isEmpty() || !ours || isUnknown(there.get())) {
            String why = there.isEmpty() ? "its bytes are not there" : "these are not its bytes";
            return suspect(connection, copy.get(), new Cause(who, why));
          }
        } else if (there.isEmpty()) {
          return Settled.AGREES;
        } else if (isUnknown(there.get())) {
          return Settled.OPEN;
        }
        Found found = there.orElseThrow();
        NewFile offered = new NewFile(name, found.size(), found.checksums(), describe.apply(name));
        RegisterOutcome outcome = catalog.stored(connection, offered, copy.isPresent(), site, who);
        return outcome instanceof RegisterOutcome.Conflict ? Settled.OPEN : Settled.REPAIRED;
      });
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private static boolean isUnknown(Found found) {
    return found.checksums().find(ChecksumAlgorithm.SHA512).isEmpty();
  }

  private Optional<Long> placed(Connection connection, LogicalName path) throws SQLException {
    try (PreparedStatement select = connection.prepareStatement(PLACED)) {
      select.setString(1, path.toString());
      select.setString(2, site.value());
      try (ResultSet row = select.executeQuery()) {
        return row.next() ? Optional.of(row.getLong(1)) : Optional.empty();
      }
    }
  }

  private static Optional<Found> at(Look look, LogicalName name) {
    try {
      return look.at(name);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean agrees(CatalogFile file, Found found) {
    Optional<Checksum> known = file.checksums().find(ChecksumAlgorithm.SHA512);
    Optional<Checksum> seen = found.checksums().find(ChecksumAlgorithm.SHA512);
    return file.size() == found.size() && (seen.isEmpty() || known.isEmpty() || seen.equals(known));
  }

  private Settled suspect(Connection connection, Replica copy, Cause cause) throws SQLException {
    if (copy.state() != ReplicaState.AVAILABLE) {
      return Settled.AGREES; // nobody reads from it
    }
    ReplicaChange change = ReplicaChange.to(copy.fileId(), site, ReplicaState.SUSPECT);
    catalog.setReplica(connection, change, cause.who(), cause.why());
    return Settled.REPAIRED;
  }

  /// How many copies are on record at the site.
  public long records() {
    return database.read(connection -> {
      try (PreparedStatement select =
          connection.prepareStatement(
              """
              SELECT coalesce(sum(files), 0) FROM
                (SELECT site, files FROM volume UNION ALL SELECT site, files FROM volume_delta) v
              WHERE site = (SELECT id FROM site WHERE name = ?)\
              """)) {
        select.setString(1, site.value());
        try (ResultSet row = select.executeQuery()) {
          row.next();
          return row.getLong(1);
        }
      }
    });
  }

  /// Whether files may be on record below a name.
  public boolean isDirectory(LogicalName name) {
    return database.read(connection -> {
      try (PreparedStatement select =
          connection.prepareStatement("SELECT FROM dir WHERE path = ?")) {
        select.setString(1, Directories.path(name));
        try (ResultSet row = select.executeQuery()) {
          return row.next();
        }
      }
    });
  }

  /// Directories on record directly below one, whether they exist in the area or not.
  public List<LogicalName> directories(LogicalName below) {
    return database.read(connection -> {
      try (PreparedStatement select =
          connection.prepareStatement(
              "SELECT path FROM dir WHERE parent_id = (SELECT id FROM dir WHERE path = ?)"
                  + " ORDER BY path")) {
        select.setString(1, Directories.path(below));
        List<LogicalName> found = new ArrayList<>();
        try (ResultSet row = select.executeQuery()) {
          while (row.next()) {
            found.add(Directories.name(row.getString(1)));
          }
        }
        return found;
      }
    });
  }
}
