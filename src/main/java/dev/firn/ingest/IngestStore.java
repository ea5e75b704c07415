package dev.firn.ingest;

import dev.firn.database.Database;
import dev.firn.database.History;
import dev.firn.database.HistoryEntry;
import dev.firn.ingest.names.FileFacts;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.Checksums;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// The tables of `V4__ingest.sql`.
final class IngestStore {
  /// A source that was looked at before, unchanged since.
  record Known(String outcome, @Nullable String reason) {}

  private final Database database;

  IngestStore(Database database) {
    this.database = database;
  }

  /// What became of this very source (path, size, time of modification) when it was last seen.
  Optional<Known> known(SourceFile source) {
    return database.read(c -> {
      try (PreparedStatement select =
          c.prepareStatement(
              "SELECT outcome, reason FROM ingest_source"
                  + " WHERE key = ? AND path = ? AND size = ? AND modified = ?")) {
        select.setObject(1, source.key());
        select.setString(2, source.path().toString());
        select.setLong(3, source.size());
        select.setBigDecimal(4, BigDecimal.valueOf(source.modified()));
        try (ResultSet row = select.executeQuery()) {
          return row.next()
              ? Optional.of(new Known(row.getString(1), row.getString(2)))
              : Optional.empty();
        }
      }
    });
  }

  /// Remembers a source that was taken or conflicts.
  void remember(
      SourceFile source,
      String outcome,
      FileFacts facts,
      @Nullable String sha512,
      @Nullable String reason) {
    database.inTransaction(c -> {
      remember(c, source, outcome, facts, sha512, reason);
      return true;
    });
  }

