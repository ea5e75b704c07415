package dev.firn.transfer.queue;

import dev.firn.model.Checksum;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.Checksums;
import dev.firn.model.LogicalName;
import dev.firn.model.SiteName;
import dev.firn.model.TransferState;
import dev.firn.transfer.site.Place;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Rows of table `transfer` as records.
public final class Rows {
  static final String COLUMNS =
      "id, subject_kind, subject_id, source, source_path, destination, destination_path, size,"
          + " checksums, priority, overwrite, activity, state, why, queued, attempts, not_before,"
          + " lease_owner, lease_until, claim, touched, started, heard, bytes_done,"
          + " bytes_per_second, failure_class, failure_reason, finished, verified, verified_how";

  private Rows() {}

  static Transfer transfer(ResultSet row) throws SQLException {
    TransferRequest request =
        new TransferRequest(
            Subject.of(row.getString("subject_kind"), row.getString("subject_id")),
            place(row, "source"),
            place(row, "destination"),
            row.getLong("size"),
            checksums(row.getString("checksums")),
            row.getInt("priority"),
            row.getBoolean("overwrite"),
            row.getString("activity"));
    String owner = row.getString("lease_owner");
    Instant verified = instant(row, "verified");
    return new Transfer(
        row.getLong("id"),
        request,
        TransferState.ofLabel(row.getString("state")),
        row.getString("why"),
        loadInstant(row, "queued"),
        row.getInt("attempts"),
        loadInstant(row, "not_before"),
        owner == null ? null : new Transfer.Lease(owner, loadInstant(row, "lease_until")),
        new Transfer.Progress(
            row.getLong("bytes_done"),
            row.getLong("bytes_per_second"),
            instant(row, "started"),
            instant(row, "heard")),
        new Transfer.LastError(row.getString("failure_class"), row.getString("failure_reason")),
        instant(row, "finished"),
        verified == null
            ? null
            : new Transfer.Verification(verified, row.getString("verified_how")));
  }

  static List<Transfer> transfers(ResultSet rows) throws SQLException {
    List<Transfer> transfers = new ArrayList<>();
    while (rows.next()) {
      transfers.add(transfer(rows));
    }
    return transfers;
  }

  private static Place place(ResultSet row, String column) throws SQLException {
    return new Place(
        new SiteName(row.getString(column)), LogicalName.parse(row.getString(column + "_path")));
  }

  public static @Nullable Instant instant(ResultSet row, String column) throws SQLException {
    OffsetDateTime value = row.getObject(column, OffsetDateTime.class);
    return value == null ? null : value.toInstant();
  }

  public static Instant loadInstant(ResultSet row, String column) throws SQLException {
    return row.getObject(column, OffsetDateTime.class).toInstant();
  }

  /// `adler32:0a0b0c0d sha512:...`, as kept in a column.
  static String text(Checksums checksums) {
    return checksums.values().values().stream()
        .map(Checksum::toString)
        .collect(Collectors.joining(" "));
  }

  static Checksums checksums(String text) {
    List<Checksum> found = new ArrayList<>();
    for (String entry : text.split(" ")) {
      String[] parts = entry.split(":", 2);
      ChecksumAlgorithm.find(parts[0]).ifPresent(a -> found.add(new Checksum(a, parts[1])));
    }
    return Checksums.of(found);
  }
}
