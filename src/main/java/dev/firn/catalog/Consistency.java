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
/// Meant for the start of a hub, before its door opens: what is in flight then is nobody's.
public final class Consistency {
  private static final int SHOWN = 10_000;
  private static final int BATCH = 64 * 1024;

  /// Below this many a loss is believed; above it, only where it is less than a tenth.
  private static final int FEW = 20;

  private final Catalog catalog;
  private final Database database;
  private final SiteName site;
  private final LogicalName area;

  public Consistency(Catalog catalog, Database database, SiteName site, LogicalName area) {
    this.catalog = catalog;
    this.database = database;
    this.site = site;
    this.area = area;
  }

  /// A file as it lies in the area.
  ///
  /// @param checksums what was recorded with the bytes when they were written; may be empty
  public record Found(LogicalName name, long size, Checksums checksums) {}

  /// Shows all files of the area, in any order, once each. It may be asked to do so again.
  @FunctionalInterface
  public interface AreaListing {
    void each(Consumer<Found> visitor) throws IOException;
  }

  /// Finds what differs; changes nothing.
  public ConsistencyReport check(AreaListing listing) throws IOException {
    try {
      return database.inTransaction(connection -> {
        long listed = load(connection, listing);
        return compare(connection, listed);
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

  private ConsistencyReport compare(Connection connection, long listed) throws SQLException {
    String sql =
        """
        WITH here AS (SELECT id FROM site WHERE name = ?), known AS (
          SELECT d.path || '/' || f.name AS path, f.id, f.size, f.sha512, r.state
          FROM dir d JOIN file f ON f.dir_id = d.id AND f.state = 1
            JOIN replica r ON r.file_id = f.id AND r.site = (SELECT id FROM here)
              AND r.path IS NULL AND r.bundle IS NULL
          WHERE d.path = ? OR (d.path >= ? AND d.path < ?)
          UNION ALL
          SELECT r.path, f.id, f.size, f.sha512, r.state
          FROM replica r JOIN file f ON f.id = r.file_id
          WHERE r.site = (SELECT id FROM here) AND r.bundle IS NULL AND r.path >= ? AND r.path < ?
        )
        SELECT coalesce(l.path, k.path) AS path, l.path IS NOT NULL AS there, l.size, l.sha512,
          k.id, k.state, (SELECT count(*) FROM known) AS records
        FROM listed l FULL JOIN known k ON k.path = l.path
        WHERE l.path IS NULL OR k.path IS NULL OR l.size <> k.size OR l.sha512 <> k.sha512
        ORDER BY 1
        """;
    ConsistencyReport.Builder report = new ConsistencyReport.Builder(listed, SHOWN);
    String top = Directories.path(area);
    try (PreparedStatement select = connection.prepareStatement(sql)) {
      select.setFetchSize(1_000);
      select.setString(1, site.value());
      select.setString(2, top);
      select.setString(3, top + "/");
      select.setString(4, top + "0"); // the character after '/'
      select.setString(5, top + "/");
      select.setString(6, top + "0");
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

  /// Repairs what is certain: bytes that were written whole with their sha512 are recorded as what
  /// they are; copies whose bytes are not there, or not these, become suspect and are no longer
  /// read from. Nothing is removed. Where much is lost nothing is done: then it is the area that is
  /// not there. Returns how many names were repaired.
  ///
  /// @param describe what the name says about a file
  public int repair(
      ConsistencyReport report, Function<LogicalName, FileMetadata> describe, String who) {
    int repaired = 0;
    for (Found dark : report.dark()) {
      repaired += store(dark, describe, false, who) ? 1 : 0;
    }
    for (ConsistencyReport.Different other : report.different()) {
      boolean stored = store(other.found(), describe, true, who);
      repaired += stored || suspect(other.fileId(), "its size differs", who) ? 1 : 0;
    }
    if (report.lostCount() <= Math.max(FEW, report.records() / 10)) {
      for (ConsistencyReport.Lost lost : report.lost()) {
        repaired += suspect(lost.fileId(), "it is not in the listing", who) ? 1 : 0;
      }
    }
    return repaired;
  }

  private boolean store(
      Found found, Function<LogicalName, FileMetadata> describe, boolean replaced, String who) {
    if (found.checksums().find(ChecksumAlgorithm.SHA512).isEmpty()) {
      return false;
    }
    NewFile file =
        new NewFile(found.name(), found.size(), found.checksums(), describe.apply(found.name()));
    return !(catalog.stored(file, replaced, site, who) instanceof RegisterOutcome.Conflict);
  }

  private boolean suspect(long fileId, String why, String who) {
    return database.inTransaction(connection -> {
      CatalogFile file = catalog.find(connection, fileId).orElseThrow();
      boolean available =
          file.replicaAt(site).filter(r -> r.state() == ReplicaState.AVAILABLE).isPresent();
      if (available) {
        catalog.setReplica(
            connection, ReplicaChange.to(fileId, site, ReplicaState.SUSPECT), who, why);
      }
      return available;
    });
  }
}