  private static void remember(
      Connection connection,
      SourceFile source,
      String outcome,
      FileFacts facts,
      @Nullable String sha512,
      @Nullable String reason)
      throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement(
            "INSERT INTO ingest_source(key, path, size, modified, outcome, name, sha512, reason, at)"
                + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, now()) ON CONFLICT (key) DO UPDATE SET"
                + " path = excluded.path, size = excluded.size, modified = excluded.modified,"
                + " outcome = excluded.outcome, name = excluded.name, sha512 = excluded.sha512,"
                + " reason = excluded.reason, at = excluded.at")) {
      insert.setObject(1, source.key());
      insert.setString(2, source.path().toString());
      insert.setLong(3, source.size());
      insert.setBigDecimal(4, BigDecimal.valueOf(source.modified()));
      insert.setString(5, outcome);
      insert.setString(6, facts.name().toString());
      insert.setString(7, sha512);
      insert.setString(8, reason);
      insert.executeUpdate();
    }
  }

  /// Writes a refused file, its source and its history in one transaction.
  void quarantine(
      SourceFile source,
      FileFacts facts,
      Checksums checksums,
      String who,
      IngestOutcome.Quarantined outcome) {
    String sha512 = checksums.load(ChecksumAlgorithm.SHA512).hex();
    database.inTransaction(c -> {
      try (PreparedStatement insert =
          c.prepareStatement(
              "INSERT INTO quarantine(source, name, size, adler32, sha512, reason, frame,"
                  + " byte_offset, kept, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, now())"
                  + " ON CONFLICT (sha512, md5(source)) DO NOTHING")) {
        insert.setString(1, source.path().toString());
        insert.setString(2, facts.name().toString());
        insert.setLong(3, source.size());
        insert.setString(4, checksums.load(ChecksumAlgorithm.ADLER32).hex());
        insert.setString(5, sha512);
        insert.setString(6, outcome.reason());
        insert.setLong(7, outcome.frame());
        insert.setLong(8, outcome.offset());
        insert.setString(9, sha512);
        if (insert.executeUpdate() > 0) {
          History.record(
              c,
              new HistoryEntry(
                  "quarantine",
                  source.key().toString(),
                  who,
                  "frame %d at offset %d: %s"
                      .formatted(outcome.frame(), outcome.offset(), outcome.reason()),
                  null,
                  "quarantined"));
        }
      }
      remember(c, source, "quarantined", facts, sha512, outcome.reason());
      return true;
    });
  }

  /// A refused file, as listed.
  record Refused(
      long id,
      String source,
      String name,
      long size,
      String sha512,
      String reason,
      long frame,
      long offset,
      String at) {}

  /// Refused files, newest first, older than `before` (0 for the newest).
  List<Refused> refused(long before, int limit) {
    return database.read(c -> {
      try (PreparedStatement select =
          c.prepareStatement(
              "SELECT id, source, name, size, sha512, reason, frame, byte_offset, at"
                  + " FROM quarantine WHERE id < ? ORDER BY id DESC LIMIT ?")) {
        select.setLong(1, before == 0 ? Long.MAX_VALUE : before);
        select.setInt(2, limit);
        List<Refused> found = new ArrayList<>();
        try (ResultSet row = select.executeQuery()) {
          while (row.next()) {
            found.add(
                new Refused(
                    row.getLong(1),
                    row.getString(2),
                    row.getString(3),
                    row.getLong(4),
                    row.getString(5),
                    row.getString(6),
                    row.getLong(7),
                    row.getLong(8),
                    row.getTimestamp(9).toInstant().toString()));
          }
        }
        return found;
      }
    });
  }

  /// A directory that is or was taken in.
  record Job(
      UUID id,
      String directory,
      String who,
      String state,
      IngestSummary counts,
      @Nullable String reason) {}

  void begin(Job job, Instant now) {
    database.inTransaction(c -> {
      try (PreparedStatement insert =
          c.prepareStatement(
              "INSERT INTO ingest_job(id, directory, who, state, started)"
                  + " VALUES (?, ?, ?, 'running', ?)")) {
        insert.setObject(1, job.id());
        insert.setString(2, job.directory());
        insert.setString(3, job.who());
        insert.setTimestamp(4, Timestamp.from(now));
        insert.executeUpdate();
      }
      History.record(
          c,
          new HistoryEntry(
              "ingest", job.id().toString(), job.who(), job.directory(), null, "running"));
      return true;
    });
  }

  void progress(Job job) {
    database.inTransaction(c -> {
      update(c, job);
      return true;
    });
  }

  void end(Job job) {
    database.inTransaction(c -> {
      update(c, job);
      String why = job.reason() == null ? job.directory() : job.reason();
      History.record(
          c,
          new HistoryEntry("ingest", job.id().toString(), job.who(), why, "running", job.state()));
      return true;
    });
  }

  private static void update(Connection connection, Job job) throws SQLException {
    try (PreparedStatement update =
        connection.prepareStatement(
            "UPDATE ingest_job SET state = ?, taken = ?, already = ?, quarantined = ?,"
                + " conflicts = ?, skipped = ?, bytes = ?, reason = ?,"
                + " finished = CASE WHEN ? = 'running' THEN NULL ELSE now() END WHERE id = ?")) {
      update.setString(1, job.state());
      update.setLong(2, job.counts().taken());
      update.setLong(3, job.counts().already());
      update.setLong(4, job.counts().quarantined());
      update.setLong(5, job.counts().conflicts());
      update.setLong(6, job.counts().skipped());
      update.setLong(7, job.counts().bytes());
      update.setString(8, job.reason());
      update.setString(9, job.state());
      update.setObject(10, job.id());
      update.executeUpdate();
    }
  }

  Optional<Job> find(UUID id) {
    return jobs("WHERE id = ?", id).stream().findFirst();
  }

  /// Jobs that a dead process left running.
  List<Job> running() {
    return jobs("WHERE state = 'running' ORDER BY started", null);
  }

  List<Job> latest(int limit) {
    return jobs("ORDER BY started DESC LIMIT " + limit, null);
  }

  private List<Job> jobs(String where, @Nullable UUID id) {
    return database.read(c -> {
      try (PreparedStatement select =
          c.prepareStatement(
              "SELECT id, directory, who, state, taken, already, quarantined, conflicts,"
                  + " skipped, bytes, reason FROM ingest_job "
                  + where)) {
        if (id != null) {
          select.setObject(1, id);
        }
        List<Job> jobs = new ArrayList<>();
        try (ResultSet row = select.executeQuery()) {
          while (row.next()) {
            jobs.add(job(row));
          }
        }
        return jobs;
      }
    });
  }

  private static Job job(ResultSet row) throws SQLException {
    return new Job(
        row.getObject(1, UUID.class),
        row.getString(2),
        row.getString(3),
        row.getString(4),
        new IngestSummary(
            row.getLong(5),
            row.getLong(6),
            row.getLong(7),
            row.getLong(8),
            row.getLong(9),
            row.getLong(10)),
        row.getString(11));
  }
}
